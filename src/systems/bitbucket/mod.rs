//! Bitbucket: not written yet.

use serde_json::{json, Value};

use super::{Feature, Lowering, Support, System};
use crate::plan::Plan;

/// Bitbucket.
pub(super) struct Bitbucket;

impl System for Bitbucket {
    fn path(&self) -> &'static str {
        "bitbucket-pipelines.yml"
    }

    fn places(&self) -> &'static [&'static str] {
        &["bitbucket-pipelines.yml"]
    }

    fn support(&self, _feature: Feature) -> Support {
        Support::Native("")
    }

    fn runner_schema(&self) -> Value {
        json!({ "type": "object" })
    }

    fn lower(&self, _plan: &Plan, _out: &mut Lowering<'_>) {}
}
