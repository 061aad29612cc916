//! One version that changed to another.

use std::cmp::Ordering;

use super::{image_key, version, Key, Kind, Names, Pin};

/// A reference in a committed file that has another version than the generated one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bump {
    /// What changed its version.
    pub kind: Kind,
    /// Its name alone, without tag.
    pub name: String,
    /// The generated version.
    pub from: Pin,
    /// The committed version. Without a hash an action is not pinned.
    pub to: Pin,
    /// The line of the committed file, from 1.
    pub line: usize,
}

/// Which way a version changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// A higher version, or one that was not pinned to a hash before.
    Newer,
    /// A lower version.
    Older,
    /// Pinned to a hash before, and no longer.
    Unpinned,
    /// Another hash of the same version, or versions without an order.
    Other,
}

impl Pin {
    /// Which way it is from here to another version.
    pub fn direction(&self, to: &Pin) -> Direction {
        match (version::order(&self.version, &to.version), &self.hash, &to.hash) {
            (_, Some(_), None) => Direction::Unpinned,
            (Some(Ordering::Less), ..) => Direction::Newer,
            (Some(Ordering::Greater), ..) => Direction::Older,
            (Some(Ordering::Equal), None, Some(_)) => Direction::Newer,
            (None, None, Some(_)) if self.version == to.version => Direction::Newer,
            _ => Direction::Other,
        }
    }
}

impl Bump {
    /// Which way it goes.
    pub fn direction(&self) -> Direction {
        self.from.direction(&self.to)
    }

    /// What a lock calls it, given the images that the spec names.
    pub fn key(&self, named: &Names) -> Key {
        let full = image_key(&format!("{}:{}", self.name, self.from.version));
        match self.kind == Kind::Image && named.contains_key(&full) {
            true => (self.kind, full),
            false => (self.kind, self.name.clone()),
        }
    }
}

impl std::fmt::Display for Pin {
    /// `v7.0.1 (3d3c42e5aac5)`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let short = |hash: &String| {
            let digits = hash.strip_prefix("sha256:").unwrap_or(hash);
            digits.chars().take(12).collect::<String>()
        };
        match &self.hash {
            Some(hash) => write!(f, "{} ({})", self.version, short(hash)),
            None => f.write_str(&self.version),
        }
    }
}
