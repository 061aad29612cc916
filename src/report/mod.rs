//! What happened: one run's tests, its failures in groups, and whether that is good enough.
//!
//! [`Report`] is the one model in the middle. `read` turns result files of every format into it, `write` turns it into
//! the reports that people and systems read.

mod assemble;
mod attempts;
mod boundary;
mod case;
mod class;
mod digits;
mod frame;
mod group;
mod mask;
mod merge;
mod query;
pub mod read;
mod run;
mod schema;
mod test_run_result;
#[cfg(test)]
mod tests;
mod totals;
mod verdict;
pub mod write;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::{
    assemble::{assemble, Attempted, FailOn, Outcome, Settings},
    case::{Attempt, Case, Details, Status, Suite, Totals},
    merge::{merge, Expected, ExpectedLeg},
    query::{failures, flaky, slowest},
    run::{Run, Shard},
    schema::schema,
    test_run_result::{RunStatus, TestRunResult},
    verdict::{Reason, REASONS},
};

/// Version of the format of `report.json`.
pub const SCHEMA: u32 = 1;

/// A run of tests: where it ran, what came out, and what that means. `report.json` is this as JSON.
///
/// ```
/// use ci_gen::report::Report;
///
/// let report = Report::default();
/// assert_eq!(report.totals.tests, 0);
/// let text = serde_json::to_string(&report)?;
/// assert_eq!(serde_json::from_str::<Report>(&text)?, report);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
pub struct Report {
    /// Version of this format; 1 is the only one.
    pub schema: u32,
    /// Where and when it ran.
    pub run: Run,
    /// Whether the run is good, and every reason why not.
    pub verdict: Verdict,
    /// The tests by outcome.
    pub totals: Totals,
    /// The suites, in the order in which they were read.
    #[serde(default)]
    pub suites: Vec<Suite>,
    /// The tests, in the order in which they were read.
    #[serde(default)]
    pub cases: Vec<Case>,
    /// Failures that look alike, the largest group first.
    #[serde(default)]
    pub groups: Vec<Group>,
    /// What the reader of the report should know: what was odd in the result files, what was degraded and why.
    #[serde(default)]
    pub notes: Vec<Note>,
    /// The runs that were merged into this one; empty where nothing was merged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub merged: Vec<Merged>,
}

impl Default for Report {
    fn default() -> Self {
        Report {
            schema: SCHEMA,
            run: Run::default(),
            verdict: Verdict::default(),
            totals: Totals::default(),
            suites: Vec::new(),
            cases: Vec::new(),
            groups: Vec::new(),
            notes: Vec::new(),
            merged: Vec::new(),
        }
    }
}

/// Whether a run is good. It is when there are no reasons against it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
pub struct Verdict {
    /// Whether the run is good.
    pub passed: bool,
    /// Everything that speaks against it; empty when it passed.
    #[serde(default)]
    pub reasons: Vec<Note>,
}

/// Something that was noticed, with its place where it has one.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
pub struct Note {
    /// Stable, for tools and searches: `no-tests`.
    pub code: String,
    /// What was noticed, in one line without a full stop.
    pub message: String,
    /// The file that it was noticed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The line in that file, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
}

/// Failures that look alike. The key is deterministic: type, message with numbers, paths and hexadecimal masked, and the
/// topmost frame of the project's own code.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
pub struct Group {
    /// A hash of the key; the same failure has the same id in every run.
    pub id: String,
    /// What kind of failure it is.
    pub class: Class,
    /// The exception or error type.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The message with what differs masked.
    pub message: String,
    /// The topmost frame of the project's own code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame: Option<String>,
    /// Positions of its tests in `cases`; empty where the run failed without any test.
    #[serde(default)]
    pub cases: Vec<usize>,
    /// The line, signal or exit code that the class was told by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
}

/// What kind of failure something is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// A test said no.
    Test,
    /// The code did not build.
    Build,
    /// The time limit was reached.
    Timeout,
    /// Memory ran out.
    OutOfMemory,
    /// The process was ended by a signal.
    Signal,
    /// The machine or the CI system failed.
    Infrastructure,
    /// The network failed.
    Network,
    /// The disk was full or failed.
    Disk,
    /// A server turned requests away because there were too many.
    RateLimit,
    /// Somebody or something cancelled the run.
    Cancelled,
    /// Nothing tells.
    #[default]
    Unknown,
}

/// A run that was merged into a report.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
pub struct Merged {
    /// Where and when it ran.
    pub run: Run,
    /// Its own verdict.
    pub verdict: Verdict,
    /// Its tests by outcome.
    pub totals: Totals,
}
