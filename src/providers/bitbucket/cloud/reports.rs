//! Runs of tests as reports of Code Insights.
//!
//! <https://developer.atlassian.com/cloud/bitbucket/rest/api-group-reports/>

use serde_json::{json, Value};

use super::{
    super::{
        super::{
            limits::{BITBUCKET_DATA, BITBUCKET_DETAILS, BITBUCKET_TEXT},
            Phase, RunId, TestRun,
        },
        findings,
        said::{self, is_older},
    },
    annotations::{self, Annotations},
    place::{all, link, Place},
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
    /// Writes the report, or finds it, which is the same: its id follows from the run's identity.
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
        findings::sync(&Annotations { reports: self, id, run }, &wanted, self.api.client()).await?;
        // The run itself is published. What is left of an older one is no reason to say that it is not.
        let _ = self.remove_older(id).await;
        Ok(())
    }

    /// How the report stands.
    pub(super) async fn status(&self, id: &RunId) -> Result<TestRunResult, Error> {
        let answer = self.api.get(self.url(&[&id.0]), "read the report").await?;
        Ok(said::standing(id, &answer.json(), "PASSED", "FAILED"))
    }

    /// The address of something of the commit's reports.
    pub(super) fn url(&self, rest: &[&str]) -> Url {
        let segments: Vec<&str> = ["commit", self.commit, "reports"].into_iter().chain(rest.iter().copied()).collect();
        self.api.url(self.place.of_repository(&segments))
    }

    /// Writes the report anew without its annotations.
    pub(super) async fn put(&self, id: &RunId, run: &TestRun<'_>) -> Result<(), Error> {
        let request = Request::put(self.url(&[&id.0]), Body::Json(self.body(run)), "write the report");
        self.api.send(request).await.map(|_| ())
    }

    /// Takes the report away with its annotations.
    pub(super) async fn delete(&self, id: &str) -> Result<(), Error> {
        match self.api.send(Request::delete(self.url(&[id]), "remove the report").expects_anything()).await {
            Err(error) if error.kind != Kind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// A commit keeps every report. One that an earlier attempt of the same job left would stand beside the new one.
    async fn remove_older(&self, id: &RunId) -> Result<(), Error> {
        let mut url = self.url(&[]);
        url.query_pairs_mut().append_pair("pagelen", "100");
        for report in all(self.api, url, "read the reports of the commit").await? {
            let other = report["external_id"].as_str().unwrap_or_default();
            if is_older(other, id) && report["result"] != "PENDING" {
                self.delete(other).await?;
            }
        }
        Ok(())
    }

    fn body(&self, run: &TestRun<'_>) -> Value {
        let report = run.report;
        let result = match (run.phase, report.verdict.passed) {
            (Phase::Running, _) => "PENDING",
            (Phase::Finished, true) => "PASSED",
            (Phase::Finished, false) => "FAILED",
        };
        let mut body = json!({
            "title": BITBUCKET_TEXT.cut(&text::line(run.title, BITBUCKET_TEXT.most)),
            "details": BITBUCKET_DETAILS.cut(&said::details(report)),
            "report_type": "TEST",
            "reporter": "ci-gen",
            "result": result,
            "data": said::data(&report.totals, BITBUCKET_DATA.most),
        });
        if let Some(url) = self.place.page.as_deref().and_then(link) {
            body["link"] = url.into();
        }
        body
    }
}
