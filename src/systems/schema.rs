//! The JSON Schema of the spec, put together from its types and what each system knows of runners.

use schemars::generate::SchemaSettings;
use serde_json::{json, Map, Value};

use super::{get, Native};
use crate::{
    id::SystemId,
    spec::{Schema, Spec},
};

/// The JSON Schema (draft-07) of a spec, as `schemas/ci-gen.schema.json` holds it.
pub fn document() -> Value {
    let schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<Spec>();
    let mut document = schema.to_value();
    if let Some(root) = document.as_object_mut() {
        root.insert("title".into(), json!("ci-gen.toml"));
    }
    let mut properties = Map::new();
    if let Some(os) = document.pointer("/definitions/Runner/properties/os") {
        properties.insert("os".into(), os.clone());
    }
    for id in SystemId::ALL {
        let mut schema = get(*id).runner_schema();
        if let Some(schema) = schema.as_object_mut() {
            let description = format!("The machine on {}.", id.title());
            schema.entry("description").or_insert(json!(description));
        }
        properties.insert(id.key().into(), schema);
    }
    if let Some(runner) = document.pointer_mut("/definitions/Runner").and_then(Value::as_object_mut) {
        runner.insert("properties".into(), Value::Object(properties));
        runner.insert("additionalProperties".into(), json!(false));
        runner.remove("patternProperties");
        runner.remove("propertyNames");
    }
    for (name, definition) in slots() {
        if let Some(definitions) = document.pointer_mut("/definitions").and_then(Value::as_object_mut) {
            definitions.insert(name, definition);
        }
    }
    for (pointer, value) in maps_by_system(&document) {
        if let Some(map) = document.pointer_mut(&pointer).and_then(Value::as_object_mut) {
            map.insert("properties".into(), value);
            map.insert("additionalProperties".into(), json!(false));
            map.remove("patternProperties");
            map.remove("propertyNames");
        }
    }
    document
}

/// Maps keyed by system become tables with one known key per system, so that editors complete them.
fn maps_by_system(document: &Value) -> Vec<(String, Value)> {
    let each = |reference: &str| {
        let entries = SystemId::ALL.iter().map(|id| (id.key().to_owned(), json!({ "$ref": reference })));
        Value::Object(entries.collect())
    };
    let overrides = SystemId::ALL.iter().map(|id| {
        let reference = match get(*id).native() {
            Native::Keys(_) => "#/definitions/Override".to_owned(),
            Native::Text(_) => format!("#/definitions/{}", of_system(*id, "Override")),
        };
        (id.key().to_owned(), json!({ "$ref": reference }))
    });
    let mut maps = vec![
        ("/properties/target".to_owned(), each("#/definitions/Target")),
        ("/properties/override".to_owned(), Value::Object(overrides.collect())),
    ];
    let branches = document.pointer("/definitions/UnsupportedUse/anyOf").and_then(Value::as_array);
    for (index, branch) in branches.into_iter().flatten().enumerate() {
        if branch.get("type").is_some_and(|it| it == "object") {
            maps.push((format!("/definitions/UnsupportedUse/anyOf/{index}"), each("#/definitions/Unsupported")));
        }
    }
    maps
}

/// The overrides of systems that take text at places of a program.
fn slots() -> Vec<(String, Value)> {
    let mut definitions = Vec::new();
    for id in SystemId::ALL {
        if let Native::Text(slots) = get(*id).native() {
            let (whole, job) = (of_system(*id, "Override"), of_system(*id, "JobOverride"));
            let (of_whole, of_job) = slots.schemas(id.title(), &format!("#/definitions/{job}"));
            definitions.extend([(whole, of_whole), (job, of_job)]);
        }
    }
    definitions
}

/// A definition that is one system's own.
fn of_system(id: SystemId, what: &str) -> String {
    let (first, rest) = id.key().split_at(1);
    format!("{}{rest}{what}", first.to_uppercase())
}

/// The committed document, which a test keeps equal to [`document`]: reading it takes a tenth of deriving it.
const COMMITTED: &str = include_str!("../../schemas/ci-gen.schema.json");

/// The schema, ready to check specs with.
///
/// # Errors
/// What is wrong with the schema; that is a fault of ci-gen.
pub fn schema() -> Result<Schema, String> {
    Schema::new(COMMITTED)
}
