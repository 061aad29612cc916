//! What must not be written: versions behind the lock, and over versions that a bot has bumped.

use std::collections::BTreeMap;

use super::{bump::Direction, version, Bump, Key, Kind, Known, Origin, Pin, Place, Set, Used};

/// A version that a file is to get although the lock holds a newer one, or a pinned one.
#[derive(Debug)]
pub struct Behind<'a> {
    /// What it is a version of.
    pub key: &'a Key,
    /// What the lock holds.
    pub held: &'a Pin,
    /// What the file is to get.
    pub pin: &'a Pin,
    /// Where in it.
    pub place: Option<&'a Place>,
}

/// What files are to get although the lock holds something better.
pub fn behind<'a>(used: &'a BTreeMap<Key, Used>, lock: &'a Set) -> Vec<Behind<'a>> {
    let held = used.iter().filter_map(|(key, used)| lock.get(key).map(|held| (key, held, used)));
    let all = held.flat_map(|(key, held, used)| {
        let first = std::iter::once((&used.pin, used.places.first()));
        let others = used.others.iter().map(|(pin, place)| (pin, Some(place)));
        first.chain(others).map(move |(pin, place)| Behind { key, held, pin, place })
    });
    all.filter(|it| matches!(it.held.direction(it.pin), Direction::Older | Direction::Unpinned)).collect()
}

/// Whether a version in a committed file was put there by somebody else and would be lost.
///
/// What the lock holds was written by ci-gen itself. Where only the hash differs, nobody knows which one is newer, so
/// it is kept, too, unless the spec itself names the other.
pub fn is_ahead(bump: &Bump, known: &Known<'_>) -> bool {
    let pins = known.pins;
    let key = bump.key(known.images);
    let committed: Key = match (bump.kind, key.1 != bump.name) {
        (Kind::Image, true) => (bump.kind, format!("{}:{}", bump.name, bump.to.version)),
        _ => key.clone(),
    };
    if pins.lock.get(&committed) == Some(&bump.to)
        || pins.get(key.0, &key.1).is_none() && !known.images.contains_key(&key.1)
    {
        return false;
    }
    let is_newer = version::order(&bump.from.version, &bump.to.version).is_some_and(|it| it.is_lt());
    let spec_says = known.images.contains_key(&key.1) && bump.from.version != bump.to.version;
    match bump.direction() {
        // Without a lock nobody knows whether the spec was changed or the file.
        _ if spec_says => is_newer && !pins.lock.is_empty(),
        _ if is_newer => true,
        Direction::Newer => true,
        Direction::Other => !pins.lock.is_empty() && pins.origin(key.0, &key.1) != Some(Origin::Spec),
        Direction::Older | Direction::Unpinned => false,
    }
}
