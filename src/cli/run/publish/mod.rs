//! Publishing a run: set up before it begins, told how it goes, and finished when the reports are written.

mod arguments;
mod client;
mod log;
mod spool;
mod wanted;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::runtime::{Builder, Runtime};

pub(super) use self::{arguments::PublishArguments, client::secrets, wanted::Part};
use super::{output::Output, place::Place};
use crate::{
    cli::{exit, terminal::Terminal},
    context::Context,
    files::slashed,
    plan,
    providers::Category,
    publish::{Asked, Names, Outcome, Publisher, Unpublished},
    report::{Note, Report},
    systems,
};

/// How long something may take that is said while tests run, or before they begin.
const MEANWHILE: Duration = Duration::from_secs(15);

/// Publishes a run.
pub(super) struct Publishing {
    runtime: Runtime,
    publisher: Publisher,
    /// How often to say how far the tests are; `None` where only beginning and end are said.
    pub(super) interval: Option<Duration>,
    /// Whether nothing is said before the end.
    pub(super) at_end: bool,
    strict: bool,
    log: Option<PathBuf>,
    deadline: Duration,
    /// What the file of an earlier run says, whose results these are.
    earlier: Option<(PathBuf, Unpublished)>,
    project: String,
    suite: Option<String>,
    host: Option<String>,
}

/// What is published about.
pub(super) struct About<'a> {
    /// What the spec says.
    pub(super) report: Option<&'a plan::Report>,
    /// What the project is called, if there is a spec.
    pub(super) project: Option<&'a str>,
    /// The job of the spec.
    pub(super) suite: Option<&'a str>,
    /// One leg or all of them.
    pub(super) part: Part,
    /// The result files, where results are only collected.
    pub(super) results: &'a [PathBuf],
    /// Where the reports go.
    pub(super) output_dir: &'a Path,
}

/// Whether what an earlier run left beside the results may say what is published, and where. Not if nothing is to be
/// published at all, and not if the results are of a fork: whoever wrote those must not choose whom a token speaks to.
fn spool_counts(arguments: &PublishArguments, context: &Context) -> bool {
    !arguments.publishes_nothing() && context.fork.as_ref().is_none_or(|it| !it.value)
}

fn is_same(one: &Path, other: &Path) -> bool {
    matches!((dunce::canonicalize(one), dunce::canonicalize(other)), (Ok(one), Ok(other)) if one == other)
}

impl Publishing {
    /// Sets everything up; nobody is asked yet. `None` where there is nothing to publish.
    ///
    /// # Errors
    /// The exit code, after what is wrong was said.
    pub(super) fn open(
        arguments: &PublishArguments,
        about: &About<'_>,
        place: &Place,
        terminal: &mut Terminal,
    ) -> Result<Option<Publishing>, u8> {
        let usage = |message: &str, terminal: &mut Terminal| {
            terminal.problem(&format!("error: {message}"));
            exit::USAGE
        };
        if let Some(path) = &arguments.http_log {
            log::check(path)
                .map_err(|why| usage(&format!("{why}\nhelp: name another file with `--http-log FILE`"), terminal))?;
        }
        let mut earlier = None;
        if spool_counts(arguments, &place.context) {
            earlier = spool::find(about.results).unwrap_or_else(|why| {
                terminal.problem(&format!("warning: {why}"));
                None
            });
        }
        if let Some((directory, left)) = &earlier {
            if let Err(why) = spool::check_host(left, &place.context) {
                if is_same(directory, about.output_dir) {
                    let way_out = "or keep what is there with `--output-dir DIR`";
                    return Err(usage(&format!("{why}, {way_out}"), terminal));
                }
                terminal.problem(&format!("warning: {why}"));
                earlier = None;
            }
        }
        let context = earlier.as_ref().map_or_else(|| place.context.clone(), |(_, it)| it.context(&place.context));
        let mut wanted = wanted::wanted(arguments, about.report, about.part, &place.context);
        if let Some((_, earlier)) = &earlier {
            wanted.extend(earlier.things.iter().map(|it| (*it, Asked::ByName)));
        }
        if wanted.is_empty() {
            return Ok(None);
        }
        let client = client::client(arguments, &place.env).map_err(|why| {
            usage(&format!("{why}\nhelp: check CI_GEN_CA_FILE and the variables of proxies"), terminal)
        })?;
        let (providers, unavailable) = client::providers(place, &context, &client);
        for it in &unavailable {
            terminal.detail(&format!("{}: {}", it.name, it.error));
        }
        let deadline = client.deadline();
        let mut publisher = Publisher::new(client, providers, unavailable).wanting(wanted);
        if place.has_summary() {
            publisher = publisher.with_summary();
        }
        if context.change_number.is_none() {
            publisher = publisher.without_known_change();
        }
        if let Some(url) = context.build_url.as_ref() {
            publisher = publisher.with_whole(format!("the reports of {}", url.value));
        }
        if publisher.is_idle() {
            return Ok(None);
        }
        let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| {
            terminal.problem(&format!("error: nothing can be published here: {error}"));
            exit::INTERNAL
        })?;
        let spooled = earlier.as_ref().map(|(_, it)| it);
        let repository = context.repository.as_ref().map(|it| systems::called(&it.value));
        let project = spooled.map(|it| it.project.clone()).filter(|it| !it.is_empty());
        let project = project.or(about.project.map(str::to_owned)).or(repository).unwrap_or_else(|| "tests".to_owned());
        Ok(Some(Publishing {
            runtime,
            publisher,
            interval: arguments.update_interval.map(Duration::from_secs),
            at_end: arguments.update_on_completion_only,
            strict: arguments.strict_publish,
            log: arguments.http_log.clone(),
            deadline,
            suite: spooled.map_or_else(|| about.suite.map(str::to_owned), |it| it.suite.clone()),
            project,
            host: context.host.as_ref().map(|it| it.value.clone()),
            earlier,
        }))
    }

    /// Says that the run begins, or how it goes.
    ///
    /// # Errors
    /// What could not be said, for the curious: it is tried again at the end.
    pub(super) fn progress(&mut self, report: &Report) -> Result<(), Vec<String>> {
        self.name(report);
        self.publisher.client().restart(MEANWHILE);
        let said = self.runtime.block_on(self.publisher.progress(report));
        said.map_err(|errors| errors.iter().map(ToString::to_string).collect())
    }

    /// The names of the run as far as they are known by now.
    fn name(&mut self, report: &Report) {
        let names = Names::of(report, &self.project, self.suite.as_deref());
        self.publisher.rename(names, report.run.url.clone());
    }

    /// Who publishes later what another run could not speaks for that run, as it was.
    pub(super) fn speak_for(&self, report: &mut Report) {
        if let Some((_, earlier)) = &self.earlier {
            report.run = earlier.run.clone();
        }
    }

    /// Says how the run ended, everywhere, and what could not be said. The reports get a note for each such thing.
    /// Beside the outcome comes the exit code, where publishing has one.
    pub(super) fn finish(
        mut self,
        report: &mut Report,
        output: &Output,
        directory: &Path,
        terminal: &mut Terminal,
    ) -> (Outcome, Result<(), u8>) {
        self.name(report);
        self.publisher.attach(output.paths().into_iter().map(|it| (PathBuf::from(it), Category::Report)));
        self.publisher.client().restart(self.deadline);
        let outcome = self.runtime.block_on(self.publisher.finish(report));
        for it in &outcome.published {
            let what = match (it.outdated, self.publisher.client().is_dry()) {
                (true, _) => "a newer run has spoken already",
                (false, true) => "would be published",
                (false, false) => "published",
            };
            let url = it.url.as_ref().map(|url| format!(": {url}")).unwrap_or_default();
            terminal.note(&format!("{what}: {} ({}){url}", it.thing.as_str(), it.provider));
        }
        let client = self.publisher.client().clone();
        if client.is_dry() {
            let planned = client.planned().join("\n");
            if let Err(error) = terminal.data(&planned) {
                terminal.problem(&format!("warning: cannot write to standard output: {error}"));
            }
            self.log(terminal);
            return (outcome, Ok(()));
        }
        terminal.debug(&format!("{} requests were made", client.requests()));
        let notes = outcome.notes();
        for (note, failed) in notes.iter().zip(&outcome.failed) {
            terminal.problem(&format!("warning: {}", note.message));
            if let Some(help) = &failed.error.help {
                terminal.problem(&format!("help: {help}"));
            }
        }
        self.keep(report, notes, output, directory, &outcome, terminal);
        self.log(terminal);
        let code = match self.strict && !outcome.failed.is_empty() {
            true => Err(exit::UNPUBLISHED),
            false => Ok(()),
        };
        (outcome, code)
    }

    /// Writes the log of requests, where one is wanted.
    fn log(&self, terminal: &mut Terminal) {
        let Some(path) = &self.log else { return };
        if let Err(why) = log::write(path, &self.publisher.client().archive()) {
            terminal.problem(&format!("warning: the log of requests could not be written: {why}"));
        }
    }

    /// Notes in the reports what could not be published, and keeps it for a later run.
    fn keep(
        &self,
        report: &mut Report,
        notes: Vec<Note>,
        output: &Output,
        directory: &Path,
        outcome: &Outcome,
        terminal: &mut Terminal,
    ) {
        if !notes.is_empty() {
            report.notes.extend(notes);
            for error in output.write(report).err().unwrap_or_default() {
                terminal.problem(&format!("warning: {error}"));
            }
        }
        let left = Unpublished {
            schema: 1,
            things: outcome.failed.iter().map(|it| it.thing).collect(),
            reasons: outcome.failed.iter().map(|it| it.error.to_string()).collect(),
            project: self.project.clone(),
            suite: self.suite.clone(),
            host: self.host.clone(),
            run: report.run.clone(),
        };
        let place = self.earlier.as_ref().map_or(directory, |(place, _)| place.as_path());
        match spool::settle(place, &left) {
            Ok(true) => terminal
                .note(&format!("to publish it later: ci-gen run --results {}", slashed(&place.join("report.json")))),
            Ok(false) => {}
            Err(why) => terminal.problem(&format!("warning: {why}")),
        }
    }
}
