//! All tests as compact data for the page's script.

use std::collections::HashMap;

use serde::Serialize;

use super::{case::LINE, LISTED};
use crate::report::{write::text::line, Case, Report, Status};

/// What the script reads. Words that many tests share stand once, and tests point to them.
#[derive(Serialize)]
struct Data {
    /// Name and leg.
    suites: Vec<(String, String)>,
    classes: Vec<String>,
    files: Vec<String>,
    tests: Vec<Row>,
}

/// Name, class, suite, state, milliseconds, file, line, position in the report.
type Row = (String, usize, usize, u8, Option<f64>, usize, u64, usize);

/// The data as JSON that can stand in HTML: no character of it means anything there.
pub(super) fn of(report: &Report) -> Result<String, serde_json::Error> {
    let mut classes = Words::default();
    let mut files = Words::default();
    let test = |index: usize| {
        let case = &report.cases[index];
        let milliseconds = case.duration.map(|it| (it * 100_000.0).round() / 100.0);
        let class = classes.position(case.class.as_deref().unwrap_or_default());
        let file = files.position(case.file.as_deref().unwrap_or_default());
        (line(&case.name, LINE), class, case.suite, state(case), milliseconds, file, case.line.unwrap_or(0), index)
    };
    let tests = listed(report).into_iter().map(test).collect();
    let suite = |it: &crate::report::Suite| (line(&it.name, LINE), line(it.leg.as_deref().unwrap_or_default(), LINE));
    let suites = report.suites.iter().map(suite).collect();
    let json = serde_json::to_string(&Data { suites, classes: classes.words, files: files.words, tests })?;
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    Ok(out)
}

/// Positions of the tests that are listed: those that failed or are flaky first, the rest in the report's order.
fn listed(report: &Report) -> Vec<usize> {
    let rank = |case: &Case| match (case.status.is_failure(), case.flaky) {
        (true, _) => 0,
        (false, true) => 1,
        (false, false) => 2,
    };
    let mut indices: Vec<usize> = (0..report.cases.len()).collect();
    indices.sort_by_key(|index| rank(&report.cases[*index]));
    indices.truncate(LISTED);
    indices
}

/// The script knows the same order.
fn state(case: &Case) -> u8 {
    match (case.flaky, case.status) {
        (true, _) => 4,
        (false, Status::Passed) => 0,
        (false, Status::Failed) => 1,
        (false, Status::Errored) => 2,
        (false, Status::Skipped) => 3,
    }
}

/// Different words in the order in which they came.
#[derive(Default)]
struct Words<'a> {
    words: Vec<String>,
    known: HashMap<&'a str, usize>,
}

impl<'a> Words<'a> {
    fn position(&mut self, word: &'a str) -> usize {
        *self.known.entry(word).or_insert_with(|| {
            self.words.push(line(word, LINE));
            self.words.len() - 1
        })
    }
}
