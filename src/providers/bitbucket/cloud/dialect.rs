//! How Bitbucket Cloud speaks: who asks, and what its answers mean.
//!
//! <https://developer.atlassian.com/cloud/bitbucket/rest/intro/>

use base64::{engine::general_purpose::STANDARD, Engine};

use crate::{
    context::Env,
    net::{Answer, Dialect, HeaderName, HeaderValue, Kind, Request},
};

/// How somebody gets a token that may do everything that is done here.
pub(super) const GRANT: &str = "make a repository access token with the scopes `pullrequest:write` and \
     `repository:write`, and set it as the secured variable BITBUCKET_TOKEN; with a person's API token set \
     BITBUCKET_EMAIL, too";

/// What stands in `Authorization`: access tokens as they are, API tokens of people with their e-mail address. Passwords for
/// apps came to their end in June 2026.
///
/// <https://support.atlassian.com/bitbucket-cloud/docs/using-api-tokens/>
pub(super) fn authorization(env: &Env, token: &str) -> String {
    match env.first(&["BITBUCKET_EMAIL", "BITBUCKET_USERNAME"]) {
        Some(person) => format!("Basic {}", STANDARD.encode(format!("{}:{token}", person.value.trim()))),
        None => format!("Bearer {token}"),
    }
}

pub(super) struct Bitbucket {
    /// Nothing where the proxy of a step signs.
    pub(super) authorization: Option<String>,
}

impl Dialect for Bitbucket {
    fn vendor(&self) -> &str {
        super::super::VENDOR
    }

    fn credentials(&self) -> Option<(HeaderName, HeaderValue)> {
        let value = HeaderValue::from_str(self.authorization.as_ref()?).ok()?;
        Some((HeaderName::from_static("authorization"), value))
    }

    fn help(&self, kind: Kind, request: &Request, answer: Option<&Answer>) -> Option<String> {
        let basic = self.authorization.as_ref().is_some_and(|it| it.starts_with("Basic "));
        let scope = match request.url.path().contains("/pullrequests") {
            true => "pullrequest:write",
            false => "repository:write",
        };
        match (kind, &self.authorization) {
            (Kind::Connection, None) => Some(
                "the proxy of Bitbucket Pipelines is not there; name it in CI_GEN_BITBUCKET_PROXY, as seen from this \
                 container, or set BITBUCKET_TOKEN"
                    .to_owned(),
            )
            .filter(|_| answer.is_none()),
            (Kind::Authentication | Kind::Permission, None) => Some(GRANT.to_owned()),
            (Kind::Authentication, _) if basic => Some(
                "look whether BITBUCKET_EMAIL holds the e-mail address of the Atlassian account that the token in \
                 BITBUCKET_TOKEN is of (a user name does not do), and whether the token has ended; with an access token \
                 leave it away"
                    .to_owned(),
            ),
            (Kind::Authentication, _) => Some(format!(
                "look whether the token in BITBUCKET_TOKEN has ended; with a person's API token set BITBUCKET_EMAIL, \
                 too, and give it the scope `{scope}`"
            )),
            (Kind::Permission, _) => Some(match answer.and_then(required) {
                Some(scopes) => format!("give the token in BITBUCKET_TOKEN the scope {scopes}"),
                None => format!("give the token in BITBUCKET_TOKEN the scope `{scope}`, and its owner the right to write"),
            }),
            (Kind::NotFound, _) => Some(
                "look whether the token in BITBUCKET_TOKEN is of this repository or its workspace, and whether the \
                 commit was pushed"
                    .to_owned(),
            ),
            _ => None,
        }
    }
}

/// The scopes that a token lacks, as the answer names them.
fn required(answer: &Answer) -> Option<String> {
    let json = answer.json();
    let detail = &json["error"]["detail"];
    let names = |it: &serde_json::Value| -> Vec<String> {
        it.as_array().into_iter().flatten().filter_map(|it| it.as_str().map(|it| format!("`{it}`"))).collect()
    };
    let granted = names(&detail["granted"]);
    let lacking: Vec<String> = names(&detail["required"]).into_iter().filter(|it| !granted.contains(it)).collect();
    (!lacking.is_empty()).then(|| lacking.join(", "))
}
