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

/// What `go test` or Maven does, as far as it matters here: it runs what `variable` asks for, or everything.
#[cfg(unix)]
fn told(variable: &str, results: &str, test: &str, class: &str, wanted: &str) -> Sandbox {
    use std::os::unix::fs::PermissionsExt;

    let script = format!(
        "mkdir -p $(dirname {results}); echo \"options: ${variable}\"\n\
         if [ ! -e n ]; then touch n; cat bad > {results}; exit 1; fi\n\
         case \"${variable}\" in {wanted}) cat one > {results} ;; *) cat ok > {results} ;; esac\n"
    );
    let named =
        |it: &str| junit(it).replace("\"t1\"", &format!("\"{test}\"")).replace("\"c\"", &format!("\"{class}\""));
    let one = junit("p").replace("\"t0\"", &format!("\"{test}\"")).replace("\"c\"", &format!("\"{class}\""));
    let sandbox = Sandbox::new().file("bad", &named("pf")).file("ok", &named("pp")).file("one", &one);
    let sandbox = sandbox
        .file("test.sh", &script)
        .file("bin/go", "#!/bin/sh\n[ \"$*\" = \"env GOFLAGS\" ] && echo -mod=vendor\n");
    std::fs::set_permissions(sandbox.path().join("bin/go"), PermissionsExt::from_mode(0o755)).unwrap();
    sandbox
}

#[cfg(unix)]
fn run_told(sandbox: &Sandbox, results: &str, retry: u32) -> crate::support::Run {
    let path = format!("{}:{}", sandbox.path().join("bin").display(), std::env::var("PATH").unwrap());
    let variables = [("PATH", path.as_str()), ("MAVEN_ARGS", "-B")];
    run_with(sandbox, &format!("run --retry {retry} --results {results} -- sh test.sh"), &variables)
}

#[cfg(unix)]
#[test]
fn go_repeats_the_functions_that_failed() {
    let wanted = "'-mod=vendor -run=^(TestCart)$'";
    let sandbox = told("GOFLAGS", "r.xml", "TestCart/an_empty_one", "shop", wanted);
    let run = run_told(&sandbox, "r.xml", 1).code(0).says("attempt 2 of 2, the failed tests alone");
    assert_eq!(run.stdout, "options: \noptions: -mod=vendor -run=^(TestCart)$\n");
    let report = report(&sandbox);
    assert_eq!((&report["totals"]["flaky"], &report["totals"]["tests"]), (&1.into(), &2.into()));
    assert_eq!(report["cases"][0].get("attempts"), None);
}

#[cfg(unix)]
#[test]
fn maven_repeats_the_methods_that_failed() {
    let results = "target/surefire-reports/r.xml";
    let options = "-B -Dtest=com.example.CartTest#adds -Dsurefire.failIfNoSpecifiedTests=false";
    let sandbox = told("MAVEN_ARGS", results, "adds(int)[2]", "com.example.CartTest", &format!("'{options}'"));
    let run = run_told(&sandbox, results, 1).code(0).says("attempt 2 of 2, the failed tests alone");
    assert_eq!(run.stdout, format!("options: -B\noptions: {options}\n"));
    assert_eq!(report(&sandbox)["totals"]["flaky"], 1);
    // Those of Failsafe look the same, but `-Dtest` would have Surefire run them.
    let sandbox = told("MAVEN_ARGS", "failsafe-reports/r.xml", "adds", "com.example.CartIT", "x");
    let run = run_told(&sandbox, "failsafe-reports/r.xml", 1).code(0);
    assert_eq!(run.stdout, "options: -B\noptions: -B\n");
}

/// A runner that runs only other tests is green, and proves nothing about those that failed.
#[cfg(unix)]
#[test]
fn what_was_told_in_vain_is_repeated_as_a_whole() {
    let sandbox = told("GOFLAGS", "r.xml", "TestCart", "shop", "*TestCart*");
    sandbox.write("one", junit("p").as_bytes());
    run_told(&sandbox, "r.xml", 1).code(1);
    assert_eq!(report(&sandbox)["totals"]["failed"], 1);
    std::fs::remove_file(sandbox.path().join("n")).unwrap();
    let run = run_told(&sandbox, "r.xml", 2).code(0);
    assert_eq!(run.stdout, "options: \noptions: -mod=vendor -run=^(TestCart)$\noptions: \n");
    assert_eq!(report(&sandbox)["totals"]["flaky"], 1);
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
