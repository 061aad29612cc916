//! CTRF, the Common Test Report Format: one document whose schema is
//! <https://github.com/ctrf-io/ctrf/blob/main/schema/ctrf.schema.json>.

use std::collections::HashMap;

use serde_json::Value;

use super::{
    json::{self, Document},
    value::{count, is_true, joined, milliseconds, plain, text},
    Format, Reading,
};
use crate::report::{Attempt, Case, Details, Status, Suite};

pub(super) const FORMAT: Format = Format { name: "CTRF", sniff, read: json::read::<Ctrf> };

fn sniff(head: &str) -> bool {
    let head = head.trim_start();
    let early = head.contains("\"results\"") && head.contains("\"tool\"") && head.contains("\"summary\"");
    head.starts_with('{') && (head.contains("\"reportFormat\"") || early)
}

#[derive(Default)]
struct Ctrf {
    tool: Option<String>,
    summary: Option<Value>,
    suites: HashMap<String, usize>,
    tests: u64,
    failed: u64,
}

impl Document for Ctrf {
    const WANTED: &'static [&'static str] = &["results.tool", "results.summary", "results.tests[]"];

    fn take(&mut self, place: &'static str, value: Value, line: u64, reading: &mut Reading) {
        match place {
            "results.tool" => self.tool = text(&value, "name"),
            "results.summary" => self.summary = Some(value),
            _ => {
                let suite = self.suite(&value, reading);
                let case = test(suite, &value, line, reading);
                self.tests += 1;
                self.failed += u64::from(case.status.is_failure());
                reading.cases.push(case);
            }
        }
    }

    fn end(self, line: u64, reading: &mut Reading) {
        let Some(summary) = self.summary else {
            reading.error("no-summary", line, "`results.summary` is missing: the file is not whole".to_owned());
            return;
        };
        let parts =
            ["passed", "failed", "pending", "skipped", "other"].iter().filter_map(|key| count(&summary, key)).sum();
        let tests = count(&summary, "tests").unwrap_or_default().max(parts);
        if tests > self.tests {
            let message = format!("the summary says {tests} tests, but only {} are there", self.tests);
            reading.error("lost-tests", line, message);
        }
        let failed = count(&summary, "failed").unwrap_or_default();
        if failed > self.failed {
            let message = format!("the summary says {failed} failed tests, but only {} are there", self.failed);
            reading.error("lost-failures", line, message);
        }
    }
}

impl Ctrf {
    /// The suite that a test names, else one for the tool.
    fn suite(&mut self, test: &Value, reading: &mut Reading) -> usize {
        let path = test.get("suite").and_then(Value::as_array);
        let path = path.map(|it| it.iter().filter_map(plain).collect::<Vec<_>>().join(" > "));
        let name = path.or_else(|| text(test, "suite")).filter(|it| !it.is_empty());
        let name = name.or_else(|| self.tool.clone()).unwrap_or_else(|| "CTRF".to_owned());
        *self.suites.entry(name).or_insert_with_key(|name| {
            reading.suites.push(Suite { name: name.clone(), ..Suite::default() });
            reading.suites.len() - 1
        })
    }
}

fn test(suite: usize, value: &Value, line: u64, reading: &mut Reading) -> Case {
    let mut case =
        Case { suite, name: text(value, "name").unwrap_or_else(|| "(unnamed)".to_owned()), ..Case::default() };
    case.status = status(value).unwrap_or_else(|told| {
        reading.error("unknown-status", line, format!("the status `{told}` of {} is not known", case.name));
        Status::Errored
    });
    case.file = text(value, "filePath");
    case.line = count(value, "line");
    case.duration = milliseconds(value, "duration");
    case.details = details(value);
    let attempts = value.get("retryAttempts").and_then(Value::as_array);
    case.attempts = attempts.into_iter().flatten().map(attempt).collect();
    if case.attempts.is_empty() {
        // Of the earlier attempts only the number is known; a test is tried again after a failure.
        let retries = count(value, "retries").unwrap_or_default().min(100);
        case.attempts = vec![Attempt { status: Status::Failed, ..Attempt::default() }; retries as usize];
    }
    let failed_before = case.attempts.iter().any(|it| it.status.is_failure());
    case.flaky = case.status == Status::Passed && (is_true(value, "flaky") || failed_before);
    let attachments = value.get("attachments").and_then(Value::as_array);
    case.attachments = attachments.into_iter().flatten().filter_map(|it| text(it, "path")).collect();
    case
}

/// The outcome, or the word that is not known. `other` is what fits nowhere: the tool's own word decides, and what it does
/// not call harmless counts against the run.
fn status(value: &Value) -> Result<Status, String> {
    match value.get("status").and_then(Value::as_str).unwrap_or("none") {
        "passed" => Ok(Status::Passed),
        "failed" => Ok(Status::Failed),
        "skipped" | "pending" => Ok(Status::Skipped),
        "other" => match text(value, "rawStatus").unwrap_or_default().to_ascii_lowercase().as_str() {
            "todo" | "disabled" | "ignored" | "notrun" | "not run" | "focused" => Ok(Status::Skipped),
            _ => Ok(Status::Errored),
        },
        other => Err(other.to_owned()),
    }
}

fn details(value: &Value) -> Details {
    Details {
        message: text(value, "message"),
        kind: None,
        trace: text(value, "trace"),
        stdout: joined(value, "stdout"),
        stderr: joined(value, "stderr"),
    }
}

fn attempt(value: &Value) -> Attempt {
    let status = status(value).unwrap_or(Status::Errored);
    Attempt { status, duration: milliseconds(value, "duration"), details: details(value) }
}
