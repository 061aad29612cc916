//! What people read while tests run and at the end.

use std::time::Duration;

use super::output::Output;
use crate::{
    cli::{render::count, terminal::Terminal},
    exec::{Event, Filter, Guard, ASKS, GRACE},
    report::{failures, flaky, slowest, Case, Note, Report, Totals},
};

/// So many failing tests are named; the reports have all of them.
const MOST_FAILURES: usize = 20;
/// So many slow tests are named.
const MOST_SLOW: usize = 3;

/// The terminal, with nothing said that the CI system would take for a command: names and messages of tests can hold
/// anything.
pub(super) struct Words<'a> {
    terminal: &'a mut Terminal,
    guard: Guard,
}

impl<'a> Words<'a> {
    pub(super) fn new(terminal: &'a mut Terminal, guard: Guard) -> Self {
        Words { terminal, guard }
    }

    /// How something was done.
    pub(super) fn detail(&mut self, text: &str) {
        let text = self.harmless(text);
        self.terminal.detail(&text);
    }

    fn note(&mut self, text: &str) {
        let text = self.harmless(text);
        self.terminal.note(&text);
    }

    /// Something that is wrong.
    pub(super) fn problem(&mut self, text: &str) {
        let text = self.harmless(text);
        self.terminal.problem(&text);
    }

    fn harmless(&self, text: &str) -> String {
        let mut bytes = Vec::new();
        Filter::new(&self.guard).pass(anstream::adapter::strip_str(text).to_string().as_bytes(), &mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The command's standard output and standard error ended in the middle of a line.
    pub(super) fn cut(&mut self, (out, err): (bool, bool)) {
        self.terminal.cut(out, err);
    }

    /// An attempt begins.
    pub(super) fn start(&mut self, shown: &str, number: u32, of: u32, failed_alone: bool) {
        let alone = if failed_alone { ", the failed tests alone" } else { "" };
        match of {
            1 => self.note(&format!("running {shown}")),
            _ => self.note(&format!("running {shown}, attempt {number} of {of}{alone}")),
        }
    }

    /// Something happened to the command.
    pub(super) fn event(&mut self, event: Event, limit: Duration) {
        match event {
            Event::TimeLimit => {
                let text = format!("the time limit of {} s is reached: the command", limit.as_secs());
                match ASKS {
                    true => self.problem(&format!("{text} gets SIGTERM, and SIGKILL after {} s", GRACE.as_secs())),
                    false => self.problem(&format!("{text} is killed")),
                }
            }
            Event::HandedOn(signal) => {
                self.problem(&format!("{} is handed to the command; a second signal kills it", signal.name));
            }
            Event::Killed => self.problem("the command was killed"),
            Event::Leftover => self.note("what the command left behind was ended"),
            Event::Tick => {}
        }
    }

    /// How far the tests are: for a person at a terminal, and for whoever wants every detail.
    pub(super) fn so_far(&mut self, news: Option<(Totals, Duration)>) {
        let Some((counts, time)) = news else { return };
        let text = format!("so far, after {} s: {}", time.as_secs(), counted(&counts));
        match self.terminal.is_watched() {
            true => self.note(&text),
            false => self.detail(&text),
        }
    }

    /// An attempt failed, and there will be another one.
    pub(super) fn again(&mut self, reasons: &[Note]) {
        for reason in reasons {
            self.note(&format!("this attempt failed: {}", line(reason)));
        }
    }

    /// How it went, which reports were written, and at the end every reason why it is not good.
    pub(super) fn end(&mut self, report: &Report, output: Option<&Output>) {
        for case in slowest(report, MOST_SLOW) {
            self.detail(&format!("slow: {}, {:.1} s", named(case), case.duration.unwrap_or_default()));
        }
        for case in flaky(report) {
            self.note(&format!("flaky: {} passed in the end", named(case)));
        }
        let failures = failures(report);
        for case in failures.iter().take(MOST_FAILURES) {
            self.note(&format!("{}: {}", case.status.as_str(), failure(case)));
        }
        if failures.len() > MOST_FAILURES {
            self.note(&format!("and {} more; see the reports", failures.len() - MOST_FAILURES));
        }
        for group in report.groups.iter().filter(|it| it.cases.len() > 1) {
            let message = group.message.lines().next().unwrap_or_default();
            let message = if message.is_empty() { String::new() } else { format!(": {message}") };
            self.note(&format!("{} tests fail alike{message}", group.cases.len()));
        }
        for note in &report.notes {
            self.note(&format!("note: {}", line(note)));
        }
        let seconds = if report.run.wall > 0.0 { report.run.wall } else { report.totals.duration };
        self.note(&totals(&report.totals, seconds));
        if let Some(output) = output {
            self.note(&format!("reports: {}", output.paths().join(", ")));
        }
        for reason in &report.verdict.reasons {
            self.problem(&format!("error: {}", line(reason)));
        }
    }
}

/// `results/unit.xml:12: what is wrong`.
fn line(note: &Note) -> String {
    match (&note.file, note.line) {
        (Some(file), Some(line)) => format!("{file}:{line}: {}", note.message),
        (Some(file), None) => format!("{file}: {}", note.message),
        (None, _) => note.message.clone(),
    }
}

fn named(case: &Case) -> String {
    let name = case.name.lines().next().unwrap_or_default();
    match &case.class {
        Some(class) if case.name == *class => name.to_owned(),
        Some(class) => format!("{class} > {name}"),
        None => name.to_owned(),
    }
}

fn failure(case: &Case) -> String {
    let place = match (&case.file, case.line) {
        (Some(file), Some(line)) => format!(" ({file}:{line})"),
        (Some(file), None) => format!(" ({file})"),
        (None, _) => String::new(),
    };
    let message = case.details.message.as_deref().or(case.details.kind.as_deref()).unwrap_or_default();
    match message.trim().lines().next() {
        Some(message) => format!("{}{place}: {message}", named(case)),
        None => format!("{}{place}", named(case)),
    }
}

fn totals(totals: &Totals, seconds: f64) -> String {
    let counted = counted(totals);
    match counted.split_once(": ") {
        Some((tests, parts)) => format!("{tests} in {seconds:.1} s: {parts}"),
        None => format!("{counted} in {seconds:.1} s"),
    }
}

/// `12 tests: 11 passed, 1 failed`.
fn counted(totals: &Totals) -> String {
    let tests = count(usize::try_from(totals.tests).unwrap_or(usize::MAX), "test");
    let all = [
        (totals.passed, "passed"),
        (totals.failed, "failed"),
        (totals.errored, "errored"),
        (totals.skipped, "skipped"),
        (totals.flaky, "of them flaky"),
    ];
    let parts: Vec<String> =
        all.iter().filter(|(number, _)| *number > 0).map(|(number, word)| format!("{number} {word}")).collect();
    match parts.is_empty() {
        true => tests,
        false => format!("{tests}: {}", parts.join(", ")),
    }
}
