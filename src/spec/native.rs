//! What a spec says in the own terms of a system: keys and jobs that ci-gen has no word for.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::OneOrMany;

/// Native keys of one system: every key but `job`, `patch` and `raw` is merged into the document as a whole. Tables are
/// merged, everything else is replaced. Texts are native, too: nothing in them is escaped or filled in.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
pub struct Override {
    /// Native keys by job of the spec, merged into every native job that the job becomes.
    #[serde(default)]
    pub job: IndexMap<String, JobOverride>,
    /// Changes that merging cannot make: replace, append, insert, remove.
    #[serde(default)]
    pub patch: Patches,
    /// Native jobs beside those of the spec, by name, as they are.
    #[serde(default)]
    pub raw: IndexMap<String, Value>,
    /// The native keys of the document.
    #[serde(flatten)]
    pub keys: IndexMap<String, Value>,
}

/// Native keys of a job: every key but `step` is merged into it.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
pub struct JobOverride {
    /// Native keys by step, merged into the step with that id, such as `checkout`, `setup-python`, `install` or `test`.
    #[serde(default)]
    pub step: IndexMap<String, IndexMap<String, Value>>,
    /// The native keys of the job.
    #[serde(flatten)]
    pub keys: IndexMap<String, Value>,
}

/// Changes that merging cannot make.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Patches {
    /// Changes of native jobs, by job of the spec.
    #[serde(default)]
    pub job: IndexMap<String, JobPatch>,
    /// Changes of the document as a whole.
    #[serde(default)]
    pub document: DocumentPatch,
}

/// Changes of the native jobs that a job of the spec becomes.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct JobPatch {
    /// Changes of single steps, by id.
    #[serde(default)]
    pub step: IndexMap<String, StepPatch>,
    /// Values that replace what is there, by path, such as `"strategy.matrix.os"` or `"/strategy/matrix/os"`.
    #[serde(default)]
    pub set: IndexMap<String, Value>,
    /// Elements to add to lists, by path.
    #[serde(default)]
    pub append: IndexMap<String, Vec<Value>>,
    /// Paths to take out; `true` for the whole job.
    pub remove: Option<Remove>,
}

/// Changes of one step.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct StepPatch {
    /// Native steps to put before it.
    #[serde(default)]
    pub insert_before: Vec<Value>,
    /// Native steps to put behind it.
    #[serde(default)]
    pub insert_after: Vec<Value>,
    /// Values that replace what is there, by path, such as `"with.cache"`.
    #[serde(default)]
    pub set: IndexMap<String, Value>,
    /// Elements to add to lists, by path.
    #[serde(default)]
    pub append: IndexMap<String, Vec<Value>>,
    /// Paths to take out; `true` for the whole step.
    pub remove: Option<Remove>,
}

/// Changes of the document as a whole.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DocumentPatch {
    /// Values that replace what is there, by path.
    #[serde(default)]
    pub set: IndexMap<String, Value>,
    /// Elements to add to lists, by path.
    #[serde(default)]
    pub append: IndexMap<String, Vec<Value>>,
    /// Paths to take out.
    pub remove: Option<OneOrMany<String>>,
}

/// `true` for the whole thing, or the paths below it.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Remove {
    /// The whole thing
    Whole(bool),
    /// Paths below it
    Paths(OneOrMany<String>),
}
