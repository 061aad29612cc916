//! TeamCity: the status text of the build that runs, or, outside of its agents, a whole build without an agent.
//!
//! Inside of a build the log says everything without a token, so the status text is set only for who asks for it. With
//! `TEAMCITY_BUILD_TYPE`, the id of a build configuration that no agent can run, a run from anywhere becomes a build of it.
//!
//! API: <https://www.jetbrains.com/help/teamcity/rest/teamcity-rest-api-documentation.html>, builds without agents:
//! <https://www.jetbrains.com/help/teamcity/detaching-build-from-agent.html>

mod agentless;
mod dialect;
mod message;
mod place;
mod status;

use async_trait::async_trait;
use serde_json::Value;

use self::{
    dialect::TeamcityDialect,
    place::{Build, Place},
};
use super::{BuildStatus, Capability, Provider, RunId, Setting, TestRun};
use crate::{
    net::{Api, Error, Url},
    report::{RunStatus, TestRunResult},
};

const VENDOR: &str = "TeamCity";

/// What a server says about builds.
pub(super) struct Teamcity {
    api: Api,
    build: Build,
}

impl Teamcity {
    /// The provider for the build that runs, or for builds of a configuration.
    ///
    /// # Errors
    /// There is no token, or nothing says where the server is.
    pub(super) fn make(setting: &Setting<'_>) -> Result<Box<dyn Provider>, Error> {
        let place = Place::of(setting)?;
        let api = Api::new(setting.client.clone(), TeamcityDialect::of(setting)?, &place.server)?;
        Ok(Box::new(Teamcity { api, build: place.build }))
    }

    /// An address below the REST API.
    fn url(&self, path: &[&str], query: &[(&str, &str)]) -> Url {
        let mut url = self.api.url(["app", "rest"].into_iter().chain(path.iter().copied()));
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    /// An address below that of a build.
    fn build_url(&self, id: &str, path: &[&str], query: &[(&str, &str)]) -> Url {
        let build = format!("id:{id}");
        let path: Vec<&str> = ["builds", &build].into_iter().chain(path.iter().copied()).collect();
        self.url(&path, query)
    }
}

#[async_trait]
impl Provider for Teamcity {
    fn name(&self) -> &str {
        "teamcity"
    }

    fn capabilities(&self) -> Vec<Capability> {
        match self.build {
            Build::Running(_) => vec![Capability::Statuses],
            Build::Of(_) => vec![Capability::TestRuns],
            Build::Unknown => Vec::new(),
        }
    }

    /// The log of the build says the same already.
    fn opt_in(&self) -> Vec<Capability> {
        match self.build {
            Build::Running(_) => vec![Capability::Statuses],
            Build::Of(_) | Build::Unknown => Vec::new(),
        }
    }

    async fn create_test_run(&self, run: &TestRun<'_>) -> Result<RunId, Error> {
        match &self.build {
            Build::Of(configuration) => self.start(configuration, run).await,
            _ => Err(self.cannot(Capability::TestRuns)),
        }
    }

    async fn update_test_run(&self, id: &RunId, run: &TestRun<'_>) -> Result<(), Error> {
        match &self.build {
            Build::Of(_) => self.go_on(id, run).await,
            _ => Err(self.cannot(Capability::TestRuns)),
        }
    }

    async fn get_test_run_status(&self, id: &RunId) -> Result<TestRunResult, Error> {
        let fields = "id,state,status,statusText,webUrl,testOccurrences(count,passed,failed,ignored)";
        let url = self.build_url(&id.0, &[], &[("fields", fields)]);
        let build = self.api.get(url, "read the build").await?.json();
        Ok(status(id, &build))
    }

    async fn set_build_status(&self, status: &BuildStatus) -> Result<(), Error> {
        match &self.build {
            Build::Running(id) => self.say(id, status).await,
            _ => Err(self.cannot(Capability::Statuses)),
        }
    }
}

/// Fields: <https://www.jetbrains.com/help/teamcity/rest/build.html>
fn status(id: &RunId, build: &Value) -> TestRunResult {
    let tests = &build["testOccurrences"];
    let number = |field: &str| tests[field].as_u64().unwrap_or_default();
    let (passed, failed, skipped) = (number("passed"), number("failed"), number("ignored"));
    let status = match (build["state"].as_str(), build["status"].as_str()) {
        (Some("finished"), Some("SUCCESS")) => RunStatus::Passed,
        (Some("finished"), Some("FAILURE")) if failed > 0 => RunStatus::Failed,
        (Some("finished"), Some("UNKNOWN")) => RunStatus::Cancelled,
        (Some("finished"), _) => RunStatus::Error,
        (Some("running"), _) => RunStatus::Running,
        _ => RunStatus::Pending,
    };
    let known = ["statusText", "webUrl"].into_iter().filter_map(|field| {
        let value = build[field].as_str().filter(|it| !it.is_empty())?;
        Some((field.to_owned(), Value::from(value)))
    });
    TestRunResult {
        test_run_id: id.0.clone(),
        status,
        total_tests: passed + failed + skipped,
        passed_tests: passed,
        failed_tests: failed,
        skipped_tests: skipped,
        metadata: known.collect(),
        ..TestRunResult::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_is_read_in_numbers() {
        let tests = serde_json::json!({ "count": 6, "passed": 3, "failed": 1, "ignored": 2 });
        let mut build = serde_json::json!({ "state": "finished", "status": "FAILURE", "testOccurrences": tests });
        let read = |build: &Value| status(&RunId("7".to_owned()), build);
        assert_eq!((read(&build).status, read(&build).total_tests), (RunStatus::Failed, 6));
        build["testOccurrences"]["failed"] = 0.into();
        assert_eq!(read(&build).status, RunStatus::Error);
        build["state"] = "running".into();
        assert_eq!(read(&build).status, RunStatus::Running);
        assert_eq!(read(&Value::Null).status, RunStatus::Pending);
    }
}
