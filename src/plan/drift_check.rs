//! The job of `policy.drift-check`, which fails when a committed pipeline is not what the spec renders.

use indexmap::IndexMap;

use super::{builder::Builder, registry::slug, Plan, Text, Triggers};
use crate::{
    diag::{Diagnostic, Place},
    spec::{self, DriftCheck, DriftCheckUse, Event, OneOrMany, Scalar, Toolchain},
};

/// The job's name and identifier.
pub(super) const NAME: &str = "drift-check";

const COMMAND: &str = "ci-gen check";

/// Where the job is asked for.
pub(super) fn place() -> Place {
    Place::root().key("policy").key("drift-check")
}

/// The job as if the spec described it. Of `[defaults]` only `concurrency` applies to it, as it speaks of whole runs.
pub(super) fn job(builder: &mut Builder<'_>, triggers: &Triggers) -> Option<spec::Job> {
    let spec = builder.spec;
    let version = version(builder);
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
    let (setup, install) = match &spec.tool.install {
        Some(install) => (None, install.clone()),
        // A full version is taken as it is: <https://doc.rust-lang.org/cargo/commands/cargo-install.html>
        None => (
            Some(IndexMap::from([(Toolchain::Rust, Scalar::Text("stable".to_owned()))])),
            OneOrMany::One(format!("cargo install ci-gen --locked --version {version}")),
        ),
    };
    Some(spec::Job {
        description: Some("The committed pipelines are what the spec renders".to_owned()),
        run: Some(OneOrMany::One(COMMAND.to_owned())),
        runner,
        setup,
        install: Some(install),
        only: others.then_some(only),
        concurrency: spec.defaults.concurrency,
        ..spec::Job::default()
    })
}

/// The version that pipelines install: the spec's, else that of this program.
fn version(builder: &mut Builder<'_>) -> String {
    let Some(version) = builder.spec.tool.version.clone() else { return env!("CARGO_PKG_VERSION").to_owned() };
    let (numbers, _) = version.split_once(['-', '+']).unwrap_or((&version, ""));
    let exact = numbers.split('.').count() == 3
        && numbers.split('.').all(|it| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit()))
        && version.chars().all(|c| c.is_ascii_alphanumeric() || ".-+".contains(c));
    if !exact {
        let at = Place::root().key("tool").key("version");
        let help = format!("write all of it, such as `{}`", env!("CARGO_PKG_VERSION"));
        builder.error("version", at, format!("`{version}` is no exact version"), Some(help));
    }
    version
}

/// Lets faults of the job point to what the user wrote: its commands are those of `[tool]`.
pub(super) fn relocate(diagnostics: &mut [Diagnostic]) {
    let install = place().key("install");
    for diagnostic in diagnostics {
        if let Some(rest) = diagnostic.place.as_str().strip_prefix(install.as_str()) {
            diagnostic.place = Place::from_pointer(format!("/tool/install{rest}"));
        }
    }
}

impl Plan {
    /// The plan whose `policy.drift-check` finds a spec that lies elsewhere than where ci-gen looks.
    ///
    /// `path` is relative to the repository's root, where the job runs.
    pub fn with_spec_at(&self, path: &str) -> Plan {
        let mut plan = self.clone();
        for job in plan.jobs.iter_mut().filter(|job| job.place == place()) {
            job.commands = vec![Text::literal(format!("{COMMAND} --spec {}", word(path)))];
        }
        plan
    }
}

/// A word of the shell.
fn word(path: &str) -> String {
    match path.chars().all(|c| c.is_ascii_alphanumeric() || "._/-".contains(c)) {
        true => path.to_owned(),
        false => format!("'{}'", path.replace('\'', "'\\''")),
    }
}
