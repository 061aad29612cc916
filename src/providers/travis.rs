//! Travis CI: nothing can be published there over its API; how a build stands can be read.
//!
//! API: <https://developer.travis-ci.com/>

use std::time::SystemTime;

use async_trait::async_trait;

use super::{Capability, Provider, RunId, Setting};
use crate::{
    net::{by_status, Answer, Api, Dialect, Error, HeaderName, HeaderValue, Judgement, Kind, Request},
    report::{RunStatus, TestRunResult},
};

const VENDOR: &str = "Travis CI";
const TOKEN: &str = "TRAVIS_TOKEN";
const ADDRESS: &str = "https://api.travis-ci.com";

/// What the API says about builds.
pub(super) struct Travis {
    api: Api,
    build: Option<String>,
}

struct TravisDialect(HeaderValue);

impl Dialect for TravisDialect {
    fn vendor(&self) -> &str {
        VENDOR
    }

    fn headers(&self) -> Vec<(HeaderName, HeaderValue)> {
        vec![(HeaderName::from_static("travis-api-version"), HeaderValue::from_static("3"))]
    }

    fn credentials(&self) -> Option<(HeaderName, HeaderValue)> {
        Some((HeaderName::from_static("authorization"), self.0.clone()))
    }

    /// Nothing is ever answered by 401 here: <https://github.com/travis-ci/travis-api/blob/master/lib/travis/api/v3.rb>
    fn judge(&self, _request: &Request, answer: &Answer, now: SystemTime) -> Judgement {
        let kind = answer.json();
        let kind = kind["error_type"].as_str().unwrap_or_default();
        match answer.status {
            403 if matches!(kind, "insufficient_access" | "admin_access_required") => Judgement::No(Kind::Permission),
            403 => Judgement::No(Kind::Authentication),
            409 if kind.is_empty() => by_status(answer, now),
            409 => Judgement::No(Kind::Configuration),
            _ => by_status(answer, now),
        }
    }

    fn help(&self, kind: Kind, _request: &Request, _answer: Option<&Answer>) -> Option<String> {
        let token =
            format!("copy the API token of a user with access from `Settings > API authentication` into {TOKEN}");
        matches!(kind, Kind::Authentication | Kind::Permission | Kind::NotFound).then_some(token)
    }
}

impl Travis {
    /// The provider for the build that runs.
    ///
    /// # Errors
    /// There is no token.
    pub(super) fn make(setting: &Setting<'_>) -> Result<Box<dyn Provider>, Error> {
        let text = format!("token {}", setting.token(TOKEN, VENDOR)?);
        let token = HeaderValue::from_str(&text).map_err(|_| {
            Error::new(Kind::Authentication, "publish at Travis CI", VENDOR).words("the token cannot stand in a header")
        })?;
        let api = Api::new(setting.client.clone(), TravisDialect(token), setting.api.unwrap_or(ADDRESS))?;
        Ok(Box::new(Travis { api, build: setting.env.get("TRAVIS_BUILD_ID").map(str::to_owned) }))
    }
}

#[async_trait]
impl Provider for Travis {
    fn name(&self) -> &str {
        "travis"
    }

    fn capabilities(&self) -> Vec<Capability> {
        Vec::new()
    }

    /// A build by its id, the one that runs if none is given. Nothing is known here of tests.
    async fn get_test_run_status(&self, id: &RunId) -> Result<TestRunResult, Error> {
        let operation = "read the build";
        let id = Some(id.0.as_str()).filter(|it| !it.is_empty()).or(self.build.as_deref());
        let Some(id) = id else {
            return Err(self.api.error(Kind::Configuration, operation).words("nothing says which build is meant"));
        };
        let build = self.api.get(self.api.url(["build", id]), operation).await?.json();
        Ok(TestRunResult {
            test_run_id: id.to_owned(),
            status: match build["state"].as_str().unwrap_or_default() {
                "passed" => RunStatus::Passed,
                "failed" => RunStatus::Failed,
                "canceled" => RunStatus::Cancelled,
                "started" => RunStatus::Running,
                "errored" => RunStatus::Error,
                _ => RunStatus::Pending,
            },
            duration_seconds: build["duration"].as_f64().unwrap_or_default().max(0.0),
            ..TestRunResult::default()
        })
    }
}
