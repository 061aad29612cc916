//! Legs of a GitHub workflow.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{yaml, Leg};

type Combination = BTreeMap<String, String>;

pub fn legs(files: &BTreeMap<String, String>) -> Vec<Leg> {
    // A workflow that another one starts has no legs of the plan.
    let document = yaml(files.values().find(|it| !it.contains("  workflow_run:")).unwrap());
    let mut legs = Vec::new();
    for (id, job) in document["jobs"].as_object().unwrap() {
        let name = id.trim_start_matches('_').split("_container").next().unwrap().split("_machine").next().unwrap();
        let combinations = match job.get("strategy") {
            None => vec![Combination::new()],
            Some(strategy) => {
                assert_eq!(strategy["fail-fast"].as_bool().map(|_| ()), Some(()), "fail-fast is not explicit");
                expand(&strategy["matrix"])
            }
        };
        for combination in combinations {
            legs.push(Leg { job: name.to_owned(), env: environment(job, &combination) });
        }
    }
    legs
}

/// GitHub's rules: product, excludes, then includes that extend or add.
fn expand(matrix: &Value) -> Vec<Combination> {
    let matrix = matrix.as_object().unwrap();
    let entries = |key: &str| -> Vec<Combination> {
        matrix.get(key).into_iter().flat_map(|it| it.as_array().unwrap()).map(combination).collect()
    };
    let axes: Vec<(&String, Vec<String>)> = matrix
        .iter()
        .filter(|(key, _)| !matches!(key.as_str(), "include" | "exclude"))
        .map(|(key, values)| (key, values.as_array().unwrap().iter().map(text).collect()))
        .collect();
    let mut product = if axes.is_empty() { vec![] } else { vec![Combination::new()] };
    for (axis, values) in &axes {
        let mut longer = Vec::new();
        for combination in &product {
            for value in values {
                let mut combination = combination.clone();
                combination.insert((*axis).clone(), value.clone());
                longer.push(combination);
            }
        }
        product = longer;
    }
    product.retain(|it| {
        !entries("exclude").iter().any(|entry| entry.iter().all(|(key, value)| it.get(key) == Some(value)))
    });
    let originals = product.clone();
    for entry in entries("include") {
        let mut fits = false;
        for (original, combination) in originals.iter().zip(&mut product) {
            if entry.iter().all(|(key, value)| original.get(key).is_none_or(|it| it == value)) {
                fits = true;
                combination.extend(entry.clone());
            }
        }
        if !fits {
            product.push(entry);
        }
    }
    product
}

fn combination(entry: &Value) -> Combination {
    entry.as_object().unwrap().iter().map(|(key, value)| (key.clone(), text(value))).collect()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn environment(job: &Value, combination: &Combination) -> BTreeMap<String, String> {
    let mut env = BTreeMap::new();
    for (name, value) in job.get("env").into_iter().flat_map(|it| it.as_object().unwrap()) {
        if !name.starts_with("MATRIX_") && !name.starts_with("CI_GEN_SHARD_") {
            continue;
        }
        let value = value.as_str().unwrap();
        let value = match value.strip_prefix("${{ matrix.").and_then(|it| it.strip_suffix(" }}")) {
            Some(key) => combination.get(key).cloned().unwrap_or_default(),
            None => {
                assert!(!value.contains("${{"), "unknown expression {value}");
                value.to_owned()
            }
        };
        if !value.is_empty() {
            env.insert(name.clone(), value);
        }
    }
    env
}
