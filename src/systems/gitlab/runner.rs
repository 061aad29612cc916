//! The machine that a leg runs on, as `tags`.

use serde::Deserialize;
use serde_json::{json, Value};

use crate::{
    plan::{Leg, Plan},
    spec::Os,
    systems::Lowering,
};

/// `gitlab = { tags = ["big"] }`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Runner {
    tags: Vec<String>,
}

pub(super) fn schema() -> Value {
    json!({
        "description": "The machine on GitLab CI: the tags that a runner must have.",
        "type": "object",
        "properties": {
            "tags": {
                "description": "Tags that the runner must all have; empty for any runner that takes jobs without tags",
                "type": "array",
                "items": { "type": "string", "minLength": 1 },
                "uniqueItems": true,
                "maxItems": 49
            }
        },
        "required": ["tags"],
        "additionalProperties": false
    })
}

/// Hosted runners of GitLab.com: <https://docs.gitlab.com/ci/runners/hosted_runners/>.
///
/// Linux has no tag, so that the runners of any GitLab take the job; on GitLab.com that is a small one.
fn hosted(os: Os) -> Vec<String> {
    match os {
        Os::Linux => Vec::new(),
        Os::Windows => vec!["saas-windows-medium-amd64".to_owned()],
        Os::Macos => vec!["saas-macos-medium-m1".to_owned()],
    }
}

/// The tags for a leg; a runner without an entry is refused.
pub(super) fn tags(plan: &Plan, leg: &Leg, out: &mut Lowering<'_>) -> Vec<String> {
    let Some(runner) = plan.runner_of(leg) else { return Vec::new() };
    if let Some(entry) = out.runner::<Runner>(runner) {
        return entry.tags;
    }
    if runner.name != runner.os.key() {
        out.no_runner(runner);
    }
    hosted(runner.os)
}

/// The operating system of a leg.
pub(super) fn os(plan: &Plan, leg: &Leg) -> Os {
    plan.runner_of(leg).map(|runner| runner.os).unwrap_or_default()
}
