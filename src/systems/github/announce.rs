//! Annotations, the job summary and outputs of a step.
//!
//! <https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands>

use crate::{
    report::write::issues::{flaky_issues, issues, Issue},
    systems::{Announced, Announcement, Append, Summary},
};

/// Annotations of one type in a step; the runner drops the rest:
/// <https://github.com/actions/runner/blob/main/src/Runner.Worker/ExecutionContext.cs>
const MOST: usize = 10;

/// Bytes of a step's summary. GitHub shows nothing at all of a file of more than 1 MiB, and other commands of the step may
/// still want to write:
/// <https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits>
const SUMMARY: u64 = 1024 * 1024 - 64 * 1024;

pub(super) fn announce(announced: &Announced<'_>) -> Announcement {
    let report = announced.report;
    let errors = issues(report, MOST).into_iter().map(|it| command("error", &it));
    let warnings = flaky_issues(report, MOST).into_iter().map(|it| command("warning", &it));
    let totals = &report.totals;
    let outputs: String = [
        ("result", if report.verdict.passed { "passed".to_owned() } else { "failed".to_owned() }),
        ("tests", totals.tests.to_string()),
        ("passed", totals.passed.to_string()),
        ("failed", totals.failed.to_string()),
        ("errored", totals.errored.to_string()),
        ("skipped", totals.skipped.to_string()),
        ("flaky", totals.flaky.to_string()),
        ("duration", totals.duration.to_string()),
    ]
    .iter()
    .map(|(name, value)| format!("{name}<<{token}\n{value}\n{token}\n", token = announced.token))
    .collect();
    Announcement {
        log: errors.chain(warnings).collect(),
        summary: Some(Summary { variable: "GITHUB_STEP_SUMMARY", limit: SUMMARY }),
        files: vec![Append { variable: "GITHUB_OUTPUT", text: outputs }],
    }
}

fn command(kind: &str, issue: &Issue) -> String {
    let mut properties = Vec::new();
    properties.extend(issue.file.as_deref().map(|it| format!("file={}", property(it))));
    properties.extend(issue.line.map(|it| format!("line={it}")));
    properties.push(format!("title={}", property(&issue.title)));
    format!("::{kind} {}::{}", properties.join(","), data(&issue.message))
}

/// What stands behind the second `::`. Annotations take no characters beyond the first 65,536.
fn data(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '%' => out.push_str("%25"),
            '\r' => out.push_str("%0D"),
            '\n' => out.push_str("%0A"),
            c if u32::from(c) > 0xffff => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// What stands behind the `=` of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_command_early() {
        let issue = Issue {
            title: "a: b, c%::error::x".to_owned(),
            message: "100%\r\n::set-output name=x::y 😀".to_owned(),
            file: Some("src/a,b:c.py".to_owned()),
            line: Some(3),
        };
        assert_eq!(
            command("error", &issue),
            "::error file=src/a%2Cb%3Ac.py,line=3,title=a%3A b%2C c%25%3A%3Aerror%3A%3Ax::100%25%0D%0A::set-output name=x::y \u{fffd}"
        );
    }
}
