//! The Action and the GitLab component: what they are made of is one thing, and every input reaches `ci-gen run`.

use std::fs;
#[cfg(unix)]
use std::{path::Path, process::Command, sync::Mutex};

use serde_json::Value;

use crate::support::{assert_current, project};
#[cfg(unix)]
use crate::support::{
    vendor::{Answer, Request, Vendor},
    Sandbox,
};

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
    let own = [vec!["artifact", "token", "working-directory"], vec!["name", "stage", "image"]];
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

    let leg = |given: &[(&str, &str)]| {
        let given = [given, &[("GIVEN_RESULTS", "out/*.xml")]].concat();
        let (_, text) = script(&sandbox, "scripts/run.sh", &given);
        let report: Value = serde_json::from_str(&sandbox.read("test_results/report.json")).expect(&text);
        report["run"]["leg"].as_str().unwrap_or_default().to_owned()
    };
    let matrix =
        "{\n  \"os\": {\n    \"image\": \"ubuntu-24.04\",\n    \"arm\": true\n  },\n  \"list\": [\n    3.12\n  ],\n  \
                  \"say\": \"it's \\\"a, b\\\"\",\n  \"none\": \"\"\n}";
    assert_eq!(leg(&[]), "");
    assert_eq!(leg(&[("GIVEN_MATRIX", "null")]), "");
    assert_eq!(leg(&[("GIVEN_MATRIX", matrix)]), "ubuntu-24.04, true, 3.12, it's \\\"a, b\\\", ");
    assert_eq!(leg(&[("GIVEN_MATRIX", matrix), ("GIVEN_LEG", "linux")]), "linux");
    assert_eq!(leg(&[("GIVEN_LEG", "linux"), ("CI_GEN_LEG", "own")]), "own");

    let merging = [("GIVEN_REPORT_DIR", "reports"), ("GIVEN_OUTPUT_DIR", "merged")];
    let (code, text) = script(&sandbox, "scripts/run.sh", &merging);
    assert_eq!(code, 0, "{text}");
    assert!(sandbox.exists("merged/report.html"));

    let (code, text) = script(&sandbox, "scripts/run.sh", &[("GIVEN_TIMEOUT", "soon"), ("GIVEN_RESULTS", "out/*.xml")]);
    assert_eq!(code, 2, "{text}");
}

#[cfg(unix)]
const TOKEN: &str = "a-token-that-may-write";
#[cfg(unix)]
const SHA: &str = "0123456789abcdef0123456789abcdef01234567";

/// The one step of the Action that runs ci-gen: its variables and its script.
fn step() -> Value {
    let action = yaml(&read("action.yml"));
    let steps = action["runs"]["steps"].as_array().unwrap();
    steps.iter().find(|it| it["id"] == "run").unwrap().clone()
}

#[test]
fn the_token_reaches_one_step_and_only_where_something_is_published() {
    let step = step();
    let expression = "${{ inputs.publish != '' && inputs.publish != 'none' && inputs.token || '' }}";
    assert_eq!(step["env"]["GIVEN_TOKEN"], expression);
    assert_eq!(action_inputs()["token"]["default"], "${{ github.token }}");
    let text = read("action.yml");
    assert_eq!(text.matches("inputs.token").count(), 1);
    assert_eq!(text.matches("github.token").count(), 1);
    assert!(!read("templates/ci-gen.yml").replace("variable GITLAB_TOKEN", "").contains("TOKEN"));
}

/// A code host on the loopback that takes statuses, and comments, which it gives back.
#[cfg(unix)]
fn code_host() -> Vendor {
    let comments = Mutex::new(Vec::new());
    Vendor::start(move |request, _| {
        let mut comments = comments.lock().unwrap();
        let path = request.path.split('?').next().unwrap_or_default();
        let is_comment = path.ends_with("/comments") || path.ends_with("/notes");
        match request.method.as_str() {
            "GET" if is_comment => Answer::json(Value::Array(comments.clone())),
            "GET" => Answer::json(Value::Array(Vec::new())),
            _ => {
                let mut made: Value = serde_json::from_str(&request.body).unwrap_or_default();
                made["id"] = Value::from(comments.len() + 1);
                comments.extend(is_comment.then(|| made.clone()));
                Answer { status: 201, ..Answer::json(made) }
            }
        }
    })
}

/// Runs a script with these variables alone, and gives what the vendor was told.
#[cfg(unix)]
fn told(program: &[&str], sandbox: &Sandbox, vendor: &Vendor, variables: &[(&str, &str)]) -> Vec<Request> {
    let before = vendor.requests().len();
    let binary = Path::new(env!("CARGO_BIN_EXE_ci-gen")).parent().unwrap().to_owned();
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([binary].into_iter().chain(std::env::split_paths(&paths))).unwrap();
    let output = Command::new(program[0])
        .args(&program[1..])
        .current_dir(sandbox.path())
        .env_clear()
        .env("PATH", path)
        .env("GITHUB_ACTION_PATH", project())
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(!text.contains(TOKEN), "{text}");
    vendor.requests().split_off(before)
}

/// What GitHub says of a pull request, and where its API is.
#[cfg(unix)]
fn pull_request(sandbox: &Sandbox, vendor: &Vendor) -> Vec<(String, String)> {
    let event = format!(
        r#"{{"pull_request": {{"number": 7, "head": {{"sha": "{SHA}", "ref": "fix", "repo": {{"full_name": "acme/shop"}}}}, "base": {{"ref": "main", "sha": "{SHA}", "repo": {{"full_name": "acme/shop"}}}}}}}}"#
    );
    sandbox.write("event.json", event.as_bytes());
    let event = sandbox.path().join("event.json").display().to_string();
    let said = [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_EVENT_NAME", "pull_request"),
        ("GITHUB_EVENT_PATH", event.as_str()),
        ("GITHUB_REF", "refs/pull/7/merge"),
        ("GITHUB_REPOSITORY", "acme/shop"),
        ("GITHUB_RUN_ID", "42"),
        ("GITHUB_SERVER_URL", "https://github.com"),
        ("GITHUB_SHA", SHA),
        ("GITHUB_API_URL", vendor.address.as_str()),
    ];
    said.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[cfg(unix)]
fn with<'a>(variables: &'a [(String, String)], more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).chain(more.iter().copied()).collect()
}

/// The step as GitHub runs it.
#[cfg(unix)]
#[test]
fn the_action_publishes_what_it_is_told_and_else_nothing() {
    let (sandbox, vendor) = (Sandbox::new().file("one.xml", GREEN), code_host());
    let script = step()["run"].as_str().unwrap().to_owned();
    let program = ["bash", "-eo", "pipefail", "-c", script.as_str()];
    let here = pull_request(&sandbox, &vendor);
    let given = [("GIVEN_INSTALL", "none"), ("GIVEN_RESULTS", "one.xml"), ("GIVEN_STRICT_PUBLISH", "true")];
    for publish in ["none", ""] {
        let more = [&given[..], &[("GIVEN_PUBLISH", publish), ("GIVEN_TOKEN", ""), ("GITHUB_TOKEN", TOKEN)]].concat();
        assert_eq!(told(&program, &sandbox, &vendor, &with(&here, &more)).len(), 0, "publish: `{publish}`");
    }
    let more = [&given[..], &[("GIVEN_PUBLISH", "comment,status"), ("GIVEN_TOKEN", TOKEN)]].concat();
    let requests = told(&program, &sandbox, &vendor, &with(&here, &more));
    let posted = |path: &str| requests.iter().any(|it| it.method == "POST" && it.path.starts_with(path));
    assert!(posted(&format!("/repos/acme/shop/statuses/{SHA}")), "{requests:#?}");
    assert!(posted("/repos/acme/shop/issues/7/comments"), "{requests:#?}");
    assert!(requests.iter().all(|it| it.authorization == format!("Bearer {TOKEN}")), "{requests:#?}");
}

/// What a workflow has as its own token is neither lost nor used.
#[cfg(unix)]
#[test]
fn a_token_of_the_workflow_s_own_stays_what_it_is() {
    let (sandbox, vendor) = (Sandbox::new(), code_host());
    let script = step()["run"].as_str().unwrap().to_owned();
    let command = format!("echo \"$GITHUB_TOKEN,${{GIVEN_TOKEN-unset}}\" > seen; echo '{GREEN}' > one.xml");
    let here = pull_request(&sandbox, &vendor);
    let more = [
        ("GIVEN_INSTALL", "none"),
        ("GIVEN_COMMAND", command.as_str()),
        ("GIVEN_RESULTS", "one.xml"),
        ("GIVEN_PUBLISH", "none"),
        ("GIVEN_TOKEN", ""),
        ("GITHUB_TOKEN", "its-own"),
    ];
    let program = ["bash", "-eo", "pipefail", "-c", script.as_str()];
    assert_eq!(told(&program, &sandbox, &vendor, &with(&here, &more)).len(), 0);
    assert_eq!(sandbox.read("seen"), "its-own,unset\n");
}

#[cfg(unix)]
#[test]
fn the_component_publishes_what_it_is_told_and_else_nothing() {
    let (sandbox, vendor) = (Sandbox::new().file("one.xml", GREEN), code_host());
    let script = project().join("scripts/run.sh").display().to_string();
    let program = ["sh", script.as_str()];
    let here = [
        ("GITLAB_CI", "true"),
        ("CI_API_V4_URL", vendor.address.as_str()),
        ("CI_PROJECT_ID", "5"),
        ("CI_PROJECT_PATH", "acme/shop"),
        ("CI_SERVER_URL", "https://gitlab.com"),
        ("CI_COMMIT_SHA", SHA),
        ("CI_COMMIT_REF_NAME", "fix"),
        ("CI_PIPELINE_ID", "42"),
        ("CI_PIPELINE_SOURCE", "merge_request_event"),
        ("CI_MERGE_REQUEST_IID", "7"),
        ("CI_MERGE_REQUEST_PROJECT_ID", "5"),
        ("CI_MERGE_REQUEST_PROJECT_PATH", "acme/shop"),
        ("GITLAB_TOKEN", TOKEN),
        ("GIVEN_RESULTS", "one.xml"),
        ("GIVEN_STRICT_PUBLISH", "true"),
    ];
    let nothing = [&here[..], &[("GIVEN_PUBLISH", "none")]].concat();
    assert_eq!(told(&program, &sandbox, &vendor, &nothing).len(), 0);
    assert_eq!(told(&program, &sandbox, &vendor, &here).len(), 0, "without the input");
    let both = [&here[..], &[("GIVEN_PUBLISH", "comment,status")]].concat();
    let requests = told(&program, &sandbox, &vendor, &both);
    let posted = |path: &str| requests.iter().any(|it| it.method == "POST" && it.path.starts_with(path));
    assert!(posted(&format!("/projects/5/statuses/{SHA}")), "{requests:#?}");
    assert!(posted("/projects/5/merge_requests/7/notes"), "{requests:#?}");
}

/// A fork writes what is in its artifacts, so nothing of that chooses a repository, a commit, a change or an address.
#[cfg(unix)]
#[test]
fn reports_of_a_fork_do_not_say_where_they_are_published() {
    let (sandbox, vendor, theirs) = (Sandbox::new().file("one.xml", GREEN), code_host(), code_host());
    let own = sandbox.path().join("event.json").display().to_string();
    sandbox.run_with("run --provider local --publish none --results one.xml --output-dir reports/leg", &[]).code(0);
    let run = serde_json::json!({
        "id": "1", "attempt": 1, "system": "github", "repository": "acme/other", "head_sha": "f".repeat(40), "branch": "x",
        "change_number": 666, "job": "evil", "start": null, "wall": 0.0, "url": theirs.address,
    });
    let left = serde_json::json!({ "schema": 1, "things": ["check", "status", "comment"], "project": "evil", "host": theirs.address, "run": run });
    sandbox.write("reports/leg/unpublished.json", left.to_string().as_bytes());
    let mut report: Value = serde_json::from_str(&sandbox.read("reports/leg/report.json")).unwrap();
    for (key, value) in run.as_object().unwrap().iter().filter(|(key, _)| !["start", "wall"].contains(&key.as_str())) {
        report["run"][key] = value.clone();
    }
    sandbox.write("reports/leg/report.json", report.to_string().as_bytes());
    let event = format!(
        r#"{{"workflow_run": {{"head_sha": "{SHA}", "head_branch": "fix", "pull_requests": [], "head_repository": {{"full_name": "fork/shop"}}}}, "repository": {{"full_name": "acme/shop"}}}}"#
    );
    sandbox.write("event.json", event.as_bytes());
    let here = [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_EVENT_NAME", "workflow_run"),
        ("GITHUB_EVENT_PATH", own.as_str()),
        ("GITHUB_REF", "refs/heads/main"),
        ("GITHUB_REPOSITORY", "acme/shop"),
        ("GITHUB_RUN_ID", "42"),
        ("GITHUB_SERVER_URL", "https://github.com"),
        ("GITHUB_SHA", "1111111111111111111111111111111111111111"),
        ("GITHUB_API_URL", vendor.address.as_str()),
        ("GITHUB_TOKEN", TOKEN),
        ("GIVEN_PUBLISH", "status"),
    ];
    let script = project().join("scripts/run.sh").display().to_string();
    for from in [("GIVEN_REPORT_DIR", "reports"), ("GIVEN_RESULTS", "reports/leg/report.json")] {
        let requests = told(&["sh", script.as_str()], &sandbox, &vendor, &[&here[..], &[from]].concat());
        let status = format!("/repos/acme/shop/statuses/{SHA}");
        assert!(
            !requests.is_empty() && requests.iter().all(|it| it.path.starts_with(&status)),
            "{from:?}: {requests:#?}"
        );
        assert!(requests.iter().all(|it| !it.body.contains(&theirs.address)), "{from:?}: {requests:#?}");
    }
    assert_eq!(theirs.requests().len(), 0);
}
