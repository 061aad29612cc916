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

    /// Whether Groovy has to put it together.
    pub(super) fn has_code(&self) -> bool {
        self.0.iter().any(|piece| matches!(piece, Piece::Code(_)))
    }

    /// Whether some expression in it names that variable.
    pub(super) fn mentions(&self, variable: &str) -> bool {
        self.0.iter().any(|piece| matches!(piece, Piece::Code(code) if code.contains(variable)))
    }

    /// The same string in an `environment` or `withEnv`, where Jenkins replaces `$NAME` and `${NAME}` by variables that
    /// it knows, and `$$` by `$`.
    ///
    /// <https://github.com/jenkinsci/workflow-basic-steps-plugin/blob/master/src/main/java/org/jenkinsci/plugins/workflow/steps/EnvStep.java>
    pub(super) fn for_environment(self) -> Self {
        let pieces = self.0.into_iter().map(|piece| match piece {
            Piece::Text(text) => Piece::Text(text.replace('$', "$$")),
            // Commits and shards hold no `$`, and legs whose values do are written out.
            Piece::Code(code)
                if ["env.MATRIX_", "env.GIT_COMMIT", "env.CI_GEN_SHARD_"].iter().any(|it| code.starts_with(it)) =>
            {
                Piece::Code(code)
            }
            Piece::Code(code) => Piece::Code(format!("({code}).toString().replace('$', '$$')")),
        });
        Value(pieces.collect())
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

/// Whether Groovy would not take `NAME = 'x'` for a variable: a keyword, or a class that every Jenkinsfile knows.
///
/// Known without an import are `java.lang`, `java.util`, `java.io`, `java.net`, `groovy.lang`, `groovy.util`, and on
/// Jenkins `hudson.model` and `jenkins.model`: <https://groovy-lang.org/structure.html#_default_imports>. Their names
/// are words with one capital, save for those in this list.
pub(super) fn is_word_of_groovy(name: &str) -> bool {
    const WORDS: &[&str] = &[
        "URL",
        "URI",
        "UUID",
        "JDK",
        "GString",
        "abstract",
        "as",
        "assert",
        "boolean",
        "break",
        "byte",
        "case",
        "catch",
        "char",
        "class",
        "const",
        "continue",
        "def",
        "default",
        "do",
        "double",
        "else",
        "enum",
        "extends",
        "false",
        "final",
        "finally",
        "float",
        "for",
        "goto",
        "if",
        "implements",
        "import",
        "in",
        "instanceof",
        "int",
        "interface",
        "long",
        "native",
        "new",
        "null",
        "package",
        "private",
        "protected",
        "public",
        "return",
        "short",
        "static",
        "strictfp",
        "super",
        "switch",
        "synchronized",
        "this",
        "threadsafe",
        "throw",
        "throws",
        "transient",
        "true",
        "try",
        "void",
        "volatile",
        "while",
    ];
    let mut letters = name.chars();
    let class = letters.next().is_some_and(|c| c.is_ascii_uppercase()) && name.chars().any(|c| c.is_ascii_lowercase());
    class || WORDS.contains(&name)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_and_keywords_are_no_variables() {
        for name in ["URL", "UUID", "System", "in", "default"] {
            assert!(is_word_of_groovy(name), "{name}");
        }
        for name in ["DATABASE_URL", "PATH", "A", "_Url", "path", "http_proxy", "NODE_ENV"] {
            assert!(!is_word_of_groovy(name), "{name}");
        }
    }
}
