//! Drift as annotations of GitHub Actions.
//!
//! Workflow commands: <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>;
//! their escapes: <https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts>.

use super::{class, Findings};
use crate::files::DriftKind;

/// One annotation per file, at its first line that differs: GitHub shows ten errors and ten warnings of a step.
pub(super) fn write(findings: &Findings<'_>) -> String {
    let mut text = String::new();
    for drift in findings.drifts {
        let (what, way_out) = class::of(drift);
        let (first, last) = drift.hunks.first().map_or((1, 1), |it| (it.first_line, it.last_line));
        text.push_str(&format!(
            "::{} file={},line={first},endLine={last},title={}::{}\n",
            level(drift.kind),
            property(&findings.path(drift)),
            property(&format!("{} from {}", class::word(drift.kind), findings.spec)),
            data(&format!("{what}: {way_out}")),
        ));
    }
    text
}

fn level(kind: DriftKind) -> &'static str {
    match kind {
        DriftKind::Changed | DriftKind::Missing | DriftKind::Orphaned => "error",
        DriftKind::PinOnly | DriftKind::FormattingOnly => "warning",
    }
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_property_cannot_end_itself() {
        assert_eq!(property("a,b:c%\r\n::"), "a%2Cb%3Ac%25%0D%0A%3A%3A");
        assert_eq!(data("a,b:c%\n"), "a,b:c%25%0A");
    }
}
