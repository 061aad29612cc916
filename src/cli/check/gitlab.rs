//! Drift as a code quality report of GitLab.
//!
//! The report's fields: <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>.

use serde_json::{json, Value};

use super::{class, fingerprint, Findings};
use crate::files::DriftKind;

/// One finding per place, since GitLab marks single lines of a merge request.
pub(super) fn write(findings: &Findings<'_>) -> String {
    let list: Vec<Value> = fingerprint::places(findings)
        .map(|place| {
            let (what, way_out) = class::of(place.drift);
            json!({
                "description": format!("{what}: {way_out}"),
                "check_name": format!("ci-gen/{}", class::word(place.drift.kind)),
                "fingerprint": place.fingerprint,
                "severity": severity(place.drift.kind),
                "location": { "path": findings.path(place.drift), "lines": { "begin": place.first_line } },
            })
        })
        .collect();
    format!("{:#}\n", Value::Array(list))
}

/// One of `info`, `minor`, `major`, `critical` and `blocker`.
fn severity(kind: DriftKind) -> &'static str {
    match kind {
        DriftKind::Changed | DriftKind::Missing => "major",
        DriftKind::Orphaned | DriftKind::PinOnly => "minor",
        DriftKind::FormattingOnly => "info",
    }
}
