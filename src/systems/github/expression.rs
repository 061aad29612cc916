//! Values as GitHub expressions, and text that must not become one.

use crate::{
    plan::{Expr, Plan, Text},
    spec::InputKind,
};

/// Text that GitHub leaves as it is.
pub(super) fn escape(text: &str) -> String {
    text.replace("${{", "${{ '${{' }}")
}

/// A text with its values as `${{ … }}`; service values must be filled in before.
pub(super) fn text(plan: &Plan, text: &Text) -> String {
    text.write(escape, |expr| format!("${{{{ {} }}}}", value(plan, expr)))
}

/// A value as an expression, without `${{` around it.
///
/// Contexts: <https://docs.github.com/en/actions/reference/workflows-and-actions/contexts>
pub(super) fn value(plan: &Plan, expr: &Expr) -> String {
    match expr {
        Expr::Matrix(key) => format!("matrix.{key}"),
        Expr::ShardIndex => "matrix.shard".to_owned(),
        // `strategy.job-total` counts every leg of the matrix.
        Expr::ShardTotal => "env.CI_GEN_SHARD_TOTAL".to_owned(),
        Expr::Input(name) => {
            let input = plan.inputs().find(|(it, _)| *it == name).map(|(_, input)| input);
            let default = quoted(input.map_or("", |it| it.default.as_str()));
            let text = input.is_none_or(|it| matches!(it.kind, InputKind::String | InputKind::Choice));
            // Booleans and numbers become text, or they would equal no text.
            let chosen = if text { format!("inputs.{name}") } else { format!("format('{{0}}', inputs.{name})") };
            // On other events `inputs` is empty.
            if input.is_none_or(|it| it.default.is_empty()) {
                return chosen;
            }
            format!("github.event_name != 'workflow_dispatch' && {default} || {chosen}")
        }
        Expr::GitSha => "github.sha".to_owned(),
        Expr::GitBranch => "github.head_ref || github.ref_type == 'branch' && github.ref_name || ''".to_owned(),
        Expr::GitTag => "github.ref_type == 'tag' && github.ref_name || ''".to_owned(),
        Expr::Env(name) => format!("env.{name}"),
        Expr::ServiceHost(_) | Expr::ServicePort(_) => "''".to_owned(),
    }
}

/// A text inside an expression: a string, or `format('…', …)` when it holds values.
pub(super) fn operand(plan: &Plan, text: &Text) -> String {
    if let Some(literal) = text.as_literal() {
        return quoted(literal);
    }
    let mut values = Vec::new();
    for expr in text.exprs() {
        values.push(value(plan, expr));
    }
    let mut index = 0;
    let pattern: String = text
        .parts
        .iter()
        .map(|part| match part {
            crate::plan::Part::Lit(literal) => literal.replace('{', "{{").replace('}', "}}"),
            crate::plan::Part::Expr(_) => {
                index += 1;
                format!("{{{}}}", index - 1)
            }
        })
        .collect();
    format!("format({}, {})", quoted(&pattern), values.join(", "))
}

/// A string literal of the expression language.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
