//! Checks of where we are: the system, its event, Git, the clock.

use std::{
    env::current_dir,
    time::{SystemTime, UNIX_EPOCH},
};

use super::{environment::provider, Check};
use crate::{
    cli::git::{refusal, Git},
    context::{Context, Env},
    systems::Detected,
};

/// 2026-01-01: ci-gen is younger than that.
const BIRTH: i64 = 1_767_225_600;
/// Clocks of machines differ by less.
const TOLERANCE: i64 = 300;

pub(super) fn checks(env: &Env, detected: &Detected) -> Vec<Check> {
    let context = &detected.context;
    let directory = current_dir().unwrap_or_default();
    let git = Git::of(&directory);
    let mut checks = vec![system(detected)];
    for (path, why) in &env.unreadable {
        let message = format!("`{path}`, which a variable names, cannot be read: {why}");
        let help = "mount the file into the container, or set CI_GEN_HEAD_SHA, CI_GEN_CHANGE_NUMBER and \
                    CI_GEN_BASE_BRANCH yourself";
        checks.push(Check::problem("event-file", message, help));
    }
    for path in env.files.keys() {
        checks.push(Check::ok("event-file", format!("`{path}` was read")));
    }
    checks.push(commit(context));
    checks.push(match &git {
        None => {
            let why = refusal(&directory).unwrap_or_else(|| "no repository".to_owned());
            let help =
                "install Git, and run in a clone; where the clone is another user's: `git config --global --add \
                        safe.directory DIRECTORY`";
            Check::warning("git", format!("Git knows nothing of this directory: {why}"), help)
        }
        Some(git) if git.shallow => {
            Check::ok("git", "a shallow clone: older commits are missing, which ci-gen does not need")
        }
        Some(git) if git.head.is_none() => {
            Check::warning("git", "a repository without a commit", "commit something: reports belong to a commit")
        }
        Some(_) => Check::ok("git", "a complete clone"),
    });
    checks.push(clock(git.as_ref().and_then(Git::committed)));
    checks
}

fn system(detected: &Detected) -> Check {
    let context = &detected.context;
    if !detected.warnings.is_empty() {
        let help = "say which one it is with `--provider` or CI_GEN_PROVIDER, and mend the variables that are named";
        return Check::warning("system", detected.warnings.join("; "), help);
    }
    match (&context.system, &context.other) {
        (Some(system), _) => Check::ok("system", format!("{}, told by {}", system.value.title(), system.source)),
        (None, Some(other)) => {
            let message = format!("a CI system that ci-gen does not know ({}, told by {})", other.value, other.source);
            let help = "results are read and judged, but nothing is published; set CI_GEN_BRANCH, CI_GEN_HEAD_SHA and \
                        CI_GEN_BUILD_URL, so that the report says where it is from";
            Check::warning("system", message, help)
        }
        (None, None) => Check::ok("system", format!("no CI system ({})", provider(context).value)),
    }
}

fn commit(context: &Context) -> Check {
    match (&context.head_sha, &context.tested_sha) {
        (Some(_), Some(_)) => {
            Check::ok("commit", "the change's own commit is known; what is tested is a merge of it with its target")
        }
        (Some(_), None) => Check::ok("commit", "the commit that results belong to is known"),
        (None, Some(tested)) => {
            let message = format!("only the tested merge is known ({}), not the change's own commit", tested.source);
            Check::warning("commit", message, "statuses would not be seen: set CI_GEN_HEAD_SHA")
        }
        (None, None) => {
            Check::warning("commit", "no commit is known", "run in a clone with Git installed, or set CI_GEN_HEAD_SHA")
        }
    }
}

fn clock(committed: Option<i64>) -> Check {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.as_secs());
    let now = i64::try_from(now).unwrap_or(i64::MAX);
    let help = "set the machine's clock: certificates are refused and histories are out of order otherwise";
    match committed {
        _ if now < BIRTH => Check::problem("clock", "the clock is years behind", help),
        Some(then) if then > now + TOLERANCE => {
            Check::warning("clock", format!("the commit is {} seconds younger than now", then - now), help)
        }
        _ => Check::ok("clock", "the clock is right, as far as can be told here"),
    }
}
