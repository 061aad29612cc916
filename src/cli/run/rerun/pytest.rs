//! pytest, which notes by itself what failed.

use std::{fs, path::Path, time::SystemTime};

use super::{value, with_option};
use crate::{cli::run::results::COARSE, exec::Task};

/// Where it notes that, below its root directory: <https://docs.pytest.org/en/stable/how-to/cache.html>
const LAST_FAILED: &str = ".pytest_cache/v/cache/lastfailed";

/// Options for every pytest that a command starts:
/// <https://docs.pytest.org/en/stable/reference/reference.html#envvar-PYTEST_ADDOPTS>
const OPTIONS: &str = "PYTEST_ADDOPTS";

/// The variable, if pytest noted failures since the attempt began.
pub(super) fn failed_alone(since: SystemTime, task: &Task) -> Option<(String, String)> {
    let directory = dunce::canonicalize(task.directory.as_deref().unwrap_or(Path::new("."))).ok()?;
    let noted = |root: &Path| {
        let modified = fs::metadata(root.join(LAST_FAILED)).and_then(|it| it.modified());
        modified.is_ok_and(|modified| modified + COARSE >= since)
    };
    directory.ancestors().any(noted).then(|| with_option(OPTIONS, &value(task, OPTIONS), "--last-failed"))
}
