//! The eight CI systems by name.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A CI system that ci-gen renders pipelines for.
///
/// ```
/// use ci_gen::SystemId;
/// assert_eq!(SystemId::ALL.len(), 8);
/// assert_eq!(SystemId::Github.key(), "github");
/// assert_eq!(SystemId::Github.title(), "GitHub Actions");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SystemId {
    /// GitHub Actions
    Github,
    /// GitLab CI
    Gitlab,
    /// Jenkins (declarative pipelines)
    Jenkins,
    /// Azure DevOps Pipelines
    Azure,
    /// CircleCI
    Circleci,
    /// Travis CI
    Travis,
    /// Bitbucket Pipelines (cloud)
    Bitbucket,
    /// TeamCity (Kotlin DSL)
    Teamcity,
}

impl SystemId {
    /// Every system, in the order in which they are always listed.
    pub const ALL: &'static [SystemId] = &[
        SystemId::Github,
        SystemId::Gitlab,
        SystemId::Jenkins,
        SystemId::Azure,
        SystemId::Circleci,
        SystemId::Travis,
        SystemId::Bitbucket,
        SystemId::Teamcity,
    ];

    /// The word that the spec and the command line use.
    pub fn key(self) -> &'static str {
        match self {
            SystemId::Github => "github",
            SystemId::Gitlab => "gitlab",
            SystemId::Jenkins => "jenkins",
            SystemId::Azure => "azure",
            SystemId::Circleci => "circleci",
            SystemId::Travis => "travis",
            SystemId::Bitbucket => "bitbucket",
            SystemId::Teamcity => "teamcity",
        }
    }

    /// The name that people read.
    pub fn title(self) -> &'static str {
        match self {
            SystemId::Github => "GitHub Actions",
            SystemId::Gitlab => "GitLab CI",
            SystemId::Jenkins => "Jenkins",
            SystemId::Azure => "Azure DevOps",
            SystemId::Circleci => "CircleCI",
            SystemId::Travis => "Travis CI",
            SystemId::Bitbucket => "Bitbucket Pipelines",
            SystemId::Teamcity => "TeamCity",
        }
    }

    /// The system of that key, if there is one.
    pub fn from_key(key: &str) -> Option<SystemId> {
        SystemId::ALL.iter().copied().find(|id| id.key() == key)
    }
}

impl fmt::Display for SystemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}
