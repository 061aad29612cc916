//! What a spec describes and no job, or no target, uses: harmless, and seldom meant.

use super::Plan;
use crate::{
    diag::{Diagnostic, Place},
    spec::Spec,
};

/// One warning for each runner and service without a leg that uses it, each `[target.NAME]` of no target, and
/// `report.forks` without effect.
pub(super) fn check(spec: &Spec, plan: &Plan) -> Vec<Diagnostic> {
    let legs = || plan.jobs.iter().flat_map(|job| &job.legs);
    let mut warnings = Vec::new();
    for name in spec.runner.keys().filter(|name| !legs().any(|leg| leg.runner == **name)) {
        let message = format!("no job runs on the runner `{name}`");
        warnings.push(unused("runner", name, message, "name it in the `runner` of a job, or take it out"));
    }
    for name in spec.service.keys().filter(|name| !legs().any(|leg| leg.services.contains(name))) {
        let message = format!("no job uses the service `{name}`");
        warnings.push(unused("service", name, message, "name it in the `services` of a job, or take it out"));
    }
    for system in spec.target.keys().filter(|system| !spec.targets.as_slice().contains(system)) {
        let message = format!("`{system}` is no target, so nothing follows from this");
        warnings.push(unused("target", system.key(), message, "add it to `targets`, or take it out"));
    }
    warnings.extend(forks(plan));
    warnings
}

/// `report.forks` where there is nothing to publish, or no fork to publish for.
fn forks(plan: &Plan) -> Option<Diagnostic> {
    let report = plan.report.as_ref().filter(|it| it.forks)?;
    let (message, help) = match (report.publishes(), &plan.triggers.pull_request) {
        (true, Some(_)) => return None,
        (false, _) => ("nothing is published, for forks or otherwise", "set `comment`, `status` or `check`, too"),
        (true, None) => ("no pull request starts the pipeline, so no fork does", "add `on.pull-request`"),
    };
    Some(unused("report", "forks", message.to_owned(), &format!("{help}, or take it out")))
}

fn unused(table: &str, name: &str, message: String, help: &str) -> Diagnostic {
    let at = Place::root().key(table).key(name);
    Diagnostic::warning("unused", at, message).on_key().help(help)
}
