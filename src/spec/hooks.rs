//! `[hooks]`: commands that `ci-gen run` starts on events.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::OneOrMany;

/// Commands that `ci-gen run` starts on events, in pipelines and elsewhere. Each gets the event as JSON on its standard
/// input.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Hooks {
    /// Before the first attempt.
    pub run_started: Option<OneOrMany<String>>,
    /// After each attempt, with what its results say.
    pub attempt_finished: Option<OneOrMany<String>>,
    /// When the verdict stands and the reports are written.
    pub run_finished: Option<OneOrMany<String>>,
    /// When the result is published, as far as it could be.
    pub published: Option<OneOrMany<String>>,
    /// How long each command may take, such as `30s`. Default: `10s`.
    pub timeout: Option<String>,
}

/// Something that happens in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HookEvent {
    /// The first attempt is about to start
    RunStarted,
    /// An attempt has ended, and its results are read
    AttemptFinished,
    /// The verdict stands, and the reports are written
    RunFinished,
    /// The result is published, as far as it could be
    Published,
}

impl HookEvent {
    /// Every event, in the order in which they happen.
    pub const ALL: &'static [HookEvent] =
        &[HookEvent::RunStarted, HookEvent::AttemptFinished, HookEvent::RunFinished, HookEvent::Published];

    /// The word that the spec and the event itself use.
    pub fn key(self) -> &'static str {
        match self {
            HookEvent::RunStarted => "run-started",
            HookEvent::AttemptFinished => "attempt-finished",
            HookEvent::RunFinished => "run-finished",
            HookEvent::Published => "published",
        }
    }
}

impl Hooks {
    /// The commands of an event.
    pub fn of(&self, event: HookEvent) -> &Option<OneOrMany<String>> {
        match event {
            HookEvent::RunStarted => &self.run_started,
            HookEvent::AttemptFinished => &self.attempt_finished,
            HookEvent::RunFinished => &self.run_finished,
            HookEvent::Published => &self.published,
        }
    }
}
