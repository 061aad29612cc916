//! The command again, until it is green.

use super::{junit, reasons, report, run, run_with};
use crate::support::Sandbox;

/// A command that fails so many times and then passes.
fn flaky(times: u32) -> Sandbox {
    let sandbox = Sandbox::new().file("bad", &junit("pf")).file("ok", &junit("pp"));
    let script = format!(
        "n=$(cat n 2>/dev/null || echo 0)\necho $((n + 1)) > n\n\
         if [ $n -lt {times} ]; then cat bad > r.xml; exit 1; fi\ncat ok > r.xml\n"
    );
    sandbox.file("test.sh", &script)
}

#[test]
fn what_passes_in_the_end_is_flaky() {
    let sandbox = flaky(2);
    run(&sandbox, "run --retry 2 --results r.xml -- sh test.sh").code(0).says("attempt 3 of 3").says("flaky: c > t1");
    let report = report(&sandbox);
    assert_eq!((&report["totals"]["flaky"], &report["totals"]["tests"]), (&1.into(), &2.into()));
    assert_eq!(report["cases"][1]["attempts"].as_array().unwrap().len(), 2);
}

#[test]
fn it_is_tried_no_more_often_than_asked() {
    let sandbox = flaky(2);
    run(&sandbox, "run --retry 1 --results r.xml -- sh test.sh").code(1);
    assert_eq!(sandbox.read("n"), "2\n");
    assert_eq!(reasons(&sandbox).len(), 1);
}

#[test]
fn green_is_not_tried_again() {
    let sandbox = flaky(0);
    run(&sandbox, "run --retry 5 --results r.xml -- sh test.sh").code(0);
    assert_eq!(sandbox.read("n"), "1\n");
}

/// What pytest does, as far as it matters here: it notes what failed, and repeats that alone if it is told to.
fn pytest(code: u32, note: &str) -> Sandbox {
    let script = format!(
        "if [ ! -e n ]; then\n  touch n; cat bad > r.xml; {note}; exit {code}\nfi\n\
         echo \"options: $PYTEST_ADDOPTS\"\n\
         case \"$PYTEST_ADDOPTS\" in *--last-failed) cat one > r.xml ;; *) cat ok > r.xml ;; esac\n"
    );
    let one = junit("p").replace("\"t0\"", "\"t1\"");
    Sandbox::new().file("bad", &junit("pf")).file("ok", &junit("pp")).file("one", &one).file("test.sh", &script)
}

const NOTE: &str = "mkdir -p .pytest_cache/v/cache; echo > .pytest_cache/v/cache/lastfailed";

#[test]
fn a_runner_that_can_be_told_repeats_the_failed_tests_alone() {
    let sandbox = pytest(1, NOTE);
    let run = run_with(&sandbox, "run --retry 1 --results r.xml -- sh test.sh", &[("PYTEST_ADDOPTS", "-q")]).code(0);
    assert!(run.stderr.contains("attempt 2 of 2, the failed tests alone"), "{}", run.stderr);
    assert_eq!(run.stdout, "options: -q --last-failed\n");
    let report = report(&sandbox);
    assert_eq!((&report["totals"]["flaky"], &report["totals"]["tests"]), (&1.into(), &2.into()));
}

/// Without a note, or after another end than that of failed tests, nobody knows what is left.
#[test]
fn a_runner_that_broke_repeats_everything() {
    for sandbox in [pytest(1, "true"), pytest(2, NOTE)] {
        let run = run(&sandbox, "run --retry 1 --results r.xml -- sh test.sh").code(0);
        assert_eq!(run.stdout, "options: \n");
        assert_eq!(report(&sandbox)["totals"]["flaky"], 1);
    }
    // A note of an earlier run.
    let sandbox = pytest(1, "touch -t 200101010000 .pytest_cache/v/cache/lastfailed")
        .file(".pytest_cache/v/cache/lastfailed", "{}");
    let run = run(&sandbox, "run --retry 1 --results r.xml -- sh test.sh").code(0);
    assert_eq!(run.stdout, "options: \n");
}

/// An attempt that writes nothing does not pass with the results of the one before.
#[test]
fn results_belong_to_their_attempt() {
    let sandbox = Sandbox::new().file("bad", &junit("pf"));
    sandbox.write("test.sh", b"if [ ! -e n ]; then touch n; cat bad > r.xml; exit 1; fi\n");
    run(&sandbox, "run --retry 1 --results r.xml -- sh test.sh").code(1);
}

/// A runner may name its files by the time.
#[test]
fn files_of_an_earlier_attempt_do_not_count_again() {
    let sandbox = Sandbox::new().file("bad", &junit("pf")).file("ok", &junit("pp"));
    let script = "if [ ! -e n ]; then touch n; cat bad > r-1.xml; exit 1; fi\ncat ok > r-2.xml\n";
    sandbox.write("test.sh", script.as_bytes());
    run(&sandbox, "run --retry 1 --results r-*.xml -- sh test.sh").code(0);
    assert_eq!(report(&sandbox)["totals"]["flaky"], 1);
}
