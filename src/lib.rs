//! One TOML spec, eight native CI pipelines.
//!
//! The binary `ci-gen` is the usual way in; this library is what it is made of. Three stages, each a pure function:
//!
//! 1. [`spec::load`] reads a TOML text and checks it against the JSON Schema of [`systems::schema`].
//! 2. [`plan::build`] resolves the spec: defaults merged, values parsed, legs expanded.
//! 3. [`systems::generate`] lowers the plan for each CI system to [`files::File`]s.
//!
//! Then [`files::write`] puts them on disk, all or none, and [`files::drift`] compares them with it.
//!
//! ```
//! use ci_gen::{diag, plan, spec, systems, SystemId};
//!
//! let text = r#"
//! schema  = 1
//! targets = ["github", "gitlab"]
//!
//! [job.unit]
//! test = "make test"
//! "#;
//! let loaded = spec::load(text, &systems::schema()?).unwrap();
//! let (plan, problems) = plan::build(&loaded.spec);
//! assert!(!diag::has_errors(&problems));
//! let generated = systems::generate(&loaded.spec, &plan, &[SystemId::Github], "ci-gen.toml");
//! assert_eq!(generated.files[0].1.path, ".github/workflows/ci.yml");
//! assert!(generated.files[0].1.text.contains("run: make test"));
//! # Ok::<(), String>(())
//! ```
//!
//! Problems of a spec are values ([`diag::Diagnostic`]), all of them at once, never the first alone.

pub mod cli;
pub mod context;
pub mod diag;
pub mod exec;
pub mod files;
mod id;
pub mod init;
pub mod net;
pub mod pins;
pub mod plan;
pub mod providers;
pub mod publish;
pub mod render;
pub mod report;
pub mod script;
mod side_by_side;
pub mod spec;
pub mod systems;
mod yaml;

pub use id::SystemId;
