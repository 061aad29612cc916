//! What is wrong with a spec, where, and how to mend it.

mod json;
mod place;
mod text;

use std::ops::Range;

pub use self::{
    json::to_json,
    place::Place,
    text::{summary, to_text},
};

/// How much a [`Diagnostic`] weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The spec works, but not everywhere as it reads: something was degraded.
    Warning,
    /// The spec cannot be rendered.
    Error,
}

impl Severity {
    /// The word that people and tools read.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// One problem of a spec.
///
/// `place` says where in the spec's structure the problem is; [`Diagnostic::span`] is the same as bytes of the
/// text and is filled in once the text is at hand, so that nothing between the two needs the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// Stable, for tools and searches: `needs-unknown-job`.
    pub code: &'static str,
    /// Whether the spec can be rendered all the same.
    pub severity: Severity,
    /// What is wrong, in one line without a full stop.
    pub message: String,
    /// The CI system that has the problem; absent where every system has it.
    pub system: Option<&'static str>,
    /// Where in the spec.
    pub place: Place,
    /// Whether the key itself is meant rather than its value.
    pub on_key: bool,
    /// A piece of the value's text that is meant, where the value holds more.
    pub within: Option<String>,
    /// Where in the text, in bytes.
    pub span: Option<Range<usize>>,
    /// The way out.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A problem that keeps the spec from being rendered.
    pub fn error(code: &'static str, place: Place, message: impl Into<String>) -> Self {
        Diagnostic {
            code,
            severity: Severity::Error,
            message: message.into(),
            system: None,
            place,
            on_key: false,
            within: None,
            span: None,
            help: None,
        }
    }

    /// Something the user should know, but can live with.
    pub fn warning(code: &'static str, place: Place, message: impl Into<String>) -> Self {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(code, place, message) }
    }

    /// Adds the way out.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds "did you mean …?" when one of `known` resembles `unknown`, else the list of what there is.
    pub fn suggest<'a>(self, unknown: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let mut known: Vec<&str> = known.into_iter().collect();
        known.dedup();
        match closest(unknown, &known) {
            Some(word) => self.help(format!("did you mean `{word}`?")),
            None if known.is_empty() => self,
            None => self.help(format!("known here: {}", quoted_list(&known))),
        }
    }

    /// Points at the key rather than at its value.
    pub fn on_key(mut self) -> Self {
        self.on_key = true;
        self
    }

    /// Points at a piece of the value rather than at all of it.
    pub fn within(mut self, piece: impl Into<String>) -> Self {
        self.within = Some(piece.into());
        self
    }

    /// Names the one system that has the problem.
    pub fn on_system(mut self, system: &'static str) -> Self {
        self.system = Some(system);
        self
    }
}

/// Whether anything in the list keeps the spec from being rendered.
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|it| it.severity == Severity::Error)
}

/// The word of `known` that was most likely meant by `unknown`.
pub fn closest<'a>(unknown: &str, known: &[&'a str]) -> Option<&'a str> {
    known
        .iter()
        .map(|word| (strsim::jaro_winkler(&unknown.to_lowercase(), &word.to_lowercase()), *word))
        .filter(|(likeness, _)| *likeness > 0.82)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, word)| word)
}

/// `` `a`, `b` and `c` ``
pub fn quoted_list(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}

/// The text that diagnostics speak about, under the name that people know it by.
#[derive(Clone, Debug)]
pub struct Source {
    /// The file as the user named it.
    pub name: String,
    /// Its content.
    pub text: String,
}

impl Source {
    /// Line and column (both from 1, the column in characters) of a byte.
    pub fn position(&self, byte: usize) -> (usize, usize) {
        let mut end = byte.min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let before = &self.text[..end];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_the_likely_word_and_nothing_far_fetched() {
        let known = ["timeout", "retry", "runner"];
        assert_eq!(closest("timeuot", &known), Some("timeout"));
        assert_eq!(closest("xyz", &known), None);
    }

    #[test]
    fn positions_count_characters_from_one() {
        let source = Source { name: "x".into(), text: "a\nüb = 1\n".into() };
        assert_eq!(source.position(0), (1, 1));
        assert_eq!(source.position(source.text.find('b').unwrap()), (2, 2));
        assert_eq!(source.position(999), (3, 1));
    }
}
