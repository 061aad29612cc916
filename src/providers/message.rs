//! What providers are told to say.

use std::path::Path;

use crate::report::Report;

/// A run of tests as a vendor shows it.
#[derive(Clone, Copy, Debug)]
pub struct TestRun<'a> {
    /// Tells this run from all others and stays the same however often it is published: id and attempt of the pipeline's
    /// run, suite and leg. Letters, digits and `-_.:/`, at most 200 of them.
    pub identity: &'a str,
    /// What people call it: `acme / unit (linux, 3.12)`.
    pub title: &'a str,
    /// What is known of it.
    pub report: &'a Report,
    /// Whether it still goes on.
    pub phase: Phase,
}

/// Whether a run goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It does; what is known so far may change.
    Running,
    /// It ended.
    Finished,
}

/// A vendor's id of a test run.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct RunId(pub String);

/// How the commit or build stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nobody knows yet.
    Pending,
    /// Good.
    Success,
    /// Tests failed.
    Failure,
    /// Nothing was proven: no results, a crash, an end before time.
    Error,
}

/// A status of a commit or build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildStatus {
    /// What the status is about, the same in every run: `ci-gen/unit`. A later status of the same name replaces an earlier
    /// one.
    pub name: String,
    /// How it stands.
    pub state: State,
    /// A short sentence: `3 of 240 tests failed`.
    pub description: String,
    /// A page with more.
    pub url: Option<String>,
}

/// What goes into the one comment of a suite.
#[derive(Clone, Copy, Debug)]
pub struct Comment<'a> {
    /// The spec and the suite; one comment per key.
    pub key: &'a str,
    /// Which part of the comment this is: a leg, or nothing for the whole suite.
    pub leg: Option<&'a str>,
    /// What there is to say.
    pub report: &'a Report,
    /// Where all of it is, in words or as an address.
    pub whole: &'a str,
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Category {
    /// A report that ci-gen wrote.
    Report,
    /// A result file of a test runner.
    Results,
    /// A log.
    Log,
    /// A picture of what was seen.
    Screenshot,
    /// Anything else.
    Other,
}

/// A file to upload.
#[derive(Clone, Copy, Debug)]
pub struct Artifact<'a> {
    /// The name it gets, without directories.
    pub name: &'a str,
    /// What it is.
    pub category: Category,
    /// Where it lies.
    pub path: &'a Path,
    /// The test run that it belongs to, where the vendor has those.
    pub run: Option<&'a RunId>,
}

/// What became of something that was posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Posted {
    /// It is there, with its page where the vendor says one.
    There {
        /// The vendor's id.
        id: String,
        /// Its page.
        url: Option<String>,
    },
    /// A newer run has been there before; what it says stays.
    Outdated,
}
