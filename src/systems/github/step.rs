//! A step of a job.

use serde::Serialize;

use super::Pair;
use crate::plan::Plan;

/// A step; what is absent is not printed.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Step {
    /// What overrides call it.
    #[serde(skip)]
    pub(super) id: String,
    pub(super) name: String,
    pub(super) condition: Option<String>,
    pub(super) uses: Option<String>,
    pub(super) tag: String,
    pub(super) finding: Option<String>,
    pub(super) shell: Option<String>,
    pub(super) working_directory: Option<String>,
    pub(super) env: Vec<Pair>,
    pub(super) with: Vec<Pair>,
    pub(super) run: Option<String>,
}

impl Step {
    /// The step under the name that overrides call it by.
    pub(super) fn named(self, id: impl Into<String>) -> Self {
        Step { id: id.into(), ..self }
    }
}

/// A step that runs an action, at its commit; the tag behind it is for people and bots.
pub(super) fn uses(name: &str, plan: &Plan, action: &str) -> Step {
    let pin = plan.pins.action(action);
    Step {
        name: name.to_owned(),
        uses: Some(format!("{action}@{}", pin.hash.unwrap_or_default())),
        tag: pin.version,
        ..Step::default()
    }
}
