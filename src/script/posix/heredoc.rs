//! Here-documents.

use crate::script::items::What;
use crate::script::{Insert, InsertError};

use super::{unclosed, Scanner};

/// A here-document whose text has not begun yet.
#[derive(Debug)]
pub(super) struct Pending {
    delimiter: String,
    /// Whether the delimiter was quoted, so that nothing in the text is expanded.
    quoted: bool,
    /// Whether leading tabs go (`<<-`).
    dash: bool,
    pub(super) line: usize,
}

impl Pending {
    pub(super) fn name(&self) -> String {
        format!("the here-document `<<{}`", self.delimiter)
    }
}

impl Scanner<'_> {
    /// Reads `<<` or `<<-` and the delimiter.
    pub(super) fn document_start(&mut self) -> Result<Pending, InsertError> {
        let line = self.line();
        self.copy(2);
        let dash = self.char(0) == Some('-');
        if dash {
            self.copy(1);
        }
        while matches!(self.char(0), Some(' ' | '\t')) {
            self.copy(1);
        }
        let mut pending = Pending { delimiter: String::new(), quoted: false, dash, line };
        let mut quote = None;
        while let Some(item) = self.item(0) {
            let c = match item.what {
                What::Char(c) => c,
                What::Value(expr) => {
                    let help = "write the word out: the shell does not expand it";
                    return Err(InsertError::place(expr, line, "in the word that ends a here-document", help));
                }
            };
            match (quote, c) {
                (None, ' ' | '\t' | '\n' | ';' | '&' | '|' | '<' | '>' | '(' | ')') => break,
                (None, '\'' | '"') => {
                    quote = Some(c);
                    pending.quoted = true;
                }
                (Some(open), c) if c == open => quote = None,
                (None | Some('"'), '\\') => {
                    pending.quoted = true;
                    self.copy(1);
                    pending.delimiter.extend(self.char(0));
                }
                (_, c) => pending.delimiter.push(c),
            }
            self.copy(1);
        }
        if quote.is_some() {
            return Err(unclosed("a quote", line));
        }
        Ok(pending)
    }

    /// Reads the text of a here-document and the line that ends it.
    pub(super) fn document(&mut self, document: &Pending) -> Result<(), InsertError> {
        let Some(body_end) = self.document_end(document) else {
            return Err(unclosed(&document.name(), document.line));
        };
        let outer_end = std::mem::replace(&mut self.end, body_end);
        while let Some(item) = self.item(0) {
            match item.what {
                _ if !document.quoted => self.expanded(item)?,
                What::Char(_) => self.copy(1),
                What::Value(expr) => match (self.value)(expr) {
                    Insert::Literal(_) => self.quoted_value(expr),
                    Insert::Variable(_) => {
                        return Err(InsertError::place(
                            expr,
                            item.line,
                            "in a here-document with a quoted delimiter, where the shell expands nothing",
                            format!(
                                "write `<<{}` without quotes and `\\$` for each `$` of the text, or print the line \
                                 with echo",
                                document.delimiter
                            ),
                        ));
                    }
                },
            }
        }
        self.end = outer_end;
        while let Some(c) = self.char(0) {
            self.copy(1);
            if c == '\n' {
                break;
            }
        }
        Ok(())
    }

    /// Where the line with the delimiter begins.
    fn document_end(&self, document: &Pending) -> Option<usize> {
        let mut start = self.at;
        let mut continued = false;
        while start < self.end {
            let rest = self.items.get(start..self.end)?;
            let length = rest.iter().position(|item| item.is('\n')).unwrap_or(rest.len());
            let (line, _) = rest.split_at(length);
            let tabs = if document.dash { line.iter().take_while(|item| item.is('\t')).count() } else { 0 };
            let text = line.get(tabs..)?;
            let same = text.len() == document.delimiter.chars().count()
                && text.iter().zip(document.delimiter.chars()).all(|(item, c)| item.is(c));
            if same && !continued {
                return Some(start);
            }
            let backslashes = line.iter().rev().take_while(|item| item.is('\\')).count();
            continued = !document.quoted && backslashes % 2 == 1;
            start += length + 1;
        }
        None
    }
}
