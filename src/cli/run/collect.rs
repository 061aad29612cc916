//! Result files read into one reading.

use std::{fs::File, thread};

use super::{
    output::Output,
    results::{Match, Patterns, Snapshot},
    words::Words,
};
use crate::{
    report::{
        read::{read, Problem, Reading, Weight},
        Note,
    },
    side_by_side::side_by_side,
};

/// What was found and read.
#[derive(Debug, Default)]
pub(super) struct Collected {
    /// All files together.
    pub(super) reading: Reading,
    /// How many there were.
    pub(super) files: usize,
    /// Files that are there, but were not written since the snapshot.
    pub(super) stale: Vec<String>,
}

/// Reads the result files that are there now; with a snapshot, those that were written since.
pub(super) fn collect(
    patterns: &Patterns,
    output: &Output,
    since: Option<&Snapshot>,
    words: &mut Words<'_>,
) -> Collected {
    let mut collected = Collected::default();
    let found = patterns.find();
    for missing in found.missing {
        let pattern = missing.pattern;
        let message = match missing.directory {
            true => format!(
                "`{pattern}` is a directory: name the files in it, such as `{}/**/*.xml`",
                pattern.trim_end_matches('/')
            ),
            false => format!("no file matches `{pattern}`"),
        };
        let weight = if missing.literal { Weight::Error } else { Weight::Warning };
        collected.problem(weight, "missing-results", message, None);
    }
    let mut fresh = Vec::new();
    for file in found.files {
        if output.is_own(&file) {
            words.detail(&format!("{} is a report of ci-gen and no result", file.name));
            continue;
        }
        if since.is_some_and(|it| !it.is_fresh(&file)) {
            if file.literal {
                let message = "the command did not write it: it is older than the run";
                collected.problem(Weight::Error, "stale-results", message.to_owned(), Some(&file));
            }
            collected.stale.push(file.name);
            continue;
        }
        fresh.push(file);
    }
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let readings = side_by_side(threads, &fresh, |file| File::open(&file.path).map(|it| read(&file.name, it)));
    for (file, reading) in fresh.into_iter().zip(readings) {
        match reading {
            Ok(reading) => {
                words.detail(&format!("{}: {} tests", file.name, reading.cases.len()));
                collected.files += 1;
                add(&mut collected.reading, reading);
            }
            Err(error) => {
                collected.files += 1;
                collected.problem(Weight::Error, "unreadable", format!("it cannot be read: {error}"), Some(&file));
            }
        }
    }
    collected
}

impl Collected {
    fn problem(&mut self, weight: Weight, code: &str, message: String, file: Option<&Match>) {
        let file = file.map(|it| it.name.clone());
        let note = Note { code: code.to_owned(), message, file, line: None };
        self.reading.problems.push(Problem { weight, note });
    }
}

/// Puts a reading behind another one.
fn add(all: &mut Reading, mut one: Reading) {
    for case in &mut one.cases {
        case.suite += all.suites.len();
    }
    all.suites.append(&mut one.suites);
    all.cases.append(&mut one.cases);
    all.problems.append(&mut one.problems);
    all.run = all.run.take().or(one.run);
}
