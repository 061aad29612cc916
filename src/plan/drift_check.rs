//! The job of `policy.drift-check`, which fails when a committed pipeline is not what the spec renders.

use super::{builder::Builder, registry::slug, tool::Tool, Triggers};
use crate::{
    diag::{Diagnostic, Place},
    spec::{self, DriftCheck, DriftCheckUse, Event, OneOrMany},
};

/// The job's name and identifier.
pub(super) const NAME: &str = "drift-check";

/// What the job runs.
pub(super) const COMMAND: &str = "ci-gen check";

/// Where the job is asked for.
pub(super) fn place() -> Place {
    Place::root().key("policy").key("drift-check")
}

/// The job as if the spec described it. Of `[defaults]` only `concurrency` applies to it, as it speaks of whole runs.
pub(super) fn job(builder: &mut Builder<'_>, triggers: &Triggers, tool: &Tool) -> Option<spec::Job> {
    let spec = builder.spec;
    let DriftCheck { runner } = spec.policy.drift_check.as_ref().and_then(DriftCheckUse::table)?;
    if let Some(name) = spec.job.keys().find(|name| slug(name) == NAME) {
        let message = format!("`policy.drift-check` adds a job `{NAME}`, and the spec has one of that name");
        let help = format!("give the job another name, or leave out `{}`", place());
        let at = Place::root().key("job").key(name);
        builder.diagnostics.push(Diagnostic::error("job-name-collision", at, message).on_key().help(help));
        return None;
    }
    let changes = [Event::Push, Event::PullRequest];
    if !changes.iter().any(|it| triggers.has(*it)) {
        let message = format!("the job `{NAME}` never runs: neither pushes nor pull requests start the pipeline");
        let help = "add `push` or `pull-request` to `[on]`".to_owned();
        builder.error("only-never", place(), message, Some(help));
        return None;
    }
    let others = Event::ALL.iter().any(|it| triggers.has(*it) && !changes.contains(it));
    let only = spec::Only { events: Some(OneOrMany::Many(changes.to_vec())), ..spec::Only::default() };
    Some(spec::Job {
        description: Some("The committed pipelines are what the spec renders".to_owned()),
        run: Some(OneOrMany::One(COMMAND.to_owned())),
        runner,
        setup: (!tool.setup.is_empty()).then(|| tool.setup.clone()),
        install: Some(tool.install.clone()),
        only: others.then_some(only),
        concurrency: spec.defaults.concurrency,
        ..spec::Job::default()
    })
}
