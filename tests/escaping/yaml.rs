//! Reads YAML twice, as version 1.2 and as version 1.1 have it; every scalar must come out the same.
//!
//! GitHub and Azure read 1.2 or nearly so; GitLab and Travis (libyaml), CircleCI and Bitbucket (SnakeYAML) read 1.1.

use std::collections::BTreeMap;

use libyaml_safer::{EventData, Parser, ScalarStyle};
use regex::Regex;
use serde_json::{Map, Value};

/// The document, if both readers agree on it.
pub fn read(text: &str) -> Value {
    let new: Value = serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("YAML 1.2: {error}\n{text}"));
    let old = old(text);
    assert_eq!(new, old, "YAML 1.2 (left) and 1.1 (right) differ in\n{text}");
    new
}

/// The scanner of libyaml, which breaks lines where 1.1 does, and the types of <https://yaml.org/type/>.
fn old(text: &str) -> Value {
    let mut input = text.as_bytes();
    let mut parser = Parser::new();
    parser.set_input_string(&mut input);
    let mut reader = Reader { anchors: BTreeMap::new() };
    let mut next = || parser.parse().unwrap_or_else(|error| panic!("YAML 1.1: {error}\n{text}")).data;
    assert!(matches!(next(), EventData::StreamStart { .. }));
    assert!(matches!(next(), EventData::DocumentStart { .. }));
    let first = next();
    let value = reader.node(first, &mut next);
    assert!(matches!(next(), EventData::DocumentEnd { .. }));
    assert!(matches!(next(), EventData::StreamEnd), "several documents\n{text}");
    value
}

struct Reader {
    anchors: BTreeMap<String, Value>,
}

impl Reader {
    fn node(&mut self, event: EventData, next: &mut dyn FnMut() -> EventData) -> Value {
        let (anchor, value) = match event {
            EventData::Alias { anchor } => return self.anchors[&anchor].clone(),
            EventData::Scalar { anchor, tag, value, style, .. } => {
                assert_eq!(tag, None, "a tag");
                (anchor, if style == ScalarStyle::Plain { plain(&value) } else { Value::String(value) })
            }
            EventData::SequenceStart { anchor, .. } => {
                let mut list = Vec::new();
                loop {
                    match next() {
                        EventData::SequenceEnd => break,
                        event => list.push(self.node(event, next)),
                    }
                }
                (anchor, Value::Array(list))
            }
            EventData::MappingStart { anchor, .. } => {
                let mut map = Map::new();
                loop {
                    let key = match next() {
                        EventData::MappingEnd => break,
                        EventData::Scalar { value, style: ScalarStyle::Plain, .. } if value == "<<" => None,
                        event => Some(self.node(event, next)),
                    };
                    let event = next();
                    let value = self.node(event, next);
                    match key {
                        // No merged key is there already in what is generated: merges come first.
                        None => map.extend(value.as_object().expect("a merged mapping").clone()),
                        Some(key) => {
                            let key = key.as_str().unwrap_or_else(|| panic!("the key {key} is no string")).to_owned();
                            map.insert(key, value);
                        }
                    }
                }
                (anchor, Value::Object(map))
            }
            other => panic!("{other:?}"),
        };
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, value.clone());
        }
        value
    }
}

/// What 1.1 takes a plain scalar for. Types that only 1.1 knows become an object, which equals no string.
fn plain(text: &str) -> Value {
    thread_local! {
        static TYPES: Vec<(&'static str, Regex)> = [
            ("null", r"^(~|null|Null|NULL|)$"),
            ("bool", r"^(y|Y|yes|Yes|YES|n|N|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$"),
            ("int", r"^([-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(:[0-5]?[0-9])+)$"),
            ("float", r"^([-+]?([0-9][0-9_]*)?\.[0-9.]*([eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+)$"),
            ("timestamp", r"^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt]|[ \t]|$)"),
            ("merge", r"^<<$"),
            ("value", r"^=$"),
        ]
        .map(|(name, pattern)| (name, Regex::new(pattern).unwrap()))
        .into();
    }
    let kind = TYPES.with(|types| types.iter().find(|(_, regex)| regex.is_match(text)).map(|(name, _)| *name));
    match (kind, text) {
        (None, _) => Value::String(text.to_owned()),
        (Some("bool"), "true") => Value::Bool(true),
        (Some("bool"), "false") => Value::Bool(false),
        (Some("null"), _) => Value::Null,
        (Some("int" | "float"), _) => {
            text.parse::<serde_json::Number>().map_or_else(|_| serde_json::json!({ "number": text }), Value::Number)
        }
        (Some(kind), _) => serde_json::json!({ kind: text }),
    }
}

/// A string of the document.
#[track_caller]
pub fn string(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no string"))
}

/// The strings of a mapping; none if it is absent.
pub fn strings(value: Option<&Value>) -> Vec<(String, String)> {
    let map = value.into_iter().flat_map(|it| it.as_object().expect("a mapping"));
    map.map(|(key, value)| (key.clone(), string(value).to_owned())).collect()
}

/// A string, or the strings of a list.
pub fn one_or_many(value: Option<&Value>) -> Vec<String> {
    match value {
        None => Vec::new(),
        Some(Value::Array(list)) => list.iter().map(|it| string(it).to_owned()).collect(),
        Some(value) => vec![string(value).to_owned()],
    }
}

#[test]
fn the_readers_are_told_apart() {
    for plain_text in ["on", "3.10", "12:30", "2024-01-02", "010", "1_000", "0x1F", "~", "y", "="] {
        assert!(!plain(plain_text).is_string(), "{plain_text}");
    }
    for plain_text in ["0o7", "3.10.1x", "v1", "a b"] {
        assert!(plain(plain_text).is_string(), "{plain_text}");
    }
    assert_eq!(old("a: \"x\u{2028}y\"\n")["a"], "x\u{2028}y");
    assert_eq!(old("a: \"x\u{85}y\"\n")["a"], "x y", "1.1 folds what it takes for a line break");
    assert!(std::panic::catch_unwind(|| read("a: \"x\u{85}y\"\n")).is_err());
    assert!(std::panic::catch_unwind(|| read("a: on\n")).is_err());
}
