//! When the pipeline and its jobs run, as conditions of `when`.
//!
//! Conditions: <https://www.jenkins.io/doc/book/pipeline/syntax/#when>. A build of a pull request is one of the event
//! `pull-request`, whatever started it; else the clock and a person are known by the build's cause; else it is a push.

use serde::Serialize;

use super::value;
use crate::{
    plan::{Expr, Glob, Job, Paths, Plan, Refs},
    spec::Event,
    systems::feature::restricts_events,
};

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(super) enum Condition {
    AllOf { of: Vec<Condition> },
    AnyOf { of: Vec<Condition> },
    Not { of: Vec<Condition> },
    Branch { pattern: Pattern },
    Tag { pattern: Pattern },
    ChangeRequest { target: Option<Pattern> },
    BuildingTag,
    TriggeredBy { cause: &'static str },
    Environment { name: String, value: String },
    Changeset { pattern: Pattern },
    NothingKnown,
}

/// A name to compare with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Pattern {
    text: String,
    comparator: &'static str,
}

/// Globs of Jenkins ignore case, so names are compared as a whole and patterns as regular expressions:
/// <https://github.com/jenkinsci/pipeline-model-definition-plugin/blob/master/pipeline-model-definition/src/main/java/org/jenkinsci/plugins/pipeline/modeldefinition/when/utils/Comparator.java>
fn pattern(globs: &[Glob]) -> Pattern {
    match globs {
        [glob] if glob.is_literal() => Pattern { text: glob.text().to_owned(), comparator: "EQUALS" },
        _ => Pattern { text: alternatives(globs), comparator: "REGEXP" },
    }
}

fn alternatives(globs: &[Glob]) -> String {
    globs.iter().map(Glob::regex).collect::<Vec<_>>().join("|")
}

/// The condition of the whole pipeline: what [`Plan::triggers`] ask for. Empty when nothing is left out.
pub(super) fn triggers(plan: &Plan) -> Vec<Condition> {
    let triggers = &plan.triggers;
    let mut any = Vec::new();
    if let Some(push) = &triggers.push {
        if !push.branches.is_empty() {
            let mut all = branch(plan, &push.branches, Guards::All);
            all.extend(paths(&push.paths));
            any.push(all_of(all));
        }
        if !push.tags.is_empty() {
            let mut all = vec![tag(&push.tags)];
            all.extend(paths(&push.paths));
            any.push(all_of(all));
        }
    }
    if let Some(pull_request) = &triggers.pull_request {
        let mut all = vec![change_request(&pull_request.branches)];
        all.extend(paths(&pull_request.paths));
        any.push(all_of(all));
    }
    if triggers.has(Event::Schedule) {
        any.push(clock());
    }
    if triggers.has(Event::Manual) {
        any.push(person());
    }
    simplified(plan, any)
}

/// Branches and pull requests without any filter need no condition.
fn simplified(plan: &Plan, any: Vec<Condition>) -> Vec<Condition> {
    let push = plan.triggers.push.as_ref();
    let all_pushes = push.is_some_and(|it| it.branches.iter().any(Glob::is_any) && it.paths.is_empty());
    let all_requests =
        plan.triggers.pull_request.as_ref().is_some_and(|it| it.branches.is_empty() && it.paths.is_empty());
    if !(all_pushes && all_requests) {
        return vec![any_of(any)];
    }
    let tags = push.map(|it| it.tags.as_slice()).unwrap_or_default();
    if tags.iter().any(Glob::is_any) {
        return Vec::new();
    }
    let no_tag = not(vec![Condition::BuildingTag]);
    if tags.is_empty() {
        return vec![no_tag];
    }
    vec![any_of(vec![no_tag, tag(tags)])]
}

/// The conditions of one job; all of them must hold.
pub(super) fn only(plan: &Plan, job: &Job) -> Vec<Condition> {
    let mut all = events(plan, job);
    for refs in job.only.refs.iter().filter_map(|it| refs(plan, job, it)) {
        match refs {
            Condition::AllOf { of } => all.extend(of),
            other => all.push(other),
        }
    }
    for (input, wanted) in &job.only.inputs {
        let name = value::variable(&Expr::Input(input.clone()));
        all.push(Condition::Environment { name, value: wanted.clone() });
    }
    all
}

fn events(plan: &Plan, job: &Job) -> Vec<Condition> {
    if !restricts_events(plan, job) {
        return Vec::new();
    }
    let runs = |event: Event| plan.triggers.has(event) && job.only.allows(event);
    let left_out = |event: Event| plan.triggers.has(event) && !job.only.allows(event);
    if !runs(Event::Push) {
        let mut any = Vec::new();
        if runs(Event::PullRequest) {
            any.push(change_request(&[]));
        }
        if runs(Event::Schedule) {
            any.push(clock());
        }
        if runs(Event::Manual) {
            let request = left_out(Event::PullRequest);
            any.push(all_of(request.then(|| not(vec![change_request(&[])])).into_iter().chain([person()]).collect()));
        }
        return vec![any_of(any)];
    }
    let mut all = Vec::new();
    if left_out(Event::PullRequest) {
        all.push(not(vec![change_request(&[])]));
    }
    if left_out(Event::Schedule) {
        all.push(not(vec![clock()]));
    }
    if left_out(Event::Manual) {
        let by_nobody = not(vec![person()]);
        all.push(match runs(Event::PullRequest) {
            true => any_of(vec![change_request(&[]), by_nobody]),
            false => by_nobody,
        });
    }
    all
}

/// `None` when every branch will do and there is nothing but branches.
fn refs(plan: &Plan, job: &Job, refs: &Refs) -> Option<Condition> {
    let mut any = Vec::new();
    if !refs.branches.is_empty() {
        let all = branch(plan, &refs.branches, Guards::Possible);
        if all.is_empty() {
            return None;
        }
        any.push(all_of(all));
        if plan.triggers.has(Event::PullRequest) && job.only.allows(Event::PullRequest) {
            any.push(change_request(&refs.branches));
        }
    }
    if !refs.tags.is_empty() {
        any.push(tag(&refs.tags));
    }
    Some(any_of(any))
}

/// Which other builds a condition on the branch must keep out.
#[derive(Clone, Copy, PartialEq)]
enum Guards {
    /// All of them: nothing was filtered before.
    All,
    /// Those that the triggers let in.
    Possible,
}

/// `BRANCH_NAME` is also set for tags and for pull requests, which are called `PR-1` and the like.
fn branch(plan: &Plan, globs: &[Glob], guards: Guards) -> Vec<Condition> {
    let tags = plan.triggers.push.as_ref().is_some_and(|it| !it.tags.is_empty());
    let literal = globs.iter().all(Glob::is_literal);
    let mut all = Vec::new();
    if !literal && (guards == Guards::All || plan.triggers.has(Event::PullRequest)) {
        all.push(not(vec![change_request(&[])]));
    }
    if guards == Guards::All || tags {
        all.push(not(vec![Condition::BuildingTag]));
    }
    if !globs.iter().any(Glob::is_any) {
        all.push(Condition::Branch { pattern: pattern(globs) });
    }
    all
}

fn tag(globs: &[Glob]) -> Condition {
    match globs.iter().any(Glob::is_any) {
        true => Condition::BuildingTag,
        false => Condition::Tag { pattern: pattern(globs) },
    }
}

fn change_request(targets: &[Glob]) -> Condition {
    let any = targets.is_empty() || targets.iter().any(Glob::is_any);
    Condition::ChangeRequest { target: (!any).then(|| pattern(targets)) }
}

fn clock() -> Condition {
    Condition::TriggeredBy { cause: "TimerTrigger" }
}

fn person() -> Condition {
    Condition::TriggeredBy { cause: "UserIdCause" }
}

/// Jenkins knows what changed since the build before, and nothing at all in the first build of a branch.
fn paths(paths: &Paths) -> Option<Condition> {
    let pattern = match (paths.include.is_empty(), paths.ignore.is_empty()) {
        (true, true) => return None,
        (false, _) => pattern(&paths.include),
        (true, false) => Pattern { text: format!("(?!(?:{})$).*", alternatives(&paths.ignore)), comparator: "REGEXP" },
    };
    Some(any_of(vec![Condition::NothingKnown, Condition::Changeset { pattern }]))
}

fn all_of(mut of: Vec<Condition>) -> Condition {
    match of.len() {
        1 => of.remove(0),
        _ => Condition::AllOf { of },
    }
}

fn any_of(mut of: Vec<Condition>) -> Condition {
    match of.len() {
        1 => of.remove(0),
        _ => Condition::AnyOf { of },
    }
}

fn not(of: Vec<Condition>) -> Condition {
    Condition::Not { of }
}
