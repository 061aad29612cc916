//! Tests, suites and their outcomes.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a test ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It held, at the latest in its last attempt.
    #[default]
    Passed,
    /// An assertion did not hold.
    Failed,
    /// It broke before it could say anything.
    Errored,
    /// It was not run.
    Skipped,
}

impl Status {
    /// Whether the test counts against the run.
    pub fn is_failure(self) -> bool {
        matches!(self, Status::Failed | Status::Errored)
    }

    /// The word that reports use.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Passed => "passed",
            Status::Failed => "failed",
            Status::Errored => "errored",
            Status::Skipped => "skipped",
        }
    }
}

/// Tests that were reported together.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
pub struct Suite {
    /// Its name; those of nested suites hold the outer names, joined by ` > `.
    pub name: String,
    /// The result file that it was read from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The leg that it ran on, in merged reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leg: Option<String>,
    /// When it started, as the file says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<String>,
    /// Its own tests by outcome, without those of nested suites.
    pub totals: Totals,
    /// What the file says about it by name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub properties: IndexMap<String, String>,
    /// What it wrote to standard output, as far as it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stdout: Option<String>,
    /// What it wrote to standard error, as far as it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stderr: Option<String>,
}

/// Tests by outcome. `tests = passed + failed + errored + skipped`; a flaky test passed in the end and counts as passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
pub struct Totals {
    /// All of them.
    pub tests: u64,
    /// Those that held in the end.
    pub passed: u64,
    /// Those of which an assertion did not hold.
    pub failed: u64,
    /// Those that broke.
    pub errored: u64,
    /// Those that were not run.
    pub skipped: u64,
    /// Those of `passed` that failed in an earlier attempt.
    pub flaky: u64,
    /// Seconds, summed over the tests.
    pub duration: f64,
}

impl Totals {
    /// Counts one test.
    pub fn count(&mut self, case: &Case) {
        self.tests += 1;
        match case.status {
            Status::Passed => self.passed += 1,
            Status::Failed => self.failed += 1,
            Status::Errored => self.errored += 1,
            Status::Skipped => self.skipped += 1,
        }
        self.flaky += u64::from(case.flaky);
        self.duration += case.duration.unwrap_or(0.0);
    }

    /// The tests that count against the run.
    pub fn failures(&self) -> u64 {
        self.failed + self.errored
    }
}

/// One test.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
pub struct Case {
    /// Position of its suite in `suites`.
    pub suite: usize,
    /// Its name; `(unnamed)` where the file has none.
    pub name: String,
    /// The class, module or package that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// The source file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The line in the source file, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// How it ended, after its last attempt.
    pub status: Status,
    /// Whether it passed in the end, but failed in an earlier attempt.
    #[serde(default, skip_serializing_if = "is_false")]
    pub flaky: bool,
    /// Seconds that its last attempt took; never negative or without end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<f64>,
    /// What went wrong, or why it was skipped.
    #[serde(flatten)]
    pub details: Details,
    /// Attempts before the last one, the first one first; empty where there was only one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attempts: Vec<Attempt>,
    /// More failures of the same attempt, where a test reports several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub more: Vec<Details>,
    /// Files that belong to it, such as screenshots, as the result file names them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<String>,
    /// What the file says about it by name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub properties: IndexMap<String, String>,
    /// The id of the group of failures that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

/// What a test said about its outcome.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
pub struct Details {
    /// What went wrong in short, or why the test was skipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The exception or error type.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// What went wrong at length, usually a stack trace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// What it wrote to standard output, as far as it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stdout: Option<String>,
    /// What it wrote to standard error, as far as it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stderr: Option<String>,
}

/// One attempt of a test that was run several times.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
pub struct Attempt {
    /// How it ended.
    pub status: Status,
    /// Seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<f64>,
    /// What it said.
    #[serde(flatten)]
    pub details: Details,
}

fn is_false(truth: &bool) -> bool {
    !truth
}
