//! Publishing: every provider against a fake of its vendor on the loopback.

mod clock;
mod contract;
mod github;
mod given;
mod kit;
mod schemas;
mod server;

use self::kit::Kit;

/// Every vendor that something is published at over its API.
pub const KITS: &[&dyn Kit] = &[&github::GithubKit];
