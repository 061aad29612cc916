//! One leg of a job as a step.

use serde::Serialize;

use super::{
    artifact,
    cache::Caches,
    guard::Guard,
    machine::{self, Kind, Machine},
    pipeline::Condition,
    script,
    service::{self, Services},
};
use crate::{
    plan::{Job, Leg, Plan},
    spec::Os,
    systems::{
        toolchain::{leg_image, LegImage},
        Lowering,
    },
};

/// A step; what is absent is not printed.
#[derive(Debug, Serialize)]
pub(super) struct Step {
    /// The job's index, which tells what pipelines have the step.
    #[serde(skip)]
    pub(super) job: usize,
    /// The job's part of the names of what its steps share.
    #[serde(skip)]
    pub(super) family: String,
    pub(super) anchor: String,
    description: Option<String>,
    name: String,
    /// Its own image, unless the file's image is the same.
    image: Option<String>,
    runs_on: Vec<String>,
    size: Option<String>,
    max_time: Option<u64>,
    clone: Option<Clone>,
    caches: Vec<String>,
    services: Vec<String>,
    pub(super) condition: Option<Condition>,
    pub(super) script: Vec<script::Item>,
    artifacts: Option<artifact::Artifacts>,
}

/// How the repository is checked out; what is absent is the default.
#[derive(std::clone::Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Clone {
    disabled: bool,
    /// A number, or `full`.
    depth: Option<serde_json::Value>,
    lfs: bool,
}

/// What all steps have in common and the file says once.
pub(super) struct Shared {
    pub(super) image: Option<String>,
    pub(super) clone: Option<Clone>,
    pub(super) max_time: Option<u64>,
}

/// The image of steps that ask for none: <https://hub.docker.com/r/atlassian/default-image>
const DEFAULT_IMAGE: &str = "atlassian/default-image";

/// What steps share by name.
pub(super) struct Definitions<'a> {
    pub(super) caches: Caches,
    pub(super) services: Services,
    artifacts: artifact::Flow<'a>,
}

impl<'a> Definitions<'a> {
    pub(super) fn new(plan: &'a Plan) -> Self {
        let (caches, services) = (Caches::default(), Services::default());
        Definitions { caches, services, artifacts: artifact::Flow::of(plan) }
    }
}

/// What people read: the job's name and the leg's values, or its id where another leg has the same values.
fn name(job: &Job, leg: &Leg) -> String {
    let title = leg.title();
    let twins = job.legs.iter().filter(|it| it.title() == title).count();
    match (job.legs.len(), twins) {
        (1, _) if title.is_empty() => job.name.clone(),
        (_, 1) if !title.is_empty() => format!("{} ({title})", job.name),
        _ => format!("{} ({})", job.name, leg.id),
    }
}

/// The step of a leg of the job with that index.
pub(super) fn lower(
    plan: &Plan,
    index: usize,
    leg: &Leg,
    guard: Option<&Guard>,
    definitions: &mut Definitions<'_>,
    out: &mut Lowering<'_>,
) -> Step {
    let job = &plan.jobs[index];
    let machine = machine::of(plan, job, leg, out);
    let is_first = job.legs.first() == Some(leg);
    Step {
        job: index,
        family: anchor(&job.slug),
        anchor: anchor(&leg.id),
        description: job.description.clone().filter(|_| is_first),
        name: name(job, leg),
        image: image(plan, job, leg, &machine, out),
        max_time: out.timeout_in_minutes(job),
        clone: clone(job),
        caches: definitions.caches.of(job, leg),
        services: service::lower(plan, job, leg, &machine, &mut definitions.services, out),
        condition: None,
        script: script::lower(plan, job, leg, &machine, guard, out),
        artifacts: artifact::lower(plan, index, leg, &definitions.artifacts, out),
        runs_on: machine.labels,
        size: machine.size,
    }
}

/// Leg ids are names that YAML may take for something else, or that begin with a digit.
fn anchor(id: &str) -> String {
    const WORDS: &[&str] = &["true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf", "undefined"];
    let plain = id.starts_with(|c: char| c.is_ascii_alphabetic()) && !WORDS.contains(&id);
    if plain {
        id.to_owned()
    } else {
        format!("_{id}")
    }
}

fn image(plan: &Plan, job: &Job, leg: &Leg, machine: &Machine, out: &mut Lowering<'_>) -> Option<String> {
    if machine.kind == Kind::Shell {
        if leg.image.is_some() {
            let place = if machine.os == Os::Linux { "a shell runner" } else { machine::title(machine.os) };
            let message = format!("the leg `{}` runs on {place}, where Bitbucket has no containers", leg.id);
            out.refuse(&job.place.key("image"), message, "give that leg no image, or a Linux runner");
        }
        return None;
    }
    let image = match leg_image(leg) {
        LegImage::Image(image) => plan.pins.image(&image),
        LegImage::None => plan.pins.own_image(DEFAULT_IMAGE),
        LegImage::Several => {
            let message = format!("no official image has all toolchains of the leg `{}`", leg.id);
            out.refuse(&job.place.key("setup"), message, "set `image` to one that has them all");
            return None;
        }
    };
    // https://support.atlassian.com/bitbucket-cloud/docs/use-docker-images-as-build-environments/
    if image.contains('$') {
        let message = format!("Bitbucket would replace variables in the image `{image}`");
        out.refuse(&job.place.key("image"), message, "name the image without `$`");
    }
    Some(image)
}

/// <https://support.atlassian.com/bitbucket-cloud/docs/git-clone-behavior/>
fn clone(job: &Job) -> Option<Clone> {
    let Some(checkout) = &job.checkout else { return Some(Clone { disabled: true, depth: None, lfs: false }) };
    let depth = checkout.depth.map(|depth| match depth {
        0 => "full".into(),
        depth => depth.into(),
    });
    (depth.is_some() || checkout.lfs).then_some(Clone { disabled: false, depth, lfs: checkout.lfs })
}

/// Takes out of the steps what all of them have in common.
pub(super) fn share(steps: &mut [Step]) -> Shared {
    let image = common(steps.iter().filter(|it| it.image.is_some()).map(|it| &it.image));
    let clone = common(steps.iter().map(|it| &it.clone));
    let max_time = common(steps.iter().map(|it| &it.max_time));
    for step in steps {
        step.image = step.image.take().filter(|_| image.is_none());
        step.clone = step.clone.take().filter(|_| clone.is_none());
        step.max_time = step.max_time.filter(|_| max_time.is_none());
    }
    Shared { image, clone, max_time }
}

/// What several steps all say.
fn common<'a, T: PartialEq + std::clone::Clone + 'a>(values: impl Iterator<Item = &'a Option<T>>) -> Option<T> {
    let values: Vec<&Option<T>> = values.collect();
    let (first, others) = values.split_first()?;
    others.iter().all(|it| it == first).then(|| (*first).clone()).flatten()
}
