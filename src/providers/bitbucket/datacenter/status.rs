//! The build status of a commit.
//!
//! <https://developer.atlassian.com/server/bitbucket/rest/v905/api-group-builds-and-deployments/>

use serde_json::json;

use super::{
    super::{
        super::{
            limits::{DATACENTER_STATUS_NAME, DATACENTER_STATUS_URL},
            BuildStatus,
        },
        said::{key, page, state},
    },
    place::Place,
};
use crate::{
    net::{Api, Body, Error, Repeat, Request},
    report::write::text,
};

/// Sets the status. One of the same key is replaced, so that it may be sent again.
pub(super) async fn set(api: &Api, place: &Place, commit: &str, status: &BuildStatus) -> Result<(), Error> {
    let short = |text: &str| DATACENTER_STATUS_NAME.cut(&text::line(text, DATACENTER_STATUS_NAME.most)).into_owned();
    let name = short(&status.name);
    let key = key(&status.name, DATACENTER_STATUS_NAME.most);
    // A status without an address is turned down.
    let pages = [&status.url, &place.page].into_iter().flatten().filter_map(|it| page(it)).map(String::from);
    let url = pages.into_iter().find(|it| it.chars().count() <= DATACENTER_STATUS_URL.most);
    let mut body = json!({
        "key": key,
        // What a merge check of required builds asks for: <https://jira.atlassian.com/browse/BSERV-19804>
        "parent": key,
        "state": state(status.state),
        "name": name,
        "description": short(&status.description),
        "url": url.unwrap_or_else(|| place.web(&format!("commits/{commit}"))),
    });
    // What ties it to the pull requests of the branch: <https://github.com/jenkinsci/atlassian-bitbucket-server-integration-plugin/pull/401>
    if let Some(branch) = &place.branch {
        body["ref"] = format!("refs/heads/{branch}").into();
    }
    let url = place.url(api, "api", &["commits", commit, "builds"]);
    let request = Request::post(url, Body::Json(body), format!("set the build status `{name}`"));
    api.send(request.repeat(Repeat::Always)).await.map(|_| ())
}
