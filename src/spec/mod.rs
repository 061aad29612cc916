//! TOML text to a [`Spec`], with every problem at once.

mod hooks;
mod job;
mod matrix;
mod native;
mod on;
mod pins;
mod relevant;
mod report;
mod schema;
mod source;
mod standin;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::source::Document;
pub use self::{
    hooks::{HookEvent, Hooks},
    job::{
        Artifact, ArtifactTable, Cache, CacheUse, Checkout, CheckoutUse, Concurrency, Event, Flag, Job, Only, Shards,
        ShardsTable, Shell, Toolchain, When,
    },
    matrix::Matrix,
    native::{DocumentPatch, JobOverride, JobPatch, Override, Patches, Remove, StepPatch},
    on::{Input, InputDefault, InputKind, Manual, On, PullRequest, Push, Toggle},
    pins::{Pin, PinUse},
    report::{FailOn, Report, ReportFormat},
    schema::Schema,
    source::Positions,
};
use crate::{
    diag::{Diagnostic, Place},
    id::SystemId,
};

/// A `ci-gen.toml`: tests, matrix and triggers of a project, described once for every CI system.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Spec {
    /// Version of the spec's format; 1 is the only one.
    #[schemars(range(min = 1, max = 1))]
    pub schema: u32,
    /// The pipeline's name. Default: `ci`.
    #[schemars(length(min = 1))]
    pub name: Option<String>,
    /// The CI systems to render pipelines for.
    pub targets: OneOrMany<SystemId>,
    /// What starts a pipeline. Absent: every push to a branch and every pull request.
    pub on: Option<On>,
    /// Environment variables of every job.
    #[serde(default)]
    pub env: IndexMap<String, Scalar>,
    /// Keys for every job that does not say otherwise; `env` is merged by name, all else is replaced.
    #[serde(default)]
    pub defaults: Job,
    /// Machines that jobs run on, by name. `linux`, `windows` and `macos` are there without an entry.
    #[serde(default)]
    pub runner: IndexMap<String, Runner>,
    /// Containers that run beside jobs, by name, such as databases.
    #[serde(default)]
    pub service: IndexMap<String, ServiceUse>,
    /// Caches that several jobs use, by name.
    #[serde(default)]
    pub cache: IndexMap<String, Cache>,
    /// The jobs, by name.
    #[serde(default)]
    pub job: IndexMap<String, Job>,
    /// Lets ci-gen run the tests of the pipelines and report them: `true`, or a table. Absent: thin pipelines, without
    /// ci-gen in them.
    pub report: Option<Toggle<Report>>,
    /// Commands that `ci-gen run` starts on events, by event.
    #[serde(default)]
    pub hooks: Hooks,
    /// What to do where a system lacks something.
    #[serde(default)]
    pub policy: Policy,
    /// Exact versions of actions, images and orbs, by name; they go before those of `ci-gen.lock`.
    /// `"actions/checkout" = { tag = "v7.0.1", commit = "…" }`, `"postgres:16" = "sha256:…"`.
    #[serde(default)]
    pub pins: IndexMap<String, PinUse>,
    /// Settings of single systems.
    #[serde(default)]
    pub target: IndexMap<SystemId, Target>,
    /// What single systems get in their own terms, on top of what ci-gen writes, and still under `check`.
    #[serde(default, rename = "override")]
    pub overrides: IndexMap<SystemId, Override>,
    /// The ci-gen that pipelines install, where they need it: for `[report]` and `policy.drift-check`.
    #[serde(default)]
    pub tool: Tool,
}

/// A string, or an integer or boolean that stands for its text. A float must be quoted, or it would lose digits.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Scalar {
    /// Text
    Text(String),
    /// Stands for `true` or `false`
    Boolean(bool),
    /// Stands for its digits
    Integer(i64),
}

impl Scalar {
    /// What it stands for.
    pub fn text(&self) -> String {
        match self {
            Scalar::Text(text) => text.clone(),
            Scalar::Boolean(truth) => truth.to_string(),
            Scalar::Integer(integer) => integer.to_string(),
        }
    }
}

/// A list, or its one element without the brackets.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum OneOrMany<T> {
    /// Several
    Many(Vec<T>),
    /// One
    One(T),
}

impl<T> OneOrMany<T> {
    /// The elements.
    pub fn as_slice(&self) -> &[T] {
        match self {
            OneOrMany::Many(many) => many,
            OneOrMany::One(one) => std::slice::from_ref(one),
        }
    }

    /// The place of an element, given the place of the list.
    pub fn place(&self, at: &Place, index: usize) -> Place {
        match self {
            OneOrMany::Many(_) => at.index(index),
            OneOrMany::One(_) => at.clone(),
        }
    }
}

/// A kind of machine and its name on each system. A system without an entry cannot run jobs on it.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Runner {
    /// The operating system. Default: by name for `linux`, `windows` and `macos`, else `linux`.
    pub os: Option<Os>,
    /// The entry of each system, in that system's own terms.
    #[serde(flatten)]
    pub systems: IndexMap<SystemId, Value>,
}

/// An operating system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Os {
    /// Linux
    #[default]
    Linux,
    /// Windows
    Windows,
    /// macOS
    Macos,
}

impl Os {
    /// Every operating system.
    pub const ALL: &'static [Os] = &[Os::Linux, Os::Windows, Os::Macos];

    /// The word that the spec uses.
    pub fn key(self) -> &'static str {
        match self {
            Os::Linux => "linux",
            Os::Windows => "windows",
            Os::Macos => "macos",
        }
    }
}

/// A container that runs beside jobs: an image or a table.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum ServiceUse {
    /// The image alone
    Image(String),
    /// Everything
    Table(Service),
}

/// A container that runs beside jobs.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Service {
    /// The image, such as `postgres:16`; may hold `{{ matrix.NAME }}`.
    pub image: String,
    /// Environment variables of the container.
    pub env: Option<IndexMap<String, Scalar>>,
    /// The ports that it listens on; `{{ service.NAME.port }}` is the first.
    pub port: Option<OneOrMany<Port>>,
    /// A command that succeeds inside the container once the service answers.
    pub ready: Option<String>,
    /// Arguments for the image's entry point.
    pub command: Option<OneOrMany<String>>,
}

/// A TCP port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct Port(#[schemars(range(min = 1, max = 65535))] pub u16);

/// What to do where a system lacks something.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Policy {
    /// `error` (the default) writes nothing at all; `warn` leaves out the systems that cannot do it.
    /// Per system: `unsupported.bitbucket = "warn"`.
    pub unsupported: Option<UnsupportedUse>,
    /// Adds a job `drift-check` that runs `ci-gen check` on pushes and pull requests: `true`, or `{ runner = "…" }`.
    /// Of `[defaults]`, only `concurrency` applies to it.
    pub drift_check: Option<DriftCheckUse>,
}

/// Whether there is a job that looks for drift, or how it runs.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum DriftCheckUse {
    /// Whether there is such a job
    Switch(bool),
    /// In detail
    Table(DriftCheck),
}

/// The job that looks for drift.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DriftCheck {
    /// The name of the runner it runs on. Default: `linux`.
    pub runner: Option<String>,
}

impl DriftCheckUse {
    /// The job, unless it is switched off.
    pub fn table(&self) -> Option<DriftCheck> {
        match self {
            DriftCheckUse::Switch(false) => None,
            DriftCheckUse::Switch(true) => Some(DriftCheck::default()),
            DriftCheckUse::Table(table) => Some(table.clone()),
        }
    }
}

/// The ci-gen that pipelines install.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Tool {
    /// The exact version, such as `1.2.3`. Default: that of the ci-gen that renders; with a version here, every
    /// version of ci-gen renders the same.
    pub version: Option<String>,
    /// Where it comes from. Default: `release` with `[report]`, else `cargo`.
    pub from: Option<ToolSource>,
    /// `sha256:` and the checksum of the release's file `SHA256SUMS`, so that a replaced release is noticed.
    pub checksum: Option<String>,
    /// Commands that install it, for the runner as it is, in place of `from`.
    pub install: Option<OneOrMany<String>>,
}

/// Where pipelines get ci-gen from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ToolSource {
    /// The binary of the release, checked against its checksums. `CI_GEN_RELEASE_URL` on the runner names a mirror.
    Release,
    /// `cargo install ci-gen --locked --version VERSION`, with Rust set up.
    Cargo,
}

/// One answer for all systems, or one for each.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum UnsupportedUse {
    /// For all
    All(Unsupported),
    /// For each; the others have the default
    Each(IndexMap<SystemId, Unsupported>),
}

/// What happens when a system lacks something that the spec asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Unsupported {
    /// Nothing is written, for any system.
    #[default]
    Error,
    /// That system gets no file; the others are written.
    Warn,
}

impl Policy {
    /// What happens when that system lacks something.
    pub fn unsupported(&self, system: SystemId) -> Unsupported {
        match &self.unsupported {
            None => Unsupported::default(),
            Some(UnsupportedUse::All(answer)) => *answer,
            Some(UnsupportedUse::Each(each)) => each.get(&system).copied().unwrap_or_default(),
        }
    }
}

/// Settings of one system.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Target {
    /// Where the system's file goes, relative to the repository's root.
    pub path: Option<String>,
}

/// A spec together with where in its text everything stands.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The spec, without the parts that `diagnostics` speak about.
    pub spec: Spec,
    /// For [`Positions::locate`].
    pub positions: Positions,
    /// What the schema found. Unless it is empty, the spec is only good for finding more problems.
    pub diagnostics: Vec<Diagnostic>,
    removed: Vec<Place>,
}

impl Loaded {
    /// Whether a later finding may only follow from what was taken out of a faulty spec.
    pub fn is_consequence(&self, diagnostic: &Diagnostic) -> bool {
        // What a name was looked up in, by the code that says it was not found there.
        let table = match diagnostic.code {
            "unknown-axis" | "unknown-runner" => &["matrix", "runner"][..],
            "unknown-shard" => &["shards"],
            "unknown-service" | "service-port" => &["service", "services", "matrix"],
            "unknown-input" => &["on"],
            "unknown-variable" => &["env"],
            "unknown-cache" => &["cache"],
            "only-never" => &["on", "only", "needs"],
            "no-jobs" => &["job"],
            "unused" => return true,
            _ => &[],
        };
        let is_about_job = matches!(diagnostic.code, "needs-unknown-job" | "override-unknown-job");
        self.removed.iter().any(|removed| {
            if is_about_job && removed.parent() == Some(Place::root().key("job")) {
                let name = removed.segments().last().unwrap_or_default();
                let ways = [format!("needs `{name}`"), format!("no job `{name}`")];
                return ways.iter().any(|it| diagnostic.message.contains(it));
            }
            removed.parent().as_ref() == Some(&diagnostic.place)
                || is_at_or_below(&diagnostic.place, removed)
                || (removed.segments().any(|segment| table.contains(&segment.as_str()))
                    && (!removed.as_str().starts_with("/job/")
                        || removed.segments().take(2).eq(diagnostic.place.segments().take(2))))
        })
    }
}

/// Reads a spec and checks it against the schema. What it means is checked by [`crate::plan::build`].
///
/// A UTF-8 byte order mark is accepted. A spec that breaks the schema is still given back, without the faulty parts,
/// so that all its other problems can be found in the same run.
///
/// # Errors
/// Every problem with its place in the text, when there is nothing to go on with.
pub fn load(text: &str, schema: &Schema) -> Result<Loaded, Vec<Diagnostic>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        let help =
            "the smallest spec has `schema = 1`, `targets = [\"github\"]` and a `[job.NAME]` with `test = \"…\"`";
        return Err(vec![Diagnostic::error("spec-empty", Place::root(), "the spec is empty").help(help)]);
    }
    let Document { mut value, positions, faults } = source::read(text)?;
    let targets = value.get("targets").cloned();
    let mut removed = Vec::new();
    let mut diagnostics = schema.check(&value);
    // What stands for a faulty value is no further problem.
    diagnostics.retain(|it| !faults.iter().any(|fault| fault.place == it.place));
    for diagnostic in faults.iter().chain(&diagnostics) {
        prune(&mut value, &diagnostic.place, &mut removed);
    }
    diagnostics.extend(faults);
    if !diagnostics.is_empty() {
        complete(&mut value, targets.as_ref(), schema, &mut removed);
    }
    match serde_json::from_value(value) {
        Ok(spec) => Ok(Loaded { spec, positions, diagnostics, removed }),
        Err(error) => {
            if diagnostics.is_empty() {
                // Only reached when the schema lets something pass that the types do not.
                diagnostics.push(Diagnostic::error("spec-type", Place::root(), error.to_string()));
            }
            positions.locate(&mut diagnostics, text);
            Err(diagnostics)
        }
    }
}

/// Makes a spec of what was left of a faulty one: keys that every spec needs get a value, and what lacks a key that it
/// needs is taken out, too.
fn complete(value: &mut Value, targets: Option<&Value>, schema: &Schema, removed: &mut Vec<Place>) {
    if let Some(spec) = value.as_object_mut() {
        standin::insert(spec, targets);
        removed.retain(|it| !matches!(it.as_str(), "/schema" | "/targets"));
    }
    loop {
        let before = removed.len();
        for lacking in schema.check(value) {
            prune(value, &lacking.place, removed);
        }
        if removed.len() == before {
            return;
        }
    }
}

/// Takes a faulty value out; of a list, the whole list, so that its other elements keep their places.
fn prune(value: &mut Value, place: &Place, removed: &mut Vec<Place>) {
    let mut place = place.clone();
    while let Some(parent) = place.parent() {
        let last = place.segments().last().unwrap_or_default();
        match value.pointer_mut(parent.as_str()) {
            Some(Value::Object(map)) => {
                if map.shift_remove(&last).is_some() {
                    removed.push(place);
                }
                return;
            }
            _ => place = parent,
        }
    }
}

/// Whether a place is that one, or inside of it.
fn is_at_or_below(place: &Place, outer: &Place) -> bool {
    place.as_str().strip_prefix(outer.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
