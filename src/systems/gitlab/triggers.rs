//! Triggers as `workflow`: which events start a pipeline.

use serde::Serialize;

use super::{
    changes, concurrency,
    condition::{self, Rule, BRANCH, TAG, TARGET},
};
use crate::{
    diag::Place,
    plan::{Glob, Job, Plan, PullRequest, Push},
    spec::Event,
    systems::Lowering,
};

/// <https://docs.gitlab.com/ci/yaml/#workflow>
#[derive(Serialize)]
pub(super) struct Workflow {
    on_new_commit: &'static str,
    /// Whether the first failure cancels the pipeline.
    fail_fast: bool,
    rules: Vec<Rule>,
}

pub(super) fn lower(plan: &Plan, out: &mut Lowering<'_>) -> Workflow {
    let fail_fast = plan.jobs.iter().any(|job| job.matrix.as_ref().is_some_and(|it| it.fail_fast));
    Workflow { on_new_commit: concurrency::on_new_commit(plan), fail_fast, rules: rules(plan, out) }
}

fn rules(plan: &Plan, out: &mut Lowering<'_>) -> Vec<Rule> {
    let triggers = &plan.triggers;
    let at = Place::root().key("on");
    let mut rules = Vec::new();
    if let Some(pull_request) = &triggers.pull_request {
        let mut parts = vec![condition::event(Event::PullRequest)];
        if !pull_request.branches.is_empty() {
            parts.push(condition::matches(TARGET, &pull_request.branches));
        }
        rules.push(start(&parts, changes::lower(&pull_request.paths, &at.key("pull-request"), out)));
    }
    if let Some(Push { branches, tags, paths }) = &triggers.push {
        let push = condition::event(Event::Push);
        if let Some(parts) = superseded(plan) {
            rules.push(Rule { never: true, ..start(&parts, Vec::new()) });
        }
        if !tags.is_empty() {
            // Changed files do not count for tags.
            rules.push(start(&[push.clone(), condition::matches(TAG, tags)], Vec::new()));
        }
        if !branches.is_empty() {
            let changes = changes::lower(paths, &at.key("push"), out);
            rules.push(start(&[push, condition::matches(BRANCH, branches)], changes));
        }
    }
    if !triggers.schedule.is_empty() {
        let default = format!("{BRANCH} == $CI_DEFAULT_BRANCH");
        rules.push(start(&[condition::event(Event::Schedule), default], Vec::new()));
    }
    if triggers.manual.is_some() {
        rules.push(start(&[condition::event(Event::Manual)], Vec::new()));
    }
    rules
}

/// A rule that starts a pipeline when all parts hold and one of the files has changed.
fn start(parts: &[String], changes: Vec<String>) -> Rule {
    Rule { condition: Some(condition::join(parts)), changes, never: false }
}

/// When the merge request pipeline of a commit stands in for its branch pipeline.
///
/// That is so only where every open merge request has a pipeline (so the target branch must not matter) with all the
/// jobs that the branch pipeline would have: a branch for which some job runs on pushes alone is left out.
/// <https://docs.gitlab.com/ci/yaml/workflow/#switch-between-branch-pipelines-and-merge-request-pipelines>
fn superseded(plan: &Plan) -> Option<Vec<String>> {
    let push = plan.triggers.push.as_ref().filter(|it| !it.branches.is_empty())?;
    let PullRequest { branches, paths } = plan.triggers.pull_request.as_ref()?;
    if !branches.is_empty() || !(paths.is_empty() || *paths == push.paths) {
        return None;
    }
    let mut parts = vec![condition::event(Event::Push), BRANCH.to_owned(), "$CI_OPEN_MERGE_REQUESTS".to_owned()];
    let mut needed: Vec<Glob> = Vec::new();
    for job in plan.jobs.iter().filter(|job| job.only.allows(Event::Push)) {
        match push_alone(job) {
            PushAlone::Nowhere => {}
            PushAlone::Branches(globs) => {
                for glob in globs.iter().filter(|glob| !needed.contains(glob)).cloned().collect::<Vec<_>>() {
                    needed.push(glob);
                }
            }
            PushAlone::Everywhere => return None,
        }
    }
    if needed.iter().any(Glob::is_any) {
        return None;
    }
    if !needed.is_empty() {
        parts.push(format!("{BRANCH} !~ {}", condition::regex(&needed)));
    }
    Some(parts)
}

/// Branches where a job runs on a push, but perhaps not on a merge request of that branch.
enum PushAlone<'a> {
    Nowhere,
    Branches(&'a [Glob]),
    Everywhere,
}

fn push_alone(job: &Job) -> PushAlone<'_> {
    if job.only.refs.iter().any(|refs| refs.branches.is_empty()) {
        // For tags alone.
        return PushAlone::Nowhere;
    }
    match job.only.refs.first() {
        // Of a merge request the target branch counts, which is another one.
        Some(refs) => PushAlone::Branches(&refs.branches),
        None if job.only.allows(Event::PullRequest) => PushAlone::Nowhere,
        None => PushAlone::Everywhere,
    }
}
