//! The command, again until it is green or the tries are used up, each attempt with the results that it wrote.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use tokio::{
    io::{stderr, stdout},
    runtime::Builder,
};

use super::{
    collect::{collect, Collected},
    live::{Live, TICK},
    output::Output,
    rerun,
    words::Words,
    work::Work,
};
use crate::{
    exec::{self, Ended, Signals, Task},
    publish::{Event, Observers},
    report::{assemble, Attempted, FailOn, Note, Outcome, Run, Settings, Totals},
};

/// So many files that are too old are named one by one.
const MOST_STALE: usize = 20;

/// Who is told of the attempts while they go on.
pub(super) struct Beside<'a> {
    /// Looks at the result files now and then.
    pub(super) live: &'a Live,
    /// How often somebody elsewhere wants to know.
    pub(super) interval: Option<Duration>,
    /// Who watches the run.
    pub(super) observers: &'a Observers,
}

/// What the attempts gave.
#[derive(Debug, Default)]
pub(super) struct Tried {
    /// The attempts, the first one first.
    pub(super) attempts: Vec<Attempted>,
    /// What was noticed beside.
    pub(super) notes: Vec<Note>,
}

/// Runs the command.
///
/// # Errors
/// The system does not let ci-gen wait for a command at all.
pub(super) fn run(
    work: &Work,
    task: &Task,
    output: &Output,
    beside: &Beside<'_>,
    words: &mut Words<'_>,
) -> std::io::Result<Tried> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let tried = runtime.block_on(async {
        let mut signals = Signals::listen()?;
        let mut tried = Tried::default();
        let mut only = None;
        for number in 1..=work.retry.saturating_add(1) {
            let before = Arc::new(work.patterns.snapshot());
            beside.live.attempt(before.clone());
            let since = SystemTime::now();
            words.start(&work.shown, number, work.retry + 1, only.is_some());
            let limit = task.timeout;
            let mut again = task.clone();
            let partial = only.is_some();
            again.env.extend(only.take());
            again.tick = Some(beside.interval.map_or(TICK, |it| it.min(TICK)));
            let mut told = |event| match event {
                exec::Event::Tick => words.so_far(beside.live.tick()),
                event => words.event(event, limit),
            };
            let out = exec::console(stdout(), &std::io::stdout());
            let err = exec::console(stderr(), &std::io::stderr());
            let mut ended = exec::run(&again, &mut signals, out, err, &mut told).await;
            words.cut(ended.cut);
            ended.cancelled |= signals.pending().await.is_some();
            let Collected { reading, files, stale } = collect(&work.patterns, output, Some(&before), words);
            if number == 1 {
                tried.notes.extend(name_stale(&stale));
            }
            let cancelled = ended.cancelled;
            tried.attempts.push(Attempted { reading, files, outcome: Some(outcome(ended)) });
            let (mut reasons, totals) = judge(&tried.attempts[number as usize - 1..], work);
            if partial && reasons.is_empty() {
                // Green alone: a runner that was told in vain ran nothing of what had failed.
                reasons = judge(&tried.attempts, work).0;
            }
            let of = work.retry.saturating_add(1);
            beside.observers.tell(&Event::AttemptFinished { number, of, passed: reasons.is_empty(), totals });
            if cancelled || number > work.retry || reasons.is_empty() {
                break;
            }
            words.again(&reasons);
            only = tried.attempts.last().and_then(|it| rerun::failed_alone(it, since, task));
        }
        Ok(tried)
    });
    // A reader of our output that has stopped reading is not waited for.
    runtime.shutdown_background();
    tried
}

/// Whether attempts would do as the only ones: every reason why not, and their tests by outcome.
fn judge(attempts: &[Attempted], work: &Work) -> (Vec<Note>, Totals) {
    let settings = Settings { fail_on: FailOn::Failures, results_wanted: work.results_wanted };
    let report = assemble(Run::default(), attempts.to_vec(), &settings);
    (report.verdict.reasons, report.totals)
}

fn outcome(ended: Ended) -> Outcome {
    Outcome {
        exit_code: ended.exit_code,
        signal: ended.signal,
        timed_out: ended.timed_out,
        cancelled: ended.cancelled,
        not_started: ended.not_started,
        tail: ended.tail,
    }
}

fn name_stale(stale: &[String]) -> Vec<Note> {
    let note = |message: &str, file: Option<&String>| Note {
        code: "stale-results".to_owned(),
        message: message.to_owned(),
        file: file.cloned(),
        line: None,
    };
    let named = stale.iter().take(MOST_STALE);
    let mut notes: Vec<Note> = named.map(|it| note("it is older than the run and does not count", Some(it))).collect();
    if stale.len() > MOST_STALE {
        let message = format!("{} more result files are older than the run and do not count", stale.len() - MOST_STALE);
        notes.push(note(&message, None));
    }
    notes
}
