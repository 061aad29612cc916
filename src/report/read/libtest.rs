//! The JSON of Rust's test harness: one event a line, suite after suite; also as cargo-nextest writes it.
//!
//! The format is that of `library/test/src/formatters/json.rs` in <https://github.com/rust-lang/rust>, and of
//! <https://nexte.st/docs/machine-readable/libtest-json/>, whose test names are `CRATE::BINARY$TEST#ATTEMPTS`.

use std::{collections::HashMap, io::BufRead};

use serde_json::Value;

use super::{
    lines::{event, Line, Lines},
    value::{count, seconds, text},
    Format, Reading,
};
use crate::report::{Attempt, Case, Status, Suite};

pub(super) const FORMAT: Format = Format { name: "libtest JSON", sniff, read };

/// How events begin; a test that prints without a line break pushes them to the right.
const MARKS: &[&str] = &["{ \"type\": \"", "{\"type\":\""];

fn sniff(head: &str) -> bool {
    head.lines().any(|line| {
        MARKS.iter().any(|mark| {
            line.find(mark).is_some_and(|at| {
                let kind = &line[at + mark.len()..];
                (kind.starts_with("suite\"") || kind.starts_with("test\"") || kind.starts_with("bench\""))
                    && kind.contains("\"event\"")
            })
        })
    })
}

/// A suite that runs.
struct Open {
    suite: usize,
    promised: u64,
    line: u64,
    first: usize,
    /// Positions of the tests that run, by name.
    running: HashMap<String, usize>,
}

#[derive(Default)]
struct State {
    open: Option<Open>,
    /// The name of the next suite, as cargo announces it.
    name: Option<String>,
    noise: bool,
}

fn read(source: &mut dyn BufRead, reading: &mut Reading) {
    let mut lines = Lines::new(source);
    let mut state = State::default();
    while let Some((line, next)) = event(&mut lines, MARKS, reading) {
        match next {
            Line::Event(event) => state.take(&event, line, reading),
            Line::Noise(noise) => state.noise(&noise, line, reading),
        }
    }
    let line = lines.number();
    state.lose(line, reading);
}

impl State {
    fn noise(&mut self, noise: &str, line: u64, reading: &mut Reading) {
        let noise = noise.trim();
        if let Some(rest) = noise.strip_prefix("Running ") {
            self.name = rest.split(" (").next().map(str::to_owned);
        } else if noise.starts_with("Doc-tests ") {
            self.name = Some(noise.to_owned());
        } else if noise.starts_with("error: could not compile") || noise.starts_with("error[E") {
            reading.error("build-failed", line, noise.to_owned());
        } else if !self.noise {
            self.noise = true;
            reading.warn("other-text", line, "there is other text between the events; it was passed over".to_owned());
        }
    }

    fn take(&mut self, event: &Value, line: u64, reading: &mut Reading) {
        let field = |key| event.get(key).and_then(Value::as_str).unwrap_or_default();
        match (field("type"), field("event")) {
            ("suite", "started") => {
                self.lose(line, reading);
                self.begin(event, line, reading);
            }
            ("suite", outcome) => self.end(event, outcome, line, reading),
            ("test" | "bench", outcome) => self.test(event, outcome, line, reading),
            ("report", _) => {}
            (kind, _) => reading.warn("unknown-event", line, format!("an event of type `{kind}` was passed over")),
        }
    }

    fn begin(&mut self, event: &Value, line: u64, reading: &mut Reading) {
        let nextest =
            event.get("nextest").and_then(|it| Some(format!("{}::{}", text(it, "crate")?, text(it, "test_binary")?)));
        let name = nextest.or_else(|| self.name.take()).unwrap_or_else(|| "libtest".to_owned());
        reading.suites.push(Suite { name, ..Suite::default() });
        let promised = count(event, "test_count").unwrap_or_else(|| {
            reading.error("no-count", line, "the suite does not say how many tests it has".to_owned());
            0
        });
        let (suite, first) = (reading.suites.len() - 1, reading.cases.len());
        self.open = Some(Open { suite, promised, line, first, running: HashMap::new() });
    }

    fn test(&mut self, event: &Value, outcome: &str, line: u64, reading: &mut Reading) {
        let Some(full) = text(event, "name") else {
            reading.error("no-name", line, "a test without a name was passed over".to_owned());
            return;
        };
        if self.open.is_none() {
            reading.error("no-suite", line, "a test stands outside of a suite: the beginning is missing".to_owned());
            self.begin(&serde_json::json!({ "test_count": 0 }), line, reading);
        }
        let Some(open) = &mut self.open else { return };
        let (name, attempts) = attempts(&full);
        // What took long is told before it ends.
        if matches!(outcome, "timeout") {
            return;
        }
        let position = *open.running.entry(name.to_owned()).or_insert_with(|| {
            let (class, name) =
                name.split_once('$').map_or((None, name), |(class, name)| (Some(class.to_owned()), name));
            let case = Case { suite: open.suite, class, name: name.to_owned(), ..Case::default() };
            reading.cases.push(Case { status: Status::Errored, ..case });
            reading.cases.len() - 1
        });
        if outcome == "started" {
            return;
        }
        open.running.remove(name);
        let case = &mut reading.cases[position];
        case.status = match (outcome, event.get("type").and_then(Value::as_str)) {
            ("ok" | "allowed_failure", _) | (_, Some("bench")) => Status::Passed,
            ("failed", _) => Status::Failed,
            ("ignored", _) => Status::Skipped,
            _ => {
                reading.error(
                    "unknown-event",
                    line,
                    format!("the test {name} ended as `{outcome}`, which is not known"),
                );
                return;
            }
        };
        case.duration = seconds(event, "exec_time");
        case.details.message = text(event, "message").or_else(|| text(event, "reason"));
        if attempts > 1 {
            // Of the earlier attempts only the number is known; nextest repeats what failed.
            let failed = Attempt { status: Status::Failed, ..Attempt::default() };
            case.attempts = vec![failed; attempts - 1];
            case.flaky = case.status == Status::Passed;
        }
        if case.status == Status::Failed {
            if let Some(output) = text(event, "stdout") {
                case.panicked(output);
            }
        }
    }

    fn end(&mut self, event: &Value, outcome: &str, line: u64, reading: &mut Reading) {
        let Some(open) = self.open.take() else {
            reading.error("no-suite", line, "a suite ends that did not begin: the beginning is missing".to_owned());
            return;
        };
        let mut failed = 0;
        let mut read = 0;
        for case in &reading.cases[open.first..] {
            read += 1;
            failed += u64::from(case.status.is_failure());
        }
        let lost = open.running.len() as u64;
        let told: u64 = ["passed", "failed", "ignored", "measured", "allowed_fail"]
            .iter()
            .filter_map(|key| count(event, key))
            .sum();
        let promised = open.promised.max(told);
        if promised > read || lost > 0 {
            let message = format!("the suite has {promised} tests, but only {} ended", read - lost);
            reading.error("lost-tests", line, message);
        }
        let told_failed = count(event, "failed").unwrap_or_default();
        if told_failed > failed || (outcome != "ok" && failed == 0) {
            let message =
                format!("the suite ended as `{outcome}` with {told_failed} failed tests, but {failed} are there");
            reading.error("lost-failures", line, message);
        }
        open.end(reading);
    }

    /// What is left of a suite that did not end.
    fn lose(&mut self, line: u64, reading: &mut Reading) {
        let Some(open) = self.open.take() else { return };
        let read = reading.cases.len() - open.first - open.running.len();
        let (begun, promised) = (open.line, open.promised);
        let message = format!(
            "the suite of line {begun} did not end: its process crashed, or the file was cut off; {read} of {promised} tests ended"
        );
        reading.error("no-end", line, message);
        open.end(reading);
    }
}

impl Open {
    fn end(self, reading: &mut Reading) {
        for position in self.running.into_values() {
            reading.cases[position].details.message = Some("the test did not end".to_owned());
        }
    }
}

/// The name without the number of attempts that nextest adds, and that number.
fn attempts(name: &str) -> (&str, usize) {
    match name.rsplit_once('#') {
        Some((rest, number)) if name.contains('$') => match number.parse() {
            Ok(number @ 2..=100) => (rest, number),
            _ => (name, 1),
        },
        _ => (name, 1),
    }
}

impl Case {
    /// Takes message and place from `thread 'NAME' (ID) panicked at FILE:LINE:COLUMN:` and the lines after it.
    fn panicked(&mut self, output: String) {
        let lines: Vec<&str> = output.lines().collect();
        if let Some(at) = lines.iter().position(|it| it.starts_with("thread '") && it.contains(" panicked at ")) {
            let place = lines[at].rsplit(" panicked at ").next().unwrap_or_default().trim_end_matches(':');
            let mut parts = place.rsplitn(3, ':');
            if let (Some(_), Some(line), Some(file)) = (parts.next(), parts.next(), parts.next()) {
                self.line = line.parse().ok();
                self.file = Some(file.to_owned());
            }
            let message: Vec<&str> = lines[at + 1..]
                .iter()
                .take_while(|it| !it.starts_with("stack backtrace:") && !it.starts_with("note: "))
                .copied()
                .collect();
            self.details.kind = Some("panic".to_owned());
            self.details.message =
                self.details.message.take().or_else(|| Some(message.join("\n").trim_end().to_owned()));
        }
        let first = lines.iter().find(|it| !it.trim().is_empty());
        self.details.message = self.details.message.take().or_else(|| first.map(|it| (*it).to_owned()));
        self.details.trace = Some(output);
    }
}
