//! Check runs: <https://docs.github.com/rest/checks/runs>

use std::time::Duration;

use serde_json::{json, Value};

use super::{
    super::{
        limits::{GITHUB_ANNOTATIONS, GITHUB_CHECK_NAME, GITHUB_SUMMARY},
        Phase, RunId, TestRun,
    },
    annotations, basic,
    comments::PAGE,
    Github,
};
use crate::{
    net::{self, linked, Body, Error, Repeat, Request, Url},
    report::{
        write::{markdown, text},
        Report, RunStatus, TestRunResult,
    },
};

/// How often something is sent whose answer was lost.
const TRIES: u32 = 5;
/// Characters of the name and of the title that are looked at, before what GitHub does not take is written out.
const LINE: usize = 200;
/// What stands in front of the numbers in the summary; nobody sees it.
const NUMBERS: &str = "<!-- ci-gen:numbers ";

impl Github {
    /// The check run of that identity: the one that is there, else a new one.
    pub(super) async fn create_check(&self, run: &TestRun<'_>) -> Result<RunId, Error> {
        let operation = format!("create the check run `{}`", text::line(run.title, LINE));
        let sha = self.sha(&operation)?;
        let name = name(run);
        let mut body = json!({
            "name": name,
            "head_sha": sha,
            "status": "in_progress",
            "external_id": run.identity,
        });
        if let Some(page) = &self.page {
            body["details_url"] = page.as_str().into();
        }
        if let Some(start) = &run.report.run.start {
            body["started_at"] = start.as_str().into();
        }
        let mut lost = 0;
        loop {
            if let Some(id) = self.find_check(sha, &name, run.identity).await? {
                return Ok(RunId(id));
            }
            let url = self.url(&["check-runs"]);
            match self.api.send(Request::post(url, Body::Json(body.clone()), &operation)).await {
                Ok(answer) if answer.dry => return Ok(RunId(net::ID.to_owned())),
                Ok(answer) => {
                    let id = answer.json()["id"].as_u64();
                    return id
                        .map(|it| RunId(it.to_string()))
                        .ok_or_else(|| Error::strange(&operation, self.api.vendor(), "id of the check run"));
                }
                Err(error) => self.lost(error, &mut lost).await?,
            }
        }
    }

    /// How a check run goes on, or how it ended.
    pub(super) async fn update_check(&self, id: &RunId, run: &TestRun<'_>) -> Result<(), Error> {
        let url = self.url(&["check-runs", &id.0]);
        let operation = format!("update the check run `{}`", text::line(run.title, LINE));
        match run.phase {
            Phase::Running => {
                let body = json!({ "status": "in_progress", "output": running(run.report) });
                self.api.send(Request::patch(url, Body::Json(body), operation)).await.map(|_| ())
            }
            Phase::Finished => self.finish(url, run.report, &operation).await,
        }
    }

    /// Completes a check run. Annotations are added to those that are there, so before any are sent, and whenever an answer
    /// was lost, they are counted. Those of an earlier report of the same run stay, as nothing removes any.
    async fn finish(&self, url: Url, report: &Report, operation: &str) -> Result<(), Error> {
        let (all, left) = annotations::of(report);
        let output = output(report, all.len(), left, self.page.as_deref());
        let body = |annotations: &[Value]| {
            let mut output = output.clone();
            if !annotations.is_empty() {
                output["annotations"] = annotations.into();
            }
            let conclusion = if report.verdict.passed { "success" } else { "failure" };
            Body::Json(json!({ "status": "completed", "conclusion": conclusion, "output": output }))
        };
        let mut there = if all.is_empty() { 0 } else { self.annotated(&url).await?.min(all.len()) };
        let mut lost = 0;
        loop {
            let end = all.len().min(there + GITHUB_ANNOTATIONS.most);
            let batch = &all[there..end];
            let repeat = if batch.is_empty() { Repeat::Always } else { Repeat::Unprocessed };
            match self.api.send(Request::patch(url.clone(), body(batch), operation).repeat(repeat)).await {
                Ok(_) if end == all.len() => return Ok(()),
                Ok(_) => there = end,
                Err(error) => {
                    self.lost(error, &mut lost).await?;
                    there = self.annotated(&url).await?.clamp(there, end);
                }
            }
        }
    }

    /// How many annotations a check run has.
    async fn annotated(&self, url: &Url) -> Result<usize, Error> {
        let answer = self.api.get(url.clone(), "count the annotations of the check run").await?;
        let count = answer.json()["output"]["annotations_count"].as_u64().unwrap_or_default();
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    }

    /// Waits where an answer was lost, so that what is there can be looked at.
    ///
    /// # Errors
    /// It is another failure, or it happens too often, or there is no time.
    async fn lost(&self, error: Error, times: &mut u32) -> Result<(), Error> {
        let client = self.api.client();
        let wait = error.wait.unwrap_or(Duration::ZERO);
        *times += 1;
        if !error.unsure || *times >= TRIES || wait >= client.left() {
            return Err(error);
        }
        client.clock().sleep(wait).await;
        Ok(())
    }

    /// The id of the check run of an identity.
    async fn find_check(&self, sha: &str, name: &str, identity: &str) -> Result<Option<String>, Error> {
        let mut url = self.url(&["commits", sha, "check-runs"]);
        // Of several runs of one name the latest alone would hide an earlier one, which is the same check in another run.
        let wanted = [("check_name", name), ("filter", "all"), ("per_page", PAGE)];
        url.query_pairs_mut().extend_pairs(wanted);
        let pages = self.api.pages(url, "list the check runs of the commit", linked).await?;
        let mut checks = pages.iter().filter_map(|it| it["check_runs"].as_array()).flatten();
        let found = checks.find(|it| it["external_id"] == identity);
        Ok(found.and_then(|it| it["id"].as_u64()).map(|it| it.to_string()))
    }

    /// How a check run stands.
    pub(super) async fn check_status(&self, id: &RunId) -> Result<TestRunResult, Error> {
        let operation = "look at the check run";
        let answer = self.api.get(self.url(&["check-runs", &id.0]), operation).await?;
        let check = answer.json();
        let mut result = TestRunResult { test_run_id: id.0.clone(), ..TestRunResult::default() };
        if answer.dry {
            return Ok(result);
        }
        let word = |name: &str| check[name].as_str().unwrap_or_default().to_owned();
        result.status = status(&word("status"), &word("conclusion"))
            .ok_or_else(|| Error::strange(operation, self.api.vendor(), "status that is known"))?;
        numbers(check["output"]["summary"].as_str().unwrap_or_default(), &mut result);
        for name in ["name", "external_id", "html_url", "status", "conclusion", "started_at", "completed_at"] {
            if check[name].is_string() {
                result.metadata.insert(name.to_owned(), check[name].clone());
            }
        }
        Ok(result)
    }
}

/// What the check is called; the same in every run, as branch rules know it by that.
fn name(run: &TestRun<'_>) -> String {
    let name = basic(&text::line(run.title, LINE));
    let name = GITHUB_CHECK_NAME.cut(name.trim());
    if name.is_empty() {
        "tests".to_owned()
    } else {
        name.into_owned()
    }
}

fn status(status: &str, conclusion: &str) -> Option<RunStatus> {
    Some(match (status, conclusion) {
        ("queued" | "waiting" | "requested" | "pending", _) => RunStatus::Pending,
        ("in_progress", _) => RunStatus::Running,
        ("completed", "success" | "neutral") => RunStatus::Passed,
        ("completed", "failure") => RunStatus::Failed,
        ("completed", "action_required") => RunStatus::Error,
        ("completed", "skipped") => RunStatus::Skipped,
        ("completed", "cancelled" | "stale") => RunStatus::Cancelled,
        ("completed", "timed_out") => RunStatus::Timeout,
        _ => return None,
    })
}

/// What is shown while a run goes on.
fn running(report: &Report) -> Value {
    let (tests, failures) = (report.totals.tests, report.totals.failures());
    let title = format!("running: {tests} tests so far, {failures} failed");
    let budget = GITHUB_SUMMARY.most;
    let summary = match failures {
        0 => format!("{title}\n"),
        _ => markdown::text(report, &markdown::Options { budget, html: true, whole: "the log of the job" }),
    };
    json!({ "title": title, "summary": summary })
}

/// What is shown of a run that ended: the headline, and a summary that says which failures are marked in the code.
fn output(report: &Report, marked: usize, left: usize, page: Option<&str>) -> Value {
    let TestRunResult { total_tests, passed_tests, failed_tests, skipped_tests, duration_seconds, .. } = report.into();
    let mut tail = String::new();
    if left > 0 {
        let all = marked + left;
        tail.push_str(&format!(
            "\n_Marked in the code: the first {marked} of {all} failures that have a place there._\n"
        ));
    }
    tail.push_str(&format!(
        "\n{NUMBERS}{total_tests} {passed_tests} {failed_tests} {skipped_tests} {duration_seconds} -->\n"
    ));
    let budget = GITHUB_SUMMARY.most - tail.len();
    let whole = page.unwrap_or("the reports of the job");
    let summary = markdown::text(report, &markdown::Options { budget, html: true, whole }) + &tail;
    json!({ "title": text::headline(report), "summary": summary })
}

/// The numbers that [`output`] wrote: the last ones, as a test's own text may hold anything.
fn numbers(summary: &str, result: &mut TestRunResult) {
    let Some((_, rest)) = summary.rsplit_once(NUMBERS) else { return };
    let mut words = rest.split(' ');
    let mut next = || words.next()?.parse::<f64>().ok().filter(|it| it.is_finite() && *it >= 0.0);
    let read = [next(), next(), next(), next(), next()];
    if let [Some(tests), Some(passed), Some(failed), Some(skipped), Some(seconds)] = read {
        result.total_tests = tests as u64;
        result.passed_tests = passed as u64;
        result.failed_tests = failed as u64;
        result.skipped_tests = skipped as u64;
        result.duration_seconds = seconds;
    }
}
