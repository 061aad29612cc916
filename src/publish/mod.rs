//! What a run says to the world: which things, where, what stands in for what, and what could not be said.
//!
//! A [`Publisher`] is told what is wanted and gets providers to say it with. Nothing here changes whether a run is good: what
//! cannot be published is a note, and is kept ([`Unpublished`]) so that a later run can publish it.

mod event;
mod ladder;
mod names;
mod publisher;
mod spool;
#[cfg(test)]
mod tests;

pub use self::{
    event::{Event, Observer, Observers},
    ladder::{below, Rung, LADDER},
    names::Names,
    publisher::{Failed, Outcome, Published, Publisher, Unavailable},
    spool::{Unpublished, SPOOL},
};

use serde::{Deserialize, Serialize};

/// Something to publish, by the word of `--publish`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Thing {
    /// A run with its tests where the vendor has a view for that and shows it at the right place.
    Tests,
    /// The same, also where it is shown somewhere else than one would look: check runs.
    Check,
    /// A status of the commit or the build.
    Status,
    /// The comment on the change.
    Comment,
}

impl Thing {
    /// All of them.
    pub const ALL: &'static [Thing] = &[Thing::Tests, Thing::Check, Thing::Status, Thing::Comment];

    /// The word.
    pub fn key(self) -> &'static str {
        match self {
            Thing::Tests => "tests",
            Thing::Check => "check",
            Thing::Status => "status",
            Thing::Comment => "comment",
        }
    }

    /// What people call it.
    pub fn as_str(self) -> &'static str {
        match self {
            Thing::Tests => "test run",
            Thing::Check => "check run",
            Thing::Status => "status",
            Thing::Comment => "comment",
        }
    }
}

/// Who wants something published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asked {
    /// Nobody said so: it is done where it can be done.
    ByDefault,
    /// Somebody said so, and is told when it cannot be done.
    ByName,
}
