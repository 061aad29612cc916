//! The comments of a pull request.
//!
//! <https://developer.atlassian.com/server/bitbucket/rest/v905/api-group-pull-requests/>

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use serde_json::{json, Value};

use super::{
    super::super::{limits::DATACENTER_COMMENT, Author, Found, Limit, Markup, Thread},
    pages::all,
    place::Place,
};
use crate::net::{Api, Body, Error, Repeat, Request, Url, ID};

pub(super) struct Comments<'a> {
    api: &'a Api,
    place: &'a Place,
    /// The pull request's number.
    change: String,
    /// The versions of the comments when they were last read. A server changes only the version that is named.
    versions: Mutex<BTreeMap<String, u64>>,
}

impl<'a> Comments<'a> {
    pub(super) fn new(api: &'a Api, place: &'a Place, change: String) -> Self {
        Comments { api, place, change, versions: Mutex::default() }
    }

    fn url(&self, rest: &[&str]) -> Url {
        let rest: Vec<&str> = ["pull-requests", &self.change].into_iter().chain(rest.iter().copied()).collect();
        self.place.url(self.api, "api", &rest)
    }

    fn version(&self, id: &str) -> u64 {
        let versions = self.versions.lock().unwrap_or_else(PoisonError::into_inner);
        versions.get(id).copied().unwrap_or_default()
    }

    fn found(&self, comment: &Value) -> Option<(u64, Found)> {
        let id = comment["id"].as_u64()?;
        let found = Found {
            id: id.to_string(),
            body: comment["text"].as_str()?.to_owned(),
            author: comment["author"]["id"].as_u64().map(|it| Author(it.to_string())),
            url: Some(self.place.web(&format!("pull-requests/{}/overview?commentId={id}", self.change))),
        };
        Some((id, found))
    }
}

#[async_trait]
impl Thread for Comments<'_> {
    /// Comments are read from what happened to the pull request: the list of comments is one of a single file.
    async fn list(&self) -> Result<Vec<Found>, Error> {
        let url = self.url(&["activities"]);
        let happened = all(self.api, url, "read the comments of the pull request").await?;
        let is_there = |it: &&Value| it["action"] == "COMMENTED" && it["commentAction"] != "DELETED";
        let mut comments = BTreeMap::new();
        let mut versions = BTreeMap::new();
        for comment in happened.iter().filter(is_there).map(|it| &it["comment"]) {
            if let Some((id, found)) = self.found(comment) {
                versions.insert(found.id.clone(), comment["version"].as_u64().unwrap_or_default());
                comments.insert(id, found);
            }
        }
        *self.versions.lock().unwrap_or_else(PoisonError::into_inner) = versions;
        Ok(comments.into_values().collect())
    }

    async fn create(&self, body: &str) -> Result<Found, Error> {
        let request = Request::post(self.url(&["comments"]), Body::Json(json!({ "text": body })), "write the comment");
        let answer = self.api.send(request.repeat(Repeat::Never)).await?.json();
        let found = self.found(&answer).map(|(_, found)| found);
        Ok(found.unwrap_or_else(|| Found { id: ID.to_owned(), body: body.to_owned(), author: None, url: None }))
    }

    async fn update(&self, id: &str, body: &str) -> Result<(), Error> {
        let body = Body::Json(json!({ "text": body, "version": self.version(id) }));
        let request = Request::put(self.url(&["comments", id]), body, "change the comment").repeat(Repeat::Never);
        self.api.send(request).await.map(|_| ())
    }

    /// Removes a comment, unless somebody changed it since it was read or answered it, which the next look shows.
    async fn delete(&self, id: &str) -> Result<(), Error> {
        let mut url = self.url(&["comments", id]);
        url.query_pairs_mut().append_pair("version", &self.version(id).to_string());
        match self.api.send(Request::delete(url, "remove a double of the comment")).await {
            Err(error) if error.status != Some(409) => Err(error),
            _ => Ok(()),
        }
    }

    fn limit(&self) -> &'static Limit {
        &DATACENTER_COMMENT
    }

    /// <https://github.com/danger/danger/pull/537>
    fn markup(&self) -> Markup {
        Markup::Plain
    }
}
