//! Azure DevOps, as a service and as a server of one's own: test runs, comments and statuses of Azure Repos.
//!
//! API: <https://learn.microsoft.com/rest/api/azure/devops/?view=azure-devops-rest-7.1>

mod attachment;
mod dialect;
mod place;
mod result;
mod run;
mod status;
mod thread;

use async_trait::async_trait;
use serde_json::Value;

use self::{dialect::AzureDialect, place::Place};
use super::{comment::upsert, Artifact, BuildStatus, Capability, Comment, Posted, Provider, RunId, Setting, TestRun};
use crate::{
    net::{Answer, Api, Error, Kind, Url, ID},
    report::TestRunResult,
};

const VENDOR: &str = "Azure DevOps";

/// The version of the API; a request without one is turned away:
/// <https://learn.microsoft.com/azure/devops/integrate/concepts/rest-api-versioning>
const VERSION: &str = "7.1";

/// Times that something is looked for and made anew after its answer was lost.
const ROUNDS: u32 = 5;

/// What the API says about one project.
pub(super) struct Azure {
    api: Api,
    place: Place,
}

impl Azure {
    /// The provider for where a job runs, or for where its repository is.
    ///
    /// # Errors
    /// There is no token, or nothing says where the server is.
    pub(super) fn make(setting: &Setting<'_>) -> Result<Box<dyn Provider>, Error> {
        let place = Place::of(setting)?;
        let dialect = AzureDialect::of(setting)?;
        let api = Api::new(setting.client.clone(), dialect, &place.collection)?;
        Ok(Box::new(Azure { api, place }))
    }

    /// An address below `_apis` of a project.
    fn url(&self, project: &str, path: &[&str], query: &[(&str, &str)]) -> Url {
        let mut url = self.api.url([project, "_apis"].into_iter().chain(path.iter().copied()));
        url.query_pairs_mut().append_pair("api-version", VERSION).extend_pairs(query);
        url
    }

    fn strange(&self, operation: &str, what: &str) -> Error {
        Error::strange(operation, VENDOR, what)
    }

    /// The id of what was made.
    fn id(&self, answer: &Answer, operation: &str) -> Result<String, Error> {
        match answer.json().get("id").and_then(Value::as_u64) {
            Some(id) => Ok(id.to_string()),
            None if answer.dry => Ok(ID.to_owned()),
            None => Err(self.strange(operation, "id")),
        }
    }
}

/// What a list holds. Its description says that it is a bare array, its servers send an object around it.
fn items(list: &Value) -> &[Value] {
    let items = list.as_array().or_else(|| list.get("value")?.as_array());
    items.map_or(&[], Vec::as_slice)
}

#[async_trait]
impl Provider for Azure {
    fn name(&self) -> &str {
        "azure"
    }

    fn capabilities(&self) -> Vec<Capability> {
        let code = self.place.code.as_ref();
        let can = |capability: &Capability| match capability {
            Capability::TestRuns | Capability::Artifacts => self.place.pipeline.is_some(),
            Capability::Statuses => code.is_some_and(|it| it.sha.is_some()),
            Capability::Comments => code.is_some_and(|it| it.change.is_some()),
        };
        Capability::ALL.iter().copied().filter(can).collect()
    }

    async fn create_test_run(&self, run: &TestRun<'_>) -> Result<RunId, Error> {
        let pipeline = self.place.pipeline.as_ref().ok_or_else(|| self.cannot(Capability::TestRuns))?;
        self.create(pipeline, run).await
    }

    async fn update_test_run(&self, id: &RunId, run: &TestRun<'_>) -> Result<(), Error> {
        let pipeline = self.place.pipeline.as_ref().ok_or_else(|| self.cannot(Capability::TestRuns))?;
        self.update(pipeline, id, run).await
    }

    async fn get_test_run_status(&self, id: &RunId) -> Result<TestRunResult, Error> {
        let pipeline = self.place.pipeline.as_ref().ok_or_else(|| self.cannot(Capability::TestRuns))?;
        self.look_up(pipeline, id).await
    }

    async fn add_pr_comment(&self, comment: &Comment<'_>) -> Result<Posted, Error> {
        let thread = self.thread().ok_or_else(|| self.cannot(Capability::Comments))?;
        upsert(&thread, comment, self.api.client()).await
    }

    async fn upload_artifact(&self, artifact: &Artifact<'_>) -> Result<Posted, Error> {
        let pipeline = self.place.pipeline.as_ref().ok_or_else(|| self.cannot(Capability::Artifacts))?;
        let run = artifact.run.ok_or_else(|| {
            self.api
                .error(Kind::Configuration, format!("upload `{}`", artifact.name))
                .words("files are attached to a test run, and there is none")
        })?;
        self.attach(pipeline, run, artifact).await
    }

    async fn set_build_status(&self, status: &BuildStatus) -> Result<(), Error> {
        let code = self.place.code.as_ref().ok_or_else(|| self.cannot(Capability::Statuses))?;
        self.say(code, status).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_come_in_both_forms() {
        assert_eq!(items(&serde_json::json!([1, 2])).len(), 2);
        assert_eq!(items(&serde_json::json!({ "count": 1, "value": [1] })).len(), 1);
        assert!(items(&serde_json::json!({ "message": "no" })).is_empty());
    }
}
