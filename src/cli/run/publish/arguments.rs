//! The flags of `ci-gen run` about publishing.

use std::path::PathBuf;

use clap::{builder::FalseyValueParser, ArgAction, Args, ValueEnum};

use crate::publish::Thing;

/// What is published, and how.
#[derive(Debug, Args)]
#[command(next_help_heading = "Publishing")]
pub(in crate::cli) struct PublishArguments {
    /// What is published [default: what `[report]` of the spec says, by the run that merges; without it, in CI, tests and
    /// status]
    #[arg(long, value_name = "WHAT", env = "CI_GEN_PUBLISH", value_delimiter = ',', hide_env_values = true)]
    pub(super) publish: Vec<Word>,
    /// Also comment on the pull or merge request: one comment per suite, which every leg and later run updates
    #[arg(
        long,
        env = "CI_GEN_ENABLE_PR_COMMENTS",
        action = ArgAction::SetTrue,
        value_parser = FalseyValueParser::new(),
        hide_env_values = true
    )]
    pub(super) enable_pr_comments: bool,
    /// Say every so often how far the tests are, as far as their result files tell
    #[arg(
        long,
        value_name = "SECONDS",
        env = "CI_GEN_UPDATE_INTERVAL",
        value_parser = clap::value_parser!(u64).range(1..=86_400),
        hide_env_values = true
    )]
    pub(super) update_interval: Option<u64>,
    /// Say nothing before the tests have ended
    #[arg(
        long,
        env = "CI_GEN_UPDATE_ON_COMPLETION_ONLY",
        action = ArgAction::SetTrue,
        value_parser = FalseyValueParser::new(),
        conflicts_with = "update_interval",
        hide_env_values = true
    )]
    pub(super) update_on_completion_only: bool,
    /// End with 5 if something could not be published; otherwise that never changes the exit code
    #[arg(
        long,
        env = "CI_GEN_STRICT_PUBLISH",
        action = ArgAction::SetTrue,
        value_parser = FalseyValueParser::new(),
        hide_env_values = true
    )]
    pub(super) strict_publish: bool,
    /// Publish nothing, and print every request that would be made, as if nothing had been published before
    #[arg(
        long,
        env = "CI_GEN_DRY_RUN",
        action = ArgAction::SetTrue,
        value_parser = FalseyValueParser::new(),
        hide_env_values = true
    )]
    pub(super) dry_run: bool,
    /// Write every request and answer to a HAR file, which browsers open; secrets are hidden
    #[arg(long, value_name = "FILE", env = "CI_GEN_HTTP_LOG", hide_env_values = true)]
    pub(super) http_log: Option<PathBuf>,
    /// How long publishing may take at the end
    #[arg(
        long,
        value_name = "SECONDS",
        env = "CI_GEN_PUBLISH_TIMEOUT",
        default_value_t = 120,
        value_parser = clap::value_parser!(u64).range(1..=86_400),
        hide_env_values = true
    )]
    pub(super) publish_timeout: u64,
}

impl PublishArguments {
    /// Whether somebody said that nothing is to be published.
    pub(super) fn publishes_nothing(&self) -> bool {
        !self.publish.is_empty() && self.publish.iter().all(|it| *it == Word::None) && !self.enable_pr_comments
    }
}

/// A word of `--publish`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Word {
    /// The run with its tests where the vendor has a view for that
    Tests,
    /// A check run on GitHub, which shows it under an arbitrary workflow
    Check,
    /// A status of the commit
    Status,
    /// The comment on the change
    Comment,
    /// Nothing
    None,
}

impl Word {
    /// What it means.
    pub(super) fn thing(self) -> Option<Thing> {
        match self {
            Word::Tests => Some(Thing::Tests),
            Word::Check => Some(Thing::Check),
            Word::Status => Some(Thing::Status),
            Word::Comment => Some(Thing::Comment),
            Word::None => None,
        }
    }
}
