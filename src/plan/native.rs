//! Overrides that speak of systems and jobs which the spec does not have.

use super::{builder::Builder, Plan};
use crate::diag::{Diagnostic, Place};

/// Reports them; what else is wrong with an override, the system finds.
pub(super) fn check(builder: &mut Builder<'_>, plan: &Plan) {
    let spec = builder.spec;
    let jobs: Vec<&str> = plan.jobs.iter().map(|job| job.name.as_str()).collect();
    for (system, overrides) in &spec.overrides {
        let at = Place::root().key("override").key(system.key());
        if !spec.targets.as_slice().contains(system) {
            let message = format!("`{system}` is overridden, but no target of the spec");
            let help = format!("add \"{system}\" to `targets`, or leave the override out");
            builder.diagnostics.push(Diagnostic::error("override-target", at.clone(), message).on_key().help(help));
        }
        let named = overrides.job.keys().map(|job| (at.key("job"), job));
        let patched = overrides.patch.job.keys().map(|job| (at.key("patch").key("job"), job));
        for (at, job) in named.chain(patched).filter(|(_, job)| !jobs.contains(&job.as_str())) {
            let message = format!("the spec has no job `{job}`");
            let diagnostic = Diagnostic::error("override-unknown-job", at.key(job), message).on_key();
            builder.diagnostics.push(diagnostic.suggest(job, jobs.iter().copied()));
        }
        for name in overrides.raw.keys().filter(|name| jobs.contains(&name.as_str())) {
            let message = format!("the spec has a job `{name}` already");
            let help = format!("choose another name, or override that job by `[override.{system}.job.{name}]`");
            let at = at.key("raw").key(name);
            builder.diagnostics.push(Diagnostic::error("override-collision", at, message).on_key().help(help));
        }
    }
}
