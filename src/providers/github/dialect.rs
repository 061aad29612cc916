//! How GitHub speaks: headers, what its answers mean, how fast it may be asked, and which permission is missing.
//!
//! Rate limits: <https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api>, failures:
//! <https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api>

use std::time::{Duration, SystemTime};

use super::{NAME, TOKEN};
use crate::net::{by_status, Answer, Dialect, HeaderName, HeaderValue, Judgement, Kind, Request};

/// The least time between two writes, so that no more than the 80 a minute that the secondary limit allows are made.
///
/// <https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api#pause-between-mutative-requests>
const GAP: Duration = Duration::from_secs(1);
/// How long to wait after a secondary limit where the answer does not say.
const SECONDARY: Duration = Duration::from_secs(60);

/// What can be said to too many writes without the header of a limit, in lower case.
const TOO_MANY: &[&str] = &["rate limit", "abuse detection"];

/// GitHub's ways with a token.
pub(super) struct Ways {
    authorization: Option<HeaderValue>,
    /// Whether the run is of a pull request from a fork.
    fork: bool,
}

impl Ways {
    pub(super) fn new(token: &str, fork: bool) -> Self {
        Ways { authorization: HeaderValue::from_str(&format!("Bearer {token}")).ok(), fork }
    }

    /// The way out where a token may not do something.
    fn permission(&self, request: &Request, answer: Option<&Answer>) -> String {
        let words = answer.map(said).unwrap_or_default();
        if words.contains("authenticate via a github app") {
            return "only GitHub Apps can make check runs: use the job's own `${{ github.token }}` with `checks: write`, or \
                    leave check runs out; personal access tokens can set commit statuses and comment"
                .to_owned();
        }
        if words.contains("is locked") {
            return "unlock the conversation of the pull request".to_owned();
        }
        let needed = answer.and_then(|it| accepted(it.header("x-accepted-github-permissions")?));
        let needed = needed.or_else(|| of_path(request).map(str::to_owned));
        let needed = needed.unwrap_or_else(|| "the permission for it".to_owned());
        let mut help = match words.contains("personal access token") {
            true => format!("give the token {needed}, in the settings of whoever owns it"),
            false => format!("give the job {needed} in its `permissions`"),
        };
        if self.fork {
            help.push_str(
                "; runs of pull requests from forks get a token that only reads, whatever the workflow says: publish from \
                 a second workflow on `workflow_run`",
            );
        }
        help
    }
}

impl Dialect for Ways {
    fn vendor(&self) -> &str {
        NAME
    }

    /// <https://docs.github.com/rest/about-the-rest-api/api-versions>
    fn headers(&self) -> Vec<(HeaderName, HeaderValue)> {
        vec![
            (HeaderName::from_static("accept"), HeaderValue::from_static("application/vnd.github+json")),
            (HeaderName::from_static("x-github-api-version"), HeaderValue::from_static("2022-11-28")),
        ]
    }

    fn credentials(&self) -> Option<(HeaderName, HeaderValue)> {
        Some((HeaderName::from_static("authorization"), self.authorization.clone()?))
    }

    fn judge(&self, _request: &Request, answer: &Answer, now: SystemTime) -> Judgement {
        match answer.status {
            // A limit may come as 403, and what is not permitted, too.
            403 | 429 => {
                let spent = answer.number("x-ratelimit-remaining") == Some(0);
                let asked = answer.retry_after(now);
                let words = said(answer);
                let told = TOO_MANY.iter().any(|it| words.contains(it));
                if answer.status == 403 && !spent && asked.is_none() && !told {
                    return Judgement::No(Kind::Permission);
                }
                let reset = || answer.until("x-ratelimit-reset", now).filter(|_| spent);
                Judgement::rate_limit(Some(asked.or_else(reset).unwrap_or(SECONDARY)))
            }
            // <https://github.com/cli/cli/issues/4801>
            422 if said(answer).contains("submitted too quickly") => Judgement::rate_limit(Some(SECONDARY)),
            // <https://github.com/rust-lang/homu/issues/141>
            422 if said(answer).contains("no commit found") => Judgement::No(Kind::NotFound),
            _ => by_status(answer, now),
        }
    }

    fn gap(&self) -> Duration {
        GAP
    }

    fn help(&self, kind: Kind, request: &Request, answer: Option<&Answer>) -> Option<String> {
        match kind {
            Kind::Authentication => Some(format!(
                "the token in {TOKEN} is wrong or has ended; in a workflow it is `env: {TOKEN}: ${{{{ github.token }}}}`"
            )),
            Kind::Permission => Some(self.permission(request, answer)),
            Kind::NotFound => {
                let needed = of_path(request).unwrap_or("the permission for it");
                Some(format!(
                    "see whether repository, commit and pull request are there; GitHub also says this where the token may \
                     not see a repository, or lacks {needed}"
                ))
            }
            Kind::RateLimit => Some(
                "a job's token may make 1,000 requests an hour for all jobs of a repository, and 80 writes a minute: let \
                 one job publish for all of them"
                    .to_owned(),
            ),
            Kind::Configuration if answer.is_some_and(|it| said(it).contains("maximum number of statuses")) => {
                Some("a commit takes 1,000 statuses of one name; push another commit".to_owned())
            }
            Kind::Connection | Kind::Configuration => None,
        }
    }
}

fn said(answer: &Answer) -> String {
    answer.words().to_lowercase()
}

/// What the header says: sets of permissions, one of which is enough, `issues=write; pull_requests=write`.
///
/// <https://github.blog/changelog/2023-08-10-x-accepted-github-permissions-header-for-fine-grained-permission-actors>
fn accepted(header: &str) -> Option<String> {
    let plain = |it: &str| it.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    let one = |text: &str| {
        let (name, level) = text.trim().split_once('=')?;
        (plain(name) && plain(level)).then(|| format!("`{}: {level}`", name.replace('_', "-")))
    };
    let set = |text: &str| text.split(',').map(one).collect::<Option<Vec<_>>>().map(|it| it.join(" and "));
    header.split(';').map(set).collect::<Option<Vec<_>>>().map(|it| it.join(" or "))
}

/// What a request needs where no header says it: <https://docs.github.com/rest/authentication/permissions-required-for-github-apps>
fn of_path(request: &Request) -> Option<&'static str> {
    let mut segments = request.url.path_segments()?;
    segments.find_map(|it| match (it, request.writes()) {
        ("check-runs", true) => Some("`checks: write`"),
        ("check-runs", false) => Some("`checks: read`"),
        ("statuses", _) => Some("`statuses: write`"),
        ("issues", _) => Some("`pull-requests: write`"),
        ("pulls", _) => Some("`pull-requests: read`"),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_are_named_as_workflows_do() {
        assert_eq!(accepted("checks=write").as_deref(), Some("`checks: write`"));
        assert_eq!(
            accepted("pull_requests=read,contents=read; issues=read").as_deref(),
            Some("`pull-requests: read` and `contents: read` or `issues: read`")
        );
        assert_eq!(accepted("allows_permissionless_access=true; x").as_deref(), None);
    }
}
