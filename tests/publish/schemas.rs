//! Bodies of writes against schemas, written from the vendors' documentation.

use std::{collections::BTreeMap, fs};

use serde_json::Value;

use super::server::Request;
use crate::support::project;

/// The writes of a vendor that have a schema.
///
/// A file `schemas/NAME.json` maps `METHOD /path/{with}/{names}` to a JSON Schema of the body; `true` stands where a body may
/// be anything, such as none at all.
pub struct Schemas {
    by_template: Vec<(String, Vec<String>, jsonschema::Validator)>,
}

impl Schemas {
    pub fn of(vendor: &str) -> Self {
        let path = project().join("tests/publish/schemas").join(format!("{vendor}.json"));
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let map: BTreeMap<String, Value> = serde_json::from_str(&text).unwrap();
        let compile = |(template, schema): (String, Value)| {
            let (method, path) = template.split_once(' ').unwrap();
            let segments = path.split('/').filter(|it| !it.is_empty()).map(str::to_owned).collect();
            let validator = jsonschema::validator_for(&schema).unwrap_or_else(|error| panic!("{template}: {error}"));
            (method.to_owned(), segments, validator)
        };
        Schemas { by_template: map.into_iter().map(compile).collect() }
    }

    /// What is wrong with a request; every write has to have a schema.
    pub fn check(&self, request: &Request) -> Option<String> {
        if !request.writes() {
            return None;
        }
        let segments = request.segments();
        let fits = |template: &[String]| {
            template.len() == segments.len()
                && template.iter().zip(&segments).all(|(wanted, given)| wanted.starts_with('{') || wanted == given)
        };
        let found = self.by_template.iter().find(|(method, template, _)| *method == request.method && fits(template));
        let Some((_, _, validator)) = found else { return Some("no schema knows this write".to_owned()) };
        let errors: Vec<String> =
            validator.iter_errors(&request.json()).map(|it| format!("{}: {it}", it.instance_path())).collect();
        (!errors.is_empty()).then(|| errors.join("; "))
    }
}
