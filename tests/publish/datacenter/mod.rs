//! A fake of a server with Bitbucket Data Center: one pull request's comments, a commit's build statuses and its reports.

mod alone;
mod cli;

use std::collections::BTreeMap;

use serde_json::{json, Value};

use super::{
    kit::{Fake, Kit, SeenRun, TOKEN},
    schemas::Schemas,
    server::{Answer, Request, Server, Vendor},
};

pub const SHA: &str = "8d6f0c2e4b1a39577c0e9d84f2a6b3c1d5e7f901";

pub struct DataCenterKit;

impl Kit for DataCenterKit {
    fn name(&self) -> &'static str {
        "bitbucket"
    }

    /// A multibranch job of Jenkins. The server lies behind a path.
    fn variables(&self, address: &str) -> Vec<(&'static str, String)> {
        let fixed = [
            ("CI", "true"),
            ("BITBUCKET_TOKEN", TOKEN),
            ("JENKINS_URL", "https://ci.example.com/"),
            ("BUILD_TAG", "jenkins-acme-shop-PR-17-42"),
            ("BUILD_NUMBER", "42"),
            ("JOB_NAME", "acme/shop/PR-17"),
            ("BUILD_URL", "https://ci.example.com/job/acme/job/shop/job/PR-17/42/"),
            ("BRANCH_NAME", "PR-17"),
            ("CHANGE_ID", "17"),
            ("CHANGE_BRANCH", "feature/cart"),
            ("CHANGE_TARGET", "main"),
            ("GIT_COMMIT", SHA),
        ];
        let remote = ("GIT_URL", format!("{address}/git/scm/acme/shop.git"));
        fixed.into_iter().map(|(name, value)| (name, value.to_owned())).chain([remote]).collect()
    }

    fn start(&self) -> Box<dyn Fake> {
        Box::new(start())
    }
}

/// A server with the repository and the pull request 17.
pub fn start() -> Server<DataCenter> {
    let schemas = Schemas::of("datacenter");
    Server::start(DataCenter::default(), move |request| schemas.check(request))
}

#[derive(Default)]
pub struct DataCenter {
    /// The oldest first.
    pub comments: Vec<Comment>,
    pub statuses: BTreeMap<String, Value>,
    pub reports: BTreeMap<String, Report>,
    /// The pull requests that hold the commit.
    pub holding: Vec<Value>,
    last: u64,
}

pub struct Comment {
    pub id: u64,
    pub version: u64,
    pub text: String,
    pub author: u64,
    /// Whether somebody answered.
    pub answered: bool,
}

#[derive(Default)]
pub struct Report {
    pub body: Value,
    /// Doubles are not told apart.
    pub annotations: Vec<Value>,
}

const ME: u64 = 7;
const OTHER: u64 = 8;
/// The most that is on a page, whatever is asked for.
const PAGE: usize = 50;

impl Vendor for DataCenter {
    fn answer(&mut self, request: &Request, _address: &str) -> Answer {
        let segments = request.segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let [_, "rest", part @ ("api" | "insights"), "1.0", "projects", project, "repos", "shop", rest @ ..] =
            &segments[..]
        else {
            // Behind another path there is no server, but something else.
            return Answer::page(404, "Not Found");
        };
        if request.header("authorization") != format!("Bearer {TOKEN}") {
            let words = "Authentication failed. Please check your credentials and try again.";
            return error(401, words, "com.atlassian.bitbucket.auth.IncorrectPasswordAuthenticationException");
        }
        if request.writes() && request.header("x-atlassian-token") != "no-check" {
            return Answer::text(403, "XSRF check failed");
        }
        if !matches!(*project, "acme" | "ACME" | "~ada") {
            return error(404, "Project does not exist.", "com.atlassian.bitbucket.project.NoSuchProjectException");
        }
        let body = request.json();
        match (request.method.as_str(), *part, rest) {
            ("GET", "api", ["pull-requests", "17", "activities"]) => page(request, self.happened()),
            ("POST", "api", ["pull-requests", "17", "comments"]) => self.add(&body["text"], ME),
            ("PUT", "api", ["pull-requests", "17", "comments", id]) => self.change(id, &body),
            ("DELETE", "api", ["pull-requests", "17", "comments", id]) => self.remove(id, request.query("version")),
            ("GET", "api", ["commits", SHA, "pull-requests"]) => page(request, self.holding.clone()),
            ("POST", "api", ["commits", SHA, "builds"]) => self.set(body),
            ("GET", "insights", ["commits", SHA, "reports"]) => {
                page(request, self.reports.iter().map(|(key, report)| report.json(key)).collect())
            }
            ("PUT", "insights", ["commits", SHA, "reports", key]) => self.put(key, body),
            ("GET", "insights", ["commits", SHA, "reports", key]) => match self.reports.get(*key) {
                Some(report) => Answer::json(200, report.json(key)),
                None => no_report(),
            },
            ("DELETE", "insights", ["commits", SHA, "reports", key]) => {
                self.reports.remove(*key);
                Answer::text(204, "")
            }
            (method, "insights", ["commits", SHA, "reports", key, "annotations"]) => {
                let Some(report) = self.reports.get_mut(*key) else { return no_report() };
                match method {
                    "GET" => {
                        let all = &report.annotations;
                        Answer::json(200, json!({ "totalCount": all.len(), "annotations": all }))
                    }
                    "POST" => report.annotate(&body),
                    "DELETE" => {
                        let named: Vec<&str> = request.pairs.iter().map(|(_, value)| value.as_str()).collect();
                        let is_named = |it: &Value| it["externalId"].as_str().is_some_and(|it| named.contains(&it));
                        report.annotations.retain(|it| !named.is_empty() && !is_named(it));
                        Answer::text(204, "")
                    }
                    _ => Answer::text(405, ""),
                }
            }
            _ => error(404, "no such address", "com.atlassian.bitbucket.NoSuchResourceException"),
        }
    }
}

fn error(status: u16, message: &str, class: &str) -> Answer {
    Answer::json(status, json!({ "errors": [{ "context": null, "message": message, "exceptionName": class }] }))
}

fn bad(context: &str, message: &str) -> Answer {
    Answer::json(400, json!({ "errors": [{ "context": context, "message": message, "exceptionName": null }] }))
}

fn no_report() -> Answer {
    error(404, "The report does not exist.", "com.atlassian.bitbucket.codeinsights.NoSuchInsightReportException")
}

fn no_comment() -> Answer {
    error(404, "The comment does not exist.", "com.atlassian.bitbucket.comment.NoSuchCommentException")
}

pub fn forbidden() -> Answer {
    let words = "You are not permitted to access this resource";
    error(401, words, "com.atlassian.bitbucket.AuthorisationException")
}

pub fn out_of_date() -> Answer {
    let words = "You are attempting to modify a comment based on out-of-date information.";
    error(409, words, "com.atlassian.bitbucket.comment.CommentOutOfDateException")
}

/// A page of a list: 25 unless more are asked for.
fn page(request: &Request, all: Vec<Value>) -> Answer {
    let number = |name: &str, or: usize| request.query(name).and_then(|it| it.parse().ok()).unwrap_or(or);
    let (start, limit) = (number("start", 0), number("limit", 25).clamp(1, PAGE));
    let is_last = all.len() <= start + limit;
    let values: Vec<Value> = all.into_iter().skip(start).take(limit).collect();
    let next = (!is_last).then_some(start + limit);
    let page = json!({ "size": values.len(), "limit": limit, "isLastPage": is_last, "values": values, "start": start,
                       "nextPageStart": next });
    Answer::json(200, page)
}

/// So many units of UTF-16, which the server counts.
fn units(value: &Value) -> usize {
    value.as_str().unwrap_or_default().encode_utf16().count()
}

impl DataCenter {
    /// What happened to the pull request, the newest first.
    fn happened(&self) -> Vec<Value> {
        let commented = |it: &Comment| json!({ "id": 1000 + it.id, "action": "COMMENTED", "commentAction": "ADDED", "comment": it.json() });
        let opened = json!({ "id": 1, "action": "OPENED", "user": { "id": OTHER } });
        let approved = json!({ "id": 2, "action": "APPROVED", "user": { "id": OTHER } });
        let mut all = vec![opened];
        all.extend(self.comments.iter().map(commented));
        all.push(approved);
        all.reverse();
        all
    }

    pub fn add(&mut self, text: &Value, author: u64) -> Answer {
        if let Some(answer) = too_long(text) {
            return answer;
        }
        self.last += 1;
        let text = text.as_str().unwrap_or_default().to_owned();
        let comment = Comment { id: self.last, version: 0, text, author, answered: false };
        let answer = Answer::json(201, comment.json());
        self.comments.push(comment);
        answer
    }

    fn change(&mut self, id: &str, body: &Value) -> Answer {
        let Some(comment) = self.comments.iter_mut().find(|it| it.id.to_string() == id) else { return no_comment() };
        if comment.author != ME {
            return forbidden();
        }
        if body["version"].as_u64() != Some(comment.version) {
            return out_of_date();
        }
        if let Some(answer) = too_long(&body["text"]) {
            return answer;
        }
        comment.version += 1;
        comment.text = body["text"].as_str().unwrap_or_default().to_owned();
        Answer::json(200, comment.json())
    }

    fn remove(&mut self, id: &str, version: Option<&str>) -> Answer {
        let Some(at) = self.comments.iter().position(|it| it.id.to_string() == id) else { return no_comment() };
        let comment = &self.comments[at];
        if version != Some(comment.version.to_string().as_str()) {
            return out_of_date();
        }
        if comment.answered {
            let words = "The comment has replies and cannot be deleted.";
            return error(409, words, "com.atlassian.bitbucket.comment.CommentDeletionException");
        }
        self.comments.remove(at);
        Answer::text(204, "")
    }

    fn set(&mut self, body: Value) -> Answer {
        for (name, most) in [("key", 255), ("url", 450), ("name", 255), ("description", 255)] {
            if units(&body[name]) > most || (matches!(name, "key" | "url") && units(&body[name]) == 0) {
                return bad(name, &format!("Please enter a non-empty value of at most {most} characters"));
            }
        }
        self.statuses.insert(body["key"].as_str().unwrap_or_default().to_owned(), body);
        Answer::text(204, "")
    }

    fn put(&mut self, key: &str, body: Value) -> Answer {
        if units(&body["title"]) == 0 || units(&body["title"]) > 450 {
            return bad("title", "The title has to have between 1 and 450 characters.");
        }
        if units(&body["details"]) > 2000 {
            return bad("details", "The details may have 2000 characters.");
        }
        if body["data"].as_array().is_some_and(|it| it.len() > 6) {
            return bad("data", "A report may have 6 data fields.");
        }
        let report = self.reports.entry(key.to_owned()).or_default();
        report.body = body;
        Answer::json(200, report.json(key))
    }
}

fn too_long(text: &Value) -> Option<Answer> {
    let size = units(text);
    (size == 0 || size >= 32_768).then(|| bad("text", "Please enter a non-empty value less than 32768 characters"))
}

impl Comment {
    fn json(&self) -> Value {
        json!({
            "id": self.id, "version": self.version, "text": self.text, "severity": "NORMAL", "state": "OPEN",
            "author": { "id": self.author, "name": format!("user{}", self.author), "active": true }, "comments": [],
        })
    }
}

impl Report {
    fn json(&self, key: &str) -> Value {
        let mut json = self.body.clone();
        json["key"] = key.into();
        json
    }

    fn annotate(&mut self, body: &Value) -> Answer {
        let all = body["annotations"].as_array().cloned().unwrap_or_default();
        for annotation in &all {
            if units(&annotation["message"]) == 0 || units(&annotation["message"]) > 2000 {
                return bad("message", "The message has to have between 1 and 2000 characters.");
            }
        }
        if self.annotations.len() + all.len() > 1000 {
            return bad("annotations", "A report may have 1000 annotations.");
        }
        self.annotations.extend(all);
        Answer::text(204, "")
    }
}

impl Fake for Server<DataCenter> {
    fn comments(&self) -> Vec<String> {
        self.state(|it| it.comments.iter().map(|it| it.text.clone()).collect())
    }

    fn chatter(&self, count: usize) {
        self.state(|it| {
            for index in 0..count {
                it.add(&json!(format!("LGTM {index}")), OTHER);
            }
        });
    }

    fn remove_comments(&self) {
        self.state(|it| it.comments.clear());
    }

    /// Bitbucket has one word for what failed and what broke.
    fn statuses(&self) -> Vec<(String, String)> {
        let word = |state: &str| match state {
            "SUCCESSFUL" => "success",
            "FAILED" => "failure",
            _ => "pending",
        };
        let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
        let shown = |it: &Value| (text(&it["name"]), word(&text(&it["state"])).to_owned());
        self.state(|it| it.statuses.values().map(shown).collect())
    }

    fn runs(&self) -> Vec<SeenRun> {
        let seen = |it: &Report| SeenRun {
            title: it.body["title"].as_str().unwrap_or_default().to_owned(),
            finished: it.body["result"].is_string(),
            passed: it.body["result"].as_str().map(|it| it == "PASS"),
            results: it.annotations.len(),
        };
        self.state(|it| it.reports.values().map(seen).collect())
    }

    /// <https://github.com/jenkinsci/bitbucket-branch-source-plugin/pull/269>
    fn rate_limit(&self, wait: Option<u64>) -> Answer {
        let answer = error(429, "You have been rate limited", "com.atlassian.bitbucket.RateLimitedException");
        wait.into_iter().fold(answer, |answer, wait| answer.header("retry-after", wait.to_string()))
    }

    fn forbidden(&self) -> Answer {
        forbidden()
    }

    fn is_comment(&self, request: &Request) -> bool {
        matches!(request.method.as_str(), "POST" | "PUT") && request.path.contains("/comments")
    }

    fn is_status(&self, request: &Request) -> bool {
        request.method == "POST" && request.path.ends_with("/builds")
    }
}
