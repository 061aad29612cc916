//! Reads the legs of an Azure pipeline, without any code of the generator.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::readers::Leg;

/// One entry per job that Azure would start.
pub fn legs(files: &BTreeMap<String, String>) -> Vec<Leg> {
    assert_eq!(files.len(), 1, "Azure reads one file: {:?}", files.keys());
    let text = files.values().next().expect("one file");
    let document: Value = serde_saphyr::from_str(text).expect("the pipeline is YAML");
    assert!(document.get("stages").is_none(), "stages are not known here");
    let global = variables(document.get("variables"));
    let mut ids = BTreeSet::new();
    let mut legs = Vec::new();
    for job in document["jobs"].as_array().expect("jobs are a list") {
        let id = string(&job["job"]);
        assert!(is_identifier(&id), "`{id}` is no name of a job");
        assert!(ids.insert(id.to_ascii_lowercase()), "the job `{id}` is there twice");
        for need in job.get("dependsOn").and_then(Value::as_array).into_iter().flatten() {
            assert!(ids.contains(&string(need).to_ascii_lowercase()), "`{id}` needs `{need}`, which is not before it");
        }
        let display = string(&job["displayName"]);
        let name = display.split(" (").next().expect("a name").to_owned();
        let mut shared = global.clone();
        shared.extend(variables(job.get("variables")));
        for leg in matrix(job) {
            let mut all = shared.clone();
            all.extend(leg);
            check_commands(&id, job, &all);
            legs.push(Leg { job: name.clone(), env: environment(&all) });
        }
    }
    legs
}

/// The variables of each leg; one empty set for a job without a matrix.
fn matrix(job: &Value) -> Vec<BTreeMap<String, String>> {
    let Some(strategy) = job.get("strategy").and_then(Value::as_object) else { return vec![BTreeMap::new()] };
    for key in strategy.keys() {
        assert!(matches!(key.as_str(), "matrix" | "maxParallel"), "the strategy `{key}` is not known here");
    }
    let matrix = strategy["matrix"].as_object().expect("a matrix has named legs");
    assert!(!matrix.is_empty(), "a matrix without legs");
    let mut names = BTreeSet::new();
    matrix
        .iter()
        .map(|(name, values)| {
            assert!(is_identifier(name) && name.len() <= 100, "`{name}` is no name of a leg");
            assert!(!name.starts_with('_'), "`{name}` does not begin with a letter");
            assert!(names.insert(name.to_ascii_lowercase()), "the leg `{name}` is there twice");
            variables(Some(values))
        })
        .collect()
}

fn variables(value: Option<&Value>) -> BTreeMap<String, String> {
    let empty = Map::new();
    let map = value.map_or(&empty, |it| it.as_object().expect("variables are a map"));
    map.iter().map(|(name, value)| (name.clone(), string(value))).collect()
}

/// What commands see: names in capitals, macros replaced once and for all.
fn environment(variables: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let wanted =
        |name: &str| name.starts_with("MATRIX_") || name == "CI_GEN_SHARD_INDEX" || name == "CI_GEN_SHARD_TOTAL";
    variables
        .iter()
        .filter(|(name, _)| wanted(&name.to_uppercase()))
        .map(|(name, value)| (name.to_uppercase(), expand(value, variables, 0)))
        .filter(|(_, value)| !value.is_empty())
        .collect()
}

/// The agent's replacement of `$(name)`: found variables are put in and not looked at again.
fn expand(text: &str, variables: &BTreeMap<String, String>, depth: usize) -> String {
    assert!(depth < 50, "variables name each other in a circle");
    assert!(!text.trim_start().starts_with("$["), "a leg does not depend on runtime expressions: {text}");
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("$(") {
        out.push_str(&rest[..at]);
        let inner = &rest[at + 2..];
        let found = inner.find(')').and_then(|end| {
            let value = variables.iter().find(|(name, _)| name.eq_ignore_ascii_case(&inner[..end]))?;
            Some((value.1, end))
        });
        match found {
            Some((value, end)) => {
                out.push_str(&expand(value, variables, depth + 1));
                rest = &inner[end + 1..];
            }
            None => {
                out.push('$');
                rest = &rest[at + 1..];
            }
        }
    }
    out.push_str(rest);
    // A template expression that prints a text is how two braces behind a dollar sign are written.
    out.replace("${{ '${{' }}", "${{")
}

/// Every job has a step with commands, and no step takes the matrix variables away again.
fn check_commands(id: &str, job: &Value, variables: &BTreeMap<String, String>) {
    let steps = job["steps"].as_array().expect("steps are a list");
    let commands = |step: &&Value| step.get("bash").is_some() || step.get("pwsh").is_some();
    assert!(steps.iter().any(|step| commands(&step)), "`{id}` runs no commands");
    for step in steps {
        for name in step.get("env").and_then(Value::as_object).into_iter().flat_map(Map::keys) {
            let twin = variables.keys().find(|it| it.eq_ignore_ascii_case(name));
            assert!(twin.is_none(), "`{id}` sets `{name}` in a step, where the variable `{name}` wins");
        }
    }
}

fn is_identifier(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn string(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("not a string: {value}")).to_owned()
}
