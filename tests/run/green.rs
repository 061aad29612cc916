//! Nothing that proves nothing may end as a success.

use super::{junit, reasons, report, run};
use crate::support::Sandbox;

/// A result file that a command writes, the command's own end, and what must be said.
fn fails(file: Option<&str>, script: &str, says: &str) {
    let sandbox = Sandbox::new();
    let mut text = script.to_owned();
    if let Some(file) = file {
        sandbox.write("prepared.xml", file.as_bytes());
        text = format!("cat prepared.xml > r.xml\n{script}\n");
    }
    sandbox.write("test.sh", text.as_bytes());
    run(&sandbox, "run --results r.xml -- sh test.sh").code(1).says("error: ").says(says);
    assert_eq!(report(&sandbox)["verdict"]["passed"], false);
    assert!(!reasons(&sandbox).is_empty());
    for file in ["report.json", "junit.xml", "report.html", "report.md"] {
        assert!(sandbox.exists(&format!("test_results/{file}")), "{file}");
    }
}

#[test]
fn green_is_green() {
    let sandbox = Sandbox::new().file("ok.xml", &junit("pps")).file("test.sh", "cat ok.xml > r.xml\n");
    let run =
        run(&sandbox, "run --results r.xml -- sh test.sh").code(0).says("3 tests").says("test_results/report.json");
    assert!(!run.stderr.contains("error"), "{}", run.stderr);
    let report = report(&sandbox);
    assert_eq!(report["verdict"], serde_json::json!({ "passed": true, "reasons": [] }));
    assert_eq!((&report["totals"]["passed"], &report["totals"]["skipped"]), (&2.into(), &1.into()));
    assert_eq!(report["run"]["exit_code"], 0);
    let start = report["run"]["start"].as_str().unwrap();
    assert!(start.len() == "2026-01-01T00:00:00.000Z".len() && start.ends_with('Z'), "{start}");
}

#[test]
fn failing_tests_fail() {
    fails(Some(&junit("pf")), "exit 1", "failed");
    fails(Some(&junit("pf")), "exit 0", "failed");
}

#[test]
fn no_file() {
    fails(None, "exit 0", "no file matches `r.xml`");
}

#[test]
fn an_empty_file() {
    fails(Some(""), "exit 0", "r.xml");
}

#[test]
fn no_tests() {
    fails(Some(&junit("")), "exit 0", "no test");
}

#[test]
fn a_truncated_file() {
    let text = junit("ppp");
    fails(Some(&text[..text.len() - 20]), "exit 0", "r.xml:");
}

#[test]
fn no_results_at_all() {
    fails(Some("all 12 tests passed"), "exit 0", "r.xml");
}

#[test]
fn fewer_tests_than_promised() {
    fails(Some(&junit("pp").replace("tests=\"2\"", "tests=\"3\"")), "exit 0", "r.xml");
}

#[test]
fn an_exit_code_that_no_failing_test_explains() {
    fails(Some(&junit("pp")), "exit 3", "3");
}

#[cfg(unix)]
#[test]
fn a_signal() {
    fails(Some(&junit("pp")), "kill -SEGV $$", "SIGSEGV");
}

#[test]
fn a_command_that_is_not_there() {
    let sandbox = Sandbox::new().file("r.xml", &junit("p"));
    run(&sandbox, "run --results r.xml -- no-such-program").code(1).says("there is no program `no-such-program`");
}

/// A command alone proves nothing; it runs all the same.
#[test]
fn a_command_without_results() {
    let sandbox = Sandbox::new();
    let run = run(&sandbox, "run -- echo hello").code(1).says("error: ");
    assert_eq!(run.stdout, "hello\n");
}

/// Failing tests may be let pass, lost ones never.
#[test]
fn what_fails_a_run_can_be_chosen() {
    let sandbox = Sandbox::new().file("bad.xml", &junit("pf")).file("empty.xml", "");
    run(&sandbox, "run --fail-on never --results bad.xml").code(0);
    run(&sandbox, "run --fail-on never --results empty.xml").code(1);
    run(&sandbox, "run --results bad.xml").code(1);
    // A program that died in a test took the tests behind it with it.
    let lines = ["\"run\",\"Test\":\"TestA\"", "\"fail\",\"Test\":\"TestA\"", "\"fail\""];
    let events = |output: &str| {
        let mut events: Vec<String> =
            lines.iter().map(|it| format!("{{\"Package\":\"p\",\"Action\":{it}}}\n")).collect();
        let output = format!("\"Output\":\"{output}\"");
        events.insert(1, format!("{{\"Package\":\"p\",\"Action\":\"output\",\"Test\":\"TestA\",{output}}}\n"));
        events.concat()
    };
    let sandbox = Sandbox::new().file("bad.json", &events("a_test.go:1: no"));
    run(&sandbox, "run --fail-on never --results bad.json").code(0);
    let sandbox = Sandbox::new().file("bad.json", &events("panic: no\\n\\ngoroutine 7 [running]:\\n"));
    run(&sandbox, "run --fail-on never --results bad.json").code(1).says("crashed in TestA");
}

#[test]
fn nothing_to_do_is_a_wrong_command_line() {
    run(&Sandbox::new(), "run").code(2).says("nothing to run").says("help: ");
}
