//! What every step of the resolution has at hand: the spec, the problems so far, and how texts are read.

use super::{Duration, Expr, Part, Text};
use crate::{
    diag::{Diagnostic, Place},
    spec::{OneOrMany, Spec},
};

/// What every step of the resolution has at hand.
pub(super) struct Builder<'a> {
    pub(super) spec: &'a Spec,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Builder<'_> {
    pub(super) fn error(&mut self, code: &'static str, at: Place, message: impl Into<String>, help: Option<String>) {
        let mut diagnostic = Diagnostic::error(code, at, message);
        diagnostic.help = help;
        self.diagnostics.push(diagnostic);
    }

    /// Parses a text that may hold the values that `allowed` accepts; the others are reported.
    pub(super) fn text(&mut self, raw: &str, at: &Place, allowed: impl Fn(&Expr) -> Result<(), Diagnostic>) -> Text {
        if raw.contains('\0') {
            let help = "leave it out; a command can print one with `printf '\\0'`".to_owned();
            let message = "no shell and no environment can hold a NUL character";
            self.error("control-character", at.clone(), message, Some(help));
        }
        match Text::parse(raw) {
            Ok(text) => {
                let check = |expr: &Expr| allowed(expr).err().map(|it| it.within(expr.to_string()));
                let faults: Vec<Diagnostic> = text.exprs().filter_map(check).collect();
                self.diagnostics.extend(faults);
                text
            }
            Err(errors) => {
                for error in errors {
                    let diagnostic = Diagnostic::error(error.code, at.clone(), error.message).within(error.text);
                    self.diagnostics.push(diagnostic.help(error.help));
                }
                Text::default()
            }
        }
    }

    /// Parses a text that may hold no values.
    pub(super) fn literal(&mut self, raw: &str, at: &Place) -> String {
        let text = self.text(raw, at, |expr| Err(misplaced(expr, at, "no values are possible here")));
        text.as_literal().unwrap_or_default().to_owned()
    }

    /// Reports a path that is absolute, leaves the repository or cannot be written the same on every system.
    pub(super) fn check_path(&mut self, path: &Text, at: &Place, home: Home) {
        let Some(Part::Lit(first)) = path.parts.first() else { return };
        let literal: String = path.write(str::to_owned, |_| String::new());
        let inside = match (home, first.strip_prefix("~/")) {
            (Home::Allowed, Some(rest)) => rest,
            _ => first,
        };
        let help = match home {
            Home::Allowed => "paths are relative to the repository's root or begin with `~/`, with `/` between names",
            Home::Refused => "paths are relative to the repository's root, with `/` between names",
        };
        let bad = inside.starts_with('/')
            || inside.starts_with('~')
            || inside.as_bytes().get(1) == Some(&b':')
            || literal.contains('\\')
            || literal.chars().any(char::is_control)
            // Most systems cut them off.
            || first.starts_with(char::is_whitespace)
            || matches!(path.parts.last(), Some(Part::Lit(last)) if last.ends_with(char::is_whitespace))
            || literal.split('/').any(|segment| segment == "..");
        if bad {
            self.error(
                "path",
                at.clone(),
                format!("`{literal}` is no path inside the repository"),
                Some(help.to_owned()),
            );
        } else if literal.trim().is_empty() && path.exprs().next().is_none() {
            self.error("path", at.clone(), "the path is empty", Some(help.to_owned()));
        }
    }
}

/// Whether a path may begin with `~/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Home {
    Allowed,
    Refused,
}

/// A value where it cannot stand.
pub(super) fn misplaced(expr: &Expr, at: &Place, why: &str) -> Diagnostic {
    Diagnostic::error("expression-place", at.clone(), format!("`{{{{ {expr} }}}}` cannot stand here"))
        .help(format!("{why}; in a command it can"))
}

/// The elements of an optional list with their places.
pub(super) fn elements<'a, T>(list: &'a Option<OneOrMany<T>>, at: &Place) -> Vec<(&'a T, Place)> {
    let list = list.iter();
    list.flat_map(|it| it.as_slice().iter().enumerate().map(|(index, one)| (one, it.place(at, index)))).collect()
}

/// What a text may hold: the diagnostic for a value that it may not.
pub(super) type Check<'a> = &'a dyn Fn(&Expr, &Place) -> Result<(), Diagnostic>;

pub(super) fn one_text(builder: &mut Builder<'_>, raw: &Option<String>, at: &Place, check: Check<'_>) -> Option<Text> {
    let text = raw.as_ref().map(|raw| builder.text(raw, at, |expr| check(expr, at)))?;
    if raw.as_ref().is_some_and(|raw| raw.trim().is_empty()) {
        builder.error("empty-text", at.clone(), format!("`{at}` must not be empty"), None);
    }
    Some(text)
}

pub(super) fn texts(
    builder: &mut Builder<'_>,
    list: &Option<OneOrMany<String>>,
    at: &Place,
    check: Check<'_>,
) -> Vec<Text> {
    elements(list, at)
        .into_iter()
        .map(|(raw, place)| {
            if raw.trim().is_empty() {
                builder.error("empty-text", place.clone(), format!("`{place}` must not be empty"), None);
            }
            builder.text(raw, &place, |expr| check(expr, &place))
        })
        .collect()
}

pub(super) fn duration(builder: &mut Builder<'_>, raw: &Option<String>, at: &Place) -> Option<Duration> {
    match Duration::parse(raw.as_ref()?) {
        Ok(duration) => Some(duration),
        Err(error) => {
            builder.error("duration", at.clone(), error.message, Some(error.help));
            None
        }
    }
}
