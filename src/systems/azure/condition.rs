//! When a job runs, as its `condition`.

use super::value::{self, quoted};
use crate::{
    plan::{Glob, Job, Plan, Refs, Rest},
    spec::{Event, InputKind},
    systems::{feature::restricts_events, Lowering},
};

const SOURCE: &str = "variables['Build.SourceBranch']";

/// `refs/heads/main` in Azure Repos, `main` elsewhere.
const TARGET: &str = "variables['System.PullRequest.TargetBranch']";

/// Also after a failure, and when the run was cancelled.
pub(super) const ALWAYS: &str = "always()";

/// The condition of a job; `None` when the default does, which is that all needed jobs succeeded.
///
/// A condition replaces that default, so it begins with it.
/// <https://learn.microsoft.com/azure/devops/pipelines/process/conditions>
pub(super) fn lower(plan: &Plan, job: &Job, out: &mut Lowering<'_>) -> Option<String> {
    if job.gate {
        return Some(ALWAYS.to_owned());
    }
    let mut all = vec!["succeeded()".to_owned()];
    // A person can always start a run, whatever the triggers are.
    if restricts_events(plan, job) || !job.only.allows(Event::Manual) {
        let events = Event::ALL.iter().filter(|event| job.only.allows(**event));
        let reasons: Vec<String> = events.flat_map(|event| reasons(*event)).map(|it| quoted(it)).collect();
        all.push(one_of("variables['Build.Reason']", &reasons));
    }
    for refs in &job.only.refs {
        all.push(self::refs(plan, job, refs, out));
    }
    for (input, wanted) in &job.only.inputs {
        let kind = plan.inputs().find(|(it, _)| *it == input).map(|(_, input)| input.kind);
        let wanted = match kind {
            // A text would count as true here, whatever it says.
            Some(InputKind::Boolean) => wanted.clone(),
            _ => quoted(wanted),
        };
        all.push(format!("${{{{ eq(parameters.{}, {wanted}) }}}}", value::parameter(input)));
    }
    (all.len() > 1).then(|| format!("and({})", all.join(", ")))
}

/// <https://learn.microsoft.com/azure/devops/pipelines/build/variables> (`Build.Reason`)
pub(super) fn reasons(event: Event) -> &'static [&'static str] {
    match event {
        Event::Push => &["IndividualCI", "BatchedCI"],
        Event::PullRequest => &["PullRequest"],
        Event::Schedule => &["Schedule"],
        Event::Manual => &["Manual"],
    }
}

fn refs(plan: &Plan, job: &Job, refs: &Refs, out: &mut Lowering<'_>) -> String {
    let mut either = Vec::new();
    let mut names = Vec::new();
    for (globs, beginning) in [(&refs.branches, "refs/heads/"), (&refs.tags, "refs/tags/")] {
        for glob in globs {
            match glob.is_literal() {
                true => names.push(quoted(&format!("{beginning}{}", glob.text()))),
                false => either.extend(pattern(job, glob, SOURCE, beginning, out)),
            }
        }
    }
    if !names.is_empty() {
        either.insert(0, one_of(SOURCE, &names));
    }
    if plan.triggers.has(Event::PullRequest) && job.only.allows(Event::PullRequest) && !refs.branches.is_empty() {
        let literals = refs.branches.iter().filter(|glob| glob.is_literal()).map(Glob::text);
        let names: Vec<String> =
            literals.flat_map(|name| [quoted(name), quoted(&format!("refs/heads/{name}"))]).collect();
        if !names.is_empty() {
            either.push(one_of(TARGET, &names));
        }
        for glob in refs.branches.iter().filter(|glob| !glob.is_literal()) {
            either.extend(target(job, glob, out));
        }
    }
    match either.as_slice() {
        // Only after a refusal.
        [] => "true".to_owned(),
        [one] => one.clone(),
        _ => format!("or({})", either.join(", ")),
    }
}

/// Expressions know equality and prefixes, no patterns.
fn pattern(job: &Job, glob: &Glob, of: &str, beginning: &str, out: &mut Lowering<'_>) -> Option<String> {
    let (prefix, rest) = glob.literal_prefix();
    let quoted = quoted(&format!("{beginning}{prefix}"));
    match rest {
        Rest::Nothing => Some(format!("eq({of}, {quoted})")),
        Rest::DoubleStar => Some(format!("startsWith({of}, {quoted})")),
        Rest::Star => Some(format!("and(startsWith({of}, {quoted}), not(contains(replace({of}, {quoted}, ''), '/')))")),
        Rest::Complex => {
            let message = format!("Azure's conditions cannot test the pattern `{}`", glob.text());
            out.refuse(&job.place.key("only"), message, format!("use a name, or a prefix such as `{prefix}**`"));
            None
        }
    }
}

/// The same for the target branch of a pull request, which is empty on other events.
fn target(job: &Job, glob: &Glob, out: &mut Lowering<'_>) -> Option<String> {
    let is_pull_request = "eq(variables['Build.Reason'], 'PullRequest')";
    match glob.literal_prefix() {
        ("", Rest::DoubleStar) => Some(is_pull_request.to_owned()),
        ("", Rest::Star) => {
            Some(format!("and({is_pull_request}, not(contains(replace({TARGET}, 'refs/heads/', ''), '/')))"))
        }
        (prefix, Rest::DoubleStar) => {
            let (short, full) = (quoted(prefix), quoted(&format!("refs/heads/{prefix}")));
            Some(format!("startsWith({TARGET}, {short}), startsWith({TARGET}, {full})"))
        }
        _ => {
            let full = format!("format('refs/heads/{{0}}', replace({TARGET}, 'refs/heads/', ''))");
            pattern(job, glob, &full, "refs/heads/", out)
        }
    }
}

fn one_of(what: &str, values: &[String]) -> String {
    match values {
        [one] => format!("eq({what}, {one})"),
        _ => format!("in({what}, {})", values.join(", ")),
    }
}
