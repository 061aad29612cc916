//! CircleCI: one configuration file with one workflow.
//!
//! Syntax: <https://circleci.com/docs/reference/configuration-reference/>

mod artifact;
mod cache;
mod condition;
mod detect;
mod expression;
mod files;
mod job;
mod language;
mod matrix;
mod native;
mod runner;
mod service;
mod setup;
mod step;
mod support;

use std::collections::HashSet;

use serde::Serialize;
use serde_json::Value;

use super::{
    outline::{path, NativeJob, Role},
    Feature, Lowering, Native, Support, System,
};
use crate::{
    diag::Place,
    plan::{Cron, Input, Plan},
    render::{Language, Template},
    spec::InputKind,
};

/// CircleCI.
pub(super) struct Circleci;

static TEMPLATE: Template =
    Template::new("circleci/config.yml.j2", include_str!("../../../templates/circleci/config.yml.j2"), Language::Yaml);

/// A key and its value, in order.
type Pair = (String, String);

#[derive(Serialize)]
struct Config {
    header: [String; 2],
    parameters: Vec<Parameter>,
    jobs: Vec<job::JobModel>,
    workflow: Workflow,
}

/// An input of manual runs.
#[derive(Serialize)]
struct Parameter {
    name: String,
    description: Option<String>,
    kind: &'static str,
    options: Vec<String>,
    default: Value,
}

/// A container of a job.
#[derive(Serialize)]
struct Container {
    image: String,
    name: Option<String>,
    command: Vec<String>,
    environment: Vec<Pair>,
}

#[derive(Serialize)]
struct Workflow {
    name: String,
    schedule: Vec<String>,
    when: String,
    jobs: Vec<matrix::Invocation>,
}

impl System for Circleci {
    fn path(&self) -> &'static str {
        ".circleci/config.yml"
    }

    fn places(&self) -> &'static [&'static str] {
        &[".circleci/config.yml"]
    }

    fn support(&self, feature: Feature) -> Support {
        support::support(feature)
    }

    fn runner_schema(&self) -> Value {
        runner::schema()
    }

    fn images(&self, plan: &Plan) -> Vec<(String, Place)> {
        runner::images(plan)
    }

    fn native(&self) -> Native {
        Native::Keys(&language::LANGUAGE)
    }

    fn templates(&self) -> Vec<&'static Template> {
        vec![&TEMPLATE]
    }

    fn lower(&self, plan: &Plan, out: &mut Lowering<'_>) {
        let needs = plan.jobs.iter().flat_map(|job| job.needs.iter().map(move |need| (job, *need)));
        let needed: HashSet<usize> =
            needs.filter(|(job, need)| job.brings(&plan.jobs[*need]).next().is_some()).map(|(_, need)| need).collect();
        let natives = plan.jobs.iter().enumerate();
        let natives: Vec<Vec<native::Native<'_>>> =
            natives.map(|(index, it)| job::split(plan, it, needed.contains(&index), out)).collect();
        let mut jobs = Vec::new();
        let mut invocations = Vec::new();
        let mut names = matrix::Names::new(natives.iter().flatten().map(|it| it.id.clone()));
        let mut targets: Vec<Vec<String>> = Vec::new();
        for (index, natives) in natives.iter().enumerate() {
            jobs.extend(natives.iter().map(|it| job::model(it, out)));
            let filters = condition::filters(plan, &plan.jobs[index], out);
            targets.push(Vec::new());
            for invocation in natives.iter().flat_map(|it| matrix::lower(it, &mut names)) {
                targets[index].push(invocation.target.clone());
                invocations.push((index, filters.clone(), invocation));
            }
        }
        let invocations = invocations.into_iter().map(|(index, filters, mut invocation)| {
            let requires = plan.jobs[index].needs.iter().flat_map(|need| targets[*need].clone());
            invocation.complete(requires.collect(), plan.jobs[index].gate, filters);
            (index, invocation)
        });
        let invocations: Vec<(usize, matrix::Invocation)> = invocations.collect();
        let workflow = workflow_name(plan, out);
        for (number, (index, it)) in invocations.iter().enumerate() {
            let at = path(&["workflows", &workflow, "jobs", &number.to_string(), &it.job]);
            out.stands(NativeJob::new(&plan.jobs[*index], Role::Use, at));
        }
        let config = Config {
            header: out.header.clone(),
            parameters: plan.inputs().map(|(name, input)| parameter(name, input)).collect(),
            jobs,
            workflow: Workflow {
                name: workflow,
                schedule: plan.triggers.schedule.iter().flat_map(Cron::alternatives).map(|it| it.posix()).collect(),
                when: condition::triggers(plan, out),
                jobs: invocations.into_iter().map(|(_, it)| it).collect(),
            },
        };
        check(plan, out);
        let path = out.path.clone();
        out.file(path, &TEMPLATE, &config);
    }
}

/// Beside the workflows there once was their version.
fn workflow_name(plan: &Plan, out: &mut Lowering<'_>) -> String {
    if plan.name == "version" {
        let at = Place::root().key("name");
        out.refuse(&at, "a workflow of CircleCI cannot be called `version`", "choose another name");
    }
    expression::escape(&plan.name)
}

/// A manual run takes at most so many parameters.
///
/// <https://circleci.com/docs/guides/orchestrate/pipeline-variables/#passing-parameters-when-triggering-pipelines-via-the-api>
const MOST_PARAMETERS: usize = 100;

fn check(plan: &Plan, out: &mut Lowering<'_>) {
    let count = plan.inputs().count();
    if count > MOST_PARAMETERS {
        let at = Place::root().key("on").key("manual").key("inputs");
        let message = format!("{count} inputs; CircleCI takes at most {MOST_PARAMETERS}");
        out.limit(&at, message, "https://circleci.com/docs/guides/orchestrate/pipeline-variables/");
    }
    for (name, input) in plan.inputs() {
        if std::iter::once(&input.default).chain(&input.options).any(|it| it.contains("<<")) {
            let at = Place::root().key("on").key("manual").key("inputs").key(name);
            out.refuse(&at, "CircleCI takes `<<` in an input for a parameter", "leave it out");
        }
        if input.description.as_ref().is_some_and(|it| it.contains(expression::ESCAPE)) {
            let at = Place::root().key("on").key("manual").key("inputs").key(name).key("description");
            out.refuse(&at, "`\\<<` is how CircleCI escapes `<<`, so no description can have it", "write `<<`");
        }
    }
    if out.path != ".circleci/config.yml" {
        let at = Place::root().key("target").key("circleci").key("path");
        let message = format!("CircleCI reads `{}` only after its pipeline is pointed at it", out.path);
        out.degrade(&at, message, "set the config file path in the project's settings");
    }
}

fn parameter(name: &str, input: &Input) -> Parameter {
    let kind = match input.kind {
        InputKind::Choice => "enum",
        InputKind::Boolean => "boolean",
        // An integer would refuse fractions.
        InputKind::String | InputKind::Number => "string",
    };
    let default = match input.kind {
        InputKind::Boolean => Value::Bool(input.default == "true"),
        _ => Value::String(input.default.clone()),
    };
    Parameter {
        name: name.to_owned(),
        description: input.description.as_deref().map(expression::escape),
        kind,
        options: input.options.clone(),
        default,
    }
}
