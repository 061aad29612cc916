//! The classes of drift: their names, what they mean, the way out of each.

use crate::{
    files::{Author, Drift, DriftKind, File},
    pins, render,
};

/// Every class, in the order in which they are explained.
pub(super) const ALL: &[DriftKind] =
    &[DriftKind::Changed, DriftKind::PinOnly, DriftKind::FormattingOnly, DriftKind::Missing, DriftKind::Orphaned];

/// The class of a file of ours that differs from what the spec makes.
pub(super) fn of_change(expected: &File, found: &str) -> DriftKind {
    if render::same(&expected.path, found, &expected.text) {
        return DriftKind::FormattingOnly;
    }
    match pins::only_pins_differ(&expected.text, found) {
        Some(_) => DriftKind::PinOnly,
        None => DriftKind::Changed,
    }
}

/// The word for people and tools.
pub(super) fn word(kind: DriftKind) -> &'static str {
    match kind {
        DriftKind::Changed => "changed",
        DriftKind::PinOnly => "pin-only",
        DriftKind::FormattingOnly => "formatting-only",
        DriftKind::Missing => "missing",
        DriftKind::Orphaned => "orphaned",
    }
}

/// What the class says about a file, in one sentence without a full stop.
pub(super) fn meaning(kind: DriftKind) -> &'static str {
    match kind {
        DriftKind::Changed => "the file is not what the spec renders",
        DriftKind::PinOnly => "the file names other versions than the spec renders, and differs in nothing else",
        DriftKind::FormattingOnly => "the file says what the spec renders, in another layout",
        DriftKind::Missing => "the spec renders the file, and it is not there",
        DriftKind::Orphaned => "the file was generated from the spec, which does not render it any more",
    }
}

/// What to do about it, in one sentence without a full stop.
pub(super) fn way_out(kind: DriftKind) -> &'static str {
    match kind {
        DriftKind::Changed => "make the change in the spec, then write the file with `ci-gen check --fix`",
        DriftKind::PinOnly => "keep the versions with `ci-gen pins adopt`, or drop them with `ci-gen render --force`",
        DriftKind::FormattingOnly => {
            "write the file with `ci-gen check --fix`, and keep formatters and linters that rewrite away from it"
        }
        DriftKind::Missing => "write the file with `ci-gen check --fix`",
        DriftKind::Orphaned => "delete the file with `ci-gen check --fix`",
    }
}

/// What is the matter with one file, and what to do about it.
pub(super) fn of(drift: &Drift) -> (&'static str, &'static str) {
    match drift.author {
        Author::SomebodyElse => (
            "ci-gen did not write this file: it has no header of ci-gen in its first lines",
            "move it away, or give the pipeline another `path` in `[target.NAME]`",
        ),
        Author::CiGen => (meaning(drift.kind), way_out(drift.kind)),
    }
}

/// `1 changed, 2 missing`
pub(super) fn counts(drifts: &[Drift]) -> String {
    let count = |kind: &DriftKind| drifts.iter().filter(|it| it.kind == *kind).count();
    let parts = ALL.iter().map(|kind| (count(kind), word(*kind))).filter(|(count, _)| *count > 0);
    parts.map(|(count, word)| format!("{count} {word}")).collect::<Vec<_>>().join(", ")
}
