//! Bitbucket: reports of Code Insights, comments on pull requests and build statuses, in Cloud and on servers of one's own.
//!
//! The two have their names in common, and no API. What they say alike stands in [`said`], how annotations are kept in
//! [`findings`].

mod cloud;
mod datacenter;
mod findings;
mod said;

use super::{Provider, Setting};
use crate::net::{Error, Url};

/// The word by which it is chosen.
const NAME: &str = "bitbucket";
/// The vendor, as people write it.
const VENDOR: &str = "Bitbucket";
/// The variable that holds the token.
const TOKEN: &str = "BITBUCKET_TOKEN";

/// The provider of that name: that of Cloud, unless the repository is elsewhere.
///
/// # Errors
/// There is no token where one is needed, or one that cannot be sent; the repository or an address is none.
pub(super) fn create(setting: &Setting<'_>) -> Result<Box<dyn Provider>, Error> {
    match setting.context.host.as_ref().map(|it| it.value.as_str()) {
        Some(host) if !is_cloud(host) => datacenter::create(setting, host),
        _ => cloud::create(setting),
    }
}

fn is_cloud(host: &str) -> bool {
    let name = Url::parse(host).ok().and_then(|it| it.host_str().map(str::to_owned));
    name.is_some_and(|it| it == "bitbucket.org" || it.ends_with(".bitbucket.org"))
}
