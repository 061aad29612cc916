//! Readings of one run, one per attempt, put together to a report.

use std::time::Duration;

use super::{
    attempts::Joined,
    class, group,
    read::{Problem, Reading, Weight},
    totals,
    verdict::{self, bounded, verdict},
    Note, Report, Run,
};

/// What one try of the command gave.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attempted {
    /// What its result files say.
    pub reading: Reading,
    /// How many result files there were.
    pub files: usize,
    /// How the command ended; `None` where none was run.
    pub outcome: Option<Outcome>,
}

/// How a command ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Its exit code, where it ended by itself.
    pub exit_code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// The time limit, where it was reached.
    pub timed_out: Option<Duration>,
    /// Whether somebody ended the run before the command ended.
    pub cancelled: bool,
    /// Why it could not be started.
    pub not_started: Option<String>,
    /// The end of what it wrote, both streams.
    pub tail: String,
}

/// What counts against a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Whether failing tests do.
    pub fail_on: FailOn,
    /// Whether missing results do. Without, the command alone is judged as long as there are none.
    pub results_wanted: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { fail_on: FailOn::Failures, results_wanted: true }
    }
}

/// Whether failing tests fail the run. Whatever it is, a run that proves nothing fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FailOn {
    /// They do.
    #[default]
    Failures,
    /// They do not, and neither does the exit code that comes with them.
    Never,
}

/// Puts the attempts of one run together, the first one first, and judges it.
///
/// The same test in several attempts is one test with [`Case::attempts`](super::Case::attempts), flaky if it failed and
/// then passed; a test that a later attempt did not run keeps its result. What was wrong with the files or the end of an
/// earlier attempt counts unless the last one ran everything anew, without fault. Totals are counted from the tests, only a
/// suite without any keeps those of its file. What `run` lacks is taken from files that know it.
///
/// ```
/// use ci_gen::report::{assemble, Attempted, Run, Settings};
///
/// let report = assemble(Run::default(), vec![Attempted::default()], &Settings::default());
/// assert!(!report.verdict.passed);
/// assert_eq!(report.verdict.reasons[0].code, "no-results");
/// ```
pub fn assemble(run: Run, attempts: Vec<Attempted>, settings: &Settings) -> Report {
    let mut run = Run { attempt: run.attempt.max(1), ..run };
    let mut joined = Joined::default();
    let mut tries = Vec::new();
    let results = attempts.iter().any(|it| it.files > 0);
    for Attempted { mut reading, files, outcome } in attempts {
        if let Some(known) = reading.run.take() {
            complete(&mut run, known);
        }
        let problems = std::mem::take(&mut reading.problems);
        let failing = reading.cases.iter().any(|case| case.status.is_failure());
        joined.add(reading);
        tries.push(Try { files, failing, problems, outcome });
    }
    let last = tries.len().saturating_sub(1);
    let whole = tries.last().is_some_and(Try::is_whole);
    let superseded: Vec<bool> = (0..tries.len()).map(|it| it < last && whole && joined.superseded(it)).collect();
    let outcome = tries.last().and_then(|it| it.outcome.clone());
    if let Some(outcome) = &outcome {
        run.exit_code = run.exit_code.or(outcome.exit_code);
        run.signal = run.signal.or(outcome.signal);
    }

    let Joined { mut suites, mut cases, .. } = joined;
    let totals = totals::recount(&mut suites, &cases);
    let mut groups = group::of_cases(&mut cases);
    let mut reasons = Vec::new();
    let mut notes = Vec::new();
    if settings.fail_on == FailOn::Failures {
        reasons.extend(verdict::failures(&totals));
    }
    for (index, (it, superseded)) in tries.into_iter().zip(superseded).enumerate() {
        let against = it.outcome.as_ref().and_then(|outcome| verdict::of_outcome(outcome, it.failing));
        let against = against.filter(|_| index == last || !superseded);
        let (mut errors, warnings): (Vec<Problem>, Vec<Problem>) =
            it.problems.into_iter().partition(|problem| problem.weight == Weight::Error);
        // Our own report says that tests failed; whether that counts is for the settings of this run to say.
        errors.retain(|problem| problem.note.code != verdict::FAILURES.code);
        let target = if superseded { &mut notes } else { &mut reasons };
        target.extend(against.into_iter().chain(errors.into_iter().map(|it| it.note)).map(|note| {
            match index == last {
                true => note,
                false => Note { message: format!("attempt {}: {}", index + 1, note.message), ..note },
            }
        }));
        notes.extend(warnings.into_iter().map(|it| it.note));
    }
    let started = outcome.as_ref().is_none_or(|it| it.not_started.is_none());
    if !results && settings.results_wanted && started {
        reasons.push(verdict::NO_RESULTS.note("there is no result file of this run"));
    } else if results && totals.tests == 0 {
        reasons.push(verdict::NO_TESTS.note("the result files hold no test"));
    }
    if totals.tests > 0 && totals.skipped == totals.tests {
        let message = format!("every test was skipped, {} in all", totals.tests);
        notes.push(Note { code: "all-skipped".to_owned(), message, file: None, line: None });
    }
    if let Some(group) = class::of_run(outcome.as_ref(), &reasons) {
        groups.push(group);
    }
    Report { run, verdict: verdict(reasons), totals, suites, cases, groups, notes: bounded(notes), ..Report::default() }
}

/// An attempt without its tests.
struct Try {
    files: usize,
    failing: bool,
    problems: Vec<Problem>,
    outcome: Option<Outcome>,
}

impl Try {
    /// Whether nothing was wrong with it but failing tests.
    fn is_whole(&self) -> bool {
        self.files > 0
            && self.problems.iter().all(|it| it.weight == Weight::Warning)
            && self.outcome.as_ref().is_none_or(|it| verdict::of_outcome(it, self.failing).is_none())
    }
}

/// Fills in what is not known of a run, unless it is another one.
fn complete(run: &mut Run, known: Run) {
    if !run.id.is_empty() && !known.id.is_empty() && run.id != known.id {
        return;
    }
    if run.id.is_empty() {
        run.id = known.id;
        run.attempt = run.attempt.max(known.attempt);
    }
    if run.system.is_empty() {
        run.system = known.system;
    }
    if run.wall == 0.0 {
        run.wall = known.wall;
    }
    run.repository = run.repository.take().or(known.repository);
    run.head_sha = run.head_sha.take().or(known.head_sha);
    run.tree_sha = run.tree_sha.take().or(known.tree_sha);
    run.branch = run.branch.take().or(known.branch);
    run.base = run.base.take().or(known.base);
    run.change_number = run.change_number.or(known.change_number);
    run.job = run.job.take().or(known.job);
    run.leg = run.leg.take().or(known.leg);
    run.shard = run.shard.or(known.shard);
    run.plan_id = run.plan_id.take().or(known.plan_id);
    run.start = run.start.take().or(known.start);
    run.url = run.url.take().or(known.url);
    run.exit_code = run.exit_code.or(known.exit_code);
    run.signal = run.signal.or(known.signal);
}
