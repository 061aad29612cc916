//! What went wrong, as annotations of a report: those that are missing are added, those that no longer hold are taken away.
//!
//! An annotation is told by what it says, so one that is there need not be sent again, and a list after a lost answer shows
//! what of it arrived.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{json, Value};

use super::{
    super::{
        limits::{BITBUCKET_ANNOTATIONS, BITBUCKET_BATCH, BITBUCKET_DETAILS, BITBUCKET_TEXT},
        RunId, TestRun,
    },
    place::all,
    reports::Reports,
    status::hash,
};
use crate::{
    net::{Body, Error, Kind, Request},
    report::{
        write::issues::{flaky_issues, issues, Issue},
        Report,
    },
};

/// With more that no longer hold, the report is written anew, which takes all away at once.
const SINGLE: usize = 5;
/// Times that what is missing is looked for and sent.
const ROUNDS: u32 = 5;

/// Makes the annotations of the report those of the run.
pub(super) async fn sync(reports: &Reports<'_>, id: &RunId, run: &TestRun<'_>) -> Result<(), Error> {
    let wanted = annotations(id, run.report);
    let client = reports.api.client();
    let mut round = 1;
    loop {
        let mut there = list(reports, id).await?;
        let stale: Vec<String> = there.iter().filter(|it| !wanted.contains_key(*it)).cloned().collect();
        if stale.len() > SINGLE {
            reports.delete(&id.0).await?;
            reports.put(id, run).await?;
            there.clear();
        } else {
            for annotation in &stale {
                remove(reports, id, annotation).await?;
            }
        }
        let missing: Vec<&Value> = ordered(&wanted).into_iter().filter(|it| !there.contains(name(it))).collect();
        match add(reports, id, &missing).await {
            Ok(()) => return Ok(()),
            Err(error) => {
                let wait = error.wait.unwrap_or_else(|| client.backoff(round + 1));
                if !error.unsure || round >= ROUNDS || wait >= client.left() {
                    return Err(error);
                }
                client.clock().sleep(wait).await;
                round += 1;
            }
        }
    }
}

/// The names of those that are there.
async fn list(reports: &Reports<'_>, id: &RunId) -> Result<BTreeSet<String>, Error> {
    let mut url = reports.url(&[&id.0, "annotations"]);
    url.query_pairs_mut().append_pair("pagelen", "100");
    match all(reports.api, url, "read the annotations of the report").await {
        Ok(all) => {
            let name = |it: &Value| it["external_id"].as_str().or(it["uuid"].as_str()).map(str::to_owned);
            Ok(all.iter().filter_map(name).collect())
        }
        // A report that has just been written has none.
        Err(error) if error.kind == Kind::NotFound => Ok(BTreeSet::new()),
        Err(error) => Err(error),
    }
}

async fn add(reports: &Reports<'_>, id: &RunId, annotations: &[&Value]) -> Result<(), Error> {
    for batch in annotations.chunks(BITBUCKET_BATCH.most) {
        let url = reports.url(&[&id.0, "annotations"]);
        let body = Body::Json(batch.iter().copied().cloned().collect());
        reports.api.send(Request::post(url, body, "add annotations to the report")).await?;
    }
    Ok(())
}

async fn remove(reports: &Reports<'_>, id: &RunId, annotation: &str) -> Result<(), Error> {
    let url = reports.url(&[&id.0, "annotations", annotation]);
    match reports.api.send(Request::delete(url, "remove an annotation").expects_anything()).await {
        Err(error) if error.kind != Kind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The annotations of a run by name, each with its place in the order.
fn annotations(id: &RunId, report: &Report) -> BTreeMap<String, (usize, Value)> {
    let most = BITBUCKET_ANNOTATIONS.most;
    let failed = issues(report, most);
    let flaky = flaky_issues(report, most - failed.len());
    let failed = failed.iter().map(|it| (it, "FAILED", "HIGH"));
    let all = failed.chain(flaky.iter().map(|it| (it, "PASSED", "LOW")));
    let mut named = BTreeMap::new();
    for (index, (issue, result, severity)) in all.enumerate() {
        let mut annotation = annotation(issue, result, severity);
        let text = annotation.to_string();
        // Tests of the same name may fail in the same words.
        let name = (0..).map(|double: u32| format!("{}-{}", id.0, hash(&[&text, &double.to_string()], 16)));
        let name = name.into_iter().find(|it| !named.contains_key(it)).unwrap_or_default();
        annotation["external_id"] = name.as_str().into();
        named.insert(name, (index, annotation));
    }
    named
}

fn ordered(annotations: &BTreeMap<String, (usize, Value)>) -> Vec<&Value> {
    let mut all: Vec<&(usize, Value)> = annotations.values().collect();
    all.sort_by_key(|(index, _)| *index);
    all.into_iter().map(|(_, annotation)| annotation).collect()
}

fn name(annotation: &Value) -> &str {
    annotation["external_id"].as_str().unwrap_or_default()
}

fn annotation(issue: &Issue, result: &str, severity: &str) -> Value {
    let mut annotation = json!({
        "annotation_type": "BUG",
        "summary": BITBUCKET_TEXT.cut(&issue.title),
        "details": BITBUCKET_DETAILS.cut(&issue.message),
        "result": result,
        "severity": severity,
    });
    // A path that is cut is of no file.
    if let Some(file) = issue.file.as_deref().filter(|it| it.len() <= BITBUCKET_DETAILS.most) {
        annotation["path"] = file.into();
        if let Some(line) = issue.line.filter(|it| *it > 0) {
            annotation["line"] = line.into();
        }
    }
    annotation
}
