//! The traps of the eight pipeline languages, each as a test over all eight outputs.
//!
//! A trap is something that a vendor's schema accepts, or that works on seven systems, and goes wrong on one. Tests
//! are named after the traps; what belongs to the running of tests rather than to pipelines is said where it is left out.

mod commands;
mod outputs;
mod texts;
mod yaml11;

mod escaping;
mod limits;
mod matrix;
mod mutations;
mod naming;
mod platforms;
mod reports;
mod results;
mod secrets;
mod services;
mod shards;
mod shell;
mod triggers;
mod types;
