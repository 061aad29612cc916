//! `[pins]` of a spec resolved, and digests put behind the images that they belong to.

use indexmap::IndexMap;

use super::{builder::Builder, Plan, Text};
use crate::{
    diag::{Diagnostic, Place},
    pins::{defaults, image_key, is_commit, is_digest, Image, Key, Kind, Pin, Pins, Set},
    spec::{self, PinUse},
};

/// What `[pins]` says; faults are reported. Whether the spec has such an image is known only to the systems.
pub(super) fn build(builder: &mut Builder<'_>) -> Pins {
    let mut set = Set::new();
    let spec = builder.spec;
    for (name, pin) in &spec.pins {
        let at = Place::root().key("pins").key(name);
        match resolve(name, pin) {
            Ok((key, pin)) => {
                builder.diagnostics.extend(unknown(&key, &at));
                set.insert(key, pin);
            }
            Err((message, help)) => builder.error("pin", at, message, Some(help)),
        }
    }
    Pins { spec: set, ..Pins::default() }
}

fn is_own(kind: Kind, name: &str) -> bool {
    defaults().contains_key(&(kind, name.to_owned()))
}

type Fault = (String, String);

fn resolve(name: &str, pin: &PinUse) -> Result<(Key, Pin), Fault> {
    let table = match pin {
        PinUse::Table(table) => table.clone(),
        PinUse::Text(text) if text.starts_with("sha256:") => {
            spec::Pin { digest: Some(text.clone()), ..spec::Pin::default() }
        }
        PinUse::Text(text) if is_own(Kind::Image, name) => {
            spec::Pin { tag: Some(text.clone()), ..spec::Pin::default() }
        }
        PinUse::Text(text) if is_own(Kind::Action, name) || Image::parse(name).is_some_and(|it| it.tag.is_some()) => {
            let help = match is_own(Kind::Action, name) {
                true => format!("write `{{ tag = \"{text}\", commit = \"<40 hexadecimal digits>\" }}`"),
                false => "write `\"sha256:<64 hexadecimal digits>\"`".to_owned(),
            };
            return Err((format!("`{text}` pins `{name}` to nothing exact"), help));
        }
        PinUse::Text(text) => return orb(name, text),
    };
    match table.commit.is_some() || is_own(Kind::Action, name) {
        true => action(name, table),
        false => image(name, table),
    }
}

fn orb(name: &str, version: &str) -> Result<(Key, Pin), Fault> {
    let exact = version.split('.').count() == 3 && version.split('.').all(|it| it.parse::<u32>().is_ok());
    if !exact || name.split('/').count() != 2 {
        let message = format!("`\"{name}\" = \"{version}\"` is neither an orb with its version nor an image's digest");
        return Err((message, "orbs are pinned like `\"circleci/windows\" = \"5.1.0\"`".to_owned()));
    }
    Ok(((Kind::Orb, name.to_owned()), Pin { version: version.to_owned(), hash: None }))
}

fn action(name: &str, table: spec::Pin) -> Result<(Key, Pin), Fault> {
    let help = "write `{ tag = \"v1.2.3\", commit = \"<40 hexadecimal digits>\" }`".to_owned();
    match (table.tag, table.commit, table.digest) {
        (Some(tag), Some(commit), None) if is_commit(&commit) && !tag.trim().is_empty() => {
            let plain = |c: char| c.is_ascii_alphanumeric() || "._-/+".contains(c);
            match tag.chars().all(plain) {
                true => Ok(((Kind::Action, name.to_owned()), Pin { version: tag, hash: Some(commit) })),
                false => Err((format!("`{tag}` is no tag"), help)),
            }
        }
        (_, Some(commit), _) if !is_commit(&commit) => Err((format!("`{commit}` is no full commit"), help)),
        _ => Err((format!("the action `{name}` needs `tag` and `commit`, and nothing else"), help)),
    }
}

fn image(name: &str, table: spec::Pin) -> Result<(Key, Pin), Fault> {
    let help = "write `\"name:tag\" = \"sha256:<64 hexadecimal digits>\"`".to_owned();
    if let Some(digest) = table.digest.as_ref().filter(|it| !is_digest(it)) {
        return Err((format!("`{digest}` is no digest"), help));
    }
    let own = is_own(Kind::Image, name);
    let full = match (&table.tag, own) {
        (Some(tag), true) => format!("{name}:{tag}"),
        _ => image_key(name),
    };
    match (Image::parse(&full), table.tag.is_some() == own) {
        (Some(Image { tag: Some(tag), digest: None, .. }), true) if own || table.digest.is_some() => {
            let key = if own { name.to_owned() } else { full.clone() };
            Ok(((Kind::Image, key), Pin { version: tag.to_owned(), hash: table.digest }))
        }
        (Some(_), false) if own => Err((
            format!("the image `{name}` needs a `tag`"),
            format!("write `\"{name}\" = {{ tag = \"…\", digest = \"…\" }}`"),
        )),
        (Some(_), _) => Err((format!("the image `{name}` needs a `digest`, and its tag in the name"), help)),
        (None, _) => Err((format!("`{full}` is no image"), help)),
    }
}

/// A pin of something that ci-gen never writes is a slip of the pen.
fn unknown((kind, name): &Key, at: &Place) -> Option<Diagnostic> {
    let known = defaults().keys().filter(|(it, _)| it == kind).map(|(_, name)| name.as_str());
    match kind {
        _ if is_own(*kind, name) => None,
        Kind::Action => {
            let message = format!("ci-gen writes no action `{name}`");
            Some(Diagnostic::error("unknown-pin", at.clone(), message).on_key().suggest(name, known))
        }
        // The systems know the images of toolchains, so they look.
        Kind::Image => None,
        Kind::Orb => {
            let message = format!("ci-gen writes no orb `{name}` by itself, so this pins nothing");
            let help = "pin it where the spec uses it";
            Some(Diagnostic::warning("unknown-pin", at.clone(), message).on_key().help(help))
        }
    }
}

/// The images that the spec names for its services and jobs, as it names them.
pub(super) fn images(plan: &Plan) -> IndexMap<String, Place> {
    let mut images = IndexMap::new();
    for job in &plan.jobs {
        for leg in &job.legs {
            if let Some(image) = &leg.image {
                images.entry(image.clone()).or_insert_with(|| job.place.key("image"));
            }
            for service in leg.services.iter().filter_map(|name| plan.services.get(name)) {
                if let Some(image) = leg.fill(&service.image).as_literal() {
                    images.entry(image.to_owned()).or_insert_with(|| service.place.key("image"));
                }
            }
        }
    }
    images
}

impl Plan {
    /// Takes the versions of a lock, and puts digests behind the images whose names hold no values.
    ///
    /// The images of single legs, and those of toolchains, get theirs when a system writes them as a literal.
    pub fn pin(&mut self, lock: Set) {
        let pins = Pins { spec: self.pins.spec.clone(), lock };
        let before = std::mem::replace(&mut self.pins, pins.clone());
        // What an earlier lock has put behind an image goes; what the spec says itself stays.
        let again = |image: &str| match image.split_once('@') {
            Some((bare, _)) if before.image(bare) == image => pins.image(bare),
            _ => pins.image(image),
        };
        let pin = |text: &mut Text| {
            if let Some(image) = text.as_literal() {
                *text = Text::literal(again(image));
            }
        };
        self.services.values_mut().for_each(|service| pin(&mut service.image));
        for job in &mut self.jobs {
            let Some(image) = job.image.as_mut().filter(|it| it.as_literal().is_some()) else { continue };
            pin(image);
            for leg in job.legs.iter_mut() {
                leg.image = leg.image.take().map(|it| again(&it));
            }
        }
    }
}
