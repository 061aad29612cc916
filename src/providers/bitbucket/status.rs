//! The build status of a commit.
//!
//! <https://developer.atlassian.com/cloud/bitbucket/rest/api-group-commit-statuses/>

use serde_json::json;
use sha2::{Digest, Sha256};

use super::{
    super::{
        limits::{BITBUCKET_STATUS_KEY, BITBUCKET_STATUS_NAME, BITBUCKET_STATUS_URL},
        BuildStatus, State,
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
        "key": key(&status.name),
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

/// The name, or a hash of it where it is longer than a key may be.
fn key(name: &str) -> String {
    let most = BITBUCKET_STATUS_KEY.most;
    if !name.is_empty() && name.len() <= most && name.chars().all(|it| it.is_ascii_graphic() || it == ' ') {
        return name.to_owned();
    }
    hash(&[name], most)
}

/// Hexadecimal digits that stand for some texts.
pub(super) fn hash(texts: &[&str], digits: usize) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update(text.as_bytes());
        hash.update([0]);
    }
    hash.finalize()
        .iter()
        .flat_map(|it| [it >> 4, it & 15])
        .take(digits)
        .map(|it| char::from_digit(it.into(), 16).unwrap_or('0'))
        .collect()
}

/// Bitbucket's word. `STOPPED` is of runs that somebody ended, and holds no merge back.
fn state(state: State) -> &'static str {
    match state {
        State::Pending => "INPROGRESS",
        State::Success => "SUCCESSFUL",
        State::Failure | State::Error => "FAILED",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_short_and_differ() {
        assert_eq!(key("ci-gen/unit"), "ci-gen/unit");
        assert_eq!(key(&"x".repeat(40)), "x".repeat(40));
        let (one, other) = (key(&"x".repeat(41)), key(&"x".repeat(42)));
        assert_eq!((one.len(), other.len()), (40, 40));
        assert_ne!(one, other);
        for name in ["", "ä", "a\nb", &"😀".repeat(30)] {
            assert_eq!(key(name).len(), 40, "{name}");
        }
    }
}
