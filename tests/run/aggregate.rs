//! Reports of several legs as one.

use std::fs;

use super::{junit, report, run, run_with};
use crate::support::Sandbox;

const SPEC: &str = r#"
schema = 1
targets = ["github"]
[job.unit]
test = "make"
results = "*.xml"
shards = 2
[job.other]
test = "make"
results = "*.xml"
only = { events = ["push"] }
[job.lint]
run = "make lint"
"#;

const MERGE: &str = "run --aggregate-reports --report-dir legs";

/// A spec and the reports of some legs, each with its tests.
fn legs(legs: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::with_spec(SPEC);
    for (leg, tests) in legs {
        sandbox.write("a.xml", junit(tests).replace("name=\"t", &format!("name=\"{leg}-")).as_bytes());
        let job = leg.split('-').next().unwrap();
        let arguments = format!("run {job} --results a.xml --output-dir legs/deep/{leg}");
        run_with(&sandbox, &arguments, &[("CI_GEN_LEG", leg)]);
    }
    sandbox
}

#[test]
fn every_leg_counts() {
    let sandbox = legs(&[("unit-1", "pp"), ("unit-2", "ps"), ("other", "p")]);
    for _ in 0..2 {
        run(&sandbox, MERGE).code(0);
        let report = report(&sandbox);
        assert_eq!((&report["totals"]["tests"], &report["totals"]["skipped"]), (&5.into(), &1.into()));
        assert_eq!(report["merged"].as_array().unwrap().len(), 3);
    }
}

#[test]
fn a_failing_leg_fails() {
    run(&legs(&[("unit-1", "pp"), ("unit-2", "pf")]), MERGE).code(1).says("failed");
}

#[test]
fn a_missing_leg_fails() {
    run(&legs(&[("unit-1", "pp")]), MERGE).code(1).says("unit-2");
    run(&legs(&[("unit-1", "pp"), ("unit-2", "p")]), &MERGE.replace("run", "run other")).code(1);
}

/// Nobody knows here whether a job with a condition had to run.
#[test]
fn a_job_with_a_condition_may_be_absent() {
    run(&legs(&[("unit-1", "pp"), ("unit-2", "p")]), MERGE).code(0).says("the job `other` reported nothing");
}

/// On a system that tells the event, it is known.
#[test]
fn a_job_whose_condition_holds_must_not_be_absent() {
    let sandbox = legs(&[("unit-1", "pp"), ("unit-2", "p")]);
    let on = |event: &str| run_with(&sandbox, MERGE, &[("GITHUB_ACTIONS", "true"), ("GITHUB_EVENT_NAME", event)]);
    on("push").code(1).says("other");
    let run = on("schedule").code(0);
    assert!(!run.stderr.contains("other"), "{}", run.stderr);
}

#[test]
fn no_report_proves_nothing() {
    let sandbox = Sandbox::new().file("legs/readme.txt", "");
    run(&sandbox, MERGE).code(1).says("there is no report.json below `legs`");
    run(&Sandbox::new(), MERGE).code(1).says("there is no report.json");
    run(&Sandbox::new(), "run --aggregate-reports").code(2);
}

#[test]
fn a_damaged_report_is_named() {
    let sandbox = legs(&[("unit-1", "pp"), ("unit-2", "p")]);
    let path = sandbox.path().join("legs/deep/unit-2/report.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, &text[..text.len() / 2]).unwrap();
    let named = run(&sandbox, MERGE).code(1).says("legs/deep/unit-2/report.json:");
    assert_eq!(named.stderr.matches("unit-2/report.json").count(), 1, "{}", named.stderr);
}

#[cfg(unix)]
#[test]
fn links_are_not_followed_out() {
    let sandbox = legs(&[("unit-1", "pp")]);
    fs::rename(sandbox.path().join("legs/deep/unit-1"), sandbox.path().join("elsewhere")).unwrap();
    std::os::unix::fs::symlink("../elsewhere", sandbox.path().join("legs/link")).unwrap();
    run(&sandbox, MERGE).code(1).says("there is no report.json");
}
