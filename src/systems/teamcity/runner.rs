//! The agent that a leg needs, as requirements.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{json, Value};

use super::text;
use crate::{
    plan::{Leg, Plan},
    spec::Os,
    systems::Lowering,
};

/// `teamcity = { requirements = { NAME = "value" } }`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Runner {
    requirements: IndexMap<String, String>,
}

/// One condition on the agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Requirement {
    verb: &'static str,
    name: String,
    value: String,
}

pub(super) fn schema() -> Value {
    json!({
        "description": "The agent on TeamCity.",
        "type": "object",
        "properties": {
            "requirements": {
                "description": "Parameters that the agent must have, each with exactly this value, beside the operating system",
                "type": "object",
                "additionalProperties": { "type": "string" },
                "minProperties": 1
            }
        },
        "required": ["requirements"],
        "additionalProperties": false
    })
}

/// What the Java of an agent calls its system:
/// <https://www.jetbrains.com/help/teamcity/agent-requirements.html>
fn system(os: Os) -> &'static str {
    match os {
        Os::Linux => "Linux",
        Os::Windows => "Windows",
        Os::Macos => "Mac",
    }
}

/// The requirements of a leg; a runner without an entry is refused.
pub(super) fn of(plan: &Plan, leg: &Leg, out: &mut Lowering<'_>) -> Vec<Requirement> {
    let Some(runner) = plan.runner_of(leg) else { return Vec::new() };
    let os = Requirement {
        verb: "contains",
        name: "teamcity.agent.jvm.os.name".to_owned(),
        value: system(runner.os).to_owned(),
    };
    let mut requirements = vec![os];
    match out.runner::<Runner>(runner) {
        Some(entry) => requirements.extend(entry.requirements.into_iter().map(|(name, value)| Requirement {
            verb: "equals",
            name,
            value: text::escape(&value),
        })),
        None if runner.name != runner.os.key() => out.no_runner(runner),
        None => {}
    }
    requirements
}

/// The operating system of a leg.
pub(super) fn os(plan: &Plan, leg: &Leg) -> Os {
    plan.runner_of(leg).map_or(Os::Linux, |it| it.os)
}
