//! The relevant part of the schema says of every spec what the whole schema says.

use std::{fs, path::Path, sync::LazyLock};

use proptest::{prelude::*, sample::Index};
use serde_json::{json, Value};

use super::{Compiled, Schema};
use crate::spec::source;

const TEXT: &str = include_str!("../../../schemas/ci-gen.schema.json");

static WHOLE: LazyLock<Compiled> = LazyLock::new(|| Compiled::of(serde_json::from_str(TEXT).unwrap()).unwrap());
static SCHEMA: LazyLock<Schema> = LazyLock::new(|| Schema::new(TEXT).unwrap());

/// Every spec of the examples and tests that is TOML, also those that are wrong on purpose.
static SPECS: LazyLock<Vec<(String, Value)>> = LazyLock::new(|| {
    let mut specs = Vec::new();
    for folder in ["examples", "tests/specs", "tests/conformance/specs"] {
        let files = walkdir::WalkDir::new(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).sort_by_file_name();
        for file in files.into_iter().map(Result::unwrap) {
            if file.path().extension().is_none_or(|it| it != "toml") {
                continue;
            }
            let text = fs::read(file.path()).unwrap();
            if let Ok(document) = source::read(&String::from_utf8_lossy(&text)) {
                specs.push((file.path().display().to_string(), document.value));
            }
        }
    }
    assert!(specs.len() > 60, "only {} specs", specs.len());
    specs
});

/// Every key that the schema knows.
static KEYS: LazyLock<Vec<String>> = LazyLock::new(|| {
    fn collect(schema: &Value, keys: &mut Vec<String>) {
        for (keyword, value) in schema.as_object().into_iter().flatten() {
            if keyword == "properties" {
                keys.extend(value.as_object().unwrap().keys().cloned());
            }
            collect(value, keys);
        }
        schema.as_array().into_iter().flatten().for_each(|it| collect(it, keys));
    }
    let mut keys = vec!["no-such-key".to_owned()];
    collect(&WHOLE.document, &mut keys);
    keys
});

fn same(name: &str, spec: &Value) {
    let (part, whole) = (SCHEMA.check(spec), WHOLE.check(spec));
    assert_eq!(part, whole, "of {name}: {spec:#}");
}

#[test]
fn of_specs_as_they_are() {
    let (mut right, mut wrong) = (0, 0);
    for (name, spec) in SPECS.iter() {
        same(name, spec);
        *if SCHEMA.check(spec).is_empty() { &mut right } else { &mut wrong } += 1;
    }
    assert!(right > 20 && wrong > 10, "{right} right, {wrong} wrong");
}

#[test]
fn of_values_that_are_no_spec() {
    for value in [json!(null), json!(1), json!([]), json!({}), json!({ "schema": 2 })] {
        same("none", &value);
    }
}

#[test]
fn a_small_spec_needs_a_small_part() {
    let spec = json!({ "schema": 1, "targets": "github", "job": { "test": { "test": "pytest" } } });
    let part = SCHEMA.pieces.relevant(&spec).unwrap().to_string();
    assert!(part.len() < 4_000, "{} bytes: {part}", part.len());
}

/// Every place that a value has, the value itself first.
fn places(value: &Value, at: String, all: &mut Vec<String>) {
    all.push(at.clone());
    for (key, value) in value.as_object().into_iter().flatten() {
        places(value, format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), all);
    }
    for (index, value) in value.as_array().into_iter().flatten().enumerate() {
        places(value, format!("{at}/{index}"), all);
    }
}

/// Spoils a spec somewhere: another value, another key's value, a key more, a key less.
fn mutate(spec: &mut Value, place: Index, key: Index, how: usize) {
    let mut all = Vec::new();
    places(spec, String::new(), &mut all);
    let key = key.get(&KEYS).clone();
    let elsewhere = spec.pointer(&all[key.len() % all.len()]).unwrap().clone();
    let at: &String = place.get(&all);
    let value = spec.pointer_mut(at).unwrap();
    let others =
        [json!(null), json!(0), json!(-1), json!(true), json!(""), json!("word"), json!([]), json!({}), elsewhere];
    let other = others[how % others.len()].clone();
    match value {
        Value::Object(map) if how.is_multiple_of(3) => drop(map.insert(key, other)),
        Value::Object(map) if how % 3 == 1 => drop(map.keys().next_back().cloned().and_then(|last| map.remove(&last))),
        Value::Array(list) if how.is_multiple_of(2) => list.push(other),
        value => *value = other,
    }
}

proptest! {
    #[test]
    fn of_mutated_specs(spec: Index, mutations in prop::collection::vec((any::<Index>(), any::<Index>(), 0..1000_usize), 1..6)) {
        let (name, spec) = spec.get(&SPECS);
        let mut spec = spec.clone();
        for (place, key, how) in mutations {
            mutate(&mut spec, place, key, how);
        }
        same(name, &spec);
    }
}
