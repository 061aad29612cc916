//! GitHub, as its documentation describes it: <https://docs.github.com/rest>

mod tests;

use serde_json::{json, Value};

use super::{
    kit::{Fake, Kit, SeenRun, TOKEN},
    schemas::Schemas,
    server::{Answer, Request, Server, Vendor},
};

const SHA: &str = "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00";
const CHANGE: u64 = 7;

/// GitHub.
pub struct GithubKit;

impl Kit for GithubKit {
    fn name(&self) -> &'static str {
        "github"
    }

    fn variables(&self, address: &str) -> Vec<(&'static str, String)> {
        [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_API_URL", address),
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("GITHUB_REPOSITORY", "acme/shop"),
            ("GITHUB_EVENT_NAME", "pull_request"),
            ("GITHUB_REF", "refs/pull/7/merge"),
            ("GITHUB_HEAD_REF", "fix"),
            ("GITHUB_BASE_REF", "main"),
            ("GITHUB_SHA", "ffffffffffffffffffffffffffffffffffffffff"),
            ("GITHUB_RUN_ID", "4711"),
            ("GITHUB_RUN_ATTEMPT", "1"),
            ("GITHUB_JOB", "unit"),
            // The head of the change is in the event's file alone.
            ("CI_GEN_HEAD_SHA", SHA),
            ("GITHUB_TOKEN", TOKEN),
        ]
        .into_iter()
        .map(|(name, value)| (name, value.to_owned()))
        .collect()
    }

    fn start(&self) -> Box<dyn Fake> {
        Box::new(start())
    }
}

fn start() -> Server<Github> {
    let schemas = Schemas::of("github");
    Server::start(Github::default(), move |request| {
        let path = request.path.strip_prefix("/api/v3").unwrap_or(&request.path).to_owned();
        let wanted = [("accept", "application/vnd.github+json"), ("x-github-api-version", "2022-11-28")];
        let header = wanted.iter().find(|(name, value)| request.header(name) != *value);
        let header = header.map(|(name, _)| format!("the header `{name}` is `{}`", request.header(name)));
        header.or_else(|| schemas.check(&Request { path, ..request.clone() }))
    })
}

/// What a token may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum May {
    /// Everything.
    #[default]
    All,
    /// What a workflow's token may do in a run of a fork.
    Read,
    /// What a personal token may do.
    Personal,
}

/// The repository `acme/shop`.
#[derive(Debug)]
struct Github {
    may: May,
    checks: Vec<Value>,
    statuses: Vec<Value>,
    comments: Vec<Value>,
    /// The pull request.
    open: bool,
    locked: bool,
    next: u64,
}

impl Default for Github {
    fn default() -> Self {
        let (checks, statuses, comments) = Default::default();
        Github { may: May::All, checks, statuses, comments, open: true, locked: false, next: 1000 }
    }
}

impl Vendor for Github {
    fn answer(&mut self, request: &Request, address: &str) -> Answer {
        self.route(request, address).unwrap_or_else(|no| no).header("x-ratelimit-remaining", "4711")
    }
}

fn no(status: u16, message: &str) -> Answer {
    Answer::json(status, json!({ "message": message, "documentation_url": "https://docs.github.com/rest" }))
}

fn invalid(resource: &str, field: &str, message: &str) -> Answer {
    let error = json!({ "resource": resource, "code": "custom", "field": field, "message": message });
    Answer::json(422, json!({ "message": "Validation Failed", "errors": [error] }))
}

/// Whether a text has characters of four bytes.
fn is_wide(value: &Value) -> bool {
    value.to_string().chars().any(|c| u32::from(c) > 0xffff)
}

fn has_id(item: &Value, id: &str) -> bool {
    item["id"].as_u64().is_some_and(|it| id.parse() == Ok(it))
}

impl Github {
    fn route(&mut self, request: &Request, address: &str) -> Result<Answer, Answer> {
        if request.header("user-agent").is_empty() {
            return Err(no(
                403,
                "Request forbidden by administrative rules. Please make sure it has a User-Agent header",
            ));
        }
        match request.header("authorization") {
            "" => return Err(no(401, "Requires authentication")),
            it if it.strip_prefix("Bearer ").is_some_and(|it| it == TOKEN || it == "ghp_marker-token-3f9c") => {}
            _ => return Err(no(401, "Bad credentials")),
        }
        let mut segments = request.segments();
        if segments.starts_with(&["api".to_owned(), "v3".to_owned()]) {
            segments.drain(..2);
        }
        if request.path.ends_with('/') || segments.get(..3) != Some(&["repos", "acme", "shop"].map(str::to_owned)) {
            return Err(no(404, "Not Found"));
        }
        let rest: Vec<&str> = segments[3..].iter().map(String::as_str).collect();
        match (request.method.as_str(), rest.as_slice()) {
            ("POST", ["check-runs"]) => self.create_check(request),
            ("PATCH", ["check-runs", id]) => self.update_check(id, request),
            ("GET", ["check-runs", id]) => Ok(Answer::json(200, shown(self.check(id)?))),
            ("GET", ["commits", sha, "check-runs"]) => self.checks_of(sha, request, address),
            ("GET", ["commits", SHA, "pulls"]) => Ok(page(self.pulls(), request, address, |it| it)),
            ("POST", ["statuses", sha]) => self.set_status(sha, request),
            ("GET", ["issues", "7", "comments"]) => Ok(page(self.comments.clone(), request, address, |it| it)),
            ("POST", ["issues", "7", "comments"]) => self.comment(request),
            ("PATCH", ["issues", "comments", id]) => self.change_comment(id, request),
            ("DELETE", ["issues", "comments", id]) => {
                self.writes("issues=write; pull_requests=write")?;
                let count = self.comments.len();
                self.comments.retain(|it| !has_id(it, id));
                match self.comments.len() < count {
                    true => Ok(Answer { status: 204, headers: Vec::new(), body: String::new() }),
                    false => Err(no(404, "Not Found")),
                }
            }
            _ => Err(no(404, "Not Found")),
        }
    }

    fn writes(&self, permissions: &str) -> Result<(), Answer> {
        let words = "Resource not accessible by integration";
        match self.may {
            May::Read => Err(no(403, words).header("x-accepted-github-permissions", permissions)),
            May::Personal if permissions.contains("checks") => Err(no(403, "You must authenticate via a GitHub App.")),
            _ => Ok(()),
        }
    }

    fn id(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn create_check(&mut self, request: &Request) -> Result<Answer, Answer> {
        self.writes("checks=write")?;
        let body = request.json();
        if body["head_sha"] != SHA {
            return Err(no(
                422,
                &format!("No commit found for SHA: {}", body["head_sha"].as_str().unwrap_or_default()),
            ));
        }
        let mut check = json!({ "id": self.id(), "status": "queued", "conclusion": null, "output": {
            "title": null, "summary": null, "annotations": [] } });
        merge(&mut check, &body)?;
        self.checks.push(check.clone());
        Ok(Answer::json(201, shown(&check)))
    }

    fn check(&self, id: &str) -> Result<&Value, Answer> {
        self.checks.iter().find(|it| has_id(it, id)).ok_or_else(|| no(404, "Not Found"))
    }

    fn update_check(&mut self, id: &str, request: &Request) -> Result<Answer, Answer> {
        self.writes("checks=write")?;
        let check = self.checks.iter_mut().find(|it| has_id(it, id)).ok_or_else(|| no(404, "Not Found"))?;
        merge(check, &request.json())?;
        Ok(Answer::json(200, shown(check)))
    }

    fn checks_of(&self, sha: &str, request: &Request, address: &str) -> Result<Answer, Answer> {
        if sha != SHA {
            return Err(no(422, &format!("No commit found for SHA: {sha}")));
        }
        let named = |it: &&Value| request.query("check_name").is_none_or(|name| it["name"] == name);
        let mut checks: Vec<Value> = self.checks.iter().filter(named).map(shown).collect();
        if request.query("filter") != Some("all") {
            checks.reverse();
            checks.dedup_by(|later, kept| later["name"] == kept["name"]);
        }
        let count = checks.len();
        Ok(page(checks, request, address, |it| json!({ "total_count": count, "check_runs": it })))
    }

    fn pulls(&self) -> Vec<Value> {
        let pull =
            |number: u64, state: &str, sha: &str| json!({ "number": number, "state": state, "head": { "sha": sha } });
        let mine = pull(CHANGE, if self.open { "open" } else { "closed" }, SHA);
        // One that was merged before, and one that builds upon the commit.
        let mut pulls = vec![pull(5, "closed", SHA)];
        pulls.extend(self.open.then(|| pull(9, "open", "0000")));
        pulls.push(mine);
        pulls
    }

    fn set_status(&mut self, sha: &str, request: &Request) -> Result<Answer, Answer> {
        self.writes("statuses=write")?;
        let body = request.json();
        if sha != SHA {
            return Err(no(422, &format!("No commit found for SHA: {sha}")));
        }
        if body["description"].as_str().is_some_and(|it| it.chars().count() > 140) {
            return Err(invalid("Status", "description", "description is too long (maximum is 140 characters)"));
        }
        for field in ["description", "context"] {
            if is_wide(&body[field]) {
                return Err(invalid("Status", field, &format!("{field} doesn't accept 4-byte Unicode")));
            }
        }
        if body["target_url"].as_str().is_some_and(|it| !it.starts_with("http")) {
            return Err(invalid("Status", "target_url", "target_url must use http(s) scheme"));
        }
        let same = self.statuses.iter().filter(|it| it["context"] == body["context"]).count();
        if same >= 1000 {
            let words = "This SHA and context has reached the maximum number of statuses.";
            return Err(invalid("Status", "base", words));
        }
        self.statuses.push(body.clone());
        Ok(Answer::json(201, body))
    }

    fn comment(&mut self, request: &Request) -> Result<Answer, Answer> {
        self.writes("issues=write; pull_requests=write")?;
        if self.locked {
            return Err(no(403, "Unable to create comment because issue is locked."));
        }
        let body = body_of(request)?;
        let id = self.id();
        let url = format!("https://github.com/acme/shop/pull/7#issuecomment-{id}");
        let comment = json!({ "id": id, "body": body, "user": { "login": "github-actions[bot]" }, "html_url": url });
        self.comments.push(comment.clone());
        Ok(Answer::json(201, comment))
    }

    fn change_comment(&mut self, id: &str, request: &Request) -> Result<Answer, Answer> {
        self.writes("issues=write; pull_requests=write")?;
        let body = body_of(request)?;
        let comment = self.comments.iter_mut().find(|it| has_id(it, id)).ok_or_else(|| no(404, "Not Found"))?;
        comment["body"] = body;
        Ok(Answer::json(200, comment.clone()))
    }

    fn say(&mut self, login: &str, text: &str) {
        let id = self.id();
        self.comments.push(json!({ "id": id, "body": text, "user": { "login": login }, "html_url": null }));
    }
}

fn body_of(request: &Request) -> Result<Value, Answer> {
    let body = request.json()["body"].clone();
    let long = body.as_str().is_none_or(|it| it.chars().count() > 65_536);
    let words = "Body is too long (maximum is 65536 characters)";
    if long {
        Err(invalid("IssueComment", "data", words))
    } else {
        Ok(body)
    }
}

/// Takes over what a request says of a check run; annotations are added to those that are there.
fn merge(check: &mut Value, body: &Value) -> Result<(), Answer> {
    let output = &body["output"];
    let annotations = output["annotations"].as_array().cloned().unwrap_or_default();
    for field in ["summary", "text"] {
        if output[field].as_str().is_some_and(|it| it.len() > 65_535) {
            let words = format!("{field} exceeds a maximum bytesize of 65535");
            return Err(invalid("CheckRun", field, &words));
        }
    }
    if annotations.len() > 50 || annotations.iter().any(is_wide) {
        return Err(invalid("CheckRun", "annotations", "invalid"));
    }
    if body["status"] == "completed" && body["conclusion"].is_null() {
        return Err(invalid("CheckRun", "conclusion", "missing_field"));
    }
    for (field, value) in body.as_object().into_iter().flatten().filter(|(field, _)| *field != "output") {
        check[field] = value.clone();
    }
    for field in ["title", "summary", "text"] {
        if !output[field].is_null() {
            check["output"][field] = output[field].clone();
        }
    }
    check["output"]["annotations"].as_array_mut().unwrap().extend(annotations);
    Ok(())
}

/// A check run as GitHub shows it: with the number of its annotations in their place.
fn shown(check: &Value) -> Value {
    let mut shown = check.clone();
    let annotations = shown["output"].as_object_mut().unwrap().remove("annotations").unwrap();
    shown["output"]["annotations_count"] = annotations.as_array().unwrap().len().into();
    shown["html_url"] = format!("https://github.com/acme/shop/runs/{}", shown["id"]).into();
    shown
}

/// A page of a list, with a link to the next one.
fn page(items: Vec<Value>, request: &Request, address: &str, wrap: impl Fn(Value) -> Value) -> Answer {
    let number = |name: &str| request.query(name).and_then(|it| it.parse::<usize>().ok());
    let (size, at) = (number("per_page").unwrap_or(30).clamp(1, 100), number("page").unwrap_or(1).max(1));
    let here: Vec<Value> = items.iter().skip((at - 1) * size).take(size).cloned().collect();
    let answer = Answer::json(200, wrap(here.into()));
    if items.len() <= at * size {
        return answer;
    }
    let mut query = request.query.clone();
    query.insert("page".to_owned(), (at + 1).to_string());
    let query: Vec<String> = query.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    answer.header("link", format!("<{address}{}?{}>; rel=\"next\"", request.path, query.join("&")))
}

fn encode(text: &str) -> String {
    text.bytes()
        .map(|it| if it.is_ascii_alphanumeric() { char::from(it).to_string() } else { format!("%{it:02X}") })
        .collect()
}

impl Fake for Server<Github> {
    fn comments(&self) -> Vec<String> {
        self.state(|it| it.comments.iter().map(|it| it["body"].as_str().unwrap().to_owned()).collect())
    }

    fn chatter(&self, count: usize) {
        self.state(|it| (0..count).for_each(|number| it.say("ada", &format!("What about {number}?"))));
    }

    fn remove_comments(&self) {
        self.state(|it| it.comments.clear());
    }

    fn statuses(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let all: Vec<(String, String)> =
            self.state(|it| it.statuses.iter().map(|it| (text(&it["context"]), text(&it["state"]))).collect());
        let latest = |at: usize| !all[at + 1..].iter().any(|later| later.0 == all[at].0);
        (0..all.len()).filter(|at| latest(*at)).map(|at| all[at].clone()).collect()
    }

    fn runs(&self) -> Vec<SeenRun> {
        let seen = |check: &Value| SeenRun {
            title: check["name"].as_str().unwrap().to_owned(),
            finished: check["status"] == "completed",
            passed: (check["status"] == "completed").then(|| check["conclusion"] == "success"),
            results: check["output"]["annotations"].as_array().unwrap().len(),
        };
        self.state(|it| it.checks.iter().map(seen).collect())
    }

    /// <https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit>
    fn rate_limit(&self, wait: Option<u64>) -> Answer {
        match wait {
            Some(seconds) => {
                no(429, "API rate limit exceeded for installation.").header("retry-after", seconds.to_string())
            }
            None => {
                no(403, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.")
            }
        }
    }

    fn forbidden(&self) -> Answer {
        no(403, "Resource not accessible by integration").header("x-accepted-github-permissions", "checks=write")
    }

    fn is_comment(&self, request: &Request) -> bool {
        request.writes() && request.path.contains("/issues/")
    }

    fn is_status(&self, request: &Request) -> bool {
        request.writes() && request.path.contains("/statuses/")
    }
}
