//! The machine that a leg runs on, as `pool`.

use serde::{Deserialize, Serialize};
use serde_json::{json, Value};

use crate::{
    plan::{Leg, Plan},
    spec::Os,
    systems::Lowering,
};

/// `azure = { vm-image }` or `{ pool, demands }`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(untagged)]
pub(super) enum Runner {
    Hosted(Hosted),
    Pool(Pool),
}

/// A machine of Microsoft's.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Hosted {
    pub(super) vm_image: String,
}

/// A machine of an organisation's own pool.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pool {
    pub(super) pool: String,
    #[serde(default)]
    pub(super) demands: Vec<String>,
}

pub(super) fn schema() -> Value {
    json!({
        "description": "The machine on Azure: one of Microsoft's by image, or one of a pool.",
        "anyOf": [
            {
                "type": "object",
                "properties": {
                    "vm-image": {
                        "description": "The image of a Microsoft-hosted machine, such as `ubuntu-24.04`",
                        "type": "string",
                        "minLength": 1
                    }
                },
                "required": ["vm-image"],
                "additionalProperties": false
            },
            {
                "type": "object",
                "properties": {
                    "pool": { "description": "The name of an agent pool", "type": "string", "minLength": 1 },
                    "demands": {
                        "description": "What the agent must have, such as `Agent.OS -equals Linux` or `docker`",
                        "type": "array",
                        "items": { "type": "string", "minLength": 1 }
                    }
                },
                "required": ["pool"],
                "additionalProperties": false
            }
        ]
    })
}

/// Microsoft's machines: <https://learn.microsoft.com/azure/devops/pipelines/agents/hosted>
fn hosted(os: Os) -> &'static str {
    match os {
        Os::Linux => "ubuntu-24.04",
        Os::Windows => "windows-2025",
        Os::Macos => "macOS-15",
    }
}

/// The machine of a leg; a runner without an entry is refused.
pub(super) fn of(plan: &Plan, leg: &Leg, out: &mut Lowering<'_>) -> Runner {
    let image = |vm_image: &str| Runner::Hosted(Hosted { vm_image: vm_image.to_owned() });
    let Some(runner) = plan.runner_of(leg) else { return image("") };
    if let Some(entry) = out.runner::<Runner>(runner) {
        return entry;
    }
    if runner.name != runner.os.key() {
        out.no_runner(runner);
    }
    image(hosted(runner.os))
}

/// The operating system of a leg.
pub(super) fn os(plan: &Plan, leg: &Leg) -> Os {
    plan.runner_of(leg).map_or(Os::Linux, |runner| runner.os)
}
