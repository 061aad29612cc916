//! What Jenkins wants to see in requests, and what its answers mean.

use std::time::SystemTime;

use base64::{engine::general_purpose::STANDARD, Engine};

use super::VENDOR;
use crate::{
    net::{by_status, Answer, Dialect, Error, HeaderName, HeaderValue, Judgement, Kind, Request},
    providers::Setting,
};

const USER: &str = "JENKINS_USER";
const TOKEN: &str = "JENKINS_TOKEN";

/// Names of the header that a crumb stands in.
const CRUMBS: &[&str] = &["jenkins-crumb", ".crumb"];

/// The ways of Jenkins.
pub(super) struct JenkinsDialect(HeaderValue);

impl JenkinsDialect {
    /// With a user and an API token:
    /// <https://www.jenkins.io/doc/book/system-administration/authenticating-scripted-clients/>
    ///
    /// # Errors
    /// One of them is missing, or cannot be sent.
    pub(super) fn of(setting: &Setting<'_>) -> Result<Self, Error> {
        let user = setting.env.get(USER).unwrap_or_default().trim();
        let error = |words: &str| {
            Error::new(Kind::Authentication, format!("publish at {VENDOR}"), VENDOR)
                .words(words)
                .help(format!("store a user's API token as a credential and bind it to {USER} and {TOKEN}"))
        };
        if user.is_empty() {
            return Err(error(&format!("there is no user in {USER}")));
        }
        let token = setting.token(TOKEN, VENDOR)?;
        let text = format!("Basic {}", STANDARD.encode(format!("{user}:{token}")));
        HeaderValue::from_str(&text).map(JenkinsDialect).map_err(|_| error("the token cannot stand in a header"))
    }
}

impl Dialect for JenkinsDialect {
    fn vendor(&self) -> &str {
        VENDOR
    }

    fn credentials(&self) -> Option<(HeaderName, HeaderValue)> {
        Some((HeaderName::from_static("authorization"), self.0.clone()))
    }

    /// Who is not known is sent to the page for signing in, or is nobody and turned away as such:
    /// <https://github.com/jenkinsci/jenkins/blob/master/core/src/main/java/hudson/security/AccessDeniedException3.java>
    fn judge(&self, _request: &Request, answer: &Answer, now: SystemTime) -> Judgement {
        let target = answer.header("location").unwrap_or_default();
        let nobody = answer.header("x-you-are-authenticated-as") == Some("anonymous");
        match answer.status {
            300..=399 if target.contains("/login") || target.contains("/securityRealm/") => {
                Judgement::No(Kind::Authentication)
            }
            403 if nobody => Judgement::No(Kind::Authentication),
            _ => by_status(answer, now),
        }
    }

    fn help(&self, kind: Kind, request: &Request, answer: Option<&Answer>) -> Option<String> {
        let text = match kind {
            Kind::Authentication => {
                format!("make a new API token on the page of the user in {USER}, and bind it to {TOKEN}")
            }
            Kind::Permission => {
                let needed = answer.and_then(|it| it.header("x-required-permission"));
                let needed = needed.filter(|it| it.chars().all(|c| c.is_ascii_graphic())).unwrap_or("Run/Update");
                format!("give the user in {USER} the permission `{needed}`")
            }
            Kind::NotFound if request.url.path().ends_with("/testReport/api/json") => {
                "the build has a test report once a `junit` step has read its result files".to_owned()
            }
            Kind::NotFound => {
                format!("builds that the user in {USER} may not see are not found: give it `Job/Read` on this job")
            }
            _ => return None,
        };
        Some(text)
    }
}

/// What a server hands out against forged requests; good for one session only.
///
/// <https://github.com/jenkinsci/jenkins/blob/master/core/src/main/java/hudson/security/csrf/DefaultCrumbIssuer.java>
#[derive(Clone)]
pub(super) struct Crumb {
    name: &'static str,
    value: String,
    session: String,
}

impl Crumb {
    /// What an answer of the issuer holds, with the session that came with it.
    pub(super) fn of(answer: &Answer) -> Option<Crumb> {
        let json = answer.json();
        let field = json["crumbRequestField"].as_str()?;
        let cookies = answer.headers.get_all("set-cookie").iter().filter_map(|it| it.to_str().ok());
        let cookies: Vec<&str> = cookies.filter_map(|it| it.split(';').next()).map(str::trim).collect();
        Some(Crumb {
            name: CRUMBS.iter().find(|it| it.eq_ignore_ascii_case(field))?,
            value: json["crumb"].as_str()?.to_owned(),
            session: cookies.join("; "),
        })
    }

    /// The headers of a request that carries it.
    pub(super) fn headers(&self) -> Vec<(&'static str, String)> {
        let session = ("cookie", self.session.clone());
        [(self.name, self.value.clone()), session].into_iter().filter(|(_, value)| !value.is_empty()).collect()
    }
}
