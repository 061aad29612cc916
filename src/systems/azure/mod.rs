//! Azure DevOps Pipelines: one file of jobs with named matrix legs.
//!
//! Syntax: <https://learn.microsoft.com/azure/devops/pipelines/yaml-schema/>

mod announce;
mod artifact;
mod cache;
mod condition;
mod detect;
mod env;
mod glob;
mod guard;
mod job;
mod language;
mod matrix;
mod runner;
mod service;
mod setup;
mod step;
mod support;
mod triggers;
mod value;

use serde::Serialize;
use serde_json::Value;

use super::{Announced, Announcement, Feature, Lowering, Native, Support, System};
use crate::{
    context::Env,
    diag::Place,
    exec::Guard,
    plan::Plan,
    render::{Language, Template},
};

/// Azure DevOps Pipelines.
pub(super) struct Azure;

static TEMPLATE: Template = Template::new(
    "azure/azure-pipelines.yml.j2",
    include_str!("../../../templates/azure/azure-pipelines.yml.j2"),
    Language::Yaml,
);

/// A key and its value, in order.
pub(super) type Pair = (String, String);

#[derive(Serialize)]
struct Pipeline {
    header: [String; 2],
    parameters: Vec<triggers::Parameter>,
    trigger: Option<triggers::Trigger>,
    pr: Option<triggers::Trigger>,
    schedules: Vec<triggers::Schedule>,
    containers: Vec<service::Container>,
    variables: Vec<Pair>,
    jobs: Vec<job::JobModel>,
}

/// A stage has at most so many jobs, the legs of matrices counted.
///
/// <https://learn.microsoft.com/azure/devops/pipelines/process/stages>
const MOST_JOBS: usize = 256;

impl System for Azure {
    fn path(&self) -> &'static str {
        "azure-pipelines.yml"
    }

    fn places(&self) -> &'static [&'static str] {
        &["azure-pipelines.yml"]
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

    /// `task.uploadsummary` takes `report.md`.
    fn has_summary(&self, _env: &Env) -> bool {
        true
    }

    fn announce(&self, announced: &Announced<'_>) -> Announcement {
        announce::announce(announced)
    }

    fn lower(&self, plan: &Plan, out: &mut Lowering<'_>) {
        check(plan, out);
        let values = value::Values::new(plan);
        let layouts = job::layouts(plan, out);
        let mut containers = service::Containers::default();
        let jobs: Vec<job::JobModel> = layouts
            .iter()
            .zip(&plan.jobs)
            .flat_map(|(layout, job)| job::lower(&values, job, layout, &layouts, &mut containers, out))
            .collect();
        let mut variables = env::variables(&values, &plan.env, &Place::root().key("env"), out);
        variables.extend(values.own_variables());
        let pipeline = Pipeline {
            header: out.header.clone(),
            parameters: plan.inputs().map(|(name, input)| triggers::parameter(name, input, out)).collect(),
            trigger: triggers::push(plan, out),
            pr: triggers::pull_request(plan, out),
            schedules: triggers::schedules(plan),
            containers: containers.list,
            variables,
            jobs,
        };
        let path = out.path.clone();
        out.file(path, &TEMPLATE, &pipeline);
    }
}

fn check(plan: &Plan, out: &mut Lowering<'_>) {
    if !(out.path.ends_with(".yml") || out.path.ends_with(".yaml")) {
        let at = Place::root().key("target").key("azure").key("path");
        let message = format!("Azure takes no pipeline from `{}`", out.path);
        out.refuse(&at, message, "choose a path that ends in `.yml`");
    }
    let jobs: usize = plan.jobs.iter().map(|job| job.legs.len()).sum();
    if jobs > MOST_JOBS {
        let message = format!("{jobs} jobs with all legs; a stage on Azure has at most {MOST_JOBS}");
        out.limit(
            &Place::root().key("job"),
            message,
            "https://learn.microsoft.com/azure/devops/pipelines/process/stages",
        );
    }
}
