//! Publishing: every provider against a fake of its vendor on the loopback.

mod azure;
mod bench;
mod bitbucket;
mod cli;
mod clock;
mod contract;
mod datacenter;
mod github;
mod gitlab;
mod given;
mod jenkins;
mod kit;
mod local;
mod reading;
mod schemas;
mod server;
mod teamcity;

use self::kit::Kit;

/// Every vendor that something is published at over its API.
pub const KITS: &[&dyn Kit] = &[
    &azure::AzureKit,
    &bitbucket::BitbucketKit,
    &datacenter::DataCenterKit,
    &github::GithubKit,
    &gitlab::GitlabKit,
    &jenkins::JenkinsKit,
    &teamcity::TeamcityKit,
];
