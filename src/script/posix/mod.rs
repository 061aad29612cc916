//! Values in commands of bash and POSIX sh.
//!
//! The scanner follows the grammar just far enough to know, at each value, what quotes the value stands in. Every
//! construct is a method that reads up to its own end and copies what it reads, so the call stack is the stack of open
//! quotes and brackets.
//!
//! <https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html>,
//! <https://www.gnu.org/software/bash/manual/bash.html>

mod code;
mod dollar;
mod heredoc;
mod nest;
mod quotes;

use crate::plan::{Expr, Text};
use crate::script::items::{items, Item, What};
use crate::script::{Insert, InsertError, Shell};

use self::code::Close;

/// See [`crate::script::insert`].
pub(super) fn insert(command: &Text, shell: Shell, value: &dyn Fn(&Expr) -> Insert) -> Result<String, InsertError> {
    let items = items(command);
    let end = items.len();
    let mut scanner = Scanner { items, at: 0, end, out: String::new(), shell, value, ticks: 0, depth: 0 };
    scanner.code(Close::End)?;
    Ok(scanner.out)
}

/// Open constructs inside each other; more is no command that a person wrote, and the call stack is finite.
const DEPTH: usize = 32;
/// Backquotes inside each other; each level doubles the backslashes.
const TICKS: u32 = 6;

/// Where in a command the scanner is, and what it has written so far.
struct Scanner<'a> {
    items: Vec<Item<'a>>,
    at: usize,
    end: usize,
    out: String,
    shell: Shell,
    value: &'a dyn Fn(&Expr) -> Insert,
    /// How many backquotes the current place is inside.
    ticks: u32,
    depth: usize,
}

/// What quotes surround a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ctx {
    /// None: what is expanded here is split into words and matched against file names.
    Bare,
    /// Double quotes or what the shell treats alike: here-documents, arithmetic.
    Double,
}

impl<'a> Scanner<'a> {
    fn item(&self, ahead: usize) -> Option<Item<'a>> {
        let at = self.at + ahead;
        if at < self.end {
            self.items.get(at).copied()
        } else {
            None
        }
    }

    /// The character `ahead` of here; `None` for a value and at the end.
    fn char(&self, ahead: usize) -> Option<char> {
        match self.item(ahead)?.what {
            What::Char(c) => Some(c),
            What::Value(_) => None,
        }
    }

    fn value_at(&self, ahead: usize) -> Option<&'a Expr> {
        match self.item(ahead)?.what {
            What::Value(expr) => Some(expr),
            What::Char(_) => None,
        }
    }

    fn is_literal(&self, expr: &Expr) -> bool {
        matches!((self.value)(expr), Insert::Literal(_))
    }

    fn line(&self) -> usize {
        let at = self.at.min(self.items.len().saturating_sub(1));
        self.items.get(at).map_or(1, |item| item.line)
    }

    /// Copies up to `count` characters as they stand; a value is never passed over.
    fn copy(&mut self, count: usize) {
        for _ in 0..count {
            let Some(Item { what: What::Char(c), escapes, .. }) = self.item(0) else { return };
            self.out.extend(std::iter::repeat_n('\\', escapes));
            self.out.push(c);
            self.at += 1;
        }
    }

    /// Writes shell text of our own, escaped for the backquotes around it.
    fn write(&mut self, text: &str) {
        for c in text.chars() {
            let count = if c == '\\' { 1 << self.ticks } else { 1 };
            self.out.extend(std::iter::repeat_n(c, count));
        }
    }

    /// Writes a value outside quotes, as one word or part of one.
    fn bare_value(&mut self, expr: &Expr, plain: Plain) {
        let text = match (self.value)(expr) {
            Insert::Variable(name) => format!("\"${{{name}}}\""),
            Insert::Literal(text) if plain == Plain::Allowed && self.stands_alone(&text) => text,
            Insert::Literal(text) => format!("\"{text}\""),
        };
        self.write(&text);
        self.at += 1;
    }

    /// Writes a value where quotes are open already or do not matter.
    fn quoted_value(&mut self, expr: &Expr) {
        let text = match (self.value)(expr) {
            Insert::Variable(name) => format!("${{{name}}}"),
            Insert::Literal(text) => text,
        };
        self.write(&text);
        self.at += 1;
    }

    /// Whether a literal at this place means the same without quotes: beside `>` a port is a file descriptor, after
    /// `~` a host is a user, between braces a number is the end of a range.
    fn stands_alone(&self, text: &str) -> bool {
        let harmless = |item: Option<Item<'_>>, others: &str| match item.map(|item| item.what) {
            Some(What::Char(c)) => c.is_ascii_alphanumeric() || c.is_whitespace() || others.contains(c),
            Some(What::Value(_)) | None => true,
        };
        let before = self.at.checked_sub(1).and_then(|at| self.items.get(at).copied());
        !text.is_empty() && harmless(before, "_./:@,=+%-\"'`();|&<>") && harmless(self.item(1), "_./:@,%-\"'`);|&$\\")
    }

    /// Enters a construct; the caller gives the level back with `self.depth -= 1`.
    fn deeper(&mut self, line: usize) -> Result<(), InsertError> {
        self.depth += 1;
        if self.depth > DEPTH || self.ticks > TICKS {
            let help = "move the command into a script file and pass the values as arguments";
            return Err(InsertError::syntax(line, "the command's quotes and brackets are nested too deeply", help));
        }
        Ok(())
    }
}

/// Whether a literal may stand without quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Plain {
    Allowed,
    Never,
}

/// A quote, bracket or here-document without an end.
fn unclosed(what: &str, line: usize) -> InsertError {
    InsertError::syntax(
        line,
        format!("{what} is never closed, so it is unclear what quotes the values stand in"),
        "close it; one command has to be complete in itself",
    )
}
