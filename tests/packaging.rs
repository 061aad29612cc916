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
    for script in ["scripts/install.sh", "scripts/run.sh"] {
        let body: String = read(script)
            .lines()
            .skip_while(|line| line.starts_with('#'))
            .map(|line| if line.is_empty() { "\n".to_owned() } else { format!("      {line}\n") })
            .collect();
        let begin = format!("      ( # {script}\n");
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
    let repository = env!("CARGO_PKG_REPOSITORY");
    assert!(read("scripts/install.sh").contains(&format!("{repository}/releases/download/v$GIVEN_VERSION")));
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

    let failing = [("GIVEN_COMMAND", "echo \"it's $((40 + 2))\" | tee said; false | cat"), ("GIVEN_RESULTS", "out/*.xml")];
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

/// A release in a directory, as a mirror would have it.
#[cfg(unix)]
fn release() -> Sandbox {
    let sandbox = Sandbox::new().file("bin/ci-gen", "#!/bin/sh\necho installed\n");
    let pack = "chmod +x bin/ci-gen
        mkdir release && tar -czf \"release/ci-gen-$(uname -s)-$(uname -m).tar.gz\" -C bin ci-gen
        cd release && if command -v sha256sum > /dev/null; then sha256sum *.gz; else shasum -a 256 *.gz; fi > SHA256SUMS";
    assert!(Command::new("sh").args(["-ec", pack]).current_dir(sandbox.path()).status().unwrap().success());
    sandbox
}

#[cfg(unix)]
#[test]
fn a_release_is_installed_only_if_its_checksums_hold() {
    use sha2::Digest;

    let sandbox = release();
    let mirror = format!("file://{}/release", sandbox.path().display());
    let digest = |bytes: &[u8]| sha2::Sha256::digest(bytes).iter().map(|it| format!("{it:02x}")).collect::<String>();
    let list = sandbox.read("release/SHA256SUMS");
    let checksum = format!("sha256:{}", digest(list.as_bytes()));
    let install = |checksum: &str| {
        let given = [("GIVEN_VERSION", "0.1.0"), ("GIVEN_CHECKSUM", checksum), ("CI_GEN_RELEASE_URL", mirror.as_str())];
        let _ = fs::remove_dir_all(sandbox.path().join(".ci-gen"));
        let (code, text) = script(&sandbox, "scripts/install.sh", &given);
        (code, sandbox.exists(".ci-gen/bin/ci-gen"), text)
    };
    let (code, there, text) = install(&checksum);
    assert_eq!((code, there), (0, true), "{text}");
    let (code, there, text) = install(&format!("sha256:{}", digest(b"another release")));
    assert_eq!((code, there), (1, false), "{text}");

    // The archive is not the one that the list was made of.
    sandbox.write("release/SHA256SUMS", list.replace(|c: char| c.is_ascii_digit(), "0").as_bytes());
    let (code, there, text) = install("");
    assert_eq!((code, there), (1, false), "{text}");

    // The list knows nothing of this machine.
    sandbox.write("release/SHA256SUMS", b"");
    let (code, there, text) = install("");
    assert_ne!((code, there), (0, true), "{text}");
}
