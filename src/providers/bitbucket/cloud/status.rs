//! The build status of a commit.
//!
//! <https://developer.atlassian.com/cloud/bitbucket/rest/api-group-commit-statuses/>

use serde_json::json;

use super::{
    super::{
        super::{
            limits::{BITBUCKET_STATUS_KEY, BITBUCKET_STATUS_NAME, BITBUCKET_STATUS_URL},
            BuildStatus,
        },
        said::{key, state},
    },
    place::{link, Place},
};
use crate::{
    net::{Api, Body, Error, Repeat, Request},
    report::write::text,
};

/// Sets the status. One of the same key is replaced, so that it may be sent again.
pub(super) async fn set(api: &Api, place: &Place, commit: &str, status: &BuildStatus) -> Result<(), Error> {
    let most = BITBUCKET_STATUS_NAME.most;
    let name = text::line(&status.name, most);
    // A status without an address is turned down.
    let pages = [&status.url, &place.page].into_iter().flatten().filter_map(|it| link(it));
    let url = pages.into_iter().find(|it| it.chars().count() <= BITBUCKET_STATUS_URL.most);
    let mut body = json!({
        "key": key(&status.name, BITBUCKET_STATUS_KEY.most),
        "state": state(status.state),
        "name": name,
        "description": text::line(&status.description, most),
        "url": url.unwrap_or_else(|| place.commit_page(commit)),
    });
    // What ties it to the pull requests of the branch.
    if let Some(branch) = &place.branch {
        body["refname"] = branch.as_str().into();
    }
    let url = api.url(place.of_repository(&["commit", commit, "statuses", "build"]));
    let request = Request::post(url, Body::Json(body), format!("set the build status `{name}`"));
    api.send(request.repeat(Repeat::Always)).await.map(|_| ())
}
