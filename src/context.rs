//! Where we are: a CI system's run, its repository and change, each fact with where it is from.

mod address;
pub(crate) mod properties;
mod refs;

use std::{collections::BTreeMap, str::FromStr};

pub use self::{
    address::{without_credentials, Address},
    refs::{branch_of, change_of, tag_of},
};
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
    /// Files that variables point to and that could not be read, by path, with the reason.
    pub unreadable: BTreeMap<String, String>,
}

impl Env {
    /// The value of a variable that is neither unset nor empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|it| !it.is_empty())
    }

    /// The value as a fact, with the variable's name as its source.
    pub fn field(&self, name: &str) -> Option<Field> {
        self.get(name).map(|value| Field::new(value.to_owned(), name))
    }

    /// The first of several variables that has a value.
    pub fn first(&self, names: &[&str]) -> Option<Field> {
        names.iter().find_map(|name| self.field(name))
    }

    /// Whether a variable says yes: `true`, `True`, `1`.
    pub fn is_true(&self, name: &str) -> bool {
        self.get(name).is_some_and(|it| it.eq_ignore_ascii_case("true") || it == "1")
    }

    /// The text of the file whose path is a variable's value, if it was captured.
    pub fn file(&self, variable: &str) -> Option<&str> {
        self.files.get(self.get(variable)?).map(String::as_str)
    }

    /// Every variable by name, the empty ones included.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Env {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Env { variables, ..Env::default() }
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

    /// What follows from it; the source stays.
    pub fn and_then<U>(self, f: impl FnOnce(T) -> Option<U>) -> Option<Field<U>> {
        let Field { value, source } = self;
        f(value).map(|value| Field { value, source })
    }

    /// Something else that it means; the source stays.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Field<U> {
        Field { value: f(self.value), source: self.source }
    }
}

impl Field {
    /// The number that it is.
    pub fn number<N: FromStr>(self) -> Option<Field<N>> {
        self.and_then(|it| it.trim().parse().ok())
    }

    /// The branch of a ref or of a plain name: [`branch_of`].
    pub fn branch(self) -> Option<Field> {
        self.and_then(|it| branch_of(&it).map(str::to_owned))
    }

    /// The tag of a ref: [`tag_of`].
    pub fn tag(self) -> Option<Field> {
        self.and_then(|it| tag_of(&it).map(str::to_owned))
    }

    /// The number in the ref of a change: [`change_of`].
    pub fn change(self) -> Option<Field<u64>> {
        self.and_then(|it| change_of(&it))
    }

    /// The address of a page, without credentials.
    pub fn page(self) -> Field {
        self.map(|it| without_credentials(&it))
    }
}

/// Where a run takes place. What is not known is `None`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Context {
    /// The CI system; `None` outside of the eight.
    pub system: Option<Field<SystemId>>,
    /// The name of a CI system that is none of the eight, or `unknown`; `None` there and on somebody's own machine.
    pub other: Option<Field>,
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
    /// The commit that is checked out where that is another one: a merge that the system made of the change.
    pub tested_sha: Option<Field>,
    /// Git's hash of the files of the commit that is checked out.
    pub tree_sha: Option<Field>,
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
