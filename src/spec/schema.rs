//! The JSON Schema of a spec, and its findings in words that people understand.

use jsonschema::{error::ValidationErrorKind, ValidationError, Validator};
use serde_json::Value;

use super::relevant::Pieces;
use crate::diag::{quoted_list, Diagnostic, Place};

/// The JSON Schema of the spec.
pub struct Schema {
    pieces: Pieces<'static>,
}

impl Schema {
    /// Takes a schema of draft-07, as JSON. What of it a spec needs is compiled once that spec is there.
    ///
    /// # Errors
    /// It is no JSON object.
    pub fn new(text: &'static str) -> Result<Self, String> {
        Pieces::of(text).map(|pieces| Schema { pieces }).map_err(|error| error.to_string())
    }

    /// Everything that the schema finds wrong with a spec.
    pub fn check(&self, spec: &Value) -> Vec<Diagnostic> {
        let document = self.pieces.relevant(spec).map_err(|error| error.to_string());
        match document.and_then(Compiled::of) {
            Ok(compiled) => compiled.check(spec),
            Err(error) => {
                let message = format!("the schema of specs is faulty: {error}");
                let diagnostic = Diagnostic::error("internal", Place::root(), message);
                vec![diagnostic.help("this is a fault of ci-gen, please report it")]
            }
        }
    }
}

/// A schema that is ready to check with.
struct Compiled {
    document: Value,
    validator: Validator,
}

impl Compiled {
    fn of(document: Value) -> Result<Self, String> {
        let validator = jsonschema::validator_for(&document).map_err(|error| error.to_string())?;
        Ok(Compiled { document, validator })
    }

    fn check(&self, spec: &Value) -> Vec<Diagnostic> {
        self.validator.iter_errors(spec).flat_map(|error| self.diagnostics(&error)).collect()
    }

    fn diagnostics(&self, error: &ValidationError<'_>) -> Vec<Diagnostic> {
        let place = Place::from_pointer(error.instance_path().as_str());
        let name = place.segments().filter(|it| it.parse::<usize>().is_err()).last().unwrap_or_default();
        match error.kind() {
            ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
                self.best_branch(context, error, &place)
            }
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                let known = self.known_keys(error);
                unexpected
                    .iter()
                    .map(|key| {
                        let within = if name.is_empty() { String::new() } else { format!(" in `{place}`") };
                        Diagnostic::error("unknown-key", place.key(key), format!("unknown key `{key}`{within}"))
                            .on_key()
                            .suggest(key, known.iter().map(String::as_str))
                    })
                    .collect()
            }
            ValidationErrorKind::PropertyNames { error: inner } => {
                let key = inner.instance().as_str().unwrap_or_default().to_owned();
                let known = enum_options(inner);
                vec![Diagnostic::error("unknown-key", place.key(&key), format!("unknown key `{key}` in `{place}`"))
                    .on_key()
                    .suggest(&key, known.iter().map(String::as_str))]
            }
            ValidationErrorKind::Required { property } => {
                let key = property.as_str().unwrap_or_default();
                let within = if name.is_empty() { "the spec".to_owned() } else { format!("`{place}`") };
                let diagnostic = Diagnostic::error("missing-key", place, format!("{within} lacks `{key}`")).on_key();
                vec![if key == "schema" { diagnostic.help("begin the spec with `schema = 1`") } else { diagnostic }]
            }
            ValidationErrorKind::Enum { .. } => {
                let found = show(error.instance());
                let known = enum_options(error);
                let word = error.instance().as_str().unwrap_or_default();
                vec![Diagnostic::error("unknown-value", place, format!("{found} is no value of `{name}`"))
                    .suggest(word, known.iter().map(String::as_str))]
            }
            ValidationErrorKind::Constant { .. } => vec![self.branch_mismatch(&place, error.instance(), &[])],
            ValidationErrorKind::Type { .. } => {
                let wanted = self.wanted(error);
                vec![self.branch_mismatch(&place, error.instance(), &wanted)]
            }
            ValidationErrorKind::MinItems { .. } => {
                vec![Diagnostic::error("empty-list", place.clone(), format!("`{place}` must not be empty"))]
            }
            ValidationErrorKind::MinLength { .. } => {
                vec![Diagnostic::error("empty-text", place.clone(), format!("`{place}` must not be empty"))]
            }
            ValidationErrorKind::Minimum { limit } => {
                let found = show(error.instance());
                vec![Diagnostic::error("out-of-range", place, format!("{found} is too small for `{name}`"))
                    .help(format!("the smallest value is {limit}"))]
            }
            ValidationErrorKind::Maximum { limit } => {
                let found = show(error.instance());
                vec![Diagnostic::error("out-of-range", place, format!("{found} is too large for `{name}`"))
                    .help(format!("the largest value is {limit}"))]
            }
            _ => vec![Diagnostic::error("schema", place, error.to_string())],
        }
    }

    /// Of several forms, the one that the user probably meant: the branch that accepts the value's own type.
    fn best_branch(
        &self,
        context: &[Vec<ValidationError<'static>>],
        error: &ValidationError<'_>,
        place: &Place,
    ) -> Vec<Diagnostic> {
        let at_top = |it: &ValidationError<'_>| is_other_form(it, place);
        let meant = context.iter().filter(|branch| !branch.is_empty() && !branch.iter().any(at_top));
        if let Some(branch) = meant.min_by_key(|branch| branch.len()) {
            return branch.iter().flat_map(|it| self.diagnostics(it)).collect();
        }
        let options = enum_options(error);
        if let (Some(word), false) = (error.instance().as_str(), options.is_empty()) {
            let name = place.segments().filter(|it| it.parse::<usize>().is_err()).last().unwrap_or_default();
            let diagnostic =
                Diagnostic::error("unknown-value", place.clone(), format!("`{word}` is no value of `{name}`"));
            return vec![diagnostic.suggest(word, options.iter().map(String::as_str))];
        }
        let wanted: Vec<&'static str> = context.iter().flatten().flat_map(|it| self.wanted_forms(it)).collect();
        vec![self.branch_mismatch(place, error.instance(), &wanted)]
    }

    fn branch_mismatch(&self, place: &Place, found: &Value, wanted: &[&'static str]) -> Diagnostic {
        let mut words: Vec<&str> = Vec::new();
        for word in wanted.iter().filter(|word| **word != "nothing") {
            if !words.contains(word) {
                words.push(word);
            }
        }
        let wanted = match words.as_slice() {
            [] => "something else".to_owned(),
            [one] => (*one).to_owned(),
            [head @ .., last] => format!("{} or {last}", head.join(", ")),
        };
        Diagnostic::error("wrong-type", place.clone(), format!("`{place}` is {}, but must be {wanted}", kind(found)))
    }

    fn wanted_forms(&self, error: &ValidationError<'_>) -> Vec<&'static str> {
        match error.kind() {
            ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
                context.iter().flatten().flat_map(|it| self.wanted_forms(it)).collect()
            }
            _ => self.wanted(error),
        }
    }

    fn wanted(&self, error: &ValidationError<'_>) -> Vec<&'static str> {
        let types = self.at_schema(error, "type");
        let names: Vec<&str> = match types {
            Some(Value::String(one)) => vec![one.as_str()],
            Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        names.into_iter().map(type_name).collect()
    }

    /// The keys that the table of an `additionalProperties` finding may have.
    fn known_keys(&self, error: &ValidationError<'_>) -> Vec<String> {
        let properties = self.at_schema(error, "properties").and_then(Value::as_object);
        properties.map(|it| it.keys().cloned().collect()).unwrap_or_default()
    }

    /// The sibling `keyword` of the schema keyword that produced the finding.
    fn at_schema(&self, error: &ValidationError<'_>, keyword: &str) -> Option<&Value> {
        let pointer = error.schema_path().as_str();
        let parent = &pointer[..pointer.rfind('/')?];
        self.document.pointer(parent)?.get(keyword)
    }
}

/// Whether a finding says that the value as a whole is of another form.
fn is_other_form(error: &ValidationError<'_>, place: &Place) -> bool {
    let here = error.instance_path().as_str() == place.as_str();
    here && match error.kind() {
        ValidationErrorKind::Type { .. } | ValidationErrorKind::Constant { .. } | ValidationErrorKind::Enum { .. } => {
            true
        }
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            context.iter().all(|branch| branch.iter().any(|it| is_other_form(it, place)))
        }
        _ => false,
    }
}

fn enum_options(error: &ValidationError<'_>) -> Vec<String> {
    let options = match error.kind() {
        ValidationErrorKind::Enum { options } => options.as_array(),
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            return context.iter().flatten().flat_map(enum_options).collect();
        }
        ValidationErrorKind::Constant { expected_value } => {
            return expected_value.as_str().map(str::to_owned).into_iter().collect();
        }
        _ => None,
    };
    options.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn type_name(name: &str) -> &'static str {
    match name {
        "string" => "a string",
        "integer" => "an integer",
        "number" => "a number",
        "boolean" => "`true` or `false`",
        "array" => "a list",
        "object" => "a table",
        _ => "nothing",
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "a table",
    }
}

fn show(value: &Value) -> String {
    match value {
        Value::String(text) => quoted_list(&[text]),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests;
