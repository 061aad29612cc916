//! Reads `azure-pipelines.yml` as Azure does: YAML, template expressions, then macros on the agent.
//!
//! <https://learn.microsoft.com/azure/devops/pipelines/process/variables#understand-variable-syntax>

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    shell::Script,
    yaml::{self, string, strings},
    Input, Seen,
};

type Variables = Vec<(String, String)>;

pub fn read(files: &BTreeMap<String, String>) -> Seen {
    let document = yaml::read(&files["azure-pipelines.yml"]);
    let mut seen = Seen::default();
    let mut parameters = BTreeMap::new();
    for parameter in document.get("parameters").into_iter().flat_map(|it| it.as_array().unwrap()) {
        // Parameters are read before there are expressions, which are refused there.
        assert!(!parameter.to_string().contains("${{"), "an expression among parameters: {parameter}");
        let input = Input {
            default: string(&parameter["default"]).to_owned(),
            options: yaml::one_or_many(parameter.get("values")),
            description: parameter.get("displayName").map(|it| string(it).to_owned()),
        };
        parameters.insert(string(&parameter["name"]).to_owned(), input.default.clone());
        seen.inputs.insert(string(&parameter["name"]).to_owned(), input);
    }
    let document = compiled(&document, &parameters);
    seen.name = document.get("name").map(|it| string(it).to_owned());
    let containers: BTreeMap<&str, &Value> = document
        .pointer("/resources/containers")
        .into_iter()
        .flat_map(|it| it.as_array().unwrap())
        .map(|it| (string(&it["container"]), it))
        .collect();
    let top = strings(document.get("variables"));
    for job in document["jobs"].as_array().unwrap() {
        let mut variables = agent();
        let mut put = |more: Variables| {
            for (name, value) in more {
                variables.retain(|(other, _)| !other.eq_ignore_ascii_case(&name));
                variables.push((name, runtime(&value)));
            }
        };
        put(top.clone());
        put(strings(job.get("variables")));
        if let Some(matrix) = job.pointer("/strategy/matrix") {
            let legs: Vec<&Value> = matrix.as_object().unwrap().values().collect();
            let [leg] = legs[..] else { panic!("more than one leg") };
            put(strings(Some(leg)));
        }
        let variables: Variables =
            variables.iter().map(|(name, value)| (name.clone(), expand(value, &variables, 0))).collect();
        let env: Variables = variables
            .iter()
            .map(|(name, value)| (name.to_uppercase().replace(['.', ' '], "_"), value.clone()))
            .filter(|(name, _)| name != "PATH" && name != "HOME")
            .collect();
        if let Some(image) = job.pointer("/container/image") {
            seen.images.push(expand(string(image), &variables, 0));
        }
        for service in job.get("services").into_iter().flat_map(|it| it.as_object().unwrap().values()) {
            let container = containers[string(service)];
            let env = strings(container.get("env")).into_iter();
            seen.service_env.extend(env.map(|(name, value)| (name, expand(&value, &variables, 0))));
        }
        let mut scripts = Vec::new();
        for step in job["steps"].as_array().unwrap() {
            let display = step.get("displayName").map(|it| string(it)).unwrap_or_default();
            let input = |key: &str| {
                step.pointer(&format!("/inputs/{key}")).and_then(Value::as_str).map(|it| expand(it, &variables, 0))
            };
            match step.get("task").map(|it| string(it)) {
                Some("CopyFiles@2") => {
                    let name = display.strip_prefix("Collect ").unwrap().to_owned();
                    seen.artifacts.insert(name, patterns(&input("Contents").unwrap()));
                }
                Some("PublishTestResults@2") => {
                    seen.results = patterns(&input("testResultsFiles").unwrap());
                }
                _ => {}
            }
            let Some(script) = step.get("bash") else { continue };
            let mut env = env.clone();
            // Variables win over what a step says.
            for (name, value) in strings(step.get("env")) {
                assert!(!env.iter().any(|(other, _)| *other == name), "{name} is a variable, which wins");
                env.push((name, second_round(&expand(&value, &variables, 0))));
            }
            if !display.starts_with("Prepare artifacts") {
                let text = second_round(&expand(string(script), &variables, 0));
                scripts.push(Script::new("bash --noprofile --norc", text, &env));
            }
        }
        seen.jobs.insert(string(&job["job"]).to_owned(), scripts);
    }
    seen
}

/// The patterns that `azure-pipelines-task-lib` matches: trimmed lines without comments; `!` leaves files out.
fn patterns(text: &str) -> Vec<String> {
    let lines = text.split('\n').map(str::trim).filter(|it| !it.is_empty() && !it.starts_with('#'));
    lines.filter(|it| !it.starts_with('!')).map(str::to_owned).collect()
}

/// Some of what an agent brings; every variable of the agent is like these.
fn agent() -> Variables {
    [("Agent.OS", "Linux"), ("System.AccessToken", "token"), ("Build.SourceVersion", "abc"), ("Agent.OSArchitecture", "X64")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

/// Template expressions, before anything else; only literals and parameters are known here.
fn compiled(value: &Value, parameters: &BTreeMap<String, String>) -> Value {
    match value {
        Value::String(text) => Value::String(template(text, parameters)),
        Value::Array(list) => list.iter().map(|it| compiled(it, parameters)).collect(),
        Value::Object(map) => {
            let known = |key: &String, it: &Value| match key == "parameters" {
                true => it.clone(),
                false => compiled(it, parameters),
            };
            map.iter().map(|(key, it)| (template(key, parameters), known(key, it))).collect()
        }
        other => other.clone(),
    }
}

fn template(text: &str, parameters: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${{") {
        out.push_str(&rest[..at]);
        let inner = rest[at + 3..].trim_start();
        let (value, behind) = match inner.strip_prefix('\'') {
            Some(mut behind) => {
                let mut literal = String::new();
                loop {
                    let end = behind.find('\'').expect("a literal that never ends");
                    literal.push_str(&behind[..end]);
                    behind = &behind[end + 1..];
                    match behind.strip_prefix('\'') {
                        Some(more) => {
                            literal.push('\'');
                            behind = more;
                        }
                        None => break,
                    }
                }
                (literal, behind)
            }
            None => {
                // `parameters.x`, or `replace(parameters.x, 'a', 'b')`, or that in another one.
                let calls = inner.matches("replace(").count();
                let inner = &inner[calls * "replace(".len()..];
                let name = inner.strip_prefix("parameters.").unwrap_or_else(|| panic!("unknown: {text}"));
                let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').expect("an end");
                let mut value = parameters[&name[..end]].clone();
                let mut behind = &name[end..];
                for _ in 0..calls {
                    let (arguments, after) = behind.split_once("')").expect("the end of a call");
                    let (from, to) = arguments.strip_prefix(", '").and_then(|it| it.split_once("', '")).expect("texts");
                    value = value.replace(from, to);
                    behind = after;
                }
                (value, behind)
            }
        };
        out.push_str(&value);
        rest = behind.trim_start().strip_prefix("}}").unwrap_or_else(|| panic!("unknown: {text}"));
    }
    out + rest
}

/// A variable that is one runtime expression has its value; only texts are known here.
fn runtime(text: &str) -> String {
    if !(text.trim().starts_with("$[") && text.trim().ends_with(']')) {
        return text.to_owned();
    }
    let inner = text.trim()[2..text.trim().len() - 1].trim();
    assert!(inner.starts_with("iif("), "a runtime expression: {text}");
    String::new()
}

/// `$(name)`: the agent looks for the first `)`, and what it puts in was expanded before.
fn expand(text: &str, variables: &Variables, depth: usize) -> String {
    assert!(depth < 50, "a circle");
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("$(") {
        out.push_str(&rest[..at]);
        let inner = &rest[at + 2..];
        let found = inner.find(')').and_then(|end| {
            let (_, value) = variables.iter().find(|(name, _)| name.eq_ignore_ascii_case(&inner[..end]))?;
            Some((value, end))
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
    out + rest
}

/// In what a step gets, the agent then looks for variables of its own environment.
fn second_round(text: &str) -> String {
    ["HOME", "PATH", "USER"].iter().fold(text.to_owned(), |text, name| text.replace(&format!("$({name})"), "[agent]"))
}

#[test]
fn macros_are_expanded() {
    let variables = [("a", "1$(b)"), ("b", "2"), ("d", "$")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(expand("$(A) $(c) $($(b)) $(d)(a)", &variables.into(), 0), "12 $(c) $(2) $(a)");
    assert_eq!(template("x ${{ '${{ it''s' }} }}", &BTreeMap::new()), "x ${{ it's }}");
}
