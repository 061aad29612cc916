//! `ci-gen explain` says all that the diagnostics say, and what needs no diagnostic.

use std::fs;

use serde_json::Value;

use crate::{
    examples::EXAMPLES,
    support::{project, Sandbox},
};

const SPEC: &str = "\
schema = 1
targets = [\"github\", \"travis\"]

[job.unit]
test = \"make test\"
runner = \"macos\"
timeout = \"10m\"
";

fn explained(sandbox: &Sandbox, arguments: &str) -> Vec<Value> {
    let run = sandbox.run(&format!("explain --format json {arguments}")).code(0);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    document["systems"].as_array().unwrap().clone()
}

/// Whatever `validate` reports as degraded or refused stands in `explain`, at the same line with the same way out.
#[test]
fn every_diagnostic_of_a_system_is_explained() {
    let mut compared = 0;
    for name in EXAMPLES {
        let path = project().join("examples").join(name).join("ci-gen.toml");
        let sandbox = Sandbox::with_spec(&fs::read_to_string(path).unwrap());
        let diagnostics: Value = serde_json::from_str(&sandbox.run("validate --format json").code(0).stdout).unwrap();
        let systems = explained(&sandbox, "");
        for diagnostic in diagnostics["diagnostics"].as_array().unwrap() {
            let support = match diagnostic["code"].as_str().unwrap() {
                "degraded" => "degraded",
                "unsupported" | "limit" => "unsupported",
                _ => continue,
            };
            let system = systems.iter().find(|it| it["system"] == diagnostic["system"]).unwrap();
            let found = system["features"].as_array().unwrap().iter().any(|it| {
                let said = match it["feature"].as_str() {
                    Some(feature) => format!("{feature}: {}", it["reason"].as_str().unwrap_or_default()),
                    None => it["reason"].as_str().unwrap().to_owned(),
                };
                it["support"] == support
                    && said == diagnostic["message"]
                    && it["line"] == diagnostic["line"]
                    && it["help"] == diagnostic["help"]
                    && it["help"].is_string()
            });
            assert!(found, "{name}: {diagnostic:#}\n{system:#}");
            compared += 1;
        }
    }
    assert!(compared >= 50, "only {compared} diagnostics were compared");
}

#[test]
fn a_refused_system_is_no_error_here() {
    let sandbox = Sandbox::with_spec(SPEC);
    sandbox.run("render").code(3);
    let systems = explained(&sandbox, "");
    assert_eq!((&systems[0]["refused"], &systems[1]["refused"]), (&Value::from(false), &Value::from(true)));
    let text = sandbox.run("explain --target travis").code(0).stdout;
    assert!(text.starts_with("Travis CI (travis) gets no file\n"), "{text}");
    assert!(text.lines().nth(1).unwrap().ends_with(", 1 unsupported"), "{text}");
    assert!(text.contains("\n  unsupported  line 6    macOS: "), "{text}");
    assert!(!text.contains("GitHub"), "{text}");
}

#[test]
fn a_system_can_be_asked_about_before_it_is_a_target() {
    let systems = explained(&Sandbox::with_spec(SPEC), "--target gitlab --target github");
    let keys: Vec<&Value> = systems.iter().map(|it| &it["system"]).collect();
    assert_eq!(keys, ["github", "gitlab"]);
}

#[test]
fn an_invalid_spec_is_not_explained() {
    let run = Sandbox::with_spec(&SPEC.replace("make test", "{{ matrix.x }}")).run("explain").code(3);
    assert_eq!(run.stdout, "");
    let quoted = SPEC.replace("test = \"make test\"", "test = \"cat <<'E'\\n{{ git.sha }}\\nE\"");
    Sandbox::with_spec(&quoted).run("explain").code(3).says("error[");
}

#[test]
fn tables_fit_into_eighty_columns() {
    let path = project().join("examples/everything/ci-gen.toml");
    let run = Sandbox::with_spec(&fs::read_to_string(path).unwrap()).run("explain").code(0);
    for line in run.stdout.lines() {
        let one_word = line.split_whitespace().count() == 1;
        assert!(line.chars().count() <= 80 || one_word, "{line}");
        assert_eq!(line.trim_end(), line);
    }
    assert_eq!(run.stdout.matches("\n\n").count(), 7, "one block per system");
}
