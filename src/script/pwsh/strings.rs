//! Strings, here-strings, comments and the variables in them.

use crate::plan::Expr;
use crate::script::items::What;
use crate::script::word::{is_pwsh_double_quote, is_pwsh_single_quote};
use crate::script::{Insert, InsertError};

use super::code::Close;
use super::{unclosed, Scanner};

impl Scanner<'_> {
    /// Reads `'…'`; two quotes in it are one.
    pub(super) fn single(&mut self) -> Result<(), InsertError> {
        let start = self.line();
        self.copy(1);
        while let Some(item) = self.item(0) {
            match item.what {
                What::Value(expr) => self.verbatim(expr, item.line, "in single quotes", "use double quotes")?,
                What::Char(c) if is_pwsh_single_quote(c) => {
                    if self.char(1).is_some_and(is_pwsh_single_quote) {
                        self.copy(2);
                        continue;
                    }
                    self.copy(1);
                    return Ok(());
                }
                What::Char(_) => self.copy(1),
            }
        }
        Err(unclosed("a single quote", start))
    }

    /// Reads `"…"`; two quotes in it are one.
    pub(super) fn double(&mut self) -> Result<(), InsertError> {
        let start = self.line();
        self.deeper(start)?;
        self.copy(1);
        while let Some(item) = self.item(0) {
            match item.what {
                What::Char(c) if is_pwsh_double_quote(c) => {
                    if self.char(1).is_some_and(is_pwsh_double_quote) {
                        self.copy(2);
                        continue;
                    }
                    self.copy(1);
                    self.depth -= 1;
                    return Ok(());
                }
                _ => self.expanded()?,
            }
        }
        Err(unclosed("a double quote", start))
    }

    /// Whether a here-string begins here: `@` and a quote at the end of the line.
    pub(super) fn is_here_string(&self) -> bool {
        let quote = self.char(1).is_some_and(|c| is_pwsh_single_quote(c) || is_pwsh_double_quote(c));
        let blanks = (2..).take_while(|at| matches!(self.char(*at), Some(' ' | '\t' | '\r'))).count();
        quote && self.char(2 + blanks) == Some('\n')
    }

    /// Reads `@'…'@` or `@"…"@`, which end with a quote at the beginning of a line.
    pub(super) fn here_string(&mut self) -> Result<(), InsertError> {
        let start = self.line();
        self.deeper(start)?;
        let expands = self.char(1).is_some_and(is_pwsh_double_quote);
        let closes = |c: char| if expands { is_pwsh_double_quote(c) } else { is_pwsh_single_quote(c) };
        self.copy(2);
        while let Some(item) = self.item(0) {
            match item.what {
                What::Char('\n') if self.char(1).is_some_and(closes) && self.char(2) == Some('@') => {
                    self.copy(3);
                    self.depth -= 1;
                    return Ok(());
                }
                _ if expands => self.expanded()?,
                What::Value(expr) => self.verbatim(expr, item.line, "in a here-string `@'…'@`", "use `@\"…\"@`")?,
                What::Char(_) => self.copy(1),
            }
        }
        Err(unclosed("a here-string", start))
    }

    /// Reads a comment up to the end of the line, or `<# … #>`; its values are written like others.
    pub(super) fn comment(&mut self) {
        let block = self.char(0) == Some('<');
        let mut last = None;
        while let Some(item) = self.item(0) {
            match item.what {
                What::Char('\n') if !block => return,
                What::Char(c) => {
                    self.copy(1);
                    if block && last == Some('#') && c == '>' {
                        return;
                    }
                    last = Some(c);
                }
                What::Value(expr) => {
                    last = None;
                    self.inside(expr);
                }
            }
        }
    }

    /// Writes a value where nothing is expanded, which only a literal bears.
    pub(super) fn verbatim(&mut self, expr: &Expr, line: usize, place: &str, help: &str) -> Result<(), InsertError> {
        match (self.value)(expr) {
            Insert::Literal(_) => {
                self.inside(expr);
                Ok(())
            }
            Insert::Variable(_) => {
                Err(InsertError::place(expr, line, &format!("{place}, where PowerShell expands nothing"), help))
            }
        }
    }

    /// Writes a value inside a string.
    pub(super) fn inside(&mut self, expr: &Expr) {
        let text = self.reference(expr);
        self.out.push_str(&text);
        self.at += 1;
    }

    /// Reads one step of text that is expanded.
    pub(super) fn expanded(&mut self) -> Result<(), InsertError> {
        match self.item(0).map(|item| item.what) {
            Some(What::Value(expr)) => self.inside(expr),
            // The backtick would escape our dollar sign; the value needs none.
            Some(What::Char('`')) if self.value_at(1).is_some() => self.at += 1,
            Some(What::Char('`')) => self.copy(2),
            Some(What::Char('$')) => return self.dollar(),
            Some(What::Char(_)) | None => self.copy(1),
        }
        Ok(())
    }

    /// Reads `$` and what belongs to it inside a string.
    fn dollar(&mut self) -> Result<(), InsertError> {
        match self.item(1).map(|next| next.what) {
            Some(What::Value(_)) => {
                self.out.push('`');
                self.copy(1);
            }
            Some(What::Char('(')) => {
                self.copy(2);
                self.code(Close::Paren)?;
            }
            Some(What::Char('{')) => self.braced()?,
            Some(What::Char('$')) => self.copy(2),
            _ => self.variable(),
        }
        Ok(())
    }

    /// Reads `${name}`.
    pub(super) fn braced(&mut self) -> Result<(), InsertError> {
        let start = self.line();
        while let Some(item) = self.item(0) {
            match item.what {
                What::Value(expr) => {
                    let help = "put the value outside the braces";
                    return Err(InsertError::place(expr, item.line, "as part of a variable's name in `${…}`", help));
                }
                What::Char(c) => {
                    self.copy(1);
                    if c == '}' {
                        return Ok(());
                    }
                }
            }
        }
        Err(unclosed("`${`", start))
    }

    /// Reads `$name`; a literal right behind it would become part of the name, so then it gets braces.
    pub(super) fn variable(&mut self) {
        let length = self.variable_length();
        let literal_follows = length > 0 && self.value_at(1 + length).is_some_and(|expr| self.is_literal(expr));
        self.copy(1);
        if literal_follows {
            self.out.push('{');
        }
        self.copy(length);
        if literal_follows {
            self.out.push('}');
        }
    }

    /// How long the name behind a `$` is, with its scope or drive (`env:PATH`).
    pub(super) fn variable_length(&self) -> usize {
        let named = |c: char| is_name(c) || c == '?';
        let named = |from: usize| (from..).take_while(|at| self.char(*at).is_some_and(named)).count();
        let first = named(1);
        if first > 0 && self.char(1 + first) == Some(':') {
            let second = named(2 + first);
            if second > 0 {
                return first + 1 + second;
            }
        }
        first
    }
}

pub(super) fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
