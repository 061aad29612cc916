//! Arguments and command names that contain values.

use crate::plan::Expr;
use crate::script::items::{Item, What};
use crate::script::word::{is_pwsh_double_quote, is_pwsh_single_quote};
use crate::script::InsertError;

use super::strings::is_name;
use super::Scanner;

/// What a word with values is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It names the command, so it needs `&` as soon as it is a string.
    Command,
    Argument,
}

const QUOTE_IT: &str = "put the whole argument in double quotes";

impl Scanner<'_> {
    /// How many items up to the end of the word that begins here.
    pub(super) fn word_length(&self) -> usize {
        let mut length = 0;
        while let Some(item) = self.item(length) {
            match item.what {
                What::Char('`') if self.char(length + 1) == Some('\n') => break,
                What::Char('`') if self.char(length + 1).is_some() => length += 1,
                What::Char(c) if ends_word(c) => break,
                // `${name}` is one piece, and a part of the word.
                What::Char('$') if self.char(length + 1) == Some('{') => {
                    length += 1;
                    while self.char(length).is_some_and(|c| c != '}') {
                        length += 1;
                    }
                }
                _ => {}
            }
            length += 1;
        }
        length
    }

    /// The first value of the word that begins here.
    pub(super) fn value_in_word(&self, length: usize) -> Option<(&Expr, usize)> {
        (0..length).find_map(|at| Some((self.value_at(at)?, self.item(at)?.line)))
    }

    /// Writes a word with values as one string.
    pub(super) fn word(&mut self, length: usize, role: Role) -> Result<(), InsertError> {
        if let Some(plain) = self.plain_word(length, role) {
            self.out.push_str(&plain);
            self.at += length;
            return Ok(());
        }
        self.check_word(length)?;
        let end = (self.at + length).min(self.items.len());
        if role == Role::Command {
            self.out.push_str("& ");
        } else {
            self.copy(self.parameter_length());
        }
        self.out.push('"');
        while self.at < end {
            self.expanded()?;
        }
        self.out.push('"');
        Ok(())
    }

    /// The word as it is, when its values are literals and it means the same without quotes: it begins like a name
    /// or a long option, or is a number that reads back as it was written.
    fn plain_word(&self, length: usize, role: Role) -> Option<String> {
        let mut text = String::new();
        for at in 0..length {
            match self.item(at)?.what {
                What::Char(c) => text.push(c),
                What::Value(expr) if self.is_literal(expr) => text.push_str(&self.reference(expr)),
                What::Value(_) => return None,
            }
        }
        let named = text.strip_prefix("--").unwrap_or(&text).starts_with(|c: char| c.is_ascii_alphabetic());
        let number = role == Role::Argument && text.parse::<u32>().is_ok_and(|number| number.to_string() == text);
        let harmless = text.chars().all(|c| c.is_ascii_alphanumeric() || "._:/=-".contains(c));
        (harmless && (named || number)).then_some(text)
    }

    /// `-Name:`, which PowerShell knows only without quotes.
    fn parameter_length(&self) -> usize {
        let name = (1..).take_while(|at| self.char(*at).is_some_and(is_name)).count();
        let is_parameter = self.char(0) == Some('-') && name > 0 && self.char(1 + name) == Some(':');
        if is_parameter {
            name + 2
        } else {
            0
        }
    }

    /// Refuses what quotes around the word would change.
    fn check_word(&self, length: usize) -> Result<(), InsertError> {
        let Some((expr, line)) = self.value_in_word(length) else { return Ok(()) };
        let refuse = |why: &str, help: &str| Err(InsertError::place(expr, line, why, help));
        if self.char(length).is_some_and(joins) || self.before().is_some_and(closes) {
            return refuse("right beside a quote, bracket or redirection", QUOTE_IT);
        }
        let first = self.char(self.parameter_length());
        if first == Some('~') {
            return refuse("in an argument that begins with `~`", "write \"$HOME/…\" in double quotes");
        }
        if first == Some('@') {
            return refuse("in an argument that begins with `@`", QUOTE_IT);
        }
        let mut at = 0;
        while at < length {
            match self.char(at) {
                Some('`') => at += 1,
                Some('*' | '?' | '[' | ']') => {
                    let why = "in an argument with wildcards";
                    return refuse(why, "put the whole argument in double quotes, or list the files first");
                }
                Some('$') if !self.is_simple_variable(at) => {
                    return refuse("in an argument with an expression", QUOTE_IT);
                }
                _ => {}
            }
            at += 1;
        }
        Ok(())
    }

    /// Whether the `$` that is `ahead` begins a variable that means the same inside a string.
    fn is_simple_variable(&self, ahead: usize) -> bool {
        let at = |index: usize| self.char(ahead + index);
        if self.value_at(ahead + 1).is_some() {
            return true;
        }
        let name = |from: usize| (from..).take_while(|index| at(*index).is_some_and(is_name)).count();
        let end = if at(1) == Some('{') {
            2 + (2..).take_while(|index| at(*index).is_some_and(|c| c != '}')).count()
        } else {
            match name(1) {
                0 => return false,
                first if at(1 + first) == Some(':') => 2 + first + name(2 + first),
                first => 1 + first,
            }
        };
        !matches!(at(end), Some('.' | '[' | ':'))
    }

    /// Whether a value in an expression stands free, so that it can be a string of its own there.
    pub(super) fn stands_free(&self) -> bool {
        let before = match self.before() {
            Some(What::Char(c)) => c.is_whitespace() || "(,;=[]{|!".contains(c),
            Some(What::Value(_)) => false,
            None => true,
        };
        let after = match self.item(1) {
            Some(Item { what: What::Char(c), .. }) => c.is_whitespace() || "),;]}|".contains(c),
            Some(Item { what: What::Value(_), .. }) => false,
            None => true,
        };
        before && after
    }
}

/// The characters that no word goes beyond.
fn ends_word(c: char) -> bool {
    c.is_whitespace() || ";|&(){},<>".contains(c) || is_pwsh_single_quote(c) || is_pwsh_double_quote(c)
}

/// The characters that may belong to the same argument although they end the word: PowerShell redirects at a `>` only
/// where a word could begin.
fn joins(c: char) -> bool {
    matches!(c, '(' | '{' | '<' | '>') || is_pwsh_single_quote(c) || is_pwsh_double_quote(c)
}

/// Whether what is before the current place may be the end of something that goes on in the same argument.
pub(super) fn closes(before: What<'_>) -> bool {
    matches!(before, What::Char(c) if matches!(c, ')' | '}') || is_pwsh_single_quote(c) || is_pwsh_double_quote(c))
}
