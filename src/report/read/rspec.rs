//! RSpec's JSON formatter: one document with all examples, a summary and messages; see
//! <https://rspec.info/features/3-13/rspec-core/formatters/json-formatter/>.

use serde_json::Value;

use super::{
    json::{self, Document},
    value::{count, joined, plain, seconds, text},
    Format, Reading,
};
use crate::report::{Case, Status, Suite};

pub(super) const FORMAT: Format = Format { name: "RSpec JSON", sniff, read: json::read::<Rspec> };

fn sniff(head: &str) -> bool {
    // The messages stand between the version and the examples and may be long.
    head.find("{").is_some_and(|at| {
        let head = &head[at..];
        head.contains("\"version\"") && (head.contains("\"examples\"") || head.contains("\"messages\""))
    })
}

#[derive(Default)]
struct Rspec {
    suite: Option<usize>,
    summary: Option<Value>,
    examples: u64,
    failed: u64,
    messages: Vec<String>,
}

impl Document for Rspec {
    const WANTED: &'static [&'static str] = &["messages[]", "examples[]", "summary"];
    const FIRST: Option<&'static str> = Some("version");

    fn take(&mut self, place: &'static str, value: Value, line: u64, reading: &mut Reading) {
        match place {
            "summary" => self.summary = Some(value),
            "messages[]" if self.messages.len() < 20 => self.messages.extend(plain(&value)),
            "examples[]" => {
                let suite = *self.suite.get_or_insert_with(|| {
                    reading.suites.push(Suite { name: "rspec".to_owned(), ..Suite::default() });
                    reading.suites.len() - 1
                });
                let case = example(suite, &value, line, reading);
                self.examples += 1;
                self.failed += u64::from(case.status.is_failure());
                reading.cases.push(case);
            }
            _ => {}
        }
    }

    fn end(self, line: u64, reading: &mut Reading) {
        let Some(summary) = self.summary else {
            reading.error("no-summary", line, "`summary` is missing: the file is not whole".to_owned());
            return;
        };
        let outside = count(&summary, "errors_outside_of_examples_count").unwrap_or_default();
        if outside > 0 {
            let said = self.messages.iter().map(|it| it.trim()).find(|it| !it.is_empty()).unwrap_or_default();
            let said = said.lines().filter(|it| !it.trim().is_empty()).take(3).collect::<Vec<_>>().join(" ");
            reading.error("suite-error", line, format!("{outside} errors occurred outside of examples: {said}"));
        }
        let examples = count(&summary, "example_count").unwrap_or_default();
        if examples > self.examples {
            let message = format!("the summary says {examples} examples, but only {} are there", self.examples);
            reading.error("lost-tests", line, message);
        }
        let failures = count(&summary, "failure_count").unwrap_or_default();
        if failures > self.failed {
            let message = format!("the summary says {failures} failures, but only {} are there", self.failed);
            reading.error("lost-failures", line, message);
        }
    }
}

fn example(suite: usize, value: &Value, line: u64, reading: &mut Reading) -> Case {
    let name = text(value, "description").or_else(|| text(value, "full_description"));
    let mut case = Case { suite, name: name.unwrap_or_else(|| "(unnamed)".to_owned()), ..Case::default() };
    let class =
        text(value, "full_description").and_then(|it| Some(it.strip_suffix(case.name.as_str())?.trim().to_owned()));
    case.class = class.filter(|it| !it.is_empty());
    case.file = text(value, "file_path").map(|it| it.strip_prefix("./").unwrap_or(&it).to_owned());
    case.line = count(value, "line_number");
    case.duration = seconds(value, "run_time");
    case.status = match value.get("status").and_then(Value::as_str) {
        Some("passed") => Status::Passed,
        Some("failed") => Status::Failed,
        Some("pending") => Status::Skipped,
        other => {
            let status = other.unwrap_or("none");
            reading.error("unknown-status", line, format!("the status `{status}` of {} is not known", case.name));
            Status::Errored
        }
    };
    if case.status == Status::Skipped {
        case.details.message = text(value, "pending_message");
    }
    if let Some(exception) = value.get("exception").filter(|it| it.is_object()) {
        case.details.message = text(exception, "message").map(|it| it.trim().to_owned());
        case.details.kind = text(exception, "class");
        case.details.trace = joined(exception, "backtrace");
    }
    case
}
