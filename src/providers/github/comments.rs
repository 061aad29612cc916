//! Comments on pull requests, which are comments on issues: <https://docs.github.com/rest/issues/comments>

use async_trait::async_trait;
use serde_json::{json, Value};

use super::{
    super::{limits::GITHUB_COMMENT, Author, Found, Limit, Markup, Thread},
    Github,
};
use crate::net::{self, linked, Body, Error, Repeat, Request};

/// Things on a page; the most that GitHub gives.
///
/// <https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api#changing-the-number-of-items-per-page>
pub(super) const PAGE: &str = "100";

/// The comments of a pull request.
pub(super) struct Conversation<'a> {
    github: &'a Github,
    /// The pull request's number.
    number: String,
}

impl Github {
    /// The comments of the pull request, which is looked for where nothing says its number.
    pub(super) async fn thread(&self) -> Result<Conversation<'_>, Error> {
        let number = self.change.number(&self.api, self.head_sha.as_deref(), self.pull_request()).await?;
        Ok(Conversation { github: self, number })
    }

    /// The number of the open pull request that the commit is the tip of, else of one that holds it.
    ///
    /// <https://docs.github.com/rest/commits/commits#list-pull-requests-associated-with-a-commit>
    async fn pull_request(&self) -> Result<Option<u64>, Error> {
        let operation = "find the pull request of the commit";
        let sha = self.sha(operation)?;
        let mut url = self.url(&["commits", sha, "pulls"]);
        url.query_pairs_mut().append_pair("per_page", PAGE);
        let pages = self.api.pages(url, operation, linked).await?;
        let open: Vec<&Value> =
            pages.iter().filter_map(Value::as_array).flatten().filter(|it| it["state"] == "open").collect();
        let tip = open.iter().find(|it| it["head"]["sha"] == sha);
        Ok(tip.or(open.first()).and_then(|it| it["number"].as_u64()))
    }
}

impl Conversation<'_> {
    fn comment(&self, id: &str) -> net::Url {
        self.github.url(&["issues", "comments", id])
    }
}

#[async_trait]
impl Thread for Conversation<'_> {
    async fn list(&self) -> Result<Vec<Found>, Error> {
        let mut url = self.github.url(&["issues", &self.number, "comments"]);
        url.query_pairs_mut().append_pair("per_page", PAGE);
        let pages = self.github.api.pages(url, "list the comments", linked).await?;
        Ok(pages.iter().filter_map(Value::as_array).flatten().filter_map(found).collect())
    }

    async fn create(&self, body: &str) -> Result<Found, Error> {
        let url = self.github.url(&["issues", &self.number, "comments"]);
        let request = Request::post(url, Body::Json(json!({ "body": body })), "create the comment");
        let answer = self.github.api.send(request.repeat(Repeat::Never)).await?;
        let nothing = Found { id: net::ID.to_owned(), body: body.to_owned(), author: None, url: None };
        // Whatever the answer is, the list is read next.
        Ok(found(&answer.json()).unwrap_or(nothing))
    }

    async fn update(&self, id: &str, body: &str) -> Result<(), Error> {
        let body = Body::Json(json!({ "body": body }));
        let request = Request::patch(self.comment(id), body, "change the comment").repeat(Repeat::Never);
        self.github.api.send(request).await.map(|_| ())
    }

    async fn delete(&self, id: &str) -> Result<(), Error> {
        self.github.api.send(Request::delete(self.comment(id), "remove a double of the comment")).await.map(|_| ())
    }

    fn limit(&self) -> &'static Limit {
        &GITHUB_COMMENT
    }

    fn markup(&self) -> Markup {
        Markup::Html
    }
}

fn found(comment: &Value) -> Option<Found> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    Some(Found {
        id: comment["id"].as_u64()?.to_string(),
        body: text(&comment["body"]).unwrap_or_default(),
        author: text(&comment["user"]["login"]).map(Author),
        url: text(&comment["html_url"]),
    })
}
