//! One job of the plan as one entry of `jobs.include` per leg.

use std::collections::HashSet;

use serde::Serialize;

use super::{
    artifact, checkout, condition, container, env, runner, setup,
    step::{self, Phase, Step},
    triggers,
};
use crate::{
    plan::{Expr, Job, Kind, Leg, Plan},
    script::Shell,
    spec::Os,
    systems::{
        outline::{path, NativeJob, Role},
        Lowering,
    },
};

#[derive(Serialize)]
pub(super) struct JobModel {
    description: Option<String>,
    name: String,
    stage: Option<String>,
    condition: Option<String>,
    os: &'static str,
    dist: Option<String>,
    arch: Option<String>,
    language: &'static str,
    versions: Vec<(String, String)>,
    pub(super) git: Vec<checkout::Setting>,
    docker: bool,
    cache: Vec<String>,
    workspaces: Option<artifact::Workspaces>,
    env: Vec<String>,
    before_install: Commands,
    install: Commands,
    script: Commands,
}

/// The commands of a phase; a single one stands in the same line.
#[derive(Serialize)]
struct Commands {
    single: Option<String>,
    list: Vec<String>,
}

impl From<Vec<String>> for Commands {
    fn from(mut list: Vec<String>) -> Self {
        match list.len() {
            1 => Commands { single: list.pop(), list },
            _ => Commands { single: None, list },
        }
    }
}

/// The names of all jobs of the build, each given once: `allow_failures` goes by them.
#[derive(Default)]
pub(super) struct Names {
    taken: HashSet<String>,
    pub(super) may_fail: Vec<String>,
}

impl Names {
    fn of(&mut self, job: &Job, leg: &Leg) -> String {
        let title = leg.title();
        let mut name = match title.is_empty() {
            true => job.name.clone(),
            false => format!("{} ({title})", job.name),
        };
        while !self.taken.insert(name.clone()) {
            name = format!("{} ({})", job.name, leg.id);
            if self.taken.contains(&name) {
                name.push('\'');
            }
        }
        if leg.allow_failure {
            self.may_fail.push(name.clone());
        }
        name
    }
}

/// A job may take so long, on public repositories: <https://docs.travis-ci.com/user/customizing-the-build/#build-timeouts>
const LONGEST_MINUTES: u64 = 50;

pub(super) fn lower(
    plan: &Plan,
    job: &Job,
    stage: Option<&str>,
    names: &mut Names,
    out: &mut Lowering<'_>,
) -> Vec<JobModel> {
    check(plan, job, out);
    let known = |expr: &Expr| step::known(plan, job, expr);
    let envs: Vec<Vec<String>> = job.legs.iter().map(|leg| env::of_leg(job, leg, &known)).collect();
    let condition = condition::lower(plan, job, out);
    let toolchains = setup::before_install(plan, job, out);
    let services = container::services(plan, job, out);
    let container = container::image(plan, job, &envs, out);
    let install = step::lower(plan, job, Phase::Install, out);
    let main = step::lower(plan, job, Phase::Main, out);
    let packing = artifact::packing(plan, job, out);
    let mut models = Vec::with_capacity(job.legs.len());
    let parts = toolchains.into_iter().zip(services).zip(packing).zip(envs);
    for (index, (leg, (((toolchains, services), packing), env))) in job.legs.iter().zip(parts).enumerate() {
        let machine = runner::of(plan, leg, out);
        let linux = machine.os == "linux";
        let in_container = leg.image.is_some();
        let cache = cache(job, leg, out);
        let language = setup::language(plan, job, leg, out);

        let mut before: Vec<(&str, String)> = Vec::new();
        if triggers::has_paths(&plan.triggers) {
            before.push(("changes", format!("bash {} || travis_terminate 0", triggers::CHANGES)));
        }
        before.extend(artifact::unpacking(plan, job).into_iter().map(|it| ("needs", it)));
        before.extend(toolchains.into_iter().map(|it| ("setup", it)));
        before.extend(services.clone().into_iter().map(|it| ("services", it)));
        before.extend(container.clone().filter(|_| in_container).map(|it| ("container", it)));
        let (before_ids, before): (Vec<&str>, Vec<String>) = before.into_iter().unzip();

        let mut script = main.commands(job, leg, Phase::Main, linux);
        let mut script_ids = vec![if job.kind == Kind::Run { "run" } else { "test" }; script.len()];
        if in_container && (packing.is_some() || !cache.is_empty()) {
            // What the container's user made could not be packed.
            script.push("sudo chown -R \"$(id -u):$(id -g)\" \"$HOME\"".to_owned());
            script_ids.push("ownership");
        }
        script.extend(packing);
        script_ids.resize(script.len(), "artifacts");
        let install_commands = install.commands(job, leg, Phase::Install, linux);
        // Without commands Travis is told to skip the phase, which is no step.
        let installs = if matches!(install, Step::Nothing) { 0 } else { install_commands.len() };
        let at = path(&["jobs", "include", &out.native_jobs().to_string()]);
        let native = NativeJob::new(job, Role::Whole, at).steps(&["before_install"], before_ids);
        let native = native.steps(&["install"], vec!["install"; installs]);
        out.stands(native.steps(&["script"], script_ids));
        let scripts = [&install, &main].iter().any(|it| matches!(it, Step::File(_))) || !before.is_empty();
        models.push(JobModel {
            description: job.description.clone().filter(|_| index == 0),
            name: names.of(job, leg),
            stage: stage.map(str::to_owned),
            condition: condition.clone(),
            os: machine.os,
            dist: machine.dist,
            arch: machine.arch,
            language: language.name,
            versions: language.versions,
            git: checkout::lower(job, !linux && scripts, out),
            docker: in_container || services.is_some(),
            cache,
            workspaces: artifact::workspaces(plan, job, leg),
            env,
            before_install: before.into(),
            install: install_commands.into(),
            script: script.into(),
        });
    }
    models
}

/// Reports what Travis's machines cannot do.
fn check(plan: &Plan, job: &Job, out: &mut Lowering<'_>) {
    for leg in &job.legs {
        container::check(plan, job, leg, out);
    }
    let windows = |leg: &Leg| plan.runner_of(leg).is_some_and(|it| it.os == Os::Windows);
    let on_machine = || job.legs.iter().filter(|leg| leg.image.is_none());
    let at = job.place.key("shell");
    if job.shell == Shell::Pwsh && on_machine().next().is_some() {
        let help = "set `image = \"mcr.microsoft.com/powershell\"`, or take another shell";
        out.refuse(&at, "Travis's machines have no PowerShell 7", help);
    }
    if job.shell == Shell::Sh && on_machine().any(|leg| !windows(leg)) {
        let message = "`sh` on Travis's Linux machines is dash, which has no `pipefail`";
        out.refuse(&at, message, "leave `shell` out: bash is everywhere");
    }
    let Some(timeout) = &job.timeout else { return };
    let at = job.place.key("timeout");
    if job.legs.iter().any(windows) {
        let help = "nothing to do: Travis itself ends a job at last";
        out.degrade(&at, "legs on Windows have no time limit: `timeout` means something else there", help);
    }
    if timeout.minutes_ceil() > LONGEST_MINUTES {
        let message = "Travis ends a job after 50 minutes, after 120 if the repository is private";
        let help = "choose at most `50m`: https://docs.travis-ci.com/user/customizing-the-build/#build-timeouts";
        out.degrade(&at, message, help);
    }
}

/// Directories that Travis keeps; the paths stand in a command without quotes.
///
/// <https://docs.travis-ci.com/user/caching/#arbitrary-directories>
fn cache(job: &Job, leg: &Leg, out: &mut Lowering<'_>) -> Vec<String> {
    let mut directories: Vec<String> = Vec::new();
    for cache in &job.caches {
        for path in &cache.paths {
            let path = leg.fill(path);
            let path = path.as_literal().unwrap_or_default();
            if !path.chars().all(|c| c.is_ascii_alphanumeric() || "~_-./:@%+=,".contains(c)) {
                let message =
                    format!("Travis cannot cache `{path}`: its tool takes paths apart at blanks and the like");
                out.refuse(&cache.place, message, "use letters, digits and `_-./:@%+=,`");
            }
            let path = match path.strip_prefix("~/") {
                Some(rest) => format!("$HOME/{rest}"),
                None => path.to_owned(),
            };
            if !directories.contains(&path) {
                directories.push(path);
            }
        }
    }
    directories
}
