//! Places of a Jenkinsfile where a spec's own Groovy goes.

use serde::Serialize;

use super::stage::{Post, Stage, Step};
use crate::{
    plan::Job,
    systems::{Lowering, Slot, Slots},
};

pub(super) const SLOTS: Slots = Slots {
    whole: &[
        Slot { name: "top", description: "Above the pipeline: imports, `@Library`, functions." },
        Slot { name: "options", description: "In `options` of the pipeline, such as `timestamps()`." },
        Slot { name: "environment", description: "In `environment` of the pipeline, such as `LEVEL = 'full'`." },
        Slot { name: "tools", description: "In `tools` of the pipeline, such as `jdk 'temurin-21'`." },
        Slot { name: "triggers", description: "In `triggers` of the pipeline, such as `upstream('other')`." },
        Slot { name: "parameters", description: "In `parameters` of the pipeline." },
        Slot { name: "post-always", description: "In `always` of the pipeline's `post`." },
        Slot { name: "post-success", description: "In `success` of the pipeline's `post`." },
        Slot { name: "post-failure", description: "In `failure` of the pipeline's `post`." },
    ],
    job: &[
        Slot { name: "options", description: "In `options` of the job's stages, such as `lock('staging')`." },
        Slot { name: "environment", description: "In `environment` of the job's stages." },
        Slot { name: "tools", description: "In `tools` of the job's stages." },
        Slot { name: "steps-before", description: "Steps before all others of the job's stages." },
        Slot { name: "steps-after", description: "Steps behind all others of the job's stages; only after a success." },
        Slot { name: "post-always", description: "In `always` of the `post` of the job's stages." },
        Slot { name: "post-success", description: "In `success` of the `post` of the job's stages." },
        Slot { name: "post-failure", description: "In `failure` of the `post` of the job's stages." },
    ],
    raw: "Stages behind those of the spec, by name: what stands between the braces of `stage('NAME') { … }`.",
};

/// The spec's own text, by place.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Texts {
    top: Option<String>,
    pub(super) options: Option<String>,
    pub(super) environment: Option<String>,
    pub(super) tools: Option<String>,
    triggers: Option<String>,
    parameters: Option<String>,
    post: Vec<Post>,
}

/// The outcomes that have a place.
const OUTCOMES: [(&str, &str); 3] =
    [("always", "post-always"), ("success", "post-success"), ("failure", "post-failure")];

impl Texts {
    /// The texts for the file.
    pub(super) fn of_file(out: &Lowering<'_>) -> Texts {
        let posts = OUTCOMES.iter().filter_map(|(outcome, slot)| post(outcome, out.slot(slot)));
        Texts {
            top: out.slot("top"),
            options: out.slot("options"),
            environment: out.slot("environment"),
            tools: out.slot("tools"),
            triggers: out.slot("triggers"),
            parameters: out.slot("parameters"),
            post: posts.collect(),
        }
    }
}

fn post(outcome: &'static str, text: Option<String>) -> Option<Post> {
    text.map(|text| Post { outcome, steps: vec![Step::Native { text }] })
}

/// The texts for the stages of a job.
#[derive(Default)]
pub(super) struct OfJob {
    texts: Texts,
    before: Option<String>,
    after: Option<String>,
}

impl OfJob {
    pub(super) fn new(job: &Job, out: &Lowering<'_>) -> OfJob {
        let posts = OUTCOMES.iter().filter_map(|(outcome, slot)| post(outcome, out.job_slot(job, slot)));
        OfJob {
            texts: Texts {
                options: out.job_slot(job, "options"),
                environment: out.job_slot(job, "environment"),
                tools: out.job_slot(job, "tools"),
                post: posts.collect(),
                ..Texts::default()
            },
            before: out.job_slot(job, "steps-before"),
            after: out.job_slot(job, "steps-after"),
        }
    }

    /// What stands in the stage itself, whatever is in it.
    pub(super) fn of_stage(&self) -> Texts {
        Texts { post: Vec::new(), ..self.texts.clone() }
    }

    /// The steps between those of the spec.
    pub(super) fn around(&self, steps: Vec<Step>) -> Vec<Step> {
        let native =
            |text: &Option<String>| text.iter().map(|it| Step::Native { text: it.clone() }).collect::<Vec<_>>();
        [native(&self.before), steps, native(&self.after)].concat()
    }

    /// Adds to what follows the steps.
    pub(super) fn behind(&self, post: &mut Vec<Post>) {
        for own in &self.texts.post {
            match post.iter_mut().find(|it| it.outcome == own.outcome) {
                Some(post) => post.steps.extend(own.steps.iter().cloned()),
                None => post.insert(0, own.clone()),
            }
        }
    }
}

/// The stages that the spec brings itself.
pub(super) fn raw(out: &Lowering<'_>) -> Vec<Stage> {
    let stage = |(name, text)| Stage { name, native: Some(text), ..Stage::default() };
    out.raw_jobs().into_iter().map(stage).collect()
}
