//! Statuses of commits and of pull requests, which policies of branches may ask for.

use serde_json::{json, Value};

use super::{place::Code, Azure};
use crate::{
    net::{Body, Error, Repeat, Request},
    providers::{limits::AZURE_NAME, BuildStatus, State},
    report::write::text::line,
};

/// Characters of a description that are shown on a line.
const DESCRIPTION: usize = 250;

impl Azure {
    /// Says it of the commit, and of the pull request where there is one. The latest status of a name counts, so saying it
    /// again changes nothing.
    pub(super) async fn say(&self, code: &Code, status: &BuildStatus) -> Result<(), Error> {
        let mut targets: Vec<Vec<&str>> = Vec::new();
        let change = code.change.map(|it| it.to_string());
        targets.extend(code.sha.as_deref().map(|sha| vec!["commits", sha, "statuses"]));
        targets.extend(change.as_deref().map(|number| vec!["pullRequests", number, "statuses"]));
        let body = body(code, status);
        for target in targets {
            let path: Vec<&str> = ["git", "repositories", &code.repository].into_iter().chain(target).collect();
            let url = self.url(&code.project, &path, &[]);
            let request = Request::post(url, Body::Json(body.clone()), "set the status").repeat(Repeat::Always);
            self.api.send(request).await?;
        }
        Ok(())
    }
}

/// Fields: <https://learn.microsoft.com/rest/api/azure/devops/git/statuses/create?view=azure-devops-rest-7.1>
fn body(code: &Code, status: &BuildStatus) -> Value {
    // Shown as `genre/name`, and known by both.
    let name = line(&status.name, AZURE_NAME.most);
    let context = match name.split_once('/') {
        Some((genre, name)) if !genre.is_empty() && !name.is_empty() => json!({ "genre": genre, "name": name }),
        _ => json!({ "name": name }),
    };
    let state = match status.state {
        State::Pending => "pending",
        State::Success => "succeeded",
        State::Failure => "failed",
        State::Error => "error",
    };
    let mut body = json!({ "state": state, "description": line(&status.description, DESCRIPTION), "context": context });
    if let Some(url) = status.url.as_ref().or(code.page.as_ref()) {
        body["targetUrl"] = json!(url);
    }
    body
}
