//! Azure: not written yet.

use serde_json::{json, Value};

use super::{Feature, Lowering, Support, System};
use crate::plan::Plan;

/// Azure.
pub(super) struct Azure;

impl System for Azure {
    fn path(&self) -> &'static str {
        "azure-pipelines.yml"
    }

    fn places(&self) -> &'static [&'static str] {
        &["azure-pipelines.yml"]
    }

    fn support(&self, _feature: Feature) -> Support {
        Support::Native("")
    }

    fn runner_schema(&self) -> Value {
        json!({ "type": "object" })
    }

    fn lower(&self, _plan: &Plan, _out: &mut Lowering<'_>) {}
}
