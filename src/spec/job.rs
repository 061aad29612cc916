//! A job of the spec: what runs, where, and what it needs.

use indexmap::IndexMap;
use schemars::{json_schema, JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use super::{Matrix, OneOrMany, Scalar};

/// A job. It has exactly one of `run` (an ordinary job) and `test` (a test suite).
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Job {
    /// One or more lines that stand as a comment above the job in every output.
    pub description: Option<String>,
    /// The commands of an ordinary job. They run in one shell; the first that fails ends the job.
    pub run: Option<OneOrMany<String>>,
    /// The commands of a test suite. They run in one shell; the first that fails ends the job.
    pub test: Option<OneOrMany<String>>,
    /// Jobs that must have succeeded first. Their artifacts are there when this job starts.
    pub needs: Option<OneOrMany<String>>,
    /// The runner's name: `linux`, `windows`, `macos` or one of `[runner.NAME]`; may be `{{ matrix.NAME }}`.
    /// Default: `linux`.
    pub runner: Option<String>,
    /// Container image that the job runs in, such as `python:3.12`; may hold `{{ matrix.NAME }}`.
    pub image: Option<String>,
    /// Toolchains and their versions, such as `{ python = "3.12" }`; versions may hold `{{ matrix.NAME }}`.
    #[serde(default)]
    #[schemars(schema_with = "setup_schema")]
    pub setup: Option<IndexMap<Toolchain, Scalar>>,
    /// Commands that prepare the job, run before `run` or `test` in a step of their own.
    pub install: Option<OneOrMany<String>>,
    /// Result files in JUnit XML, as globs; published by the system where it can.
    pub results: Option<OneOrMany<String>>,
    /// Services of `[service.NAME]` that run beside the job; an entry may be `{{ matrix.NAME }}`, empty for none.
    pub services: Option<OneOrMany<String>>,
    /// Secrets that `run` or `test` gets as environment variables of the same name, and no other step.
    pub secrets: Option<OneOrMany<String>>,
    /// Environment variables of this job; they win over `[env]`.
    pub env: Option<IndexMap<String, Scalar>>,
    /// When the job runs; without it, on every event of `[on]`.
    pub only: Option<Only>,
    /// What is kept from one run to the next: names of `[cache.NAME]` or `{ path, key }`.
    pub cache: Option<OneOrMany<CacheUse>>,
    /// Files that are kept after the job, by name.
    pub artifacts: Option<IndexMap<String, Artifact>>,
    /// Splits the job over that many machines; each sees `CI_GEN_SHARD_INDEX` (from 1) and `CI_GEN_SHARD_TOTAL`.
    pub shards: Option<Shards>,
    /// How many more times the command is tried after a failure.
    #[schemars(range(min = 0, max = 10))]
    pub retry: Option<u32>,
    /// Whether the pipeline succeeds even if this job fails; may be `{{ matrix.NAME }}`.
    pub allow_failure: Option<Flag>,
    /// How long the job may take, such as `90s`, `30m` or `1h30m`.
    pub timeout: Option<String>,
    /// What happens to an older run of the same job on the same branch. Default: `parallel`.
    pub concurrency: Option<Concurrency>,
    /// Where commands run, relative to the repository's root.
    pub working_directory: Option<String>,
    /// The shell of all commands. Default: `bash`.
    pub shell: Option<Shell>,
    /// How the repository is checked out; `false` for not at all.
    pub checkout: Option<CheckoutUse>,
    /// Runs the job once per combination of values.
    pub matrix: Option<Matrix>,
}

/// A toolchain that systems can install.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Toolchain {
    /// CPython, such as `3.12`
    Python,
    /// Node.js, such as `22`
    Node,
    /// Rust, such as `1.85` or `stable`
    Rust,
    /// Go, such as `1.24`
    Go,
    /// Java (Eclipse Temurin), such as `21`
    Java,
    /// .NET SDK, such as `8.0`
    Dotnet,
    /// Ruby, such as `3.3`
    Ruby,
    /// PHP, such as `8.3`
    Php,
}

impl Toolchain {
    /// Every toolchain, in the order in which they are listed.
    pub const ALL: &'static [Toolchain] = &[
        Toolchain::Python,
        Toolchain::Node,
        Toolchain::Rust,
        Toolchain::Go,
        Toolchain::Java,
        Toolchain::Dotnet,
        Toolchain::Ruby,
        Toolchain::Php,
    ];

    /// The word that the spec uses.
    pub fn key(self) -> &'static str {
        match self {
            Toolchain::Python => "python",
            Toolchain::Node => "node",
            Toolchain::Rust => "rust",
            Toolchain::Go => "go",
            Toolchain::Java => "java",
            Toolchain::Dotnet => "dotnet",
            Toolchain::Ruby => "ruby",
            Toolchain::Php => "php",
        }
    }

    /// The name that people read.
    pub fn title(self) -> &'static str {
        match self {
            Toolchain::Python => "Python",
            Toolchain::Node => "Node.js",
            Toolchain::Rust => "Rust",
            Toolchain::Go => "Go",
            Toolchain::Java => "Java",
            Toolchain::Dotnet => ".NET",
            Toolchain::Ruby => "Ruby",
            Toolchain::Php => "PHP",
        }
    }
}

/// One known key per toolchain, so that editors complete them and a wrong one is named.
fn setup_schema(generator: &mut SchemaGenerator) -> Schema {
    let version = generator.subschema_for::<Scalar>();
    let properties: serde_json::Map<String, serde_json::Value> = Toolchain::ALL
        .iter()
        .map(|it| {
            let description = format!("Version of {}", it.title());
            (it.key().to_owned(), serde_json::json!({ "description": description, "allOf": [version] }))
        })
        .collect();
    json_schema!({
        "description": "Toolchains and their versions, such as `{ python = \"3.12\" }`; versions may hold `{{ matrix.NAME }}`.",
        "type": ["object", "null"],
        "properties": properties,
        "additionalProperties": false,
    })
}

/// The shell that runs commands. Every one of them stops at the first failing command, pipes included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Shell {
    /// GNU bash, on Windows the one that Git brings
    #[default]
    Bash,
    /// The system's `sh`, for images without bash; it must know `set -o pipefail`
    Sh,
    /// PowerShell 7
    Pwsh,
}

/// What happens to an older run of the same job on the same branch or pull request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Concurrency {
    /// It is cancelled.
    CancelSuperseded,
    /// The new run waits for it.
    Queue,
    /// Both run.
    #[default]
    Parallel,
}

/// `true`, `false` or `{{ matrix.NAME }}`.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Flag {
    /// The same on every leg
    Fixed(bool),
    /// `{{ matrix.NAME }}`: `true` or `false` per leg; absent is false
    Value(String),
}

/// How many machines a job is split over: a number or `{ count = N }`.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Shards {
    /// The number of machines
    Count(#[schemars(range(min = 1, max = 1000))] u32),
    /// The number of machines, in the long form
    Table(ShardsTable),
}

/// The long form of `shards`.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ShardsTable {
    /// The number of machines
    #[schemars(range(min = 1, max = 1000))]
    pub count: u32,
}

impl Shards {
    /// The number of machines.
    pub fn count(&self) -> u32 {
        match self {
            Shards::Count(count) | Shards::Table(ShardsTable { count }) => *count,
        }
    }
}

/// When a job runs. All that is given must hold.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Only {
    /// The events
    pub events: Option<OneOrMany<Event>>,
    /// Globs of branches; for a pull request its target branch counts. With `tags`, one of both must match.
    pub branches: Option<OneOrMany<String>>,
    /// Globs of tags. With `branches`, one of both must match.
    pub tags: Option<OneOrMany<String>>,
    /// Values of manual inputs; on other events inputs have their default.
    pub inputs: Option<IndexMap<String, Scalar>>,
}

/// What starts a pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// A pushed branch or tag
    Push,
    /// A pull or merge request
    PullRequest,
    /// The clock
    Schedule,
    /// A person
    Manual,
}

impl Event {
    /// Every event.
    pub const ALL: &'static [Event] = &[Event::Push, Event::PullRequest, Event::Schedule, Event::Manual];

    /// The word that the spec uses.
    pub fn key(self) -> &'static str {
        match self {
            Event::Push => "push",
            Event::PullRequest => "pull-request",
            Event::Schedule => "schedule",
            Event::Manual => "manual",
        }
    }
}

/// A cache by name or in place.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum CacheUse {
    /// The name of a `[cache.NAME]`
    Name(String),
    /// A cache of this job alone
    Inline(Cache),
}

/// Directories that are kept from one run to the next, keyed by lock files.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Cache {
    /// Directories, relative to the repository's root or beginning with `~/`.
    pub path: OneOrMany<String>,
    /// Globs of the lock files whose content makes a new cache.
    pub key: OneOrMany<String>,
}

/// Files that are kept after a job: a path or a table.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Artifact {
    /// The path alone
    Path(String),
    /// Everything
    Table(ArtifactTable),
}

/// The long form of an artifact.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ArtifactTable {
    /// Files, as globs relative to the repository's root.
    pub path: OneOrMany<String>,
    /// On which outcome of the job. Default: `always`.
    pub when: Option<When>,
    /// How long they are kept, such as `7d`.
    pub keep: Option<String>,
}

/// On which outcome of a job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum When {
    /// On every outcome
    #[default]
    Always,
    /// If the job succeeded
    Success,
    /// If the job failed
    Failure,
}

/// How the repository is checked out: a table, `true` or `false`.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum CheckoutUse {
    /// `true` as if absent, `false` for no checkout
    Switch(bool),
    /// In detail
    Table(Checkout),
}

/// How the repository is checked out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Checkout {
    /// Number of commits; 0 for the whole history. Default: what the system does by itself.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub depth: Option<u32>,
    /// Whether submodules come along, nested ones too.
    #[serde(default)]
    pub submodules: bool,
    /// Whether Git LFS files come along.
    #[serde(default)]
    pub lfs: bool,
}
