//! One TOML spec, eight native CI pipelines.
#![warn(missing_docs)]

pub mod cli;
pub mod diag;
pub mod files;
mod id;
pub mod plan;
pub mod render;
pub mod script;
pub mod spec;
pub mod systems;

pub use id::SystemId;
