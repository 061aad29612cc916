//! A job of the spec, as its pipeline would run it.

use super::{junit, report, run, run_with};
use crate::support::Sandbox;

const SPEC: &str = r#"
schema = 1
targets = ["github"]

[on]
push = true
manual = { inputs.level = { type = "choice", options = ["fast", "full"], default = "fast" } }

[env]
COMMON = "spec"

[service.db]
image = "postgres:16"
port = 5432

[job.lint]
run = ["echo lint", "false | cat", "echo never"]

[job.fine]
run = "echo fine"

[job.unit]
test = [
  "echo {{ matrix.os }} {{ shard.index }}/{{ shard.total }} {{ input.level }} $LEVEL $COMMON",
  "echo '{{ service.db.host }}:{{ service.db.port }}'",
  "pwd",
  "cp ../ok.xml r-{{ matrix.os }}.xml; touch r-{{ matrix.os }}.xml",
]
env = { LEVEL = "of {{ input.level }}" }
install = "exit 9"
services = "db"
results = "sub/r-{{ matrix.os }}.xml"
working-directory = "sub"
shards = 2
matrix.os = ["linux", "windows"]

[job.silent]
test = "echo nothing"

[job.slow]
test = "sleep 600"
timeout = "1s"
"#;

fn sandbox() -> Sandbox {
    Sandbox::with_spec(SPEC).file("ok.xml", &junit("pp")).file("sub/.keep", "")
}

#[test]
fn a_leg_runs_with_its_values() {
    let sandbox = sandbox();
    let run = run_with(&sandbox, "run unit", &[("CI_GEN_LEG", "unit-linux-2")]).code(0);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines[..2], ["linux 2/2 fast of fast spec", "localhost:5432"]);
    assert!(lines[2].ends_with("/sub"), "{}", run.stdout);
    let report = report(&sandbox);
    assert_eq!((&report["run"]["job"], &report["run"]["leg"]), (&"unit".into(), &"unit-linux-2".into()));
    assert_eq!(report["run"]["shard"], serde_json::json!({ "index": 2, "total": 2 }));
    assert_eq!(report["run"]["plan_id"].as_str().unwrap().len(), 64);
}

#[test]
fn variables_of_the_pipeline_choose_the_leg_and_keep_their_values() {
    let sandbox = sandbox();
    let variables = [
        ("MATRIX_OS", "windows"),
        ("CI_GEN_SHARD_INDEX", "1"),
        ("INPUT_LEVEL", "full"),
        ("COMMON", "mine"),
        ("CI_GEN_SERVICE_DB_HOST", "db"),
    ];
    let run = run_with(&sandbox, "run unit", &variables).code(0);
    assert!(run.stdout.starts_with("windows 1/2 full of full mine\ndb:5432\n"), "{}", run.stdout);
    let run = run_with(&sandbox, "run unit --shard 2/2", &[("MATRIX_OS", "linux")]).code(0);
    assert!(run.stdout.starts_with("linux 2/2 "), "{}", run.stdout);
}

#[test]
fn an_open_choice_lists_the_legs() {
    let sandbox = sandbox();
    for variables in [&[][..], &[("MATRIX_OS", "linux")], &[("MATRIX_OS", "mac")], &[("CI_GEN_LEG", "unit-9")]] {
        run_with(&sandbox, "run unit", variables).code(2).says("CI_GEN_LEG=unit-windows-1  windows, 1/2");
    }
    run(&sandbox, "run unti").code(2).says("did you mean `unit`?");
}

#[test]
fn the_first_failing_command_fails_the_job() {
    let sandbox = sandbox();
    let run = run(&sandbox, "run lint").code(1);
    assert_eq!(run.stdout, "lint\n");
}

#[test]
fn an_ordinary_job_is_judged_by_its_exit_code_and_a_test_is_not() {
    let sandbox = sandbox();
    run(&sandbox, "run fine").code(0);
    run(&sandbox, "run silent").code(1).says("no result");
}

#[test]
fn the_time_limit_is_the_jobs_unless_another_is_given() {
    run(&sandbox(), "run slow").code(1).says("time limit of 1 s");
}

#[test]
fn a_command_may_take_the_place_of_the_jobs_own() {
    let sandbox = sandbox();
    let variables = [("CI_GEN_LEG", "unit-linux-1")];
    sandbox.write("test.sh", b"echo $MATRIX_OS; cat ../ok.xml > r-linux.xml\n");
    let run = run_with(&sandbox, "run unit -- sh ../test.sh", &variables).code(0);
    assert_eq!(run.stdout, "linux\n");
    let run = run_with(&sandbox, "run unit --results ok.xml", &variables).code(0);
    assert_eq!(run.stdout, "", "results alone run nothing");
    assert_eq!(report(&sandbox)["run"]["leg"], "unit-linux-1");
}

#[test]
fn a_spec_is_needed_for_a_job_alone() {
    let sandbox = Sandbox::new().file("ok.xml", &junit("p"));
    run(&sandbox, "run unit").code(3).says("there is no `ci-gen.toml`");
    run(&sandbox, "run --results ok.xml").code(0);
    sandbox.write("ci-gen.toml", b"schema = 2");
    run(&sandbox, "run --results ok.xml").code(0);
    run(&sandbox, "run unit").code(3);
}

/// The spec decides for the project; the command line goes before it.
#[test]
fn the_spec_says_what_is_written_and_what_fails() {
    let spec =
        "schema = 1\ntargets = [\"github\"]\n[job.unit]\ntest = \"cat given.xml > r.xml\"\nresults = \"r.xml\"\n\
                [report]\nformats = [\"json\", \"markdown\"]\nfail-on = \"never\"\n";
    let sandbox = Sandbox::with_spec(spec).file("given.xml", &junit("pf"));
    run(&sandbox, "run unit").code(0);
    assert!(sandbox.exists("test_results/report.json") && sandbox.exists("test_results/report.md"));
    assert!(!sandbox.exists("test_results/report.html") && !sandbox.exists("test_results/junit.xml"));
    run(&sandbox, "run unit --fail-on failures --report-formats junit").code(1);
    assert!(sandbox.exists("test_results/junit.xml"));
}
