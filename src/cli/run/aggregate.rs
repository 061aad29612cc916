//! Reports of the legs of a run, found on disk and put together.

use std::{
    fs::{self, File},
    io::BufReader,
    path::Path,
};

use walkdir::WalkDir;

use super::{job, output::Output, place::Place, words::Words};
use crate::{
    cli::{
        exit,
        project::{self, Project},
        terminal::Terminal,
    },
    context::Field,
    files::slashed,
    plan::{self, Expr, Input, Kind, Occasion, Plan},
    report::{merge, Expected, ExpectedLeg, Note, Report, Shard, Verdict},
    spec::Event,
    systems,
};

/// The name by which the report of a leg is found.
const NAME: &str = "report.json";

/// The legs that have to be there.
#[derive(Default)]
pub(super) struct Wanted {
    /// The one job whose reports are wanted; all where none is named.
    job: Option<String>,
    jobs: Vec<WantedJob>,
    /// A hash of the plan that they are from.
    pub(super) plan_id: Option<String>,
    /// What the spec says about reports.
    pub(super) report: Option<plan::Report>,
    /// The spec's name.
    pub(super) project: Option<String>,
    /// The commands that the spec has for events.
    pub(super) hooks: plan::Hooks,
}

impl Wanted {
    fn excludes(&self, report: &Report) -> bool {
        self.job.is_some() && report.run.job.is_some() && self.job != report.run.job
    }
}

struct WantedJob {
    name: String,
    /// Whether it had to run; `None` where nobody knows.
    holds: Option<bool>,
    legs: Vec<ExpectedLeg>,
}

/// What the spec, if there is one, says about the legs; with a job's name, of that job alone.
///
/// # Errors
/// The exit code.
pub(super) fn wanted(
    name: Option<&str>,
    spec: Option<&Path>,
    place: &Place,
    terminal: &mut Terminal,
) -> Result<Wanted, u8> {
    if name.is_none() && spec.is_none() && project::nearest().is_none() {
        return Ok(Wanted::default());
    }
    let project = project::open(spec, terminal)?;
    let only = name.map(|name| job::find(&project.plan, name, terminal)).transpose()?;
    let plan_id = Some(job::plan_id(&project.plan));
    let jobs = jobs(&project, only, place);
    let Plan { report, name: title, hooks, .. } = project.plan;
    Ok(Wanted { job: name.map(str::to_owned), jobs, plan_id, report, project: Some(title), hooks })
}

fn jobs(project: &Project, only: Option<usize>, place: &Place) -> Vec<WantedJob> {
    let occasion = occasion(&project.plan, place);
    let jobs = project.plan.jobs.iter().enumerate();
    let wanted = jobs.filter(|(index, job)| only.map_or(job.kind == Kind::Test, |it| it == *index));
    wanted
        .map(|(_, job)| {
            let legs = job.legs.iter().map(|leg| ExpectedLeg {
                job: job.name.clone(),
                leg: leg.id.clone(),
                shard: leg.shard.map(|it| Shard { index: it.index, total: it.total }),
                allow_failure: leg.allow_failure,
            });
            WantedJob { name: job.name.clone(), holds: job.only.holds(&occasion), legs: legs.collect() }
        })
        .collect()
}

/// What this run of the pipeline is about, as far as its system tells.
fn occasion(plan: &Plan, place: &Place) -> Occasion {
    let context = &place.context;
    let event = systems::event(context);
    // Of a fork's change not even the number may be known.
    let of_change = context.change_number.is_some()
        || event == Some(Event::PullRequest)
        || context.fork.as_ref().is_some_and(|it| it.value);
    let branch = if of_change { &context.base_branch } else { &context.branch };
    let input = |(name, input): (&String, &Input)| {
        let given = place.env.get(&Expr::Input(name.clone()).carrier()).map(str::to_owned);
        let value = match event {
            None | Some(Event::Manual) => given?,
            Some(_) => input.default.clone(),
        };
        Some((name.clone(), value))
    };
    let text = |field: &Option<Field>| field.as_ref().map(|it| it.value.clone());
    Occasion { event, branch: text(branch), tag: text(&context.tag), inputs: plan.inputs().filter_map(input).collect() }
}

/// Reads every report below `directory`, but none of `output`, and merges them.
pub(super) fn run(directory: &Path, output: &Output, wanted: &Wanted, words: &mut Words<'_>) -> Report {
    let mut reports = Vec::new();
    let entries = WalkDir::new(directory).follow_links(false).sort_by_file_name().into_iter();
    for entry in entries.filter_map(Result::ok).filter(|it| it.file_type().is_file() && it.file_name() == NAME) {
        if output.holds(entry.path()) {
            words.detail(&format!("{} is where the merged report goes", slashed(entry.path())));
            continue;
        }
        let name = slashed(entry.path());
        let report = read(entry.path()).unwrap_or_else(|reason| unreadable(reason, name.clone()));
        if wanted.excludes(&report) {
            words.detail(&format!("{name} is of another job"));
            continue;
        }
        words.detail(&format!("merging {name}"));
        reports.push((name, report));
    }
    let mut notes = Vec::new();
    let mut expected = Expected::default();
    for job in &wanted.jobs {
        let reported = reports.iter().any(|(_, it)| it.run.job.as_deref() == Some(&job.name));
        match job.holds {
            Some(false) if !reported => words.detail(&format!("the job `{}` does not run here", job.name)),
            None if !reported => {
                let message =
                    format!("the job `{}` reported nothing, and nothing here tells whether it had to run", job.name);
                notes.push(Note { code: "job-absent".to_owned(), message, ..Note::default() });
            }
            _ => expected.legs.extend(job.legs.iter().cloned()),
        }
    }
    let nothing = reports.is_empty();
    let mut report = merge(reports, &expected);
    report.notes.extend(notes);
    // Said by the merge already, which does not know where was looked.
    for reason in report.verdict.reasons.iter_mut().filter(|it| nothing && it.code == "no-reports") {
        reason.message = format!("there is no {NAME} below `{}`", slashed(directory));
    }
    report
}

/// # Errors
/// Why it is no report.
fn read(path: &Path) -> Result<Report, Note> {
    let note = |message: String, line| Note { code: "bad-report".to_owned(), message, line, ..Note::default() };
    let file = File::open(path).map_err(|error| note(format!("it cannot be read: {error}"), None))?;
    serde_json::from_reader(BufReader::new(file)).map_err(|error| {
        let line = u64::try_from(error.line()).ok().filter(|it| *it > 0);
        note(format!("it is no report of ci-gen: {error}"), line)
    })
}

/// What stands for a report that cannot be read: it fails the run.
fn unreadable(reason: Note, name: String) -> Report {
    let reason = Note { file: Some(name), ..reason };
    Report { verdict: Verdict { passed: false, reasons: vec![reason] }, ..Report::default() }
}

/// Whether there is such a directory.
///
/// # Errors
/// The exit code.
pub(super) fn check(directory: &Path, terminal: &mut Terminal) -> Result<(), u8> {
    if fs::metadata(directory).is_ok_and(|it| !it.is_dir()) {
        terminal.problem(&format!("error: `--report-dir {}` is no directory", directory.display()));
        terminal.problem("help: name the directory that holds the directories of the legs");
        return Err(exit::USAGE);
    }
    Ok(())
}
