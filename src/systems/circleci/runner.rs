//! The machine that a leg runs on, as one of CircleCI's executors.

use serde::Deserialize;
use serde_json::{json, Value};

use crate::{
    diag::Place,
    id::SystemId,
    plan::{Plan, Runner},
    spec::Os,
    systems::Lowering,
};

/// `circleci = { docker | machine | xcode, resource-class }`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Entry {
    docker: Option<String>,
    machine: Option<Machine>,
    xcode: Option<String>,
    resource_class: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Machine {
    Image(String),
    Own(bool),
}

pub(super) fn schema() -> Value {
    json!({
        "description": "The machine on CircleCI: one of `docker`, `machine` and `xcode`, and its size. A resource class with a `/` alone is a self-hosted runner.",
        "type": "object",
        "properties": {
            "docker": { "description": "Containers on Linux: the image of jobs that name none", "type": "string", "minLength": 1 },
            "machine": {
                "description": "A virtual machine by its image, such as `ubuntu-2404:current`; `true` for a self-hosted runner",
                "anyOf": [{ "type": "string", "minLength": 1 }, { "const": true }]
            },
            "xcode": { "description": "A macOS machine by its version of Xcode", "type": "string", "minLength": 1 },
            "resource-class": { "description": "The size, such as `large`, or `NAMESPACE/NAME` of self-hosted runners", "type": "string", "minLength": 1 }
        },
        "minProperties": 1,
        "additionalProperties": false
    })
}

/// An executor with its size.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Host {
    pub(super) kind: Kind,
    pub(super) os: Os,
    pub(super) class: String,
}

/// CircleCI's executors.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// Containers; the image is that of jobs that name none.
    Docker(String),
    /// A virtual machine with that image.
    Machine(String),
    /// A macOS machine with that Xcode.
    Xcode(String),
    /// A self-hosted runner.
    SelfHosted,
}

impl Host {
    /// Whether jobs run in containers.
    pub(super) fn is_docker(&self) -> bool {
        matches!(self.kind, Kind::Docker(_))
    }

    /// Whether other jobs leave something behind on the machine.
    pub(super) fn is_shared(&self) -> bool {
        self.kind == Kind::SelfHosted
    }

    /// The directory outside the checkout for what jobs put together. Steps of CircleCI and shells must read the
    /// same path, and Git's bash has a `/tmp` of its own.
    pub(super) fn scratch(&self) -> &'static str {
        match self.os {
            Os::Windows => "C:/ci-gen",
            Os::Linux | Os::Macos => "/tmp/ci-gen",
        }
    }
}

/// CircleCI's own machines: <https://circleci.com/docs/guides/execution-managed/executor-intro/>
fn hosted(plan: &Plan, os: Os) -> Kind {
    match os {
        Os::Linux => Kind::Docker(plan.pins.own_image("cimg/base")),
        Os::Windows => Kind::Machine(plan.pins.own_image("windows-server-2022-gui")),
        Os::Macos => Kind::Xcode("26.6.0".to_owned()),
    }
}

/// The default of a size may change, so it is always named:
/// <https://circleci.com/docs/reference/configuration-reference/#resourceclass>
fn class(os: Os) -> &'static str {
    match os {
        Os::Linux => "medium",
        Os::Windows => "windows.medium",
        Os::Macos => "m4pro.medium",
    }
}

/// The executor of a runner; a runner without an entry is refused.
pub(super) fn of(plan: &Plan, name: &str, out: &mut Lowering<'_>) -> Host {
    let Some(runner) = plan.runners.get(name) else {
        return Host { kind: hosted(plan, Os::Linux), os: Os::Linux, class: class(Os::Linux).to_owned() };
    };
    let os = runner.os;
    let entry = out.runner::<Entry>(runner);
    if entry.is_none() && runner.name != os.key() {
        out.no_runner(runner);
    }
    let entry = entry.unwrap_or_default();
    check(runner, &entry, out);
    let size = entry.resource_class.clone().unwrap_or_else(|| class(os).to_owned());
    let kind = match entry {
        Entry { docker: Some(image), .. } => Kind::Docker(image),
        Entry { machine: Some(Machine::Image(image)), .. } => Kind::Machine(image),
        Entry { machine: Some(Machine::Own(true)), .. } => Kind::SelfHosted,
        Entry { xcode: Some(version), .. } => Kind::Xcode(version),
        Entry { resource_class: Some(class), .. } if class.contains('/') => Kind::SelfHosted,
        _ => hosted(plan, os),
    };
    Host { kind, os, class: size }
}

fn check(runner: &Runner, entry: &Entry, out: &mut Lowering<'_>) {
    let at = runner.place.key("circleci");
    let given = [entry.docker.is_some(), entry.machine.is_some(), entry.xcode.is_some()];
    if given.iter().filter(|it| **it).count() > 1 {
        let message = format!("the runner `{}` has several executors on CircleCI", runner.name);
        out.refuse(&at, message, "keep one of `docker`, `machine` and `xcode`");
    }
    let wrong = match runner.os {
        Os::Linux => entry.xcode.as_ref().map(|_| "xcode"),
        Os::Windows => entry.xcode.as_ref().map(|_| "xcode").or(entry.docker.as_ref().map(|_| "docker")),
        Os::Macos => entry.docker.as_ref().map(|_| "docker"),
    };
    if let Some(key) = wrong {
        let message = format!("`{key}` gives no machine with {} on CircleCI", runner.os.key());
        out.refuse(&at.key(key), message, "set `os` of the runner, or choose another executor");
    }
    let own = matches!(entry.machine, Some(Machine::Own(true)));
    if own && !entry.resource_class.as_ref().is_some_and(|it| it.contains('/')) {
        let message = "a self-hosted runner is known by its resource class alone";
        out.refuse(&at, message, "add `resource-class = \"NAMESPACE/NAME\"`");
    }
}

/// The images of runners with Docker, which are those of jobs that name none.
pub(super) fn images(plan: &Plan) -> Vec<(String, Place)> {
    let runners = plan.runners.values();
    let entries = runners.filter_map(|it| it.entries.get(&SystemId::Circleci).map(|entry| (it, entry)));
    let images = entries.filter_map(|(runner, entry)| {
        let image = entry.get("docker")?.as_str()?;
        Some((image.to_owned(), runner.place.key(SystemId::Circleci.key()).key("docker")))
    });
    images.collect()
}
