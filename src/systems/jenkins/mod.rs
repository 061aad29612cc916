//! Jenkins: not written yet.

use serde_json::{json, Value};

use super::{Feature, Lowering, Support, System};
use crate::plan::Plan;

/// Jenkins.
pub(super) struct Jenkins;

impl System for Jenkins {
    fn path(&self) -> &'static str {
        "Jenkinsfile"
    }

    fn places(&self) -> &'static [&'static str] {
        &["Jenkinsfile"]
    }

    fn support(&self, _feature: Feature) -> Support {
        Support::Native("")
    }

    fn runner_schema(&self) -> Value {
        json!({ "type": "object" })
    }

    fn lower(&self, _plan: &Plan, _out: &mut Lowering<'_>) {}
}
