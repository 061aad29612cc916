//! GitLab CI: one file with merge request pipelines, native matrices and jobs that start as soon as their needs allow.
//!
//! Syntax: <https://docs.gitlab.com/ci/yaml/>

mod artifact;
mod cache;
mod changes;
mod concurrency;
mod condition;
mod detect;
mod guard;
mod job;
mod language;
mod matrix;
mod native;
mod reference;
mod runner;
mod script;
mod service;
mod setup;
mod support;
mod triggers;
mod variable;

use serde::Serialize;
use serde_json::Value;

use super::{Feature, Lowering, Native, Support, System};
use crate::{
    diag::Place,
    exec::Guard,
    plan::{Cron, Plan},
    render::{Language, Template},
};

/// GitLab CI.
pub(super) struct Gitlab;

static TEMPLATE: Template = Template::new(
    "gitlab/gitlab-ci.yml.j2",
    include_str!("../../../templates/gitlab/gitlab-ci.yml.j2"),
    Language::Yaml,
);

#[derive(Serialize)]
struct Pipeline {
    header: [String; 2],
    schedules: Vec<String>,
    workflow: triggers::Workflow,
    interruptible: bool,
    variables: Vec<variable::Variable>,
    jobs: Vec<job::JobModel>,
}

impl System for Gitlab {
    fn path(&self) -> &'static str {
        ".gitlab-ci.yml"
    }

    fn places(&self) -> &'static [&'static str] {
        &[".gitlab-ci.yml"]
    }

    fn guard(&self) -> Guard {
        guard::GUARD
    }

    fn support(&self, feature: Feature) -> Support {
        support::support(feature)
    }

    fn runner_schema(&self) -> Value {
        runner::schema()
    }

    fn native(&self) -> Native {
        Native::Keys(&language::LANGUAGE)
    }

    fn templates(&self) -> Vec<&'static Template> {
        vec![&TEMPLATE]
    }

    fn lower(&self, plan: &Plan, out: &mut Lowering<'_>) {
        let natives = native::all(plan, out);
        let mut variables: Vec<variable::Variable> =
            plan.inputs().map(|(name, input)| variable::input(name, input)).collect();
        let at = Place::root().key("env");
        variables.extend(plan.env.iter().map(|(name, value)| variable::of(name, value, &at.key(name), out)));
        let jobs = (0..plan.jobs.len()).flat_map(|index| job::lower(plan, index, &natives, out)).collect();
        let pipeline = Pipeline {
            header: out.header.clone(),
            schedules: plan.triggers.schedule.iter().flat_map(Cron::alternatives).map(|it| it.posix()).collect(),
            workflow: triggers::lower(plan, out),
            interruptible: concurrency::all_interruptible(plan),
            variables,
            jobs,
        };
        let path = out.path.clone();
        out.file(path, &TEMPLATE, &pipeline);
    }
}
