//! Values in commands of PowerShell 7.
//!
//! A value is an environment variable inside an expandable string. Its place decides how far that string reaches:
//!
//! * Among the arguments of a command the *whole* argument goes into one string: `a/{{ x }}/b` becomes
//!   `"a/${env:X}/b"`. An argument that begins with a quote ends at the closing quote, so `"${env:X}"/b` would be two
//!   arguments and `"${env:X}".txt` a property; a string around everything is one argument, and what is inside is
//!   neither split nor matched against file names. A parameter keeps its name outside: `-Path:"${env:X}/b"`.
//! * In an expression (`$x = {{ x }}`, `$x -eq {{ x }}`) the value alone is a string.
//! * As the name of a command it needs the call operator: `& "${env:X}"`.
//!
//! `${env:X}` with braces, because `$env:Xa` would be another variable.
//!
//! Where both readings are possible, or the argument holds something that quotes would change, the value is refused;
//! the way out is always to write the quotes oneself. Nothing of this was executed: it follows
//! <https://learn.microsoft.com/en-us/powershell/module/microsoft.powershell.core/about/about_parsing>,
//! <https://learn.microsoft.com/en-us/powershell/module/microsoft.powershell.core/about/about_quoting_rules> and the
//! language specification.

mod argument;
mod code;
mod strings;

use crate::plan::{Expr, Text};
use crate::script::items::{items, Item, What};
use crate::script::{Insert, InsertError};

use self::code::Close;

/// See [`crate::script::insert`].
pub(super) fn insert(command: &Text, value: &dyn Fn(&Expr) -> Insert) -> Result<String, InsertError> {
    let mut scanner = Scanner { items: items(command), at: 0, out: String::new(), value, depth: 0 };
    scanner.code(Close::End)?;
    Ok(scanner.out)
}

/// Strings and subexpressions inside each other; more is no command that a person wrote.
const DEPTH: usize = 32;

struct Scanner<'a> {
    items: Vec<Item<'a>>,
    at: usize,
    out: String,
    value: &'a dyn Fn(&Expr) -> Insert,
    depth: usize,
}

impl<'a> Scanner<'a> {
    fn item(&self, ahead: usize) -> Option<Item<'a>> {
        self.items.get(self.at + ahead).copied()
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

    fn before(&self) -> Option<What<'a>> {
        Some(self.items.get(self.at.checked_sub(1)?)?.what)
    }

    fn line(&self) -> usize {
        let at = self.at.min(self.items.len().saturating_sub(1));
        self.items.get(at).map_or(1, |item| item.line)
    }

    /// Copies up to `count` characters as they stand; a value is never passed over.
    fn copy(&mut self, count: usize) {
        for _ in 0..count {
            let Some(c) = self.char(0) else { return };
            self.out.push(c);
            self.at += 1;
        }
    }

    /// What stands for a value inside a string.
    fn reference(&self, expr: &Expr) -> String {
        match (self.value)(expr) {
            Insert::Variable(name) => format!("${{env:{name}}}"),
            Insert::Literal(text) => text,
        }
    }

    fn is_literal(&self, expr: &Expr) -> bool {
        matches!((self.value)(expr), Insert::Literal(_))
    }

    fn deeper(&mut self, line: usize) -> Result<(), InsertError> {
        self.depth += 1;
        if self.depth > DEPTH {
            let help = "move the command into a script file and pass the values as arguments";
            return Err(InsertError::syntax(line, "the command's strings are nested too deeply", help));
        }
        Ok(())
    }
}

fn unclosed(what: &str, line: usize) -> InsertError {
    InsertError::syntax(
        line,
        format!("{what} is never closed, so it is unclear what quotes the values stand in"),
        "close it; one command has to be complete in itself",
    )
}
