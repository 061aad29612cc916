//! The JSON Schema of `report.json`, derived from the types that it is made of.

use schemars::generate::SchemaSettings;
use serde_json::{json, Value};

use super::Report;

/// The JSON Schema (draft-07) of a report, as `schemas/report.schema.json` holds it.
///
/// Unknown keys are no errors: a later version may add some.
///
/// ```
/// let schema = ci_gen::report::schema();
/// assert_eq!(schema["title"], "report.json of ci-gen");
/// ```
pub fn schema() -> Value {
    let mut schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<Report>().to_value();
    if let Some(root) = schema.as_object_mut() {
        root.insert("title".into(), json!("report.json of ci-gen"));
    }
    if let Some(version) = schema.pointer_mut("/properties/schema").and_then(Value::as_object_mut) {
        version.insert("const".into(), json!(super::SCHEMA));
    }
    schema
}
