//! Drift as SARIF 2.1.0.
//!
//! The standard: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>; what GitHub reads of it:
//! <https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning>.

use serde_json::{json, Value};

use super::{class, fingerprint, Findings};
use crate::files::DriftKind;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// The root that the paths are relative to; readers know it for the root of the repository.
const ROOT: &str = "%SRCROOT%";

/// One rule per class, one result per place.
pub(super) fn write(findings: &Findings<'_>) -> String {
    let results: Vec<Value> = fingerprint::places(findings)
        .map(|place| {
            let (what, way_out) = class::of(place.drift);
            json!({
                "ruleId": rule_id(place.drift.kind),
                "ruleIndex": class::ALL.iter().position(|it| *it == place.drift.kind),
                "level": level(place.drift.kind),
                "message": { "text": format!("{what}: {way_out}") },
                "locations": [{
                    "physicalLocation": {
                        "artifactLocation": { "uri": uri(&findings.path(place.drift)), "uriBaseId": ROOT },
                        "region": { "startLine": place.first_line, "endLine": place.last_line },
                    },
                }],
                // The only key that GitHub compares; it stays when lines above it move.
                "partialFingerprints": { "primaryLocationLineHash": place.fingerprint },
            })
        })
        .collect();
    let driver = json!({
        "name": "ci-gen",
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "rules": class::ALL.iter().map(|it| rule(*it)).collect::<Vec<_>>(),
    });
    let run = json!({ "tool": { "driver": driver }, "columnKind": "unicodeCodePoints", "results": results });
    format!("{:#}\n", json!({ "$schema": SCHEMA, "version": "2.1.0", "runs": [run] }))
}

fn rule(kind: DriftKind) -> Value {
    let (meaning, way_out) = (class::meaning(kind), class::way_out(kind));
    json!({
        "id": rule_id(kind),
        "name": class::word(kind),
        "shortDescription": { "text": format!("Drift: {}", class::word(kind)) },
        "fullDescription": { "text": meaning },
        "help": { "text": way_out, "markdown": way_out },
        "defaultConfiguration": { "level": level(kind) },
    })
}

fn rule_id(kind: DriftKind) -> String {
    format!("ci-gen/{}", class::word(kind))
}

/// One of `none`, `note`, `warning` and `error`.
fn level(kind: DriftKind) -> &'static str {
    match kind {
        DriftKind::Changed | DriftKind::Missing => "error",
        DriftKind::Orphaned | DriftKind::PinOnly => "warning",
        DriftKind::FormattingOnly => "note",
    }
}

/// A path as a relative reference (RFC 3986): everything but unreserved characters and `/` is escaped.
fn uri(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.bytes() {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' => uri.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => uri.push(char::from(byte)),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_references() {
        assert_eq!(uri(".github/workflows/ci.yml"), ".github/workflows/ci.yml");
        assert_eq!(uri("a b/1:ü#%.yml"), "a%20b/1%3A%C3%BC%23%25.yml");
    }
}
