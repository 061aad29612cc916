//! Runs of tests as reports of Code Insights.
//!
//! <https://developer.atlassian.com/server/bitbucket/rest/v905/api-group-builds-and-deployments/>

use serde_json::{json, Value};

use super::{
    super::{
        super::{
            limits::{DATACENTER_DATA, DATACENTER_DETAILS, DATACENTER_TEXT},
            Phase, RunId, TestRun,
        },
        findings,
        said::{self, is_older, page},
    },
    annotations::{self, Annotations},
    pages::all,
    place::Place,
};
use crate::{
    net::{Api, Body, Error, Kind, Request, Url},
    report::{write::text, TestRunResult},
};

pub(super) struct Reports<'a> {
    pub(super) api: &'a Api,
    pub(super) place: &'a Place,
    pub(super) commit: &'a str,
}

impl Reports<'_> {
    /// Writes the report, or finds it, which is the same: its key follows from the run's identity.
    pub(super) async fn create(&self, run: &TestRun<'_>) -> Result<RunId, Error> {
        let id = said::id(run);
        self.put(&id, run).await?;
        Ok(id)
    }

    /// Writes how the run stands; when it has ended also its annotations, and takes away what earlier attempts said.
    pub(super) async fn update(&self, id: &RunId, run: &TestRun<'_>) -> Result<(), Error> {
        self.put(id, run).await?;
        if run.phase == Phase::Running {
            return Ok(());
        }
        let wanted = annotations::wanted(id, run.report);
        findings::sync(&Annotations { reports: self, id }, &wanted, self.api.client()).await?;
        // The run itself is published. What is left of an older one is no reason to say that it is not.
        let _ = self.remove_older(id).await;
        Ok(())
    }

    /// How the report stands.
    pub(super) async fn status(&self, id: &RunId) -> Result<TestRunResult, Error> {
        let answer = self.api.get(self.url(&[&id.0]), "read the report").await?;
        Ok(said::standing(id, &answer.json(), "PASS", "FAIL"))
    }

    /// The address of something of the commit's reports.
    pub(super) fn url(&self, rest: &[&str]) -> Url {
        let rest: Vec<&str> = ["commits", self.commit, "reports"].into_iter().chain(rest.iter().copied()).collect();
        self.place.url(self.api, "insights", &rest)
    }

    /// Writes the report anew; its annotations are another matter.
    async fn put(&self, id: &RunId, run: &TestRun<'_>) -> Result<(), Error> {
        let request = Request::put(self.url(&[&id.0]), Body::Json(self.body(run)), "write the report");
        self.api.send(request).await.map(|_| ())
    }

    /// A commit keeps every report. One that an earlier attempt of the same job left would stand beside the new one.
    async fn remove_older(&self, id: &RunId) -> Result<(), Error> {
        for report in all(self.api, self.url(&[]), "read the reports of the commit").await? {
            let other = report["key"].as_str().unwrap_or_default();
            if !is_older(other, id) || report["result"].is_null() {
                continue;
            }
            match self.api.send(Request::delete(self.url(&[other]), "remove the report")).await {
                Err(error) if error.kind != Kind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// A report of a run that goes on has no result; a server has no word for that.
    fn body(&self, run: &TestRun<'_>) -> Value {
        let report = run.report;
        let mut body = json!({
            "title": DATACENTER_TEXT.cut(&text::line(run.title, DATACENTER_TEXT.most)),
            "details": DATACENTER_DETAILS.cut(&said::details(report)),
            "reporter": "ci-gen",
            "data": said::data(&report.totals, DATACENTER_DATA.most),
        });
        if run.phase == Phase::Finished {
            body["result"] = if report.verdict.passed { "PASS" } else { "FAIL" }.into();
        }
        if let Some(url) = self.place.page.as_deref().and_then(page) {
            body["link"] = String::from(url).into();
        }
        body
    }
}
