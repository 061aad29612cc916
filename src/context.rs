//! Where we are: a CI system's run, its repository and change, each fact with where it is from.

use std::collections::BTreeMap;

use crate::id::SystemId;

/// Environment variables, captured once; nothing behind it asks the process again.
///
/// An empty variable is an unset one: systems set what they have no value for to nothing.
///
/// ```
/// use ci_gen::context::Env;
/// let env = Env::from_iter([("GITHUB_HEAD_REF", ""), ("CI", "true")]);
/// assert_eq!(env.get("CI"), Some("true"));
/// assert_eq!(env.get("GITHUB_HEAD_REF"), None);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Env {
    variables: BTreeMap<String, String>,
    /// Texts of the files that variables point to, by path, captured with them: event payloads, properties.
    pub files: BTreeMap<String, String>,
}

impl Env {
    /// The value of a variable that is neither unset nor empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|it| !it.is_empty())
    }

    /// Every variable by name, the empty ones included.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Env {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Env { variables, files: BTreeMap::new() }
    }
}

/// A fact and where it is from: a variable's name, `event: pull_request.head.sha`, `git`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field<T = String> {
    /// What is known.
    pub value: T,
    /// Where it is from.
    pub source: String,
}

impl<T> Field<T> {
    /// A fact from there.
    pub fn new(value: T, source: impl Into<String>) -> Self {
        Field { value, source: source.into() }
    }
}

/// Where a run takes place. What is not known is `None`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Context {
    /// The CI system; `None` outside of the eight.
    pub system: Option<Field<SystemId>>,
    /// `owner/name` of the repository that the change goes to.
    pub repository: Option<Field>,
    /// The code host's address, without credentials: `https://github.com`.
    pub host: Option<Field>,
    /// The branch; of a change the branch that it comes from.
    pub branch: Option<Field>,
    /// The tag.
    pub tag: Option<Field>,
    /// The commit that a status belongs to: the change's own head, not a merge that the system made of it.
    pub head_sha: Option<Field>,
    /// The branch that a change goes to.
    pub base_branch: Option<Field>,
    /// The commit of that branch, as far as the system tells.
    pub base_sha: Option<Field>,
    /// The number of the pull or merge request.
    pub change_number: Option<Field<u64>>,
    /// Whether the change comes from another repository, so that tokens can do less.
    pub fork: Option<Field<bool>>,
    /// What started the run, in the system's own word.
    pub event: Option<Field>,
    /// The id of the run, the same for all its jobs.
    pub build_id: Option<Field>,
    /// Which attempt of that run, from 1.
    pub build_attempt: Option<Field<u32>>,
    /// The page of the run.
    pub build_url: Option<Field>,
    /// The job in the system's own words.
    pub job: Option<Field>,
    /// Which machine of several, from 1.
    pub shard_index: Option<Field<u32>>,
    /// How many machines.
    pub shard_total: Option<Field<u32>>,
}
