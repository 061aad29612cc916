//! What starts the workflow and when a job runs, in CircleCI's language of conditions.
//!
//! A value that is not there makes a comparison false, a name that is not known is an error: what only pull requests
//! have stands behind a test of the event. <https://github.com/CircleCI-Public/expr#variables>

use super::expression::quoted;
use crate::{
    diag::Place,
    plan::{Glob, Job, Only, Plan, Refs, Rest},
    spec::{Event, InputKind},
    systems::{feature::restricts_events, Lowering},
};

const BRANCH: &str = "pipeline.git.branch";
const TAG: &str = "pipeline.git.tag";
const TARGET: &str = "pipeline.event.github.pull_request.base.ref";

/// The workflow's `when`.
pub(super) fn triggers(plan: &Plan, out: &mut Lowering<'_>) -> String {
    let triggers = &plan.triggers;
    let mut either = Vec::new();
    if let Some(push) = &triggers.push {
        let refs = refs(&Refs { branches: push.branches.clone(), tags: push.tags.clone() });
        either.push(format!("{} and {}", is(Event::Push), any(&refs)));
    }
    if let Some(pull_request) = &triggers.pull_request {
        let is_pull_request = is(Event::PullRequest);
        either.push(match pull_request.branches.as_slice() {
            [] => is_pull_request,
            branches => format!("{is_pull_request} and {}", any(&globs(TARGET, branches))),
        });
    }
    if !triggers.schedule.is_empty() {
        either.push(is(Event::Schedule));
    }
    if triggers.manual.is_some() {
        either.push(is(Event::Manual));
    }
    checked(either.join("\nor "), &Place::root().key("on"), out)
}

/// The `filters` of a job; `None` where it always runs.
///
/// Without them no job runs for a tag:
/// <https://circleci.com/docs/guides/orchestrate/workflows/#executing-workflows-for-a-git-tag>
pub(super) fn filters(plan: &Plan, job: &Job, out: &mut Lowering<'_>) -> Option<String> {
    let only = &job.only;
    let mut all = Vec::new();
    let allowed: Vec<Event> = events(plan, only).collect();
    if restricts_events(plan, job) || (allowed == [Event::PullRequest] && !only.refs.is_empty()) {
        let events: Vec<String> = allowed.iter().copied().map(is).collect();
        all.push(any(&events));
    }
    all.extend(only.refs.iter().map(|it| one_of(&allowed, it)));
    for (name, value) in &only.inputs {
        let boolean = plan.inputs().any(|(it, input)| it == name && input.kind == InputKind::Boolean);
        let value = if boolean { value.clone() } else { quoted(value) };
        all.push(format!("pipeline.parameters.{name} == {value}"));
    }
    let tags = plan.triggers.push.as_ref().is_some_and(|it| !it.tags.is_empty());
    match (all.is_empty(), tags) {
        (true, false) => None,
        (true, true) => Some(format!("{BRANCH} or {TAG}")),
        (false, _) => Some(checked(all.join("\nand "), &job.place.key("only"), out)),
    }
}

fn events<'a>(plan: &'a Plan, only: &'a Only) -> impl Iterator<Item = Event> + 'a {
    Event::ALL.iter().copied().filter(|event| only.allows(*event) && plan.triggers.has(*event))
}

/// Of a pull request the target branch counts.
fn one_of(allowed: &[Event], wanted: &Refs) -> String {
    let here = any(&refs(wanted));
    // A pull request has no tag, but it has a branch.
    if wanted.branches.is_empty() || !allowed.contains(&Event::PullRequest) {
        return here;
    }
    let target = any(&globs(TARGET, &wanted.branches));
    if *allowed == [Event::PullRequest] {
        return target;
    }
    let pull_request = is(Event::PullRequest);
    format!("({pull_request} and {target} or {} and {here})", pull_request.replace("==", "!="))
}

fn refs(refs: &Refs) -> Vec<String> {
    let mut either = globs(BRANCH, &refs.branches);
    either.extend(globs(TAG, &refs.tags));
    either
}

fn globs(of: &str, globs: &[Glob]) -> Vec<String> {
    if globs.iter().any(Glob::is_any) {
        return vec![of.to_owned()];
    }
    globs.iter().map(|it| glob(of, it)).collect()
}

/// Patterns are RE2 and match the whole name; `/` ends them.
fn glob(of: &str, glob: &Glob) -> String {
    let (prefix, rest) = glob.literal_prefix();
    match rest {
        Rest::Nothing => format!("{of} == {}", quoted(prefix)),
        Rest::DoubleStar => format!("{of} starts-with {}", quoted(prefix)),
        Rest::Star | Rest::Complex => format!("{of} matches /^{}$/", glob.regex().replace('/', "\\/")),
    }
}

/// The event by CircleCI's name of it: <https://circleci.com/docs/reference/variables/#pipeline-values>
fn is(event: Event) -> String {
    let name = match event {
        Event::Push => "push",
        Event::PullRequest => "pull_request",
        Event::Schedule => "schedule",
        Event::Manual => "api",
    };
    format!("pipeline.event.name == \"{name}\"")
}

fn any(alternatives: &[String]) -> String {
    match alternatives {
        [one] => one.clone(),
        _ => format!("({})", alternatives.join(" or ")),
    }
}

/// In a condition nothing keeps `<<` from being a parameter.
fn checked(condition: String, at: &Place, out: &mut Lowering<'_>) -> String {
    if condition.contains("<<") {
        out.refuse(at, "CircleCI takes `<<` for a parameter, also in a condition", "write `?` for one of the two");
    }
    condition
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_the_whole_name() {
        let table = [
            ("main", r#"b == "main""#),
            ("release/**", r#"b starts-with "release/""#),
            ("v*", r"b matches /^v[^\/]*$/"),
            ("a.b/**/c", r"b matches /^a\.b\/(?:[^\/]+\/)*c$/"),
            (r#"a"b"#, r#"b == "a\"b""#),
        ];
        for (text, expected) in table {
            assert_eq!(glob("b", &Glob::parse(text).unwrap()), expected, "{text}");
        }
        assert_eq!(globs("b", &[Glob::parse("**").unwrap(), Glob::parse("main").unwrap()]), ["b"]);
    }
}
