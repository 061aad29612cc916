//! What is kept between runs, as Azure's cache task.

use super::{
    job::Scope,
    step::{task, Step},
    value::HOME,
};
use crate::{
    plan::{Cache, Text},
    spec::Os,
    systems::{azure::runner, Lowering},
};

/// One step per path, since the task takes one path only.
///
/// <https://learn.microsoft.com/azure/devops/pipelines/tasks/reference/cache-v2>
pub(super) fn lower(scope: &Scope<'_>, cache: &Cache, out: &mut Lowering<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    for (index, path) in cache.paths.iter().enumerate() {
        let Some(directory) = directory(scope, path) else {
            let text = path.write(str::to_owned, |expr| format!("{{{{ {expr} }}}}"));
            let message = format!("`{text}` lies inside the job's container, where Azure's cache does not reach");
            out.degrade(&cache.place.key("path"), message, "keep it in a directory of the repository");
            continue;
        };
        let number = if index == 0 { String::new() } else { format!("-{}", index + 1) };
        let mut prefix = format!("\"{}{number}\" | \"$(Agent.OS)\" | \"$(Agent.OSArchitecture)\"", cache.name);
        for part in scope.job.setup.values().chain(&cache.path_values()) {
            prefix.push_str(&format!(" | \"{}\"", scope.values.text(part)));
        }
        let keys: Vec<String> = cache.keys.iter().map(|key| scope.values.text(&pathy(key))).collect();
        let key = format!("{prefix} | {}", keys.join(", "));
        let inputs = [("key", key.as_str()), ("restoreKeys", &prefix), ("path", &directory)];
        let step = task(&format!("Cache {}{number}", cache.name), "Cache@2", &inputs);
        // A lock file that is not there would fail the job.
        steps.push(Step { continue_on_error: true, ..step });
    }
    steps
}

/// The path in full; `None` where it lies inside a container.
fn directory(scope: &Scope<'_>, path: &Text) -> Option<String> {
    let text = scope.values.text(path);
    match text.strip_prefix("~/") {
        None => Some(format!("$(System.DefaultWorkingDirectory)/{text}")),
        Some(_) if scope.in_container => None,
        Some(rest) => Some(format!("{}/{rest}", home(scope))),
    }
}

/// The home directory, from the environment of the agent.
fn home(scope: &Scope<'_>) -> String {
    match homes_differ(scope) {
        true => format!("$({HOME})"),
        false => home_of(runner::os(scope.values.plan, scope.legs[0])).to_owned(),
    }
}

pub(super) fn home_of(os: Os) -> &'static str {
    match os {
        Os::Windows => "$(USERPROFILE)",
        Os::Linux | Os::Macos => "$(HOME)",
    }
}

/// Whether legs need a variable for their home directory.
pub(super) fn homes_differ(scope: &Scope<'_>) -> bool {
    let at_home =
        |cache: &Cache| cache.paths.iter().any(|path| path.write(str::to_owned, |_| String::new()).starts_with("~/"));
    let home = |leg: &crate::plan::Leg| home_of(runner::os(scope.values.plan, leg));
    let mixed = scope.legs.windows(2).any(|pair| home(pair[0]) != home(pair[1]));
    mixed && !scope.in_container && scope.job.caches.iter().any(at_home)
}

/// A segment counts as a file only if it has a `.` or a `/` in it, and `*` and `**` alone are reserved.
///
/// <https://github.com/microsoft/azure-pipelines-agent/blob/master/src/Agent.Plugins/PipelineCache/FingerprintCreator.cs>
fn pathy(key: &Text) -> Text {
    let literal = key.write(str::to_owned, |_| String::new());
    if literal.contains('/') {
        return key.clone();
    }
    let mut text = Text::literal("./");
    text.push(key);
    match literal.contains('.') && !literal.ends_with('.') {
        true => key.clone(),
        false => text,
    }
}
