//! Reads `.gitlab-ci.yml` as GitLab and its runner do: YAML, variables expanded twice, scripts joined.
//!
//! The server puts values in place of `$NAME`, `${NAME}` and `%NAME%` that it knows; the runner then expands `$…` with
//! Go's rules, once, and puts nothing in place of what it does not know:
//! <https://docs.gitlab.com/ci/variables/where_variables_can_be_used/>

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{
    shell::Script,
    yaml::{self, one_or_many, string},
    Input, Seen,
};

/// A variable's text, and whether anything in it is replaced.
type Variables = BTreeMap<String, (String, bool)>;

pub fn read(files: &BTreeMap<String, String>) -> Seen {
    let document = yaml::read(&files[".gitlab-ci.yml"]);
    let mut seen = Seen { name: document.pointer("/workflow/name").map(|it| string(it).to_owned()), ..Seen::default() };
    let top = variables(document.get("variables"));
    for (name, variable) in document["variables"].as_object().unwrap() {
        if let Some(key) = name.strip_prefix("INPUT_") {
            let input = Input {
                default: runner_value(name, &top),
                options: one_or_many(variable.get("options")),
                description: variable.get("description").map(|it| string(it).to_owned()),
            };
            seen.inputs.insert(key.to_lowercase(), input);
        }
    }
    for (name, job) in document.as_object().unwrap() {
        if ["workflow", "variables", "default"].contains(&name.as_str()) {
            continue;
        }
        let mut all = top.clone();
        all.extend(variables(job.get("variables")));
        assert!(job.get("extends").is_none() && job.get("parallel").is_none(), "{name}");
        let env: Vec<(String, String)> = all.keys().map(|name| (name.clone(), runner_value(name, &all))).collect();
        if let Some(image) = job.get("image") {
            seen.images.push(go_expand(string(image), &all));
        }
        for service in job.get("services").into_iter().flat_map(|it| it.as_array().unwrap()) {
            for (name, value) in yaml::strings(service.get("variables")) {
                seen.service_env.push((name, go_expand(&value, &all)));
            }
            if let Some(command) = service.get("command") {
                seen.service_command = Some(one_or_many(Some(command)));
            }
        }
        if let Some(artifacts) = job.get("artifacts") {
            let paths = one_or_many(artifacts.get("paths")).into_iter().map(|it| go_expand(&it, &all));
            seen.artifacts = paths.enumerate().map(|(n, path)| (format!("a{n}"), vec![path])).collect();
            let junit = one_or_many(artifacts.pointer("/reports/junit"));
            seen.results = junit.iter().map(|it| go_expand(it, &all)).collect();
        }
        // The runner trims every item and writes them all into one script.
        let items = [one_or_many(job.get("before_script")), one_or_many(job.get("script"))].concat();
        let text = items.iter().map(|it| it.trim()).collect::<Vec<_>>().join("\n");
        seen.jobs.insert(name.clone(), vec![Script::bash(text, &env)]);
    }
    seen
}

fn variables(value: Option<&Value>) -> Variables {
    let empty = Map::new();
    let map = value.map_or(&empty, |it| it.as_object().unwrap());
    let read = |(name, value): (&String, &Value)| {
        let variable = match value {
            Value::Object(table) => {
                let expand = table.get("expand").is_none_or(|it| it.as_bool().unwrap());
                (string(&table["value"]).to_owned(), expand)
            }
            text => (string(text).to_owned(), true),
        };
        (name.clone(), variable)
    };
    map.iter().map(read).collect()
}

/// What the shell gets.
fn runner_value(name: &str, all: &Variables) -> String {
    let (text, expand) = &all[name];
    match expand {
        true => go_expand(&server_expand(text, all, 0), all),
        false => text.clone(),
    }
}

/// The server's part: known variables that may be expanded themselves; everything else is left to the runner.
fn server_expand(text: &str, all: &Variables, depth: usize) -> String {
    assert!(depth < 10, "a circle");
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let word = |text: &str| {
            let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
            let valid = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
            valid.then(|| text[..end].to_owned())
        };
        let (length, name) = if rest.starts_with("$$") || rest.starts_with("%%") {
            (2, None)
        } else if let Some(behind) = rest.strip_prefix("${") {
            let name = word(behind).filter(|it| behind[it.len()..].starts_with('}'));
            (name.as_ref().map_or(2, |it| it.len() + 3), name)
        } else if let Some(behind) = rest.strip_prefix('$') {
            let name = word(behind);
            (name.as_ref().map_or(1, |it| it.len() + 1), name)
        } else if let Some(behind) = rest.strip_prefix('%') {
            let name = word(behind).filter(|it| behind[it.len()..].starts_with('%'));
            (name.as_ref().map_or(1, |it| it.len() + 2), name)
        } else {
            (c.len_utf8(), None)
        };
        match name.and_then(|name| all.get(&name)) {
            Some((value, true)) => out.push_str(&server_expand(value, all, depth + 1)),
            _ => out.push_str(&rest[..length]),
        }
        rest = &rest[length..];
    }
    out
}

/// `os.Expand` of Go with the runner's variables.
fn go_expand(text: &str, all: &Variables) -> String {
    let get = |name: &str| match name {
        "$" => "$".to_owned(),
        _ => all.get(name).map(|(text, _)| text.clone()).unwrap_or_default(),
    };
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let special = |c: char| "*#$@!?-".contains(c) || c.is_ascii_digit();
        if let Some(behind) = rest.strip_prefix('{') {
            match behind.find('}') {
                Some(end) => {
                    out.push_str(&get(&behind[..end]));
                    rest = &behind[end + 1..];
                }
                // Wrong syntax is eaten.
                None => rest = behind,
            }
        } else if let Some(c) = rest.chars().next().filter(|c| special(*c)) {
            out.push_str(&get(&c.to_string()));
            rest = &rest[c.len_utf8()..];
        } else {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            if end == 0 {
                out.push('$');
            } else {
                out.push_str(&get(&rest[..end]));
            }
            rest = &rest[end..];
        }
    }
    out + rest
}

#[test]
fn variables_are_expanded_by_both() {
    let all = Variables::from([
        ("A".into(), ("$B".into(), true)),
        ("B".into(), ("x$$y".into(), true)),
        ("C".into(), ("$B%B%".into(), false)),
        ("D".into(), ("<$C> $? $ ${".into(), true)),
        ("E".into(), ("%B% %% %Z%".into(), true)),
    ]);
    let values: Vec<String> = ["A", "B", "C", "D", "E"].iter().map(|it| runner_value(it, &all)).collect();
    assert_eq!(values, ["x$y", "x$y", "$B%B%", "<$B%B%>  $ ", "x$y %% %Z%"]);
}
