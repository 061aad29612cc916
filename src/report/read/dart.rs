//! `dart test --reporter json` and `flutter test --machine`: one event a line, as
//! <https://github.com/dart-lang/test/blob/master/pkgs/test/doc/json_reporter.md> describes it.

use std::{collections::HashMap, io::BufRead};

use serde_json::Value;

use super::{
    keep::Kept,
    lines::{event, Line, Lines},
    value::{count, is_true, seconds, text},
    Format, Reading,
};
use crate::report::{Case, Status, Suite};

pub(super) const FORMAT: Format = Format { name: "Dart JSON", sniff, read };

fn sniff(head: &str) -> bool {
    let kinds = ["start", "suite", "testStart", "allSuites"];
    head.lines().any(|line| {
        line.starts_with('{')
            && kinds.iter().any(|kind| line.contains(&format!("\"type\":\"{kind}\"")))
            && ["\"protocolVersion\"", "\"suite\":{", "\"suiteID\":", "\"count\":"].iter().any(|it| line.contains(it))
    })
}

/// A test that was announced.
struct Test {
    case: Case,
    /// Milliseconds after the start of the run.
    start: f64,
    output: Kept,
    /// Position of its case, once it ended and counts.
    place: Option<usize>,
    ended: bool,
}

#[derive(Default)]
struct State {
    /// Positions of the suites by their id.
    suites: HashMap<u64, usize>,
    /// How many tests a suite has, by its position.
    promised: HashMap<usize, u64>,
    suites_promised: Option<u64>,
    tests: HashMap<u64, Test>,
    done: Option<Option<bool>>,
    noise: bool,
}

fn read(source: &mut dyn BufRead, reading: &mut Reading) {
    let mut lines = Lines::new(source);
    let mut state = State::default();
    while let Some((line, next)) = event(&mut lines, &[], reading) {
        match next {
            Line::Event(event) => state.take(&event, line, reading),
            // Flutter's own daemon events are lists.
            Line::Noise(noise) if noise.trim_start().starts_with('[') => {}
            Line::Noise(_) if state.noise => {}
            Line::Noise(_) => {
                state.noise = true;
                reading.warn(
                    "other-text",
                    line,
                    "there is other text between the events; it was passed over".to_owned(),
                );
            }
        }
    }
    state.end(lines.number(), reading);
}

impl State {
    fn take(&mut self, event: &Value, line: u64, reading: &mut Reading) {
        match event.get("type").and_then(Value::as_str).unwrap_or_default() {
            "suite" => self.suite(event, reading),
            "group" => self.group(event),
            "allSuites" => self.suites_promised = count(event, "count"),
            "testStart" => self.start(event, line, reading),
            "print" => {
                if let Some(test) = self.test(event) {
                    test.output.push(event.get("message").and_then(Value::as_str).unwrap_or_default());
                    test.output.push("\n");
                }
            }
            "error" => self.error(event, line, reading),
            "testDone" => self.finish(event, line, reading),
            "done" => self.done = Some(event.get("success").and_then(Value::as_bool)),
            "start" | "debug" => {}
            kind => reading.warn("unknown-event", line, format!("an event of type `{kind}` was passed over")),
        }
    }

    fn test(&mut self, event: &Value) -> Option<&mut Test> {
        self.tests.get_mut(&count(event, "testID")?)
    }

    fn suite(&mut self, event: &Value, reading: &mut Reading) {
        let Some(suite) = event.get("suite") else { return };
        let mut new = Suite { name: text(suite, "path").unwrap_or_default(), ..Suite::default() };
        new.properties.extend(text(suite, "platform").map(|it| ("platform".to_owned(), it)));
        reading.suites.push(new);
        if let Some(id) = count(suite, "id") {
            self.suites.insert(id, reading.suites.len() - 1);
        }
    }

    /// The outermost group of a suite says how many tests it has.
    fn group(&mut self, event: &Value) {
        let Some(group) = event.get("group") else { return };
        if group.get("parentID").is_some_and(Value::is_null) {
            let suite = count(group, "suiteID").and_then(|it| self.suites.get(&it));
            if let (Some(suite), Some(tests)) = (suite, count(group, "testCount")) {
                *self.promised.entry(*suite).or_default() += tests;
            }
        }
    }

    fn start(&mut self, event: &Value, line: u64, reading: &mut Reading) {
        let Some((test, id)) = event.get("test").and_then(|it| Some((it, count(it, "id")?))) else {
            reading.error("no-name", line, "a test without an id was passed over".to_owned());
            return;
        };
        let known = count(test, "suiteID").and_then(|it| self.suites.get(&it).copied());
        let suite = known.unwrap_or_else(|| {
            reading.error("no-suite", line, "a test is of a suite that was not announced".to_owned());
            reading.suites.push(Suite { name: "(unknown)".to_owned(), ..Suite::default() });
            reading.suites.len() - 1
        });
        let mut case =
            Case { suite, name: text(test, "name").unwrap_or_else(|| "(unnamed)".to_owned()), ..Case::default() };
        let original = |key: &str| text(test, &format!("root_{key}")).or_else(|| text(test, key));
        case.file = original("url").map(|it| it.strip_prefix("file://").unwrap_or(&it).to_owned());
        case.file = case.file.or_else(|| Some(reading.suites[suite].name.clone()).filter(|it| !it.is_empty()));
        case.line = original("line").and_then(|it| it.parse().ok());
        case.details.message = test.get("metadata").and_then(|it| text(it, "skipReason"));
        let start = seconds(event, "time").unwrap_or_default();
        self.tests.insert(id, Test { case, start, output: Kept::default(), place: None, ended: false });
    }

    fn error(&mut self, event: &Value, line: u64, reading: &mut Reading) {
        let Some(test) = self.test(event) else {
            reading.error("no-test", line, "an error is of a test that was not announced".to_owned());
            return;
        };
        let status = if is_true(event, "isFailure") { Status::Failed } else { Status::Errored };
        let mut case = test.case.clone();
        if case.status.is_failure() {
            let more = super::super::Details {
                message: text(event, "error"),
                trace: text(event, "stackTrace"),
                ..Default::default()
            };
            case.more.push(more);
            case.status = case.status.max(status);
        } else {
            case.status = status;
            case.details.message = text(event, "error");
            case.details.trace = text(event, "stackTrace");
        }
        test.case = case.clone();
        // An error after the end makes the test fail after all, also one that was hidden.
        match test.place {
            Some(place) => reading.cases[place] = case,
            None if test.ended => {
                reading.cases.push(case);
                test.place = Some(reading.cases.len() - 1);
            }
            None => {}
        }
    }

    fn finish(&mut self, event: &Value, line: u64, reading: &mut Reading) {
        let Some(test) = self.test(event) else {
            reading.error("no-test", line, "a test ended that was not announced".to_owned());
            return;
        };
        test.ended = true;
        test.case.duration = seconds(event, "time").map(|it| (it - test.start).max(0.0) / 1000.0);
        let result = event.get("result").and_then(Value::as_str).unwrap_or_default();
        let status = match result {
            "success" if is_true(event, "skipped") => Status::Skipped,
            "success" => Status::Passed,
            "failure" => Status::Failed,
            "error" => Status::Errored,
            other => {
                let name = &test.case.name;
                reading.error("unknown-event", line, format!("the test {name} ended as `{other}`, which is not known"));
                Status::Errored
            }
        };
        // What was an error before stays one, whatever the end says.
        if status.is_failure() || !test.case.status.is_failure() {
            test.case.status = status;
        }
        if test.case.status == Status::Passed {
            test.case.details.message = None;
        }
        let output = std::mem::take(&mut test.output);
        if test.case.status.is_failure() {
            test.case.details.stdout = output.text();
        }
        if !is_true(event, "hidden") || test.case.status.is_failure() {
            reading.cases.push(test.case.clone());
            test.place = Some(reading.cases.len() - 1);
        }
    }

    fn end(self, line: u64, reading: &mut Reading) {
        let mut running: Vec<(u64, Test)> = self.tests.into_iter().filter(|(_, test)| !test.ended).collect();
        running.sort_by_key(|(id, _)| *id);
        for (_, test) in running {
            let mut case = Case { status: Status::Errored, ..test.case };
            case.details.message = case.details.message.or_else(|| Some("the test did not end".to_owned()));
            case.details.stdout = test.output.text();
            reading.cases.push(case);
        }
        match self.done {
            None => {
                let message = "there is no `done` event: the runner crashed, or the file was cut off";
                reading.error("no-end", line, message.to_owned());
                return;
            }
            Some(None) => {
                reading.error("no-end", line, "the runner was closed before all tests ended".to_owned());
            }
            Some(Some(false)) if !reading.cases.iter().any(|case| case.status.is_failure()) => {
                reading.error("lost-failures", line, "the run did not succeed, but no test failed".to_owned());
            }
            Some(Some(_)) => {}
        }
        let mut read = HashMap::new();
        for case in &reading.cases {
            *read.entry(case.suite).or_insert(0_u64) += 1;
        }
        let mut promised: Vec<_> = self.promised.into_iter().collect();
        promised.sort_unstable();
        for (suite, promised) in promised {
            let read = read.get(&suite).copied().unwrap_or_default();
            if promised > read {
                let name = &reading.suites[suite].name;
                let message = format!("the suite {name} has {promised} tests, but only {read} are there");
                reading.error("lost-tests", line, message);
            }
        }
        let suites = self.suites.len() as u64;
        if let Some(promised) = self.suites_promised.filter(|it| *it > suites) {
            reading.error(
                "lost-tests",
                line,
                format!("there should be {promised} suites, but only {suites} are there"),
            );
        }
    }
}
