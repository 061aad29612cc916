//! What a spec describes and no job, or no target, uses: harmless, and seldom meant.

use super::Plan;
use crate::{
    diag::{Diagnostic, Place},
    spec::Spec,
};

/// One warning for each runner and service without a leg that uses it, and each `[target.NAME]` of no target.
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
    warnings
}

fn unused(table: &str, name: &str, message: String, help: &str) -> Diagnostic {
    let at = Place::root().key(table).key(name);
    Diagnostic::warning("unused", at, message).on_key().help(help)
}
