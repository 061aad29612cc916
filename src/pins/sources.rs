//! The three layers that a version is looked up in.

use super::{defaults, image_key, Image, Key, Kind, Pin, Set};

/// Where a version comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// ci-gen chose it.
    Default,
    /// The lock holds it.
    Lock,
    /// The spec says so.
    Spec,
}

impl Origin {
    /// The word that people and tools read.
    pub fn key(self) -> &'static str {
        match self {
            Origin::Default => "default",
            Origin::Lock => "lock",
            Origin::Spec => "spec",
        }
    }
}

/// The versions that a pipeline is rendered with: `[pins]` of the spec, then the lock, then the defaults.
///
/// ```
/// use ci_gen::pins::{Kind, Origin, Pin, Pins};
///
/// let mut pins = Pins::default();
/// assert_eq!(pins.image("postgres:16"), "postgres:16");
/// let digest = format!("sha256:{}", "ab".repeat(32));
/// let pin = Pin { version: "16".to_owned(), hash: Some(digest.clone()) };
/// pins.lock.insert((Kind::Image, "postgres:16".to_owned()), pin);
/// assert_eq!(pins.image("postgres:16"), format!("postgres:16@{digest}"));
/// assert_eq!(pins.origin(Kind::Action, "actions/checkout"), Some(Origin::Default));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pins {
    /// What `[pins]` of the spec says.
    pub spec: Set,
    /// What the lock holds.
    pub lock: Set,
}

impl Pins {
    /// The version of something, and where it comes from.
    pub fn get(&self, kind: Kind, name: &str) -> Option<(&Pin, Origin)> {
        let key: Key = (kind, name.to_owned());
        let layers = [(&self.spec, Origin::Spec), (&self.lock, Origin::Lock), (defaults(), Origin::Default)];
        layers.into_iter().find_map(|(set, origin)| set.get(&key).map(|pin| (pin, origin)))
    }

    /// Where the version of something comes from; `None` if nobody has said anything.
    pub fn origin(&self, kind: Kind, name: &str) -> Option<Origin> {
        self.get(kind, name).map(|(_, origin)| origin)
    }

    /// The version of an action that ci-gen chooses.
    pub fn action(&self, name: &str) -> Pin {
        // The names are those of the defaults, as the goldens show.
        self.get(Kind::Action, name).map(|(pin, _)| pin.clone()).unwrap_or_default()
    }

    /// An image that ci-gen chooses, complete: `cimg/base:2026.03`.
    pub fn own_image(&self, name: &str) -> String {
        match self.get(Kind::Image, name) {
            Some((Pin { version, hash: Some(digest) }, _)) => format!("{name}:{version}@{digest}"),
            Some((Pin { version, hash: None }, _)) => format!("{name}:{version}"),
            None => name.to_owned(),
        }
    }

    /// An image that the spec names, with its digest if one is known. One that already has a digest stays as it is.
    pub fn image(&self, reference: &str) -> String {
        if Image::parse(reference).is_none_or(|it| it.digest.is_some()) {
            return reference.to_owned();
        }
        match self.get(Kind::Image, &image_key(reference)) {
            Some((Pin { hash: Some(digest), .. }, _)) => format!("{reference}@{digest}"),
            _ => reference.to_owned(),
        }
    }
}
