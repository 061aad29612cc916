//! When a job runs, as its `if`.

use super::expression;
use crate::{
    plan::{Expr, Glob, Job, Plan, Rest},
    spec::Event,
    systems::{feature::restricts_events, Lowering},
};

/// A job that is skipped counts as a passed check, so that the gate runs in a cancelled run, too, and is red there.
///
/// <https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/collaborating-on-repositories-with-code-quality-features/troubleshooting-required-status-checks>
pub(super) const ALWAYS: &str = "${{ always() }}";

/// The expression of a job's `if`; `None` when the job always runs.
pub(super) fn lower(plan: &Plan, job: &Job, out: &mut Lowering<'_>) -> Option<String> {
    let mut all = Vec::new();
    if restricts_events(plan, job) {
        let events = Event::ALL.iter().filter(|event| job.only.allows(**event) && plan.triggers.has(**event));
        let names: Vec<String> = events.map(|event| format!("github.event_name == '{}'", event_name(*event))).collect();
        all.push(any(names));
    }
    for refs in &job.only.refs {
        let at = job.place.key("only");
        let mut either = Vec::new();
        let branches: Vec<String> = refs
            .branches
            .iter()
            .filter_map(|glob| self::glob(glob, "(github.base_ref || github.ref_name)", &at, out))
            .collect();
        if !branches.is_empty() {
            either.push(format!("github.ref_type == 'branch' && {}", any(branches)));
        }
        let tags: Vec<String> = refs.tags.iter().filter_map(|it| glob(it, "github.ref_name", &at, out)).collect();
        if !tags.is_empty() {
            either.push(format!("github.ref_type == 'tag' && {}", any(tags)));
        }
        all.push(any(either));
    }
    for (input, value) in &job.only.inputs {
        let input = expression::value(plan, &Expr::Input(input.clone()));
        all.push(format!("({input}) == {}", expression::quoted(value)));
    }
    (!all.is_empty()).then(|| all.join(" && "))
}

/// GitHub's name of an event.
pub(super) fn event_name(event: Event) -> &'static str {
    match event {
        Event::Push => "push",
        Event::PullRequest => "pull_request",
        Event::Schedule => "schedule",
        Event::Manual => "workflow_dispatch",
    }
}

/// Expressions know equality and prefixes, no patterns.
fn glob(glob: &Glob, of: &str, at: &crate::diag::Place, out: &mut Lowering<'_>) -> Option<String> {
    let (prefix, rest) = glob.literal_prefix();
    let quoted = expression::quoted(prefix);
    match rest {
        Rest::Nothing => Some(format!("{of} == {quoted}")),
        Rest::DoubleStar if prefix.is_empty() => Some("true".to_owned()),
        Rest::DoubleStar => Some(format!("startsWith({of}, {quoted})")),
        // Without a `/` before the star there may be none at all.
        Rest::Star if !prefix.contains('/') => Some(format!("startsWith({of}, {quoted}) && !contains({of}, '/')")),
        Rest::Star | Rest::Complex => {
            let message = format!("GitHub's conditions cannot test the pattern `{}`", glob.text());
            out.refuse(at, message, format!("use a name, or a prefix with `**` such as `{prefix}**`"));
            None
        }
    }
}

fn any(alternatives: Vec<String>) -> String {
    match alternatives.as_slice() {
        [one] => one.clone(),
        _ => format!("({})", alternatives.join(" || ")),
    }
}
