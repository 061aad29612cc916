//! Where results are published: one directory per vendor, all of them behind one trait.
//!
//! A provider is told what to say ([`TestRun`], [`Comment`], [`BuildStatus`], [`Artifact`]) and knows how its vendor wants it
//! said: paths, words, limits, what makes a repeated request harmless. What becomes of failures is decided elsewhere.
//!
//! | provider | test runs | comments | statuses | artifacts |
//! |---|---|---|---|---|
//! | `github` | check run | pull request | commit status | |
//! | `gitlab` | | merge request | commit status | |
//! | `azure` | test run with results | pull request thread | commit and pull request status | attachments of the test run |
//! | `bitbucket` (Cloud, Data Center) | Code Insights report | pull request | build status | |
//! | `jenkins` | description of the build | | | |
//! | `teamcity` | a build without an agent | | status text of the build | |
//! | `circleci`, `travis` | read only | | | |
//! | `local` | files | file | file | copies |
//!
//! ```
//! use ci_gen::providers::Registry;
//!
//! let registry = Registry::builtin();
//! assert!(registry.available().contains(&"local"));
//! ```

mod azure;
mod bitbucket;
mod change;
mod circleci;
mod comment;
mod github;
mod gitlab;
mod jenkins;
mod limits;
mod local;
mod message;
mod registry;
mod teamcity;
mod travis;

use std::{fmt, path::PathBuf};

use async_trait::async_trait;

pub use self::{
    comment::{upsert, Author, Document, Found, Markup, Section, Thread},
    limits::{Limit, Unit, LIMITS},
    message::{Artifact, BuildStatus, Category, Comment, Phase, Posted, RunId, State, TestRun},
    registry::{Maker, Registry, Setting},
};
use crate::{
    net::{Error, Kind},
    report::TestRunResult,
};

/// Something that a provider can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Capability {
    /// Runs with their results: [`Provider::create_test_run`], [`Provider::update_test_run`].
    TestRuns,
    /// Comments on changes: [`Provider::add_pr_comment`].
    Comments,
    /// Statuses of commits or builds: [`Provider::set_build_status`].
    Statuses,
    /// Files: [`Provider::upload_artifact`].
    Artifacts,
}

impl Capability {
    /// All of them.
    pub const ALL: &'static [Capability] =
        &[Capability::TestRuns, Capability::Statuses, Capability::Comments, Capability::Artifacts];

    /// What it is called, in the plural.
    pub fn as_str(self) -> &'static str {
        match self {
            Capability::TestRuns => "test runs",
            Capability::Comments => "comments",
            Capability::Statuses => "statuses",
            Capability::Artifacts => "artifacts",
        }
    }
}

/// A place that results are published at.
///
/// What a provider does not declare in [`Provider::capabilities`] it need not implement. Every method may be called again
/// after an error: doing something twice has to end as doing it once, also where the first answer was lost.
#[async_trait]
pub trait Provider: Send + Sync {
    /// The word by which it is chosen.
    fn name(&self) -> &str;

    /// What it can do here: with what it was given, for this commit and change.
    fn capabilities(&self) -> Vec<Capability>;

    /// What it does only when somebody asks for it by name.
    fn opt_in(&self) -> Vec<Capability> {
        Vec::new()
    }

    /// Makes ready, and says early what cannot work.
    ///
    /// # Errors
    /// Something is wrong with what it was given.
    async fn initialize(&self) -> Result<(), Error> {
        Ok(())
    }

    /// Says that a run has begun, or is there. A run that was created before under the same identity is found again.
    ///
    /// # Errors
    /// The vendor said no, or nothing.
    async fn create_test_run(&self, _run: &TestRun<'_>) -> Result<RunId, Error> {
        Err(self.cannot(Capability::TestRuns))
    }

    /// Says how a run goes on, or how it ended.
    ///
    /// # Errors
    /// The vendor said no, or nothing.
    async fn update_test_run(&self, _id: &RunId, _run: &TestRun<'_>) -> Result<(), Error> {
        Err(self.cannot(Capability::TestRuns))
    }

    /// How a run stands, as the vendor says.
    ///
    /// # Errors
    /// The vendor said no, or nothing.
    async fn get_test_run_status(&self, _id: &RunId) -> Result<TestRunResult, Error> {
        Err(self.cannot(Capability::TestRuns))
    }

    /// Puts the outcome into the one comment on the change that has this key; legs that do so by themselves keep each
    /// other's.
    ///
    /// # Errors
    /// The vendor said no, or nothing.
    async fn add_pr_comment(&self, _comment: &Comment<'_>) -> Result<Posted, Error> {
        Err(self.cannot(Capability::Comments))
    }

    /// Uploads a file.
    ///
    /// # Errors
    /// The vendor said no, or nothing; the file cannot be read.
    async fn upload_artifact(&self, _artifact: &Artifact<'_>) -> Result<Posted, Error> {
        Err(self.cannot(Capability::Artifacts))
    }

    /// Sets the status of the commit or the build.
    ///
    /// # Errors
    /// The vendor said no, or nothing.
    async fn set_build_status(&self, _status: &BuildStatus) -> Result<(), Error> {
        Err(self.cannot(Capability::Statuses))
    }

    /// Ends what [`Provider::initialize`] began.
    ///
    /// # Errors
    /// Something of it is left.
    async fn close(&self) -> Result<(), Error> {
        Ok(())
    }

    /// The error for what it cannot do.
    fn cannot(&self, capability: Capability) -> Error {
        Error::new(Kind::Configuration, format!("publish {}", capability.as_str()), self.name()).words(format!(
            "`{}` has no {} here",
            self.name(),
            capability.as_str()
        ))
    }
}

impl fmt::Debug for dyn Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Provider").field(&self.name()).finish()
    }
}

/// Reads a file that is to be uploaded.
pub(crate) fn read(path: &std::path::Path, most: u64, vendor: &str) -> Result<Vec<u8>, Error> {
    let operation = format!("upload `{}`", path.display());
    let error = |words: String| Error::new(Kind::Configuration, &operation, vendor).words(words);
    let size = std::fs::metadata(path).map_err(|it| error(it.to_string()))?.len();
    if size > most {
        return Err(error(format!("it has {size} bytes, and {vendor} takes {most}")));
    }
    std::fs::read(PathBuf::from(path)).map_err(|it| error(it.to_string()))
}
