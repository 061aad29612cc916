//! `ci-gen check --fix`: repairs what drifted, and says how.

use std::path::Path;

use super::super::{exit, render::count, render::failures, terminal::Terminal};
use crate::files::{self, Author, Drift, DriftKind, File, Overwrite};

/// Writes what differs or is missing and deletes orphans, or does nothing.
///
/// # Errors
/// The exit code: a file of somebody else is in the way, or the system refuses.
pub(super) fn run(root: &Path, files: &[File], drifts: &[Drift], terminal: &mut Terminal) -> Result<(), u8> {
    let foreign: Vec<&Drift> = drifts.iter().filter(|it| it.author == Author::SomebodyElse).collect();
    for drift in &foreign {
        let (what, way_out) = super::class::of(drift);
        terminal.problem(&format!("error: cannot fix `{}`: {what}\nhelp: {way_out}", drift.path));
    }
    if !foreign.is_empty() {
        terminal.problem("nothing was fixed");
        return Err(exit::SPEC);
    }
    let orphans = drifts.iter().filter(|it| it.kind == DriftKind::Orphaned).map(|it| it.path.clone());
    let orphans: Vec<String> = orphans.collect();
    let fixed = files::write(root, files, Overwrite::Ours).and_then(|_| files::remove(root, &orphans));
    fixed.map_err(|errors| {
        failures(&errors, terminal);
        exit::SPEC
    })?;
    for drift in drifts {
        let done = match drift.kind {
            DriftKind::Missing => "created",
            DriftKind::Changed | DriftKind::PinOnly | DriftKind::FormattingOnly => "updated",
            DriftKind::Orphaned => "deleted",
        };
        terminal.note(&format!("{done:>9}  {}", drift.path));
    }
    terminal.note(&format!("{} fixed", count(drifts.len(), "file")));
    Ok(())
}
