//! Pins: the exact versions of actions, images and orbs, where they come from and how they change.
//!
//! A version is looked up in three layers: `[pins]` of the spec, then the lock beside it, then ci-gen's own defaults.
//! [`Pins`] holds them and is part of a plan. What a bot writes into a rendered file is read back by [`compare`] and
//! [`adopt()`]; [`update`] asks the vendors.

mod adopt;
mod bump;
mod compare;
mod defaults;
mod guard;
mod image;
mod lock;
mod read;
mod sources;
pub mod update;
mod used;
mod uses;

mod vendor;
mod version;

use std::collections::BTreeMap;

pub use self::{
    adopt::{adopt, Adoption, Downgrades, Refused, Taken, Told},
    bump::{Bump, Direction},
    compare::{compare, only_pins_differ, Comparison},
    defaults::defaults,
    guard::{behind, is_ahead, Behind},
    image::{image_key, is_digest, Image},
    lock::to_text,
    read::{read, Fault},
    sources::{Origin, Pins},
    used::{used, Known, Place, Used},
    uses::is_commit,
};

/// What is pinned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// An action of GitHub: a tag and its commit.
    Action,
    /// A container image: a tag and, once somebody has looked it up, a digest.
    Image,
    /// An orb of CircleCI: a version.
    Orb,
}

impl Kind {
    /// Every kind, in the order of a lock.
    pub const ALL: &'static [Kind] = &[Kind::Action, Kind::Image, Kind::Orb];

    /// The word that people and tools read.
    pub fn key(self) -> &'static str {
        match self {
            Kind::Action => "action",
            Kind::Image => "image",
            Kind::Orb => "orb",
        }
    }

    /// The table of a lock that holds them.
    pub fn table(self) -> &'static str {
        match self {
            Kind::Action => "actions",
            Kind::Image => "images",
            Kind::Orb => "orbs",
        }
    }
}

/// One exact version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pin {
    /// The tag of an action or image, the version of an orb.
    pub version: String,
    /// The commit of an action, the digest of an image; orbs need none, their versions never change.
    pub hash: Option<String>,
}

/// The kind and name of something pinned. An image that the spec names is called as there, tag included
/// (`postgres:16`); one that ci-gen chooses has its name alone (`cimg/base`), since its tag may move.
pub type Key = (Kind, String);

/// Versions by kind and name: a lock, the defaults, or what a spec says.
pub type Set = BTreeMap<Key, Pin>;

/// The images that a spec names: by their names in a lock, as the spec writes them.
pub type Names = BTreeMap<String, String>;
