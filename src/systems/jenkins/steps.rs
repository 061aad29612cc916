//! The steps of a job: toolchains, installation and commands, in caches and under a time limit.

use super::{
    cache, job,
    kind::{self, Kind},
    service,
    stage::Step,
    value::{self, Value},
};
use crate::{
    plan::{Duration, Expr, Job, Plan, Text},
    script::{self, Insert},
    spec::{Shell, Toolchain},
    systems::{commands, toolchain, Lowering},
};

/// The class file of the Jenkinsfile holds each string in at most so many bytes.
///
/// <https://docs.oracle.com/javase/specs/jvms/se17/html/jvms-4.html#jvms-4.4.7>
const LONGEST_SCRIPT: usize = 65_535;

pub(super) fn lower(plan: &Plan, job: &Job, kind: &Kind) -> Vec<Step> {
    let mut steps = Vec::new();
    for need in &job.needs {
        let need = &plan.jobs[*need];
        if job.brings(need).next().is_some() {
            let arguments = vec![Value::from(need.slug.as_str())];
            steps.push(Step::Call { function: "fetchArtifacts".to_owned(), arguments });
        }
    }
    let mut cached = Vec::new();
    for wait in service::wait(plan, kind, job.shell) {
        cached.push(shell(job, &format!("{}\n{wait}", script::strict(job.shell))));
    }
    cached.extend(toolchains(plan, job, kind));
    if !job.install.is_empty() {
        cached.push(shell(job, &complete(plan, job, kind, &job.install)));
    }
    let mut main = vec![shell(job, &complete(plan, job, kind, &job.commands))];
    if job.retry > 0 {
        // The step counts all tries, the spec only the extra ones.
        main = vec![Step::Retry { count: job.retry + 1, steps: main }];
    }
    if !job.secrets.is_empty() {
        main = vec![Step::Secrets { names: job.secrets.clone(), steps: main }];
    }
    cached.extend(main);
    let cached = cache::wrap(plan, job, kind, cached);
    match cache::uses_home(job, kind) {
        true => steps.push(Step::Home { steps: cached }),
        false => steps.extend(cached),
    }
    let steps = named(plan, job, kind, steps);
    match &job.timeout {
        Some(timeout) => vec![limited(*timeout, steps)],
        None => steps,
    }
}

/// Variables that `environment` cannot hold, as a step around the others.
fn named(plan: &Plan, job: &Job, kind: &Kind, steps: Vec<Step>) -> Vec<Step> {
    let env = plan.env_of(job);
    let words = env.iter().filter(|(name, value)| {
        value::is_word_of_groovy(name) && (job.checkout.is_some() || !job::needs_checkout(value))
    });
    let variables: Vec<Value> = words
        .map(|(name, value)| {
            let known = value.fill(|expr| kind.known(plan, job, expr).map(Text::literal));
            Value::from(format!("{name}=")).with(Value::text(&known, &value::code).for_environment())
        })
        .collect();
    match variables.is_empty() {
        true => steps,
        false => vec![Step::Env { variables, steps }],
    }
}

/// Around the steps, not as an option of the stage: there it would count the wait for an agent, and stop `post`.
fn limited(timeout: Duration, steps: Vec<Step>) -> Step {
    match timeout.seconds() {
        seconds if seconds % 60 == 0 => Step::Timeout { time: seconds / 60, unit: "MINUTES", steps },
        seconds => Step::Timeout { time: seconds, unit: "SECONDS", steps },
    }
}

/// Submodules and Git LFS files, which the checkout by the agent leaves out.
pub(super) fn more_checkout(job: &Job) -> Option<Step> {
    let checkout = job.checkout.as_ref().filter(|it| it.submodules || it.lfs)?;
    Some(Step::Checkout { submodules: checkout.submodules, lfs: checkout.lfs })
}

fn insert<'a>(plan: &'a Plan, job: &'a Job, kind: &'a Kind) -> impl Fn(&Expr) -> Insert + 'a {
    |expr| match kind.known(plan, job, expr) {
        Some(known) => Insert::Literal(known),
        None => Insert::Variable(value::variable(expr)),
    }
}

fn complete(plan: &Plan, job: &Job, kind: &Kind, list: &[Text]) -> String {
    let script = commands::script(job, list, &|expr| kind.known(plan, job, expr), &value::variable);
    commands::complete(job, &script, 0, &insert(plan, job, kind))
}

/// A script that begins with `#!` gets neither `-x` nor `-e` from Jenkins:
/// <https://github.com/jenkinsci/durable-task-plugin/blob/master/src/main/java/org/jenkinsci/plugins/durabletask/BourneShellScript.java>
fn shell(job: &Job, text: &str) -> Step {
    match job.shell {
        Shell::Bash => Step::Sh { script: format!("#!/usr/bin/env bash\n{text}\n") },
        Shell::Sh => Step::Sh { script: format!("#!/bin/sh\n{text}\n") },
        Shell::Pwsh => Step::Pwsh { script: format!("{text}\n") },
    }
}

/// In a container the image has them; on a machine nothing can install them but rustup.
fn toolchains(plan: &Plan, job: &Job, kind: &Kind) -> Vec<Step> {
    let insert = insert(plan, job, kind);
    let mut lines = Vec::new();
    for (toolchain, version) in &job.setup {
        if !kind.toolchains.contains(toolchain) {
            continue;
        }
        match (toolchain, kind.contained) {
            // The official image has neither: https://hub.docker.com/_/rust
            (Toolchain::Rust, true) if job.image.is_none() => {
                lines.push("rustup component add clippy rustfmt".to_owned());
            }
            (_, true) => {}
            (Toolchain::Rust, false) => {
                let name = script::word(version, job.shell, &insert);
                lines.push(format!("rustup toolchain install {name} --profile minimal --component clippy,rustfmt"));
            }
            (_, false) => {
                lines.push(toolchain::check(*toolchain, &script::word(version, job.shell, &insert), job.shell))
            }
        }
    }
    if lines.is_empty() {
        return Vec::new();
    }
    vec![shell(job, &format!("{}\n{}", script::strict(job.shell), lines.join("\n")))]
}

/// Reports what the steps of a job cannot do.
pub(super) fn check(plan: &Plan, job: &Job, out: &mut Lowering<'_>) {
    let place = &job.place;
    if plan.published_by(job).is_some() && job.secrets.is_empty() {
        let message = "the gate has no token to publish with: Jenkins binds credentials to steps that name them";
        let help = "name the code host's token under `report.secrets`, such as `secrets = [\"GITHUB_TOKEN\"]`";
        out.degrade(place, message, help);
    }
    let main = match job.kind {
        crate::plan::Kind::Run => "run",
        crate::plan::Kind::Test => "test",
    };
    for group in kind::groups(plan, job) {
        let kind = Kind::of(plan, group.legs[0]);
        for (list, key) in [(&job.install, "install"), (&job.commands, main)] {
            let bytes = complete(plan, job, &kind, list).len();
            if bytes > LONGEST_SCRIPT {
                let message = format!("the step has {bytes} bytes; a string of a Jenkinsfile at most {LONGEST_SCRIPT}");
                out.limit(
                    &place.key(key),
                    message,
                    "https://docs.oracle.com/javase/specs/jvms/se17/html/jvms-4.html#jvms-4.4.7",
                );
            }
        }
        let path = plan.env_of(job).keys().any(|name| name.eq_ignore_ascii_case("PATH"));
        if kind.contained && path {
            let message = "Jenkins passes no `PATH` into containers";
            out.refuse(&place.key("env"), message, "set it at the beginning of the commands");
        }
    }
    if let (Some(_), true) = (&job.timeout, job.legs.iter().any(|leg| leg.allow_failure)) {
        let message = "a leg over its time limit aborts the build, although it may fail";
        out.degrade(&place.key("allow-failure"), message, "set the limit in the command itself");
    }
    let sha = |text: &Text| job::needs_checkout(text);
    if job.checkout.is_none() {
        if job.commands.iter().chain(&job.install).chain(job.env.values()).any(sha) {
            let message = "Jenkins knows `git.sha` only behind a checkout";
            out.refuse(&place.key("checkout"), message, "check out the repository, or leave the value out");
        }
        for (name, _) in plan.env.iter().filter(|(name, value)| sha(value) && !job.env.contains_key(*name)) {
            let message = format!("without a checkout the job has no `{name}`: Jenkins does not know the commit yet");
            out.degrade(&place.key("checkout"), message, "check out the repository");
        }
    }
    if job.checkout.as_ref().is_some_and(|it| it.depth.is_some_and(|depth| depth > 0)) {
        let message = "Jenkins clones as deep as the job's branch source says, by default the whole history";
        out.degrade(&place.key("checkout").key("depth"), message, "set the depth in the branch source");
    }
}
