//! `ci-gen doctor`: facts with their sources, faults with a way out, and no credential anywhere.

use std::process::Command;

use ci_gen::{systems, SystemId};
use serde_json::Value;

use crate::support::{Run, Sandbox};

const SPEC: &str = "\
schema = 1
targets = \"github\"

[job.unit]
test = \"make test\"
results = \"results/{{ matrix.os }}/*.xml\"
matrix = { os = [\"linux\"] }
";

/// Runs the binary with these variables and no others.
fn doctor(sandbox: &Sandbox, arguments: &str, variables: &[(&str, &str)]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ci-gen"));
    command.arg("doctor").args(arguments.split_whitespace()).current_dir(sandbox.path()).env_clear();
    for kept in ["PATH", "SystemRoot"] {
        command.envs(std::env::var_os(kept).map(|value| (kept, value)));
    }
    Run::from(command.envs(variables.iter().copied()).output().unwrap())
}

fn json(sandbox: &Sandbox, variables: &[(&str, &str)]) -> Value {
    serde_json::from_str(&doctor(sandbox, "--format json", variables).code(0).stdout).unwrap()
}

/// The status of a check, and what it says.
fn check<'a>(document: &'a Value, name: &str) -> (&'a str, &'a str) {
    let checks = document["checks"].as_array().unwrap();
    let check = checks.iter().find(|it| it["name"] == name).unwrap_or_else(|| panic!("no {name} in {document:#}"));
    (check["status"].as_str().unwrap(), check["message"].as_str().unwrap())
}

fn git(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "init.defaultBranch=main"]);
    let output = command.args(arguments).current_dir(sandbox.path()).output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn facts_have_sources_and_what_is_not_known_is_null() {
    let sandbox = Sandbox::new();
    let document = json(
        &sandbox,
        &[
            ("TRAVIS", "true"),
            ("TRAVIS_PULL_REQUEST", "17"),
            ("TRAVIS_PULL_REQUEST_BRANCH", "feature"),
            ("TRAVIS_PULL_REQUEST_SHA", "8d6f0c2e4b1a39577c0e9d84f2a6b3c1d5e7f901"),
            ("TRAVIS_BRANCH", "main"),
        ],
    );
    let context = &document["context"];
    assert_eq!(context["provider"], serde_json::json!({ "value": "travis", "source": "TRAVIS" }));
    assert_eq!(context["change_number"], serde_json::json!({ "value": 17, "source": "TRAVIS_PULL_REQUEST" }));
    assert_eq!(context["base_branch"]["value"], "main");
    for absent in ["tag", "build_url", "repository"] {
        assert!(context.get(absent).is_some_and(Value::is_null), "{absent}: {context:#}");
    }
}

#[test]
fn git_fills_in_what_no_variable_says() {
    let sandbox = Sandbox::new();
    git(&sandbox, &["init", "--quiet"]);
    git(&sandbox, &["commit", "--quiet", "--allow-empty", "--message", "one"]);
    git(&sandbox, &["remote", "add", "origin", "https://ada:hunter2hunter2@github.com/acme/shop.git"]);
    let (head, tree) = (git(&sandbox, &["rev-parse", "HEAD"]), git(&sandbox, &["rev-parse", "HEAD^{tree}"]));
    let run = doctor(&sandbox, "--format json", &[]).code(0);
    assert!(!run.stdout.contains("hunter2"), "{}", run.stdout);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    for (name, expected) in [
        ("head_sha", head.as_str()),
        ("tree_sha", &tree),
        ("branch", "main"),
        ("repository", "acme/shop"),
        ("host", "https://github.com"),
    ] {
        assert_eq!(document["context"][name], serde_json::json!({ "value": expected, "source": "git" }), "{name}");
    }
    let short = json(&sandbox, &[("BITBUCKET_BUILD_NUMBER", "1"), ("BITBUCKET_COMMIT", &head[..12])]);
    let expected = serde_json::json!({ "value": head, "source": "BITBUCKET_COMMIT, completed by git" });
    assert_eq!(short["context"]["head_sha"], expected);
}

/// Where the event is missing, the merge that is checked out still leads to the change.
#[test]
fn the_change_is_found_behind_a_merge_that_a_system_made() {
    let sandbox = Sandbox::new();
    git(&sandbox, &["init", "--quiet"]);
    git(&sandbox, &["commit", "--quiet", "--allow-empty", "--message", "base"]);
    let base = git(&sandbox, &["rev-parse", "HEAD"]);
    git(&sandbox, &["checkout", "--quiet", "-b", "feature"]);
    git(&sandbox, &["commit", "--quiet", "--allow-empty", "--message", "change"]);
    let head = git(&sandbox, &["rev-parse", "HEAD"]);
    let tree = git(&sandbox, &["rev-parse", "HEAD^{tree}"]);
    let subject = format!("Merge {head} into {base}");
    let merge = git(&sandbox, &["commit-tree", &tree, "-p", &base, "-p", &head, "-m", &subject]);
    git(&sandbox, &["checkout", "--quiet", "--detach", &merge]);
    let variables = [("GITHUB_ACTIONS", "true"), ("GITHUB_REF", "refs/pull/17/merge"), ("GITHUB_SHA", &merge)];
    let document = json(&sandbox, &variables);
    assert_eq!(document["context"]["head_sha"]["value"], head.as_str());
    assert_eq!(document["context"]["tested_sha"]["value"], merge.as_str());
    assert_eq!(document["context"]["branch"], Value::Null);
    // A merge that a person made is a commit like any other.
    let own = git(&sandbox, &["commit-tree", &tree, "-p", &base, "-p", &head, "-m", "Merge branch 'feature'"]);
    git(&sandbox, &["checkout", "--quiet", "--detach", &own]);
    let document =
        json(&sandbox, &[("JENKINS_URL", "https://ci.example.com"), ("CHANGE_ID", "17"), ("GIT_COMMIT", &own)]);
    assert_eq!(document["context"]["head_sha"]["value"], own.as_str());
}

/// Every token is set to the same word; it also stands where a careless set-up would put it.
#[test]
fn no_output_has_a_credential() {
    const MARK: &str = "m4rk3d-cr3d3nt14l";
    let tokens: Vec<&str> = SystemId::ALL.iter().flat_map(|id| systems::get(*id).access().tokens).copied().collect();
    assert!(tokens.len() >= 9, "{tokens:?}");
    let url = format!("https://ada:{MARK}@github.com/acme/shop.git");
    let page = format!("https://ci.example.com/run?token={MARK}");
    let more = [
        ("CI_JOB_TOKEN", MARK),
        ("CI_REPOSITORY_URL", &url),
        ("GIT_URL", &url),
        ("CIRCLE_REPOSITORY_URL", &url),
        ("BUILD_REPOSITORY_URI", &url),
        ("BUILD_URL", &page),
        ("CIRCLE_BUILD_URL", &page),
        ("CI_PIPELINE_URL", &page),
        ("GITHUB_SERVER_URL", &url),
        ("GITHUB_REPOSITORY", "acme/shop"),
        ("GITHUB_RUN_ID", "1"),
    ];
    let markers = ["GITHUB_ACTIONS", "GITLAB_CI", "JENKINS_URL", "TF_BUILD", "CIRCLECI", "TRAVIS", "TEAMCITY_VERSION"];
    let sandbox = Sandbox::with_spec(SPEC);
    git(&sandbox, &["init", "--quiet"]);
    git(&sandbox, &["remote", "add", "origin", &url]);
    for id in SystemId::ALL {
        let mut variables: Vec<(&str, &str)> = tokens.iter().map(|it| (*it, MARK)).chain(more).collect();
        variables.extend(markers.iter().map(|it| (*it, "true")));
        for format in ["text --color always", "json"] {
            let run =
                doctor(&sandbox, &format!("-vv --log-file log --provider {id} --format {format}"), &variables).code(0);
            for text in [run.stdout, run.stderr, sandbox.read("log")] {
                assert!(!text.contains(MARK), "{id} {format}:\n{text}");
                assert!(!text.contains("ada:"), "{id} {format}:\n{text}");
            }
        }
    }
}

#[test]
fn tokens_are_told_by_name_and_missed_where_they_are_needed() {
    let sandbox = Sandbox::new();
    let here = [("CIRCLECI", "true"), ("CIRCLE_REPOSITORY_URL", "git@github.com:acme/shop.git")];
    let texts = |variables: &[(&str, &str)]| {
        let document = json(&sandbox, variables);
        let checks = document["checks"].as_array().unwrap().clone();
        let tokens = checks.into_iter().filter(|it| it["name"] == "token");
        tokens.map(|it| format!("{} {}", it["status"], it["message"])).collect::<Vec<_>>()
    };
    let missing = texts(&here);
    assert!(missing[0].starts_with("\"warning\" \"CIRCLE_TOKEN for CircleCI not set"), "{missing:#?}");
    assert!(missing[1].starts_with("\"warning\" \"GITHUB_TOKEN for GitHub Actions not set"), "{missing:#?}");
    let mut all = here.to_vec();
    all.extend([("CIRCLE_TOKEN", "x"), ("GITHUB_TOKEN", "x"), ("TRAVIS_TOKEN", "x")]);
    let there = texts(&all);
    assert!(
        there[0].starts_with("\"ok\" \"CIRCLE_TOKEN") && there[1].starts_with("\"ok\" \"GITHUB_TOKEN"),
        "{there:#?}"
    );
    assert!(there[2].contains("of no use here: TRAVIS_TOKEN"), "{there:#?}");
}

#[test]
fn faults_come_first_with_the_way_out() {
    let sandbox = Sandbox::with_spec("schema = 1\ntargets = \"github\"\n[job.unit]\ntset = \"make\"\n")
        .file("test_results", "a file");
    let event = [("GITHUB_ACTIONS", "true"), ("GITHUB_EVENT_PATH", "not-there.json")];
    let run = doctor(&sandbox, "", &event).code(0);
    let text = &run.stdout;
    assert!(text.trim_start().starts_with("problem  event-file"), "{text}");
    let (problem, warning) = (text.rfind("\n  problem ").unwrap(), text.find("\n  warning ").unwrap());
    assert!(problem < warning && warning < text.find("\n  ok ").unwrap(), "{text}");
    let document = json(&sandbox, &event);
    assert_eq!(check(&document, "spec").0, "problem");
    assert!(check(&document, "spec").1.contains(", line "), "{document:#}");
    assert_eq!(check(&document, "output").0, "problem");
    assert_eq!(check(&document, "event-file").0, "problem");
    let help = |it: &Value| it["status"] == "ok" || it["help"].as_str().is_some_and(|it| !it.is_empty());
    assert!(document["checks"].as_array().unwrap().iter().all(help), "{document:#}");
}

#[test]
fn an_event_that_is_no_json_is_named() {
    let sandbox = Sandbox::new().file("event.json", "{\"number\": ");
    let document = json(&sandbox, &[("GITHUB_ACTIONS", "true"), ("GITHUB_EVENT_PATH", "event.json")]);
    let (status, message) = check(&document, "system");
    assert!(status == "warning" && message.contains("GITHUB_EVENT_PATH is no JSON"), "{message}");
}

#[test]
fn result_files_of_jobs_are_counted() {
    let sandbox = Sandbox::with_spec(SPEC);
    let before = json(&sandbox, &[]);
    assert_eq!(check(&before, "results"), ("warning", "result files of jobs: unit: none at `results/*/*.xml`"));
    sandbox.write("results/linux/a.xml", b"<testsuites/>");
    sandbox.write("results/linux/deeper/b.xml", b"<testsuites/>");
    let document = json(&sandbox, &[]);
    assert_eq!(check(&document, "results"), ("ok", "result files of jobs: unit: 1 file"));
    assert_eq!(check(&document, "lock").0, "warning");
    sandbox.run("render").code(0);
    assert_eq!(check(&json(&sandbox, &[]), "lock").0, "ok");
}

#[test]
fn the_provider_is_what_the_flag_says() {
    let sandbox = Sandbox::new();
    let run = doctor(&sandbox, "--provider local --format json", &[("GITLAB_CI", "true")]).code(0);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(document["context"]["provider"]["value"], "local");
    doctor(&sandbox, "--provider gitbub", &[]).code(2).says("did you mean `github`?");
    doctor(&sandbox, "", &[("CI_GEN_PROVIDER", "gitbub")]).code(2).says("CI_GEN_PROVIDER");
}

/// What others wrote does not move the cursor.
#[test]
fn values_cannot_draw_on_a_terminal() {
    let sandbox = Sandbox::new();
    let run = doctor(&sandbox, "", &[("GITLAB_CI", "true"), ("CI_COMMIT_BRANCH", "a\u{1b}[2Jb\nc")]).code(0);
    assert!(run.stdout.contains("a\\u{1b}[2Jb\\nc"), "{}", run.stdout);
}
