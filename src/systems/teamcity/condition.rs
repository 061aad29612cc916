//! When a job runs, as conditions of its steps.
//!
//! All conditions of a step must hold; there is no "or":
//! <https://www.jetbrains.com/help/teamcity/build-step-execution-conditions.html>

use serde::Serialize;

use super::text;
use crate::{
    plan::{Expr, Glob, Job, Plan, Refs},
    spec::Event,
    systems::commands,
};

/// A condition on one parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Condition {
    verb: &'static str,
    /// `None` for the full name of what is built, such as `refs/heads/main`.
    parameter: Option<String>,
    value: Option<String>,
}

/// Only builds of pull requests have it: <https://www.jetbrains.com/help/teamcity/pull-requests.html>
const NUMBER: &str = "teamcity.pullRequest.number";
const TARGET: &str = "teamcity.pullRequest.target.branch";

/// What must hold for the steps of a job to run: all conditions of one of the lists.
///
/// There are two lists where branches decide about pull requests too, since then another parameter tells; at most one
/// of them holds. One list without conditions means that the job always runs.
pub(super) fn alternatives(plan: &Plan, job: &Job) -> Vec<Vec<Condition>> {
    let inputs: Vec<Condition> = job.only.inputs.iter().map(|(name, value)| input(name, value)).collect();
    let refs = &job.only.refs;
    if refs.is_empty() {
        return vec![inputs];
    }
    let mut pushed: Vec<Condition> = refs.iter().map(|it| matches(None, &pushed(it))).collect();
    let requests = plan.triggers.pull_request.as_ref().map(|it| it.branches.as_slice()).unwrap_or_default();
    let verdicts: Vec<Verdict> = refs.iter().map(|it| verdict(it, requests)).collect();
    let requested = if !plan.triggers.has(Event::PullRequest) || !allows(plan, job, Event::PullRequest) {
        None
    } else if verdicts.iter().all(|it| *it == Verdict::Always) {
        Some(vec![bare("exists")])
    } else {
        let undecided = refs.iter().zip(&verdicts).filter(|(_, verdict)| **verdict == Verdict::Depends);
        Some(
            undecided.map(|(it, _)| matches(Some(TARGET), &format!("(?:refs/heads/)?{}", any(&it.branches)))).collect(),
        )
    };
    if requested.is_some() {
        pushed.insert(0, bare("doesNotExist"));
    }
    let mut alternatives = vec![pushed];
    alternatives.extend(requested);
    for alternative in &mut alternatives {
        alternative.extend(inputs.iter().cloned());
    }
    alternatives
}

/// Whether the job can run at all on an event, as far as that is known beforehand.
pub(super) fn allows(plan: &Plan, job: &Job, event: Event) -> bool {
    let requests = plan.triggers.pull_request.as_ref().map(|it| it.branches.as_slice()).unwrap_or_default();
    job.only.allows(event)
        && (event != Event::PullRequest || job.only.refs.iter().all(|it| verdict(it, requests) != Verdict::Never))
}

/// Whether a job depends on one that it needs: a snapshot dependency starts its build, so the gate can depend only on
/// what every event runs.
pub(super) fn depends(plan: &Plan, job: &Job, need: &Job) -> bool {
    !job.gate || is_in_every_pipeline(plan, need)
}

/// Whether every event that starts something runs the job.
pub(super) fn is_in_every_pipeline(plan: &Plan, job: &Job) -> bool {
    Event::ALL.iter().all(|event| !plan.triggers.has(*event) || allows(plan, job, *event))
}

/// What a condition on branches says about every pull request that starts a pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Always,
    Never,
    Depends,
}

fn verdict(refs: &Refs, targets: &[Glob]) -> Verdict {
    let covers = |target: &Glob| {
        let same = |it: &Glob| it.text() == target.text() || (target.is_literal() && it.matches(target.text()));
        refs.branches.iter().any(|it| it.is_any() || same(it))
    };
    if refs.branches.iter().any(Glob::is_any) || (!targets.is_empty() && targets.iter().all(covers)) {
        Verdict::Always
    } else if refs.branches.is_empty()
        || (!targets.is_empty() && targets.iter().all(|it| it.is_literal() && !covers(it)))
    {
        Verdict::Never
    } else {
        Verdict::Depends
    }
}

fn pushed(refs: &Refs) -> String {
    let kinds = [("refs/heads/", &refs.branches), ("refs/tags/", &refs.tags)];
    let kinds = kinds.iter().filter(|(_, globs)| !globs.is_empty());
    let kinds: Vec<String> = kinds.map(|(prefix, globs)| format!("{prefix}{}", any(globs))).collect();
    kinds.join("|")
}

fn any(globs: &[Glob]) -> String {
    match globs {
        [one] => one.regex(),
        _ => format!("(?:{})", globs.iter().map(Glob::regex).collect::<Vec<_>>().join("|")),
    }
}

fn matches(parameter: Option<&str>, regex: &str) -> Condition {
    let value = format!("^(?:{})$", text::escape(regex));
    Condition { verb: "matches", parameter: parameter.map(str::to_owned), value: Some(value) }
}

fn bare(verb: &'static str) -> Condition {
    Condition { verb, parameter: Some(NUMBER.to_owned()), value: None }
}

fn input(name: &str, value: &str) -> Condition {
    let variable = commands::variable(&Expr::Input(name.to_owned()));
    Condition { verb: "equals", parameter: Some(format!("env.{variable}")), value: Some(text::escape(value)) }
}
