//! The command again, until it is green.

use super::{junit, reasons, report, run};
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
