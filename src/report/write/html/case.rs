//! A test with everything that it said, as far as the page has room.

use std::collections::BTreeSet;

use serde::Serialize;

use super::TEXTS;
use crate::report::{
    write::{
        ansi::{spans, Color, Style},
        text::{self, duration, gist, line, name, number, source, start},
    },
    Case, Details, Report,
};

/// Bytes and lines of one text.
const TEXT: (usize, usize) = (16_384, 400);
/// Failing tests that are unfolded from the start: more would bury what comes after them.
const OPEN: usize = 25;
/// Characters of names and messages on one line.
pub(super) const LINE: usize = 500;

#[derive(Serialize)]
pub(super) struct CaseView {
    pub(super) index: usize,
    pub(super) state: &'static str,
    open: bool,
    name: String,
    leg: String,
    time: String,
    place: String,
    gist: String,
    parts: Vec<Part>,
    folded: Vec<Part>,
    attachments: Vec<String>,
}

/// A text under a title.
#[derive(Serialize)]
struct Part {
    title: String,
    text: Output,
}

#[derive(Serialize)]
struct Output {
    spans: Vec<SpanView>,
    /// How much was left out.
    left: String,
}

#[derive(Serialize)]
struct SpanView {
    class: String,
    text: String,
}

/// What is left of the room for texts, and which colours they need.
#[derive(Default)]
pub(super) struct Room {
    used: usize,
    colors: BTreeSet<(bool, Color)>,
}

impl Room {
    /// The styles of colours that have no name.
    pub(super) fn styles(&self) -> String {
        let rule = |(foreground, color): &(bool, Color)| match color {
            Color::Named(_) => String::new(),
            Color::Exact(red, green, blue) => {
                let property = if *foreground { "color" } else { "background" };
                format!(".{}{{{property}:#{red:02x}{green:02x}{blue:02x}}}\n", class(*foreground, *color))
            }
        };
        self.colors.iter().map(rule).collect()
    }

    fn output(&mut self, text: &str) -> Output {
        let text = text.trim_matches('\n');
        let bytes = TEXT.0.min(TEXTS.saturating_sub(self.used));
        let (start, left) = start(text, bytes, TEXT.1);
        self.used += start.len();
        let left = match left {
            0 => String::new(),
            1 => "1 more line, in report.json".to_owned(),
            left => format!("{} more lines, in report.json", number(left as u64)),
        };
        let view = |span: crate::report::write::ansi::Span| SpanView {
            class: self.classes(span.style),
            text: text::seen(&span.text),
        };
        Output { spans: spans(start).into_iter().map(view).collect(), left }
    }

    fn classes(&mut self, style: Style) -> String {
        let mut classes = Vec::new();
        let (foreground, background) = style.colors();
        for (place, color) in [(true, foreground), (false, background)] {
            let Some(color) = color else { continue };
            self.colors.insert((place, color));
            classes.push(class(place, color));
        }
        for (set, class) in [
            (style.bold, "bold"),
            (style.dim, "dim"),
            (style.italic, "italic"),
            (style.underline, "underline"),
            (style.strike, "strike"),
        ] {
            if set {
                classes.push(class.to_owned());
            }
        }
        classes.join(" ")
    }
}

fn class(foreground: bool, color: Color) -> String {
    let place = if foreground { 'f' } else { 'b' };
    match color {
        Color::Named(index) => format!("{place}{index}"),
        Color::Exact(red, green, blue) => format!("{place}-{red:02x}{green:02x}{blue:02x}"),
    }
}

/// The word of a test's outcome, flaky ones apart.
pub(super) fn state(case: &Case) -> &'static str {
    if case.flaky {
        "flaky"
    } else {
        case.status.as_str()
    }
}

/// The tests at these positions.
pub(super) fn of(report: &Report, indices: &[usize], room: &mut Room) -> Vec<CaseView> {
    let cases = indices.iter().enumerate();
    cases.map(|(position, index)| view(report, *index, position < OPEN, room)).collect()
}

fn view(report: &Report, index: usize, open: bool, room: &mut Room) -> CaseView {
    let case = &report.cases[index];
    let suite = report.suites.get(case.suite);
    let failing = case.status.is_failure();
    let mut parts = Vec::new();
    if failing {
        for details in std::iter::once(&case.details).chain(&case.more) {
            said(details, "", &mut parts, room);
        }
    }
    let mut folded = Vec::new();
    for (title, output) in [("Standard output", &case.details.stdout), ("Standard error", &case.details.stderr)] {
        push(title, output.as_deref(), &mut folded, room);
    }
    for (number, attempt) in case.attempts.iter().enumerate() {
        let took = attempt.duration.map(|it| format!(" after {}", duration(it))).unwrap_or_default();
        let title = format!("Attempt {}: {}{took}", number + 1, attempt.status.as_str());
        let target = if failing { &mut folded } else { &mut parts };
        said(&attempt.details, &title, target, room);
    }
    let shown = if failing { &case.details } else { case.attempts.first().map_or(&case.details, |it| &it.details) };
    CaseView {
        index,
        state: state(case),
        open: open && failing,
        name: line(&name(case), LINE),
        leg: suite.and_then(|it| it.leg.as_deref()).map(|it| line(it, 100)).unwrap_or_default(),
        time: case.duration.map(duration).unwrap_or_default(),
        place: source(case).map(|it| line(&it, LINE)).unwrap_or_default(),
        gist: line(&gist(shown), LINE),
        parts,
        folded,
        attachments: case.attachments.iter().take(50).map(|it| line(it, LINE)).collect(),
    }
}

/// What an attempt said: its message, unless the summary shows it whole, then the rest.
fn said(details: &Details, title: &str, parts: &mut Vec<Part>, room: &mut Room) {
    let before = parts.len();
    let trace = details.trace.as_deref().unwrap_or_default();
    let message = details.message.as_deref().unwrap_or_default();
    let known = trace.contains(message.trim()) || line(message, LINE) == text::legible(message).trim();
    if !known || (trace.trim().is_empty() && !title.is_empty()) {
        push(title, Some(message), parts, room);
    }
    // A part that is folded shows nothing but its title.
    let rest = if parts.len() == before || title.is_empty() { title } else { "Its trace" };
    push(rest, Some(trace), parts, room);
    if !title.is_empty() {
        push("Its standard output", details.stdout.as_deref(), parts, room);
        push("Its standard error", details.stderr.as_deref(), parts, room);
    }
}

fn push(title: &str, text: Option<&str>, parts: &mut Vec<Part>, room: &mut Room) {
    if let Some(text) = text.filter(|it| !it.trim().is_empty()) {
        parts.push(Part { title: title.to_owned(), text: room.output(text) });
    }
}
