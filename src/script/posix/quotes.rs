//! Quotes: `'…'`, `$'…'`, `"…"` and backquotes.

use crate::script::items::{Item, What};
use crate::script::{InsertError, Shell};

use super::code::Close;
use super::{unclosed, Ctx, Plain, Scanner};

impl Scanner<'_> {
    /// Reads `'…'`. A value is put between two such strings; a string that is empty for that reason is left out.
    pub(super) fn single(&mut self) -> Result<(), InsertError> {
        self.pieces("'", 1, "a single quote")
    }

    /// Reads `$'…'`, which bash knows and some sh do not.
    pub(super) fn ansi(&mut self) -> Result<(), InsertError> {
        if self.shell == Shell::Sh {
            return Err(InsertError::syntax(
                self.line(),
                "`$'…'` is not read alike by every sh",
                "use printf for the special characters, or `shell = \"bash\"`",
            ));
        }
        self.pieces("$'", 2, "`$'`")
    }

    fn pieces(&mut self, opening: &str, length: usize, name: &str) -> Result<(), InsertError> {
        let start = self.line();
        self.at += length;
        let mut open = false;
        let mut written = false;
        while let Some(item) = self.item(0) {
            match item.what {
                What::Value(expr) if length == 1 && self.is_literal(expr) => {
                    if !open {
                        self.write(opening);
                        open = true;
                        written = true;
                    }
                    self.quoted_value(expr);
                }
                What::Value(expr) => {
                    if open {
                        self.write("'");
                        open = false;
                    }
                    written = true;
                    // Bare digits behind `$'\1` would become part of the escape.
                    self.bare_value(expr, Plain::Never);
                }
                What::Char('\'') => {
                    if open {
                        self.write("'");
                    } else if !written {
                        self.write(opening);
                        self.write("'");
                    }
                    self.at += 1;
                    return Ok(());
                }
                What::Char(c) => {
                    if !open {
                        self.write(opening);
                        open = true;
                        written = true;
                    }
                    self.copy(1);
                    if c == '\\' && length == 2 {
                        self.ansi_escaped();
                    }
                }
            }
        }
        Err(unclosed(name, start))
    }

    /// Behind the backslash of a `$'…'`.
    fn ansi_escaped(&mut self) {
        match self.item(0).map(|item| item.what) {
            // Before a value the backslash is itself, and needs one more to be so before the quote, too.
            Some(What::Value(_)) => self.write("\\"),
            Some(What::Char(_)) => self.copy(1),
            None => {}
        }
    }

    /// Reads `"…"`.
    pub(super) fn double(&mut self) -> Result<(), InsertError> {
        let start = self.line();
        self.deeper(start)?;
        self.copy(1);
        while let Some(item) = self.item(0) {
            match item.what {
                What::Char('"') => {
                    self.copy(1);
                    self.depth -= 1;
                    return Ok(());
                }
                _ => self.expanded(item)?,
            }
        }
        Err(unclosed("a double quote", start))
    }

    /// Reads one step of text that is expanded as in double quotes.
    pub(super) fn expanded(&mut self, item: Item<'_>) -> Result<(), InsertError> {
        match item.what {
            What::Value(expr) => self.quoted_value(expr),
            What::Char('$') => return self.dollar(Ctx::Double),
            What::Char('`') => return self.backquotes(Ctx::Double),
            What::Char('\\') => self.double_escape(),
            What::Char(_) => self.copy(1),
        }
        Ok(())
    }

    /// Reads `\` in double quotes, where it stays itself before an ordinary character such as a value's first.
    fn double_escape(&mut self) {
        if self.value_at(1).is_some() {
            self.write("\\");
            self.copy(1);
        } else {
            self.copy(2);
        }
    }

    /// Reads `` `…` ``: the shell takes one layer of backslashes off and then reads code. The same is done here; each
    /// character remembers its backslashes, so what is copied comes out as it was.
    pub(super) fn backquotes(&mut self, ctx: Ctx) -> Result<(), InsertError> {
        let start = self.line();
        self.copy(1);
        let mut inner: Vec<Item<'_>> = Vec::new();
        let mut closed = false;
        while let Some(item) = self.item(0) {
            self.at += 1;
            if item.is('`') {
                closed = true;
                break;
            }
            match self.item(0) {
                Some(next) if item.is('\\') && unescaped(next, ctx) => {
                    self.at += 1;
                    inner.push(Item { escapes: item.escapes + 1 + next.escapes, ..next });
                }
                _ => inner.push(item),
            }
        }
        if !closed {
            return Err(unclosed("a backquote", start));
        }
        let closing = self.at - 1;
        let mut code = Scanner {
            end: inner.len(),
            items: inner,
            at: 0,
            out: String::new(),
            shell: self.shell,
            value: self.value,
            ticks: self.ticks + 1,
            depth: self.depth,
        };
        code.code(Close::End)?;
        self.out.push_str(&code.out);
        self.at = closing;
        self.copy(1);
        Ok(())
    }
}

/// Whether backquotes take away a backslash before this character.
fn unescaped(next: Item<'_>, ctx: Ctx) -> bool {
    matches!(next.what, What::Char('\\' | '`' | '$')) || (ctx == Ctx::Double && next.is('"'))
}
