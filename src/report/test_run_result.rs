//! A run in eight fields: what a program in any language can write in five lines.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Report, Run};

/// The outcome of a run in numbers. As JSON it is one of the formats of result files, for runners that have no other.
///
/// `total_tests = passed_tests + failed_tests + skipped_tests`; tests that broke count as failed. Fields that are not known
/// are passed over. Numbers that contradict each other, and a run that did not end, fail the run that reads them; so does
/// one without any test.
///
/// ```
/// use ci_gen::report::{read, RunStatus, TestRunResult};
///
/// let text = r#"{"test_run_id": "nightly-7", "status": "passed", "total_tests": 3, "passed_tests": 2,
///     "failed_tests": 0, "skipped_tests": 1, "duration_seconds": 12.5, "metadata": {"board": "rev-c"}}"#;
/// let result: TestRunResult = serde_json::from_str(text)?;
/// assert_eq!(result.status, RunStatus::Passed);
///
/// let reading = read::read("result.json", text.as_bytes());
/// assert_eq!(reading.suites[0].totals.tests, 3);
/// assert_eq!(reading.cases[0].name, "passed test 1 of 2 (no name)");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
pub struct TestRunResult {
    /// Whatever tells this run from others; may be any text.
    pub test_run_id: String,
    /// How the run ended.
    pub status: RunStatus,
    /// All tests.
    pub total_tests: u64,
    /// Those that held.
    pub passed_tests: u64,
    /// Those that did not hold, or broke.
    pub failed_tests: u64,
    /// Those that were not run.
    pub skipped_tests: u64,
    /// Seconds that the tests took; not negative.
    pub duration_seconds: f64,
    /// Anything else about the run, by name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub metadata: IndexMap<String, Value>,
}

/// How a run ended, or that it did not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RunStatus {
    /// Every test held or was skipped.
    #[serde(alias = "success")]
    Passed,
    /// A test did not hold.
    #[serde(alias = "failure")]
    Failed,
    /// Something other than a test went wrong, or nothing was proven.
    #[serde(alias = "errored")]
    Error,
    /// No test was run, on purpose.
    Skipped,
    /// It was cancelled.
    #[serde(alias = "canceled")]
    Cancelled,
    /// Its time limit was reached.
    Timeout,
    /// It has not begun.
    #[default]
    Pending,
    /// It has not ended.
    Running,
}

impl From<&Report> for TestRunResult {
    /// The numbers of a report. Where and when it ran, and why it is not good, goes into the metadata.
    fn from(report: &Report) -> Self {
        let totals = report.totals;
        let status = if totals.failures() > 0 {
            RunStatus::Failed
        } else if !report.verdict.passed {
            RunStatus::Error
        } else {
            RunStatus::Passed
        };
        let Run { system, repository, head_sha, branch, job, leg, url, .. } = report.run.clone();
        let known = [
            ("system", Some(system).filter(|it| !it.is_empty())),
            ("repository", repository),
            ("head_sha", head_sha),
            ("branch", branch),
            ("job", job),
            ("leg", leg),
            ("url", url),
        ];
        let mut metadata: IndexMap<String, Value> =
            known.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into()))).collect();
        if !report.verdict.reasons.is_empty() {
            let reasons: Vec<&str> = report.verdict.reasons.iter().map(|it| it.message.as_str()).collect();
            metadata.insert("reasons".to_owned(), reasons.into());
        }
        TestRunResult {
            test_run_id: report.run.id.clone(),
            status,
            total_tests: totals.tests,
            passed_tests: totals.passed,
            failed_tests: totals.failures(),
            skipped_tests: totals.skipped,
            duration_seconds: totals.duration,
            metadata,
        }
    }
}

impl TestRunResult {
    /// Everything about the numbers and the status that cannot be or that speaks against the run, each in one line; empty for
    /// a good run and for one whose only fault is that tests failed.
    ///
    /// ```
    /// use ci_gen::report::{RunStatus, TestRunResult};
    ///
    /// let result = TestRunResult { status: RunStatus::Passed, total_tests: 2, passed_tests: 1, failed_tests: 1, ..Default::default() };
    /// assert_eq!(result.faults(), ["the status is `passed`, but failed_tests is 1"]);
    /// ```
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let TestRunResult { total_tests, passed_tests, failed_tests, skipped_tests, .. } = self;
        let sum = u128::from(*passed_tests) + u128::from(*failed_tests) + u128::from(*skipped_tests);
        if sum != u128::from(*total_tests) {
            faults.push(format!(
                "total_tests is {total_tests}, but passed_tests ({passed_tests}), failed_tests ({failed_tests}) and skipped_tests ({skipped_tests}) are {sum}"
            ));
        }
        if *total_tests == 0 {
            faults.push("total_tests is 0: nothing was proven".to_owned());
        }
        if !self.duration_seconds.is_finite() || self.duration_seconds < 0.0 {
            faults.push(format!("duration_seconds is {}, which is no duration", self.duration_seconds));
        }
        match self.status {
            RunStatus::Passed if *failed_tests > 0 => {
                faults.push(format!("the status is `passed`, but failed_tests is {failed_tests}"));
            }
            RunStatus::Failed if *failed_tests == 0 => {
                faults.push("the status is `failed`, but failed_tests is 0".to_owned());
            }
            RunStatus::Skipped if *passed_tests > 0 || *failed_tests > 0 => {
                faults.push("the status is `skipped`, but tests were run".to_owned());
            }
            RunStatus::Passed | RunStatus::Failed | RunStatus::Skipped => {}
            RunStatus::Error => faults.push("the status is `error`".to_owned()),
            RunStatus::Cancelled => faults.push("the run was cancelled".to_owned()),
            RunStatus::Timeout => faults.push("the run reached its time limit".to_owned()),
            RunStatus::Pending => faults.push("the status is `pending`: the run did not begin".to_owned()),
            RunStatus::Running => faults.push("the status is `running`: the run did not end".to_owned()),
        }
        faults
    }
}
