//! The Action and the GitLab component: what they are made of is one thing, and every input reaches `ci-gen run`.

use std::{fs, path::Path, process::Command};

use serde_json::Value;

use crate::support::{assert_current, project, Sandbox};

fn read(path: &str) -> String {
    fs::read_to_string(project().join(path)).unwrap()
}

fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap()
}

/// The first document of the component, which describes its inputs.
fn component_inputs() -> Value {
    yaml(read("templates/ci-gen.yml").split("\n---\n").next().unwrap())["spec"]["inputs"].clone()
}

fn action_inputs() -> Value {
    yaml(&read("action.yml"))["inputs"].clone()
}

/// A component is one file, so the scripts stand in it.
#[test]
fn the_component_holds_the_scripts() {
    let mut text = read("templates/ci-gen.yml");
    let scripts = [("scripts/install.sh", "      set -- \"$GIVEN_VERSION\" .ci-gen/bin\n"), ("scripts/run.sh", "")];
    for (script, arguments) in scripts {
        let body: String = read(script)
            .lines()
            .skip_while(|line| line.starts_with('#'))
            .map(|line| if line.is_empty() { "\n".to_owned() } else { format!("      {line}\n") })
            .collect();
        let begin = format!("( # {script}\n{arguments}");
        let (before, rest) = text.split_once(&begin).unwrap();
        let (_, after) = rest.split_once("      )\n").unwrap();
        text = format!("{before}{begin}{body}      )\n{after}");
    }
    assert_current(&project().join("templates/ci-gen.yml"), &text);
}

#[test]
fn both_install_the_version_that_they_belong_to() {
    for inputs in [action_inputs(), component_inputs()] {
        assert_eq!(inputs["version"]["default"], env!("CARGO_PKG_VERSION"));
    }
    let releases = concat!(env!("CARGO_PKG_REPOSITORY"), "/releases/download/");
    assert!(read("scripts/install.sh").contains(releases));
}

#[test]
fn actions_are_pinned_as_in_the_table_of_defaults() {
    let defaults: toml::Value = read("src/pins/defaults.toml").parse::<toml::Table>().unwrap().into();
    for line in read("action.yml").lines().filter_map(|line| line.trim().strip_prefix("uses: ")) {
        let (name, pin) = line.split_once('@').unwrap();
        let known = &defaults["actions"][name];
        let known = format!("{} # {}", known["commit"].as_str().unwrap(), known["tag"].as_str().unwrap());
        assert_eq!(pin, known, "{name}");
    }
}

/// `uses:` and `include:` differ in what the systems need; all else is the same word with the same default.
#[test]
fn both_have_the_same_inputs() {
    let own = [vec!["artifact", "working-directory"], vec!["name", "stage", "image"]];
    let [action, component] = [action_inputs(), component_inputs()];
    for (inputs, others, own) in [(&action, &component, &own[0]), (&component, &action, &own[1])] {
        for (name, input) in inputs.as_object().unwrap() {
            let twin = &others[name];
            assert_eq!(twin.is_null(), own.contains(&name.as_str()), "{name}");
            assert!(twin.is_null() || twin["default"] == input["default"], "{name}");
            assert!(input["description"].as_str().is_some_and(|it| it.ends_with('.')), "{name} is not described");
        }
    }
}

/// Every input is in the documents, with its default.
#[test]
fn every_input_is_documented() {
    for (inputs, document) in [(action_inputs(), "docs/action.md"), (component_inputs(), "docs/component.md")] {
        let mut table = "| input | default | |\n|---|---|---|\n".to_owned();
        for (name, input) in inputs.as_object().unwrap() {
            let default = match input["default"].as_str().unwrap() {
                "" => String::new(),
                default => format!("`{default}`"),
            };
            let description = input["description"].as_str().unwrap().replace('|', "\\|");
            table.push_str(&format!("| `{name}` | {default} | {description} |\n"));
        }
        let text = read(document);
        let (before, rest) = text.split_once("<!-- begin inputs -->\n").unwrap();
        let (_, after) = rest.split_once("<!-- end inputs -->").unwrap();
        let expected = format!("{before}<!-- begin inputs -->\n\n{table}\n<!-- end inputs -->{after}");
        assert_current(&project().join(document), &expected);
    }
}

/// Runs a script as the two packages do, with the binary that is tested on `PATH`.
#[cfg(unix)]
fn script(sandbox: &Sandbox, path: &str, given: &[(&str, &str)]) -> (i32, String) {
    let binary = Path::new(env!("CARGO_BIN_EXE_ci-gen")).parent().unwrap().to_owned();
    let path_variable = std::env::join_paths(
        [binary].into_iter().chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    );
    let output = Command::new("sh")
        .arg(project().join(path))
        .current_dir(sandbox.path())
        .env("PATH", path_variable.unwrap())
        .envs(given.iter().copied())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.code().unwrap(), text)
}

#[cfg(unix)]
const GREEN: &str = r#"<testsuite name="s" tests="1"><testcase classname="c" name="n"/></testsuite>"#;

#[cfg(unix)]
#[test]
fn results_commands_and_merging_reach_the_binary() {
    let sandbox = Sandbox::new().file("out/one.xml", GREEN).file("out/a b.xml", GREEN);
    let results = [("GIVEN_RESULTS", "out/one.xml\n\nout/a b.xml\n"), ("GIVEN_OUTPUT_DIR", "reports/one")];
    let (code, text) = script(&sandbox, "scripts/run.sh", &results);
    assert_eq!(code, 0, "{text}");
    assert!(sandbox.read("reports/one/report.json").contains("\"tests\": 2"));

    let failing =
        [("GIVEN_COMMAND", "echo \"it's $((40 + 2))\" | tee said; false | cat"), ("GIVEN_RESULTS", "out/*.xml")];
    let (code, text) = script(&sandbox, "scripts/run.sh", &failing);
    assert_eq!(code, 1, "{text}");
    assert_eq!(sandbox.read("said"), "it's 42\n");

    let merging = [("GIVEN_REPORT_DIR", "reports"), ("GIVEN_OUTPUT_DIR", "merged")];
    let (code, text) = script(&sandbox, "scripts/run.sh", &merging);
    assert_eq!(code, 0, "{text}");
    assert!(sandbox.exists("merged/report.html"));

    let (code, text) = script(&sandbox, "scripts/run.sh", &[("GIVEN_TIMEOUT", "soon"), ("GIVEN_RESULTS", "out/*.xml")]);
    assert_eq!(code, 2, "{text}");
}
