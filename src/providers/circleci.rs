//! CircleCI: nothing can be published there over its API; what it knows of a job can be read.
//!
//! API: <https://circleci.com/docs/api/v2/>

use async_trait::async_trait;
use serde_json::Value;

use super::{Capability, Provider, RunId, Setting};
use crate::{
    net::{Answer, Api, Dialect, Error, HeaderName, HeaderValue, Kind, Request, Url},
    report::{RunStatus, TestRunResult},
};

const VENDOR: &str = "CircleCI";
const TOKEN: &str = "CIRCLE_TOKEN";
const ADDRESS: &str = "https://circleci.com/api/v2";

/// What the API says about a project's jobs.
pub(super) struct Circleci {
    api: Api,
    /// `gh/owner/name`
    project: Option<String>,
    job: Option<String>,
}

struct CircleciDialect(HeaderValue);

impl Dialect for CircleciDialect {
    fn vendor(&self) -> &str {
        VENDOR
    }

    fn credentials(&self) -> Option<(HeaderName, HeaderValue)> {
        Some((HeaderName::from_static("circle-token"), self.0.clone()))
    }

    fn help(&self, kind: Kind, _request: &Request, _answer: Option<&Answer>) -> Option<String> {
        let personal = "make a token in `User Settings > Personal API Tokens`: those of projects do not work here";
        matches!(kind, Kind::Authentication | Kind::Permission | Kind::NotFound).then(|| personal.to_owned())
    }
}

impl Circleci {
    /// The provider for the job that runs.
    ///
    /// # Errors
    /// There is no token.
    pub(super) fn make(setting: &Setting<'_>) -> Result<Box<dyn Provider>, Error> {
        let token = HeaderValue::from_str(&setting.token(TOKEN, VENDOR)?).map_err(|_| {
            Error::new(Kind::Authentication, "publish at CircleCI", VENDOR).words("the token cannot stand in a header")
        })?;
        let api = Api::new(setting.client.clone(), CircleciDialect(token), setting.api.unwrap_or(ADDRESS))?;
        let host = setting.context.host.as_ref().map(|it| it.value.as_str()).unwrap_or_default();
        let kind = ["github.com", "bitbucket.org"].iter().position(|it| host.ends_with(it)).map(|it| ["gh", "bb"][it]);
        let named = setting.context.repository.as_ref().map(|it| it.value.as_str());
        let project = kind.zip(named).map(|(kind, name)| format!("{kind}/{name}"));
        let job = setting.env.get("CIRCLE_BUILD_NUM").map(str::to_owned);
        Ok(Box::new(Circleci { api, project, job }))
    }
}

/// <https://circleci.com/docs/api/v2/index.html#tag/Job/operation/getTests>
fn next(answer: &Answer) -> Option<Url> {
    let token = answer.json()["next_page_token"].as_str().filter(|it| !it.is_empty())?.to_owned();
    let mut url = answer.url.clone();
    url.query_pairs_mut().clear().append_pair("page-token", &token);
    Some(url)
}

#[async_trait]
impl Provider for Circleci {
    fn name(&self) -> &str {
        "circleci"
    }

    fn capabilities(&self) -> Vec<Capability> {
        Vec::new()
    }

    /// A job by its number, the one that runs if none is given, and the tests that it stored.
    async fn get_test_run_status(&self, id: &RunId) -> Result<TestRunResult, Error> {
        let operation = "read the job";
        let job = Some(id.0.as_str()).filter(|it| !it.is_empty()).or(self.job.as_deref());
        let (Some(job), Some(project)) = (job, &self.project) else {
            let words = "nothing says which job of which project is meant";
            return Err(self.api.error(Kind::Configuration, operation).words(words));
        };
        let slug = || ["project"].into_iter().chain(project.split('/'));
        let url = self.api.url(slug().chain(["job", job]));
        let state = self.api.get(url, operation).await?.json();
        let tests = self.api.url(slug().chain([job, "tests"]));
        let pages = self.api.pages(tests, "read the tests of the job", next).await?;
        let all: Vec<&Value> = pages.iter().filter_map(|it| it["items"].as_array()).flatten().collect();
        let count =
            |wanted: &[&str]| all.iter().filter(|it| wanted.contains(&it["result"].as_str().unwrap_or(""))).count();
        let (passed, skipped) = (count(&["success"]), count(&["skipped"]));
        let failed = all.len() - passed - skipped;
        Ok(TestRunResult {
            test_run_id: job.to_owned(),
            status: match state["status"].as_str().unwrap_or_default() {
                "success" => RunStatus::Passed,
                "failed" if failed > 0 => RunStatus::Failed,
                "timedout" => RunStatus::Timeout,
                "canceled" => RunStatus::Cancelled,
                "running" => RunStatus::Running,
                "" | "queued" | "not_running" | "on_hold" | "blocked" => RunStatus::Pending,
                _ => RunStatus::Error,
            },
            total_tests: all.len() as u64,
            passed_tests: passed as u64,
            failed_tests: failed as u64,
            skipped_tests: skipped as u64,
            duration_seconds: all.iter().filter_map(|it| it["run_time"].as_f64()).sum::<f64>().max(0.0),
            ..TestRunResult::default()
        })
    }
}
