//! Comments for findings of zizmor that only the spec's own choice causes.
//!
//! <https://docs.zizmor.sh/usage/#with-comments>

use crate::{
    pins::{image_key, Kind},
    plan::{Plan, Text},
};

/// An image named by a tag. A digest that only the lock has changes nothing: a bot that bumps it in the rendered file
/// leaves the comment there.
pub(super) fn image(plan: &Plan, image: &Text) -> Option<String> {
    let by_spec = |image: &str| {
        let key = (Kind::Image, image_key(image));
        image.contains('@') && (plan.images.contains_key(image) || plan.pins.spec.contains_key(&key))
    };
    let pinned = match image.as_literal() {
        Some(image) => by_spec(image),
        None => image.write(str::to_owned, |_| String::new()).contains("@sha256:"),
    };
    (!pinned).then(|| "zizmor: ignore[unpinned-images] the spec names a tag".to_owned())
}

/// A cache in a pipeline that is started by what people publish: tags and release branches.
pub(super) fn cache(plan: &Plan) -> Option<String> {
    let push = plan.triggers.push.as_ref()?;
    let publishes = !push.tags.is_empty() || push.branches.iter().any(|it| it.text().starts_with("release"));
    publishes.then(|| "zizmor: ignore[cache-poisoning] the spec asks for a cache and for tags".to_owned())
}

/// A script with `${{`, escaped by an expression that holds nothing else; other expressions never stand in a script.
pub(super) fn script(script: &str) -> Option<String> {
    script.contains("${{").then(|| "zizmor: ignore[template-injection] the spec's own text, escaped".to_owned())
}

/// A workflow that may write although a fork's run starts it.
pub(super) fn after() -> String {
    "zizmor: ignore[dangerous-triggers] it takes reports as data, and runs nothing of the change".to_owned()
}

/// Jobs of which several runs may be under way.
pub(super) fn concurrency(limited: bool) -> Option<String> {
    (!limited).then(|| "zizmor: ignore[concurrency-limits] the spec lets runs overlap".to_owned())
}
