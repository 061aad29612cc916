//! The machine that a leg runs on, as the label of its agent.

use serde::Deserialize;
use serde_json::{json, Value};

use crate::{
    plan::{Leg, Plan},
    systems::Lowering,
};

/// `jenkins = { label = "linux && docker" }`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Runner {
    label: String,
}

pub(super) fn schema() -> Value {
    json!({
        "description": "The agent on Jenkins.",
        "type": "object",
        "properties": {
            "label": {
                "description": "A label, or labels with `&&`, `||`, `!` and parentheses",
                "type": "string",
                "minLength": 1
            }
        },
        "required": ["label"],
        "additionalProperties": false
    })
}

/// The label of a leg's agent; a runner without an entry is refused.
///
/// The built-in runners are looked for under their own names: Jenkins has no labels of its own.
pub(super) fn label(plan: &Plan, leg: &Leg, out: &mut Lowering<'_>) -> String {
    let Some(runner) = plan.runner_of(leg) else { return String::new() };
    if let Some(entry) = out.runner::<Runner>(runner) {
        return entry.label;
    }
    if runner.name != runner.os.key() {
        out.no_runner(runner);
    }
    runner.os.key().to_owned()
}
