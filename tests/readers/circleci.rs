//! Legs of a CircleCI configuration.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{yaml, Leg};

type Arguments = BTreeMap<String, String>;

/// What an invocation may say beside the job's parameters.
const KEYS: &[&str] = &["name", "requires", "filters", "matrix", "serial-group"];

pub(super) fn legs(files: &BTreeMap<String, String>) -> Vec<Leg> {
    assert_eq!(files.len(), 1, "CircleCI has one file");
    let document = yaml(files.values().next().unwrap());
    assert_eq!(document["version"].as_f64(), Some(2.1), "the version is a number");
    let workflows = document["workflows"].as_object().unwrap();
    assert_eq!(workflows.len(), 1, "there is one workflow");
    let workflow = workflows.values().next().unwrap();
    assert!(workflow["when"].is_string(), "the workflow does not say what starts it");
    let mut legs = Vec::new();
    let mut names = BTreeSet::new();
    let mut required = Vec::new();
    let mut invoked = BTreeSet::new();
    for entry in workflow["jobs"].as_array().unwrap() {
        let (id, keys) = match entry {
            Value::String(id) => (id.clone(), Value::Object(Default::default())),
            Value::Object(entry) if entry.len() == 1 => {
                let (id, keys) = entry.iter().next().unwrap();
                (id.clone(), keys.clone())
            }
            other => panic!("unknown invocation {other}"),
        };
        let job = document["jobs"].get(&id).unwrap_or_else(|| panic!("there is no job {id}"));
        required.extend(keys.get("requires").into_iter().flat_map(|it| it.as_array().unwrap()).map(requirement));
        invoked.insert(id.clone());
        let matrix = keys.get("matrix");
        let plain = keys.get("name").map_or_else(|| id.clone(), text);
        if let Some(matrix) = matrix {
            assert!(names.insert(matrix.get("alias").map_or_else(|| id.clone(), text)), "two invocations called {id}");
        } else {
            assert!(names.insert(plain.clone()), "two invocations called {plain}");
        }
        for arguments in arguments(&keys) {
            if matrix.is_some() && keys.get("name").is_some() {
                let name = fill(&plain, "matrix", &arguments);
                assert!(names.insert(name.clone()), "two invocations called {name}");
            }
            legs.extend(of(&id, job, &arguments));
        }
    }
    for name in required {
        assert!(names.contains(&name), "{name} is required but never invoked");
    }
    let defined: BTreeSet<String> = document["jobs"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(defined, invoked, "every job is invoked");
    legs
}

/// The job that is required: to have succeeded, or only to have ended.
fn requirement(value: &Value) -> String {
    let Value::Object(status) = value else { return text(value) };
    assert_eq!(status.len(), 1, "one job for each entry: {value}");
    let (job, status) = status.iter().next().unwrap();
    assert_eq!(status, "terminal");
    job.clone()
}

/// The arguments of every run of an invocation.
fn arguments(keys: &Value) -> Vec<Arguments> {
    let keys = keys.as_object().unwrap();
    let fixed: Arguments = keys
        .iter()
        .filter(|(key, _)| !KEYS.contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), text(value)))
        .collect();
    let Some(matrix) = keys.get("matrix") else { return vec![fixed] };
    assert!(fixed.is_empty(), "a matrix beside arguments");
    for key in matrix.as_object().unwrap().keys() {
        assert!(["alias", "parameters", "exclude"].contains(&key.as_str()), "unknown key {key} in a matrix");
    }
    let mut product = vec![Arguments::new()];
    for (parameter, values) in matrix["parameters"].as_object().unwrap() {
        product = product
            .into_iter()
            .flat_map(|arguments| {
                values.as_array().unwrap().iter().map(move |value| {
                    let mut arguments = arguments.clone();
                    arguments.insert(parameter.clone(), text(value));
                    arguments
                })
            })
            .collect();
    }
    for exclude in matrix.get("exclude").into_iter().flat_map(|it| it.as_array().unwrap()) {
        let exclude: Arguments =
            exclude.as_object().unwrap().iter().map(|(key, value)| (key.clone(), text(value))).collect();
        let before = product.len();
        product.retain(|it| *it != exclude);
        assert_eq!(product.len(), before - 1, "{exclude:?} is no whole combination");
    }
    product
}

/// The runs of a job on its machines.
fn of(id: &str, job: &Value, arguments: &Arguments) -> Vec<Leg> {
    let mut values = Arguments::new();
    for (name, parameter) in job.get("parameters").into_iter().flat_map(|it| it.as_object().unwrap()) {
        assert_eq!(text(&parameter["type"]), "string");
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
        assert!(name.chars().all(allowed), "{name} is no parameter");
        let value = arguments.get(name).cloned().or_else(|| parameter.get("default").map(text));
        values.insert(name.clone(), value.unwrap_or_else(|| panic!("{id} needs {name}")));
    }
    for argument in arguments.keys() {
        assert!(values.contains_key(argument), "{id} has no parameter {argument}");
    }
    let executors = ["docker", "machine", "macos"].iter().filter(|it| job.get(**it).is_some()).count();
    assert_eq!(executors, 1, "{id} needs one executor");
    let environment = |name: &str, value: &Value| {
        let value = fill(value.as_str().unwrap_or_else(|| panic!("{name} is no string")), "parameters", &values);
        (!value.is_empty()).then(|| (name.to_owned(), value))
    };
    let env: BTreeMap<String, String> = job
        .get("environment")
        .into_iter()
        .flat_map(|it| it.as_object().unwrap())
        .filter(|(name, _)| name.starts_with("MATRIX_") || name.starts_with("CI_GEN_SHARD_"))
        .filter_map(|(name, value)| environment(name, value))
        .collect();
    let name = id.strip_prefix("job__").unwrap_or(id).split('_').next().unwrap();
    let Some(machines) = job.get("parallelism") else { return vec![Leg { job: name.to_owned(), env }] };
    let commands: Vec<&Value> = job["steps"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|step| step.get("run"))
        .filter(|run| ["Install", "Run", "Test"].contains(&run["name"].as_str().unwrap()))
        .collect();
    assert!(!commands.is_empty(), "{id} runs nothing");
    for run in commands {
        let numbers = run["command"].as_str().unwrap().lines().any(|line| {
            line == "export CI_GEN_SHARD_INDEX=$((CIRCLE_NODE_INDEX + 1))"
                || line == "$env:CI_GEN_SHARD_INDEX = [int]$env:CIRCLE_NODE_INDEX + 1"
        });
        assert!(numbers, "{id} does not know its shard in {}", run["name"]);
    }
    // Nodes count from 0.
    let shard = |node: u64| {
        let mut env = env.clone();
        env.insert("CI_GEN_SHARD_INDEX".to_owned(), (node + 1).to_string());
        Leg { job: name.to_owned(), env }
    };
    (0..machines.as_u64().unwrap()).map(shard).collect()
}

fn text(value: &Value) -> String {
    let text = value.as_str().unwrap_or_else(|| panic!("{value} is no string"));
    text.replace("\\<<", "<<")
}

/// A text with the values of one scope in place of `<< scope.name >>`.
fn fill(text: &str, scope: &str, values: &Arguments) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("<<") {
        let (before, behind) = rest.split_at(at);
        let (inside, after) = behind[2..].split_once(">>").unwrap_or_else(|| panic!("`<<` is not closed: {text}"));
        let name = inside.trim().strip_prefix(scope).and_then(|it| it.strip_prefix('.'));
        let name = name.unwrap_or_else(|| panic!("unknown value {inside}"));
        out.push_str(before);
        out.push_str(values.get(name).unwrap_or_else(|| panic!("there is no {scope} {name}")));
        rest = after;
    }
    out + rest
}
