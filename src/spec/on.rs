//! The triggers of the spec: what starts a pipeline.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::OneOrMany;

/// What starts a pipeline. Absent: every push to a branch and every pull request.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct On {
    /// Pushed branches and tags. `true`: every branch, no tags.
    pub push: Option<Toggle<Push>>,
    /// Pull and merge requests. `true`: all of them.
    pub pull_request: Option<Toggle<PullRequest>>,
    /// POSIX cron lines with five fields, in UTC, such as `17 2 * * 1-5`.
    pub schedule: Option<OneOrMany<String>>,
    /// Runs that a person starts, with inputs to fill in. `true`: without inputs.
    pub manual: Option<Toggle<Manual>>,
}

/// `true` for the table without keys, `false` for absent.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Toggle<T> {
    /// On or off
    Switch(bool),
    /// On, in detail
    Table(T),
}

impl<T: Clone + Default> Toggle<T> {
    /// The table, if this is on.
    pub fn table(&self) -> Option<T> {
        match self {
            Toggle::Switch(false) => None,
            Toggle::Switch(true) => Some(T::default()),
            Toggle::Table(table) => Some(table.clone()),
        }
    }
}

/// Which pushes start a pipeline.
///
/// With neither `branches` nor `tags`: every branch, no tags. With one of them: only that.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Push {
    /// Globs of branches: `*` stops at `/`, `**` does not.
    pub branches: Option<OneOrMany<String>>,
    /// Globs of tags.
    pub tags: Option<OneOrMany<String>>,
    /// Globs of files of which one must have changed. Not together with `paths-ignore`.
    pub paths: Option<OneOrMany<String>>,
    /// Globs of files that alone start no pipeline. Not together with `paths`.
    pub paths_ignore: Option<OneOrMany<String>>,
}

/// Which pull and merge requests start a pipeline.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PullRequest {
    /// Globs of target branches.
    pub branches: Option<OneOrMany<String>>,
    /// Globs of files of which one must have changed. Not together with `paths-ignore`.
    pub paths: Option<OneOrMany<String>>,
    /// Globs of files that alone start no pipeline. Not together with `paths`.
    pub paths_ignore: Option<OneOrMany<String>>,
}

/// Runs that a person starts.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Manual {
    /// What the person may choose, read as `{{ input.NAME }}`. On every other event an input has its default.
    pub inputs: Option<IndexMap<String, Input>>,
}

/// One thing that the person may choose.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// What kind of value. Default: `string`.
    #[serde(rename = "type")]
    pub kind: Option<InputKind>,
    /// The choices of type `choice`.
    pub options: Option<OneOrMany<String>>,
    /// The value on every event other than manual, and what is filled in to begin with.
    pub default: InputDefault,
    /// What the person reads.
    pub description: Option<String>,
}

/// What kind of value an input has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum InputKind {
    /// One of `options`
    Choice,
    /// Any text
    #[default]
    String,
    /// `true` or `false`
    Boolean,
    /// A number
    Number,
}

/// The default of an input, of the input's type.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum InputDefault {
    /// For `boolean`
    Boolean(bool),
    /// For `number`
    Number(serde_json::Number),
    /// For `string` and `choice`
    Text(String),
}
