//! Which pinned things the rendered files use, and where.

use std::collections::BTreeMap;

use super::{
    bump::Direction,
    compare::{is_image_place, orb, words},
    defaults, image_key, is_commit,
    uses::Uses,
    Image, Key, Kind, Names, Pin, Pins,
};

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, as it is written below the root.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.path, self.line)
    }
}

/// Something that rendered files use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Used {
    /// The version in them. An action without a hash is not pinned.
    pub pin: Pin,
    /// Every line that names it.
    pub places: Vec<Place>,
    /// Other versions of it, which only overrides can bring in; none of them is newer.
    pub others: Vec<(Pin, Place)>,
}

/// What tells references from other words.
pub struct Known<'a> {
    /// The versions that files are rendered with.
    pub pins: &'a Pins,
    /// The images that the spec names.
    pub images: &'a Names,
}

/// What the files, as path and text, use.
///
/// Actions and orbs are recognised by their form, images by their names. An image whose tag is a variable in a file is
/// not pinned there, so it is not counted.
pub fn used<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>, known: &Known<'_>) -> BTreeMap<Key, Used> {
    let mut all: BTreeMap<Key, Used> = BTreeMap::new();
    for (path, text) in files {
        for (index, line) in text.lines().enumerate() {
            for (key, pin) in references(line, known) {
                let place = Place { path: path.to_owned(), line: index + 1 };
                let new = || Used { pin: pin.clone(), places: Vec::new(), others: Vec::new() };
                let used = all.entry(key).or_insert_with(new);
                if used.pin.direction(&pin) == Direction::Newer {
                    let older = std::mem::replace(&mut used.pin, pin);
                    used.others.extend(used.places.first().map(|it| (older, it.clone())));
                } else if used.pin != pin {
                    used.others.push((pin, place.clone()));
                }
                if used.places.last() != Some(&place) {
                    used.places.push(place);
                }
            }
        }
    }
    all
}

fn references(line: &str, known: &Known<'_>) -> Vec<(Key, Pin)> {
    if let Some(uses) = Uses::parse(line) {
        let hash = is_commit(uses.reference).then(|| uses.reference.to_owned());
        let version = uses.tag.unwrap_or(uses.reference).to_owned();
        return vec![((Kind::Action, uses.name.to_owned()), Pin { version, hash })];
    }
    let words = words(line).into_iter();
    words.filter_map(|(at, word)| orb_at(line, word).or_else(|| image_at(line, at, word, known))).collect()
}

fn orb_at(line: &str, word: &str) -> Option<(Key, Pin)> {
    let (name, version) = orb(line, word)?;
    Some(((Kind::Orb, name.to_owned()), Pin { version: version.to_owned(), hash: None }))
}

fn image_at(line: &str, at: usize, word: &str, known: &Known<'_>) -> Option<(Key, Pin)> {
    let image = Image::parse(word).filter(|it| it.digest.is_some() || is_image_place(line, at))?;
    let full = image_key(word);
    let version = image.tag.unwrap_or("latest").to_owned();
    let key = match known.images.contains_key(&full) {
        true => full,
        // Of an image that ci-gen chooses, the version is known.
        false => {
            let own = (Kind::Image, image.name.to_owned());
            let chosen = known.pins.get(Kind::Image, image.name).filter(|_| defaults().contains_key(&own));
            chosen.filter(|(pin, _)| pin.version == version).map(|_| image.name.to_owned())?
        }
    };
    // Where the same image stands without its digest, it could not be written; the lock keeps it.
    let hash = image.digest.map(str::to_owned);
    let pinned = known.pins.get(Kind::Image, &key).and_then(|(pin, _)| pin.hash.clone());
    Some(((Kind::Image, key), Pin { version, hash: hash.or(pinned) }))
}
