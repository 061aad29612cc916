//! What Azure DevOps wants to see in requests, and what its answers mean.

use std::time::{Duration, SystemTime};

use base64::{engine::general_purpose::STANDARD, Engine};

use super::VENDOR;
use crate::{
    net::{by_status, Answer, Dialect, Error, HeaderName, HeaderValue, Judgement, Kind, Request},
    providers::Setting,
};

/// The token that each job has, and nobody gets without asking.
const JOB: &str = "SYSTEM_ACCESSTOKEN";
/// A user's own token, under the name that the vendor's command line takes it:
/// <https://learn.microsoft.com/azure/devops/cli/log-in-via-pat>
const PERSONAL: &str = "AZURE_DEVOPS_EXT_PAT";

/// How a job gets its token: <https://learn.microsoft.com/azure/devops/pipelines/build/variables#systemaccesstoken>
const MAPPING: &str =
    "give the step `env: SYSTEM_ACCESSTOKEN: $(System.AccessToken)`: it is never handed over by itself, \
                       and builds of forks get none unless the pipeline allows it";

/// The ways of Azure DevOps.
pub(super) struct AzureDialect {
    credentials: HeaderValue,
    personal: bool,
}

impl AzureDialect {
    /// With the job's token, else with a personal one.
    ///
    /// # Errors
    /// There is none that can be sent.
    pub(super) fn of(setting: &Setting<'_>) -> Result<Self, Error> {
        let unmapped = setting.env.get(JOB).is_some_and(|it| it.starts_with("$("));
        let personal = (unmapped || setting.env.get(JOB).is_none()) && setting.env.get(PERSONAL).is_some();
        let error = |words: &str| {
            Error::new(Kind::Authentication, format!("publish at {VENDOR}"), VENDOR).words(words).help(MAPPING)
        };
        if unmapped && !personal {
            return Err(error(&format!("{JOB} holds the name of the token instead of the token")));
        }
        let text = if personal {
            format!("Basic {}", STANDARD.encode(format!(":{}", setting.token(PERSONAL, VENDOR)?)))
        } else {
            let missing = |it: Error| if setting.env.get(JOB).is_none() { it.help(MAPPING) } else { it };
            format!("Bearer {}", setting.token(JOB, VENDOR).map_err(missing)?)
        };
        let credentials = HeaderValue::from_str(&text).map_err(|_| error("the token cannot stand in a header"))?;
        Ok(AzureDialect { credentials, personal })
    }
}

impl Dialect for AzureDialect {
    fn vendor(&self) -> &str {
        VENDOR
    }

    fn headers(&self) -> Vec<(HeaderName, HeaderValue)> {
        vec![
            (HeaderName::from_static("accept"), HeaderValue::from_static("application/json")),
            // Whoever is not known is told so, and not sent to a page where people sign in.
            (HeaderName::from_static("x-tfs-fedauthredirect"), HeaderValue::from_static("Suppress")),
        ]
    }

    fn credentials(&self) -> Option<(HeaderName, HeaderValue)> {
        Some((HeaderName::from_static("authorization"), self.credentials.clone()))
    }

    /// A token that is not known is answered by a page for signing in, as 203, as 302 or even as 200:
    /// <https://github.com/MicrosoftDocs/vsts-rest-api-specs/issues/97>
    ///
    /// Limits: <https://learn.microsoft.com/azure/devops/integrate/concepts/rate-limits>
    fn judge(&self, _request: &Request, answer: &Answer, now: SystemTime) -> Judgement {
        match answer.status {
            // The usage of the pipeline was over its limit.
            400 | 403 | 503 if answer.words().contains("TF400733") => Judgement::rate_limit(answer.retry_after(now)),
            203 | 302 => Judgement::No(Kind::Authentication),
            200..=299 if answer.is_page() => Judgement::No(Kind::Authentication),
            _ => by_status(answer, now),
        }
    }

    /// Whoever comes near the limit is slowed down, and asked to wait although the answer is good.
    fn pause(&self, answer: &Answer, now: SystemTime) -> Option<Duration> {
        match answer.status {
            200..=299 => answer.retry_after(now),
            _ => None,
        }
    }

    fn help(&self, kind: Kind, request: &Request, _answer: Option<&Answer>) -> Option<String> {
        let path = request.url.path();
        let text = match (kind, self.personal) {
            (Kind::Authentication, false) => MAPPING.to_owned(),
            (Kind::Authentication, true) => {
                format!("the personal token in {PERSONAL} has ended or is of another organisation; make a new one")
            }
            (Kind::Permission, true) => format!(
                "make a new token in {PERSONAL} with the scopes `Test Management (read & write)`, `Code (status)` and \
                 `Code (read & write)`"
            ),
            (Kind::Permission, false) if path.contains("/_apis/test/") => {
                "allow `Create test runs` for the user `PROJECT Build Service` in `Project settings > Permissions`"
                    .into()
            }
            (Kind::Permission, false) => "allow `Contribute to pull requests` and `Contribute` for the user `PROJECT \
                                          Build Service` in `Project settings > Repositories > Security`"
                .to_owned(),
            (Kind::NotFound, _) if path.contains("/_apis/git/") => {
                "the job may see other repositories only if `Limit job authorization scope` and `Protect access to \
                 repositories` are off in `Project settings > Pipelines > Settings`"
                    .to_owned()
            }
            _ => return None,
        };
        Some(text)
    }
}
