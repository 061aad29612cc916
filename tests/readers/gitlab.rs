//! Legs of a `.gitlab-ci.yml`, read as GitLab reads it: `extends`, `parallel` and references between variables.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::readers::Leg;

/// Top-level keys that are no jobs.
const KEYWORDS: &[&str] = &["workflow", "default", "variables"];

/// One entry per job that GitLab would create if every rule held.
pub fn legs(files: &BTreeMap<String, String>) -> Vec<Leg> {
    assert_eq!(files.len(), 1, "GitLab reads one file: {:?}", files.keys());
    let text = files.values().next().expect("a file");
    let root: Value = serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("no YAML: {error}\n{text}"));
    let root = root.as_object().expect("a mapping");
    let global = variables(root.get("variables"));
    let jobs = root.iter().filter(|(name, _)| !KEYWORDS.contains(&name.as_str()) && !name.starts_with('.'));
    let mut legs = Vec::new();
    for (name, job) in jobs {
        let job = extended(root, name, job);
        assert!(job.contains_key("script"), "`{name}` has no script");
        let mut own = global.clone();
        own.extend(variables(job.get("variables")));
        for instance in parallel(name, job.get("parallel")) {
            let mut all = own.clone();
            all.extend(instance);
            legs.push(leg(name, &all));
        }
    }
    legs
}

/// A variable's text, and whether references in it are replaced.
type Variables = BTreeMap<String, (String, bool)>;

fn variables(value: Option<&Value>) -> Variables {
    let Some(value) = value else { return Variables::new() };
    let read = |(name, value): (&String, &Value)| {
        let variable = match value {
            Value::String(text) => (text.clone(), true),
            Value::Object(table) => {
                for key in table.keys() {
                    let known = ["value", "expand", "description", "options"].contains(&key.as_str());
                    assert!(known, "variable `{name}` has the unknown key `{key}`");
                }
                let text = table["value"].as_str().unwrap_or_else(|| panic!("`{name}` is no string"));
                (text.to_owned(), table.get("expand").is_none_or(|it| it.as_bool().expect("true or false")))
            }
            other => panic!("variable `{name}` is {other}"),
        };
        (name.clone(), variable)
    };
    value.as_object().expect("variables are a mapping").iter().map(read).collect()
}

/// The job with what it extends: mappings are merged, all else is replaced.
fn extended(root: &Map<String, Value>, name: &str, job: &Value) -> Map<String, Value> {
    let job = job.as_object().unwrap_or_else(|| panic!("`{name}` is no job: {job}"));
    let Some(parent) = job.get("extends") else { return job.clone() };
    let parent = parent.as_str().expect("one parent");
    let Some(Value::Object(found)) = root.get(parent) else { panic!("`{name}` extends the unknown `{parent}`") };
    assert!(!found.contains_key("extends"), "`{parent}` extends something itself");
    let mut merged = found.clone();
    for (key, value) in job {
        match (merged.get_mut(key), value) {
            (Some(Value::Object(below)), Value::Object(own)) => {
                for (key, value) in own {
                    below.insert(key.clone(), value.clone());
                }
            }
            _ => {
                merged.insert(key.clone(), value.clone());
            }
        }
    }
    merged
}

/// What each instance of a job has on top of the job's variables.
fn parallel(name: &str, parallel: Option<&Value>) -> Vec<Variables> {
    match parallel {
        None => vec![Variables::new()],
        Some(Value::Number(total)) => {
            let total = total.as_u64().expect("a whole number");
            assert!((2..=200).contains(&total), "`{name}` has `parallel: {total}`");
            (1..=total).map(|index| node(index, total)).collect()
        }
        Some(Value::Object(table)) => {
            assert_eq!(table.keys().collect::<Vec<_>>(), ["matrix"], "`{name}`");
            let entries = table["matrix"].as_array().expect("a list of mappings");
            let mut rows: Vec<Variables> = Vec::new();
            for entry in entries {
                rows.extend(product(name, entry.as_object().expect("a mapping")));
            }
            assert!((1..=200).contains(&rows.len()), "`{name}` has {} permutations", rows.len());
            let total = rows.len() as u64;
            for (index, row) in rows.iter_mut().enumerate() {
                row.extend(node(index as u64 + 1, total));
            }
            rows
        }
        Some(other) => panic!("`{name}` has `parallel: {other}`"),
    }
}

fn node(index: u64, total: u64) -> Variables {
    let pairs = [("CI_NODE_INDEX", index), ("CI_NODE_TOTAL", total)];
    pairs.into_iter().map(|(name, value)| (name.to_owned(), (value.to_string(), true))).collect()
}

fn product(name: &str, entry: &Map<String, Value>) -> Vec<Variables> {
    assert!(!entry.is_empty(), "`{name}` has an empty matrix entry");
    let mut rows = vec![Variables::new()];
    for (key, values) in entry {
        let values = values.as_array().unwrap_or_else(|| panic!("`{key}` of `{name}` is no list"));
        assert!(!values.is_empty(), "`{key}` of `{name}` is empty");
        let mut longer = Vec::new();
        for row in &rows {
            for value in values {
                let value = value.as_str().unwrap_or_else(|| panic!("`{key}` of `{name}` holds {value}"));
                let mut row = row.clone();
                row.insert(key.clone(), (value.to_owned(), true));
                longer.push(row);
            }
        }
        rows = longer;
    }
    rows
}

fn leg(name: &str, all: &Variables) -> Leg {
    let wanted =
        |name: &str| name.starts_with("MATRIX_") || name == "CI_GEN_SHARD_INDEX" || name == "CI_GEN_SHARD_TOTAL";
    let env = all.keys().filter(|name| wanted(name)).map(|name| (name.clone(), resolve(name, all, 0)));
    // Behind a colon stands what tells the parts of a job apart.
    let job = name.split(':').next().expect("a name").to_owned();
    Leg { job, env: env.filter(|(_, value)| !value.is_empty()).collect() }
}

/// The value that commands see.
fn resolve(name: &str, all: &Variables, depth: usize) -> String {
    assert!(depth < 10, "`{name}` names itself");
    let Some((text, expand)) = all.get(name) else { return String::new() };
    if !expand {
        return text.clone();
    }
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(behind) = rest.strip_prefix('$') {
            out.push('$');
            rest = behind;
        } else if let Some(behind) = rest.strip_prefix('{') {
            let end = behind.find('}').unwrap_or_else(|| panic!("`{text}` never closes its brace"));
            out.push_str(&resolve(&behind[..end], all, depth + 1));
            rest = &behind[end + 1..];
        } else {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            assert!(end > 0, "`{text}` has a `$` that names nothing");
            out.push_str(&resolve(&rest[..end], all, depth + 1));
            rest = &rest[end..];
        }
    }
    out + rest
}
