//! Fields of JSON objects that were written by others: a field of another type than expected is an absent one.

use serde_json::Value;

use super::text::{clipped, LONG};

/// The text of a field, as far as it is kept; numbers and truth values are text, too. Empty text is none.
pub(super) fn text(value: &Value, key: &str) -> Option<String> {
    plain(value.get(key)?)
}

/// A value as text.
pub(super) fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if text.trim().is_empty() => None,
        Value::String(text) => Some(clipped(text, LONG)),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// A field that counts something. A count below zero or with a fraction is none.
pub(super) fn count(value: &Value, key: &str) -> Option<u64> {
    let value = value.get(key)?;
    value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// Seconds of a field that is in seconds.
pub(super) fn seconds(value: &Value, key: &str) -> Option<f64> {
    let value = value.get(key)?;
    let number = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
    number.is_finite().then(|| number.max(0.0))
}

/// Seconds of a field that is in milliseconds.
pub(super) fn milliseconds(value: &Value, key: &str) -> Option<f64> {
    seconds(value, key).map(|it| it / 1000.0)
}

/// The text of a list of lines.
pub(super) fn joined(value: &Value, key: &str) -> Option<String> {
    let lines: Vec<&str> = value.get(key)?.as_array()?.iter().filter_map(Value::as_str).collect();
    (!lines.is_empty()).then(|| clipped(&lines.join("\n"), LONG))
}

/// Whether a field is the truth value true.
pub(super) fn is_true(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or_default()
}
