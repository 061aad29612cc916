//! What TeamCity wants to see in requests, and what its answers mean.

use std::time::SystemTime;

use super::VENDOR;
use crate::{
    net::{by_status, Answer, Dialect, Error, HeaderName, HeaderValue, Judgement, Kind, Request},
    providers::Setting,
};

const TOKEN: &str = "TEAMCITY_TOKEN";

/// The ways of TeamCity.
pub(super) struct TeamcityDialect(HeaderValue);

impl TeamcityDialect {
    /// With an access token: <https://www.jetbrains.com/help/teamcity/configuring-your-user-profile.html#Managing+Access+Tokens>
    ///
    /// # Errors
    /// It is missing, or cannot be sent.
    pub(super) fn of(setting: &Setting<'_>) -> Result<Self, Error> {
        let text = format!("Bearer {}", setting.token(TOKEN, VENDOR)?);
        HeaderValue::from_str(&text).map(TeamcityDialect).map_err(|_| {
            Error::new(Kind::Authentication, format!("publish at {VENDOR}"), VENDOR)
                .words("the token cannot stand in a header")
        })
    }
}

impl Dialect for TeamcityDialect {
    fn vendor(&self) -> &str {
        VENDOR
    }

    fn headers(&self) -> Vec<(HeaderName, HeaderValue)> {
        // Some answers are there as text alone.
        vec![(HeaderName::from_static("accept"), HeaderValue::from_static("application/json, text/plain;q=0.9"))]
    }

    fn credentials(&self) -> Option<(HeaderName, HeaderValue)> {
        Some((HeaderName::from_static("authorization"), self.0.clone()))
    }

    /// What people sign in on is a page; the API itself never sends anybody there.
    fn judge(&self, _request: &Request, answer: &Answer, now: SystemTime) -> Judgement {
        match answer.status {
            300..=399 if answer.header("location").is_some_and(|it| it.contains("/login")) => {
                Judgement::No(Kind::Authentication)
            }
            _ => by_status(answer, now),
        }
    }

    fn help(&self, kind: Kind, request: &Request, _answer: Option<&Answer>) -> Option<String> {
        let queues = ["/buildQueue", "/builds"].iter().any(|it| request.url.path().ends_with(it));
        let text = match kind {
            Kind::Authentication => {
                format!("make a new access token in `Profile > Access Tokens`, and set it as {TOKEN}")
            }
            Kind::Permission if queues => {
                format!("give the user of {TOKEN} the permissions `Run build` and `Customize build parameters`")
            }
            Kind::Permission => {
                format!("give the user of {TOKEN} the permission `Edit project` on the build's project")
            }
            Kind::NotFound if queues => "name in TEAMCITY_BUILD_TYPE the id of a build configuration that the user of \
                                         TEAMCITY_TOKEN may see"
                .to_owned(),
            Kind::NotFound => format!("what the user of {TOKEN} may not see is not found: check its roles"),
            _ => return None,
        };
        Some(text)
    }
}
