//! The notes of a merge request.
//!
//! <https://docs.gitlab.com/api/notes/#merge-requests>

use async_trait::async_trait;
use serde_json::{json, Value};

use super::{
    super::{limits::GITLAB_NOTE, Author, Found, Limit, Markup, Thread},
    place::Change,
};
use crate::net::{linked, Answer, Api, Body, Error, Repeat, Request, Url, ID};

pub(super) struct Notes<'a> {
    pub(super) api: &'a Api,
    pub(super) change: &'a Change,
}

impl Notes<'_> {
    fn url(&self, id: Option<&str>) -> Url {
        let number = self.change.number.to_string();
        self.api.url(["projects", &self.change.project, "merge_requests", &number, "notes"].into_iter().chain(id))
    }

    fn page(&self, id: &str) -> Option<String> {
        self.change.page.as_ref().map(|it| format!("{it}#note_{id}"))
    }

    /// A note as a comment; nothing for what GitLab itself notes down.
    fn found(&self, note: &Value) -> Option<Found> {
        let id = note["id"].as_u64().filter(|_| note["system"] != true)?.to_string();
        let author = note["author"]["id"].as_u64().map(|it| Author(it.to_string()));
        Some(Found { url: self.page(&id), body: note["body"].as_str()?.to_owned(), author, id })
    }
}

#[async_trait]
impl Thread for Notes<'_> {
    async fn list(&self) -> Result<Vec<Found>, Error> {
        let mut url = self.url(None);
        url.query_pairs_mut().extend_pairs([("sort", "asc"), ("order_by", "created_at"), ("per_page", "100")]);
        let pages = self.api.pages(url, "read the notes of the merge request", next).await?;
        Ok(pages.iter().filter_map(Value::as_array).flatten().filter_map(|it| self.found(it)).collect())
    }

    async fn create(&self, body: &str) -> Result<Found, Error> {
        let request = Request::post(self.url(None), Body::Json(json!({ "body": body })), "write the note");
        let answer = self.api.send(request.repeat(Repeat::Never)).await?;
        let id = answer.json()["id"].as_u64().map_or_else(|| ID.to_owned(), |it| it.to_string());
        Ok(Found { url: self.page(&id), body: body.to_owned(), author: None, id })
    }

    async fn update(&self, id: &str, body: &str) -> Result<(), Error> {
        let request = Request::put(self.url(Some(id)), Body::Json(json!({ "body": body })), "change the note");
        self.api.send(request.repeat(Repeat::Never)).await.map(|_| ())
    }

    async fn delete(&self, id: &str) -> Result<(), Error> {
        self.api.send(Request::delete(self.url(Some(id)), "remove a double of the note")).await.map(|_| ())
    }

    fn limit(&self) -> &'static Limit {
        &GITLAB_NOTE
    }

    fn markup(&self) -> Markup {
        Markup::Html
    }
}

/// The next page by its number. The address in `Link` is made of what the server takes for its own, which is not always how
/// it is reached.
///
/// <https://docs.gitlab.com/api/rest/#pagination>
fn next(answer: &Answer) -> Option<Url> {
    let Some(page) = answer.header("x-next-page") else { return linked(answer) };
    let mut url = answer.url.clone();
    let others: Vec<(String, String)> = url.query_pairs().into_owned().filter(|(name, _)| name != "page").collect();
    url.query_pairs_mut().clear().extend_pairs(others).append_pair("page", page);
    Some(url).filter(|_| !page.is_empty())
}
