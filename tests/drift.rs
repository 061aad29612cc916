//! The classes of drift, and every format that they are reported in.

use std::fs;

use serde_json::Value;

use crate::support::Sandbox;

const SPEC: &str = "\
schema = 1
targets = [\"github\", \"gitlab\", \"jenkins\", \"travis\"]

[job.unit]
test = \"make test\"
";
const GITHUB: &str = ".github/workflows/ci.yml";

/// One file of each class: changed at two places, in another layout, missing, orphaned.
fn drifted() -> Sandbox {
    let sandbox = Sandbox::with_spec(SPEC);
    sandbox.run("render").code(0);
    let github = sandbox.read(GITHUB).replace("name: ci\n", "name: cd\n").replace("make test", "make tests");
    sandbox.write(GITHUB, github.as_bytes());
    fs::remove_file(sandbox.path().join(".gitlab-ci.yml")).unwrap();
    let jenkins = sandbox.read("Jenkinsfile").replace("\n    ", "\n\t");
    sandbox.write("Jenkinsfile", jenkins.as_bytes());
    sandbox.write("ci-gen.toml", SPEC.replace(", \"travis\"", "").as_bytes());
    sandbox
}

fn json(sandbox: &Sandbox, arguments: &str) -> Value {
    serde_json::from_str(&sandbox.run(arguments).code(4).stdout).unwrap()
}

fn class_of(sandbox: &Sandbox, path: &str) -> Option<String> {
    let run = sandbox.run("check --format json");
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let drift = report["drift"].as_array().unwrap().iter().find(|it| it["path"] == path)?;
    assert_eq!(run.code, 4);
    Some(drift["class"].as_str().unwrap().to_owned())
}

#[test]
fn every_class_is_told_with_its_way_out() {
    let run = drifted().run("check").code(4).says("4 files drifted from ci-gen.toml: ");
    let summary = "1 changed, 1 formatting-only, 1 missing, 1 orphaned";
    assert!(run.stderr.contains(summary), "{}", run.stderr);
    for (class, path) in [
        ("changed", GITHUB),
        ("formatting-only", "Jenkinsfile"),
        ("missing", ".gitlab-ci.yml"),
        ("orphaned", ".travis.yml"),
    ] {
        let block = run.stdout.split(&format!("{class}  {path}\n")).nth(1).unwrap_or_else(|| panic!("{}", run.stdout));
        assert!(block.lines().nth(1).unwrap().contains("help: "), "{block}");
    }
    assert!(run.stdout.contains("-        run: make tests\n+        run: make test\n"), "{}", run.stdout);
}

#[test]
fn a_formatter_leaves_the_meaning() {
    let sandbox = Sandbox::with_spec(SPEC);
    sandbox.run("render").code(0);
    let rendered = sandbox.read(GITHUB);
    let cases = [
        (rendered.clone(), None),
        (rendered.replace('\n', "\r\n"), None),
        (format!("{rendered}\n# vim: ft=yaml\n"), Some("formatting-only")),
        (rendered.replace("jobs:\n", "jobs: # all\n\n\n"), Some("formatting-only")),
        (rendered.replace("name: ci\n", "name: 'ci'\n"), Some("formatting-only")),
        (rendered.replace("name: ci\n", "name: \"no\"\n"), Some("changed")),
        (rendered.replace("name: ci\n", "name: ci\nx: ["), Some("changed")),
    ];
    for (text, class) in cases {
        sandbox.write(GITHUB, text.as_bytes());
        assert_eq!(class_of(&sandbox, GITHUB).as_deref(), class, "{text}");
    }
}

#[test]
fn a_fix_says_what_it_did_and_does_it() {
    let sandbox = drifted();
    sandbox
        .run("check --fix")
        .code(0)
        .says("  updated  .github/workflows/ci.yml")
        .says("  updated  Jenkinsfile")
        .says("  created  .gitlab-ci.yml")
        .says("  deleted  .travis.yml");
    assert!(!sandbox.exists(".travis.yml"));
    sandbox.run("check").code(0);
}

#[test]
fn a_file_of_somebody_else_is_said_to_be_one_and_left_alone() {
    let sandbox = Sandbox::with_spec(SPEC).file(".gitlab-ci.yml", "stages: [own]\n");
    let run = sandbox.run("check").code(4);
    assert!(run.stdout.contains("ci-gen did not write this file"), "{}", run.stdout);
    let run = sandbox.run("check --fix").code(3).says("cannot fix `.gitlab-ci.yml`").says("`[target.NAME]`");
    for said in [&run.stdout, &run.stderr] {
        assert!(!said.contains("--force"), "check has no such flag: {said}");
    }
    assert_eq!(sandbox.files(), [".gitlab-ci.yml", "ci-gen.toml"], "all or none");
    assert_eq!(sandbox.read(".gitlab-ci.yml"), "stages: [own]\n");
}

#[test]
fn sarif_has_a_result_per_place_and_a_rule_per_class() {
    let sandbox = drifted();
    let report = json(&sandbox, "check --format sarif");
    assert_eq!(report["version"], "2.1.0");
    let run = &report["runs"][0];
    assert_eq!(run["tool"]["driver"]["name"], "ci-gen");
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert_eq!(rules.len(), 5);
    assert!(rules.iter().all(|it| !it["help"]["text"].as_str().unwrap().is_empty()));
    let changed: Vec<&Value> = results.iter().filter(|it| it["ruleId"] == "ci-gen/changed").collect();
    assert_eq!(changed.len(), 2, "{report:#}");
    let disk = sandbox.read(GITHUB);
    for (result, line) in changed.iter().zip(["name: cd", "run: make tests"]) {
        assert_eq!(rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()]["id"], result["ruleId"]);
        let location = &result["locations"][0]["physicalLocation"];
        assert_eq!(location["artifactLocation"]["uri"], GITHUB);
        let number = usize::try_from(location["region"]["startLine"].as_u64().unwrap()).unwrap();
        assert_eq!(disk.lines().nth(number - 1).unwrap().trim(), line);
    }
    let mut prints: Vec<String> = results.iter().map(|it| it["partialFingerprints"].to_string()).collect();
    prints.dedup();
    assert_eq!(prints.len(), results.len());
}

/// Lines that move do not make a finding a new one.
#[test]
fn fingerprints_stay_when_lines_move() {
    let sandbox = Sandbox::with_spec(SPEC);
    sandbox.run("render").code(0);
    let rendered = sandbox.read(GITHUB).replace("make test", "make tests");
    let print = |behind_header: &str| {
        sandbox.write(GITHUB, rendered.replace("name: ci\n", &format!("name: ci\n{behind_header}")).as_bytes());
        let report = json(&sandbox, "check --format gitlab");
        report.as_array().unwrap().last().unwrap()["fingerprint"].as_str().unwrap().to_owned()
    };
    let print_before = print("");
    assert_eq!(print_before, print(&"# more\n".repeat(9)));
}

#[test]
fn gitlab_gets_a_code_quality_report() {
    let sandbox = drifted();
    let report = json(&sandbox, "check --format gitlab");
    let findings = report.as_array().unwrap();
    assert_eq!(findings.len(), 5 + findings.iter().filter(|it| it["location"]["path"] == "Jenkinsfile").count() - 1);
    let severities = ["info", "minor", "major", "critical", "blocker"];
    for finding in findings {
        assert!(severities.contains(&finding["severity"].as_str().unwrap()), "{finding}");
        assert!(finding["location"]["lines"]["begin"].as_u64().unwrap() >= 1);
        assert_eq!(finding["fingerprint"].as_str().unwrap().len(), 16);
        assert!(!finding["description"].as_str().unwrap().is_empty());
    }
}

#[test]
fn github_gets_an_annotation_per_file() {
    let sandbox = Sandbox::new().file(".git/HEAD", "").file("ci,gen.toml", &SPEC.replace(", \"gitlab\"", ""));
    sandbox.run("render --spec ci,gen.toml --out sub/dir").code(0);
    sandbox.write(&format!("sub/dir/{GITHUB}"), b"# by hand\n");
    let run = sandbox.run("check --spec ci,gen.toml --out sub/dir --format github").code(4);
    let line = run.stdout.lines().next().unwrap();
    assert!(
        line.starts_with(
            "::error file=sub/dir/.github/workflows/ci.yml,line=1,endLine=1,title=changed from ci%2Cgen.toml::"
        ),
        "{line}"
    );
    assert_eq!(run.stdout.lines().count(), 1);
}

#[test]
fn without_drift_every_format_is_empty_and_well_formed() {
    let sandbox = Sandbox::with_spec(SPEC);
    sandbox.run("render").code(0);
    assert_eq!(sandbox.run("check --format github").code(0).stdout, "");
    assert_eq!(sandbox.run("check --format gitlab").code(0).stdout, "[]\n");
    assert_eq!(sandbox.run("check --format json").code(0).stdout, "{\n  \"drift\": []\n}\n");
    let sarif: Value = serde_json::from_str(&sandbox.run("check --format sarif").code(0).stdout).unwrap();
    assert_eq!(sarif["runs"][0]["results"], serde_json::json!([]));
}
