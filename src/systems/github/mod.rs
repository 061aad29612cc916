//! GitHub Actions: one workflow file with native matrices.
//!
//! Syntax: <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax>

mod announce;
mod artifact;
mod condition;
mod detect;
mod expression;
mod finding;
mod forks;
mod guard;
mod job;
mod language;
mod matrix;
mod permission;
mod runner;
mod service;
mod setup;
mod step;
mod support;
mod triggers;

use serde::Serialize;
use serde_json::Value;

use super::{Announced, Announcement, Feature, Lowering, Native, Support, System};
use crate::{
    context::Env,
    exec::Guard,
    plan::Plan,
    render::{Language, Template},
    spec::Concurrency,
};

/// GitHub Actions.
pub(super) struct Github;

static TEMPLATE: Template =
    Template::new("github/workflow.yml.j2", include_str!("../../../templates/github/workflow.yml.j2"), Language::Yaml);

/// A key and its value, in order.
pub(super) type Pair = (String, String);

#[derive(Default, Serialize)]
struct Workflow {
    header: [String; 2],
    name: String,
    on: triggers::On,
    on_finding: Option<String>,
    concurrency: Option<Group>,
    env: Vec<Pair>,
    jobs: Vec<job::JobModel>,
}

/// Runs of one group exclude each other.
#[derive(Serialize)]
pub(super) struct Group {
    name: String,
    cancel: bool,
}

impl System for Github {
    fn path(&self) -> &'static str {
        ".github/workflows/ci.yml"
    }

    fn places(&self) -> &'static [&'static str] {
        &[".github/workflows"]
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

    fn has_summary(&self, env: &Env) -> bool {
        env.get("GITHUB_STEP_SUMMARY").is_some()
    }

    fn announce(&self, announced: &Announced<'_>) -> Announcement {
        announce::announce(announced)
    }

    fn lower(&self, plan: &Plan, out: &mut Lowering<'_>) {
        check_path(out);
        check_name(plan, out);
        let shared = shared_concurrency(plan);
        let env = plan.env.iter().map(|(name, value)| (name.clone(), expression::text(plan, value)));
        let workflow = Workflow {
            header: out.header.clone(),
            name: plan.name.clone(),
            on: triggers::lower(plan, out),
            on_finding: finding::concurrency(plan.jobs.iter().all(|job| job.concurrency != Concurrency::Parallel)),
            concurrency: shared.and_then(|it| group(it, "")),
            env: env.collect(),
            jobs: plan.jobs.iter().flat_map(|it| job::lower(plan, it, shared.is_none(), out)).collect(),
        };
        let path = out.path.clone();
        out.file(path, &TEMPLATE, &workflow);
        forks::lower(plan, out);
    }
}

/// GitHub reads workflows from one directory only, not from directories below it.
fn check_path(out: &mut Lowering<'_>) {
    let name = out.path.strip_prefix(".github/workflows/").unwrap_or_default();
    if name.contains('/') || !(name.ends_with(".yml") || name.ends_with(".yaml")) {
        let at = crate::diag::Place::root().key("target").key("github").key("path");
        let message = format!("GitHub does not read workflows from `{}`", out.path);
        out.refuse(&at, message, "choose `.github/workflows/NAME.yml`");
    }
}

/// A workflow's name may hold no expression, and without one nothing escapes `${{`.
///
/// <https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#context-availability>
fn check_name(plan: &Plan, out: &mut Lowering<'_>) {
    if plan.name.contains("${{") {
        let at = crate::diag::Place::root().key("name");
        out.refuse(&at, "GitHub allows no `${{` in the name of a workflow", "write the name without it");
    }
}

/// What all jobs agree on stands once at the top.
fn shared_concurrency(plan: &Plan) -> Option<Concurrency> {
    let first = plan.jobs.first()?.concurrency;
    plan.jobs.iter().all(|job| job.concurrency == first).then_some(first)
}

/// The group of a workflow or, with a suffix, of one job.
fn group(concurrency: Concurrency, suffix: &str) -> Option<Group> {
    let name = format!("${{{{ github.workflow }}}}-${{{{ github.ref }}}}{suffix}");
    match concurrency {
        Concurrency::Parallel => None,
        Concurrency::Queue => Some(Group { name, cancel: false }),
        Concurrency::CancelSuperseded => Some(Group { name, cancel: true }),
    }
}
