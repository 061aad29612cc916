//! Runs of tests as reports of Code Insights.
//!
//! <https://developer.atlassian.com/cloud/bitbucket/rest/api-group-reports/>

use serde_json::{json, Value};

use super::{
    super::{
        limits::{BITBUCKET_DATA, BITBUCKET_DETAILS, BITBUCKET_TEXT},
        Phase, RunId, TestRun,
    },
    annotations,
    place::{all, link, Place},
    status::hash,
};
use crate::{
    net::{Api, Body, Error, Kind, Request, Url},
    report::{write::text, Report, Run, RunStatus, TestRunResult, Totals},
};

/// What every id of a report of ours begins with; ids have to be unique among those of all tools.
const PREFIX: &str = "ci-gen-";

pub(super) struct Reports<'a> {
    pub(super) api: &'a Api,
    pub(super) place: &'a Place,
    pub(super) commit: &'a str,
}

impl Reports<'_> {
    /// Writes the report, or finds it, which is the same: its id follows from the run's identity.
    pub(super) async fn create(&self, run: &TestRun<'_>) -> Result<RunId, Error> {
        let id = RunId(id(run));
        self.put(&id, run).await?;
        Ok(id)
    }

    /// Writes how the run stands; when it has ended also its annotations, and takes away what earlier attempts said.
    pub(super) async fn update(&self, id: &RunId, run: &TestRun<'_>) -> Result<(), Error> {
        self.put(id, run).await?;
        if run.phase == Phase::Running {
            return Ok(());
        }
        annotations::sync(self, id, run).await?;
        // The run itself is published. What is left of an older one is no reason to say that it is not.
        let _ = self.remove_older(id).await;
        Ok(())
    }

    /// How the report stands.
    pub(super) async fn status(&self, id: &RunId) -> Result<TestRunResult, Error> {
        let answer = self.api.get(self.url(&[&id.0]), "read the report").await?;
        let report = answer.json();
        let number = |title: &str| {
            let mut data = report["data"].as_array().into_iter().flatten();
            data.find(|it| it["title"] == title).and_then(|it| it["value"].as_f64()).unwrap_or_default()
        };
        let status = match report["result"].as_str() {
            Some("PASSED") => RunStatus::Passed,
            Some("FAILED") if number(FAILED) > 0.0 => RunStatus::Failed,
            Some("FAILED") => RunStatus::Error,
            _ => RunStatus::Running,
        };
        Ok(TestRunResult {
            test_run_id: id.0.clone(),
            status,
            total_tests: number(TESTS) as u64,
            passed_tests: number(PASSED) as u64,
            failed_tests: number(FAILED) as u64,
            skipped_tests: number(SKIPPED) as u64,
            duration_seconds: number(DURATION) / 1000.0,
            ..TestRunResult::default()
        })
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
        let Some((family, _)) = id.0.rsplit_once('-') else { return Ok(()) };
        let mut url = self.url(&[]);
        url.query_pairs_mut().append_pair("pagelen", "100");
        for report in all(self.api, url, "read the reports of the commit").await? {
            let other = report["external_id"].as_str().unwrap_or_default();
            let same = other.rsplit_once('-').is_some_and(|(it, _)| it == family);
            if same && other != id.0 && report["result"] != "PENDING" {
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
            "details": BITBUCKET_DETAILS.cut(&details(report)),
            "report_type": "TEST",
            "reporter": "ci-gen",
            "result": result,
            "data": data(&report.totals),
        });
        if let Some(url) = self.place.page.as_deref().and_then(link) {
            body["link"] = url.into();
        }
        body
    }
}

/// The id of a run's report. Attempts of the same job, leg and shard have the first part in common.
fn id(run: &TestRun<'_>) -> String {
    let Run { job, leg, shard, .. } = &run.report.run;
    let shard = shard.map(|it| format!("{}/{}", it.index, it.total));
    let place = [Some(run.title), job.as_deref(), leg.as_deref(), shard.as_deref()].map(Option::unwrap_or_default);
    format!("{PREFIX}{}-{}", hash(&place, 12), hash(&[run.identity], 20))
}

/// The outcome, and what speaks against the run that no test shows.
fn details(report: &Report) -> String {
    let reasons = text::unseen_reasons(report).into_iter().map(|it| format!("- {}", text::line(&text::note(it), 300)));
    std::iter::once(text::headline(report)).chain(reasons).collect::<Vec<_>>().join("\n")
}

const TESTS: &str = "Tests";
const PASSED: &str = "Passed";
const FAILED: &str = "Failed";
const SKIPPED: &str = "Skipped";
const FLAKY: &str = "Flaky";
const DURATION: &str = "Duration";

/// The numbers; durations are in milliseconds.
fn data(totals: &Totals) -> Vec<Value> {
    let number = |title: &str, value: u64| json!({ "title": title, "type": "NUMBER", "value": value });
    let duration = (totals.duration.max(0.0) * 1000.0).round() as u64;
    let mut data = vec![
        number(TESTS, totals.tests),
        number(PASSED, totals.passed),
        number(FAILED, totals.failures()),
        number(SKIPPED, totals.skipped),
        number(FLAKY, totals.flaky),
        json!({ "title": DURATION, "type": "DURATION", "value": duration }),
    ];
    data.truncate(BITBUCKET_DATA.most);
    data
}
