//! Services, against a docker, nc and wget that only write down what they are asked.

use std::fs;
use std::net::TcpListener;
use std::path::Path;

use crate::plan::Text;
use crate::script::{docker_run, docker_stop, wait_for_port, Container, Shell};

use super::{run, run_in, text, value, Outcome};

/// `sleep` costs no time in a test.
const NO_SLEEP: &str = "sleep() { echo slept >> slept; }\n";

fn program(dir: &Path, name: &str, script: &str) {
    let path = dir.join(name);
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    #[cfg(unix)]
    fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
}

fn slept(dir: &Path) -> usize {
    fs::read_to_string(dir.join("slept")).map_or(0, |text| text.lines().count())
}

/// A port that nobody listens on.
fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn an_open_port_is_found_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let script = wait_for_port(Shell::Bash, "db", "127.0.0.1", port);
    assert_eq!(run("bash", &format!("set -eo pipefail\n{NO_SLEEP}{script}\necho reached"), &[]).out, "reached\n");
    // Without nc, sh asks bash.
    let script = wait_for_port(Shell::Sh, "db", "127.0.0.1", port);
    let without_nc = "command() { [ \"$2\" != nc ]; }\n";
    assert_eq!(run("sh", &format!("set -e\n{without_nc}{NO_SLEEP}{script}\necho reached"), &[]).out, "reached\n");
}

#[test]
fn a_closed_port_ends_the_script_after_a_minute() {
    let port = closed_port();
    let dir = tempfile::tempdir().unwrap();
    let script = wait_for_port(Shell::Bash, "it's db", "127.0.0.1", port);
    let outcome = run_in(dir.path(), "bash", &format!("{NO_SLEEP}{script}\necho reached"), &[]);
    let message = format!("service it's db takes no connections on 127.0.0.1:{port} after 60 seconds\n");
    assert_eq!((outcome.code, outcome.out.as_str(), outcome.err), (Some(1), "", message));
    assert_eq!(slept(dir.path()), 60);
}

/// Runs the sh script with nothing but the given programs to find.
fn wait_with(dir: &Path) -> Outcome {
    let script = wait_for_port(Shell::Sh, "db", "db.test", 5432);
    let path = dir.to_str().unwrap();
    run_in(dir, "/bin/sh", &format!("PATH={path}\n{NO_SLEEP}{script}\necho reached"), &[])
}

#[test]
fn sh_waits_with_nc() {
    let dir = tempfile::tempdir().unwrap();
    program(dir.path(), "nc", "echo \"$@\" >> asked; PATH=/usr/bin:/bin; [ \"$(wc -l < asked)\" -eq 3 ]");
    let outcome = wait_with(dir.path());
    assert_eq!((outcome.code, outcome.out.as_str()), (Some(0), "reached\n"), "{}", outcome.err);
    assert_eq!(fs::read_to_string(dir.path().join("asked")).unwrap(), "-z db.test 5432\n".repeat(3));
    assert_eq!(slept(dir.path()), 2);
}

#[test]
fn sh_waits_with_wget() {
    for (answer, code) in [
        ("Connecting to db.test:5432... connected.\nHTTP request sent, awaiting response... No data received.", 0),
        ("Connecting to db.test:5432 (10.0.0.1:5432)\nwget: error getting response: Invalid argument", 0),
        ("Connecting to db.test:5432... failed: Connection refused.", 1),
        ("wget: can't connect to remote host (10.0.0.1): Connection refused", 1),
    ] {
        let dir = tempfile::tempdir().unwrap();
        program(dir.path(), "wget", &format!("cat >&2 <<'EOF'\n{answer}\nEOF\nexit 4").replace("cat", "/bin/cat"));
        program(dir.path(), "grep", "PATH=/usr/bin:/bin exec grep \"$@\"");
        let outcome = wait_with(dir.path());
        assert_eq!(outcome.code, Some(code), "{answer}: {}", outcome.err);
    }
}

#[test]
fn sh_without_any_way_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let outcome = wait_with(dir.path());
    assert_eq!((outcome.code, outcome.out.as_str()), (Some(1), ""));
    assert!(outcome.err.contains("service db") && outcome.err.contains("nc"), "{}", outcome.err);
}

/// A docker whose containers have the given health on the first, second, … look.
fn docker(dir: &Path, health: &[&str]) {
    let cases: String = health.iter().enumerate().map(|(at, it)| format!("{}) echo '{it}';; ", at + 1)).collect();
    let script = format!(
        "case $1 in\n\
         rm) echo \"$@\" >> removed; exit 1;;\n\
         run) for word; do printf '<%s>' \"$word\"; done > started;;\n\
         inspect) [ \"$2 $4\" = '--format db' ] || exit 9\n\
         [ \"$3\" = '{{{{.State.Running}}}} {{{{.State.Health.Status}}}}' ] || exit 9\n\
         echo x >> looks; case $(wc -l < looks) in {cases} *) exit 1;; esac;;\n\
         logs) echo \"the log of $2\";;\n\
         esac"
    );
    program(dir, "docker", &script);
}

fn container<'a>(env: &'a [(String, Text)], command: &'a [String], ready: Option<&'a str>) -> Container<'a> {
    Container { name: "db", image: text("postgres:{{ matrix.x }}"), env, ports: &[5432, 5433], command, ready }
}

fn start(dir: &Path, script: &str) -> Outcome {
    let path = format!("{}:{}", dir.to_str().unwrap(), std::env::var("PATH").unwrap());
    let script = format!("set -e\n{NO_SLEEP}{script}\necho reached");
    run_in(dir, "sh", &script, &[("PATH", &path), ("X", "1 6")])
}

#[test]
fn a_container_starts_and_becomes_healthy() {
    let dir = tempfile::tempdir().unwrap();
    docker(dir.path(), &["true starting", "true starting", "true healthy"]);
    let env = [("PASSWORD".to_owned(), text("a $b{{ matrix.x }}")), ("DB".to_owned(), text("t"))];
    let command = ["-c".to_owned(), "it's".to_owned()];
    let outcome =
        start(dir.path(), &docker_run(&container(&env, &command, Some("pg_isready -U 'x'")), Shell::Sh, &value));
    assert_eq!((outcome.code, outcome.out.as_str()), (Some(0), "reached\n"), "{}", outcome.err);
    assert_eq!(
        fs::read_to_string(dir.path().join("started")).unwrap(),
        "<run><--detach><--name><db><--publish><5432:5432><--publish><5433:5433><--env><PASSWORD=a $b1 6><--env><DB=t>\
         <--health-cmd><pg_isready -U 'x'><--health-interval><2s><--health-timeout><10s><--health-retries><30>\
         <postgres:1 6><-c><it's>"
    );
    assert_eq!(fs::read_to_string(dir.path().join("removed")).unwrap(), "rm --force --volumes db\n");
    assert_eq!(slept(dir.path()), 2);
}

#[test]
fn a_container_that_fails_ends_the_script_with_its_logs() {
    let endless = ["true starting"; 200];
    for health in [&["true starting", "true unhealthy"][..], &["false starting"], &["true starting"], &endless] {
        let dir = tempfile::tempdir().unwrap();
        docker(dir.path(), health);
        let outcome = start(dir.path(), &docker_run(&container(&[], &[], Some("check")), Shell::Sh, &value));
        assert_eq!((outcome.code, outcome.out.as_str()), (Some(1), ""), "{health:?}");
        assert_eq!(outcome.err, "service db did not become healthy; its logs:\nthe log of db\n", "{health:?}");
    }
}

#[test]
fn without_a_check_every_port_is_waited_for() {
    for shell in [Shell::Bash, Shell::Sh, Shell::Pwsh] {
        let script = docker_run(&container(&[], &[], None), shell, &value);
        for port in [5432, 5433] {
            assert!(script.contains(&wait_for_port(shell, "db", "localhost", port)), "{script}");
        }
        assert!(!script.contains("--health"), "{script}");
    }
}

#[test]
fn the_lines_that_people_read() {
    let env = [("A".to_owned(), text("b c"))];
    let script = docker_run(&container(&env, &[], Some("ok")), Shell::Bash, &value);
    let lines: Vec<&str> = script.lines().take(9).collect();
    assert_eq!(
        lines,
        [
            "docker rm --force --volumes db >/dev/null 2>&1 || true",
            "docker run --detach --name db \\",
            "  --publish 5432:5432 \\",
            "  --publish 5433:5433 \\",
            "  --env 'A=b c' \\",
            "  --health-cmd ok \\",
            "  --health-interval 2s --health-timeout 10s --health-retries 30 \\",
            "  \"postgres:${X}\"",
            "ci_gen_second=0",
        ]
    );
    let script = docker_run(&container(&env, &[], Some("ok")), Shell::Pwsh, &value);
    assert!(script.starts_with("try { docker rm --force --volumes 'db' *> $null } catch { }\n"), "{script}");
    assert!(script.contains("docker run --detach --name 'db' `\n  --publish '5432:5432' `\n"), "{script}");
    assert!(script.contains("  --env 'A=b c' `\n  --health-cmd 'ok' `\n"), "{script}");
    assert!(script.contains("\n  \"postgres:${env:X}\"\n"), "{script}");
    assert_eq!(docker_stop("db"), "docker rm --force --volumes db");
}
