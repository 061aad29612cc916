//! What speaks against a run: the codes of all reasons, and the reasons of one run.

use super::{Note, Outcome, Totals, Verdict};

/// A reason against a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Stable, for tools and searches.
    pub code: &'static str,
    /// When it is given.
    pub meaning: &'static str,
}

impl Reason {
    /// The reason with its details.
    pub(super) fn note(self, message: impl Into<String>) -> Note {
        Note { code: self.code.to_owned(), message: message.into(), file: None, line: None }
    }
}

macro_rules! reasons {
    ($($name:ident = $code:literal, $meaning:literal;)*) => {
        $(pub(super) const $name: Reason = Reason { code: $code, meaning: $meaning };)*

        /// Every reason that judging gives. Readers of result files give more, with the file and the line, for what is
        /// damaged or missing in a file.
        ///
        /// What a run does not prove fails it whatever `--fail-on` says: `never` forgives failing tests and the exit
        /// code that comes with them, nothing else. A run whose tests were all skipped proves that they can be found,
        /// and that is all it was asked: it passes with a note.
        pub const REASONS: &[Reason] = &[$($name),*];
    };
}

reasons! {
    FAILURES = "failures", "tests failed or broke";
    NOT_STARTED = "not-started", "the command could not be started";
    CANCELLED = "cancelled", "somebody ended the run before its command ended";
    TIMEOUT = "timeout", "the command did not end within the time limit";
    SIGNAL = "signal", "a signal ended the command";
    EXIT_CODE = "exit-code", "the command failed, and no failing test explains it";
    NO_RESULTS = "no-results", "there is no result file of this run";
    NO_TESTS = "no-tests", "there are result files, but no test in them";
    NO_REPORTS = "no-reports", "there is nothing to merge";
    LEG_FAILED = "leg-failed", "the report of a leg says that it failed, but not why";
    FEWER_TESTS = "fewer-tests", "there are fewer tests than a file says";
    MISSING_LEG = "missing-leg", "a leg that should be there has no report";
    MISSING_SHARD = "missing-shard", "one of the machines that share the tests has no report";
    DIFFERENT_RUNS = "different-runs", "the reports to merge are of different runs";
    DIFFERENT_COMMITS = "different-commits", "the reports to merge are of different commits";
    DIFFERENT_PLANS = "different-plans", "the reports to merge are of different plans";
}

/// How many notes of one code are kept.
const MOST_OF_A_CODE: usize = 20;

/// A verdict with these reasons.
pub(super) fn verdict(reasons: Vec<Note>) -> Verdict {
    let reasons = bounded(reasons);
    Verdict { passed: reasons.is_empty(), reasons }
}

/// Each note once, at most so many of a code; one more then says how many were left out.
pub(super) fn bounded(notes: Vec<Note>) -> Vec<Note> {
    let mut seen = std::collections::HashSet::new();
    let mut counts: indexmap::IndexMap<String, usize> = indexmap::IndexMap::new();
    let mut kept = Vec::new();
    for note in notes {
        if !seen.insert((note.code.clone(), note.message.clone(), note.file.clone(), note.line)) {
            continue;
        }
        let count = counts.entry(note.code.clone()).or_default();
        *count += 1;
        if *count <= MOST_OF_A_CODE {
            kept.push(note);
        }
    }
    for (code, count) in counts.into_iter().filter(|(_, count)| *count > MOST_OF_A_CODE) {
        let message = format!("and {} more", count - MOST_OF_A_CODE);
        kept.push(Note { code, message, file: None, line: None });
    }
    kept
}

/// Failing tests as a reason.
pub(super) fn failures(totals: &Totals) -> Option<Note> {
    let failures = totals.failures();
    (failures > 0).then(|| {
        let tests = if totals.tests == 1 { "test" } else { "tests" };
        let broke = match totals.errored {
            0 => String::new(),
            all if all == failures => ", all by an error".to_owned(),
            some => format!(", {some} of them by an error"),
        };
        FAILURES.note(format!("{failures} of {} {tests} failed{broke}", totals.tests))
    })
}

/// What the end of a command says against the run. `explained` tells that tests failed in that attempt, which is why
/// a command of tests gives a non-zero exit code.
pub(super) fn of_outcome(outcome: &Outcome, explained: bool) -> Option<Note> {
    if let Some(why) = &outcome.not_started {
        return Some(NOT_STARTED.note(format!("the command could not be started: {}", one_line(why))));
    }
    if outcome.cancelled {
        return Some(CANCELLED.note("the run was cancelled before the command ended"));
    }
    if let Some(limit) = outcome.timed_out {
        return Some(TIMEOUT.note(format!("the command did not end within {} seconds", limit.as_secs_f64())));
    }
    if let Some(signal) = outcome.signal {
        return Some(SIGNAL.note(format!("the command was ended by {}", signal_name(signal))));
    }
    match outcome.exit_code {
        Some(0) => None,
        Some(code) => match signal_of(code) {
            Some(signal) => {
                let message =
                    format!("the command ended with exit code {code}, which tells of {}", signal_name(signal));
                Some(SIGNAL.note(message))
            }
            None if explained => None,
            None => {
                Some(EXIT_CODE.note(format!("the command ended with exit code {code}, and no failing test tells why")))
            }
        },
        None => Some(EXIT_CODE.note("nothing is known of how the command ended")),
    }
}

/// The signal that an exit code stands for: shells and containers add 128 to it. Only signals that end programs which
/// did nothing about them.
///
/// <https://www.gnu.org/software/bash/manual/html_node/Exit-Status.html>
pub(super) fn signal_of(exit_code: i32) -> Option<i32> {
    let signal = exit_code - 128;
    SIGNALS.iter().any(|(number, _)| *number == signal).then_some(signal)
}

/// Signals that have the same number on every Unix.
///
/// <https://man7.org/linux/man-pages/man7/signal.7.html>
const SIGNALS: &[(i32, &str)] = &[
    (2, "SIGINT"),
    (3, "SIGQUIT"),
    (4, "SIGILL"),
    (6, "SIGABRT"),
    (8, "SIGFPE"),
    (9, "SIGKILL"),
    (11, "SIGSEGV"),
    (15, "SIGTERM"),
];

/// `signal 9 (SIGKILL)`.
pub(super) fn signal_name(signal: i32) -> String {
    match SIGNALS.iter().find(|(number, _)| *number == signal) {
        Some((_, name)) => format!("signal {signal} ({name})"),
        None => format!("signal {signal}"),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
