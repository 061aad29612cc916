//! Telling a runner to repeat the tests that failed, and no others.

use std::{env, fs, path::Path, time::SystemTime};

use super::results::COARSE;
use crate::{
    exec::Task,
    report::{Attempted, Outcome},
};

/// Where pytest notes what failed, below its root directory:
/// <https://docs.pytest.org/en/stable/how-to/cache.html>
const LAST_FAILED: &str = ".pytest_cache/v/cache/lastfailed";

/// Options for every pytest that a command starts:
/// <https://docs.pytest.org/en/stable/reference/reference.html#envvar-PYTEST_ADDOPTS>
const OPTIONS: &str = "PYTEST_ADDOPTS";

/// The variable that lets the next attempt repeat only what failed in this one; `None` where the command has to be
/// repeated as a whole.
///
/// pytest alone can be told without knowing the command. It must have noted its failures during the attempt and ended with
/// 1, which it does only after running every test; other ends say nothing about which tests are left.
pub(super) fn failed_alone(attempt: &Attempted, since: SystemTime, task: &Task) -> Option<(String, String)> {
    let ended = matches!(attempt.outcome, Some(Outcome { exit_code: Some(1), .. }));
    let failed = attempt.reading.cases.iter().any(|case| case.status.is_failure());
    if !ended || !failed || !attempt.reading.problems.is_empty() {
        return None;
    }
    let directory = dunce::canonicalize(task.directory.as_deref().unwrap_or(Path::new("."))).ok()?;
    let noted = |root: &Path| {
        let modified = fs::metadata(root.join(LAST_FAILED)).and_then(|it| it.modified());
        modified.is_ok_and(|modified| modified + COARSE >= since)
    };
    if !directory.ancestors().any(noted) {
        return None;
    }
    let own = task.env.iter().rev().find(|(name, _)| name == OPTIONS).map(|(_, value)| value.clone());
    let given = own.or_else(|| env::var(OPTIONS).ok()).unwrap_or_default();
    Some((OPTIONS.to_owned(), format!("{given} --last-failed").trim_start().to_owned()))
}
