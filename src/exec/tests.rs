//! What cannot be seen from outside, or only slowly.
#![cfg(unix)]

use std::time::Duration;

use tokio::runtime::Builder;

use super::*;

fn shell(script: &str) -> Task {
    Task {
        program: "sh".into(),
        arguments: vec!["-c".into(), script.into()],
        directory: None,
        env: vec![("GIVEN".to_owned(), "value".to_owned())],
        timeout: Duration::from_secs(600),
        grace: GRACE,
        guard: Guard::default(),
        tick: None,
    }
}

fn ended(task: &Task) -> (Ended, Vec<Event>) {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let mut events = Vec::new();
    let ended = runtime.block_on(async {
        let mut signals = Signals::listen().unwrap();
        run(task, &mut signals, tokio::io::sink(), tokio::io::sink(), &mut |event| events.push(event)).await
    });
    (ended, events)
}

#[test]
fn the_end_is_told() {
    let (end, events) = ended(&shell("echo out $GIVEN; exit 7"));
    assert_eq!(end, Ended { exit_code: Some(7), tail: "out value\n".to_owned(), ..Ended::default() });
    assert_eq!(events, []);
    let (end, _) = ended(&shell("kill -KILL $$"));
    assert_eq!((end.exit_code, end.signal), (None, Some(9)));
}

#[test]
fn what_cannot_be_started_says_why() {
    let why = |task: Task| ended(&task).0.not_started.unwrap();
    assert_eq!(why(Task { program: "no-such-program".into(), ..shell("") }), "there is no program `no-such-program`");
    assert_eq!(why(Task { program: "/dev/null".into(), ..shell("") }), "`/dev/null` may not be executed");
    assert_eq!(why(Task { directory: Some("/no/such".into()), ..shell("") }), "there is no directory `/no/such`");
}

#[test]
fn who_ignores_the_request_is_killed() {
    let limit = Duration::from_millis(200);
    let script = "trap '' TERM; while :; do sleep 600; done";
    let (end, events) = ended(&Task { timeout: limit, grace: Duration::from_millis(50), ..shell(script) });
    assert_eq!((end.timed_out, end.signal), (Some(limit), Some(9)));
    assert_eq!(events[..2], [Event::TimeLimit, Event::Killed]);
}

#[test]
fn both_streams_end_up_in_the_tail() {
    let (end, _) = ended(&shell("printf one; sleep 0.1; printf two >&2"));
    assert_eq!(end.tail, "onetwo");
}

#[test]
fn a_long_command_is_said_to_run() {
    let (end, events) = ended(&Task { tick: Some(Duration::from_millis(50)), ..shell("sleep 0.3") });
    assert_eq!(end.exit_code, Some(0));
    assert!(events.iter().filter(|it| **it == Event::Tick).count() >= 2, "{events:?}");
}
