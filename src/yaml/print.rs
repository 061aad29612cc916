//! Values as YAML in the style of the templates.

use serde_json::Value;

use crate::render::{yaml_block, yaml_scalar};

/// Lists of scalars stay on one line up to this many characters.
const LONGEST_LINE: usize = 100;

/// An entry of a table whose keys stand at `column`, without that indentation and without a line break at its end.
pub(super) fn entry(key: &str, value: &Value, column: usize) -> String {
    format!("{}:{}", scalar(key), behind(value, column))
}

/// An element of a list whose dashes stand at `column`, likewise.
pub(super) fn item(value: &Value, column: usize) -> String {
    match value {
        Value::Object(table) if !table.is_empty() => format!("- {}", entries(table, column + 2)),
        _ => format!("-{}", behind(value, column)),
    }
}

/// What stands behind a colon or a dash at `column`: on the same line with a blank before it, or on lines of its own.
pub(super) fn behind(value: &Value, column: usize) -> String {
    match value {
        Value::Object(table) if !table.is_empty() => {
            format!("\n{}{}", " ".repeat(column + 2), entries(table, column + 2))
        }
        Value::Array(list) if !fits(list) => items(list, column + 2),
        Value::String(text) => format!(" {}", yaml_block(text, column + 2)),
        _ => format!(" {}", flow(value)),
    }
}

fn entries(table: &serde_json::Map<String, Value>, column: usize) -> String {
    let entries: Vec<String> = table.iter().map(|(key, value)| entry(key, value, column)).collect();
    entries.join(&format!("\n{}", " ".repeat(column)))
}

fn items(list: &[Value], column: usize) -> String {
    list.iter().map(|value| format!("\n{}{}", " ".repeat(column), item(value, column))).collect()
}

/// Whether a list is short and simple enough for one line.
fn fits(list: &[Value]) -> bool {
    let simple = |it: &Value| match it {
        Value::String(text) => !text.contains('\n'),
        Value::Bool(_) | Value::Number(_) => true,
        _ => false,
    };
    list.is_empty() || list.iter().all(simple) && list.iter().map(|it| flow(it).len() + 2).sum::<usize>() < LONGEST_LINE
}

/// A value on one line.
pub(super) fn flow(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => scalar(text),
        Value::Array(list) => format!("[{}]", list.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Object(table) if table.is_empty() => "{}".to_owned(),
        Value::Object(table) => {
            let pairs: Vec<String> =
                table.iter().map(|(key, value)| format!("{}: {}", scalar(key), flow(value))).collect();
            format!("{{ {} }}", pairs.join(", "))
        }
    }
}

/// A string on one line.
pub(super) fn scalar(text: &str) -> String {
    yaml_scalar(text)
}
