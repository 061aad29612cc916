//! Reads `.circleci/config.yml` as CircleCI does: YAML, then `<< … >>`, then `{{ … }}` in cache keys.
//!
//! <https://circleci.com/docs/reference/reusing-config/#parameter-scope>

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    shell::Script,
    yaml::{self, one_or_many, string, strings},
    Input, Seen,
};

pub fn read(files: &BTreeMap<String, String>) -> Seen {
    let document = yaml::read(&files[".circleci/config.yml"]);
    let mut seen = Seen::default();
    let mut scope = BTreeMap::new();
    for (name, parameter) in document.get("parameters").into_iter().flat_map(|it| it.as_object().unwrap()) {
        let input = Input {
            default: string(&parameter["default"]).to_owned(),
            options: one_or_many(parameter.get("enum")),
            description: parameter.get("description").map(|it| string(it).to_owned()),
        };
        let raw = |text: &str| fill(text, &BTreeMap::new());
        let input = Input {
            default: raw(&input.default),
            options: input.options.iter().map(|it| raw(it)).collect(),
            description: input.description.as_deref().map(raw),
        };
        scope.insert(format!("pipeline.parameters.{name}"), input.default.clone());
        seen.inputs.insert(name.clone(), input);
    }
    let workflow = document["workflows"].as_object().unwrap().values().next().unwrap();
    for entry in workflow["jobs"].as_array().unwrap() {
        let (id, arguments) = match entry {
            Value::String(id) => (id, &Value::Null),
            entry => entry.as_object().unwrap().iter().next().unwrap(),
        };
        let job = &document["jobs"][id];
        let mut scope = scope.clone();
        for (name, parameter) in job.get("parameters").into_iter().flat_map(|it| it.as_object().unwrap()) {
            let value = match arguments.pointer(&format!("/matrix/parameters/{name}")) {
                Some(Value::Array(values)) => values.first(),
                _ => arguments.get(name).or(parameter.get("default")),
            };
            let value = fill(string(value.unwrap_or_else(|| panic!("{id} needs {name}"))), &scope);
            scope.insert(format!("parameters.{name}"), value);
        }
        let filled = |pairs: Vec<(String, String)>| -> Vec<(String, String)> {
            pairs.into_iter().map(|(name, value)| (name, fill(&value, &scope))).collect()
        };
        let env = filled(strings(job.get("environment")));
        for (number, container) in job["docker"].as_array().unwrap().iter().enumerate() {
            let image = fill(string(&container["image"]), &scope);
            if number == 0 {
                if !image.starts_with("cimg/") {
                    seen.images.push(image);
                }
                continue;
            }
            seen.service_env.extend(filled(strings(container.get("environment"))));
            if let Some(command) = container.get("command") {
                seen.service_command = Some(one_or_many(Some(command)).iter().map(|it| fill(it, &scope)).collect());
            }
        }
        let mut scripts = Vec::new();
        for run in job["steps"].as_array().unwrap().iter().filter_map(|step| step.get("run")) {
            let name = string(&run["name"]);
            if name.starts_with("Collect ") {
                // Patterns stand in the script; that it is one is seen by running it.
                continue;
            }
            let mut env = env.clone();
            env.extend(filled(strings(run.get("environment"))));
            let shell = run.get("shell").map_or("/bin/bash -eo pipefail", |it| string(it));
            scripts.push(Script::new(shell, fill(string(&run["command"]), &scope), &env));
        }
        seen.jobs.insert(id.clone(), scripts);
    }
    seen
}

/// Parameters put in; `\<<` is how the two signs are written.
fn fill(text: &str, scope: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("<<") {
        if let Some(before) = rest[..at].strip_suffix('\\') {
            assert!(!before.ends_with('\\'), "nobody documents what two backslashes before `<<` are: {text}");
            out.push_str(before);
            out.push_str("<<");
            rest = &rest[at + 2..];
            // A third sign could begin another pair.
            assert!(!rest.starts_with("<<"), "`<<<` after a backslash: {text}");
            continue;
        }
        out.push_str(&rest[..at]);
        let (name, behind) = rest[at + 2..].split_once(">>").unwrap_or_else(|| panic!("`<<` never ends: {text}"));
        let value = scope.get(name.trim()).unwrap_or_else(|| panic!("unknown parameter {name}"));
        out.push_str(value);
        rest = behind;
    }
    out + rest
}

#[test]
fn parameters_are_filled_in() {
    let scope = BTreeMap::from([("pipeline.x".to_owned(), "<< y >>".to_owned())]);
    assert_eq!(fill("a \\<< b >> << pipeline.x >>", &scope), "a << b >> << y >>");
    assert!(std::panic::catch_unwind(|| fill("<< x >>", &BTreeMap::new())).is_err());
}
