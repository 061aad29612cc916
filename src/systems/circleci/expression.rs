//! Values as parameters and pipeline values, and text that must not become one.

use crate::{
    plan::{Expr, Part, Plan, Text},
    spec::InputKind,
};

/// Text that CircleCI leaves as it is: `<<` begins a parameter everywhere in a file.
///
/// <https://circleci.com/docs/reference/reusing-config/>
pub(super) fn escape(text: &str) -> String {
    text.replace("<<", "\\<<")
}

/// A text with its values as `<< … >>`; service and shard values must be filled in before.
pub(super) fn text(plan: &Plan, text: &Text) -> String {
    text.write(escape, |expr| format!("<< {} >>", value(plan, expr)))
}

/// Whether a `<` would join the `<<` of the value behind it, or a `\` would escape it.
pub(super) fn is_ambiguous(text: &Text) -> bool {
    let joins = |literal: &String| literal.ends_with(['<', '\\']);
    text.parts.windows(2).any(|pair| matches!(pair, [Part::Lit(literal), Part::Expr(_)] if joins(literal)))
        || has_escape(text)
}

/// Whether a `<<` has a `\` before it already; nobody says what two of them mean.
pub(super) fn has_escape(text: &Text) -> bool {
    text.parts.iter().any(|part| matches!(part, Part::Lit(literal) if literal.contains(ESCAPE)))
}

/// How `<<` is written as text.
pub(super) const ESCAPE: &str = "\\<<";

/// A value as an expression, without `<<` around it.
///
/// What is not there is `<nil>` in an environment variable, so an empty text stands beside it:
/// <https://circleci.com/docs/reference/variables/#pipeline-values>
pub(super) fn value(plan: &Plan, expr: &Expr) -> String {
    match expr {
        Expr::Matrix(key) => format!("parameters.{}", parameter(key)),
        Expr::Input(name) => {
            let boolean = plan.inputs().any(|(it, input)| it == name && input.kind == InputKind::Boolean);
            match boolean {
                // A boolean in the environment may be 1 or 0.
                true => format!("pipeline.parameters.{name} and \"true\" or \"false\""),
                false => format!("pipeline.parameters.{name}"),
            }
        }
        Expr::GitSha => "pipeline.git.revision".to_owned(),
        Expr::GitBranch => "pipeline.git.branch or \"\"".to_owned(),
        Expr::GitTag => "pipeline.git.tag or \"\"".to_owned(),
        // Filled in or exported by the scripts.
        Expr::ShardIndex | Expr::ShardTotal | Expr::Env(_) | Expr::ServiceHost(_) | Expr::ServicePort(_) => {
            "\"\"".to_owned()
        }
    }
}

/// The variable that carries a value into commands: CircleCI's own where it means the same.
///
/// <https://circleci.com/docs/reference/variables/#built-in-environment-variables>
pub(super) fn variable(expr: &Expr) -> String {
    match expr {
        Expr::GitSha => "CIRCLE_SHA1".to_owned(),
        Expr::GitBranch => "CIRCLE_BRANCH".to_owned(),
        Expr::GitTag => "CIRCLE_TAG".to_owned(),
        other => other.variable().unwrap_or_default(),
    }
}

/// Keys of an invocation, which no parameter can be called.
const RESERVED: &[&str] = &[
    "name",
    "requires",
    "context",
    "type",
    "filters",
    "matrix",
    "pre-steps",
    "post-steps",
    "serial-group",
    "override-with",
];

/// The parameter that carries a matrix value.
///
/// <https://circleci.com/docs/reference/configuration-reference/#parameters-job>
pub(super) fn parameter(key: &str) -> String {
    let name = key.to_ascii_lowercase();
    if RESERVED.contains(&name.as_str()) || !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        return format!("axis-{name}");
    }
    name
}

/// A string of the language of conditions: <https://github.com/CircleCI-Public/expr#literals>
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_lower_case_and_never_a_key_of_an_invocation() {
        let table = [("python", "python"), ("OS", "os"), ("type", "axis-type"), ("_x", "axis-_x"), ("db-1", "db-1")];
        for (key, expected) in table {
            assert_eq!(parameter(key), expected);
        }
    }

    #[test]
    fn text_is_no_parameter() {
        assert_eq!(escape("cat <<EOF <<< << a >>"), "cat \\<<EOF \\<<< \\<< a >>");
    }

    #[test]
    fn a_bracket_before_a_value_is_seen() {
        assert!(is_ambiguous(&Text::parse("a <{{ matrix.x }}>").unwrap()));
        assert!(!is_ambiguous(&Text::parse("{{ matrix.x }}<").unwrap()));
    }
}
