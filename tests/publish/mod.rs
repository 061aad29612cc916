//! Publishing: every provider against a fake of its vendor on the loopback.

mod bench;
mod bitbucket;
mod cli;
mod clock;
mod contract;
mod github;
mod gitlab;
mod given;
mod kit;
mod schemas;
mod server;

use self::kit::Kit;

/// Every vendor that something is published at over its API.
pub const KITS: &[&dyn Kit] = &[&bitbucket::BitbucketKit, &github::GithubKit, &gitlab::GitlabKit];
