//! How a server speaks: the token, and what its answers mean.
//!
//! Errors: <https://developer.atlassian.com/server/bitbucket/rest/v905/intro/>

use std::time::SystemTime;

use serde_json::Value;

use crate::net::{by_status, Answer, Dialect, HeaderName, HeaderValue, Judgement, Kind, Request};

/// How somebody gets a token that may do everything that is done here.
///
/// <https://confluence.atlassian.com/bitbucketserver091/http-access-tokens-1443038354.html>
pub(super) const GRANT: &str =
    "make an HTTP access token with the permission `Repository write` in the settings of the repository, and set it as \
     the secret variable BITBUCKET_TOKEN";

pub(super) struct Ways {
    pub(super) token: String,
}

impl Dialect for Ways {
    fn vendor(&self) -> &str {
        super::VENDOR
    }

    /// Servers take some writes for those of a foreign page in somebody's browser unless this says that they are not.
    ///
    /// <https://github.com/drone/go-scm/pull/234>
    fn headers(&self) -> Vec<(HeaderName, HeaderValue)> {
        vec![(HeaderName::from_static("x-atlassian-token"), HeaderValue::from_static("no-check"))]
    }

    fn credentials(&self) -> Option<(HeaderName, HeaderValue)> {
        let value = HeaderValue::from_str(&format!("Bearer {}", self.token)).ok()?;
        Some((HeaderName::from_static("authorization"), value))
    }

    /// A server answers 401 to those whom it knows and does not let, too; the class of the error tells them apart. Where
    /// somebody else changed a comment first, the same request will never do: whoever made it reads again.
    fn judge(&self, request: &Request, answer: &Answer, now: SystemTime) -> Judgement {
        match answer.status {
            401 if is(answer, "AuthorisationException") => Judgement::No(Kind::Permission),
            409 if is_of_comment(request) => Judgement::No(Kind::Connection),
            _ => by_status(answer, now),
        }
    }

    fn help(&self, kind: Kind, request: &Request, _answer: Option<&Answer>) -> Option<String> {
        match kind {
            Kind::Authentication => Some(format!("look whether the token in BITBUCKET_TOKEN has ended; {GRANT}")),
            Kind::Permission => Some(
                "give the token in BITBUCKET_TOKEN the permission `Repository write`, and its owner access to the \
                 repository; what another account wrote stays that account's"
                    .to_owned(),
            ),
            Kind::NotFound if request.url.path().ends_with("/builds") => Some(format!(
                "build statuses need Bitbucket 7.4 or later; {}",
                "look also whether the commit was pushed, and whether the token in BITBUCKET_TOKEN may read the repository"
            )),
            Kind::NotFound => Some(
                "look whether the token in BITBUCKET_TOKEN may read the repository, whether the commit was pushed, and \
                 whether the server's address has a path that is missing here; BITBUCKET_URL names it"
                    .to_owned(),
            ),
            Kind::Configuration | Kind::RateLimit | Kind::Connection => None,
        }
    }
}

/// Whether a request is about one comment.
fn is_of_comment(request: &Request) -> bool {
    request.url.path_segments().and_then(|it| it.rev().nth(1)) == Some("comments")
}

/// Whether an error is of this class: `{"errors": [{"exceptionName": "com.atlassian.bitbucket.…"}]}`.
fn is(answer: &Answer, class: &str) -> bool {
    let json = answer.json();
    let name = |error: &Value| error["exceptionName"].as_str().and_then(|it| it.rsplit('.').next()).map(str::to_owned);
    json["errors"].as_array().into_iter().flatten().filter_map(name).any(|it| it == class)
}
