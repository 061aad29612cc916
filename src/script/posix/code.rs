//! Shell code: words, comments and brackets, up to the bracket that ends it.

use crate::script::items::What;
use crate::script::{InsertError, Shell};

use super::heredoc::Pending;
use super::nest::{Case, Nest, Words};
use super::{unclosed, Ctx, Plain, Scanner};

/// What ends a piece of code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Close {
    /// The end of the text.
    End,
    /// The `)` of `$(`.
    Paren,
}

impl Scanner<'_> {
    /// Reads code up to and including what closes it.
    pub(super) fn code(&mut self, close: Close) -> Result<(), InsertError> {
        let start = self.line();
        self.deeper(start)?;
        let mut words = Words::new();
        let mut pending: Vec<Pending> = Vec::new();
        while let Some(item) = self.item(0) {
            let c = match item.what {
                What::Char(c) => c,
                What::Value(expr) => {
                    let plain = if words.regex() { Plain::Never } else { Plain::Allowed };
                    self.bare_value(expr, plain);
                    words.opaque();
                    continue;
                }
            };
            let globbing = words.top() == Some(Nest::Glob);
            match c {
                '\'' | '"' | '`' | '$' => {
                    self.expansion(c)?;
                    words.opaque();
                }
                '\\' => self.escape(&mut words),
                '(' => self.open(&mut words)?,
                ')' if words.close() => self.copy(1),
                ')' if close == Close::Paren => {
                    if let Some(Nest::Case(_)) = words.top() {
                        return Err(unclosed("a `case`", start));
                    }
                    if let Some(document) = pending.first() {
                        return Err(unclosed(&document.name(), document.line));
                    }
                    self.copy(1);
                    self.depth -= 1;
                    return Ok(());
                }
                ')' => {
                    words.end_command();
                    self.copy(1);
                }
                '\n' if !globbing => {
                    words.end_command();
                    self.copy(1);
                    for document in pending.drain(..) {
                        self.document(&document)?;
                    }
                }
                ' ' | '\t' if !globbing => {
                    words.end_word();
                    self.copy(1);
                }
                '#' if !globbing && !words.inside => self.comment(),
                '<' if !globbing && self.char(1) == Some('<') => {
                    words.end_word();
                    if self.char(2) == Some('<') {
                        self.here_string()?;
                    } else {
                        pending.push(self.document_start()?);
                    }
                }
                ';' if !globbing && matches!(self.char(1), Some(';' | '&')) => {
                    let count = if self.char(1) == Some(';') && self.char(2) == Some('&') { 3 } else { 2 };
                    words.end_branch();
                    self.copy(count);
                }
                ';' | '|' | '&' if !globbing => {
                    words.end_command();
                    self.copy(1);
                }
                '<' | '>' if !globbing => {
                    words.end_word();
                    self.copy(1);
                }
                c => {
                    words.push(c);
                    self.copy(1);
                }
            }
        }
        match (pending.first(), close) {
            (Some(document), _) => Err(unclosed(&document.name(), document.line)),
            (None, Close::Paren) => Err(unclosed("`$(`", start)),
            (None, Close::End) => {
                self.depth -= 1;
                Ok(())
            }
        }
    }

    /// Reads a quote or an expansion outside quotes.
    pub(super) fn expansion(&mut self, first: char) -> Result<(), InsertError> {
        match first {
            '\'' => self.single(),
            '"' => self.double(),
            '`' => self.backquotes(Ctx::Bare),
            _ => self.dollar(Ctx::Bare),
        }
    }

    /// Reads `<<<`, whose text is an ordinary word.
    fn here_string(&mut self) -> Result<(), InsertError> {
        if self.shell == Shell::Sh {
            let help = "pipe the text in with printf, or use `shell = \"bash\"`";
            return Err(InsertError::syntax(self.line(), "sh has no `<<<`", help));
        }
        self.copy(3);
        Ok(())
    }

    /// Reads `\` and what it protects. A value needs no protection and would be escaped in its quotes, so there the
    /// backslash goes.
    fn escape(&mut self, words: &mut Words) {
        if self.value_at(1).is_some() {
            self.at += 1;
            return;
        }
        if self.char(1) != Some('\n') {
            words.opaque();
        }
        self.copy(2);
    }

    /// Reads `(`, whose meaning hangs on what is before it.
    fn open(&mut self, words: &mut Words) -> Result<(), InsertError> {
        if words.top() == Some(Nest::Case(Case::In)) {
            words.end_word();
        }
        let arithmetic = self.shell == Shell::Bash
            && self.char(1) == Some('(')
            && (!words.inside || words.leads())
            && !words.regex()
            && self.is_arithmetic(2);
        if words.top() == Some(Nest::Glob) {
            words.nest.push(Nest::Glob);
        } else if arithmetic {
            words.end_word();
            self.copy(2);
            self.arithmetic()?;
            words.end_command();
            return Ok(());
        } else if words.top() == Some(Nest::Case(Case::Pattern)) && !words.inside {
            // The bracket that a pattern may begin with; the closing one ends the pattern.
        } else if words.inside && self.char(1) == Some(')') {
            self.copy(2);
            words.end_command();
            return Ok(());
        } else if words.assigns() {
            words.end_word();
            words.nest.push(Nest::Array);
        } else if (words.inside && !words.leads()) || words.regex() {
            words.opaque();
            words.nest.push(Nest::Glob);
        } else {
            words.end_command();
            words.nest.push(Nest::Group);
        }
        self.copy(1);
        Ok(())
    }

    /// Copies a comment; its values are written like others, so that the script still says what they are.
    fn comment(&mut self) {
        while let Some(item) = self.item(0) {
            match item.what {
                What::Char('\n') => return,
                What::Char(_) => self.copy(1),
                What::Value(expr) => self.quoted_value(expr),
            }
        }
    }
}
