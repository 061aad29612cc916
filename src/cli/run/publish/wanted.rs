//! What is to be published: by the flags, else by the spec, else by where the run takes place.

use std::collections::BTreeMap;

use super::arguments::{PublishArguments, Word};
use crate::{
    context::Context,
    plan,
    publish::{Asked, Thing},
};

/// What a run is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli::run) enum Part {
    /// One leg, or all there is.
    Leg,
    /// The reports of all legs, merged.
    Whole,
}

/// What is to be published, and who wants it.
///
/// With `[report]` the spec says it, and the run that merges does it: its legs do nothing by themselves. Outside of CI
/// nothing is published that nobody asked for.
pub(super) fn wanted(
    arguments: &PublishArguments,
    report: Option<&plan::Report>,
    part: Part,
    context: &Context,
) -> BTreeMap<Thing, Asked> {
    let mut wanted = BTreeMap::new();
    if !arguments.publish.is_empty() {
        let things = arguments.publish.iter().copied().filter_map(Word::thing);
        wanted.extend(things.map(|it| (it, Asked::ByName)));
    } else if let Some(report) = report {
        let keys = [(report.check, Thing::Check), (report.status, Thing::Status), (report.comment, Thing::Comment)];
        let named = keys.into_iter().filter(|(named, _)| *named && part == Part::Whole);
        wanted.extend(named.map(|(_, thing)| (thing, Asked::ByName)));
    } else if context.system.is_some() {
        wanted.extend([(Thing::Tests, Asked::ByDefault), (Thing::Status, Asked::ByDefault)]);
    }
    if arguments.enable_pr_comments {
        wanted.insert(Thing::Comment, Asked::ByName);
    }
    wanted
}
