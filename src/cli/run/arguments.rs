//! The flags of `ci-gen run`.

use std::{path::PathBuf, time::Duration};

use clap::{builder::FalseyValueParser, ArgAction, ValueEnum};

use super::publish::PublishArguments;
use crate::{
    plan,
    report::{self, write::Format, Shard},
    spec,
    systems::Wanted,
};

/// Run the tests of a job or a command, or collect results, and report and judge them
///
/// With JOB, the job's commands of the spec run as in its pipeline: in the repository's root, with its variables, shell,
/// directory, results, retries and time limit, on the leg that CI_GEN_LEG or the variables MATRIX_… and
/// CI_GEN_SHARD_INDEX name. What `install`, `setup`, `services` and `needs` bring has to be there already. Variables that
/// are set keep their value.
///
/// With `-- CMD`, that command runs instead. With `--results` and no CMD, nothing runs, and results of any age count.
///
/// The command gets no input. When it ends, so does what it started and left behind.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ci-gen run unit                                             the tests of the job `unit`
  ci-gen run --results 'results/*.xml' -- pytest --junitxml=results/unit.xml
  ci-gen run --results '**/TEST-*.xml'                        report what is there
  ci-gen run --retry 2 --timeout 600 --results out.xml -- ./test.sh
  ci-gen run --shard 2/4 unit
  ci-gen run --aggregate-reports --report-dir reports         merge what every leg reported
  ci-gen run --enable-pr-comments --dry-run unit              show what would be said on the pull request

Every flag is also read from the environment: CI_GEN_ and its name.

Exit codes: 0 the tests passed, 1 they did not or nothing was proven, with every reason, 2 wrong command line,
3 invalid spec, 5 something could not be published, with --strict-publish")]
pub(in crate::cli) struct Arguments {
    /// A job of the spec
    pub(super) job: Option<String>,
    /// A command in place of the job's own
    #[arg(last = true, value_name = "CMD")]
    pub(super) command: Vec<String>,
    /// The CI system that this takes place on: auto, local, or the name of one [default: auto]
    #[arg(long, value_name = "SYSTEM", env = "CI_GEN_PROVIDER", hide_env_values = true)]
    pub(super) provider: Option<Wanted>,
    /// Result files, from here; `**` stands for directories, and one without wildcards has to be there
    #[arg(long, value_name = "GLOB", env = "CI_GEN_RESULTS", num_args = 1.., value_delimiter = '\n', hide_env_values = true)]
    pub(super) results: Vec<String>,
    /// The directory in which CMD runs and `--test-pattern` looks [default: here]
    #[arg(long, value_name = "DIR", env = "CI_GEN_TEST_DIR", hide_env_values = true)]
    pub(super) test_dir: Option<PathBuf>,
    /// Which test files CMD gets, from the directory in which it runs
    ///
    /// They take the place of an argument `{}` of CMD, else they go behind the others; CI_GEN_TEST_FILES has one a line,
    /// for jobs too.
    #[arg(long, value_name = "GLOB", env = "CI_GEN_TEST_PATTERN", hide_env_values = true)]
    pub(super) test_pattern: Option<String>,
    /// More test files for CMD, handed on as they are
    #[arg(long, value_name = "FILE", env = "CI_GEN_TEST_FILES", num_args = 1.., value_delimiter = '\n', hide_env_values = true)]
    pub(super) test_files: Vec<String>,
    /// Which machine of how many this is, from 1: CI_GEN_SHARD_INDEX and CI_GEN_SHARD_TOTAL of the command
    #[arg(long, value_name = "I/N", env = "CI_GEN_SHARD", value_parser = shard, hide_env_values = true)]
    pub(super) shard: Option<Shard>,
    /// The reports that are written [default: `report.formats` of the spec for a job, else all]
    #[arg(long, value_name = "FORMAT", env = "CI_GEN_REPORT_FORMATS", value_delimiter = ',', hide_env_values = true)]
    pub(super) report_formats: Vec<ReportFormat>,
    /// Where reports are written; results are never looked for in reports that ci-gen wrote there
    #[arg(long, value_name = "DIR", env = "CI_GEN_OUTPUT_DIR", default_value = "test_results", hide_env_values = true)]
    pub(super) output_dir: PathBuf,
    /// How long each attempt may take [default: the job's `timeout`, else 3600]
    #[arg(
        long,
        value_name = "SECONDS",
        env = "CI_GEN_TIMEOUT",
        value_parser = clap::value_parser!(u64).range(1..=MOST_SECONDS),
        hide_env_values = true
    )]
    pub(super) timeout: Option<u64>,
    /// Run a command that fails again, at most so many times more [default: the job's `retry`, else 0]
    ///
    /// pytest (PYTEST_ADDOPTS), `go test` (GOFLAGS) and Maven from 3.9 on (MAVEN_ARGS) are told to repeat the failed
    /// tests alone; of others the whole command is repeated. A test that failed and then passed is flaky and does not
    /// fail the run.
    #[arg(
        long,
        value_name = "N",
        env = "CI_GEN_RETRY",
        value_parser = clap::value_parser!(u32).range(..=100),
        hide_env_values = true
    )]
    pub(super) retry: Option<u32>,
    /// Merge the reports below `--report-dir` and judge them as one; with JOB, those of that job
    #[arg(
        long,
        env = "CI_GEN_AGGREGATE_REPORTS",
        action = ArgAction::SetTrue,
        value_parser = FalseyValueParser::new(),
        requires = "report_dir",
        conflicts_with_all = ["command", "results"],
        hide_env_values = true
    )]
    pub(super) aggregate_reports: bool,
    /// Where the `report.json` of every leg lies, at any depth
    #[arg(long, value_name = "DIR", env = "CI_GEN_REPORT_DIR", hide_env_values = true)]
    pub(super) report_dir: Option<PathBuf>,
    /// What fails the run; a run that proves nothing always does [default: `report.fail-on` of the spec for a job, else
    /// failures]
    ///
    /// Reports that are merged were judged where the tests ran.
    #[arg(long, value_name = "WHAT", env = "CI_GEN_FAIL_ON", hide_env_values = true)]
    pub(super) fail_on: Option<FailOn>,
    #[command(flatten)]
    pub(super) publishing: PublishArguments,
    /// Say everything that is done, as `-vv` does
    #[arg(
        long,
        env = "CI_GEN_DETAILED_LOGGING",
        action = ArgAction::SetTrue,
        value_parser = FalseyValueParser::new(),
        hide_env_values = true
    )]
    pub(in crate::cli) detailed_logging: bool,
}

/// A year: longer limits are mistakes, and clocks do not hold any length.
const MOST_SECONDS: u64 = 365 * 24 * 60 * 60;

/// The limit of an attempt where nobody says another.
pub(super) const TIMEOUT: Duration = Duration::from_secs(3600);

/// A word of `--report-formats`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ReportFormat {
    /// junit.xml
    #[value(alias = "xml")]
    Junit,
    /// report.json
    Json,
    /// report.html
    Html,
    /// report.md
    Markdown,
    /// All of them
    All,
}

/// A word of `--fail-on`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum FailOn {
    /// Failing tests
    Failures,
    /// No failing test
    Never,
}

impl Arguments {
    /// What fails the run: as named here, else as the spec says.
    pub(super) fn fail_on(&self, spec: Option<&plan::Report>) -> report::FailOn {
        match (self.fail_on, spec.map(|it| it.fail_on)) {
            (Some(word), _) => word.into(),
            (None, Some(spec::FailOn::Never)) => report::FailOn::Never,
            (None, Some(spec::FailOn::Failures) | None) => report::FailOn::Failures,
        }
    }
}

impl From<FailOn> for report::FailOn {
    fn from(fail_on: FailOn) -> Self {
        match fail_on {
            FailOn::Failures => report::FailOn::Failures,
            FailOn::Never => report::FailOn::Never,
        }
    }
}

impl Arguments {
    /// The formats to write, each once: those named here, else those of the spec, else all.
    pub(super) fn formats(&self, spec: Option<&plan::Report>) -> Vec<&'static Format> {
        let named = |format: &&Format| match (self.report_formats.as_slice(), spec) {
            ([], None) => true,
            ([], Some(spec)) => spec.formats.iter().any(|it| it.key() == format.name),
            (words, _) => words.iter().any(|it| match it {
                ReportFormat::All => true,
                word => word.to_possible_value().is_some_and(|it| it.get_name() == format.name),
            }),
        };
        report::write::FORMATS.iter().filter(named).collect()
    }
}

fn shard(text: &str) -> Result<Shard, String> {
    let numbers = text.split_once('/').and_then(|(index, total)| Some((index.parse().ok()?, total.parse().ok()?)));
    match numbers {
        Some((index, total)) if (1..=total).contains(&index) => Ok(Shard { index, total }),
        Some((0, _)) => Err("shards count from 1: write the first of four as `1/4`".to_owned()),
        Some((index, total)) => Err(format!("there is no shard {index} of {total}")),
        None => Err("write which one of how many, such as `1/4`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_count_from_one() {
        assert_eq!(shard("2/4"), Ok(Shard { index: 2, total: 4 }));
        for text in ["0/4", "5/4", "1", "a/b", "1/0", "", "-1/4", "1/2/3"] {
            assert!(shard(text).is_err(), "{text}");
        }
    }
}
