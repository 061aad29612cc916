//! Test points of TAP: `not ok 3 - adds # TODO not rounded yet`.

use super::{clipped, SHORT};

/// One test point.
#[derive(Debug, PartialEq)]
pub(super) struct Point {
    pub(super) ok: bool,
    pub(super) number: Option<u64>,
    pub(super) description: String,
    pub(super) directive: Option<Directive>,
    /// Of `# time=12ms`.
    pub(super) seconds: Option<f64>,
    /// Whether its subtests follow between braces.
    pub(super) opens: bool,
}

/// What a test point says about itself, with the reason.
#[derive(Debug, PartialEq)]
pub(super) enum Directive {
    Skip(Option<String>),
    Todo(Option<String>),
}

impl Point {
    pub(super) fn parse(line: &str) -> Option<Point> {
        let (ok, rest) = match line.strip_prefix("not ok") {
            Some(rest) => (false, rest),
            None => (true, line.strip_prefix("ok")?),
        };
        if rest.starts_with(|c: char| c.is_alphanumeric() || c == '_') {
            return None;
        }
        let rest = rest.trim_start();
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let number = rest[..digits].parse().ok();
        let rest = if number.is_some() { rest[digits..].trim_start() } else { rest };
        let rest = rest.strip_prefix('-').unwrap_or(rest).trim();
        let (rest, opens) = match rest.strip_suffix('{') {
            Some(before) if before.is_empty() || before.ends_with(char::is_whitespace) => (before.trim_end(), true),
            _ => (rest, false),
        };
        let (text, comment) = split(rest);
        let directive = comment.and_then(directive);
        let time = comment.and_then(|it| it.trim().strip_prefix("time=")?.strip_suffix("ms")?.parse::<f64>().ok());
        let seconds = time.filter(|it| it.is_finite()).map(|it| it.max(0.0) / 1000.0);
        // A comment that is no directive is a part of the description.
        let text = if directive.is_none() && seconds.is_none() { rest } else { text };
        let description = clipped(&text.trim().replace("\\#", "#").replace("\\\\", "\\"), SHORT);
        Some(Point { ok, number, description, directive, seconds, opens })
    }

    /// Its description; one without is called by its number.
    pub(super) fn name(&self, number: u64) -> String {
        if self.description.is_empty() {
            format!("test {number}")
        } else {
            self.description.clone()
        }
    }
}

/// Splits at the last `#` that is not escaped and begins a directive, else at the last one.
fn split(text: &str) -> (&str, Option<&str>) {
    let bytes = text.as_bytes();
    let free = |at: &usize| {
        let backslashes = bytes[..*at].iter().rev().take_while(|byte| **byte == b'\\').count();
        let word = text[..*at].chars().next_back().is_some_and(char::is_alphanumeric);
        backslashes % 2 == 0 && !word
    };
    let places: Vec<usize> = text.match_indices('#').map(|(at, _)| at).filter(free).collect();
    let place = places.iter().find(|at| directive(&text[**at + 1..]).is_some()).or(places.last());
    place.map_or((text, None), |at| (&text[..*at], Some(&text[*at + 1..])))
}

/// `SKIP` and `TODO` in any case, also with more letters as in `SKIPPED:`. `todos` is a word like any other: it would turn
/// a failure into none.
fn directive(comment: &str) -> Option<Directive> {
    let comment = comment.trim_start();
    let letters = comment.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '-').unwrap_or(comment.len());
    let reason = comment[letters..].trim_start_matches(':').trim();
    let reason = (!reason.is_empty()).then(|| clipped(reason, SHORT));
    match comment[..letters].to_ascii_lowercase().as_str() {
        "skip" | "skipped" => Some(Directive::Skip(reason)),
        "todo" => Some(Directive::Todo(reason)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> (bool, Option<u64>, String, Option<Directive>) {
        let point = Point::parse(line).unwrap();
        (point.ok, point.number, point.description, point.directive)
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn points_are_read() {
        assert_eq!(parse("ok 2-description 2"), (true, Some(2), "description 2".to_owned(), None));
        assert_eq!(parse("not ok no number"), (false, None, "no number".to_owned(), None));
        assert_eq!(parse("ok-# skip x"), (true, None, String::new(), Some(Directive::Skip(some("x")))));
        assert_eq!(parse("ok 1 - # SKIPPED: x"), (true, Some(1), String::new(), Some(Directive::Skip(some("x")))));
        assert_eq!(parse("not ok 1 a # TODO").3, Some(Directive::Todo(None)));
        assert_eq!(parse("ok 1 - issue \\#1 of \\\\").2, "issue #1 of \\");
        assert_eq!(Point::parse("ok 1 - a # time=5ms {").unwrap().seconds, Some(0.005));
        assert!(Point::parse("ok 1 - a # time=5ms {").unwrap().opens);
    }

    #[test]
    fn what_only_looks_like_a_directive_hides_no_failure() {
        for line in ["not ok 1 - lists #todos", "not ok 1 - a#todo", "not ok 1 - a \\# TODO", "not ok 1 - # TODO-list"]
        {
            assert_eq!(parse(line).3, None, "{line}");
        }
        assert_eq!(Point::parse("okay"), None);
        assert_eq!(Point::parse("not okay"), None);
    }
}
