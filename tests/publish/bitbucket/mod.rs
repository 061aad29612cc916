//! A fake of Bitbucket Cloud: one pull request's comments, a commit's build statuses and its reports.

mod alone;

use std::collections::BTreeMap;

use base64::{engine::general_purpose::STANDARD, Engine};
use serde_json::{json, Value};

use super::{
    kit::{Fake, Kit, SeenRun, TOKEN},
    schemas::Schemas,
    server::{Answer, Request, Server, Vendor},
};

pub const SHA: &str = "8d6f0c2e4b1a39577c0e9d84f2a6b3c1d5e7f901";

pub struct BitbucketKit;

impl Kit for BitbucketKit {
    fn name(&self) -> &'static str {
        "bitbucket"
    }

    /// Without the number of a pipeline: in a step of one no token is needed for a part of it.
    fn variables(&self, address: &str) -> Vec<(&'static str, String)> {
        let fixed = [
            ("CI", "true"),
            ("BITBUCKET_TOKEN", TOKEN),
            ("BITBUCKET_REPO_FULL_NAME", "acme/shop"),
            ("BITBUCKET_WORKSPACE", "acme"),
            ("BITBUCKET_REPO_SLUG", "shop"),
            ("BITBUCKET_GIT_HTTP_ORIGIN", "http://bitbucket.org/acme/shop"),
            ("BITBUCKET_CLONE_DIR", "/opt/atlassian/pipelines/agent/build"),
            ("BITBUCKET_BRANCH", "feature/cart"),
            ("BITBUCKET_COMMIT", SHA),
            ("BITBUCKET_PR_ID", "17"),
            ("BITBUCKET_PR_DESTINATION_BRANCH", "main"),
        ];
        let address = [("CI_GEN_API_URL", format!("{address}/2.0"))];
        fixed.into_iter().map(|(name, value)| (name, value.to_owned())).chain(address).collect()
    }

    fn start(&self) -> Box<dyn Fake> {
        Box::new(start())
    }
}

/// A server with the repository and the pull request 17.
pub fn start() -> Server<Bitbucket> {
    let schemas = Schemas::of("bitbucket");
    Server::start(Bitbucket::default(), move |request| schemas.check(request))
}

#[derive(Default)]
pub struct Bitbucket {
    pub comments: Vec<Comment>,
    pub statuses: BTreeMap<String, Value>,
    pub reports: BTreeMap<String, Report>,
    /// The open pull requests of the branch.
    pub open: Vec<Value>,
    /// Those that hold the commit; nothing where no app lists them.
    pub holding: Option<Vec<Value>>,
    /// Who may ask beside [`TOKEN`] as a bearer.
    pub person: Option<&'static str>,
    last: u64,
}

pub struct Comment {
    pub id: u64,
    pub raw: String,
    pub author: &'static str,
    pub deleted: bool,
}

#[derive(Default)]
pub struct Report {
    pub body: Value,
    pub annotations: BTreeMap<String, Value>,
}

const ME: &str = "{me}";
const OTHER: &str = "{other}";
const REPOSITORY: [&str; 4] = ["2.0", "repositories", "acme", "shop"];

impl Vendor for Bitbucket {
    fn answer(&mut self, request: &Request, address: &str) -> Answer {
        let segments = request.segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        // What the proxy of a step passes on is signed, if it is about reports.
        let signed = request.header("host") == "api.bitbucket.org" && segments.contains(&"reports");
        if !(self.knows(request.header("authorization")) || signed) {
            return Answer::text(401, "").header("www-authenticate", "Basic realm=\"Bitbucket.org HTTP\"");
        }
        let Some(rest) = segments.strip_prefix(&REPOSITORY) else { return missing("Repository not found") };
        let body = request.json();
        match (request.method.as_str(), rest) {
            ("GET", ["pullrequests"]) if request.query("pagelen").is_some_and(|it| it != "50") => {
                bad(json!({ "pagelen": ["Invalid pagelen"] }))
            }
            ("GET", ["pullrequests"]) => page(request, address, self.open.clone()),
            ("GET", ["commit", SHA, "pullrequests"]) => match &self.holding {
                Some(holding) => page(request, address, holding.clone()),
                None => missing("The Pull Request Commit Links app is not installed"),
            },
            ("GET", ["pullrequests", "17", "comments"]) => {
                page(request, address, self.comments.iter().map(Comment::json).collect())
            }
            ("POST", ["pullrequests", "17", "comments"]) => self.add(&body["content"]["raw"], ME),
            ("PUT", ["pullrequests", "17", "comments", id]) => self.change(id, &body["content"]["raw"]),
            ("DELETE", ["pullrequests", "17", "comments", id]) => match self.comment(id) {
                Some(comment) => {
                    comment.deleted = true;
                    Answer::text(204, "")
                }
                None => missing("Comment not found"),
            },
            ("POST", ["commit", SHA, "statuses", "build"]) => self.set(&body),
            ("GET", ["commit", SHA, "reports"]) => {
                let shown = self.reports.iter().map(|(id, report)| of(&report.body, "external_id", id));
                page(request, address, shown.collect())
            }
            ("GET", ["commit", SHA, "reports", id]) => match self.reports.get(*id) {
                Some(report) => Answer::json(200, of(&report.body, "external_id", id)),
                None => missing("report not found"),
            },
            ("PUT", ["commit", SHA, "reports", id]) => self.put(id, body),
            ("DELETE", ["commit", SHA, "reports", id]) => match self.reports.remove(*id) {
                Some(_) => Answer::text(204, ""),
                None => missing("report not found"),
            },
            (method, ["commit", SHA, "reports", id, "annotations", rest @ ..]) => {
                let Some(report) = self.reports.get_mut(*id) else { return missing("report not found") };
                match (method, rest) {
                    ("GET", []) => page(request, address, report.annotations.values().cloned().collect()),
                    ("POST", []) => report.annotate(&body),
                    ("DELETE", [annotation]) => match report.annotations.remove(*annotation) {
                        Some(_) => Answer::text(204, ""),
                        None => missing("annotation not found"),
                    },
                    _ => missing("no such address"),
                }
            }
            _ => missing("no such address"),
        }
    }
}

fn missing(message: &str) -> Answer {
    Answer::json(404, json!({ "type": "error", "error": { "message": message } }))
}

fn bad(fields: Value) -> Answer {
    Answer::json(400, json!({ "type": "error", "error": { "message": "Bad request", "fields": fields } }))
}

/// How the service behind reports says no.
fn refused(message: &str) -> Answer {
    Answer::json(400, json!({ "key": "report-service.general.bad-request", "message": message, "arguments": {} }))
}

fn of(value: &Value, name: &str, id: &str) -> Value {
    let mut value = value.clone();
    value[name] = id.into();
    value
}

/// A page of a list: 10 unless more are asked for. Its links are those of the public address.
fn page(request: &Request, address: &str, all: Vec<Value>) -> Answer {
    let number = |name: &str, or: usize| request.query(name).and_then(|it| it.parse().ok()).unwrap_or(or);
    let (size, page) = (number("pagelen", 10).clamp(1, 100), number("page", 1).max(1));
    let more = all.len() > page * size;
    let values: Vec<Value> = all.into_iter().skip((page - 1) * size).take(size).collect();
    let mut answer = json!({ "pagelen": size, "page": page, "values": values });
    if more {
        let host = if request.header("host") == "api.bitbucket.org" { "https://api.bitbucket.org" } else { address };
        answer["next"] = format!("{host}{}?pagelen={size}&page={}", request.path, page + 1).into();
    }
    Answer::json(200, answer)
}

impl Bitbucket {
    fn knows(&self, authorization: &str) -> bool {
        let person = self.person.map(|it| format!("Basic {}", STANDARD.encode(format!("{it}:{TOKEN}"))));
        authorization == person.unwrap_or_else(|| format!("Bearer {TOKEN}"))
    }

    fn comment(&mut self, id: &str) -> Option<&mut Comment> {
        self.comments.iter_mut().find(|it| it.id.to_string() == id && !it.deleted)
    }

    pub fn add(&mut self, raw: &Value, author: &'static str) -> Answer {
        let Some(raw) = raw.as_str().filter(|it| !it.is_empty()) else {
            return bad(json!({ "content": ["required"] }));
        };
        if raw.chars().count() > 32_768 {
            return too_long();
        }
        self.last += 1;
        self.comments.push(Comment { id: self.last, raw: raw.to_owned(), author, deleted: false });
        Answer::json(201, self.comments[self.comments.len() - 1].json())
    }

    fn change(&mut self, id: &str, raw: &Value) -> Answer {
        let raw = raw.as_str().unwrap_or_default().to_owned();
        match self.comment(id) {
            None => missing("Comment not found"),
            Some(comment) if comment.author != ME => forbidden(),
            Some(_) if raw.chars().count() > 32_768 => too_long(),
            Some(comment) => {
                comment.raw = raw;
                Answer::json(200, comment.json())
            }
        }
    }

    fn set(&mut self, body: &Value) -> Answer {
        let text = |name: &str| body[name].as_str().unwrap_or_default();
        for (name, most) in [("key", 40), ("name", 254), ("url", 449)] {
            let size = text(name).chars().count();
            if size > most {
                let words = format!("Ensure this value has at most {most} characters (it has {size}).");
                return bad(json!({ name: [words] }));
            }
        }
        let host = text("url").split("://").nth(1).and_then(|it| it.split(['/', ':']).next()).unwrap_or_default();
        if text("key").is_empty() || !host.contains('.') {
            return bad(json!({ "url": ["Enter a valid URL."] }));
        }
        let known = self.statuses.insert(text("key").to_owned(), body.clone()).is_some();
        Answer::json(if known { 200 } else { 201 }, body.clone())
    }

    fn put(&mut self, id: &str, body: Value) -> Answer {
        let units = |name: &str| body[name].as_str().unwrap_or_default().encode_utf16().count();
        if body["title"].as_str().unwrap_or_default().is_empty() {
            return refused("Cannot build Report, some of required attributes are not set [title]");
        }
        for (name, most) in [("title", 450), ("details", 2000)] {
            if units(name) > most {
                return refused(&format!("The {name} field cannot contain more than {most} characters."));
            }
        }
        if body["data"].as_array().is_some_and(|it| it.len() > 10) {
            return refused("A report can have at most 10 data fields.");
        }
        let report = self.reports.entry(id.to_owned()).or_default();
        report.body = body.clone();
        Answer::json(200, of(&body, "external_id", id))
    }
}

impl Report {
    fn annotate(&mut self, body: &Value) -> Answer {
        let all = body.as_array().cloned().unwrap_or_default();
        if all.len() > 100 {
            return Answer::json(
                400,
                json!({ "code": 400, "message": "Bulk upload supports a maximum of 100 annotations." }),
            );
        }
        for annotation in &all {
            let units = |name: &str| annotation[name].as_str().unwrap_or_default().encode_utf16().count();
            if units("summary") == 0 {
                return refused("Cannot build Annotation, some of required attributes are not set [summary]");
            }
            for (name, most) in [("summary", 450), ("details", 2000), ("external_id", 450)] {
                if units(name) > most {
                    return refused(&format!("The {name} field cannot contain more than {most} characters."));
                }
            }
        }
        let id = |it: &Value| it["external_id"].as_str().unwrap_or_default().to_owned();
        let new = all.iter().filter(|it| !self.annotations.contains_key(&id(it))).count();
        if self.annotations.len() + new > 1000 {
            return refused("A report can have at most 1000 annotations.");
        }
        self.annotations.extend(all.iter().map(|it| (id(it), it.clone())));
        Answer::json(200, all.into())
    }
}

/// What a long comment is answered.
fn too_long() -> Answer {
    let mut answer = Answer::page(400, "Bad Request");
    answer.body = "<h1>Bad Request (400)</h1>".to_owned();
    answer
}

fn forbidden() -> Answer {
    let detail = json!({ "required": ["pullrequest:write"], "granted": ["repository"] });
    let message = "Your credentials lack one or more required privilege scopes.";
    Answer::json(403, json!({ "type": "error", "error": { "message": message, "detail": detail } }))
}

impl Comment {
    fn json(&self) -> Value {
        let href = format!("https://bitbucket.org/acme/shop/pull-requests/17#comment-{}", self.id);
        json!({
            "id": self.id, "deleted": self.deleted, "user": { "uuid": self.author }, "links": { "html": { "href": href } },
            "content": { "raw": if self.deleted { "" } else { &self.raw }, "markup": "markdown" },
        })
    }
}

impl Fake for Server<Bitbucket> {
    fn comments(&self) -> Vec<String> {
        self.state(|it| it.comments.iter().filter(|it| !it.deleted).map(|it| it.raw.clone()).collect())
    }

    fn chatter(&self, count: usize) {
        self.state(|it| {
            for index in 0..count {
                it.add(&json!(format!("LGTM {index}")), OTHER);
            }
        });
    }

    fn remove_comments(&self) {
        self.state(|it| it.comments.iter_mut().for_each(|it| it.deleted = true));
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
            finished: it.body["result"] != "PENDING",
            passed: (it.body["result"] != "PENDING").then(|| it.body["result"] == "PASSED"),
            results: it.annotations.len(),
        };
        self.state(|it| it.reports.values().map(seen).collect())
    }

    fn rate_limit(&self, wait: Option<u64>) -> Answer {
        let message = "Rate limit for this resource has been exceeded";
        let answer = Answer::json(429, json!({ "type": "error", "error": { "message": message } }));
        wait.into_iter().fold(answer, |answer, wait| answer.header("retry-after", wait.to_string()))
    }

    fn forbidden(&self) -> Answer {
        forbidden()
    }

    fn is_comment(&self, request: &Request) -> bool {
        matches!(request.method.as_str(), "POST" | "PUT") && request.path.contains("/comments")
    }

    fn is_status(&self, request: &Request) -> bool {
        request.method == "POST" && request.path.contains("/statuses/")
    }
}
