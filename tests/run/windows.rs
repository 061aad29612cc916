//! The command as a process of Windows: which file it is, its time limit, what it leaves behind.

use std::{
    fs,
    thread::sleep,
    time::{Duration, Instant},
};

use super::{junit, reasons, report, run, run_with};
use crate::support::Sandbox;

fn sandbox(files: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::new().file("ok", &junit("p"));
    for (path, lines) in files {
        sandbox.write(path, format!("@echo off\r\n{}\r\n", lines.replace('\n', "\r\n")).as_bytes());
    }
    sandbox
}

/// Nobody can remove a file that a process writes to.
#[track_caller]
fn assert_nobody_holds(sandbox: &Sandbox, file: &str) {
    let limit = Instant::now() + Duration::from_secs(20);
    while let Err(error) = fs::remove_file(sandbox.path().join(file)) {
        assert!(Instant::now() < limit, "somebody holds `{file}`: {error}");
        sleep(Duration::from_millis(20));
    }
}

#[test]
fn the_time_limit_ends_all_that_was_started() {
    let script = "type ok > r.xml\nstart /b ping -n 600 127.0.0.1 > held\nping -n 600 127.0.0.1 > nul";
    let sandbox = sandbox(&[("test.cmd", script)]);
    let run = run(&sandbox, "run --timeout 5 --results r.xml -- cmd /c test.cmd").code(1);
    run.says("the time limit of 5 s is reached: the command is killed");
    assert!(reasons(&sandbox).iter().any(|it| it.contains("time")), "{:?}", reasons(&sandbox));
    assert_eq!(report(&sandbox)["totals"]["tests"], 1);
    assert_nobody_holds(&sandbox, "held");
}

#[test]
fn what_is_left_behind_is_ended() {
    let script = "start /b ping -n 600 127.0.0.1 > held\ntype ok > r.xml\necho last";
    let sandbox = sandbox(&[("test.cmd", script)]);
    let run = run(&sandbox, "run --results r.xml -- cmd /c test.cmd").code(0);
    assert!(run.stdout.contains("last"), "{}", run.stdout);
    assert_nobody_holds(&sandbox, "held");
}

#[test]
fn exit_codes_are_kept() {
    let sandbox = sandbox(&[]);
    for code in [3, 256, -1_073_741_819] {
        run(&sandbox, &format!("run --results r.xml -- cmd /c exit {code}")).code(1);
        assert_eq!(report(&sandbox)["run"]["exit_code"], code);
    }
}

/// As `npm` and `gradlew` are: a script for other systems beside one for this.
#[test]
fn batch_files_need_no_ending() {
    let sandbox =
        sandbox(&[("bin/tool.cmd", "type ok > r.xml\necho %1"), ("it/gradlew.bat", "type ..\\ok > ..\\r.xml")]);
    for script in ["bin/tool", "it/gradlew"] {
        sandbox.write(script, b"#!/bin/sh\nexit 1\n");
    }
    let path = format!("{};{}", sandbox.path().join("bin").display(), std::env::var("PATH").unwrap());
    let run = run_with(&sandbox, "run --results r.xml -- tool a&b", &[("PATH", &path)]).code(0);
    assert!(run.stdout.contains("\"a&b\""), "{}", run.stdout);
    super::run(&sandbox, "run --test-dir it --results r.xml -- ./gradlew").code(0);
    super::run(&sandbox, r"run --test-dir it --results r.xml -- .\gradlew").code(0);
    super::run(&sandbox, "run --results r.xml -- gradlew").code(1).says("there is no program `gradlew`");
}

/// The system's own directory comes first otherwise, and has programs that are called as those of others.
#[test]
fn the_search_path_goes_before_the_system() {
    let sandbox = sandbox(&[("bin/ping.cmd", "type ok > r.xml")]);
    let path = format!("{};{}", sandbox.path().join("bin").display(), std::env::var("PATH").unwrap());
    run_with(&sandbox, "run --results r.xml -- ping", &[("PATH", &path)]).code(0);
}

#[test]
fn both_separators_separate_and_reports_have_one() {
    let sandbox = sandbox(&[("test.cmd", "mkdir a\\b 2> nul\ntype ok > a\\b\\r.xml")]);
    for pattern in [r"a\b\r.xml", r"a\*\*.xml", r"**\*.xml", "a/**/*.xml", r".\a/**\r.xml"] {
        let run = run(&sandbox, &format!("run --results {pattern} -- cmd /c test.cmd")).code(0);
        run.says("reports: test_results/junit.xml, ");
        let report = report(&sandbox);
        assert_eq!(report["suites"][0]["file"], "a/b/r.xml", "{pattern}: {report:#}");
    }
}
