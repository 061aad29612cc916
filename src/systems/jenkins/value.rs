//! Strings of the Jenkinsfile whose values Groovy fills in when the pipeline runs.

use serde::Serialize;

use crate::plan::{Expr, Text};

/// A string, in pieces.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub(super) struct Value(Vec<Piece>);

/// One piece of a [`Value`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
enum Piece {
    /// Text, printed as it is.
    Text(String),
    /// A Groovy expression.
    Code(String),
}

impl Value {
    /// A string that is one expression.
    pub(super) fn code(code: impl Into<String>) -> Self {
        Value(vec![Piece::Code(code.into())])
    }

    /// A text with its values; service values must be filled in before.
    pub(super) fn text(text: &Text, code: &dyn Fn(&Expr) -> String) -> Self {
        let pieces = text.parts.iter().map(|part| match part {
            crate::plan::Part::Lit(text) => Piece::Text(text.clone()),
            crate::plan::Part::Expr(expr) => Piece::Code(code(expr)),
        });
        Value(pieces.collect())
    }

    /// Several strings with a separator between them.
    pub(super) fn join(values: impl IntoIterator<Item = Value>, separator: &str) -> Self {
        let mut joined = Value::default();
        for value in values {
            if !joined.0.is_empty() {
                joined.0.push(Piece::Text(separator.to_owned()));
            }
            joined.0.extend(value.0);
        }
        joined
    }

    /// The string with another behind it.
    pub(super) fn with(mut self, other: impl Into<Value>) -> Self {
        self.0.extend(other.into().0);
        self
    }
}

impl<T: Into<String>> From<T> for Value {
    fn from(text: T) -> Self {
        let text = text.into();
        Value(if text.is_empty() { Vec::new() } else { vec![Piece::Text(text)] })
    }
}

/// The expression for a value, at a place where the environment of the leg is known.
///
/// A variable that is empty is not there at all, and Groovy would print `null` for it.
pub(super) fn code(expr: &Expr) -> String {
    match expr {
        Expr::Input(_) => format!("params.{}", variable(expr)),
        Expr::GitSha => "env.GIT_COMMIT".to_owned(),
        Expr::ShardIndex | Expr::ShardTotal => format!("env.{}", variable(expr)),
        other => format!("env.{} ?: ''", variable(other)),
    }
}

/// The environment variable that carries a value.
///
/// `GIT_COMMIT` comes from the checkout, `TAG_NAME` from the multibranch job; a build of a branch has none.
pub(super) fn variable(expr: &Expr) -> String {
    match expr {
        Expr::GitSha => "GIT_COMMIT".to_owned(),
        Expr::GitTag => "TAG_NAME".to_owned(),
        other => crate::systems::commands::variable(other),
    }
}
