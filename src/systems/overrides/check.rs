//! Whether the native keys of an override are keys of the language at all.

use serde_json::Value;

use super::Language;
use crate::{
    diag::{closest, Diagnostic, Place},
    id::SystemId,
};

/// Checks a value that goes to a path of the document, and all below it.
pub(super) fn value(
    language: &Language,
    id: SystemId,
    path: &[String],
    value: &Value,
    at: &Place,
    out: &mut Vec<Diagnostic>,
) {
    let Some((key, table)) = path.split_last() else { return };
    if !entry(language, id, table, key, value, at, out) {
        return;
    }
    below(language, id, path, value, at, out);
}

/// Checks what stands below a path, whatever its own key is.
pub(super) fn below(
    language: &Language,
    id: SystemId,
    path: &[String],
    value: &Value,
    at: &Place,
    out: &mut Vec<Diagnostic>,
) {
    let down = |key: String| [path, &[key]].concat();
    match value {
        Value::Object(table) => {
            for (key, inner) in table {
                self::value(language, id, &down(key.clone()), inner, &at.key(key), out);
            }
        }
        Value::Array(list) => {
            for (index, inner) in list.iter().enumerate() {
                below(language, id, &down(index.to_string()), inner, &at.index(index), out);
            }
        }
        _ => {}
    }
}

/// Whether a key of a table, and the form of its value, are known; what is wrong is reported.
fn entry(
    language: &Language,
    id: SystemId,
    table: &[String],
    key: &str,
    value: &Value,
    at: &Place,
    out: &mut Vec<Diagnostic>,
) -> bool {
    let Some(table) = language.table(table) else { return true };
    let Some(form) = table.form(key) else {
        let message = format!("`{key}` is no key of {} on {}", table.what, id.title());
        let mut known = table.known();
        if table.what == "a job" {
            known.extend(language.of_use);
        }
        let help = match closest(key, &known) {
            Some(word) => format!("did you mean `{word}`?"),
            None => format!("its keys: {}", table.source),
        };
        out.push(Diagnostic::error("override-key", at.clone(), message).on_key().help(help));
        return false;
    };
    if !form.has(value) {
        let message = format!("`{key}` of {} on {} must be {}", table.what, id.title(), form.words());
        out.push(Diagnostic::error("override-type", at.clone(), message).help(format!("see {}", table.source)));
        return false;
    }
    true
}
