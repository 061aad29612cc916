//! Travis: not written yet.

use serde_json::{json, Value};

use super::{Feature, Lowering, Support, System};
use crate::plan::Plan;

/// Travis.
pub(super) struct Travis;

impl System for Travis {
    fn path(&self) -> &'static str {
        ".travis.yml"
    }

    fn places(&self) -> &'static [&'static str] {
        &[".travis.yml"]
    }

    fn support(&self, _feature: Feature) -> Support {
        Support::Native("")
    }

    fn runner_schema(&self) -> Value {
        json!({ "type": "object" })
    }

    fn lower(&self, _plan: &Plan, _out: &mut Lowering<'_>) {}
}
