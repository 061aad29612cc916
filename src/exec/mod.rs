//! Runs a command and everything it starts: output passed through and made harmless, time limit, signals, an end.
//!
//! [`run`] starts the command in a process group of its own (on Windows in a job object), so that what it leaves behind
//! can be ended with it. Its standard input is empty: a process outside of the terminal's own group that reads from it
//! would be stopped for ever.

mod console;
mod feed;
mod filter;
mod group;
mod program;
mod pump;
mod signals;
mod tail;
#[cfg(test)]
mod tests;

use std::{
    ffi::OsString,
    future::pending,
    io,
    path::PathBuf,
    process::{ExitStatus, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::AsyncWrite,
    process::Command,
    sync::watch,
    task::JoinHandle,
    time::{interval_at, sleep, timeout, Instant, Interval},
};

pub use self::{
    console::{console, Sink},
    feed::feed,
    filter::{Filter, Guard},
    program::posix_shell,
    signals::{Signal, Signals},
    tail::TAIL,
};
use self::{
    group::{Group, Rest},
    tail::Tail,
};

/// So long a command has between the request to end (a time limit, a signal) and being killed.
///
/// GitHub sends SIGINT, SIGTERM after 7.5 seconds and kills after 2.5 more, so the second signal comes first there:
/// <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-cancellation>
pub const GRACE: Duration = Duration::from_secs(10);

/// Whether a command can be asked to end at its time limit before it is killed; Windows has nothing to ask with.
pub const ASKS: bool = cfg!(unix);

/// So long what a command left behind has between SIGTERM and SIGKILL; the run waits for it.
pub const LEFTOVER_GRACE: Duration = Duration::from_secs(1);

/// So long the last output may take to be written to a reader that is slow or has stopped reading.
const LAST_OUTPUT: Duration = Duration::from_secs(10);

/// What is to be run.
#[derive(Clone, Debug)]
pub struct Task {
    /// The program: a path, or a name that is looked up in `PATH`. On Windows `.exe`, `.bat` and `.cmd` need not be written.
    pub program: OsString,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Where it runs; `None` for here.
    pub directory: Option<PathBuf>,
    /// Variables on top of the process's own.
    pub env: Vec<(String, String)>,
    /// How long it may take.
    pub timeout: Duration,
    /// How long it has between the request to end and being killed; [`GRACE`] unless there is a reason.
    pub grace: Duration,
    /// What may not come out of it as it is.
    pub guard: Guard,
    /// How often to say that it still runs: [`Event::Tick`].
    pub tick: Option<Duration>,
}

/// How a command ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ended {
    /// Its exit code, if it ended by itself.
    pub exit_code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// The time limit, if it was reached.
    pub timed_out: Option<Duration>,
    /// Whether ci-gen was told to stop.
    pub cancelled: bool,
    /// Why it was not started.
    pub not_started: Option<String>,
    /// The end of its output, at most [`TAIL`] bytes, without colours and other control sequences.
    pub tail: String,
    /// Whether its standard output and its standard error ended in the middle of a line.
    pub cut: (bool, bool),
}

/// What [`run`] did beside passing output through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The time limit was reached: the command was asked to end.
    TimeLimit,
    /// A signal was handed on.
    HandedOn(Signal),
    /// The command did not end when it was asked to, or was to end at once: it was killed.
    Killed,
    /// The command ended and left processes behind, which were ended. Never on Windows, where they are ended unseen.
    Leftover,
    /// It still runs, as every [`Task::tick`].
    Tick,
}

/// Runs a command to its end.
///
/// Standard output and error are passed through as they come, byte for byte but for what the [`Guard`] breaks, each on
/// its own. At the time limit the group gets SIGTERM and, after [`Task::grace`], SIGKILL. The first signal that ci-gen gets is
/// handed to the group, with the same grace; the second one kills it. After the command ended, what is left of its group
/// is ended. Nobody who still holds the output is waited for: what the command wrote is in the pipe by then, and is read.
///
/// It has to run on a runtime of tokio with time and I/O. Windows has no such signals: there a command is killed at once
/// (see [`ASKS`]), with all that it started, and so it is when ci-gen itself is ended.
pub async fn run(
    task: &Task,
    signals: &mut Signals,
    out: impl AsyncWrite + Unpin + Send + 'static,
    err: impl AsyncWrite + Unpin + Send + 'static,
    told: &mut dyn FnMut(Event),
) -> Ended {
    let mut group = match Group::spawn(command(task)) {
        Ok(group) => group,
        Err(error) => return Ended { not_started: Some(why_not(task, &error)), ..Ended::default() },
    };
    let tail = Arc::new(Mutex::new(Tail::default()));
    let (ended, wait) = watch::channel(false);
    let filter = || Filter::new(&task.guard);
    let out = group.stdout().map(|it| tokio::spawn(pump::pump(it, out, filter(), tail.clone(), wait.clone())));
    let err = group.stderr().map(|it| tokio::spawn(pump::pump(it, err, filter(), tail.clone(), wait)));
    let mut result = Ended::default();
    let status = watch(&mut group, task, signals, &mut result, told).await;
    if end_leftovers(&group, result.timed_out.is_some() || result.cancelled).await {
        told(Event::Leftover);
    }
    let _ = ended.send(true);
    let limit = Instant::now() + LAST_OUTPUT;
    result.cut = (drained(out, limit).await, drained(err, limit).await);
    match status {
        Ok(status) => (result.exit_code, result.signal) = (status.code(), group::signal_of(status)),
        Err(error) => result.not_started = Some(format!("its end could not be waited for: {error}")),
    }
    result.tail = tail.lock().map(|it| it.text()).unwrap_or_default();
    result
}

/// Waits for the last output of a stream, and says whether it ended in the middle of a line.
async fn drained(pump: Option<JoinHandle<bool>>, limit: Instant) -> bool {
    let Some(mut pump) = pump else { return false };
    match timeout(limit.saturating_duration_since(Instant::now()), &mut pump).await {
        Ok(cut) => cut.unwrap_or_default(),
        Err(_) => {
            pump.abort();
            false
        }
    }
}

fn command(task: &Task) -> Command {
    let mut command = Command::new(program::of(task));
    command.args(&task.arguments).envs(task.env.iter().map(|(name, value)| (name, value)));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    if let Some(directory) = &task.directory {
        command.current_dir(directory);
    }
    command
}

fn why_not(task: &Task, error: &io::Error) -> String {
    let program = task.program.to_string_lossy();
    match (&task.directory, error.kind()) {
        (Some(directory), _) if !directory.is_dir() => format!("there is no directory `{}`", directory.display()),
        (_, io::ErrorKind::NotFound) => format!("there is no program `{program}`"),
        (_, io::ErrorKind::PermissionDenied) => format!("`{program}` may not be executed"),
        _ => format!("`{program}` could not be started: {error}"),
    }
}

/// Waits for the command itself, and ends it when it is time.
async fn watch(
    group: &mut Group,
    task: &Task,
    signals: &mut Signals,
    result: &mut Ended,
    told: &mut dyn FnMut(Event),
) -> io::Result<ExitStatus> {
    let mut deadline = Box::pin(sleep(task.timeout));
    let mut asked = false;
    let mut killed = false;
    let mut ticks = task.tick.map(|it| interval_at(Instant::now() + it, it));
    loop {
        tokio::select! {
            biased;
            status = group.wait() => return status,
            () = next(&mut ticks) => told(Event::Tick),
            signal = signals.recv() => {
                result.cancelled = true;
                if asked {
                    group.kill();
                    killed = true;
                    told(Event::Killed);
                } else {
                    group.ask(signal);
                    told(Event::HandedOn(signal));
                    asked = true;
                    deadline.as_mut().reset(Instant::now() + task.grace);
                }
            }
            () = &mut deadline, if !killed => {
                if asked {
                    group.kill();
                    killed = true;
                    told(Event::Killed);
                } else {
                    result.timed_out = Some(task.timeout);
                    group.ask(Signal::TERMINATE);
                    told(Event::TimeLimit);
                    asked = true;
                    deadline.as_mut().reset(Instant::now() + task.grace);
                }
            }
        }
    }
}

async fn next(ticks: &mut Option<Interval>) {
    match ticks {
        Some(ticks) => {
            ticks.tick().await;
        }
        None => pending().await,
    }
}

/// Ends what the command left in its group, and says whether there was anything.
///
/// The group's number cannot be given to somebody else while one process of the group is left.
async fn end_leftovers(group: &Group, at_once: bool) -> bool {
    match group.rest() {
        Rest::Nothing => return false,
        Rest::Unknown => {
            group.kill();
            return false;
        }
        Rest::Alive => {}
    }
    if !at_once {
        group.ask(Signal::TERMINATE);
        let limit = Instant::now() + LEFTOVER_GRACE;
        while group.rest() == Rest::Alive && Instant::now() < limit {
            sleep(Duration::from_millis(10)).await;
        }
    }
    group.kill();
    true
}
