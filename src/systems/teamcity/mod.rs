//! Teamcity: not written yet.

use serde_json::{json, Value};

use super::{Feature, Lowering, Support, System};
use crate::plan::Plan;

/// Teamcity.
pub(super) struct Teamcity;

impl System for Teamcity {
    fn path(&self) -> &'static str {
        ".teamcity/settings.kts"
    }

    fn places(&self) -> &'static [&'static str] {
        &[".teamcity/settings.kts"]
    }

    fn support(&self, _feature: Feature) -> Support {
        Support::Native("")
    }

    fn runner_schema(&self) -> Value {
        json!({ "type": "object" })
    }

    fn lower(&self, _plan: &Plan, _out: &mut Lowering<'_>) {}
}
