//! Places of the settings where a spec's own Kotlin goes.

use serde::Serialize;

use super::name::Names;
use crate::{
    plan::Job,
    systems::{Lowering, Slot, Slots},
};

pub(super) const SLOTS: Slots = Slots {
    whole: &[
        Slot {
            name: "imports",
            description:
                "Behind the imports, such as `import jetbrains.buildServer.configs.kotlin.buildFeatures.perfmon`.",
        },
        Slot { name: "project", description: "In `project { … }`, behind the builds." },
        Slot { name: "objects", description: "At the end of the file: objects, classes, functions." },
    ],
    job: &[
        Slot { name: "build", description: "At the end of the job's builds, such as `buildNumberPattern = \"…\"`." },
        Slot { name: "params", description: "In `params` of the job's builds." },
        Slot { name: "steps-before", description: "Steps before all others of the job's builds." },
        Slot { name: "steps-after", description: "Steps behind all others of the job's builds." },
        Slot { name: "features", description: "In `features` of the job's builds, such as `perfmon {}`." },
        Slot { name: "dependencies", description: "In `dependencies` of the job's builds." },
        Slot { name: "requirements", description: "In `requirements` of the job's builds." },
        Slot { name: "failure-conditions", description: "In `failureConditions` of the job's builds." },
    ],
    raw:
        "Build configurations beside those of the spec, by name: what stands between the braces of `BuildType({ … })`.",
};

/// The spec's own text for the file, by place.
#[derive(Serialize)]
pub(super) struct OfFile {
    imports: Option<String>,
    project: Option<String>,
    objects: Option<String>,
    raw: Vec<Raw>,
}

/// A build configuration that the spec brings itself.
#[derive(Serialize)]
struct Raw {
    identifier: String,
    name: String,
    text: String,
}

impl OfFile {
    pub(super) fn new(names: &mut Names, out: &Lowering<'_>) -> OfFile {
        let raw = out.raw_jobs().into_iter();
        OfFile {
            imports: out.slot("imports"),
            project: out.slot("project"),
            objects: out.slot("objects"),
            raw: raw.map(|(name, text)| Raw { identifier: names.of(&name, ""), name, text }).collect(),
        }
    }
}

/// The spec's own text for the builds of a job, by place.
#[derive(Serialize)]
pub(super) struct OfJob {
    build: Option<String>,
    params: Option<String>,
    steps_before: Option<String>,
    steps_after: Option<String>,
    features: Option<String>,
    dependencies: Option<String>,
    requirements: Option<String>,
    failure_conditions: Option<String>,
}

impl OfJob {
    pub(super) fn new(job: &Job, out: &Lowering<'_>) -> OfJob {
        let slot = |name: &str| out.job_slot(job, name);
        OfJob {
            build: slot("build"),
            params: slot("params"),
            steps_before: slot("steps-before"),
            steps_after: slot("steps-after"),
            features: slot("features"),
            dependencies: slot("dependencies"),
            requirements: slot("requirements"),
            failure_conditions: slot("failure-conditions"),
        }
    }
}
