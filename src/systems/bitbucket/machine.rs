//! The machine that a leg runs on, as `size` or `runs-on`.

use serde::Deserialize;
use serde_json::{json, Value};

use crate::{
    plan::{Job, Leg, Plan},
    spec::Os,
    systems::Lowering,
};

/// `bitbucket = { size = "2x" }` or `{ runs-on = ["self.hosted", "linux"] }`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Entry {
    size: Option<String>,
    runs_on: Option<Labels>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Labels {
    One(String),
    All(Vec<String>),
}

/// Where and how a step runs.
#[derive(Clone, Debug)]
pub(super) struct Machine {
    /// Its operating system.
    pub(super) os: Os,
    /// `size`, unless it is the default.
    pub(super) size: Option<String>,
    /// `runs-on`; empty for Bitbucket's own machines.
    pub(super) labels: Vec<String>,
    /// Whether the step runs in a container, with services beside it, or on the machine itself.
    pub(super) kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Container,
    Shell,
}

/// Sizes and how many MB of memory a step of that size has:
/// <https://support.atlassian.com/bitbucket-cloud/docs/step-options/#Size>
const SIZES: &[(&str, usize)] =
    &[("1x", 4096), ("2x", 8192), ("4x", 16384), ("8x", 32768), ("16x", 65536), ("32x", 131_072)];

pub(super) fn schema() -> Value {
    let sizes: Vec<&str> = SIZES.iter().map(|(size, _)| *size).collect();
    let label = json!({ "type": "string", "minLength": 1, "maxLength": 50 });
    json!({
        "description": "The machine on Bitbucket Pipelines: a size of Bitbucket's own, or labels of yours.",
        "type": "object",
        "properties": {
            "size": { "description": "Memory and processors of the step", "enum": sizes },
            "runs-on": {
                "description": "Labels that all must match, such as `self.hosted`",
                "anyOf": [label, { "type": "array", "items": label, "minItems": 1, "maxItems": 10 }]
            }
        },
        "minProperties": 1,
        "additionalProperties": false
    })
}

/// The machine of a leg; a runner without an entry is refused.
pub(super) fn of(plan: &Plan, job: &Job, leg: &Leg, out: &mut Lowering<'_>) -> Machine {
    let mut machine = Machine { os: Os::Linux, size: None, labels: Vec::new(), kind: Kind::Container };
    let Some(runner) = plan.runner_of(leg) else { return machine };
    machine.os = runner.os;
    match out.runner::<Entry>(runner) {
        Some(entry) => {
            machine.size = entry.size;
            machine.labels = match entry.runs_on {
                None => Vec::new(),
                Some(Labels::One(label)) => vec![label],
                Some(Labels::All(labels)) => labels,
            };
        }
        None if runner.name != runner.os.key() => {
            out.no_runner(runner);
            return machine;
        }
        None => {}
    }
    if machine.os != Os::Linux && machine.labels.is_empty() {
        let message = format!("Bitbucket has no {} machines", title(machine.os));
        let help = format!("add `bitbucket = {{ runs-on = [\"self.hosted\", …] }}` to `[runner.{}]`", runner.name);
        out.refuse(&job.place.key("runner"), message, help);
    }
    // https://support.atlassian.com/bitbucket-cloud/docs/set-up-runners-for-linux-shell/
    if machine.os != Os::Linux || machine.labels.iter().any(|it| it.starts_with("linux.shell")) {
        machine.kind = Kind::Shell;
    }
    machine
}

impl Machine {
    /// How many MB of memory a step has, services included; `None` on machines that are not Bitbucket's.
    pub(super) fn memory(&self) -> Option<usize> {
        let size = self.size.as_deref().unwrap_or("1x");
        SIZES.iter().find(|(it, _)| *it == size && self.labels.is_empty()).map(|(_, memory)| *memory)
    }
}

pub(super) fn title(os: Os) -> &'static str {
    match os {
        Os::Linux => "Linux",
        Os::Windows => "Windows",
        Os::Macos => "macOS",
    }
}
