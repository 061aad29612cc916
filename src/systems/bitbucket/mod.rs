//! Bitbucket Pipelines (cloud): every leg a step, defined once and put into each pipeline that has it.
//!
//! Syntax: <https://support.atlassian.com/bitbucket-cloud/docs/bitbucket-pipelines-configuration-reference/>

mod address;
mod artifact;
mod cache;
mod class;
mod detect;
mod guard;
mod language;
mod machine;
mod pattern;
mod pipeline;
mod script;
mod section;
mod service;
mod step;
mod support;

use serde::Serialize;
use serde_json::Value;

use super::{
    outline::{path, NativeJob, Role},
    Feature, Lowering, Native, Support, System,
};
use crate::{
    diag::Place,
    plan::Plan,
    render::{Language, Template},
};

/// Bitbucket Pipelines.
pub(super) struct Bitbucket;

static TEMPLATE: Template = Template::new(
    "bitbucket/bitbucket-pipelines.yml.j2",
    include_str!("../../../templates/bitbucket/bitbucket-pipelines.yml.j2"),
    Language::Yaml,
);

/// The only file that Bitbucket reads.
const PATH: &str = "bitbucket-pipelines.yml";

/// A key and its value, in order.
type Pair = (String, String);

#[derive(Serialize)]
struct File {
    header: [String; 2],
    image: Option<String>,
    clone: Option<step::Clone>,
    max_time: Option<u64>,
    caches: Vec<cache::Definition>,
    services: Vec<service::Definition>,
    steps: Vec<step::Step>,
    default: Option<pipeline::Pipeline>,
    sections: Vec<pipeline::Section>,
}

impl System for Bitbucket {
    fn path(&self) -> &'static str {
        PATH
    }

    fn places(&self) -> &'static [&'static str] {
        &[PATH]
    }

    fn support(&self, feature: Feature) -> Support {
        support::support(feature)
    }

    fn runner_schema(&self) -> Value {
        machine::schema()
    }

    fn native(&self) -> Native {
        Native::Keys(&language::LANGUAGE)
    }

    fn templates(&self) -> Vec<&'static Template> {
        vec![&TEMPLATE]
    }

    fn lower(&self, plan: &Plan, out: &mut Lowering<'_>) {
        check_path(out);
        let sections = section::of(plan);
        check_sections(plan, &sections, out);
        let mut definitions = step::Definitions::new(plan);
        let mut steps = Vec::new();
        // A job that no event starts has no step.
        for index in sections.jobs() {
            let job = &plan.jobs[index];
            let guard = guard::lower(plan, job, &sections.guards[index], out);
            for leg in &job.legs {
                steps.push(step::lower(plan, index, leg, guard.as_ref(), &mut definitions, out));
            }
        }
        for (number, step) in steps.iter().enumerate() {
            let at = path(&["definitions", "steps", &number.to_string(), "step"]);
            let native = NativeJob::new(&plan.jobs[step.job], Role::Whole, at);
            out.stands(native.steps(&["script"], step.script.iter().map(script::Item::id)));
        }
        script::share(&mut steps);
        let (default, keyed) = pipeline::lower(plan, &sections, &mut steps, out);
        let shared = step::share(&mut steps);
        let file = File {
            header: out.header.clone(),
            image: shared.image,
            clone: shared.clone,
            max_time: shared.max_time,
            caches: definitions.caches.definitions(),
            services: definitions.services.definitions(),
            steps,
            default,
            sections: keyed,
        };
        let path = out.path.clone();
        out.file(path, &TEMPLATE, &file);
    }
}

fn check_path(out: &mut Lowering<'_>) {
    if out.path != PATH {
        let at = Place::root().key("target").key("bitbucket").key("path");
        let message = format!("Bitbucket does not read pipelines from `{}`", out.path);
        out.refuse(&at, message, format!("leave the key out; it is always `{PATH}` in the root of the repository"));
    }
}

fn check_sections(plan: &Plan, sections: &section::Sections, out: &mut Lowering<'_>) {
    let at = Place::root().key("on");
    if sections.is_empty() {
        let help = "let a job's `only` and `[on]` have an event, a branch or a tag in common";
        out.refuse(&at, "no event starts any job, and Bitbucket has no empty pipelines", help);
    }
    let every_branch = plan.triggers.push.as_ref().is_some_and(|push| push.branches.iter().any(|it| it.is_any()));
    if every_branch && plan.triggers.pull_request.is_some() {
        let message =
            "a push to the branch of an open pull request starts the branch's pipeline and the pull request's";
        let help = "name the branches without pull requests in `on.push.branches`, such as `main`";
        out.degrade(&at.key("pull-request"), message, help);
    }
}

/// `[a-z0-9-]+` made of some text, for names of definitions.
fn slug(text: &str) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").to_lowercase()
}
