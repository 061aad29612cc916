//! Circleci: not written yet.

use serde_json::{json, Value};

use super::{Feature, Lowering, Support, System};
use crate::plan::Plan;

/// Circleci.
pub(super) struct Circleci;

impl System for Circleci {
    fn path(&self) -> &'static str {
        ".circleci/config.yml"
    }

    fn places(&self) -> &'static [&'static str] {
        &[".circleci/config.yml"]
    }

    fn support(&self, _feature: Feature) -> Support {
        Support::Native("")
    }

    fn runner_schema(&self) -> Value {
        json!({ "type": "object" })
    }

    fn lower(&self, _plan: &Plan, _out: &mut Lowering<'_>) {}
}
