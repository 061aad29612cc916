//! The images that a spec names: its own, those of toolchains, and those in single systems' terms.

use indexmap::IndexMap;

use super::{get, toolchain};
use crate::{
    diag::{Diagnostic, Place},
    id::SystemId,
    pins::{defaults, image_key, Kind},
    plan::Plan,
};

/// The images that a spec names, directly or by a toolchain, as it names them, with the place of each.
pub fn images(plan: &Plan) -> IndexMap<String, Place> {
    let mut images = plan.images.clone();
    let systems = SystemId::ALL.iter().flat_map(|id| get(*id).images(plan));
    for (image, place) in toolchain::images(plan).into_iter().chain(systems) {
        images.entry(image).or_insert(place);
    }
    images
}

/// Pins of images that nothing in the spec names.
pub(super) fn unknown_pins(plan: &Plan) -> Vec<Diagnostic> {
    let of_images = plan.pins.spec.keys().filter(|(kind, _)| *kind == Kind::Image).map(|(_, name)| name);
    let mut pinned = of_images.filter(|name| !defaults().contains_key(&(Kind::Image, (*name).clone()))).peekable();
    if pinned.peek().is_none() {
        return Vec::new();
    }
    let known: Vec<String> = images(plan).keys().map(|it| image_key(it)).collect();
    let unknown = pinned.filter(|name| !known.contains(name)).map(|name| {
        let message = format!("nothing in the spec uses the image `{name}`");
        let at = Place::root().key("pins").key(name);
        Diagnostic::error("unknown-pin", at, message).on_key().suggest(name, known.iter().map(String::as_str))
    });
    unknown.collect()
}
