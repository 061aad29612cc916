//! `ci-gen run`: runs tests or collects results, reports and judges them.

mod aggregate;
mod announce;
mod arguments;
mod attempts;
mod collect;
mod hidden;
mod hooks;
mod job;
mod leg;
mod live;
mod output;
mod place;
mod publish;
mod rerun;
mod results;
mod words;
mod work;

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use jiff::Timestamp;

pub(super) use self::arguments::Arguments;
use self::{
    attempts::Tried,
    collect::{collect, Collected},
    hooks::Hooks,
    output::Output,
    publish::{About, Part, Publishing},
    words::Words,
    work::{Here, Work},
};
use super::{exit, terminal::Terminal};
use crate::{
    plan,
    publish::{Event, Observers, Thing},
    report::{assemble, Attempted, Note, Report, Run, Settings, TestRunResult},
};

pub(super) fn run(arguments: &Arguments, spec: Option<&Path>, terminal: &mut Terminal) -> Result<(), u8> {
    let place = place::Place::find(arguments.provider, terminal)?;
    let directory = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
    let here = Here { env: &place.env, context: &place.context, guard: place.guard(), directory: &directory };
    let start = Timestamp::now();
    let clock = Instant::now();
    let mut run = place.run();
    let mut beside;
    let (output, mut report) = if arguments.aggregate_reports {
        let from = arguments.report_dir.clone().unwrap_or_default();
        aggregate::check(&from, terminal)?;
        let wanted = aggregate::wanted(arguments.job.as_deref(), spec, &place, terminal)?;
        let output = open(arguments, wanted.report.as_ref(), terminal)?;
        let about = About {
            report: wanted.report.as_ref(),
            project: wanted.project.as_deref(),
            suite: arguments.job.as_deref(),
            part: Part::Whole,
            results: &[],
            output_dir: &arguments.output_dir,
        };
        beside = Beside::open(arguments, &about, &wanted.hooks, &place, terminal)?;
        beside.observers.tell(&Event::RunStarted { run: run.clone() });
        let mut report = aggregate::run(&from, &output, &wanted, &mut Words::new(terminal, here.guard));
        // Outside of CI nothing is known here that the reports do not know better.
        if place.context.system.is_some() {
            let Run { start, wall, .. } = report.run;
            report.run = Run { start, wall, leg: None, shard: None, ..run };
        }
        report.run.job = arguments.job.clone();
        report.run.plan_id = wanted.plan_id.or(report.run.plan_id);
        (output, report)
    } else {
        let work = Work::new(arguments, spec, &here, terminal)?;
        let output = open(arguments, work.report.as_ref(), terminal)?;
        run.job = work.job.clone().or(run.job);
        run.leg = work.leg.clone().or(run.leg);
        run.shard = work.shard;
        run.plan_id = work.plan_id.clone();
        let about = About {
            report: work.report.as_ref(),
            project: work.project.as_deref(),
            suite: work.job.as_deref(),
            part: Part::Leg,
            results: &work.collected(),
            output_dir: &arguments.output_dir,
        };
        beside = Beside::open(arguments, &about, &work.hooks, &place, terminal)?;
        beside.observers.tell(&Event::RunStarted { run: run.clone() });
        let begun = Run { start: Some(rfc3339(start)), ..run.clone() };
        let tried = attempt(&work, &output, &mut beside, &begun, &mut Words::new(terminal, here.guard))?;
        let last = tried.attempts.last().and_then(|it| it.outcome.as_ref());
        run.exit_code = last.and_then(|it| it.exit_code);
        run.signal = last.and_then(|it| it.signal);
        if work.task.is_some() {
            run.start = begun.start;
            run.wall = clock.elapsed().as_secs_f64();
        }
        let fail_on = arguments.fail_on(work.report.as_ref());
        let settings = Settings { fail_on, results_wanted: work.results_wanted };
        let mut report = assemble(run, tried.attempts, &settings);
        add_notes(&mut report, tried.notes);
        (output, report)
    };
    // Reports that were read know better when the tests ran; nothing knows how long somebody else's run took.
    report.run.start.get_or_insert_with(|| rfc3339(start));
    if let Some(publishing) = &beside.publishing {
        publishing.speak_for(&mut report);
    }
    let mut report = hidden::hide(report, &publish::secrets(&place.env));
    let mut result = finish(&report, &output, &mut Words::new(terminal, here.guard));
    announce::announce(&report, &place.context, &place.env, &arguments.output_dir, terminal);
    beside.observers.tell(&Event::RunFinished {
        result: TestRunResult::from(&report),
        run: report.run.clone(),
        reasons: report.verdict.reasons.clone(),
        reports: output.paths(),
    });
    let published = beside.finish(&mut report, &output, &arguments.output_dir, terminal);
    // Failing tests go before what could not be published.
    if result.is_ok() {
        result = published;
    }
    result
}

/// Who is told of a run beside the person who started it: vendors, and commands of the spec.
struct Beside {
    publishing: Option<Publishing>,
    observers: Observers,
    hooks: Option<Hooks>,
}

impl Beside {
    fn open(
        arguments: &Arguments,
        about: &About<'_>,
        hooks: &plan::Hooks,
        place: &place::Place,
        terminal: &mut Terminal,
    ) -> Result<Beside, u8> {
        let publishing = Publishing::open(&arguments.publishing, about, place, terminal)?;
        let mut observers = Observers::default();
        let hooks = Hooks::start(hooks).map(|(hooks, listener)| {
            observers.add(listener);
            hooks
        });
        Ok(Beside { publishing, observers, hooks })
    }

    /// Publishes the report, and waits for the commands of the spec.
    ///
    /// # Errors
    /// The exit code where publishing has one.
    fn finish(self, report: &mut Report, output: &Output, directory: &Path, terminal: &mut Terminal) -> Result<(), u8> {
        let mut result = Ok(());
        if let Some(publishing) = self.publishing {
            let (outcome, code) = publishing.finish(report, output, directory, terminal);
            let mut things: Vec<Thing> = outcome.published.iter().map(|it| it.thing).collect();
            things.dedup();
            self.observers.tell(&Event::Published { things, notes: outcome.notes() });
            result = code;
        }
        drop(self.observers);
        for problem in self.hooks.map(|it| it.end()).unwrap_or_default() {
            terminal.problem(&format!("warning: a hook failed: {problem}"));
        }
        result
    }
}

/// To the millisecond, in UTC.
fn rfc3339(time: Timestamp) -> String {
    format!("{time:.3}")
}

fn open(arguments: &Arguments, spec: Option<&plan::Report>, terminal: &mut Terminal) -> Result<Output, u8> {
    Output::open(&arguments.output_dir, arguments.formats(spec)).map_err(|message| {
        terminal.problem(&format!("error: {message}"));
        exit::USAGE
    })
}

/// Runs the command, or only reads what is there.
fn attempt(work: &Work, output: &Output, beside: &mut Beside, run: &Run, words: &mut Words<'_>) -> Result<Tried, u8> {
    let Some(task) = &work.task else {
        let Collected { reading, files, .. } = collect(&work.patterns, output, None, words);
        return Ok(Tried { attempts: vec![Attempted { reading, files, outcome: None }], notes: Vec::new() });
    };
    let interval = beside.publishing.as_ref().and_then(|it| it.interval);
    let observers = &beside.observers;
    let (tried, problems) = live::beside(beside.publishing.as_mut(), &work.patterns, output, run, |live| {
        attempts::run(work, task, output, &attempts::Beside { live, interval, observers }, words)
    });
    for problem in problems {
        words.detail(&format!("not said while the tests ran: {problem}"));
    }
    tried.map_err(|error| {
        words.problem(&format!("error: no command can be run here: {error}"));
        exit::FAILED
    })
}

/// What is noted already is not noted again.
fn add_notes(report: &mut Report, notes: Vec<Note>) {
    for note in notes {
        let known =
            report.notes.iter().chain(&report.verdict.reasons).any(|it| it.code == note.code && it.file == note.file);
        if !known {
            report.notes.push(note);
        }
    }
}

/// Writes the reports, says how it went, and judges.
fn finish(report: &Report, output: &Output, words: &mut Words<'_>) -> Result<(), u8> {
    let written = output.write(report);
    words.end(report, written.is_ok().then_some(output));
    let errors = written.err().unwrap_or_default();
    for error in &errors {
        words.problem(&format!("error: {error}"));
    }
    if errors.is_empty() && report.verdict.passed {
        Ok(())
    } else {
        Err(exit::FAILED)
    }
}
