//! The native jobs that a job of the plan becomes.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;

use super::{matrix, runner};
use crate::{
    plan::{Job, Leg, Plan, Text},
    spec::Os,
    systems::{
        toolchain::{image_text, leg_image, pinned_text, LegImage},
        variant::variants,
        Lowering,
    },
};

/// Legs that are one job of the file.
#[derive(Debug)]
pub(super) struct Native<'a> {
    /// The job's name in the file.
    pub(super) name: String,
    pub(super) legs: Vec<&'a Leg>,
    pub(super) os: Os,
    pub(super) tags: Vec<String>,
    pub(super) image: Option<Text>,
    pub(super) parallel: Option<matrix::Parallel>,
}

impl Native<'_> {
    /// Whether the job has several legs.
    pub(super) fn is_parallel(&self) -> bool {
        self.parallel.is_some()
    }
}

/// What legs of one native job must share.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Kind {
    os: Os,
    tags: Vec<String>,
    runner: String,
    in_image: bool,
    services: Vec<String>,
    allow_failure: bool,
    /// Where no text with matrix values gives every leg its image.
    image: Option<LegImage>,
}

/// Keywords of the file, which cannot be names of jobs; a job called `pages` publishes a web site.
///
/// <https://docs.gitlab.com/ci/jobs/#job-names>, <https://docs.gitlab.com/ci/yaml/#global-keywords>,
/// <https://docs.gitlab.com/ci/yaml/#pages>
const RESERVED: &[&str] = &[
    "after_script",
    "before_script",
    "cache",
    "default",
    "false",
    "image",
    "include",
    "nil",
    "pages",
    "services",
    "spec",
    "stages",
    "true",
    "types",
    "variables",
    "workflow",
];

/// How long a name may be, for which job, and where GitLab says so.
type NameLimit = (usize, &'static str, &'static str);

const NAME: NameLimit = (255, "a job", "https://docs.gitlab.com/ci/jobs/#job-names");
const NEEDED_NAME: NameLimit = (128, "a job that another one needs", "https://docs.gitlab.com/ci/yaml/#needs");

/// The native jobs of every job.
pub(super) fn all<'a>(plan: &'a Plan, out: &mut Lowering<'_>) -> Vec<Vec<Native<'a>>> {
    let needed: HashSet<usize> = plan.jobs.iter().flat_map(|job| job.needs.iter().copied()).collect();
    let limit = |index: usize| if needed.contains(&index) { NEEDED_NAME } else { NAME };
    plan.jobs.iter().enumerate().map(|(index, job)| of(plan, job, limit(index), out)).collect()
}

fn of<'a>(plan: &'a Plan, job: &'a Job, limit: NameLimit, out: &mut Lowering<'_>) -> Vec<Native<'a>> {
    if RESERVED.contains(&job.name.as_str()) {
        let message = format!("GitLab has its own meaning for `{}`, so no job can have that name", job.name);
        out.refuse(&job.place, message, "give the job another name");
    }
    let base: Vec<Kind> = job.legs.iter().map(|leg| kind(plan, leg, out)).collect();
    let kinds = kinds_with_images(job, base);
    let words = Words::new(&kinds);
    let kind_of: HashMap<&str, &Kind> = job.legs.iter().map(|leg| leg.id.as_str()).zip(&kinds).collect();
    let groups = variants(job, |leg| kind_of[leg.id.as_str()], |leg| words.of(kind_of[leg.id.as_str()]));
    let natives = groups.into_iter().map(|group| {
        let kind = kind_of[group.legs[0].id.as_str()];
        let name = match group.suffix.as_str() {
            "" => job.name.clone(),
            suffix => format!("{}:{suffix}", job.name),
        };
        let image = if kind.in_image { pinned_text(plan, job, &group.legs) } else { None };
        let parallel = (group.legs.len() > 1).then(|| matrix::lower(job, &name, &group.legs, out));
        Native { name, os: kind.os, tags: kind.tags.clone(), image, parallel, legs: group.legs }
    });
    let natives: Vec<Native<'a>> = natives.collect();
    check_names(job, &natives, limit, out);
    natives
}

fn kind(plan: &Plan, leg: &Leg, out: &mut Lowering<'_>) -> Kind {
    let os = runner::os(plan, leg);
    Kind {
        os,
        tags: runner::tags(plan, leg, out),
        runner: leg.runner.clone(),
        in_image: os == Os::Linux && leg_image(leg) != LegImage::None,
        services: leg.services.clone(),
        allow_failure: leg.allow_failure,
        image: None,
    }
}

/// Tells the legs of a kind apart by their images where no one text has them all.
fn kinds_with_images(job: &Job, base: Vec<Kind>) -> Vec<Kind> {
    let mut groups: IndexMap<Kind, Vec<&Leg>> = IndexMap::new();
    for (kind, leg) in base.iter().zip(&job.legs) {
        groups.entry(kind.clone()).or_default().push(leg);
    }
    let apart: Vec<&Kind> =
        groups.iter().filter(|(kind, legs)| kind.in_image && image_text(job, legs).is_none()).map(|it| it.0).collect();
    let with_image = |(kind, leg): (&Kind, &Leg)| {
        let image = apart.contains(&kind).then(|| leg_image(leg));
        Kind { image, ..kind.clone() }
    };
    base.iter().zip(&job.legs).map(with_image).collect()
}

/// What tells the native jobs of a job apart, in words for people.
struct Words {
    runners: bool,
    images: bool,
    services: bool,
    failures: bool,
}

impl Words {
    fn new(kinds: &[Kind]) -> Self {
        let differs = |same: &dyn Fn(&Kind, &Kind) -> bool| kinds.windows(2).any(|pair| !same(&pair[0], &pair[1]));
        Words {
            runners: differs(&|a, b| a.tags == b.tags && a.os == b.os),
            images: differs(&|a, b| a.in_image == b.in_image),
            services: differs(&|a, b| a.services == b.services),
            failures: differs(&|a, b| a.allow_failure == b.allow_failure),
        }
    }

    fn of(&self, kind: &Kind) -> String {
        let mut words = Vec::new();
        // The plain kind needs no word.
        if self.runners && kind.runner != "linux" {
            words.push(kind.runner.clone());
        }
        if let Some(LegImage::Image(image)) = &kind.image {
            let word: String =
                image.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect();
            words.push(word);
        } else if self.images && kind.in_image && !self.runners {
            words.push("container".to_owned());
        }
        if self.services {
            words.extend(kind.services.iter().cloned());
        }
        if self.failures && kind.allow_failure {
            words.push("may-fail".to_owned());
        }
        words.join("-")
    }
}

fn check_names(job: &Job, natives: &[Native<'_>], limit: NameLimit, out: &mut Lowering<'_>) {
    let (most, what, source) = limit;
    let length = |native: &Native<'_>| match &native.parallel {
        Some(parallel) => parallel.longest_name(&native.name),
        None => native.name.chars().count(),
    };
    let longest = natives.iter().map(length).max().unwrap_or(0);
    if longest > most {
        let message = format!("a name would have {longest} characters; GitLab allows {most} for {what}");
        out.limit(&job.place, message, source);
    }
}
