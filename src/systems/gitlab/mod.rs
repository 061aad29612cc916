//! Gitlab: not written yet.

use serde_json::{json, Value};

use super::{Feature, Lowering, Support, System};
use crate::plan::Plan;

/// Gitlab.
pub(super) struct Gitlab;

impl System for Gitlab {
    fn path(&self) -> &'static str {
        ".gitlab-ci.yml"
    }

    fn places(&self) -> &'static [&'static str] {
        &[".gitlab-ci.yml"]
    }

    fn support(&self, _feature: Feature) -> Support {
        Support::Native("")
    }

    fn runner_schema(&self) -> Value {
        json!({ "type": "object" })
    }

    fn lower(&self, _plan: &Plan, _out: &mut Lowering<'_>) {}
}
