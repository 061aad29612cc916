//! Our own `report.json`: the same tests come back, and a run that was not good stays one.

use serde_json::Value;

use super::{
    json::{self, Document},
    Format, Reading,
};
use crate::report::{Case, Note, Run, Suite, Totals, Verdict, SCHEMA};

pub(super) const FORMAT: Format = Format { name: "report.json", sniff, read: json::read::<Own> };

fn sniff(head: &str) -> bool {
    let head = head.trim_start();
    head.starts_with('{') && head.contains("\"schema\"") && head.contains("\"run\"") && head.contains("\"verdict\"")
}

#[derive(Default)]
struct Own {
    schema: Option<u64>,
    run: Option<Run>,
    verdict: Option<Verdict>,
    totals: Option<Totals>,
    /// Positions of the first suite and the first test of this document.
    first: Option<(usize, usize)>,
}

impl Document for Own {
    const WANTED: &'static [&'static str] = &["schema", "run", "verdict", "totals", "suites[]", "cases[]", "notes[]"];

    fn take(&mut self, place: &'static str, value: Value, line: u64, reading: &mut Reading) {
        let (first_suite, _) = *self.first.get_or_insert((reading.suites.len(), reading.cases.len()));
        let result = match place {
            "schema" => {
                self.schema = value.as_u64();
                Ok(())
            }
            "run" => serde_json::from_value(value).map(|it| self.run = Some(it)),
            "verdict" => serde_json::from_value(value).map(|it| self.verdict = Some(it)),
            "totals" => serde_json::from_value(value).map(|it| self.totals = Some(it)),
            "suites[]" => serde_json::from_value(value).map(|it: Suite| {
                reading.suites.push(Suite { totals: Totals::default(), ..it });
            }),
            "cases[]" => serde_json::from_value(value).map(|mut it: Case| {
                it.suite = it.suite.saturating_add(first_suite);
                it.duration = it.duration.map(|it| it.max(0.0));
                reading.cases.push(it);
            }),
            _ => serde_json::from_value(value).map(|it: Note| reading.warn(&it.code, line, located(&it))),
        };
        if let Err(cause) = result {
            reading.error("broken-report", line, format!("`{place}` is not as it should be ({cause})"));
        }
    }

    fn end(self, line: u64, reading: &mut Reading) {
        let (_, first) = self.first.unwrap_or((reading.suites.len(), reading.cases.len()));
        let suites = reading.suites.len();
        let mut totals = Totals::default();
        let mut lost = false;
        for case in &mut reading.cases[first..] {
            totals.count(case);
            if case.suite >= suites {
                case.suite = suites;
                lost = true;
            }
        }
        if lost {
            reading.suites.push(Suite { name: "(unknown)".to_owned(), ..Suite::default() });
            reading.error("no-suite", line, "there are tests of a suite that is not there".to_owned());
        }
        match self.schema {
            Some(schema) if schema == u64::from(SCHEMA) => {}
            Some(schema) => {
                let message =
                    format!("the report is of format {schema}; this version of ci-gen reads {SCHEMA}: update it");
                reading.error("unknown-schema", line, message);
            }
            None => reading.error("broken-report", line, "`schema` is missing".to_owned()),
        }
        match self.totals {
            Some(told) if counts(&told) == counts(&totals) => {}
            Some(told) => {
                let message = format!("`totals` says {}, but the tests are {}", words(&told), words(&totals));
                reading.error("lost-tests", line, message);
            }
            None => reading.error("broken-report", line, "`totals` is missing".to_owned()),
        }
        match self.verdict {
            Some(verdict) => {
                for reason in &verdict.reasons {
                    reading.error(&reason.code, line, located(reason));
                }
                if !verdict.passed && verdict.reasons.is_empty() {
                    reading.error(
                        "failed-run",
                        line,
                        "the run of the report is not good; no reason is given".to_owned(),
                    );
                }
            }
            None => reading.error("broken-report", line, "`verdict` is missing".to_owned()),
        }
        if self.run.is_none() {
            reading.error("broken-report", line, "`run` is missing".to_owned());
        }
        reading.run = self.run.or(reading.run.take());
    }
}

/// A message with the place that it was about.
fn located(note: &Note) -> String {
    match (&note.file, note.line) {
        (Some(file), Some(line)) => format!("{file}:{line}: {}", note.message),
        (Some(file), None) => format!("{file}: {}", note.message),
        _ => note.message.clone(),
    }
}

fn counts(totals: &Totals) -> [u64; 6] {
    [totals.tests, totals.passed, totals.failed, totals.errored, totals.skipped, totals.flaky]
}

fn words(totals: &Totals) -> String {
    let [tests, passed, failed, errored, skipped, flaky] = counts(totals);
    format!("{tests} ({passed} passed, {failed} failed, {errored} errored, {skipped} skipped, {flaky} flaky)")
}
