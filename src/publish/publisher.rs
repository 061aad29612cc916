//! Says how a run goes at every place that was asked for, and steps down where it cannot.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use super::{below, Asked, Names, Rung, Thing};
use crate::{
    net::{Client, Error, Kind},
    providers::{Artifact, BuildStatus, Capability, Category, Comment, Phase, Posted, Provider, RunId, State, TestRun},
    report::{write::text, Note, Report},
};

/// A provider that could not be made.
#[derive(Clone, Debug)]
pub struct Unavailable {
    /// Its name.
    pub name: String,
    /// Why.
    pub error: Error,
}

/// Something that is there now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// What.
    pub thing: Thing,
    /// The provider's name.
    pub provider: String,
    /// Its page, where the vendor says one.
    pub url: Option<String>,
    /// Whether a newer run had said something there already, which stays.
    pub outdated: bool,
}

/// Something that could not be published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// What.
    pub thing: Thing,
    /// Why.
    pub error: Error,
    /// What says it instead.
    pub instead: Rung,
}

/// What became of everything that was wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What is there.
    pub published: Vec<Published>,
    /// What is not.
    pub failed: Vec<Failed>,
}

impl Outcome {
    /// A note for each thing that is not there.
    pub fn notes(&self) -> Vec<Note> {
        let note = |it: &Failed| Note {
            code: "not-published".to_owned(),
            message: format!("no {}: {}; {}", it.thing.as_str(), it.error, instead(it.instead)),
            ..Note::default()
        };
        self.failed.iter().map(note).collect()
    }
}

fn instead(rung: Rung) -> String {
    match rung {
        Rung::Log => "this log and the reports say it".to_owned(),
        other => format!("the {} says it instead", other.as_str()),
    }
}

/// Publishes a run.
pub struct Publisher {
    client: Client,
    /// In the order in which they are asked.
    providers: Vec<Box<dyn Provider>>,
    unavailable: Vec<Unavailable>,
    wanted: BTreeMap<Thing, Asked>,
    names: Names,
    /// Whether the system shows a summary of the job.
    summary: bool,
    /// Whether nothing told of a change: the code host is asked then, and that there is none is no failure.
    change_unknown: bool,
    /// Where all of the report is.
    whole: String,
    /// The test runs that were created, by provider.
    runs: BTreeMap<usize, RunId>,
    /// Those that are ready.
    ready: BTreeSet<usize>,
    /// The page of the run.
    url: Option<String>,
    /// Files that go with a test run where a vendor takes files.
    files: Vec<(PathBuf, Category)>,
}

impl Publisher {
    /// A publisher with providers in the order in which they are asked: the code host's first.
    pub fn new(client: Client, providers: Vec<Box<dyn Provider>>, unavailable: Vec<Unavailable>) -> Self {
        Publisher {
            client,
            providers,
            unavailable,
            wanted: BTreeMap::new(),
            names: Names::default(),
            summary: false,
            change_unknown: false,
            whole: "the reports of this run".to_owned(),
            runs: BTreeMap::new(),
            ready: BTreeSet::new(),
            url: None,
            files: Vec::new(),
        }
    }

    /// The same with what is wanted.
    #[must_use]
    pub fn wanting(self, wanted: BTreeMap<Thing, Asked>) -> Self {
        Publisher { wanted, ..self }
    }

    /// The same with what the run is called, and the page of the run.
    #[must_use]
    pub fn called(self, names: Names, url: Option<String>) -> Self {
        Publisher { names, url, ..self }
    }

    /// Changes what the run is called, once more is known of it.
    pub fn rename(&mut self, names: Names, url: Option<String>) {
        (self.names, self.url) = (names, url);
    }

    /// The same on a system that shows a summary of the job.
    #[must_use]
    pub fn with_summary(self) -> Self {
        Publisher { summary: true, ..self }
    }

    /// The same where nothing told of a change: whether there is one is asked, and none is no failure.
    #[must_use]
    pub fn without_known_change(self) -> Self {
        Publisher { change_unknown: true, ..self }
    }

    /// The same with words for where all of the report is, for those who read a part.
    #[must_use]
    pub fn with_whole(self, whole: impl Into<String>) -> Self {
        Publisher { whole: whole.into(), ..self }
    }

    /// Files to upload with the test run, where the vendor takes any.
    pub fn attach(&mut self, files: impl IntoIterator<Item = (PathBuf, Category)>) {
        self.files.extend(files);
    }

    /// The client.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// What is wanted and can be tried here.
    pub fn things(&self) -> Vec<Thing> {
        let can = |thing: &Thing| !self.able(*thing).is_empty();
        self.wanted.keys().copied().filter(can).collect()
    }

    /// Whether there is nobody to tell and nothing to say about that.
    pub fn is_idle(&self) -> bool {
        self.providers.is_empty() && self.missing().is_empty()
    }

    /// Lets providers get ready, each once it could. What one cannot do then shows when it is to do something.
    async fn ready(&mut self) {
        for index in 0..self.providers.len() {
            if !self.ready.contains(&index) && self.providers[index].initialize().await.is_ok() {
                self.ready.insert(index);
            }
        }
    }

    /// The providers that something is published with.
    fn able(&self, thing: Thing) -> Vec<usize> {
        let (capability, everywhere) = match thing {
            Thing::Tests | Thing::Check => (Capability::TestRuns, true),
            Thing::Status => (Capability::Statuses, false),
            Thing::Comment => (Capability::Comments, false),
        };
        let able = |provider: &dyn Provider| {
            let opt_in = provider.opt_in().contains(&capability);
            provider.capabilities().contains(&capability)
                && match thing {
                    Thing::Tests => !opt_in,
                    Thing::Check => opt_in,
                    Thing::Status | Thing::Comment => true,
                }
        };
        let able = self.providers.iter().enumerate().filter(|(_, it)| able(&***it)).map(|(index, _)| index);
        able.take(if everywhere { usize::MAX } else { 1 }).collect()
    }

    /// What somebody asked for by name and no provider is there for, with the reason where one could not be made.
    fn missing(&self) -> Vec<(Thing, Error)> {
        let named = self.wanted.iter().filter(|(_, asked)| **asked == Asked::ByName).map(|(thing, _)| *thing);
        let without = named.filter(|thing| self.able(*thing).is_empty());
        let error = |thing: Thing| match self.unavailable.first() {
            Some(unavailable) => Some(unavailable.error.clone()),
            // Where there is no change there is nothing to comment on.
            None if thing == Thing::Comment && self.change_unknown => None,
            None => {
                let names: Vec<&str> = self.providers.iter().map(|it| it.name()).collect();
                let words = match names.is_empty() {
                    true => "neither the CI system nor the code host is one that is known".to_owned(),
                    false => format!("{} has none here", names.join(" and ")),
                };
                let operation = format!("publish a {}", thing.as_str());
                Some(Error::new(Kind::Configuration, operation, names.join(", ")).words(words))
            }
        };
        without.filter_map(|thing| Some((thing, error(thing)?))).collect()
    }

    /// Says that the run begins, or how it goes on. What cannot be said now is tried again at the end, so this fails with
    /// words for the curious alone.
    ///
    /// # Errors
    /// Everything that could not be said.
    pub async fn progress(&mut self, report: &Report) -> Result<(), Vec<Error>> {
        self.ready().await;
        let mut errors = Vec::new();
        for thing in self.things() {
            for provider in self.able(thing) {
                let said = match thing {
                    Thing::Tests | Thing::Check => self.test_run(provider, report, Phase::Running).await,
                    Thing::Status => self.status(provider, report, Phase::Running).await,
                    // A comment tells somebody each time; it waits for the end.
                    Thing::Comment => Ok(()),
                };
                errors.extend(said.err());
            }
        }
        match errors.is_empty() {
            true => Ok(()),
            false => Err(errors),
        }
    }

    /// Says how the run ended, everywhere.
    pub async fn finish(&mut self, report: &Report) -> Outcome {
        self.ready().await;
        let mut outcome = Outcome::default();
        let mut done = BTreeSet::new();
        let mut tried: BTreeSet<Thing> = self.things().into_iter().collect();
        let mut waiting: Vec<Thing> = tried.iter().copied().collect();
        for (thing, error) in self.missing() {
            let instead = self.step_down(thing, &error, &mut tried, &mut waiting);
            outcome.failed.push(Failed { thing, error, instead });
        }
        while !waiting.is_empty() {
            waiting.sort();
            let thing = waiting.remove(0);
            for provider in self.able(thing) {
                let name = self.providers[provider].name().to_owned();
                let there = |url, outdated| Published { thing, provider: name.clone(), url, outdated };
                let said = match thing {
                    Thing::Tests | Thing::Check => {
                        self.test_run(provider, report, Phase::Finished).await.map(|()| there(None, false))
                    }
                    Thing::Status => self.status(provider, report, Phase::Finished).await.map(|()| there(None, false)),
                    Thing::Comment => self.comment(provider, report).await.map(|posted| match posted {
                        Posted::There { url, .. } => there(url, false),
                        Posted::Outdated => there(None, true),
                    }),
                };
                match said {
                    Ok(published) => {
                        done.insert(thing);
                        outcome.published.push(published);
                    }
                    Err(error) if thing == Thing::Comment && self.change_unknown && error.kind == Kind::NotFound => {}
                    Err(error) => {
                        let instead = self.step_down(thing, &error, &mut tried, &mut waiting);
                        outcome.failed.push(Failed { thing, error, instead });
                    }
                }
            }
        }
        // What was to stand in and failed itself says nothing: the next rung that holds is named.
        for failed in &mut outcome.failed {
            if let Rung::Thing(thing) = failed.instead {
                if !done.contains(&thing) {
                    failed.instead = self.lowest(failed.thing, &done);
                }
            }
        }
        for provider in &self.providers {
            // Everything is said; what is left open there ends with the connection.
            let _ = provider.close().await;
        }
        outcome
    }

    /// The next rung that can be tried; nothing at a vendor who does not answer.
    fn step_down(&self, thing: Thing, error: &Error, tried: &mut BTreeSet<Thing>, waiting: &mut Vec<Thing>) -> Rung {
        for rung in below(thing) {
            match rung {
                Rung::Thing(lower) if tried.contains(lower) => return *rung,
                // What nobody asked for must not end as a comment that everybody reads.
                Rung::Thing(Thing::Comment) if self.wanted.get(&thing) == Some(&Asked::ByDefault) => {}
                Rung::Thing(lower) if !error.kind.is_transient() && !self.able(*lower).is_empty() => {
                    tried.insert(*lower);
                    waiting.push(*lower);
                    return *rung;
                }
                Rung::Thing(_) => {}
                Rung::Summary if self.summary => return *rung,
                Rung::Summary => {}
                Rung::Log => return *rung,
            }
        }
        Rung::Log
    }

    fn lowest(&self, thing: Thing, done: &BTreeSet<Thing>) -> Rung {
        let holds = |rung: &&Rung| match rung {
            Rung::Thing(thing) => done.contains(thing),
            Rung::Summary => self.summary,
            Rung::Log => true,
        };
        below(thing).iter().find(holds).copied().unwrap_or(Rung::Log)
    }

    async fn test_run(&mut self, provider: usize, report: &Report, phase: Phase) -> Result<(), Error> {
        let run = TestRun { identity: &self.names.identity, title: &self.names.title, report, phase };
        let known = self.runs.get(&provider).cloned();
        let id = match known {
            Some(id) => id,
            None => {
                let created =
                    self.providers[provider].create_test_run(&TestRun { phase: Phase::Running, ..run }).await?;
                self.runs.insert(provider, created.clone());
                if phase == Phase::Running {
                    return Ok(());
                }
                created
            }
        };
        self.providers[provider].update_test_run(&id, &run).await?;
        match phase {
            Phase::Running => Ok(()),
            Phase::Finished => self.upload(provider, &id).await,
        }
    }

    async fn upload(&self, provider: usize, run: &RunId) -> Result<(), Error> {
        let provider = &self.providers[provider];
        if !provider.capabilities().contains(&Capability::Artifacts) {
            return Ok(());
        }
        for (path, category) in &self.files {
            let Some(name) = path.file_name().and_then(|it| it.to_str()) else { continue };
            let artifact = Artifact { name, category: *category, path, run: Some(run) };
            provider.upload_artifact(&artifact).await?;
        }
        Ok(())
    }

    async fn status(&self, provider: usize, report: &Report, phase: Phase) -> Result<(), Error> {
        let totals = &report.totals;
        let (state, description) = match (phase, report.verdict.passed) {
            (Phase::Running, _) if totals.tests == 0 => (State::Pending, "tests are running".to_owned()),
            (Phase::Running, _) => {
                (State::Pending, format!("{} tests so far, {} failed", totals.tests, totals.failures()))
            }
            (Phase::Finished, true) => (State::Success, text::headline(report)),
            (Phase::Finished, false) if totals.failures() > 0 => (State::Failure, text::headline(report)),
            (Phase::Finished, false) => (State::Error, text::headline(report)),
        };
        let status = BuildStatus { name: self.names.status.clone(), state, description, url: self.url.clone() };
        self.providers[provider].set_build_status(&status).await
    }

    async fn comment(&self, provider: usize, report: &Report) -> Result<Posted, Error> {
        let Names { comment, leg, .. } = &self.names;
        let comment = Comment { key: comment, leg: leg.as_deref(), report, whole: &self.whole };
        self.providers[provider].add_pr_comment(&comment).await
    }
}
