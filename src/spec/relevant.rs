//! The part of the schema that has anything to say about one spec.
//!
//! Compiling the whole schema takes longer than all else that a small spec needs. What is left out here can never be
//! looked at while that spec is judged, so verdict and findings are those of the whole schema:
//!
//! - The schema of a property is only applied to a member of that name. If no table of the spec has such a key, `true`
//!   does as well. The name stays, because `additionalProperties` and "did you mean" go by it.
//! - A definition is only applied through a `$ref`, and those that are left name what is copied.
//! - Descriptions, titles and defaults assert nothing.

use std::collections::HashSet;

use indexmap::IndexMap;
use serde_json::{value::RawValue, Map, Value};

/// A JSON object whose values are still text.
type Raw<'a> = IndexMap<&'a str, &'a RawValue>;

/// Where definitions stand in a schema of draft-07, and how references to them begin.
const DEFINITIONS: &str = "definitions";
const REFERENCE: &str = "#/definitions/";

/// A schema, split no further than into its keywords and definitions.
#[derive(Debug)]
pub(super) struct Pieces<'a> {
    keywords: Raw<'a>,
    definitions: Raw<'a>,
}

impl<'a> Pieces<'a> {
    /// # Errors
    /// The schema is no JSON object.
    pub(super) fn of(schema: &'a str) -> Result<Self, serde_json::Error> {
        let mut keywords: Raw<'a> = serde_json::from_str(schema)?;
        let definitions = match keywords.shift_remove(DEFINITIONS) {
            Some(text) => serde_json::from_str(text.get())?,
            None => Raw::default(),
        };
        Ok(Pieces { keywords, definitions })
    }

    /// A schema that finds in that spec what the whole one finds.
    ///
    /// # Errors
    /// The schema is no JSON.
    pub(super) fn relevant(&self, spec: &Value) -> Result<Value, serde_json::Error> {
        let mut wanted = Wanted::default();
        wanted.keys_of(spec);
        let mut document = Map::new();
        for (keyword, text) in &self.keywords {
            wanted.keyword((*keyword).to_owned(), serde_json::from_str(text.get())?, &mut document);
        }
        let mut copied = Map::new();
        while let Some(name) = wanted.definitions.pop() {
            if let (Some(text), false) = (self.definitions.get(name.as_str()), copied.contains_key(&name)) {
                let definition = wanted.schema(serde_json::from_str(text.get())?);
                copied.insert(name, definition);
            }
        }
        document.insert(DEFINITIONS.to_owned(), Value::Object(copied));
        Ok(Value::Object(document))
    }
}

/// What a copy of the schema must hold.
#[derive(Default)]
struct Wanted<'a> {
    /// Every key of the spec, wherever it stands.
    keys: HashSet<&'a str>,
    /// Names that a `$ref` mentions and that are still to be copied.
    definitions: Vec<String>,
}

impl<'a> Wanted<'a> {
    fn keys_of(&mut self, value: &'a Value) {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    self.keys.insert(key);
                    self.keys_of(value);
                }
            }
            Value::Array(list) => list.iter().for_each(|it| self.keys_of(it)),
            _ => {}
        }
    }

    fn schema(&mut self, schema: Value) -> Value {
        match schema {
            Value::Object(keywords) => {
                let mut kept = Map::new();
                for (keyword, value) in keywords {
                    self.keyword(keyword, value, &mut kept);
                }
                Value::Object(kept)
            }
            Value::Array(schemas) => schemas.into_iter().map(|it| self.schema(it)).collect(),
            other => other,
        }
    }

    fn keyword(&mut self, keyword: String, value: Value, kept: &mut Map<String, Value>) {
        let value = match (keyword.as_str(), value) {
            ("description" | "title" | "default", _) => return,
            // Values of a spec, not schemas.
            ("const" | "enum" | "required", value) => value,
            ("properties", Value::Object(properties)) => {
                let of = |(name, schema): (String, Value)| match self.keys.contains(name.as_str()) {
                    true => (name, self.schema(schema)),
                    false => (name, Value::Bool(true)),
                };
                Value::Object(properties.into_iter().map(of).collect())
            }
            ("$ref", Value::String(reference)) => {
                self.definitions.extend(reference.strip_prefix(REFERENCE).map(str::to_owned));
                Value::String(reference)
            }
            (_, value) => self.schema(value),
        };
        kept.insert(keyword, value);
    }
}
