//! Values put into a command so that the shell sees them as data.

use thiserror::Error;

use crate::plan::{Expr, Part, Text};
use crate::script::{posix, pwsh, Shell};

/// How a value reaches the script.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Insert {
    /// In the environment variable of this name, which is `[A-Za-z_][A-Za-z0-9_]*`.
    Variable(String),
    /// It is known already, and made of `[A-Za-z0-9._-]` alone: a host, a port.
    Literal(String),
}

/// A place of a command that cannot hold a value, or a command that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct InsertError {
    /// `value-place` or `shell-syntax`.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// The way out.
    pub help: String,
    /// The line of the command, from 1.
    pub line: usize,
}

impl InsertError {
    /// The value at `line` stands where none can stand.
    pub(super) fn place(expr: &Expr, line: usize, place: &str, help: impl Into<String>) -> Self {
        InsertError {
            code: "value-place",
            message: format!("cannot insert `{{{{ {expr} }}}}` {place}"),
            help: help.into(),
            line,
        }
    }

    /// The command is no complete shell text, or too deep to follow.
    pub(super) fn syntax(line: usize, message: impl Into<String>, help: impl Into<String>) -> Self {
        InsertError { code: "shell-syntax", message: message.into(), help: help.into(), line }
    }
}

/// The command as `shell` has to see it, with a reference in place of each value.
///
/// A value is always data and always in one piece: outside quotes it is one word, in quotes it becomes part of what is
/// quoted. A command without values comes back byte for byte.
///
/// | the value stands in | bash, sh | PowerShell |
/// | --- | --- | --- |
/// | no quotes | `"${NAME}"` | `"${env:NAME}"`, around the whole argument |
/// | `"…"`, a here-document, a here-string `@"…"@` | `${NAME}` | `${env:NAME}` |
/// | `'…'` | `'"${NAME}"'` | refused |
/// | `$'…'` (bash) | `'"${NAME}"$'` | |
/// | `$(( … ))` | `${NAME}` | |
///
/// ```
/// use ci_gen::plan::Text;
/// use ci_gen::script::{insert, Insert, Shell};
/// let command = Text::parse("pytest -k {{ input.only }} --title 'py {{ matrix.python }}!'").unwrap();
/// let value = |expr: &_| Insert::Variable(format!("{expr}").replace('.', "_").to_uppercase());
/// assert_eq!(
///     insert(&command, Shell::Bash, &value).unwrap(),
///     r#"pytest -k "${INPUT_ONLY}" --title 'py '"${MATRIX_PYTHON}"'!'"#
/// );
/// ```
///
/// # Errors
/// A place where a shell expands nothing (a here-document with a quoted delimiter, PowerShell's `'…'`), a place that
/// the shells read differently, and a quote or bracket that is never closed.
pub fn insert(command: &Text, shell: Shell, value: &dyn Fn(&Expr) -> Insert) -> Result<String, InsertError> {
    if command.exprs().next().is_none() {
        return Ok(command.parts.iter().filter_map(literal).collect());
    }
    match shell {
        Shell::Bash | Shell::Sh => posix::insert(command, shell, value),
        Shell::Pwsh => pwsh::insert(command, value),
    }
}

fn literal(part: &Part) -> Option<&str> {
    match part {
        Part::Lit(text) => Some(text),
        Part::Expr(_) => None,
    }
}
