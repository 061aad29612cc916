//! What should happen, without the syntax of any CI system.

mod build;
mod builder;
mod cron;
mod drift_check;
mod duration;
mod env;
mod glob;
mod hooks;
mod job;
mod json;
mod kept;
mod legs;
mod matrix;
mod native;
mod only;
mod pins;
mod registry;
mod report;
mod text;
mod tool;
mod triggers;
mod unused;

use indexmap::IndexMap;
use serde_json::Value;

pub use self::{
    build::build,
    cron::{Coarse, Cron, CronError, Quartz},
    duration::{Duration, DurationError},
    glob::{Glob, GlobError, Rest, Token},
    hooks::Hooks,
    json::to_json,
    matrix::{Combination, Matrix},
    only::Occasion,
    report::{Report, ARTIFACT, LEGS_DIR, MERGED_DIR},
    text::{Expr, Part, Text, TextError},
    tool::Tool,
};
use crate::{
    diag::Place,
    id::SystemId,
    pins::Pins,
    spec::{Checkout, Concurrency, Event, InputKind, Os, Shell, Toolchain, When},
};

/// A pipeline with everything resolved: defaults merged, values parsed, legs expanded.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The pipeline's name.
    pub name: String,
    /// What starts it.
    pub triggers: Triggers,
    /// Environment variables of every job; hold `input` and `git` values at most.
    pub env: IndexMap<String, Text>,
    /// Machines by name, the built-in ones included.
    pub runners: IndexMap<String, Runner>,
    /// Containers beside jobs, by name.
    pub services: IndexMap<String, Service>,
    /// The jobs in spec order.
    pub jobs: Vec<Job>,
    /// Versions of actions, images and orbs. [`Plan::pin`] puts them to use.
    pub pins: Pins,
    /// The images that the spec names, as it names them, with the place of each.
    pub images: IndexMap<String, Place>,
    /// How tests are reported; `None` in thin pipelines.
    pub report: Option<Report>,
    /// What `ci-gen run` starts on events.
    pub hooks: Hooks,
    /// How jobs get ci-gen; `None` where none of them does.
    pub tool: Option<Tool>,
}

/// What starts a pipeline.
#[derive(Clone, Debug, Default)]
pub struct Triggers {
    /// Pushed branches and tags.
    pub push: Option<Push>,
    /// Pull and merge requests.
    pub pull_request: Option<PullRequest>,
    /// The clock, in UTC.
    pub schedule: Vec<Cron>,
    /// A person, with the inputs that may be filled in.
    pub manual: Option<IndexMap<String, Input>>,
}

/// Which pushes start a pipeline.
#[derive(Clone, Debug)]
pub struct Push {
    /// Branches; `**` alone is every branch, empty is none.
    pub branches: Vec<Glob>,
    /// Tags; empty is none.
    pub tags: Vec<Glob>,
    /// Changed files.
    pub paths: Paths,
}

/// Which pull requests start a pipeline.
#[derive(Clone, Debug)]
pub struct PullRequest {
    /// Target branches; empty is every branch.
    pub branches: Vec<Glob>,
    /// Changed files.
    pub paths: Paths,
}

/// A filter on changed files. At most one of the two lists has entries; both empty is no filter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Paths {
    /// One of these must have changed.
    pub include: Vec<Glob>,
    /// Changes of these alone do not count.
    pub ignore: Vec<Glob>,
}

impl Paths {
    /// Whether there is no filter.
    pub fn is_empty(&self) -> bool {
        self.include.is_empty() && self.ignore.is_empty()
    }
}

/// Something that a person may choose when starting a run.
#[derive(Clone, Debug)]
pub struct Input {
    /// What kind of value.
    pub kind: InputKind,
    /// The choices of kind `choice`.
    pub options: Vec<String>,
    /// The value on every event other than manual.
    pub default: String,
    /// What the person reads.
    pub description: Option<String>,
}

/// A kind of machine.
#[derive(Clone, Debug)]
pub struct Runner {
    /// Its name in the spec.
    pub name: String,
    /// Its operating system.
    pub os: Os,
    /// What the spec says about it for each system, in that system's own terms; checked against the schema.
    pub entries: IndexMap<SystemId, Value>,
    /// Where it is described, for diagnostics.
    pub place: Place,
}

/// A container beside jobs.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its name in the spec, `[a-z][a-z0-9-]*`; also its host name where it has one.
    pub name: String,
    /// The image; may hold `matrix` values.
    pub image: Text,
    /// Environment variables of the container; may hold `matrix` values.
    pub env: IndexMap<String, Text>,
    /// The ports that it listens on.
    pub ports: Vec<u16>,
    /// A command that succeeds inside the container once it answers.
    pub ready: Option<String>,
    /// Arguments for the image's entry point.
    pub command: Vec<String>,
    /// Where it is described.
    pub place: Place,
}

/// Which of the two kinds of job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An ordinary job
    Run,
    /// A test suite
    Test,
}

/// A job with everything resolved.
#[derive(Clone, Debug)]
pub struct Job {
    /// The name in the spec, for people.
    pub name: String,
    /// `[a-z0-9-]+`, unique in the plan, for identifiers.
    pub slug: String,
    /// Where the job is described.
    pub place: Place,
    /// Lines of comment.
    pub description: Option<String>,
    /// Ordinary job or test suite.
    pub kind: Kind,
    /// Whether this is the gate of `[report]`: it needs every other job, and runs also after failures and beside jobs
    /// that were left out.
    pub gate: bool,
    /// The commands of `run` or `test`.
    pub commands: Vec<Text>,
    /// The commands that prepare the job.
    pub install: Vec<Text>,
    /// Indices of the jobs that must have succeeded first.
    pub needs: Vec<usize>,
    /// Longest way to a job without needs; a job's needs are all on lower levels.
    pub level: usize,
    /// The runner's name, or the one `matrix` value that holds it.
    pub runner: Text,
    /// The container image that the job runs in; may hold `matrix` values.
    pub image: Option<Text>,
    /// Toolchains and versions; versions may hold `matrix` values.
    pub setup: IndexMap<Toolchain, Text>,
    /// Service names; each may be one `matrix` value.
    pub services: Vec<Text>,
    /// Secrets for the step with `commands`.
    pub secrets: Vec<String>,
    /// Environment variables of this job alone. Every `env` value in them is already replaced.
    pub env: IndexMap<String, Text>,
    /// When it runs: its own condition and those of all jobs it needs.
    pub only: Only,
    /// What is kept between runs.
    pub caches: Vec<Cache>,
    /// What is kept after the job.
    pub artifacts: Vec<Artifact>,
    /// Result files as globs; may hold `matrix` and `shard` values.
    pub results: Vec<Text>,
    /// Number of machines per combination; `None` when not split.
    pub shards: Option<u32>,
    /// Extra tries.
    pub retry: u32,
    /// The time limit.
    pub timeout: Option<Duration>,
    /// What happens to older runs.
    pub concurrency: Concurrency,
    /// Where commands run; may hold `matrix` values.
    pub working_directory: Option<Text>,
    /// The shell of all commands.
    pub shell: Shell,
    /// How the repository is checked out; `None` for not at all.
    pub checkout: Option<Checkout>,
    /// `{{ matrix.NAME }}` of `allow-failure`, where it differs by leg.
    pub allow_failure_axis: Option<String>,
    /// The matrix, if there is one.
    pub matrix: Option<Matrix>,
    /// One run of the job each; never empty.
    pub legs: Vec<Leg>,
}

/// One run of a job on one machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leg {
    /// `[a-z0-9-]+`, unique in the plan and stable.
    pub id: String,
    /// The matrix values that this leg has.
    pub matrix: Combination,
    /// The runner's name.
    pub runner: String,
    /// The container image, filled in.
    pub image: Option<String>,
    /// Toolchain versions, filled in; a toolchain whose version is empty on this leg is left out.
    pub setup: IndexMap<Toolchain, String>,
    /// Names of the services, in the order of the job's list.
    pub services: Vec<String>,
    /// Whether the pipeline succeeds even if this leg fails.
    pub allow_failure: bool,
    /// Which machine of how many.
    pub shard: Option<Shard>,
}

/// One machine of several that share a job's tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 1.
    pub index: u32,
    /// How many there are.
    pub total: u32,
}

/// When a job runs. All that is given must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Only {
    /// The events; `None` for every event.
    pub events: Option<Vec<Event>>,
    /// Conditions on the branch or tag; all must hold.
    pub refs: Vec<Refs>,
    /// Values that inputs must have, by input.
    pub inputs: IndexMap<String, String>,
}

impl Only {
    /// Whether the job always runs.
    pub fn is_always(&self) -> bool {
        self.events.is_none() && self.refs.is_empty() && self.inputs.is_empty()
    }

    /// Whether the job may run on that event.
    pub fn allows(&self, event: Event) -> bool {
        self.events.as_ref().is_none_or(|events| events.contains(&event))
    }
}

/// A condition on what is built: one of the branches or one of the tags must match.
///
/// Of a pull request the target branch counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Refs {
    /// Branches.
    pub branches: Vec<Glob>,
    /// Tags.
    pub tags: Vec<Glob>,
}

/// Directories that are kept between runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Cache {
    /// `[a-z0-9-]+`, unique among different caches of the plan.
    pub name: String,
    /// Relative to the repository's root or beginning with `~/`; may hold `matrix` values.
    pub paths: Vec<Text>,
    /// Globs of lock files; may hold `matrix` values.
    pub keys: Vec<Text>,
    /// Where it is described.
    pub place: Place,
}

/// Files that are kept after a job.
#[derive(Clone, Debug)]
pub struct Artifact {
    /// The name in the spec.
    pub name: String,
    /// Globs relative to the repository's root; may hold `matrix` and `shard` values.
    pub paths: Vec<Text>,
    /// On which outcome.
    pub when: When,
    /// How long.
    pub keep: Option<Duration>,
    /// Where it is described.
    pub place: Place,
}

impl Plan {
    /// Every variable of a job's environment: the job's own win over the spec's.
    pub fn env_of(&self, job: &Job) -> IndexMap<String, Text> {
        let mut env = self.env.clone();
        env.extend(job.env.iter().map(|(name, value)| (name.clone(), value.clone())));
        env
    }

    /// The runner of a leg.
    pub fn runner_of(&self, leg: &Leg) -> Option<&Runner> {
        self.runners.get(&leg.runner)
    }

    /// Indices of the jobs by [`Job::level`]: every job's needs are in earlier groups.
    pub fn levels(&self) -> Vec<Vec<usize>> {
        let depth = self.jobs.iter().map(|job| job.level + 1).max().unwrap_or(0);
        let mut levels = vec![Vec::new(); depth];
        for (index, job) in self.jobs.iter().enumerate() {
            levels[job.level].push(index);
        }
        levels
    }

    /// The inputs of manual runs; empty when there are none.
    pub fn inputs(&self) -> impl Iterator<Item = (&String, &Input)> {
        self.triggers.manual.iter().flatten()
    }
}

impl Cache {
    /// The values in the paths: legs that differ in them keep different files, which one key must not mix up.
    pub fn path_values(&self) -> Vec<Text> {
        let mut values: Vec<Text> = Vec::new();
        for expr in self.paths.iter().flat_map(Text::exprs) {
            let text = Text::expr(expr.clone());
            if !values.contains(&text) {
                values.push(text);
            }
        }
        values
    }
}

impl Job {
    /// Whether the job is more than one leg.
    pub fn is_parallel(&self) -> bool {
        self.matrix.is_some() || self.shards.is_some()
    }

    /// The matrix keys of all legs, axes first.
    pub fn matrix_keys(&self) -> Vec<String> {
        self.matrix.as_ref().map(|matrix| matrix.keys().into_iter().collect()).unwrap_or_default()
    }
}

impl Leg {
    /// The leg's value of a matrix key, empty where it has none.
    pub fn value(&self, key: &str) -> &str {
        self.matrix.get(key).map_or("", String::as_str)
    }

    /// `text` with the `matrix` and `shard` values of this leg in their places.
    pub fn fill(&self, text: &Text) -> Text {
        text.fill(|expr| match (expr, self.shard) {
            (Expr::Matrix(key), _) => Some(Text::literal(self.value(key))),
            (Expr::ShardIndex, Some(shard)) => Some(Text::literal(shard.index.to_string())),
            (Expr::ShardTotal, Some(shard)) => Some(Text::literal(shard.total.to_string())),
            _ => None,
        })
    }

    /// What people read behind the job's name: `linux, 3.12, 1/4`; empty for a single leg.
    pub fn title(&self) -> String {
        let mut words: Vec<String> = self.matrix.values().filter(|it| !it.is_empty()).cloned().collect();
        words.extend(self.shard.map(|shard| format!("{}/{}", shard.index, shard.total)));
        words.join(", ")
    }
}

impl Expr {
    /// The environment variable that carries the value into commands.
    ///
    /// `None` for values that are known without a variable ([`Expr::ServiceHost`], [`Expr::ServicePort`]).
    pub fn variable(&self) -> Option<String> {
        let upper = |prefix: &str, name: &str| format!("{prefix}_{}", name.to_uppercase().replace('-', "_"));
        match self {
            Expr::Matrix(axis) => Some(upper("MATRIX", axis)),
            Expr::ShardIndex => Some("CI_GEN_SHARD_INDEX".to_owned()),
            Expr::ShardTotal => Some("CI_GEN_SHARD_TOTAL".to_owned()),
            Expr::Input(input) => Some(upper("INPUT", input)),
            Expr::GitSha => Some("CI_GEN_SHA".to_owned()),
            Expr::GitBranch => Some("CI_GEN_BRANCH".to_owned()),
            Expr::GitTag => Some("CI_GEN_TAG".to_owned()),
            Expr::Env(name) => Some(name.clone()),
            Expr::ServiceHost(_) | Expr::ServicePort(_) => None,
        }
    }
}
