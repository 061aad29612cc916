//! TOML text to a JSON value, remembering where in the text everything stands.

use std::{collections::HashMap, ops::Range};

use serde_json::{Map, Number, Value};
use toml::{
    de::{DeTable, DeValue},
    Spanned,
};

use crate::diag::{Diagnostic, Place};

/// Where a value of the spec stands in the text, in bytes.
#[derive(Clone, Debug)]
struct Spans {
    /// Of the key; of the value itself for list elements.
    key: Range<usize>,
    value: Range<usize>,
}

/// The text positions of everything in a spec.
#[derive(Clone, Debug, Default)]
pub struct Positions {
    places: HashMap<Place, Spans>,
}

impl Positions {
    /// Fills in the span of every diagnostic that has none.
    ///
    /// A place that the text does not name (a job's key that comes from `[defaults]`, a key that is missing) is
    /// looked up in `[defaults]`, then at the nearest table around it.
    pub fn locate(&self, diagnostics: &mut [Diagnostic], text: &str) {
        for diagnostic in diagnostics.iter_mut().filter(|it| it.span.is_none()) {
            let span = self.span(&diagnostic.place, diagnostic.on_key, text);
            let piece = span.clone().zip(diagnostic.within.as_deref()).and_then(|(span, piece)| {
                let start = span.start + text.get(span)?.find(piece)?;
                Some(start..start + piece.len())
            });
            diagnostic.span = piece.or(span);
        }
        diagnostics.sort_by_key(|it| it.span.as_ref().map_or(0, |span| span.start));
    }

    fn span(&self, place: &Place, on_key: bool, text: &str) -> Option<Range<usize>> {
        let mut candidates = vec![place.clone()];
        candidates.extend(in_defaults(place));
        for candidate in candidates {
            if let Some(spans) = self.places.get(&candidate) {
                let wide = text.get(spans.value.clone()).is_none_or(|it| it.contains('\n'));
                return Some(if on_key || wide { spans.key.clone() } else { spans.value.clone() });
            }
        }
        self.span(&place.parent()?, true, text)
    }
}

/// `/job/unit/retry` may have been said as `/defaults/retry`.
fn in_defaults(place: &Place) -> Option<Place> {
    let mut segments = place.segments();
    if segments.next()? != "job" {
        return None;
    }
    segments.next()?;
    let rest: Vec<String> = segments.collect();
    (!rest.is_empty()).then(|| rest.iter().fold(Place::root().key("defaults"), |at, key| at.key(key)))
}

/// A spec's text as a JSON value.
pub(super) struct Document {
    pub(super) value: Value,
    pub(super) positions: Positions,
    /// Values that no spec can have; they are null in `value`.
    pub(super) faults: Vec<Diagnostic>,
}

/// Reads a TOML text.
///
/// # Errors
/// The faults of the syntax, each with its place in the text.
pub(super) fn read(text: &str) -> Result<Document, Vec<Diagnostic>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        return Err(syntax(&errors));
    }
    let mut reader = Reader { positions: Positions::default(), diagnostics: Vec::new() };
    let value = reader.table(table.get_ref(), &Place::root());
    Ok(Document { value, positions: reader.positions, faults: reader.diagnostics })
}

/// Syntax errors without those that only follow from an earlier one: everything behind an open bracket is misread.
fn syntax(errors: &[toml::de::Error]) -> Vec<Diagnostic> {
    let mut diagnostics: Vec<Diagnostic> = Vec::new();
    let open = errors.iter().find(|error| error.message().starts_with("unclosed"));
    let start = |error: &toml::de::Error| error.span().map_or(0, |span| span.start);
    for error in errors.iter().filter(|error| open.is_none_or(|open| start(error) <= start(open))) {
        let mut diagnostic = Diagnostic::error("toml-syntax", Place::root(), error.message().replace('\n', ", "));
        diagnostic.span = error.span();
        diagnostics.push(diagnostic);
    }
    diagnostics.sort_by_key(|it| it.span.as_ref().map_or(0, |span| span.start));
    if let Some(open) = open {
        let mut unclosed = Diagnostic::error("toml-syntax", Place::root(), open.message().replace('\n', ", "));
        unclosed.span = open.span();
        diagnostics.truncate(1);
        if diagnostics.first() != Some(&unclosed) {
            diagnostics.push(unclosed);
        }
    }
    diagnostics
}

struct Reader {
    positions: Positions,
    diagnostics: Vec<Diagnostic>,
}

impl Reader {
    fn table(&mut self, table: &DeTable<'_>, at: &Place) -> Value {
        let mut map = Map::new();
        for (key, value) in table {
            let place = at.key(key.get_ref());
            self.positions.places.insert(place.clone(), Spans { key: key.span(), value: value.span() });
            map.insert(key.get_ref().to_string(), self.value(value, &place));
        }
        Value::Object(map)
    }

    fn value(&mut self, value: &Spanned<DeValue<'_>>, at: &Place) -> Value {
        match value.get_ref() {
            DeValue::String(text) => Value::String(text.to_string()),
            DeValue::Boolean(truth) => Value::Bool(*truth),
            DeValue::Integer(integer) => {
                let digits = integer.as_str().replace('_', "");
                match i64::from_str_radix(&digits, integer.radix()) {
                    Ok(number) => Value::from(number),
                    Err(_) => self.fault(at, "integer-range", format!("{digits} does not fit into 64 bits"), None),
                }
            }
            DeValue::Float(float) if number_default(at) => {
                match float.as_str().replace('_', "").parse().ok().and_then(Number::from_f64) {
                    Some(number) => Value::Number(number),
                    None => self.fault(at, "float", format!("{} is not a number", float.as_str()), None),
                }
            }
            DeValue::Float(float) if exact(at, float.as_str()).is_some() => {
                exact(at, float.as_str()).map(Value::Number).unwrap_or_default()
            }
            DeValue::Float(float) => {
                let text = float.as_str();
                let help = format!("quote it: \"{text}\"");
                self.fault(at, "float", format!("{text} is a floating-point number and would lose digits"), Some(help))
            }
            DeValue::Datetime(datetime) => {
                let help = format!("quote it: \"{datetime}\"");
                self.fault(at, "datetime", format!("{datetime} is a date; nothing in a spec is"), Some(help))
            }
            DeValue::Array(array) => Value::Array(
                array
                    .iter()
                    .enumerate()
                    .map(|(index, element)| {
                        let place = at.index(index);
                        let spans = Spans { key: element.span(), value: element.span() };
                        self.positions.places.insert(place.clone(), spans);
                        self.value(element, &place)
                    })
                    .collect(),
            ),
            DeValue::Table(table) => self.table(table, at),
        }
    }

    fn fault(&mut self, at: &Place, code: &'static str, message: String, help: Option<String>) -> Value {
        let mut diagnostic = Diagnostic::error(code, at.clone(), message);
        diagnostic.help = help;
        self.diagnostics.push(diagnostic);
        Value::Null
    }
}

/// A native key of an override may be a number that keeps all its digits.
fn exact(at: &Place, text: &str) -> Option<Number> {
    let number = Number::from_f64(text.parse().ok()?)?;
    (at.segments().next()? == "override" && number.to_string() == text).then_some(number)
}

/// The one place of ours where a float makes sense: the default of an input of type number.
fn number_default(at: &Place) -> bool {
    let segments: Vec<String> = at.segments().collect();
    matches!(
        segments.iter().map(String::as_str).collect::<Vec<_>>().as_slice(),
        ["on", "manual", "inputs", _, "default"]
    )
}
