//! The status of a commit, which is a job of a pipeline.
//!
//! <https://docs.gitlab.com/api/commits/#set-commit-pipeline-status>

use serde_json::{json, Value};

use super::{
    super::{limits::GITLAB_STATUS, BuildStatus, State},
    place::Commit,
};
use crate::{
    net::{Api, Body, Error, Kind, Request},
    report::write::text,
};

/// Times that a status is sent whose answers are lost.
const TRIES: u32 = 5;

/// Sets the status. Where the pipeline is none that takes statuses, which is so of child pipelines, it goes into the newest
/// pipeline of the commit.
pub(super) async fn set(api: &Api, commit: &Commit, status: &BuildStatus) -> Result<(), Error> {
    match send(api, commit, &body(commit, status, commit.pipeline)).await {
        Err(error) if commit.pipeline.is_some() && error.kind == Kind::NotFound && error.words.contains("ipeline") => {
            send(api, commit, &body(commit, status, None)).await
        }
        it => it,
    }
}

fn body(commit: &Commit, status: &BuildStatus, pipeline: Option<u64>) -> Value {
    let most = GITLAB_STATUS.most;
    let mut body = json!({
        "name": text::line(&status.name, most),
        "state": state(status.state),
        "description": text::line(&status.description, most),
    });
    let short = |it: &&String| it.chars().count() <= most;
    if let Some(url) = [&status.url, &commit.page].into_iter().flatten().find(short) {
        body["target_url"] = url.as_str().into();
    }
    if let Some(id) = pipeline {
        body["pipeline_id"] = id.into();
    }
    if let Some(reference) = commit.reference.as_ref().filter(short) {
        body["ref"] = reference.as_str().into();
    }
    body
}

/// GitLab's word. It has one for every failure.
fn state(state: State) -> &'static str {
    match state {
        State::Pending => "pending",
        State::Success => "success",
        State::Failure | State::Error => "failed",
    }
}

/// Sends a status. One that has ended is made anew by each request, so after a lost answer it is looked for first.
async fn send(api: &Api, commit: &Commit, body: &Value) -> Result<(), Error> {
    let name = body["name"].as_str().unwrap_or_default();
    let url = api.url(["projects", &commit.project, "statuses", &commit.sha]);
    let mut number = 1;
    loop {
        let operation = format!("set the commit status `{name}`");
        let request = Request::post(url.clone(), Body::Json(body.clone()), operation);
        let Err(error) = api.send(request).await else { return Ok(()) };
        let wait = error.wait.unwrap_or_else(|| api.client().backoff(number + 1));
        if !error.unsure || number >= TRIES || wait >= api.client().left() {
            return Err(error);
        }
        api.client().clock().sleep(wait).await;
        if stands(api, commit, body).await? {
            return Ok(());
        }
        number += 1;
    }
}

/// Whether the status is there as it was sent.
async fn stands(api: &Api, commit: &Commit, body: &Value) -> Result<bool, Error> {
    let mut url = api.url(["projects", &commit.project, "repository", "commits", &commit.sha, "statuses"]);
    let name = body["name"].as_str().unwrap_or_default();
    url.query_pairs_mut().extend_pairs([("name", name), ("per_page", "100")]);
    let list = api.get(url, "read the statuses of the commit").await?.json();
    let same = |it: &Value| {
        it["name"] == body["name"] && it["status"] == body["state"] && it["description"] == body["description"]
    };
    Ok(list.as_array().into_iter().flatten().any(same))
}
