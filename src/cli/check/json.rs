//! Drift for tools.

use serde_json::{json, Value};

use super::{class, Findings};
use crate::files::Author;

/// `{"drift": [{"path", "class", "ours", "line", "message", "help", "diff"}]}`; `line` is the first that differs.
pub(super) fn write(findings: &Findings<'_>) -> String {
    let list: Vec<Value> = findings
        .drifts
        .iter()
        .map(|drift| {
            let (message, help) = class::of(drift);
            json!({
                "path": drift.path,
                "class": class::word(drift.kind),
                "ours": drift.author == Author::CiGen,
                "line": drift.hunks.first().map_or(1, |it| it.first_line),
                "message": message,
                "help": help,
                "diff": drift.diff,
            })
        })
        .collect();
    format!("{:#}\n", json!({ "drift": list }))
}
