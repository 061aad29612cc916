//! The comments of a pull request.
//!
//! <https://developer.atlassian.com/cloud/bitbucket/rest/api-group-pullrequests/>

use async_trait::async_trait;
use serde_json::{json, Value};

use super::{
    super::super::{limits::BITBUCKET_COMMENT, Author, Found, Limit, Markup, Thread},
    place::{all, Place},
};
use crate::net::{Api, Body, Error, Repeat, Request, Url, ID};

pub(super) struct Comments<'a> {
    pub(super) api: &'a Api,
    pub(super) place: &'a Place,
    /// The pull request's number.
    pub(super) change: String,
}

impl Comments<'_> {
    fn url(&self, id: Option<&str>) -> Url {
        let rest: Vec<&str> = ["pullrequests", &self.change, "comments"].into_iter().chain(id).collect();
        self.api.url(self.place.of_repository(&rest))
    }
}

#[async_trait]
impl Thread for Comments<'_> {
    async fn list(&self) -> Result<Vec<Found>, Error> {
        let mut url = self.url(None);
        url.query_pairs_mut().append_pair("pagelen", "100");
        let list = all(self.api, url, "read the comments of the pull request").await?;
        let mut comments: Vec<(u64, Found)> = list.iter().filter_map(found).collect();
        comments.sort_by_key(|(id, _)| *id);
        Ok(comments.into_iter().map(|(_, comment)| comment).collect())
    }

    async fn create(&self, body: &str) -> Result<Found, Error> {
        let request = Request::post(self.url(None), content(body), "write the comment").repeat(Repeat::Never);
        let answer = self.api.send(request).await?.json();
        let found = found(&answer).map(|(_, found)| found);
        Ok(found.unwrap_or_else(|| Found { id: ID.to_owned(), body: body.to_owned(), author: None, url: None }))
    }

    async fn update(&self, id: &str, body: &str) -> Result<(), Error> {
        let request = Request::put(self.url(Some(id)), content(body), "change the comment").repeat(Repeat::Never);
        self.api.send(request).await.map(|_| ())
    }

    async fn delete(&self, id: &str) -> Result<(), Error> {
        self.api.send(Request::delete(self.url(Some(id)), "remove a double of the comment")).await.map(|_| ())
    }

    fn limit(&self) -> &'static Limit {
        &BITBUCKET_COMMENT
    }

    fn markup(&self) -> Markup {
        Markup::Plain
    }
}

fn content(body: &str) -> Body {
    Body::Json(json!({ "content": { "raw": body } }))
}

/// A comment; nothing for one that was deleted, which stays in the list.
fn found(comment: &Value) -> Option<(u64, Found)> {
    let id = comment["id"].as_u64().filter(|_| comment["deleted"] != true)?;
    let text = |it: &Value| it.as_str().map(str::to_owned);
    let found = Found {
        id: id.to_string(),
        body: text(&comment["content"]["raw"])?,
        author: text(&comment["user"]["uuid"]).map(Author),
        url: text(&comment["links"]["html"]["href"]),
    };
    Some((id, found))
}
