//! [`TestRunResult`] as a result file: numbers only, so its tests have no names.

use serde_json::{Map, Value};

use super::{
    json::{self, Document},
    value::plain,
    Format, Reading,
};
use crate::report::{Case, Status, Suite, TestRunResult};

pub(super) const FORMAT: Format = Format { name: "TestRunResult", sniff, read: json::read::<Numbers> };

/// Tests without names that are made up at most. Who has more should name them.
const MOST: u64 = 100_000;

/// The fields that must be there.
const COUNTS: [&str; 4] = ["total_tests", "passed_tests", "failed_tests", "skipped_tests"];

fn sniff(head: &str) -> bool {
    let head = head.trim_start();
    head.starts_with('{') && COUNTS.iter().any(|it| head.contains(&format!("\"{it}\"")))
}

#[derive(Default)]
struct Numbers {
    fields: Map<String, Value>,
}

impl Document for Numbers {
    const WANTED: &'static [&'static str] = &[
        "test_run_id",
        "status",
        "total_tests",
        "passed_tests",
        "failed_tests",
        "skipped_tests",
        "duration_seconds",
        "metadata",
    ];

    fn take(&mut self, place: &'static str, value: Value, line: u64, reading: &mut Reading) {
        let (value, fault) = checked(place, value);
        if let Some(fault) = fault {
            reading.error("broken-result", line, fault);
        }
        if self.fields.insert(place.to_owned(), value).is_some() {
            reading.error("broken-result", line, format!("{place} is there twice"));
        }
    }

    fn end(mut self, line: u64, reading: &mut Reading) {
        for name in Self::WANTED.iter().take(Self::WANTED.len() - 1) {
            if !self.fields.contains_key(*name) {
                reading.error("broken-result", line, format!("{name} is missing"));
                self.fields.insert((*name).to_owned(), missing(name));
            }
        }
        let result: TestRunResult = match serde_json::from_value(Value::Object(self.fields)) {
            Ok(result) => result,
            Err(cause) => {
                reading.error("broken-result", line, format!("the numbers cannot be read ({cause})"));
                return;
            }
        };
        for fault in result.faults() {
            reading.error("contradiction", line, fault);
        }
        add(&result, line, reading);
    }
}

/// A field as it can be read, and what is wrong with it.
fn checked(name: &str, value: Value) -> (Value, Option<String>) {
    let shown = |value: &Value| value.to_string().chars().take(80).collect::<String>();
    match name {
        "test_run_id" => match plain(&value) {
            Some(text) => (text.into(), None),
            None => (missing(name), Some("test_run_id is empty".to_owned())),
        },
        "status" => {
            let lower = value.as_str().unwrap_or_default().to_ascii_lowercase();
            match serde_json::from_value::<crate::report::RunStatus>(lower.clone().into()) {
                Ok(_) => (lower.into(), None),
                Err(_) => (missing(name), Some(format!("the status {} is not known", shown(&value)))),
            }
        }
        "duration_seconds" if value.is_number() => (value, None),
        "metadata" if value.is_object() => (value, None),
        "metadata" if value.is_null() => (Value::Object(Map::new()), None),
        "metadata" => (Value::Object(Map::new()), Some("metadata is no object".to_owned())),
        _ if value.is_u64() => (value, None),
        _ => (missing(name), Some(format!("{name} is {}, which is no number that can be meant", shown(&value)))),
    }
}

/// What stands for a field that is not there, after an error.
fn missing(name: &str) -> Value {
    match name {
        "test_run_id" => "".into(),
        "status" => "error".into(),
        "duration_seconds" => 0.0.into(),
        _ => 0.into(),
    }
}

/// Makes a suite of the numbers. Names hold the outcome, so that a test is never compared with another one of the same
/// number in the run before; the duration is shared out evenly.
fn add(result: &TestRunResult, line: u64, reading: &mut Reading) {
    let mut suite = Suite { name: result.test_run_id.clone(), ..Suite::default() };
    suite.properties =
        result.metadata.iter().take(100).filter_map(|(name, value)| Some((name.clone(), plain(value)?))).collect();
    reading.suites.push(suite);
    let suite = reading.suites.len() - 1;
    let outcomes = [
        (Status::Failed, result.failed_tests),
        (Status::Passed, result.passed_tests),
        (Status::Skipped, result.skipped_tests),
    ];
    let all = outcomes.iter().fold(0_u64, |sum, (_, tests)| sum.saturating_add(*tests));
    if all > MOST {
        let message =
            format!("{all} tests without names are too many: {MOST} can be taken over; use a format with names");
        reading.error("too-many", line, message);
    }
    let duration =
        Some(result.duration_seconds).filter(|it| it.is_finite() && *it > 0.0).map(|it| it / all.max(1) as f64);
    let mut room = MOST;
    for (status, tests) in outcomes {
        for number in 1..=tests.min(room) {
            let name = format!("{} test {number} of {tests} (no name)", status.as_str());
            reading.cases.push(Case { suite, name, status, duration, ..Case::default() });
        }
        room -= tests.min(room);
    }
    if all > 0 {
        reading.warn("no-names", line, format!("the file holds numbers only: its {all} tests have no names"));
    }
}
