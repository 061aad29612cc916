//! The annotations of a report: <https://developer.atlassian.com/server/bitbucket/rest/v905/api-group-builds-and-deployments/>

use async_trait::async_trait;
use serde_json::{json, Value};

use super::{
    super::{
        super::{
            limits::{DATACENTER_ANNOTATIONS, DATACENTER_DETAILS},
            RunId,
        },
        findings::{self, Shelf, Wanted, Weight},
    },
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
}

impl Annotations<'_> {
    /// Takes those with these names away, without names all.
    async fn delete(&self, names: &[String]) -> Result<(), Error> {
        let mut url = self.reports.url(&[&self.id.0, "annotations"]);
        if !names.is_empty() {
            url.query_pairs_mut().extend_pairs(names.iter().map(|it| ("externalId", it)));
        }
        self.reports.api.send(Request::delete(url, "remove annotations")).await.map(|_| ())
    }
}

#[async_trait]
impl Shelf for Annotations<'_> {
    /// All are given at once. Those without a name are somebody else's, and named so that they go.
    async fn list(&self) -> Result<Vec<String>, Error> {
        let url = self.reports.url(&[&self.id.0, "annotations"]);
        match self.reports.api.get(url, "read the annotations of the report").await {
            Ok(answer) => {
                let name = |it: &Value| it["externalId"].as_str().unwrap_or_default().to_owned();
                Ok(answer.json()["annotations"].as_array().into_iter().flatten().map(name).collect())
            }
            Err(error) if error.kind == Kind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// One request takes as many as a report may have. The server tells no doubles apart.
    async fn add(&self, annotations: &[&Value]) -> Result<(), Error> {
        if annotations.is_empty() {
            return Ok(());
        }
        let url = self.reports.url(&[&self.id.0, "annotations"]);
        let body = Body::Json(json!({ "annotations": annotations }));
        self.reports.api.send(Request::post(url, body, "add annotations to the report")).await.map(|_| ())
    }

    async fn remove(&self, names: &[String]) -> Result<(), Error> {
        match names.iter().any(String::is_empty) {
            true => self.clear().await,
            false => self.delete(names).await,
        }
    }

    async fn clear(&self) -> Result<(), Error> {
        self.delete(&[]).await
    }

    /// All names stand in one address, of which servers in between take 8 KiB.
    fn most_removed(&self) -> usize {
        50
    }
}

/// The annotations of a run.
pub(super) fn wanted(id: &RunId, report: &Report) -> Wanted {
    findings::wanted(id, report, DATACENTER_ANNOTATIONS.most, "externalId", annotation)
}

/// The heading stands in the message: a server has no place of its own for it.
fn annotation(issue: &Issue, weight: Weight) -> Value {
    let severity = match weight {
        Weight::Failed => "HIGH",
        Weight::Flaky => "LOW",
    };
    let message = match issue.message.is_empty() {
        true => issue.title.clone(),
        false => format!("{}\n{}", issue.title, issue.message),
    };
    let mut annotation = json!({
        "type": "BUG",
        "message": DATACENTER_DETAILS.cut(&message),
        "severity": severity,
    });
    // A path that is cut is of no file.
    if let Some(file) = issue.file.as_deref().filter(|it| it.len() <= DATACENTER_DETAILS.most) {
        annotation["path"] = file.into();
        if let Some(line) = issue.line.filter(|it| *it > 0) {
            annotation["line"] = line.into();
        }
    }
    annotation
}
