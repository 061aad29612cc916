//! Mocha's `json` reporter: one document with the tests, and again those that are pending, failed and passed.
//!
//! Only what stands in `failures` and not in `tests` are hooks; see <https://mochajs.org/next/reporters/json/>.

use std::collections::HashMap;

use serde_json::Value;

use super::{
    json::{self, Document},
    value::{count, milliseconds, text},
    Format, Reading,
};
use crate::report::{Attempt, Case, Status, Suite};

pub(super) const FORMAT: Format = Format { name: "Mocha JSON", sniff, read: json::read::<Mocha> };

fn sniff(head: &str) -> bool {
    let Some(at) = head.find("\"stats\"") else { return false };
    let (before, after) = head.split_at(at);
    before.trim_end().ends_with('{') && ["\"suites\"", "\"passes\"", "\"pending\""].iter().all(|it| after.contains(it))
}

#[derive(Default)]
struct Mocha {
    suite: Option<usize>,
    stats: Option<Value>,
    /// Positions of the tests by file and full title; several may share them.
    places: HashMap<(String, String), Vec<usize>>,
    /// Those of `tests` of which no list has told the outcome.
    open: Vec<bool>,
    first: usize,
    tests: u64,
    lists: u64,
}

impl Document for Mocha {
    const WANTED: &'static [&'static str] = &["stats", "tests[]", "pending[]", "failures[]", "passes[]"];
    const FIRST: Option<&'static str> = Some("stats");

    fn take(&mut self, place: &'static str, value: Value, _: u64, reading: &mut Reading) {
        if place == "stats" {
            self.stats = Some(value);
            return;
        }
        let suite = *self.suite.get_or_insert_with(|| {
            let timestamp = self.stats.as_ref().and_then(|it| text(it, "start"));
            reading.suites.push(Suite { name: "mocha".to_owned(), timestamp, ..Suite::default() });
            self.first = reading.cases.len();
            reading.suites.len() - 1
        });
        let key = (text(&value, "file").unwrap_or_default(), text(&value, "fullTitle").unwrap_or_default());
        if place == "tests[]" {
            self.tests += 1;
            self.places.entry(key).or_default().push(reading.cases.len());
            self.open.push(true);
            reading.cases.push(test(suite, &value));
            return;
        }
        self.lists += 1;
        let status = match place {
            "pending[]" => Status::Skipped,
            "failures[]" => Status::Failed,
            _ => Status::Passed,
        };
        let open = |it: &&usize| self.open[**it - self.first];
        let found = self.places.get(&key).and_then(|it| it.iter().find(open).or(it.last()).copied());
        let position = found.unwrap_or_else(|| {
            self.open.push(false);
            reading.cases.push(test(suite, &value));
            reading.cases.len() - 1
        });
        let case = &mut reading.cases[position];
        // A hook has no test of its own and breaks others.
        let status = if found.is_none() && status == Status::Failed { Status::Errored } else { status };
        if !case.status.is_failure() || self.open[position - self.first] || status.is_failure() {
            case.status = status;
        }
        if status.is_failure() {
            case.details = test(suite, &value).details;
        }
        case.flaky = case.status == Status::Passed && !case.attempts.is_empty();
        self.open[position - self.first] = false;
    }

    fn end(self, line: u64, reading: &mut Reading) {
        let cases = reading.cases.get_mut(self.first..).unwrap_or_default();
        if self.suite.is_some() {
            for (case, open) in cases.iter_mut().zip(&self.open) {
                if *open && !case.status.is_failure() {
                    case.status = Status::Errored;
                    case.details.message = Some("the file has no outcome of this test".to_owned());
                }
            }
        }
        match &self.stats {
            None => reading.error("no-stats", line, "`stats` is missing: the file is not whole".to_owned()),
            Some(stats) => {
                let now = |status| {
                    reading.cases[self.first.min(reading.cases.len())..].iter().filter(|it| it.status == status).count()
                        as u64
                };
                let failed = now(Status::Failed) + now(Status::Errored);
                let read = [
                    ("tests", self.tests),
                    ("passes", now(Status::Passed)),
                    ("pending", now(Status::Skipped)),
                    ("failures", failed),
                ];
                for (key, read) in read {
                    let promised = count(stats, key).unwrap_or_default();
                    if promised > read {
                        let code = if key == "failures" { "lost-failures" } else { "lost-tests" };
                        reading.error(code, line, format!("`stats` says {promised} {key}, but only {read} are there"));
                    }
                }
            }
        }
    }
}

/// A test without its outcome.
fn test(suite: usize, value: &Value) -> Case {
    let title = text(value, "title");
    let full = text(value, "fullTitle");
    let class = title.as_ref().zip(full.as_ref()).and_then(|(title, full)| full.strip_suffix(title.as_str()));
    let class = class.map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned);
    let mut case = Case { suite, class, ..Case::default() };
    case.name = title.or(full).unwrap_or_else(|| "(unnamed)".to_owned());
    case.file = text(value, "file");
    case.duration = milliseconds(value, "duration");
    if let Some(fault) = value.get("err").filter(|it| it.as_object().is_some_and(|it| !it.is_empty())) {
        case.status = Status::Failed;
        case.details.message = text(fault, "message").map(|it| it.trim().to_owned());
        case.details.trace = text(fault, "stack");
        let kind = case
            .details
            .trace
            .as_deref()
            .and_then(|it| it.split_once(':'))
            .map(|(kind, _)| kind.split(" [").next().unwrap_or(kind));
        let kind = kind.filter(|it| !it.contains(char::is_whitespace)).map(str::to_owned);
        case.details.kind = text(fault, "name").or(kind);
    }
    // Of the earlier attempts only the number is known; a test is tried again after a failure.
    let retries = count(value, "currentRetry").unwrap_or_default().min(100);
    case.attempts = vec![Attempt { status: Status::Failed, ..Attempt::default() }; retries as usize];
    case
}
