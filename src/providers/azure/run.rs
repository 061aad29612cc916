//! Test runs: found again by what their comment says, their results added once, in batches.

use std::{collections::BTreeMap, time::UNIX_EPOCH};

use jiff::{SignedDuration, Timestamp};
use serde_json::{json, Value};

use super::{
    items,
    place::Pipeline,
    result::{missing, name, results},
    Azure, ROUNDS, VENDOR,
};
use crate::{
    net::{Answer, Body, Error, Request, Url},
    providers::{
        limits::{AZURE_LIST, AZURE_MESSAGE, AZURE_RESULTS, AZURE_RUNS},
        Phase, RunId, TestRun,
    },
    report::{
        write::text::{legible, note, unseen_reasons},
        Report, RunStatus, TestRunResult,
    },
};

impl Azure {
    /// The run of that identity: the one that is there, else a new one.
    pub(super) async fn create(&self, pipeline: &Pipeline, run: &TestRun<'_>) -> Result<RunId, Error> {
        let operation = "create the test run";
        let url = self.url(&pipeline.project, &["test", "runs"], &[]);
        let mut last = None;
        for _ in 0..ROUNDS {
            if let Some(found) = self.find(pipeline, run.identity).await? {
                return Ok(found);
            }
            let request = Request::post(url.clone(), Body::Json(created(pipeline, run)), operation);
            match self.api.send(request).await {
                Ok(answer) => return self.id(&answer, operation).map(RunId),
                Err(error) if error.unsure => last = Some(self.api.wait(error).await?),
                Err(error) => return Err(error),
            }
        }
        Err(last.unwrap_or_else(|| self.strange(operation, "id")))
    }

    /// The run of this build whose comment is ours; the oldest, if two made one at the same moment.
    async fn find(&self, pipeline: &Pipeline, identity: &str) -> Result<Option<RunId>, Error> {
        let build = format!("vstfs:///Build/Build/{}", pipeline.build);
        let query = [("buildUri", build.as_str()), ("includeRunDetails", "true")];
        let url = self.url(&pipeline.project, &["test", "runs"], &query);
        let runs = self.all(url, AZURE_RUNS.most, "look for the test run").await?;
        let comment = comment(identity);
        let ours = runs.iter().filter(|it| it["comment"].as_str().map(str::trim) == Some(&comment));
        Ok(ours.filter_map(|it| it["id"].as_u64()).min().map(|id| RunId(id.to_string())))
    }

    /// Every item of a list that is read by `$top` and `$skip`.
    async fn all(&self, mut first: Url, top: usize, operation: &str) -> Result<Vec<Value>, Error> {
        first.query_pairs_mut().append_pair("$top", &top.to_string());
        let pages = self.api.pages(first, operation, |answer| next(answer, top)).await?;
        Ok(pages.iter().flat_map(items).cloned().collect())
    }

    /// Adds the results and ends the run when it has ended; before, there is nothing that a run shows of its own.
    pub(super) async fn update(&self, pipeline: &Pipeline, id: &RunId, run: &TestRun<'_>) -> Result<(), Error> {
        if run.phase == Phase::Running {
            return Ok(());
        }
        let all = results(run.report);
        let mut last = None;
        for round in 0..=ROUNDS {
            if round == ROUNDS {
                return Err(last.unwrap_or_else(|| self.strange("add test results", "id")));
            }
            // What is there already is from an earlier call, or from one whose answer was lost.
            let url = self.url(&pipeline.project, &["test", "Runs", &id.0, "results"], &[]);
            let present = self.all(url.clone(), AZURE_LIST.most, "look for test results").await?;
            match self.add(&url, &missing(&all, &present)).await {
                Ok(()) => break,
                Err(error) if error.unsure => last = Some(self.api.wait(error).await?),
                Err(error) => return Err(error),
            }
        }
        let url = self.url(&pipeline.project, &["test", "runs", &id.0], &[]);
        let body = finished(run.report, self.now());
        self.api.send(Request::patch(url, Body::Json(body), "end the test run")).await?;
        Ok(())
    }

    async fn add(&self, url: &Url, results: &[&Value]) -> Result<(), Error> {
        for batch in batches(results) {
            let body = Body::Json(json!(batch));
            self.api.send(Request::post(url.clone(), body, "add test results")).await?;
        }
        Ok(())
    }

    /// How the run stands.
    pub(super) async fn look_up(&self, pipeline: &Pipeline, id: &RunId) -> Result<TestRunResult, Error> {
        let operation = "read the test run";
        let url = self.url(&pipeline.project, &["test", "runs", &id.0], &[]);
        let answer = self.api.get(url, operation).await?;
        match answer.json() {
            Value::Object(run) => Ok(status(id, &Value::Object(run))),
            _ if answer.dry => Ok(TestRunResult { test_run_id: id.0.clone(), ..TestRunResult::default() }),
            _ => Err(Error::strange(operation, VENDOR, "test run")),
        }
    }

    fn now(&self) -> Timestamp {
        let since = self.api.client().now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millisecond(i64::try_from(since.as_millis()).unwrap_or_default()).unwrap_or_default()
    }
}

/// Bytes of a batch, more or less: what many tests say at length is sent in more requests, so that each is answered in time.
const BATCH: usize = 8 * 1024 * 1024;

/// As few batches as the limits allow.
fn batches<'a>(results: &'a [&'a Value]) -> Vec<&'a [&'a Value]> {
    let mut batches = Vec::new();
    let (mut from, mut bytes) = (0, 0);
    for (at, result) in results.iter().enumerate() {
        let size = result.to_string().len();
        if at > from && (at - from == AZURE_RESULTS.most || bytes + size > BATCH) {
            batches.push(&results[from..at]);
            (from, bytes) = (at, 0);
        }
        bytes += size;
    }
    batches.extend((from < results.len()).then(|| &results[from..]));
    batches
}

/// The next page, behind one that is full.
fn next(answer: &Answer, top: usize) -> Option<Url> {
    if items(&answer.json()).len() < top {
        return None;
    }
    let mut query: BTreeMap<String, String> = answer.url.query_pairs().into_owned().collect();
    let skipped: usize = query.get("$skip").and_then(|it| it.parse().ok()).unwrap_or_default();
    query.insert("$skip".to_owned(), (skipped + top).to_string());
    let mut url = answer.url.clone();
    url.query_pairs_mut().clear().extend_pairs(query);
    Some(url)
}

/// What tells a run from all others, in the one field that people see last.
fn comment(identity: &str) -> String {
    format!("ci-gen:{identity}")
}

/// Fields: <https://learn.microsoft.com/rest/api/azure/devops/test/runs/create?view=azure-devops-rest-7.1>
fn created(pipeline: &Pipeline, run: &TestRun<'_>) -> Value {
    let mut body = json!({
        "name": name(run.title),
        "automated": true,
        // Numbers are turned away here.
        "build": { "id": pipeline.build },
        "state": "InProgress",
        "comment": comment(run.identity),
    });
    if let Some(start) = start(run.report) {
        body["startDate"] = json!(start.to_string());
    }
    if let Some(reference) = reference(pipeline, run.report.run.leg.as_deref()) {
        body["pipelineReference"] = reference;
    }
    body
}

/// Where in the pipeline the tests ran; the name of the job is meant for what a matrix makes of it.
fn reference(pipeline: &Pipeline, leg: Option<&str>) -> Option<Value> {
    let id: i32 = pipeline.build.parse().ok()?;
    let mut reference = json!({ "pipelineId": id });
    let keys = [("stageReference", "stageName"), ("phaseReference", "phaseName"), ("jobReference", "jobName")];
    for ((part, key), (known, attempt)) in keys.into_iter().zip(&pipeline.parts) {
        let known = known.as_deref().or(leg.filter(|_| key == "jobName"));
        let Some(known) = known else { continue };
        reference[part] = json!({ key: name(known) });
        if let Some(attempt) = attempt {
            reference[part]["attempt"] = json!(attempt);
        }
    }
    Some(reference)
}

/// Fields: <https://learn.microsoft.com/rest/api/azure/devops/test/runs/update?view=azure-devops-rest-7.1>
fn finished(report: &Report, now: Timestamp) -> Value {
    let wall = SignedDuration::try_from_secs_f64(report.run.wall.max(0.0)).unwrap_or_default();
    let end = start(report).and_then(|it| it.checked_add(wall).ok()).unwrap_or(now);
    let mut body = json!({ "state": "Completed", "completedDate": end.to_string() });
    let reasons = unseen_reasons(report);
    if !report.verdict.passed && !reasons.is_empty() {
        let lines: Vec<String> = reasons.iter().map(|it| legible(&note(it))).collect();
        body["errorMessage"] = json!(AZURE_MESSAGE.cut(&lines.join("\n")));
    }
    // A run that ended without a failing test would be shown as good.
    if !report.verdict.passed && report.totals.failures() == 0 {
        let has = |code: &str| report.verdict.reasons.iter().any(|it| it.code == code);
        body["state"] = json!("Aborted");
        body["substate"] = json!(match () {
            () if has("timeout") => "timedOut",
            () if has("cancelled") => "canceledByUser",
            () => "abortedBySystem",
        });
    }
    body
}

fn start(report: &Report) -> Option<Timestamp> {
    report.run.start.as_deref()?.parse().ok()
}

/// What a run says about itself: <https://learn.microsoft.com/rest/api/azure/devops/test/runs/get-test-run-by-id>
fn status(id: &RunId, run: &Value) -> TestRunResult {
    let number = |field: &str| run[field].as_u64().unwrap_or_default();
    let (total, passed) = (number("totalTests"), number("passedTests"));
    let by_outcome = |outcomes: &[&str]| -> Option<u64> {
        let statistics = run["runStatistics"].as_array()?;
        let counted = statistics.iter().filter(|it| it["outcome"].as_str().is_some_and(|it| outcomes.contains(&it)));
        Some(counted.filter_map(|it| it["count"].as_u64()).sum())
    };
    let skipped = by_outcome(&["NotExecuted", "NotApplicable", "NotImpacted"]);
    let skipped = skipped.unwrap_or_else(|| number("notApplicableTests")).min(total.saturating_sub(passed));
    let failed = total.saturating_sub(passed + skipped);
    let time = |field: &str| run[field].as_str()?.parse::<Timestamp>().ok();
    let seconds = time("startedDate").zip(time("completedDate")).map(|(from, to)| to.duration_since(from));
    let state = run["state"].as_str().unwrap_or_default();
    let status = match (state, run["substate"].as_str()) {
        ("Aborted", Some("timedOut")) => RunStatus::Timeout,
        ("Aborted", Some("canceledByUser")) => RunStatus::Cancelled,
        ("Aborted", _) => RunStatus::Error,
        ("Completed" | "NeedsInvestigation", _) if failed > 0 => RunStatus::Failed,
        ("NeedsInvestigation", _) => RunStatus::Error,
        ("Completed", _) => RunStatus::Passed,
        ("InProgress", _) => RunStatus::Running,
        _ => RunStatus::Pending,
    };
    let known = ["name", "webAccessUrl", "errorMessage"].into_iter().filter_map(|field| {
        let value = run[field].as_str().filter(|it| !it.is_empty())?;
        Some((field.to_owned(), Value::from(value)))
    });
    TestRunResult {
        test_run_id: id.0.clone(),
        status,
        total_tests: total,
        passed_tests: passed,
        failed_tests: failed,
        skipped_tests: skipped,
        duration_seconds: seconds.map_or(0.0, |it| it.as_secs_f64().max(0.0)),
        metadata: known.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Note;

    #[test]
    fn what_was_not_proven_is_no_good_run() {
        let mut report = Report::default();
        report.verdict.reasons.push(Note { code: "timeout".into(), message: "too long".into(), ..Note::default() });
        report.run.start = Some("2026-11-27T10:00:00Z".to_owned());
        report.run.wall = 90.5;
        let body = finished(&report, Timestamp::UNIX_EPOCH);
        assert_eq!(body["state"], "Aborted");
        assert_eq!(body["substate"], "timedOut");
        assert_eq!(body["errorMessage"], "too long");
        assert_eq!(body["completedDate"], "2026-11-27T10:01:30.5Z");
        report.verdict = crate::report::Verdict { passed: true, ..Default::default() };
        assert_eq!(finished(&report, Timestamp::UNIX_EPOCH)["state"], "Completed");
    }

    #[test]
    fn batches_are_as_few_as_the_limits_allow() {
        let sizes = |results: &[Value]| -> Vec<usize> {
            batches(&results.iter().collect::<Vec<_>>()).iter().map(|it| it.len()).collect()
        };
        assert_eq!(sizes(&[]), Vec::<usize>::new());
        assert_eq!(sizes(&vec![json!(1); 2001]), [1000, 1000, 1]);
        assert_eq!(sizes(&vec![json!("x".repeat(BATCH / 2 - 10)); 3]), [2, 1]);
        assert_eq!(sizes(&vec![json!("x".repeat(BATCH)); 2]), [1, 1]);
    }

    #[test]
    fn a_run_is_read_in_numbers() {
        let run = json!({
            "state": "Completed", "totalTests": 5, "passedTests": 2, "startedDate": "2026-11-27T10:00:00.5Z",
            "completedDate": "2026-11-27T10:00:02Z",
            "runStatistics": [{ "outcome": "Failed", "count": 2 }, { "outcome": "NotExecuted", "count": 1 }],
        });
        let result = status(&RunId("7".to_owned()), &run);
        assert_eq!(result.status, RunStatus::Failed);
        assert_eq!((result.failed_tests, result.skipped_tests), (2, 1));
        assert_eq!(result.duration_seconds, 1.5);
        assert_eq!(status(&RunId(String::new()), &json!({})).status, RunStatus::Pending);
    }
}
