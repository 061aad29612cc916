//! The annotations of a report: <https://developer.atlassian.com/cloud/bitbucket/rest/api-group-reports/>

use async_trait::async_trait;
use serde_json::{json, Value};

use super::{
    super::{
        super::{
            limits::{BITBUCKET_ANNOTATIONS, BITBUCKET_BATCH, BITBUCKET_DETAILS, BITBUCKET_TEXT},
            RunId, TestRun,
        },
        findings::{self, Shelf, Wanted, Weight},
    },
    place::all,
    reports::Reports,
};
use crate::{
    net::{Body, Error, Kind, Request},
    report::{write::issues::Issue, Report},
};

/// The annotations of a run's report.
pub(super) struct Annotations<'a> {
    pub(super) reports: &'a Reports<'a>,
    pub(super) id: &'a RunId,
    pub(super) run: &'a TestRun<'a>,
}

#[async_trait]
impl Shelf for Annotations<'_> {
    async fn list(&self) -> Result<Vec<String>, Error> {
        let mut url = self.reports.url(&[&self.id.0, "annotations"]);
        url.query_pairs_mut().append_pair("pagelen", "100");
        match all(self.reports.api, url, "read the annotations of the report").await {
            Ok(all) => {
                let name = |it: &Value| it["external_id"].as_str().or(it["uuid"].as_str()).map(str::to_owned);
                Ok(all.iter().filter_map(name).collect())
            }
            // A report that has just been written has none.
            Err(error) if error.kind == Kind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    async fn add(&self, annotations: &[&Value]) -> Result<(), Error> {
        for batch in annotations.chunks(BITBUCKET_BATCH.most) {
            let url = self.reports.url(&[&self.id.0, "annotations"]);
            let body = Body::Json(batch.iter().copied().cloned().collect());
            self.reports.api.send(Request::post(url, body, "add annotations to the report")).await?;
        }
        Ok(())
    }

    async fn remove(&self, names: &[String]) -> Result<(), Error> {
        for name in names {
            let url = self.reports.url(&[&self.id.0, "annotations", name]);
            let request = Request::delete(url, "remove an annotation").expects_anything();
            match self.reports.api.send(request).await {
                Err(error) if error.kind != Kind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// The report is written anew, which takes all away at once.
    async fn clear(&self) -> Result<(), Error> {
        self.reports.delete(&self.id.0).await?;
        self.reports.put(self.id, self.run).await
    }

    fn most_removed(&self) -> usize {
        5
    }
}

/// The annotations of a run.
pub(super) fn wanted(id: &RunId, report: &Report) -> Wanted {
    findings::wanted(id, report, BITBUCKET_ANNOTATIONS.most, "external_id", annotation)
}

fn annotation(issue: &Issue, weight: Weight) -> Value {
    let (result, severity) = match weight {
        Weight::Failed => ("FAILED", "HIGH"),
        Weight::Flaky => ("PASSED", "LOW"),
    };
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
