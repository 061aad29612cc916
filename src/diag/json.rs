//! Diagnostics as tools read them.

use serde_json::{json, Value};

use super::{Diagnostic, Source};

/// `{"file", "diagnostics": [{"code", "severity", "message", "system", "place", "line", "column", "end_line",
/// "end_column", "source", "help"}]}`; lines and columns count from 1 and are null where no text is at hand.
pub fn to_json(diagnostics: &[Diagnostic], source: &Source) -> Value {
    let list: Vec<Value> = diagnostics.iter().map(|it| one(it, source)).collect();
    json!({ "file": source.name, "diagnostics": list })
}

fn one(diagnostic: &Diagnostic, source: &Source) -> Value {
    let start = diagnostic.span.as_ref().map(|span| source.position(span.start));
    let end = diagnostic.span.as_ref().map(|span| source.position(span.end));
    let line = start.and_then(|(line, _)| source.text.lines().nth(line - 1));
    json!({
        "code": diagnostic.code,
        "severity": diagnostic.severity.as_str(),
        "message": diagnostic.message,
        "system": diagnostic.system,
        "file": source.name,
        "place": diagnostic.place.to_string(),
        "line": start.map(|it| it.0),
        "column": start.map(|it| it.1),
        "end_line": end.map(|it| it.0),
        "end_column": end.map(|it| it.1),
        "source": line,
        "help": diagnostic.help,
    })
}
