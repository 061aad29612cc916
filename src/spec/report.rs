//! `[report]`: pipelines whose tests ci-gen runs and reports itself.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::OneOrMany;

/// How ci-gen reports in the pipelines. With this table each `test` job runs `ci-gen run JOB`, every leg keeps its
/// report, and one last job merges them and decides.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Report {
    /// The files that every run writes. `json` must be among them, since the gate merges it. Default: `junit`, `json`
    /// and `html`.
    pub formats: Option<OneOrMany<ReportFormat>>,
    /// The name of the job that is green only if everything is: the one check that a branch has to require.
    /// Default: `ci`.
    pub gate: Option<String>,
    /// What makes a run of tests fail. Default: `failures`.
    pub fail_on: Option<FailOn>,
    /// Whether the gate keeps one comment with the result at the pull request. Default: `false`.
    pub comment: Option<bool>,
    /// Whether the gate sets a commit status with the result. Default: `false`.
    pub status: Option<bool>,
    /// Whether the gate writes a check run with the failures at their lines, which GitHub alone has. Default: `false`,
    /// because GitHub shows it under an arbitrary workflow of the commit.
    pub check: Option<bool>,
    /// Secrets that the gate's ci-gen gets as environment variables of the same name, such as the code host's token on
    /// a system that has none of its own.
    pub secrets: Option<OneOrMany<String>>,
    /// Whether results of pull requests from forks are published, too, whose runs may not write. Default: `false`.
    pub forks: Option<bool>,
}

/// A format that reports are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReportFormat {
    /// JUnit XML, which the systems' own test views read
    Junit,
    /// ci-gen's own model, which loses nothing
    Json,
    /// A page for people
    Html,
    /// Text for a summary
    Markdown,
}

impl ReportFormat {
    /// What is written when the spec does not say.
    pub const DEFAULT: &'static [ReportFormat] = &[ReportFormat::Junit, ReportFormat::Json, ReportFormat::Html];

    /// The word that the spec uses.
    pub fn key(self) -> &'static str {
        match self {
            ReportFormat::Junit => "junit",
            ReportFormat::Json => "json",
            ReportFormat::Html => "html",
            ReportFormat::Markdown => "markdown",
        }
    }
}

/// What makes a run of tests fail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FailOn {
    /// A test that failed; also whenever nothing was proven.
    #[default]
    Failures,
    /// No failed test does; a run that proves nothing still fails.
    Never,
}

impl FailOn {
    /// The word that the spec uses.
    pub fn key(self) -> &'static str {
        match self {
            FailOn::Failures => "failures",
            FailOn::Never => "never",
        }
    }
}
