//! One TOML spec, eight native CI pipelines.
#![warn(missing_docs)]

pub mod diag;
mod id;
pub mod plan;

pub use id::SystemId;
