//! Reads the legs back from rendered pipelines, without any code of the generator.

mod azure;
mod bitbucket;
mod circleci;
mod github;
mod gitlab;
mod jenkins;
mod teamcity;
mod travis;

use std::collections::BTreeMap;

use ci_gen::SystemId;
use serde_json::Value;

/// One native leg: the job it belongs to, and what its commands would see.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leg {
    /// The job's name or slug.
    pub job: String,
    /// Every non-empty `MATRIX_*` and `CI_GEN_SHARD_*` variable.
    pub env: BTreeMap<String, String>,
}

/// A YAML document as JSON; a text that is no YAML fails the test.
pub fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// The legs in the files of one system.
pub fn legs(system: SystemId, files: &BTreeMap<String, String>) -> Vec<Leg> {
    match system {
        SystemId::Github => github::legs(files),
        SystemId::Gitlab => gitlab::legs(files),
        SystemId::Jenkins => jenkins::legs(files),
        SystemId::Azure => azure::legs(files),
        SystemId::Circleci => circleci::legs(files),
        SystemId::Travis => travis::legs(files),
        SystemId::Bitbucket => bitbucket::legs(files),
        SystemId::Teamcity => teamcity::legs(files),
    }
}
