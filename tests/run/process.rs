//! The command as a process: output, time limit, signals, what it leaves behind.

use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use super::{command, junit, reasons, report, run};
use crate::support::{Run, Sandbox};

/// Longer than anything here takes, on any machine.
const LONG: Duration = Duration::from_secs(120);

fn wait_for(path: &Path) {
    let limit = Instant::now() + LONG;
    while !path.exists() {
        assert!(Instant::now() < limit, "{} does not come", path.display());
        sleep(Duration::from_millis(5));
    }
}

fn send(signal: &str, process: u32) {
    assert!(Command::new("kill").args([signal, &process.to_string()]).status().unwrap().success());
}

fn is_alive(process: &str) -> bool {
    // One that has ended and that nobody has asked about is no longer alive.
    let state = Command::new("ps").args(["-o", "stat=", "-p", process]).output().unwrap().stdout;
    !state.is_empty() && !state.starts_with(b"Z")
}

fn start(sandbox: &Sandbox, arguments: &str) -> Child {
    let mut command = command(sandbox, arguments, &[]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

#[test]
fn output_passes_through_byte_for_byte() {
    let sandbox = Sandbox::new().file("ok", &junit("p"));
    sandbox.write("test.sh", b"cat ok > r.xml\nprintf 'a\\377\\000b'\nprintf 'no end' >&2\nexit 0\n");
    let output = command(&sandbox, "run -q --results r.xml -- sh test.sh", &[]).output().unwrap();
    assert_eq!(output.stdout, b"a\xff\x00b");
    assert!(output.stderr.starts_with(b"no end"), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn words_begin_a_line_of_their_own() {
    let sandbox = Sandbox::new().file("ok", &junit("p"));
    for stream in ["1", "2"] {
        sandbox.write("test.sh", format!("cat ok > r.xml\nprintf dots >&{stream}\n").as_bytes());
        let output = command(&sandbox, "run --results r.xml -- sh test.sh", &[]).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.contains("\n1 test in "), "{text}");
    }
}

#[test]
fn output_is_live() {
    use std::io::{BufRead, BufReader};
    let sandbox = Sandbox::new();
    sandbox.write("test.sh", b"echo first\nuntil [ -e go ]; do sleep 0.01; done\n");
    let mut child = start(&sandbox, "run --results r.xml -- sh test.sh");
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "first\n");
    sandbox.write("go", b"");
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

#[test]
fn there_is_no_input() {
    let sandbox = Sandbox::new();
    let run = run(&sandbox, "run --results r.xml -- cat").code(1);
    assert_eq!(run.stdout, "");
}

#[test]
fn the_time_limit_ends_the_whole_group() {
    let sandbox = Sandbox::new().file("ok", &junit("p"));
    sandbox.write("test.sh", b"cat ok > r.xml\nsleep 600 & echo $! > pid\nwait\n");
    let started = Instant::now();
    run(&sandbox, "run --timeout 1 --results r.xml -- sh test.sh").code(1).says("time limit of 1 s");
    assert!(started.elapsed() < LONG);
    assert!(!is_alive(sandbox.read("pid").trim()));
    assert!(reasons(&sandbox).iter().any(|it| it.contains("time")), "{:?}", reasons(&sandbox));
    assert_eq!(report(&sandbox)["totals"]["tests"], 1);
}

#[test]
fn what_is_left_behind_is_ended() {
    let sandbox = Sandbox::new().file("ok", &junit("p"));
    sandbox.write("test.sh", b"sleep 600 & echo $! > pid\ncat ok > r.xml\n");
    run(&sandbox, "run --results r.xml -- sh test.sh").code(0).says("left behind");
    assert!(!is_alive(sandbox.read("pid").trim()));
}

/// Somebody who left the group and holds the output.
#[cfg(target_os = "linux")]
#[test]
fn nobody_who_holds_the_output_is_waited_for() {
    let sandbox = Sandbox::new().file("ok", &junit("p"));
    let script =
        "cat ok > r.xml\nsetsid sh -c 'trap : PIPE; echo $$ > pid.new; mv pid.new pid; while :; do echo more; sleep 0.01; done' &\n\
                  until [ -e pid ]; do sleep 0.01; done\necho last\n";
    sandbox.write("test.sh", script.as_bytes());
    let run = run(&sandbox, "run --results r.xml -- sh test.sh").code(0);
    let pid = sandbox.read("pid");
    let alive = is_alive(pid.trim());
    let _ = Command::new("kill").args(["-KILL", pid.trim()]).status();
    assert!(alive, "it was to outlive the run");
    assert!(run.stdout.contains("last\n"));
}

#[test]
fn signals_reach_the_command_and_reports_are_written() {
    for signal in ["INT", "TERM"] {
        let sandbox = Sandbox::new().file("ok", &junit("p"));
        let script = format!("trap 'cat ok > r.xml; exit 0' {signal}\ntouch started\nwhile :; do sleep 0.01; done\n");
        sandbox.write("test.sh", script.as_bytes());
        let child = start(&sandbox, "run --retry 3 --results r.xml -- sh test.sh");
        wait_for(&sandbox.path().join("started"));
        send(&format!("-{signal}"), child.id());
        let run = Run::from(child.wait_with_output().unwrap()).code(1).says(&format!("SIG{signal} is handed"));
        assert_eq!(report(&sandbox)["totals"]["tests"], 1);
        assert_eq!(run.stderr.matches("running ").count(), 1, "it was tried again: {}", run.stderr);
    }
}

#[test]
fn a_second_signal_kills() {
    let sandbox = Sandbox::new();
    sandbox.write("test.sh", b"trap 'touch first' TERM\ntouch started\nwhile :; do sleep 0.01; done\n");
    let child = start(&sandbox, "run --results r.xml -- sh test.sh");
    wait_for(&sandbox.path().join("started"));
    send("-TERM", child.id());
    wait_for(&sandbox.path().join("first"));
    send("-TERM", child.id());
    Run::from(child.wait_with_output().unwrap()).code(1).says("the command was killed");
}

/// The command asks how much memory ci-gen has used by then.
#[cfg(target_os = "linux")]
#[test]
fn much_output_needs_little_memory() {
    let sandbox = Sandbox::new().file("ok", &junit("p"));
    let script = "yes 'a line of output with ##[ and :: in it' | head -c 100000000\ncat ok > r.xml\n\
                  grep VmHWM /proc/$PPID/status | tr -dc 0-9 > peak\n";
    sandbox.write("test.sh", script.as_bytes());
    let mut command = command(&sandbox, "run --provider github --results r.xml -- sh test.sh", &[]);
    let output = command.stdout(fs::File::create(sandbox.path().join("out")).unwrap()).output().unwrap();
    Run::from(output).code(0);
    assert!(fs::metadata(sandbox.path().join("out")).unwrap().len() >= 100_000_000);
    let peak: u64 = sandbox.read("peak").parse().unwrap();
    assert!(peak < 64 * 1024, "{peak} KiB");
}
