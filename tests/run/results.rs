//! Which files are results.

use std::{
    fs,
    time::{Duration, SystemTime},
};

use super::{command, junit, report, run, run_with};
use crate::support::Sandbox;

fn age(sandbox: &Sandbox, path: &str) {
    let file = fs::File::options().write(true).open(sandbox.path().join(path)).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(3600)).unwrap();
}

#[test]
fn results_alone_count_at_any_age_and_once() {
    let sandbox = Sandbox::new().file("out/a.xml", &junit("pp")).file("out/deep/b.xml", &junit("p"));
    age(&sandbox, "out/a.xml");
    run(&sandbox, "run --results **/*.xml --results out/a.xml --results out/*.xml").code(0);
    assert_eq!(report(&sandbox)["totals"]["tests"], 3);
    run(&sandbox, "run --results out/a.xml out/deep/b.xml").code(0);
    assert_eq!(report(&sandbox)["totals"]["tests"], 3);
    run_with(&sandbox, "run", &[("CI_GEN_RESULTS", "out/a.xml\nout/**/b.xml")]).code(0);
    assert_eq!(report(&sandbox)["totals"]["tests"], 3);
}

#[test]
fn older_results_are_named_and_do_not_count() {
    let sandbox = Sandbox::new().file("out/old.xml", &junit("fff")).file("out/just.xml", &junit("f"));
    let sandbox = sandbox.file("new", &junit("p")).file("test.sh", "cat new > out/new.xml\n");
    age(&sandbox, "out/old.xml");
    let run = run(&sandbox, "run --results out/*.xml -- sh test.sh").code(0);
    assert!(run.stderr.contains("out/old.xml: it is older than the run"), "{}", run.stderr);
    assert!(run.stderr.contains("out/just.xml: it is older than the run"), "{}", run.stderr);
    assert_eq!(report(&sandbox)["totals"]["tests"], 1);
}

#[test]
fn older_results_alone_prove_nothing() {
    let sandbox = Sandbox::new().file("r.xml", &junit("p"));
    run(&sandbox, "run --results r.xml -- sh -c :").code(1).says("r.xml: ").says("older than the run");
    run(&sandbox, "run --results *.xml -- sh -c :").code(1).says("older than the run").says("no result file");
}

/// The same bytes in the same file are new results all the same.
#[test]
fn a_file_that_is_written_again_counts() {
    let sandbox = Sandbox::new().file("r.xml", &junit("p")).file("ok", &junit("p")).file("test.sh", "cat ok > r.xml\n");
    for _ in 0..3 {
        run(&sandbox, "run --results *.xml -- sh test.sh").code(0);
    }
}

#[test]
fn a_copy_that_kept_its_age_is_old() {
    let sandbox = Sandbox::new().file("kept", &junit("p")).file("test.sh", "cp -p kept r.xml\n");
    age(&sandbox, "kept");
    run(&sandbox, "run --results *.xml -- sh test.sh").code(1).says("older than the run");
}

#[test]
fn one_missing_file_of_several_is_missed() {
    let sandbox = Sandbox::new().file("a.xml", &junit("p"));
    run(&sandbox, "run --results a.xml b.xml").code(1).says("no file matches `b.xml`");
    run(&sandbox, "run --results a.xml b/*.xml").code(0).says("no file matches `b/*.xml`");
}

#[test]
fn a_directory_is_no_result_file() {
    let sandbox = Sandbox::new().file("out/a.xml", &junit("p"));
    run(&sandbox, "run --results out/").code(1).says("is a directory").says("`out/**/*.xml`");
}

#[test]
fn own_reports_are_no_results() {
    let sandbox = Sandbox::new().file("a.xml", &junit("pp"));
    for _ in 0..3 {
        run(&sandbox, "run --results **/*.xml **/*.json").code(0);
        assert_eq!(report(&sandbox)["totals"]["tests"], 2);
    }
    let sandbox = Sandbox::new().file("a.xml", &junit("f"));
    for _ in 0..2 {
        run(&sandbox, "run --results **/*.xml --report-formats xml").code(1);
        assert_eq!(sandbox.files(), ["a.xml", "test_results/junit.xml"]);
    }
}

#[test]
fn own_reports_read_back_to_the_same() {
    for tests in ["pps", "pf", "p"] {
        let sandbox = Sandbox::new().file("a.xml", &junit(tests));
        let code = run(&sandbox, "run --results a.xml").code;
        let first = report(&sandbox);
        for file in ["report.json", "junit.xml"] {
            run(&sandbox, &format!("run --results test_results/{file} --output-dir again")).code(code);
            let again: serde_json::Value = serde_json::from_str(&sandbox.read("again/report.json")).unwrap();
            assert_eq!(
                (&again["totals"], &again["verdict"]["passed"]),
                (&first["totals"], &first["verdict"]["passed"])
            );
        }
    }
}

#[test]
fn files_of_others_are_not_overwritten() {
    let sandbox = Sandbox::new().file("test_results/junit.xml", &junit("p"));
    run(&sandbox, "run --results test_results/*.xml").code(2).says("test_results/junit.xml").says("--output-dir");
    assert_eq!(sandbox.read("test_results/junit.xml"), junit("p"));
    run(&sandbox, "run --results test_results/*.xml --output-dir out").code(0);
    let sandbox = Sandbox::new().file("ok", &junit("p"));
    sandbox.write("test.sh", b"mkdir test_results; cat ok > test_results/junit.xml\n");
    run(&sandbox, "run --results test_results/*.xml -- sh test.sh").code(1).says("the command wrote it itself");
    assert_eq!(sandbox.read("test_results/junit.xml"), junit("p"));
}

#[test]
fn formats_are_chosen() {
    let sandbox = Sandbox::new().file("a.xml", &junit("p"));
    run(&sandbox, "run --results a.xml --report-formats json,markdown --output-dir o").code(0);
    assert_eq!(sandbox.files(), ["a.xml", "o/report.json", "o/report.md"]);
    run(&sandbox, "run --results a.xml --report-formats pdf").code(2);
    run(&sandbox, "run --results a.xml --output-dir a.xml").code(2).says("is a file");
    let refused = run(&sandbox, "run --results a.xml --output-dir a.xml/o -- touch started").code(2);
    refused.says("`a.xml` is no directory").says("--output-dir");
    assert!(!sandbox.files().contains(&"started".to_owned()));
}

#[test]
fn test_files_reach_the_command() {
    let sandbox =
        Sandbox::new().file("ok", &junit("p")).file("t/b_test.py", "").file("t/a_test.py", "").file("t/c.py", "");
    sandbox.write("test.sh", b"cat ../ok > ../r.xml\necho \"$@\"\necho \"$CI_GEN_TEST_FILES\"\n");
    let flags = "run --results r.xml --test-dir t --test-pattern *_test.py";
    let done = run(&sandbox, &format!("{flags} -- sh ../test.sh {{}} last")).code(0);
    assert_eq!(done.stdout, "a_test.py b_test.py last\na_test.py\nb_test.py\n");
    let done = run(&sandbox, &format!("{flags} --test-files x.py -- sh ../test.sh first")).code(0);
    assert_eq!(done.stdout, "first x.py a_test.py b_test.py\nx.py\na_test.py\nb_test.py\n");
    run(&sandbox, "run --results r.xml --test-pattern no/*.py -- true").code(2).says("no test file matches");
}

#[test]
fn the_shard_reaches_the_command_and_the_report() {
    let sandbox = Sandbox::new().file("ok", &junit("p"));
    sandbox.write("test.sh", b"cat ok > r.xml\necho $CI_GEN_SHARD_INDEX of $CI_GEN_SHARD_TOTAL\n");
    let done = run(&sandbox, "run --shard 2/4 --results r.xml -- sh test.sh").code(0);
    assert_eq!(done.stdout, "2 of 4\n");
    assert_eq!(report(&sandbox)["run"]["shard"], serde_json::json!({ "index": 2, "total": 4 }));
    for wrong in ["0/4", "5/4", "x"] {
        run(&sandbox, &format!("run --shard {wrong} --results r.xml")).code(2);
    }
}

/// What tests print must not steer the CI system.
#[test]
fn commands_in_output_are_broken() {
    let sandbox = Sandbox::new().file("ok", &junit("p"));
    sandbox.write("test.sh", b"cat ok > r.xml\necho '::error::x'\necho '##vso[task.x]' >&2\nprintf 'a ::b'\n");
    let done = run(&sandbox, "run --provider github --results r.xml -- sh test.sh").code(0);
    assert!(done.stdout.starts_with(": :error::x\na ::b\n"), "{}", done.stdout);
    let done = run(&sandbox, "run --provider azure --results r.xml -- sh test.sh").code(0);
    assert!(done.stderr.contains("##vso [task.x]") && done.stdout.starts_with("::error::x\na ::b\n"), "{done:?}");
    let local = command(&sandbox, "run --provider local --results r.xml -- sh test.sh", &[]).output().unwrap();
    assert_eq!(local.stdout, b"::error::x\na ::b");
}
