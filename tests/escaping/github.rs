//! Reads a workflow as GitHub does: YAML, then `${{ … }}` wherever GitHub looks for it.
//!
//! <https://docs.github.com/actions/reference/workflows-and-actions/expressions>

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    shell::Script,
    yaml::{self, string, strings},
    Input, Seen,
};

type Scope = BTreeMap<String, Value>;

pub fn read(files: &BTreeMap<String, String>) -> Seen {
    let (_, text) = files.iter().next().unwrap();
    let document = yaml::read(text);
    let mut seen = Seen { name: document.get("name").map(|it| no_expression(string(it))), ..Seen::default() };
    for (name, input) in document["on"]["workflow_dispatch"]["inputs"].as_object().unwrap() {
        no_expression(&input.to_string());
        let options = yaml::one_or_many(input.get("options"));
        let description = input.get("description").map(|it| string(it).to_owned());
        seen.inputs.insert(name.clone(), Input { default: string(&input["default"]).to_owned(), options, description });
    }
    let mut scope = Scope::from([
        ("github.event_name".into(), Value::from("push")),
        ("github.ref_type".into(), Value::from("branch")),
        ("github.ref_name".into(), Value::from("main")),
    ]);
    let top = evaluated(strings(document.get("env")), &scope);
    for (id, job) in document["jobs"].as_object().unwrap() {
        for (key, value) in job.pointer("/strategy/matrix").into_iter().flat_map(|it| it.as_object().unwrap()) {
            let [value] = value.as_array().unwrap().as_slice() else { panic!("{key} has not one value") };
            scope.insert(format!("matrix.{key}"), Value::from(template(string(value), &scope)));
        }
        let mut env = top.clone();
        env.extend(evaluated(strings(job.get("env")), &scope));
        if let Some(image) = job.pointer("/container/image") {
            seen.images.push(template(string(image), &scope));
        }
        for service in job.get("services").into_iter().flat_map(|it| it.as_object().unwrap().values()) {
            seen.service_env.extend(evaluated(strings(service.get("env")), &scope));
            // The runner passes variables one by one, escaped.
            if let Some(command) = service.get("command") {
                seen.service_command = Some(arguments(&template(string(command), &scope)));
            }
        }
        let mut scripts = Vec::new();
        for step in job["steps"].as_array().unwrap() {
            let with = |key: &str| step.pointer(&format!("/with/{key}")).map(|it| template(string(it), &scope));
            match step.get("uses").map(|it| string(it).split('@').next().unwrap()) {
                Some("actions/upload-artifact") if with("name").unwrap().starts_with("results") => {
                    seen.results = patterns(&with("path").unwrap());
                }
                Some("actions/upload-artifact") => {
                    let paths = patterns(&with("path").unwrap());
                    let name = with("name").unwrap();
                    seen.artifacts.insert(name.split('@').next().unwrap().to_owned(), paths);
                }
                _ => {}
            }
            let Some(run) = step.get("run") else { continue };
            let mut env = env.clone();
            env.extend(evaluated(strings(step.get("env")), &scope));
            assert_eq!(step["shell"], "bash");
            scripts.push(Script::bash(template(string(run), &scope), &env));
        }
        seen.jobs.insert(id.clone(), scripts);
    }
    seen
}

/// The lines of `path`, as `@actions/glob` reads them: trimmed, without empty ones and comments.
fn patterns(path: &str) -> Vec<String> {
    let lines = path.split('\n').map(str::trim).filter(|it| !it.is_empty() && !it.starts_with(['#', '!']));
    lines.map(|it| it.strip_prefix("./").unwrap_or(it).to_owned()).collect()
}

/// Where GitHub allows no expressions, it refuses the whole file for one.
fn no_expression(text: &str) -> String {
    assert!(!text.contains("${{"), "an expression where none is allowed: {text}");
    text.to_owned()
}

fn evaluated(pairs: Vec<(String, String)>, scope: &Scope) -> Vec<(String, String)> {
    pairs.into_iter().map(|(name, value)| (name, template(&value, scope))).collect()
}

/// Replaces each `${{ … }}`; braces inside a string literal do not end it.
fn template(text: &str, scope: &Scope) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${{") {
        out.push_str(&rest[..at]);
        let inner = &rest[at + 3..];
        let mut quoted = false;
        let mut end = None;
        for (at, c) in inner.char_indices() {
            match c {
                '\'' => quoted = !quoted,
                '}' if !quoted && inner[at..].starts_with("}}") => {
                    end = Some(at);
                    break;
                }
                _ => {}
            }
        }
        let end = end.unwrap_or_else(|| panic!("an expression that never ends: {text}"));
        out.push_str(&as_text(&expression(&inner[..end], scope)));
        rest = &inner[end + 2..];
    }
    out + rest
}

fn as_text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn expression(text: &str, scope: &Scope) -> Value {
    let mut parser = Expression { rest: text, scope };
    let value = parser.or();
    assert_eq!(parser.rest.trim(), "", "unknown expression {text}");
    value
}

struct Expression<'a> {
    rest: &'a str,
    scope: &'a Scope,
}

impl Expression<'_> {
    fn take(&mut self, sign: &str) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn or(&mut self) -> Value {
        let mut left = self.and();
        while self.take("||") {
            let right = self.and();
            left = if truthy(&left) { left } else { right };
        }
        left
    }

    fn and(&mut self) -> Value {
        let mut left = self.equal();
        while self.take("&&") {
            let right = self.equal();
            left = if truthy(&left) { right } else { left };
        }
        left
    }

    fn equal(&mut self) -> Value {
        let left = self.atom();
        // Strings are compared without regard to case.
        let same = |right: Value| as_text(&left).to_lowercase() == as_text(&right).to_lowercase();
        if self.take("==") {
            let right = self.atom();
            return Value::from(same(right));
        }
        if self.take("!=") {
            let right = self.atom();
            return Value::from(!same(right));
        }
        left
    }

    fn atom(&mut self) -> Value {
        if self.take("'") {
            let mut literal = String::new();
            loop {
                let end = self.rest.find('\'').expect("a literal that never ends");
                literal.push_str(&self.rest[..end]);
                self.rest = &self.rest[end + 1..];
                match self.rest.strip_prefix('\'') {
                    Some(rest) => {
                        literal.push('\'');
                        self.rest = rest;
                    }
                    None => return Value::from(literal),
                }
            }
        }
        if self.take("!") {
            return Value::from(!truthy(&self.atom()));
        }
        if self.take("(") {
            let value = self.or();
            assert!(self.take(")"));
            return value;
        }
        let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && !"_.-".contains(c)).unwrap_or(self.rest.len());
        let name = self.rest[..end].to_owned();
        self.rest = &self.rest[end..];
        if self.take("(") {
            let mut arguments = Vec::new();
            while !self.take(")") {
                arguments.push(self.or());
                self.take(",");
            }
            return call(&name, &arguments);
        }
        match name.as_str() {
            "true" | "false" => Value::from(name == "true"),
            _ if self.scope.contains_key(&name) => self.scope[&name].clone(),
            _ if ["inputs.", "matrix."].iter().any(|it| name.starts_with(it)) => Value::Null,
            _ if ["github.", "runner.", "secrets.", "strategy."].iter().any(|it| name.starts_with(it)) => {
                Value::from(format!("[{name}]"))
            }
            _ => panic!("unknown name `{name}` in an expression"),
        }
    }
}

fn truthy(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false)) && value != "" && value.as_i64() != Some(0)
}

fn call(name: &str, arguments: &[Value]) -> Value {
    match name {
        "format" => {
            let mut out = String::new();
            let format = as_text(&arguments[0]);
            let mut rest = format.as_str();
            while let Some(c) = rest.chars().next() {
                if let Some(behind) = rest.strip_prefix("{{").or(rest.strip_prefix("}}")) {
                    out.push(c);
                    rest = behind;
                } else if c == '{' {
                    let end = rest.find('}').expect("`{` in a format");
                    let index: usize = rest[1..end].parse().expect("`{` in a format");
                    out.push_str(&as_text(&arguments[index + 1]));
                    rest = &rest[end + 1..];
                } else {
                    assert_ne!(c, '}', "`}}` in a format");
                    out.push(c);
                    rest = &rest[c.len_utf8()..];
                }
            }
            Value::from(out)
        }
        "cancelled" | "failure" => Value::from(false),
        "success" | "always" => Value::from(true),
        "hashFiles" => Value::from("hash"),
        _ => panic!("unknown function `{name}`"),
    }
}

/// How .NET takes a command line apart on its way to `docker`: backslashes count only before double quotes.
fn arguments(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' if !quoted => words.extend(word.take()),
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                word.get_or_insert_default().push('"');
            }
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            '\\' => {
                let mut count = 1;
                while chars.next_if_eq(&'\\').is_some() {
                    count += 1;
                }
                let word = word.get_or_insert_default();
                match chars.peek() {
                    Some('"') => {
                        word.push_str(&"\\".repeat(count / 2));
                        if count % 2 == 1 {
                            chars.next();
                            word.push('"');
                        }
                    }
                    _ => word.push_str(&"\\".repeat(count)),
                }
            }
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[test]
fn expressions_are_evaluated() {
    let scope = Scope::from([("matrix.x".into(), Value::from("it's ${{ y }}"))]);
    assert_eq!(template("a ${{ '${{' }} }} ${{ matrix.x }}", &scope), "a ${{ }} it's ${{ y }}");
    assert_eq!(template("${{ format('{{{0}}}', 'it''s') }}", &scope), "{it's}");
    assert!(std::panic::catch_unwind(|| template("${{ x }}", &Scope::new())).is_err());
    assert_eq!(arguments(r#"a "b c" d\"e "f\\" g\h"#), ["a", "b c", "d\"e", "f\\", "g\\h"]);
}
