//! Telling a runner to repeat the tests that failed, and no others.

mod go;
mod maven;
mod pytest;

use std::{env, time::SystemTime};

use crate::{
    exec::Task,
    report::{read::Reading, Attempted, Case, Outcome},
};

/// A variable must not get too long for the system. Linux takes 128 KiB, Windows 32,767 characters for all together:
/// <https://man7.org/linux/man-pages/man2/execve.2.html>,
/// <https://learn.microsoft.com/en-us/windows/win32/api/processthreadsapi/nf-processthreadsapi-createprocessw>
const LONGEST: usize = 16 * 1024;

/// The variable that lets the next attempt of `task` repeat only what failed in this one; `None` where the command has to
/// be repeated as a whole.
///
/// Only runners that read options from their environment can be told, because nobody knows what a command starts. The
/// attempt must have ended with 1, which all of them do only after running every test; other ends say nothing about
/// which tests are left. A runner that does not listen repeats everything. No failure is lost by that either way: a
/// test that an attempt does not run keeps its result.
pub(super) fn failed_alone(attempt: &Attempted, since: SystemTime, task: &Task) -> Option<(String, String)> {
    let Attempted { reading, outcome, .. } = attempt;
    let ended = matches!(outcome, Some(Outcome { exit_code: Some(1), .. }));
    let failed: Vec<Failed<'_>> = failed(reading).collect();
    if !ended || failed.is_empty() || !reading.problems.is_empty() {
        return None;
    }
    pytest::failed_alone(since, task)
        .or_else(|| go::failed_alone(&failed, task))
        .or_else(|| maven::failed_alone(&failed, task))
        .filter(|(_, value)| value.len() <= LONGEST)
}

/// A test that failed, and the result file that says so.
struct Failed<'a> {
    case: &'a Case,
    results: &'a str,
}

fn failed(reading: &Reading) -> impl Iterator<Item = Failed<'_>> {
    reading.cases.iter().filter(|case| case.status.is_failure()).map(|case| {
        let results = reading.suites.get(case.suite).and_then(|suite| suite.file.as_deref());
        Failed { case, results: results.unwrap_or_default() }
    })
}

/// What a command of the task finds in a variable; empty where there is none.
fn value(task: &Task, variable: &str) -> String {
    let own = task.env.iter().rev().find(|(name, _)| name == variable).map(|(_, value)| value.clone());
    own.or_else(|| env::var(variable).ok()).unwrap_or_default()
}

/// A variable with one more option behind those that it has.
fn with_option(variable: &str, given: &str, option: &str) -> (String, String) {
    (variable.to_owned(), format!("{given} {option}").trim_start().to_owned())
}
