//! Environment variables: names that are possible, values that may name each other.

use indexmap::{IndexMap, IndexSet};

use super::{
    builder::{misplaced, Builder},
    Expr, Part, Text,
};
use crate::{
    diag::{Diagnostic, Place},
    spec::Scalar,
};

/// Reports a name that no shell could read, or that ci-gen sets itself.
pub(super) fn check_name(builder: &mut Builder<'_>, name: &str, at: &Place) {
    let valid = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !valid {
        let message = format!("`{name}` cannot be the name of an environment variable");
        let help = "use letters, digits and `_`, not beginning with a digit";
        builder.diagnostics.push(Diagnostic::error("variable-name", at.clone(), message).on_key().help(help));
    } else if ["CI_GEN_", "MATRIX_", "INPUT_"].iter().any(|prefix| name.starts_with(prefix)) {
        let message = format!("`{name}` is reserved: ci-gen sets variables of that kind itself");
        let help = "names that begin with `CI_GEN_`, `MATRIX_` or `INPUT_` carry values into commands";
        builder.diagnostics.push(Diagnostic::error("variable-reserved", at.clone(), message).on_key().help(help));
    }
}

/// The variables of `[env]`: every job has them, so they hold nothing that only one job knows.
pub(super) fn global(builder: &mut Builder<'_>, inputs: &IndexSet<String>) -> IndexMap<String, Text> {
    let spec = builder.spec;
    let at = Place::root().key("env");
    let known: IndexSet<String> = spec.env.keys().cloned().collect();
    let check = |expr: &Expr, at: &Place| match expr {
        Expr::GitSha | Expr::GitBranch | Expr::GitTag => Ok(()),
        Expr::Input(name) => known_input(name, inputs, at),
        Expr::Env(name) => known_variable(name, &known, at),
        other => Err(misplaced(other, at, "`[env]` is for every job, and not every job has that value")),
    };
    let parsed = parse(builder, &spec.env, &at, &check);
    resolve(builder, parsed, &IndexMap::new(), &at)
}

/// Parses the values of one `env` table.
pub(super) fn parse(
    builder: &mut Builder<'_>,
    env: &IndexMap<String, Scalar>,
    at: &Place,
    check: &dyn Fn(&Expr, &Place) -> Result<(), Diagnostic>,
) -> IndexMap<String, Text> {
    let mut parsed = IndexMap::new();
    for (name, value) in env {
        let place = at.key(name);
        check_name(builder, name, &place);
        parsed.insert(name.clone(), builder.text(&value.text(), &place, |expr| check(expr, &place)));
    }
    parsed
}

/// Replaces `env` values by what they stand for; `outer` are variables that are resolved already.
pub(super) fn resolve(
    builder: &mut Builder<'_>,
    env: IndexMap<String, Text>,
    outer: &IndexMap<String, Text>,
    at: &Place,
) -> IndexMap<String, Text> {
    let mut resolved = IndexMap::new();
    for name in env.keys() {
        let mut open = vec![name.clone()];
        match expand(&env[name], &env, outer, &mut open) {
            Ok(text) => resolved.insert(name.clone(), text),
            Err(circle) => {
                let message = format!("environment variables name each other in a circle: {}", circle.join(" -> "));
                builder.error("env-circle", at.key(name), message, None);
                resolved.insert(name.clone(), Text::default())
            }
        };
    }
    resolved
}

fn expand(
    text: &Text,
    env: &IndexMap<String, Text>,
    outer: &IndexMap<String, Text>,
    open: &mut Vec<String>,
) -> Result<Text, Vec<String>> {
    let mut out = Text::default();
    for part in &text.parts {
        match part {
            Part::Expr(Expr::Env(name)) if open.contains(name) => {
                // A job's variable may extend the spec's variable of the same name.
                match outer.get(name) {
                    Some(text) if open.len() == 1 => out.push(text),
                    _ => {
                        let mut circle = open.clone();
                        circle.push(name.clone());
                        return Err(circle);
                    }
                }
            }
            Part::Expr(Expr::Env(name)) => match (env.get(name), outer.get(name)) {
                (Some(text), _) => {
                    open.push(name.clone());
                    out.push(&expand(text, env, outer, open)?);
                    open.pop();
                }
                (None, Some(text)) => out.push(text),
                (None, None) => {}
            },
            Part::Expr(expr) => out.push_expr(expr.clone()),
            Part::Lit(text) => out.push_lit(text),
        }
    }
    Ok(out)
}

pub(super) fn known_input(name: &str, inputs: &IndexSet<String>, at: &Place) -> Result<(), Diagnostic> {
    if inputs.contains(name) {
        return Ok(());
    }
    let diagnostic = Diagnostic::error("unknown-input", at.clone(), format!("there is no input `{name}`"));
    Err(if inputs.is_empty() {
        diagnostic.help(format!("declare it: `on.manual.inputs.{name} = {{ default = \"…\" }}`"))
    } else {
        diagnostic.suggest(name, inputs.iter().map(String::as_str))
    })
}

pub(super) fn known_variable(name: &str, known: &IndexSet<String>, at: &Place) -> Result<(), Diagnostic> {
    if known.contains(name) {
        return Ok(());
    }
    let message = format!("there is no variable `{name}` in `env`");
    let diagnostic = Diagnostic::error("unknown-variable", at.clone(), message);
    Err(match crate::diag::closest(name, &known.iter().map(String::as_str).collect::<Vec<_>>()) {
        Some(word) => diagnostic.help(format!("did you mean `{word}`?")),
        None => diagnostic.help(format!("in a command, `${name}` reads a variable that the machine has")),
    })
}
