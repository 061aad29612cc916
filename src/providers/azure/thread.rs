//! Comments on a pull request, each a thread of its own that asks nobody for an answer.

use async_trait::async_trait;
use serde_json::{json, Value};

use super::{items, place::Code, Azure, VENDOR};
use crate::{
    net::{Answer, Body, Error, Repeat, Request, Url, ID},
    providers::{limits::AZURE_COMMENT, Author, Found, Limit, Markup, Thread},
};

/// The threads of a pull request.
pub(super) struct Threads<'a> {
    azure: &'a Azure,
    code: &'a Code,
    change: String,
}

impl Azure {
    /// The threads, if there is a pull request.
    pub(super) fn thread(&self) -> Option<Threads<'_>> {
        let code = self.place.code.as_ref()?;
        Some(Threads { azure: self, code, change: code.change?.to_string() })
    }
}

impl Threads<'_> {
    fn url(&self, rest: &[&str]) -> Url {
        let path = ["git", "repositories", &self.code.repository, "pullRequests", &self.change, "threads"];
        let path: Vec<&str> = path.into_iter().chain(rest.iter().copied()).collect();
        self.azure.url(&self.code.project, &path, &[])
    }

    /// The address of a comment: the id of its thread and its own.
    fn of(&self, id: &str) -> Url {
        let (thread, comment) = id.split_once('/').unwrap_or((id, "1"));
        self.url(&[thread, "comments", comment])
    }

    /// Where people see a thread.
    fn page(&self, thread: u64) -> String {
        let parts = [&self.code.project, "_git", &self.code.repository, "pullrequest", &self.change];
        let mut page = self.azure.api.url(parts);
        page.query_pairs_mut().append_pair("discussionId", &thread.to_string());
        page.to_string()
    }

    /// The comment that a thread began with, if it is still there and somebody wrote it.
    fn found(&self, thread: &Value) -> Option<(u64, Found)> {
        let id = thread["id"].as_u64()?;
        let first =
            thread["comments"].as_array()?.iter().find(|it| it["parentCommentId"].as_u64().unwrap_or(0) == 0)?;
        let gone = thread["isDeleted"] == true || first["isDeleted"] == true || first["commentType"] == "system";
        let found = Found {
            id: format!("{id}/{}", first["id"].as_u64()?),
            body: first["content"].as_str().unwrap_or_default().to_owned(),
            author: first["author"]["id"].as_str().map(|it| Author(it.to_owned())),
            url: Some(self.page(id)),
        };
        (!gone).then_some((id, found))
    }
}

/// The next page, where a server gives a list in parts.
fn next(answer: &Answer) -> Option<Url> {
    let token = answer.header("x-ms-continuationtoken")?.to_owned();
    let kept = answer.url.query_pairs().into_owned().filter(|(name, _)| name != "continuationToken");
    let query: Vec<(String, String)> = kept.chain([("continuationToken".to_owned(), token)]).collect();
    let mut url = answer.url.clone();
    url.query_pairs_mut().clear().extend_pairs(query);
    Some(url)
}

/// Requests: <https://learn.microsoft.com/rest/api/azure/devops/git/pull-request-threads?view=azure-devops-rest-7.1>
#[async_trait]
impl Thread for Threads<'_> {
    async fn list(&self) -> Result<Vec<Found>, Error> {
        let pages = self.azure.api.pages(self.url(&[]), "read the comments of the pull request", next).await?;
        let mut found: Vec<(u64, Found)> =
            pages.iter().flat_map(items).filter_map(|thread| self.found(thread)).collect();
        found.sort_by_key(|(id, _)| *id);
        Ok(found.into_iter().map(|(_, found)| found).collect())
    }

    async fn create(&self, body: &str) -> Result<Found, Error> {
        let operation = "comment on the pull request";
        // An open thread would hold up a pull request whose comments have to be resolved.
        let thread = json!({
            "comments": [{ "parentCommentId": 0, "content": body, "commentType": "text" }],
            "status": "closed",
        });
        let request = Request::post(self.url(&[]), Body::Json(thread), operation).repeat(Repeat::Never);
        let answer = self.azure.api.send(request).await?;
        match self.found(&answer.json()) {
            Some((_, found)) => Ok(found),
            None if answer.dry => Ok(Found { id: ID.to_owned(), body: body.to_owned(), author: None, url: None }),
            None => Err(Error::strange(operation, VENDOR, "id")),
        }
    }

    async fn update(&self, id: &str, body: &str) -> Result<(), Error> {
        let content = Body::Json(json!({ "content": body }));
        let request = Request::patch(self.of(id), content, "change the comment on the pull request");
        self.azure.api.send(request.repeat(Repeat::Never)).await.map(|_| ())
    }

    async fn delete(&self, id: &str) -> Result<(), Error> {
        self.azure.api.send(Request::delete(self.of(id), "remove a comment of the pull request")).await.map(|_| ())
    }

    fn limit(&self) -> &'static Limit {
        &AZURE_COMMENT
    }

    fn markup(&self) -> Markup {
        Markup::Html
    }
}
