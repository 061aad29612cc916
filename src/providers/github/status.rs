//! Commit statuses: <https://docs.github.com/rest/commits/statuses>

use serde_json::json;

use super::{
    super::{limits::GITHUB_DESCRIPTION, BuildStatus, State},
    basic, is_page, Github,
};
use crate::{
    net::{Body, Error, Repeat, Request},
    report::write::text,
};

/// Characters of a status's context. GitHub says no limit; people see a line of it.
const CONTEXT: usize = 200;

impl Github {
    /// Sets the status of the commit. Of one context the latest counts, so that it may be sent again at any time.
    pub(super) async fn set_status(&self, status: &BuildStatus) -> Result<(), Error> {
        let operation = format!("set the status `{}`", text::line(&status.name, CONTEXT));
        let url = self.url(&["statuses", self.sha(&operation)?]);
        let state = match status.state {
            State::Pending => "pending",
            State::Success => "success",
            State::Failure => "failure",
            State::Error => "error",
        };
        let description = basic(&text::line(&status.description, GITHUB_DESCRIPTION.most));
        let mut body = json!({
            "state": state,
            "context": basic(&text::line(&status.name, CONTEXT)),
            "description": GITHUB_DESCRIPTION.cut(&description),
        });
        if let Some(page) = status.url.as_ref().filter(|it| is_page(it)) {
            body["target_url"] = page.as_str().into();
        }
        let request = Request::post(url, Body::Json(body), operation).repeat(Repeat::Always);
        self.api.send(request).await.map(|_| ())
    }
}
