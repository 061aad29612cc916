//! What stands in for what when something cannot be published, in one table.

use super::Thing;

/// A way to say how tests ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rung {
    /// Something that is published.
    Thing(Thing),
    /// The summary of the job, on systems that have one.
    Summary,
    /// The log.
    Log,
}

/// The ways from the richest to the plainest. From a rung that does not bear, the next lower one is taken that does, and a
/// note says so.
pub const LADDER: &[Rung] = &[
    Rung::Thing(Thing::Check),
    Rung::Thing(Thing::Tests),
    Rung::Thing(Thing::Status),
    Rung::Thing(Thing::Comment),
    Rung::Summary,
    Rung::Log,
];

/// The rungs below something, the next one first.
///
/// ```
/// use ci_gen::publish::{below, Rung, Thing};
/// assert_eq!(below(Thing::Comment), [Rung::Summary, Rung::Log]);
/// ```
pub fn below(thing: Thing) -> &'static [Rung] {
    let at = LADDER.iter().position(|it| *it == Rung::Thing(thing)).map_or(LADDER.len(), |at| at + 1);
    let rest = &LADDER[at.min(LADDER.len())..];
    // A check run is a test run: one does not stand in for the other.
    match rest.first() {
        Some(Rung::Thing(Thing::Tests)) => &rest[1..],
        _ => rest,
    }
}

impl Rung {
    /// What it is called.
    pub fn as_str(self) -> &'static str {
        match self {
            Rung::Thing(thing) => thing.as_str(),
            Rung::Summary => "summary of the job",
            Rung::Log => "log",
        }
    }
}
