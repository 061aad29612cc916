//! Repeated commands, run by bash.

use std::path::Path;

use crate::script::{insert, retry, strict, Shell};

use super::{run, run_in, text, value, Outcome};

/// Runs a script with a file `count` that its body writes to; gives back the number of attempts, too.
fn tried(body: &str, extra_tries: u32, after: &str) -> (Outcome, usize) {
    let dir = tempfile::tempdir().unwrap();
    let body = format!("echo x >> count\n{body}");
    let script = format!("{}\n{}\n{after}", strict(Shell::Bash), retry(&body, Shell::Bash, extra_tries));
    let outcome = run_in(dir.path(), "bash", &script, &[]);
    (outcome, attempts(dir.path()))
}

fn attempts(dir: &Path) -> usize {
    std::fs::read_to_string(dir.join("count")).unwrap().lines().count()
}

#[test]
fn the_last_exit_code_ends_the_script() {
    let (outcome, attempts) = tried("exit $((40 + $(wc -l < count)))", 2, "echo reached");
    assert_eq!((outcome.code, attempts), (Some(43), 3));
    assert_eq!(outcome.out, "Attempt 1 of 3\nAttempt 2 of 3\nAttempt 3 of 3\n");
    assert_eq!(outcome.err, "Attempt 3 of 3 failed with exit code 43\n");
}

#[test]
fn a_success_ends_the_tries_and_the_script_goes_on() {
    let (outcome, attempts) = tried("[ \"$(wc -l < count)\" -eq 2 ]", 4, "echo reached; false; echo never");
    assert_eq!((outcome.code, attempts), (Some(1), 2));
    assert_eq!(outcome.out, "Attempt 1 of 5\nAttempt 2 of 5\nreached\n");
}

#[test]
fn every_line_of_an_attempt_counts() {
    for failing in ["false\ntrue", "false | true", "x=$(false)\ntrue", "(exit 1); true"] {
        let (outcome, attempts) = tried(failing, 1, "echo reached");
        assert_eq!((outcome.code, attempts), (Some(1), 2), "{failing}");
        assert!(!outcome.out.contains("reached"), "{failing}");
    }
}

#[test]
fn attempts_do_not_disturb_each_other() {
    let body = "[ -z \"$leaked\" ]\nleaked=1\ncd /\n[ \"$0\" = never ] # the last line is a comment";
    let (outcome, attempts) = tried(body, 1, "");
    assert_eq!((outcome.code, attempts), (Some(1), 2));
    let (outcome, _) = tried("leaked=1; cd /; exit 0; false", 1, "echo \"<$leaked>\"; ls");
    assert_eq!((outcome.code, outcome.out.as_str()), (Some(0), "Attempt 1 of 2\n<>\ncount\n"));
}

#[test]
fn documents_and_values_survive() {
    let body = insert(&text("cat <<EOF\n  it's {{ matrix.x }}\nEOF\n"), Shell::Bash, &value).unwrap();
    let outcome = run("bash", &retry(&body, Shell::Bash, 1), &[("X", "$(touch x)")]);
    assert_eq!((outcome.code, outcome.out.as_str()), (Some(0), "Attempt 1 of 2\n  it's $(touch x)\n"));
}

#[test]
fn sh_repeats_like_bash() {
    // dash refuses `pipefail`; the rest of the script is the same for it.
    let script = retry("echo x\nfalse\necho never", Shell::Sh, 1).replace("set -eo pipefail", "set -e");
    let outcome = run("sh", &script, &[]);
    assert_eq!((outcome.code, outcome.out.as_str()), (Some(1), "Attempt 1 of 2\nx\nAttempt 2 of 2\nx\n"));
}

#[test]
fn without_extra_tries_nothing_is_added() {
    assert_eq!(retry("make\n", Shell::Bash, 0), "make\n");
    assert!(retry("make", Shell::Bash, u32::MAX).contains("of 4294967296"));
}

#[test]
fn powershell_repeats_a_script_file() {
    let script = retry("pytest", Shell::Pwsh, 2);
    assert!(script.starts_with("$ciGenAttempt = {\n$ErrorActionPreference = 'Stop'\n"), "{script}");
    for part in ["\npytest\n}\n", "-lt 3)", "attempt", "of 3", "& $ciGenFile", "exit $ciGenStatus\n}"] {
        assert!(script.to_lowercase().contains(&part.to_lowercase()), "{part}:\n{script}");
    }
}
