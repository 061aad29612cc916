//! What begins with `$`: variables, `${…}`, `$(…)` and arithmetic.

use crate::script::items::What;
use crate::script::{InsertError, Shell};

use super::code::Close;
use super::{unclosed, Ctx, Plain, Scanner};

/// How the text behind the operator of a `${…}` is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operand {
    /// After `:-`, `=` and the like: as the text around the `${…}`.
    Word,
    /// After `#`, `%`, `^` or `,`: a pattern, with quotes of its own.
    Pattern,
    /// After `/`: a pattern, and behind the next `/` a replacement.
    Replaced,
    /// Behind the second `/`.
    Replacement,
}

/// The bracket that ends arithmetic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Until {
    /// `))`
    Parens,
    /// `]` of a subscript or of `$[…]`
    Bracket,
    /// `}` of `${name:…}`, which is left to the caller.
    Brace,
}

impl Scanner<'_> {
    /// Reads `$` and what belongs to it.
    pub(super) fn dollar(&mut self, ctx: Ctx) -> Result<(), InsertError> {
        match self.item(1).map(|next| next.what) {
            // A dollar sign before a value is a dollar sign.
            Some(What::Value(_)) => {
                self.write("\\");
                self.copy(1);
            }
            Some(What::Char('(')) if self.char(2) == Some('(') && self.is_arithmetic(3) => {
                self.copy(3);
                self.arithmetic()?;
            }
            Some(What::Char('(')) => {
                self.copy(2);
                self.code(Close::Paren)?;
            }
            Some(What::Char('{')) => self.parameter(ctx)?,
            Some(What::Char('[')) if self.shell == Shell::Bash => {
                self.copy(2);
                self.arithmetic_until(Until::Bracket)?;
            }
            Some(What::Char('\'')) if ctx == Ctx::Bare => self.ansi()?,
            Some(What::Char(c)) if c.is_ascii_alphabetic() || c == '_' => self.variable(),
            Some(What::Char(c)) if c.is_ascii_digit() || "@*#?$!-".contains(c) => self.copy(2),
            Some(What::Char(_)) | None => self.copy(1),
        }
        Ok(())
    }

    /// Reads `$name`; a literal right behind it would become part of the name, so then it gets braces.
    fn variable(&mut self) {
        let length = (1..).take_while(|at| self.char(*at).is_some_and(is_name)).count();
        let literal_follows = self.value_at(1 + length).is_some_and(|expr| self.is_literal(expr));
        self.copy(1);
        if literal_follows {
            self.write("{");
        }
        self.copy(length);
        if literal_follows {
            self.write("}");
        }
    }

    /// Reads `${…}`.
    fn parameter(&mut self, ctx: Ctx) -> Result<(), InsertError> {
        let start = self.line();
        self.deeper(start)?;
        self.copy(2);
        if matches!(self.char(0), Some(' ' | '\t' | '\n' | '|')) {
            return Err(InsertError::syntax(
                start,
                "`${ command; }` is known to the newest bash only",
                "write `$(command)`",
            ));
        }
        self.parameter_name(start)?;
        match (self.char(0), self.char(1)) {
            (Some(':'), Some('-' | '=' | '?' | '+')) => {
                self.copy(2);
                self.operand(Operand::Word, ctx, start)?;
            }
            (Some(':'), _) => {
                self.copy(1);
                self.arithmetic_until(Until::Brace)?;
            }
            (Some('-' | '=' | '?' | '+'), _) => {
                self.copy(1);
                self.operand(Operand::Word, ctx, start)?;
            }
            (Some('/'), second) => {
                self.copy(if second == Some('/') { 2 } else { 1 });
                self.operand(Operand::Replaced, ctx, start)?;
            }
            (Some('@' | '*'), _) if self.value_at(1).is_some() => return Err(self.name_error(1, start)),
            _ => self.operand(Operand::Pattern, ctx, start)?,
        }
        if self.char(0) != Some('}') {
            return Err(unclosed("`${`", start));
        }
        self.copy(1);
        self.depth -= 1;
        Ok(())
    }

    /// Reads the name in `${…}` with its `!` or `#` and its subscript.
    fn parameter_name(&mut self, start: usize) -> Result<(), InsertError> {
        let named = |c: Option<char>| c.is_some_and(|c| is_name(c) || "@*?$!-".contains(c));
        match self.char(0) {
            Some('#') if named(self.char(1)) => self.copy(1),
            Some('!') if self.char(1).is_some_and(is_name) => self.copy(1),
            _ => {}
        }
        let length = (0..).take_while(|at| self.char(*at).is_some_and(is_name)).count();
        if length > 0 {
            self.copy(length);
        } else if self.char(0).is_some_and(|c| "@*#?$!-".contains(c)) {
            self.copy(1);
        }
        if self.value_at(0).is_some() {
            return Err(self.name_error(0, start));
        }
        if length > 0 && self.char(0) == Some('[') {
            self.copy(1);
            self.arithmetic_until(Until::Bracket)?;
        }
        Ok(())
    }

    fn name_error(&self, ahead: usize, line: usize) -> InsertError {
        let help = "put the value behind an operator, as in `${NAME:-…}`, or outside the braces";
        match self.value_at(ahead) {
            Some(expr) => InsertError::place(expr, line, "as part of a variable's name in `${…}`", help),
            None => unclosed("`${`", line),
        }
    }

    /// Reads the text behind an operator, up to the `}`.
    fn operand(&mut self, mut kind: Operand, ctx: Ctx, start: usize) -> Result<(), InsertError> {
        // Patterns keep their own quotes even inside double quotes; words take those around them.
        let first = self.at;
        while let Some(item) = self.item(0) {
            let own_quotes = ctx == Ctx::Bare || kind != Operand::Word;
            match item.what {
                What::Char('}') => return Ok(()),
                What::Char('"') => self.double()?,
                What::Char('/') if kind == Operand::Replaced && self.at > first => {
                    kind = Operand::Replacement;
                    self.copy(1);
                }
                What::Value(expr) if kind == Operand::Replacement && ctx == Ctx::Double => {
                    return Err(InsertError::place(
                        expr,
                        item.line,
                        "as the replacement in a `${…/…/…}` inside double quotes, which versions of bash read differently",
                        "assign the result to a variable first, without the double quotes: `x=${NAME/…/…}`",
                    ));
                }
                What::Value(expr) if own_quotes => self.bare_value(expr, Plain::Never),
                What::Char('\\') if own_quotes && self.value_at(1).is_some() => self.at += 1,
                What::Char('\\') if own_quotes => self.copy(2),
                What::Char(c @ ('\'' | '`' | '$')) if own_quotes => self.expansion(c)?,
                _ => self.expanded(item)?,
            }
        }
        Err(unclosed("`${`", start))
    }

    /// Whether the brackets that were opened just before `ahead` close together, as those of arithmetic do; those of
    /// a subshell in `$( (a); b )` do not.
    pub(super) fn is_arithmetic(&self, ahead: usize) -> bool {
        let mut depth = 2;
        let mut quote = None;
        let mut at = ahead;
        while let Some(item) = self.item(at) {
            at += 1;
            let What::Char(c) = item.what else { continue };
            match (quote, c) {
                (_, '\\') => at += 1,
                (Some(open), c) if c == open => quote = None,
                (None, '\'' | '"') => quote = Some(c),
                (None, '(') => depth += 1,
                (None, ')') if depth == 2 => return self.char(at) == Some(')'),
                (None, ')') => depth -= 1,
                _ => {}
            }
        }
        false
    }

    /// Reads arithmetic up to and including `))`.
    pub(super) fn arithmetic(&mut self) -> Result<(), InsertError> {
        self.arithmetic_until(Until::Parens)
    }

    fn arithmetic_until(&mut self, until: Until) -> Result<(), InsertError> {
        let start = self.line();
        self.deeper(start)?;
        let mut depth = 0_usize;
        while let Some(item) = self.item(0) {
            match item.what {
                What::Char(')') if until == Until::Parens && depth == 0 => {
                    self.copy(2);
                    self.depth -= 1;
                    return Ok(());
                }
                What::Char(']') if until == Until::Bracket && depth == 0 => {
                    self.copy(1);
                    self.depth -= 1;
                    return Ok(());
                }
                What::Char('}') if until == Until::Brace => {
                    self.depth -= 1;
                    return Ok(());
                }
                What::Char(c @ ('(' | '[')) => {
                    depth += usize::from((c == '(') == (until == Until::Parens));
                    self.copy(1);
                }
                What::Char(c @ (')' | ']')) => {
                    depth = depth.saturating_sub(usize::from((c == ')') == (until == Until::Parens)));
                    self.copy(1);
                }
                What::Char('\'') => self.arithmetic_single()?,
                What::Char('\\') if self.value_at(1).is_some() => self.at += 1,
                _ => self.expanded(item)?,
            }
        }
        let what = match until {
            Until::Parens => "`((`",
            Until::Bracket => "`[`",
            Until::Brace => "`${`",
        };
        Err(unclosed(what, start))
    }

    fn arithmetic_single(&mut self) -> Result<(), InsertError> {
        let start = self.line();
        self.copy(1);
        while let Some(item) = self.item(0) {
            match item.what {
                What::Value(expr) => {
                    let help = "leave the single quotes out";
                    return Err(InsertError::place(expr, item.line, "in single quotes inside arithmetic", help));
                }
                What::Char('\'') => {
                    self.copy(1);
                    return Ok(());
                }
                What::Char(_) => self.copy(1),
            }
        }
        Err(unclosed("a single quote", start))
    }
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}
