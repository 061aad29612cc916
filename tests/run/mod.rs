//! `ci-gen run` from outside: what it executes, what it counts, what it says, what it ends with.

mod aggregate;
mod green;
mod job;
#[cfg(unix)]
mod process;
mod results;
mod retry;
#[cfg(windows)]
mod windows;

use std::process::Command;

use serde_json::Value;

use crate::support::{Run, Sandbox};

/// A JUnit file: `p` is a test that passes, `f` one that fails, `s` one that is skipped.
pub fn junit(tests: &str) -> String {
    let case = |(number, c): (usize, char)| {
        let inner = match c {
            'f' => "<failure message=\"no\" type=\"E\">trace</failure>",
            's' => "<skipped/>",
            _ => "",
        };
        format!("<testcase classname=\"c\" name=\"t{number}\" time=\"0.1\">{inner}</testcase>\n")
    };
    let cases: String = tests.chars().enumerate().map(case).collect();
    let count = |wanted: char| tests.chars().filter(|it| *it == wanted).count();
    let (failures, skipped) = (count('f'), count('s'));
    let header = format!("tests=\"{}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\"", tests.len());
    format!("<testsuite name=\"s\" {header}>\n{cases}</testsuite>\n")
}

/// The binary in the sandbox, with nothing of the environment that the tests themselves run in but what it needs.
pub fn command(sandbox: &Sandbox, arguments: &str, variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ci-gen"));
    let kept = ["PATH", "HOME", "TMPDIR", "SYSTEMROOT", "TEMP", "TMP"];
    command.args(arguments.split_whitespace()).current_dir(sandbox.path()).env_clear();
    command.envs(kept.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    command.envs(variables.iter().copied());
    command
}

pub fn run_with(sandbox: &Sandbox, arguments: &str, variables: &[(&str, &str)]) -> Run {
    Run::from(command(sandbox, arguments, variables).output().unwrap())
}

pub fn run(sandbox: &Sandbox, arguments: &str) -> Run {
    run_with(sandbox, arguments, &[])
}

/// The report that was written.
pub fn report(sandbox: &Sandbox) -> Value {
    serde_json::from_str(&sandbox.read("test_results/report.json")).unwrap()
}

/// The codes of the reasons in the report.
pub fn reasons(sandbox: &Sandbox) -> Vec<String> {
    let report = report(sandbox);
    let reasons = report["verdict"]["reasons"].as_array().unwrap();
    reasons.iter().map(|it| it["code"].as_str().unwrap().to_owned()).collect()
}
