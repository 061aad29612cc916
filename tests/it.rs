//! Everything that is tested from outside, in one binary.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on should stop")]
#![expect(unreachable_pub, reason = "the modules of a test binary have no outside")]

mod architecture;
mod check;
mod cli;
mod context;
mod doctor;
mod documents;
mod drift;
mod drift_job;
mod errors;
mod escaping;
mod examples;
mod explain;
mod hooks;
mod init;
mod legs;
mod matrix;
mod overrides;
mod packaging;
mod pins;
mod pins_update;
mod publish;
mod readers;
mod reports;
mod run;
mod support;
mod syntax;
mod traps;
mod walkthrough;
mod write;
