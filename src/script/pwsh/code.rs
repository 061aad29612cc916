//! PowerShell code: where commands, arguments and expressions begin.

use crate::plan::Expr;
use crate::script::items::What;
use crate::script::word::{is_pwsh_double_quote, is_pwsh_single_quote};
use crate::script::InsertError;

use super::argument::{closes, Role};
use super::strings::is_name;
use super::{unclosed, Scanner};

/// What ends a piece of code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Close {
    /// The end of the text.
    End,
    /// The `)` of `$(`.
    Paren,
}

/// How the next word is read; PowerShell decides by the first word of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// A statement begins.
    Start(After),
    Argument,
    Expression,
    /// Behind `--%`: nothing is read up to the end of the line.
    Verbatim,
}

/// What a statement begins behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum After {
    /// The end of another one: a bare word is a command.
    Statement,
    /// `(` or `@{`, where a bare word may as well be meant as text.
    Bracket,
    /// `=` or `return`: a value is meant as text.
    Operator,
}

struct Bracket {
    closing: char,
    /// How the text behind the bracket goes on.
    outside: Mode,
    /// `@{ key = value }`
    table: bool,
}

impl Bracket {
    /// How a statement inside begins.
    fn start(&self) -> Mode {
        Mode::Start(if self.closing == ')' || self.table { After::Bracket } else { After::Statement })
    }
}

/// After these a statement or a bracket follows.
const LEADING: [&str; 21] = [
    "if",
    "elseif",
    "else",
    "while",
    "until",
    "do",
    "for",
    "foreach",
    "switch",
    "try",
    "catch",
    "finally",
    "trap",
    "begin",
    "process",
    "end",
    "param",
    "data",
    "class",
    "enum",
    "dynamicparam",
];
/// After these an expression or a statement follows.
const RETURNING: [&str; 3] = ["return", "throw", "exit"];

impl Scanner<'_> {
    /// Reads code up to and including what closes it.
    pub(super) fn code(&mut self, close: Close) -> Result<(), InsertError> {
        let start = self.line();
        self.deeper(start)?;
        let mut mode = Mode::Start(After::Statement);
        let mut stack: Vec<Bracket> = Vec::new();
        while let Some(item) = self.item(0) {
            let new_word = self.at_boundary();
            let c = match item.what {
                What::Value(expr) => {
                    mode = self.value(expr, item.line, mode, new_word)?;
                    continue;
                }
                What::Char(c) => c,
            };
            let inner = |stack: &[Bracket]| stack.last().map_or(Mode::Start(After::Statement), Bracket::start);
            match c {
                '\n' => {
                    self.copy(1);
                    mode = inner(&stack);
                }
                _ if mode == Mode::Verbatim => self.copy(1),
                '`' if self.char(1) == Some('\n') => self.copy(2),
                c if c.is_whitespace() => self.copy(1),
                '#' if new_word || mode != Mode::Argument => self.comment(),
                '#' if self.before().is_some_and(closes) => {
                    return Err(InsertError::syntax(
                        item.line,
                        "`#` right behind a quote or bracket may begin a comment or not",
                        "put a space in front of it, or the whole argument in double quotes",
                    ));
                }
                '<' if self.char(1) == Some('#') => self.comment(),
                ')' | '}' => {
                    self.copy(1);
                    match stack.pop() {
                        Some(bracket) if bracket.closing == c => mode = bracket.outside,
                        None if close == Close::Paren && c == ')' => {
                            self.depth -= 1;
                            return Ok(());
                        }
                        _ => return Err(unbalanced(c, item.line)),
                    }
                }
                ';' | '|' => {
                    self.copy(1);
                    mode = if c == ';' { inner(&stack) } else { Mode::Start(After::Statement) };
                }
                '&' => mode = self.ampersand(mode),
                '=' if mode == Mode::Expression => {
                    self.copy(1);
                    mode = Mode::Start(After::Operator);
                }
                _ if new_word && matches!(mode, Mode::Argument | Mode::Start(_)) => {
                    let table = stack.last().is_some_and(|bracket| bracket.table);
                    mode = self.first_of_word(c, mode, table, &mut stack)?;
                }
                _ => mode = self.next_of_word(c, mode, &mut stack)?,
            }
        }
        if close == Close::Paren {
            return Err(unclosed("`$(`", start));
        }
        self.depth -= 1;
        Ok(())
    }

    /// Whether a new word begins here.
    fn at_boundary(&self) -> bool {
        match self.before() {
            Some(What::Char(c)) => c.is_whitespace() || ";|&({,<>=!".contains(c),
            Some(What::Value(_)) => false,
            None => true,
        }
    }

    /// Reads a value that begins a word, or stands in an expression.
    fn value(&mut self, expr: &Expr, line: usize, mode: Mode, new_word: bool) -> Result<Mode, InsertError> {
        let length = self.word_length();
        match mode {
            Mode::Verbatim => {
                self.verbatim(expr, line, "behind `--%`", "leave `--%` out and quote the arguments")?;
                Ok(mode)
            }
            Mode::Start(After::Statement) if new_word => self.word(length, Role::Command).map(|()| Mode::Argument),
            Mode::Argument if new_word => self.word(length, Role::Argument).map(|()| mode),
            Mode::Start(After::Bracket) => Err(InsertError::place(
                expr,
                line,
                "right behind a bracket, where it could be a text or a command",
                "put it in double quotes, or write `&` in front to run it",
            )),
            Mode::Start(After::Operator) | Mode::Expression if self.stands_free() => {
                self.out.push('"');
                self.inside(expr);
                self.out.push('"');
                Ok(Mode::Expression)
            }
            _ => Err(InsertError::place(
                expr,
                line,
                "as one of several pieces that PowerShell would not join",
                "put the pieces together in double quotes",
            )),
        }
    }

    /// Reads `&`, `&&` or the `&1` of a redirection.
    fn ampersand(&mut self, mode: Mode) -> Mode {
        if matches!(self.before(), Some(What::Char('>'))) {
            self.copy(1);
            return mode;
        }
        let pair = self.char(1) == Some('&');
        self.copy(if pair { 2 } else { 1 });
        match mode {
            Mode::Start(_) if !pair => Mode::Argument,
            _ => Mode::Start(After::Statement),
        }
    }

    /// Reads the beginning of a word; a word with values is read to its end.
    fn first_of_word(
        &mut self,
        c: char,
        mode: Mode,
        table: bool,
        stack: &mut Vec<Bracket>,
    ) -> Result<Mode, InsertError> {
        let length = self.word_length();
        let text: String = (0..length).map_while(|at| self.char(at)).collect();
        let has_value = self.value_in_word(length).is_some();
        if mode == Mode::Argument {
            if text == "--%" {
                self.copy(length);
                return Ok(Mode::Verbatim);
            }
            if has_value {
                self.word(length, Role::Argument)?;
                return Ok(mode);
            }
            // `$` and `@` at the end belong to the bracket behind them.
            let plain = length - usize::from(text.ends_with(['$', '@']));
            if plain == 0 {
                return self.next_of_word(c, mode, stack);
            }
            self.copy(plain);
            return Ok(mode);
        }
        let number = !text.is_empty() && text != "." && text.chars().all(|c| c.is_ascii_digit() || c == '.');
        let expression =
            number || table || "$([@,-+!".contains(c) || is_pwsh_single_quote(c) || is_pwsh_double_quote(c);
        if expression {
            return self.next_of_word(c, Mode::Expression, stack).map(|next| match next {
                // `(` and `@(` at the beginning of a statement are an expression once they are closed.
                Mode::Start(_) => next,
                _ => Mode::Expression,
            });
        }
        if matches!(c, '{' | '<' | '>') {
            return self.next_of_word(c, mode, stack);
        }
        if has_value {
            self.word(length, Role::Command)?;
            return Ok(Mode::Argument);
        }
        self.copy(length.max(1));
        let keyword = text.to_lowercase();
        Ok(if LEADING.contains(&keyword.as_str()) {
            Mode::Start(After::Statement)
        } else if RETURNING.contains(&keyword.as_str()) {
            Mode::Start(After::Operator)
        } else {
            Mode::Argument
        })
    }

    /// Reads a quote, a bracket, a variable or a plain character.
    fn next_of_word(&mut self, c: char, mode: Mode, stack: &mut Vec<Bracket>) -> Result<Mode, InsertError> {
        let started = match mode {
            Mode::Start(_) => Mode::Expression,
            other => other,
        };
        match (c, self.char(1)) {
            (c, _) if is_pwsh_single_quote(c) => self.single()?,
            (c, _) if is_pwsh_double_quote(c) => self.double()?,
            ('@', _) if self.is_here_string() => self.here_string()?,
            ('$', Some('{')) => self.braced()?,
            ('$' | '@', Some('(')) => {
                self.copy(2);
                stack.push(Bracket { closing: ')', outside: started, table: false });
                return Ok(Mode::Start(After::Statement));
            }
            ('@', Some('{')) => {
                self.copy(2);
                stack.push(Bracket { closing: '}', outside: started, table: true });
                return Ok(Mode::Start(After::Bracket));
            }
            ('(', _) => {
                let call = mode == Mode::Expression && matches!(self.before(), Some(What::Char(c)) if is_name(c));
                self.copy(1);
                // Behind a keyword (`if (…)`) no expression goes on.
                stack.push(Bracket { closing: ')', outside: mode, table: false });
                return Ok(Mode::Start(if call { After::Operator } else { After::Bracket }));
            }
            ('{', _) => {
                self.copy(1);
                stack.push(Bracket { closing: '}', outside: mode, table: false });
                return Ok(Mode::Start(After::Statement));
            }
            ('`', _) if self.value_at(1).is_some() => self.at += 1,
            ('`', _) => self.copy(2),
            _ => {
                self.copy(1);
                return Ok(mode);
            }
        }
        Ok(started)
    }
}

fn unbalanced(bracket: char, line: usize) -> InsertError {
    InsertError::syntax(
        line,
        format!("`{bracket}` closes nothing that was opened"),
        "write the bracket in quotes if it is text, or open it before",
    )
}
