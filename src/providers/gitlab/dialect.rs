//! How GitLab speaks: its token, its limits of rate, what its answers mean.
//!
//! <https://docs.gitlab.com/api/rest/>

use std::time::{Duration, SystemTime};

use crate::net::{by_status, Answer, Body, Dialect, HeaderName, HeaderValue, Judgement, Kind, Request};

/// How somebody gets a token that may do everything that is done here.
pub(super) const GRANT: &str =
    "make a project access token with the scope `api` and the role Developer (Reporter does \
     for comments alone), and set it as the masked variable GITLAB_TOKEN; a protected variable is there on protected \
     branches only";

pub(super) struct Gitlab {
    pub(super) token: String,
}

impl Dialect for Gitlab {
    fn vendor(&self) -> &str {
        super::VENDOR
    }

    /// Tokens of people, projects and groups: <https://docs.gitlab.com/api/rest/authentication/>
    fn credentials(&self) -> Option<(HeaderName, HeaderValue)> {
        Some((HeaderName::from_static("private-token"), HeaderValue::from_str(&self.token).ok()?))
    }

    fn judge(&self, request: &Request, answer: &Answer, now: SystemTime) -> Judgement {
        match answer.status {
            // Servers of one's own send those away who must sign in.
            300..=399 if answer.header("location").is_some_and(|it| it.contains("/users/sign_in")) => {
                Judgement::No(Kind::Authentication)
            }
            400 if stands_already(request, answer) => Judgement::Fine,
            429 => Judgement::rate_limit(answer.retry_after(now).or_else(|| answer.until("ratelimit-reset", now))),
            _ => by_status(answer, now),
        }
    }

    /// <https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/#response-headers>
    fn pause(&self, answer: &Answer, now: SystemTime) -> Option<Duration> {
        (answer.number("ratelimit-remaining") == Some(0)).then(|| answer.until("ratelimit-reset", now)).flatten()
    }

    fn help(&self, kind: Kind, request: &Request, answer: Option<&Answer>) -> Option<String> {
        let words = answer.map(Answer::words).unwrap_or_default();
        let notes = request.url.path().contains("/notes");
        match kind {
            Kind::Authentication => Some(GRANT.to_owned()),
            Kind::Permission if words.contains("insufficient_scope") || words.contains("higher privileges") => {
                Some("the token in GITLAB_TOKEN lacks the scope `api`; make another one with it".to_owned())
            }
            Kind::Permission if notes => Some(
                "the token in GITLAB_TOKEN needs the role Reporter in the project of the merge request, and only its own \
                 notes can be changed below Maintainer"
                    .to_owned(),
            ),
            Kind::Permission => Some(
                "the token in GITLAB_TOKEN needs the role Developer in the project, and for a protected branch the right \
                 to push or merge there"
                    .to_owned(),
            ),
            Kind::NotFound => Some(
                "look whether the token in GITLAB_TOKEN is of a member of the project: of what a token may not see, \
                 GitLab says that it is not there"
                    .to_owned(),
            ),
            Kind::Configuration if words.contains("has already been taken") => {
                Some("a job of the pipeline has the name of the status; one of the two needs another name".to_owned())
            }
            Kind::Configuration if words.contains("number of jobs") => {
                Some("the pipeline has as many jobs as GitLab allows, and each status is one".to_owned())
            }
            Kind::Configuration | Kind::RateLimit | Kind::Connection => None,
        }
    }
}

/// Whether a status that is to be pending is so already, or goes on: GitLab takes that for a mistake. It would not if a run
/// that ended were to be pending again; that makes a new status.
///
/// <https://gitlab.com/gitlab-org/gitlab/-/merge_requests/198626>
fn stands_already(request: &Request, answer: &Answer) -> bool {
    let Body::Json(body) = &request.body else { return false };
    let waits = matches!(body["state"].as_str(), Some("pending" | "running"));
    let said = answer.words();
    waits
        && ["Cannot transition status via :enqueue from", "Cannot transition status via :run from"]
            .iter()
            .any(|it| said.starts_with(it))
}
