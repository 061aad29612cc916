//! Bumps that a bot made in rendered files, sorted into those that the lock takes and those that it does not.

use super::{bump::Direction, defaults, Bump, Key, Kind, Known, Pin, Place};

/// Whether older versions may be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Downgrades {
    /// They are refused.
    Refuse,
    /// They are taken like any other.
    Allow,
}

/// What becomes of the bumps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Adoption {
    /// What the lock takes.
    pub taken: Vec<Taken>,
    /// What the spec says itself, so that the lock cannot change it.
    pub told: Vec<Told>,
    /// What must not be taken. Unless it is empty, nothing should be.
    pub refused: Vec<Refused>,
}

/// A version that the lock takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// What it is of.
    pub key: Key,
    /// The version before.
    pub from: Pin,
    /// The new version.
    pub to: Pin,
    /// Where it was found.
    pub places: Vec<Place>,
}

/// A bump of something that the spec names with its version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What it is of.
    pub key: Key,
    /// The bump.
    pub bump: Bump,
    /// Where it was found.
    pub place: Place,
}

/// A bump that must not be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// What is wrong, in one line without a full stop.
    pub message: String,
    /// The way out.
    pub help: String,
}

/// Sorts bumps, each with the path of its file.
///
/// What every file still has in the generated version is no disagreement: bots bump files one by one.
pub fn adopt(bumps: &[(String, Bump)], known: &Known<'_>, downgrades: Downgrades) -> Adoption {
    let mut adoption = Adoption::default();
    for (path, bump) in bumps {
        let key = bump.key(known.images);
        let place = Place { path: path.clone(), line: bump.line };
        if is_of_spec(&key, bump, known) {
            adoption.told.push(Told { key, bump: bump.clone(), place });
        } else if let Some(refused) = refusal(&key, bump, &place, downgrades) {
            adoption.refused.push(refused);
        } else {
            take(key, bump, place, &mut adoption);
        }
    }
    adoption
}

/// Whether the version stands in the spec, which goes before the lock.
fn is_of_spec(key: &Key, bump: &Bump, known: &Known<'_>) -> bool {
    if known.pins.spec.contains_key(key) {
        return true;
    }
    match known.images.get(&key.1).filter(|_| key.0 == Kind::Image) {
        Some(written) => bump.from.version != bump.to.version || written.contains('@'),
        None => !defaults().contains_key(key),
    }
}

fn refusal((kind, name): &Key, bump: &Bump, place: &Place, downgrades: Downgrades) -> Option<Refused> {
    match bump.direction() {
        _ if *kind == Kind::Action && bump.to.hash.is_none() => Some(Refused {
            message: format!("{place}: `{name}@{}` is not pinned to a commit", bump.to.version),
            help: format!(
                "let the bot pin (`{name}@<40 hexadecimal digits> # {0}`), or take the version with \
                 `ci-gen pins update {name} --major`",
                bump.to.version
            ),
        }),
        Direction::Unpinned => Some(Refused {
            message: format!("{place}: `{name}` has lost its digest {}", bump.from),
            help: "set it back, or delete the digest in the lock and render".to_owned(),
        }),
        Direction::Older if downgrades == Downgrades::Refuse => Some(Refused {
            message: format!("{place}: `{name}` goes back from {} to {}", bump.from, bump.to),
            help: "`--allow-downgrade` takes it; `ci-gen render` writes the version of the lock".to_owned(),
        }),
        _ => None,
    }
}

fn take(key: Key, bump: &Bump, place: Place, adoption: &mut Adoption) {
    let twin = adoption.taken.iter_mut().find(|it| it.key == key);
    match twin {
        Some(taken) if taken.to == bump.to => taken.places.push(place),
        Some(Taken { to, places, .. }) => {
            let first = places.first().map(Place::to_string).unwrap_or_default();
            adoption.refused.push(Refused {
                message: format!("`{}` is {to} in {first}, but {} in {place}", key.1, bump.to),
                help: "merge one bump after the other, or set one of the two back".to_owned(),
            });
        }
        None => {
            let (from, to) = (bump.from.clone(), bump.to.clone());
            adoption.taken.push(Taken { key, from, to, places: vec![place] });
        }
    }
}
