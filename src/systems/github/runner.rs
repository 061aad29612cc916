//! The machine that a leg runs on, as `runs-on`.

use serde::{Deserialize, Serialize};
use serde_json::{json, Value};

use crate::{
    plan::{Leg, Plan},
    spec::Os,
    systems::Lowering,
};

/// `github = "label"`, `["self-hosted", "gpu"]` or `{ group, labels }`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(untagged)]
pub(super) enum Runner {
    Label(String),
    Labels(Vec<String>),
    Group(Group),
}

/// Runners of an organisation's group.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Group {
    group: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    labels: Vec<String>,
}

pub(super) fn schema() -> Value {
    json!({
        "description": "The machine on GitHub Actions: a label, a list of labels that all must match, or a group.",
        "anyOf": [
            { "type": "string", "minLength": 1 },
            { "type": "array", "items": { "type": "string", "minLength": 1 }, "minItems": 1 },
            {
                "type": "object",
                "properties": {
                    "group": { "description": "The runner group", "type": "string", "minLength": 1 },
                    "labels": { "description": "Labels that all must match", "type": "array", "items": { "type": "string" } }
                },
                "required": ["group"],
                "additionalProperties": false
            }
        ]
    })
}

/// GitHub's own machines: <https://docs.github.com/en/actions/reference/runners/github-hosted-runners>
fn hosted(os: Os) -> &'static str {
    match os {
        Os::Linux => "ubuntu-24.04",
        Os::Windows => "windows-2025",
        Os::Macos => "macos-26",
    }
}

/// The machine of a leg; a runner without an entry is refused.
pub(super) fn of(plan: &Plan, leg: &Leg, out: &mut Lowering<'_>) -> Runner {
    let Some(runner) = plan.runner_of(leg) else { return Runner::Label(String::new()) };
    if let Some(entry) = out.runner::<Runner>(runner) {
        return entry;
    }
    if runner.name != runner.os.key() {
        out.no_runner(runner);
    }
    Runner::Label(hosted(runner.os).to_owned())
}
