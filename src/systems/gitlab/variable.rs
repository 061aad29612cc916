//! Variables of the pipeline and of jobs.

use serde::Serialize;

use super::reference;
use crate::{
    diag::Place,
    plan::{Expr, Input, Text},
    spec::InputKind,
    systems::{commands, Lowering},
};

/// A variable; what is absent is not printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Variable {
    name: String,
    value: String,
    description: Option<String>,
    options: Vec<String>,
    /// Whether GitLab leaves the value as it is.
    raw: bool,
    /// Whether there is more than the value.
    table: bool,
}

impl Variable {
    /// Whether it has that name.
    pub(super) fn is(&self, name: &str) -> bool {
        self.name == name
    }
}

/// A variable whose value is already escaped.
pub(super) fn plain(name: impl Into<String>, value: impl Into<String>) -> Variable {
    let (name, value) = (name.into(), value.into());
    Variable { name, value, description: None, options: Vec::new(), raw: false, table: false }
}

/// A variable of literal text.
pub(super) fn literal(name: impl Into<String>, value: &str) -> Variable {
    let raw = value.contains('$') || reference::percent(value).is_some();
    Variable { raw, table: raw, ..plain(name, value) }
}

/// A variable of the spec's or a job's `env`; service values must be filled in before.
pub(super) fn of(name: &str, value: &Text, at: &Place, out: &mut Lowering<'_>) -> Variable {
    if let Some(value) = value.as_literal() {
        return literal(name, value);
    }
    for part in &value.parts {
        let crate::plan::Part::Lit(text) = part else { continue };
        if let Some(found) = reference::percent(text) {
            let message = format!("GitLab would take `{found}` for a variable, and beside a value nothing escapes it");
            out.refuse(at, message, "put the fixed part and the value into two variables");
        }
    }
    plain(name, reference::text(value, reference::escape))
}

/// An input as a variable that the form for new pipelines asks for.
///
/// <https://docs.gitlab.com/ci/pipelines/#prefill-variables-in-manual-pipelines>
pub(super) fn input(name: &str, input: &Input) -> Variable {
    let options = match input.kind {
        InputKind::Boolean => vec!["true".to_owned(), "false".to_owned()],
        InputKind::Choice => input.options.clone(),
        InputKind::String | InputKind::Number => Vec::new(),
    };
    // Only variables with a description are in the form.
    let description = input.description.clone().filter(|it| !it.is_empty()).unwrap_or_else(|| name.to_owned());
    let variable = literal(commands::variable(&Expr::Input(name.to_owned())), &input.default);
    Variable { description: Some(description), options, table: true, ..variable }
}
