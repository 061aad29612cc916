//! Reports: written after a failure, each leg's at its own place, and a gate that is never green without all of them.

use std::collections::BTreeSet;

use ci_gen::SystemId;

use super::outputs::{generated, invalid, rendered, Outputs};

const SPEC: &str = "\
[on]
push = true
[report]
[tool]
checksum = \"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"
[job.lint]
run = \"make lint\"
[job.unit]
test = \"make unit INPUT='{{ matrix.v }}'\"
results = \"out/*.xml\"
shards = 2
retry = 3
matrix = { v = [\"3.9\", \"3.10\"] }
";

/// Every text of a system's files in one.
fn text(outputs: &Outputs, system: SystemId) -> String {
    outputs.whole(system)
}

/// The spec's own commands and tries are ci-gen's business: a native retry would hide flaky tests from it.
#[test]
fn trap_28_tests_are_run_by_ci_gen_and_tried_again_by_it_alone() {
    let outputs = rendered(SPEC);
    for system in SystemId::ALL {
        let text = text(&outputs, *system);
        assert!(text.contains("ci-gen run unit"), "{system}:\n{text}");
        assert!(!text.contains("make unit") && text.contains("make lint"), "{system}:\n{text}");
        for word in ["retry: 3", "retry(4)", "retryCountOnTaskFailure", "max_auto_reruns"] {
            assert!(!text.contains(word), "{system} retries natively:\n{text}");
        }
    }
}

/// What a native matrix fills in are values as they are, so that is what tells the legs apart, in the variable and in
/// the path.
#[test]
fn trap_20_every_leg_has_a_name_and_a_directory_of_its_own() {
    let outputs = rendered(SPEC);
    let wanted: BTreeSet<String> =
        ["3.9-1", "3.9-2", "3.10-1", "3.10-2"].iter().map(|it| format!("unit-{it}")).collect();
    for system in [SystemId::Travis, SystemId::Bitbucket] {
        let text = text(&outputs, system);
        for leg in &wanted {
            assert!(text.contains(leg.as_str()), "{system} lacks {leg}:\n{text}");
        }
    }
    let github = text(&outputs, SystemId::Github);
    assert!(github.contains("CI_GEN_LEG: \"unit-${{ matrix.v }}-${{ matrix.shard }}\""), "{github}");
    let gitlab = text(&outputs, SystemId::Gitlab);
    assert!(gitlab.contains("test-results/ci-gen/unit-$MATRIX_V-$CI_GEN_SHARD_INDEX"), "{gitlab}");
    for system in SystemId::ALL {
        assert!(text(&outputs, *system).contains("CI_GEN_LEG"), "{system}");
        assert!(text(&outputs, *system).contains("CI_GEN_OUTPUT_DIR"), "{system}");
    }
}

#[test]
fn trap_20_a_value_that_no_directory_can_hold_is_refused() {
    let spec = SPEC.replace("\"3.9\", \"3.10\"", "\"a/b\", \"c\"");
    invalid(&spec, "report-leg", "no directory can hold '/'");
}

/// `ci-gen run` is the last command of its step, and its status is the step's.
#[test]
fn trap_18_the_exit_code_of_the_tests_survives() {
    let outputs = rendered(SPEC);
    for system in SystemId::ALL.iter().filter(|it| **it != SystemId::Circleci) {
        let text = text(&outputs, *system);
        let line = text.lines().find(|line| line.contains("ci-gen run unit")).expect("the line");
        assert!(!line.contains("||") && !line.contains(';'), "{system}: {line}");
    }
    // Where nothing is handed over after a failure, it is put off, not lost.
    let circle = text(&outputs, SystemId::Circleci);
    let (before, after) = circle.split_once("persist_to_workspace").expect("the report is handed over");
    assert!(before.contains("echo \"$ci_gen_status\" > "), "{before}");
    assert!(after.contains("exit \"$(cat "), "{after}");
}

/// Steps behind a failed one keep the report all the same.
#[test]
fn trap_18_reports_are_kept_after_a_failure() {
    let outputs = rendered(SPEC);
    let steps = outputs.yaml(SystemId::Github)["jobs"]["unit"]["steps"].clone();
    let upload = steps.as_array().expect("steps").iter().find(|it| it["name"] == "Upload ci-gen-report").cloned();
    assert_eq!(upload.expect("an upload")["if"], "${{ !cancelled() }}");
    assert_eq!(outputs.yaml(SystemId::Gitlab)["unit"]["artifacts"]["when"], "always");
}

/// A skipped check counts as a passed one, and a missing leg as no failure, unless the gate runs and looks.
#[test]
fn trap_19_the_gate_runs_after_failures_and_needs_everything() {
    let outputs = rendered(SPEC);
    let github = outputs.yaml(SystemId::Github)["jobs"]["ci"].clone();
    assert_eq!(github["if"], "${{ always() }}");
    assert_eq!(github["needs"], serde_json::json!(["lint", "unit"]));
    let verdict = github["steps"].as_array().and_then(|it| it.last()).cloned().expect("steps");
    assert_eq!(verdict["env"]["CI_GEN_NEEDS"], "lint=${{ needs.lint.result }} unit=${{ needs.unit.result }}");
    let gitlab = outputs.yaml(SystemId::Gitlab)["ci"].clone();
    assert_eq!((&gitlab["stage"], &gitlab["when"]), (&".post".into(), &"always".into()));
    let azure = outputs.yaml(SystemId::Azure)["jobs"].as_array().and_then(|it| it.last()).cloned().expect("jobs");
    assert_eq!(azure["condition"], "always()");
    assert!(azure["variables"]["CI_GEN_NEEDS"].as_str().is_some_and(|it| it.contains("dependencies.unit.result")));
    let circle = text(&outputs, SystemId::Circleci);
    assert!(circle.contains("- lint: terminal") && circle.contains("- unit: terminal"), "{circle}");
    let jenkins = text(&outputs, SystemId::Jenkins);
    let (_, stages) = jenkins.split_once("stage('jobs before the gate')").expect("the other jobs");
    assert!(stages.contains("catchError(buildResult: 'FAILURE', stageResult: 'FAILURE')"), "{stages}");
    assert!(stages.find("stage('unit") < stages.find("stage('ci')"), "{stages}");
    let teamcity = text(&outputs, SystemId::Teamcity);
    let (_, gate) = teamcity.split_once("object Ci : BuildType").expect("the gate");
    assert!(gate.contains("onDependencyFailure = FailureAction.ADD_PROBLEM"), "{gate}");
    assert!(!gate.contains("FAIL_TO_START"), "{gate}");
    outputs.degraded("the gate runs only if all before it passed", &[SystemId::Travis, SystemId::Bitbucket]);
}

/// What `case` does with the words that GitHub puts in their places.
#[test]
#[cfg(unix)]
fn trap_19_the_verdict_is_red_unless_all_passed_or_were_left_out() {
    let outputs = rendered(SPEC);
    let steps = outputs.yaml(SystemId::Github)["jobs"]["ci"]["steps"].clone();
    let script =
        steps.as_array().and_then(|it| it.last()).expect("steps")["run"].as_str().expect("a script").to_owned();
    for (needs, passes) in [
        ("lint=success unit=success", true),
        ("lint=skipped unit=success", true),
        ("lint=failure unit=success", false),
        ("lint=success unit=cancelled", false),
    ] {
        let status = std::process::Command::new("bash")
            .args(["-eo", "pipefail", "-c", &script])
            .env("CI_GEN_NEEDS", needs)
            .stdout(std::process::Stdio::null())
            .status();
        assert_eq!(status.expect("bash").success(), passes, "{needs}");
    }
}

/// What is rendered today is run by the ci-gen of today: its own command line takes every word.
#[test]
fn every_command_of_ci_gen_is_read_by_this_program() {
    let outputs = rendered(SPEC);
    let sandbox = crate::support::Sandbox::new();
    let mut count = 0;
    for system in SystemId::ALL {
        let text = text(&outputs, *system);
        for line in text.lines().map(str::trim).filter_map(|line| line.strip_prefix("ci-gen ")) {
            sandbox.run(&format!("{line} --help")).code(0);
            count += 1;
        }
    }
    assert!(count >= 2 * SystemId::ALL.len(), "only {count} commands were found");
    sandbox.run("run --aggregate-report-dirs x --help").code(2);
}

/// A release on this machine in place of a server's, and an empty directory to work in.
#[cfg(unix)]
struct Release {
    directory: tempfile::TempDir,
    /// The checksum of its list of checksums.
    pin: String,
}

#[cfg(unix)]
impl Release {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let mut release = Release { directory, pin: String::new() };
        let (made, said) = release.sh(
            "mkdir release work && cd release && printf '#!/bin/sh\\necho installed\\n' > ci-gen && chmod +x ci-gen
             file=\"ci-gen-$(uname -s | cut -d_ -f1)-$(uname -m).tar.gz\"
             tar -czf \"$file\" ci-gen && sha256sum \"$file\" > SHA256SUMS && sha256sum SHA256SUMS | cut -d' ' -f1",
        );
        release.pin = said.trim().to_owned();
        assert!(made && release.pin.len() == 64, "{said}");
        release
    }

    /// Runs a script beside the release: whether it ended well, and what it printed.
    fn sh(&self, text: &str) -> (bool, String) {
        let output = std::process::Command::new("bash")
            .args(["-eo", "pipefail", "-c", text])
            .current_dir(self.directory.path())
            .env("CI_GEN_RELEASE_URL", format!("file://{}/release", self.directory.path().display()))
            .env_remove("CI_GEN_CHECKSUM")
            .output()
            .expect("bash");
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Puts other content into the archive than its checksum says.
    fn spoil(&self) {
        assert!(self.sh("for file in release/*.tar.gz; do echo more >> \"$file\"; done").0);
    }
}

#[test]
#[cfg(unix)]
fn a_release_is_installed_only_if_both_checksums_are_right() {
    let release = Release::new();
    let install = |pin: &str| {
        let spec = SPEC.replace("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", pin);
        let steps = rendered(&spec).yaml(SystemId::Github)["jobs"]["ci"]["steps"].clone();
        let steps = steps.as_array().expect("steps").clone();
        steps.iter().find(|it| it["name"] == "Install").expect("a step")["run"].as_str().expect("a script").to_owned()
    };
    let run = |script: &str| release.sh(&format!("cd work\n{script}\nPATH=\"$PWD/.ci-gen/bin:$PATH\" ci-gen"));
    assert!(run(&install(&release.pin)).1.ends_with("installed\n"));
    // Another list of checksums than the spec's.
    assert!(!run(&install(&"0".repeat(64))).0);
    release.spoil();
    assert!(!run(&install(&release.pin)).0);
}

#[test]
#[cfg(unix)]
fn the_script_of_the_repository_checks_as_much() {
    let release = Release::new();
    let script = crate::support::project().join("scripts/install.sh");
    let run =
        |before: &str| release.sh(&format!("{before} sh '{}' 0.1.0 work/bin && work/bin/ci-gen", script.display()));
    assert!(run("").1.ends_with("installed\n"));
    assert!(run(&format!("CI_GEN_CHECKSUM=sha256:{}", release.pin)).0);
    assert!(!run(&format!("CI_GEN_CHECKSUM={}", "0".repeat(64))).0);
    release.spoil();
    assert!(!run("").0);
}

#[test]
fn what_cannot_be_reported_is_said() {
    invalid("[on]\npush = true\n[report]\n[job.a]\ntest = \"make\"\n", "report-results", "has no `results`");
    invalid("[on]\npush = true\n[report]\n[job.a]\nrun = \"make\"\n", "report-nothing", "no job has `test`");
    invalid(&SPEC.replace("[job.lint]", "[job.CI]"), "job-name-collision", "the gate `ci` and the job `CI`");
    invalid(&SPEC.replace("[report]", "[report]\nformats = [\"junit\"]"), "report-formats", "without `json`");
    invalid(&SPEC.replace("sha256:01", "sha256:xx"), "checksum", "is no checksum");
    let pwsh = SPEC.replace("shards = 2", "shards = 2\nshell = \"pwsh\"").replace(" INPUT='{{ matrix.v }}'", "");
    invalid(&pwsh, "report-shell", "not for PowerShell");
}

/// Without `[report]` there is no ci-gen in a pipeline.
#[test]
fn thin_pipelines_hold_no_ci_gen() {
    let (head, tail) = SPEC.split_once("[report]").expect("the table");
    let (_, jobs) = tail.split_once("[job.lint]").expect("the jobs");
    let outputs = generated(&format!("{head}[job.lint]{jobs}").replace("retry = 3", "retry = 1"));
    for system in SystemId::ALL {
        assert!(!text(&outputs, *system).contains("ci-gen run"), "{system}");
    }
}
