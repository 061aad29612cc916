//! Reads `bitbucket-pipelines.yml` as Bitbucket does: YAML with anchors, the items of a script in one shell.
//!
//! <https://support.atlassian.com/bitbucket-cloud/docs/step-options/>

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    shell::Script,
    yaml::{self, one_or_many, string, strings},
    Input, Seen,
};

pub fn read(files: &BTreeMap<String, String>) -> Seen {
    let document = yaml::read(&files["bitbucket-pipelines.yml"]);
    let mut seen = Seen::default();
    for (key, pipeline) in document["pipelines"].as_object().unwrap() {
        let list = if key == "custom" { pipeline.as_object().unwrap().values().next() } else { None };
        for variables in list.into_iter().flat_map(|it| it.as_array().unwrap()).filter_map(|it| it.get("variables")) {
            for variable in variables.as_array().unwrap() {
                let input = Input {
                    default: string(&variable["default"]).to_owned(),
                    options: one_or_many(variable.get("allowed-values")),
                    description: variable.get("description").map(|it| string(it).to_owned()),
                };
                let name = string(&variable["name"]).trim_start_matches("INPUT_").to_lowercase();
                seen.inputs.insert(name, input);
            }
        }
    }
    let services = document.pointer("/definitions/services");
    for (_, service) in services.into_iter().flat_map(|it| it.as_object().unwrap()) {
        for (name, value) in strings(service.get("variables")) {
            seen.service_env.push((name, expand(&value)));
        }
    }
    for item in document.pointer("/definitions/steps").unwrap().as_array().unwrap() {
        let step = &item["step"];
        if let Some(image) = step.get("image") {
            seen.images.push(expand(string(image)));
        }
        let name = string(&step["name"]).split(" (").next().unwrap().to_owned();
        let script = one_or_many(step.get("script")).join("\n");
        seen.jobs.insert(name, vec![Script::new("bash -e", script, &[])]);
        let artifacts = step.pointer("/artifacts/upload").or(step.get("artifacts"));
        for artifact in artifacts.into_iter().flat_map(|it| it.as_array().into_iter().flatten()) {
            let paths = one_or_many(artifact.get("paths"));
            match artifact.get("type").and_then(Value::as_str) {
                Some("test-reports") => seen.results.extend(paths),
                _ => drop(seen.artifacts.insert(string(&artifact["name"]).to_owned(), paths)),
            }
        }
    }
    seen
}

/// In images and variables of services `$` begins a variable, and there is no way to write another.
fn expand(text: &str) -> String {
    assert!(!text.contains('$'), "a variable: {text}");
    text.to_owned()
}
