//! Reads `.travis.yml`: every leg is an entry of `jobs.include`, and nothing may expand it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::readers::Leg;

/// Keys of the build that do not make jobs.
const BUILD: &[&str] = &["version", "if", "branches", "git", "env", "stages", "jobs"];

/// Keys of a job. The languages' keys expand at the top only.
const JOB: &[&str] = &[
    "name", "stage", "if", "os", "dist", "arch", "language", "git", "services", "cache", "workspaces", "env",
    "before_install", "install", "script", "python", "node_js", "rust", "go", "jdk", "mono", "dotnet", "rvm", "php",
];

/// The legs of the build.
pub fn legs(files: &BTreeMap<String, String>) -> Vec<Leg> {
    let text = files.get(".travis.yml").expect("no .travis.yml");
    let build: Map<String, Value> = serde_saphyr::from_str(text).expect("no YAML mapping");
    only(&build, BUILD, "the build");
    assert_eq!(build.get("version"), Some(&Value::from("~> 1.0")));
    let global = match build.get("env") {
        None => BTreeMap::new(),
        Some(Value::Object(env)) => {
            only(env, &["global"], "env");
            variables(&env["global"])
        }
        Some(other) => panic!("`env` would expand: {other}"),
    };
    let jobs = build["jobs"].as_object().expect("`jobs` is no mapping");
    only(jobs, &["include", "allow_failures"], "jobs");
    let include = jobs["include"].as_array().expect("`jobs.include` is no list");
    let names: Vec<&str> = include.iter().map(|job| job["name"].as_str().expect("a job without a name")).collect();
    for (index, name) in names.iter().enumerate() {
        assert!(!names[..index].contains(name), "two jobs are called `{name}`");
    }
    for failing in jobs.get("allow_failures").and_then(Value::as_array).into_iter().flatten() {
        let name = failing["name"].as_str().expect("`allow_failures` goes by name");
        assert!(names.contains(&name), "no job is called `{name}`");
    }
    include.iter().map(|job| leg(job.as_object().expect("a job is a mapping"), &global)).collect()
}

fn leg(job: &Map<String, Value>, global: &BTreeMap<String, String>) -> Leg {
    only(job, JOB, "a job");
    for key in JOB.iter().filter(|key| !["git", "cache", "workspaces", "env"].contains(key)) {
        let phase = ["before_install", "install", "script"].contains(key);
        let fits = |it: &Value| it.is_string() || (phase && it.is_array());
        assert!(job.get(*key).is_none_or(fits), "`{key}` of {job:?}");
    }
    assert!(job.contains_key("language"), "without `language` it is Ruby: {job:?}");
    let mut env = global.clone();
    env.extend(job.get("env").map(variables).unwrap_or_default());
    env.retain(|name, value| {
        let counts = name.starts_with("MATRIX_") || ["CI_GEN_SHARD_INDEX", "CI_GEN_SHARD_TOTAL"].contains(&name.as_str());
        counts && !value.is_empty()
    });
    let name = job["name"].as_str().expect("a name is a string");
    Leg { job: name.split(' ').next().unwrap_or_default().to_owned(), env }
}

fn only(map: &Map<String, Value>, known: &[&str], what: &str) {
    for key in map.keys() {
        assert!(known.contains(&key.as_str()), "{what} has `{key}`");
    }
}

/// Entries `NAME=VALUE`, the value in the shell's quotes.
fn variables(list: &Value) -> BTreeMap<String, String> {
    let list = list.as_array().unwrap_or_else(|| panic!("variables are a list: {list}"));
    let entries = list.iter().map(|entry| {
        let entry = entry.as_str().unwrap_or_else(|| panic!("a variable is a string: {entry}"));
        let (name, value) = entry.split_once('=').unwrap_or_else(|| panic!("no variable: {entry}"));
        (name.to_owned(), word(value))
    });
    entries.collect()
}

/// What the shell makes of a word; references stay as they are.
fn word(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (quote, open) = match c {
            '\'' => ('\'', 1),
            '"' => ('"', 1),
            '$' if rest.starts_with("$'") => ('$', 2),
            ' ' | '\t' | '\n' | '\\' | '`' => panic!("the word ends early: {text}"),
            c => {
                out.push(c);
                rest = &rest[c.len_utf8()..];
                continue;
            }
        };
        let close = if quote == '"' { '"' } else { '\'' };
        let end = rest[open..].find(close).unwrap_or_else(|| panic!("an open quote: {text}")) + open;
        let inner = &rest[open..end];
        match quote {
            '$' => out.push_str(&escapes(inner)),
            '"' if inner.contains('\\') => panic!("a backslash in double quotes: {text}"),
            _ => out.push_str(inner),
        }
        rest = &rest[end + 1..];
    }
    out
}

/// `\xHH` of `$'…'`.
fn escapes(text: &str) -> String {
    let mut parts = text.split('\\');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let hex = part.strip_prefix('x').and_then(|it| it.get(..2)).unwrap_or_else(|| panic!("an escape: {text}"));
        let code = u8::from_str_radix(hex, 16).unwrap_or_else(|_| panic!("an escape: {text}"));
        out.push(char::from(code));
        out.push_str(&part[3..]);
    }
    out
}
