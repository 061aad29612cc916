//! Every example renders to the committed goldens, which lie under their native names.

use std::{collections::BTreeMap, fs};

use ci_gen::{plan, spec, systems, systems::Generated, SystemId};

use crate::support::{assert_current, project, slashed, walk, Sandbox};

pub const EXAMPLES: &[&str] =
    &["quickstart", "python-service", "rust-workspace", "node-monorepo", "java-library", "reported", "everything"];

/// An example, loaded and generated.
pub struct Example {
    pub name: &'static str,
    pub plan: plan::Plan,
    pub generated: Generated,
    /// The native jobs that the spec brings itself.
    pub raw: Vec<String>,
}

/// Every example, for all eight systems, whatever its own targets are.
pub fn examples() -> Vec<Example> {
    let schema = systems::schema().unwrap();
    EXAMPLES
        .iter()
        .map(|name| {
            let path = project().join("examples").join(name).join("ci-gen.toml");
            let loaded = spec::load(&fs::read_to_string(path).unwrap(), &schema).unwrap();
            assert_eq!(loaded.diagnostics, []);
            let (plan, diagnostics) = plan::build(&loaded.spec);
            assert_eq!(diagnostics, [], "{name}");
            let generated = systems::generate(&loaded.spec, &plan, SystemId::ALL, "ci-gen.toml");
            let raw = loaded.spec.overrides.values().flat_map(|it| it.raw.keys().cloned()).collect();
            Example { name, plan, generated, raw }
        })
        .collect()
}

/// One loop over all examples: what is written is what is committed, no more and no less.
#[test]
fn examples_render_to_their_goldens() {
    for name in EXAMPLES {
        let golden = project().join("tests/golden").join(name);
        let sandbox = Sandbox::new();
        let spec = project().join("examples").join(name).join("ci-gen.toml");
        let run = sandbox.run(&format!("render --color never --spec {} --out out", spec.display())).code(0);
        let out = sandbox.path().join("out");
        let files: Vec<String> = walk(&out).iter().map(|it| slashed(it.strip_prefix(&out).unwrap())).collect();
        for file in &files {
            assert_current(&golden.join(file), &sandbox.read(&format!("out/{file}")));
        }
        let said: Vec<&str> = run.stderr.lines().filter(|line| line.starts_with("warning[")).collect();
        assert_current(&golden.join("warnings.txt"), &said.iter().map(|line| format!("{line}\n")).collect::<String>());
        let committed: Vec<String> =
            walk(&golden).iter().map(|it| slashed(it.strip_prefix(&golden).unwrap())).collect();
        for file in committed.iter().filter(|it| *it != "warnings.txt") {
            assert!(files.contains(file), "tests/golden/{name}/{file} is not rendered any more");
        }
    }
}

/// A system gets a file, or a diagnostic says why it does not.
/// Git checks files out with CRLF on many machines with Windows.
#[test]
fn line_ends_of_windows_change_nothing() {
    for name in EXAMPLES {
        let sandbox = Sandbox::new();
        let text = fs::read_to_string(project().join("examples").join(name).join("ci-gen.toml")).unwrap();
        for (directory, text) in [("lf", text.clone()), ("crlf", text.replace('\n', "\r\n"))] {
            sandbox.write(&format!("{directory}/ci-gen.toml"), text.as_bytes());
            sandbox.run_in(directory, "render --out out").code(0);
        }
        for file in walk(&sandbox.path().join("lf/out")) {
            let file = slashed(file.strip_prefix(sandbox.path().join("lf")).unwrap());
            assert_eq!(sandbox.read(&format!("crlf/{file}")), sandbox.read(&format!("lf/{file}")), "{name}: {file}");
        }
    }
}

#[test]
fn every_example_renders_for_every_system_or_says_why_not() {
    for example in examples() {
        for system in SystemId::ALL {
            let files = example.generated.files.iter().filter(|(id, _)| id == system).count();
            let refused = example.generated.diagnostics.iter().any(|it| {
                it.system == Some(system.key())
                    && matches!(it.code, "unsupported" | "limit" | "refused")
                    && it.help.is_some()
            });
            assert!(files > 0 || refused, "{}: {system} has neither file nor reason", example.name);
            assert!(!(files > 0 && refused), "{}: {system} is refused and has a file", example.name);
        }
    }
}

#[test]
fn the_example_of_everything_has_every_key() {
    let text = fs::read_to_string(project().join("examples/everything/ci-gen.toml")).unwrap();
    let used = keys_of(&toml::from_str(&text).unwrap());
    let document = systems::schema_document();
    let mut known: Vec<String> = document["properties"].as_object().unwrap().keys().cloned().collect();
    for (name, definition) in document["definitions"].as_object().unwrap() {
        // A runner's keys are the systems, whose own keys exclude each other.
        if name != "Runner" {
            known.extend(definition["properties"].as_object().into_iter().flat_map(|it| it.keys().cloned()));
        }
    }
    let systems: Vec<&str> = SystemId::ALL.iter().map(|it| it.key()).collect();
    let missing: Vec<&String> =
        known.iter().filter(|key| !used.contains(*key) && !systems.contains(&key.as_str())).collect();
    assert!(missing.is_empty(), "not in the example: {missing:?}");
}

/// Every key of every table.
fn keys_of(value: &toml::Value) -> Vec<String> {
    match value {
        toml::Value::Table(table) => {
            table.iter().flat_map(|(key, value)| std::iter::once(key.clone()).chain(keys_of(value))).collect()
        }
        toml::Value::Array(array) => array.iter().flat_map(keys_of).collect(),
        _ => Vec::new(),
    }
}

/// Files of all examples by example and path, for checks over every output.
pub fn outputs() -> BTreeMap<(&'static str, SystemId), BTreeMap<String, String>> {
    let mut outputs: BTreeMap<_, BTreeMap<String, String>> = BTreeMap::new();
    for example in examples() {
        for (system, file) in example.generated.files {
            outputs.entry((example.name, system)).or_default().insert(file.path, file.text);
        }
    }
    outputs
}

#[test]
fn files_have_the_header_and_end_with_one_newline() {
    for ((example, system), files) in outputs() {
        for (path, text) in files {
            let head: String = text.lines().take(5).collect::<Vec<_>>().join("\n");
            assert!(head.contains("Generated by ci-gen from ci-gen.toml"), "{example}, {system}, {path}:\n{head}");
            assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{example}, {system}, {path}");
            assert!(!text.contains('\r') && !text.lines().any(|it| it.ends_with(' ')), "{example}, {system}, {path}");
        }
    }
}
