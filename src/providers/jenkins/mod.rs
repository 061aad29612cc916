//! Jenkins: a line for each suite and leg in the description of the build. Tests are shown by its own `junit` step.
//!
//! API: <https://www.jenkins.io/doc/book/using/remote-access-api/>

mod description;
mod dialect;

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use serde_json::Value;

use self::{
    description::{holds, line, put},
    dialect::{Crumb, JenkinsDialect},
};
use super::{Capability, Phase, Provider, RunId, Setting, TestRun};
use crate::{
    context::without_credentials,
    net::{Api, Body, Error, Kind, Repeat, Request, Url},
    report::{RunStatus, TestRunResult},
};

const VENDOR: &str = "Jenkins";

/// Rounds of reading, writing and checking.
const ROUNDS: u32 = 8;
/// How long after a write a leg looks again. Another one that had read before that write has written by then.
const SECOND_LOOK: Duration = Duration::from_millis(1500);

/// What a server says about one build.
pub(super) struct Jenkins {
    api: Api,
    build: Url,
    crumb: Mutex<Option<Crumb>>,
}

impl Jenkins {
    /// The provider for the build that runs.
    ///
    /// # Errors
    /// There is no user or no token, or nothing says which build it is.
    pub(super) fn make(setting: &Setting<'_>) -> Result<Box<dyn Provider>, Error> {
        let (base, build) = place(setting)?;
        let api = Api::new(setting.client.clone(), JenkinsDialect::of(setting)?, &base)?;
        let build = Url::parse(&build).map_err(|error| {
            api.error(Kind::Configuration, "reach the build").words(format!("its address is none: {error}"))
        })?;
        Ok(Box::new(Jenkins { api, build, crumb: Mutex::default() }))
    }

    /// An address below the build's own, which stays as it is: a branch's slash is encoded twice in it.
    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.build.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }

    /// Puts a line into the description, and looks whether it is there: other legs write at the same time.
    async fn describe(&self, run: &TestRun<'_>) -> Result<(), Error> {
        let client = self.api.client();
        let line = line(run);
        // Nobody waits for what is changed again in a moment.
        let looks = u32::from(run.phase == Phase::Finished && run.report.run.leg.is_some());
        let mut last = None;
        for round in 1..=ROUNDS {
            let error = match self.write(run.title, &line, looks).await {
                Ok(true) => return Ok(()),
                Ok(false) => None,
                Err(error) if error.kind.is_transient() => Some(error),
                Err(error) => return Err(error),
            };
            let wait = error.as_ref().and_then(|it| it.wait).unwrap_or_else(|| client.backoff(round + 1));
            last = error.or(last);
            if wait >= client.left() {
                break;
            }
            client.clock().sleep(wait).await;
        }
        Err(last.unwrap_or_else(|| {
            self.api.error(Kind::Connection, "describe the build").words("others changed the description each time")
        }))
    }

    /// One round; `false` if the line is not there in the end.
    async fn write(&self, title: &str, line: &str, looks: u32) -> Result<bool, Error> {
        let client = self.api.client();
        let before = self.read().await?;
        if holds(&before, line) {
            return Ok(true);
        }
        self.submit(&put(&before, title, line)).await?;
        if client.is_dry() {
            return Ok(true);
        }
        for look in 0..=looks {
            let wait = SECOND_LOOK.mul_f64(1.0 + client.clock().chance() / 2.0);
            if look > 0 && wait < client.left() {
                client.clock().sleep(wait).await;
            }
            if !holds(&self.read().await?, line) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn read(&self) -> Result<String, Error> {
        let mut url = self.url(&["api", "json"]);
        url.query_pairs_mut().append_pair("tree", "description");
        let answer = self.api.get(url, "read the description of the build").await?;
        Ok(answer.json()["description"].as_str().unwrap_or_default().to_owned())
    }

    /// Replaces the description. A server that wants a crumb gets one: tokens need none, passwords do.
    async fn submit(&self, text: &str) -> Result<(), Error> {
        let crumb = self.crumb.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match self.post(text, crumb.as_ref()).await {
            Err(error) if error.kind == Kind::Permission && error.words.to_lowercase().contains("crumb") => {
                let crumb = self.fetch_crumb(error).await?;
                *self.crumb.lock().unwrap_or_else(PoisonError::into_inner) = Some(crumb.clone());
                self.post(text, Some(&crumb)).await
            }
            result => result,
        }
    }

    async fn post(&self, text: &str, crumb: Option<&Crumb>) -> Result<(), Error> {
        let body = Body::Form(vec![("description".to_owned(), text.to_owned())]);
        let request = Request::post(self.url(&["submitDescription"]), body, "describe the build");
        // A redirect to the build's page says that it is done.
        let mut request = request.repeat(Repeat::Never).keep_redirects().expects_anything();
        for (name, value) in crumb.iter().flat_map(|it| it.headers()) {
            request = request.header(name, value);
        }
        self.api.send(request).await.map(|_| ())
    }

    /// A crumb; the first error where crumbs are not in use.
    async fn fetch_crumb(&self, first: Error) -> Result<Crumb, Error> {
        let url = self.api.url(["crumbIssuer", "api", "json"]);
        match self.api.get(url, "fetch a crumb").await {
            Ok(answer) => Crumb::of(&answer).ok_or(first),
            Err(error) if error.kind == Kind::NotFound => Err(first),
            Err(error) => Err(error),
        }
    }
}

/// The addresses of the server and of the build.
fn place(setting: &Setting<'_>) -> Result<(String, String), Error> {
    let env = setting.env;
    let root = env.get("JENKINS_URL").map(|it| without_credentials(it).trim_end_matches('/').to_owned());
    let page = env.get("BUILD_URL").map(without_credentials);
    let origin = page.as_deref().and_then(|it| Url::parse(it).ok()).map(|it| it.origin().ascii_serialization());
    let own = root.filter(|root| page.as_ref().is_none_or(|it| it.starts_with(root.as_str()))).or(origin);
    let named = || {
        let (job, number) = (env.get("JOB_NAME")?, env.get("BUILD_NUMBER")?);
        let mut url = Url::parse(own.as_deref()?).ok()?;
        let folders = job.split('/').flat_map(|it| ["job", it]);
        url.path_segments_mut().ok()?.pop_if_empty().extend(folders.chain([number]));
        Some(url.to_string())
    };
    let build = page.clone().or_else(named);
    let Some((own, build)) = own.clone().zip(build) else {
        return Err(Error::new(Kind::Configuration, "describe the build", VENDOR)
            .words("neither BUILD_URL nor JENKINS_URL, JOB_NAME and BUILD_NUMBER say which build it is")
            .help("set `Jenkins URL` in `Manage Jenkins > System`: builds know no address without it"));
    };
    Ok(match setting.api {
        Some(api) => {
            let api = api.trim_end_matches('/');
            (api.to_owned(), format!("{api}{}", build.strip_prefix(&own).unwrap_or_default()))
        }
        None => (own, build),
    })
}

#[async_trait]
impl Provider for Jenkins {
    fn name(&self) -> &str {
        "jenkins"
    }

    fn capabilities(&self) -> Vec<Capability> {
        vec![Capability::TestRuns]
    }

    async fn create_test_run(&self, run: &TestRun<'_>) -> Result<RunId, Error> {
        self.describe(run).await?;
        Ok(RunId(run.identity.to_owned()))
    }

    async fn update_test_run(&self, _id: &RunId, run: &TestRun<'_>) -> Result<(), Error> {
        self.describe(run).await
    }

    /// The results that the build's own `junit` steps have read, of all suites together:
    /// <https://plugins.jenkins.io/junit/>
    async fn get_test_run_status(&self, id: &RunId) -> Result<TestRunResult, Error> {
        let mut url = self.url(&["testReport", "api", "json"]);
        url.query_pairs_mut().append_pair("tree", "duration,empty,failCount,passCount,skipCount");
        let answer = self.api.get(url, "read the test report of the build").await?.json();
        let number = |field: &str| answer[field].as_u64().unwrap_or_default();
        let (passed, failed, skipped) = (number("passCount"), number("failCount"), number("skipCount"));
        Ok(TestRunResult {
            test_run_id: id.0.clone(),
            status: match (failed, passed + skipped, &answer) {
                (1.., _, _) => RunStatus::Failed,
                (0, 1.., _) => RunStatus::Passed,
                (0, 0, Value::Null) => RunStatus::Pending,
                (0, 0, _) => RunStatus::Error,
            },
            total_tests: passed + failed + skipped,
            passed_tests: passed,
            failed_tests: failed,
            skipped_tests: skipped,
            duration_seconds: answer["duration"].as_f64().unwrap_or_default().max(0.0),
            ..TestRunResult::default()
        })
    }
}
