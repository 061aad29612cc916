//! A fake of GitLab: the notes of one merge request, and the jobs that statuses make in pipelines.

mod alone;

use ci_gen::net::Url;
use serde_json::{json, Value};

use super::{
    kit::{Fake, Kit, SeenRun, TOKEN},
    schemas::Schemas,
    server::{Answer, Request, Server, Vendor},
};

/// The commit of the pipeline of the merge request, and of its branch.
pub const SHA: &str = "8d6f0c2e4b1a39577c0e9d84f2a6b3c1d5e7f901";
const PIPELINE: u64 = 4711;

pub struct GitlabKit;

impl Kit for GitlabKit {
    fn name(&self) -> &'static str {
        "gitlab"
    }

    fn variables(&self, address: &str) -> Vec<(&'static str, String)> {
        let fixed = [
            ("GITLAB_CI", "true"),
            ("CI", "true"),
            ("GITLAB_TOKEN", TOKEN),
            ("CI_PROJECT_ID", "5"),
            ("CI_PROJECT_PATH", "acme/web/shop"),
            ("CI_PROJECT_DIR", "/builds/acme/web/shop"),
            ("CI_PIPELINE_ID", "4711"),
            ("CI_PIPELINE_URL", "https://gitlab.example.com/acme/web/shop/-/pipelines/4711"),
            ("CI_PIPELINE_SOURCE", "merge_request_event"),
            ("CI_COMMIT_SHA", SHA),
            ("CI_COMMIT_REF_NAME", "feature/cart"),
            ("CI_MERGE_REQUEST_IID", "17"),
            ("CI_MERGE_REQUEST_PROJECT_ID", "5"),
            ("CI_MERGE_REQUEST_PROJECT_PATH", "acme/web/shop"),
            ("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH", "acme/web/shop"),
            ("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "feature/cart"),
            ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
            ("CI_JOB_NAME", "unit"),
        ];
        let addresses = [("CI_SERVER_URL", address.to_owned()), ("CI_API_V4_URL", format!("{address}/api/v4"))];
        fixed.into_iter().map(|(name, value)| (name, value.to_owned())).chain(addresses).collect()
    }

    fn start(&self) -> Box<dyn Fake> {
        Box::new(start())
    }
}

/// A server with the project, the merge request 17 and its pipeline.
pub fn start() -> Server<Gitlab> {
    let schemas = Schemas::of("gitlab");
    Server::start(Gitlab::default(), move |request| schemas.check(request))
}

#[derive(Default)]
pub struct Gitlab {
    pub notes: Vec<Note>,
    pub jobs: Vec<Job>,
    /// Names of the pipeline's own jobs.
    pub own: Vec<&'static str>,
    /// Pipelines beside that of the merge request, which a status makes that fits none.
    pub others: Vec<(String, String)>,
    last: u64,
}

pub struct Note {
    pub id: u64,
    pub body: String,
    pub author: u64,
    pub system: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    pub name: String,
    pub state: String,
    pub description: String,
    pub url: String,
    pub reference: String,
    pub pipeline: u64,
    /// Whether a later one of the name hides it.
    pub hidden: bool,
}

/// What the owner of the token is called, and somebody else.
const ME: u64 = 40;
const OTHER: u64 = 41;

impl Vendor for Gitlab {
    fn answer(&mut self, request: &Request, address: &str) -> Answer {
        if request.header("private-token") != TOKEN {
            return says(401, json!("401 Unauthorized"));
        }
        let segments = request.segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let ["api", "v4", "projects", project, rest @ ..] = segments.as_slice() else {
            return missing("404 Not Found");
        };
        if !["5", "acme/web/shop"].contains(project) {
            return missing("404 Project Not Found");
        }
        let parameters = Parameters(request);
        match (request.method.as_str(), rest) {
            ("GET", ["merge_requests", "17", "notes"]) => self.list(request, address),
            ("POST", ["merge_requests", "17", "notes"]) => self.add(parameters.text("body").unwrap_or_default(), ME),
            ("PUT", ["merge_requests", "17", "notes", id]) => self.change(id, parameters.text("body")),
            ("DELETE", ["merge_requests", "17", "notes", id]) => self.remove(id),
            ("POST", ["statuses", sha]) => self.set(sha, &parameters),
            ("GET", ["repository", "commits", SHA, "statuses"]) => self.statuses_of(request),
            ("GET", ["repository", "commits", SHA, "merge_requests"]) => Answer::json(
                200,
                json!([
                    { "iid": 3, "state": "merged", "sha": SHA, "source_branch": "feature/cart", "project_id": 5 },
                    { "iid": 16, "state": "opened", "sha": "0000", "source_branch": "other", "project_id": 5 },
                    { "iid": 17, "state": "opened", "sha": SHA, "source_branch": "feature/cart", "project_id": 5,
                      "web_url": "https://gitlab.example.com/acme/web/shop/-/merge_requests/17" },
                ]),
            ),
            _ => missing("404 Not Found"),
        }
    }
}

/// What a body says.
struct Parameters<'a>(&'a Request);

impl Parameters<'_> {
    fn text(&self, name: &str) -> Option<String> {
        self.0.json()[name].as_str().map(str::to_owned)
    }
}

fn says(status: u16, message: Value) -> Answer {
    Answer::json(status, json!({ "message": message }))
}

fn missing(message: &str) -> Answer {
    says(404, json!(message))
}

impl Gitlab {
    /// A page of the notes: 20 unless more are asked for, the newest first unless told otherwise.
    fn list(&self, request: &Request, address: &str) -> Answer {
        let number = |name: &str, or: usize| request.query(name).and_then(|it| it.parse().ok()).unwrap_or(or);
        let (size, page) = (number("per_page", 20).clamp(1, 100), number("page", 1).max(1));
        let mut notes: Vec<&Note> = self.notes.iter().collect();
        if request.query("sort") != Some("asc") {
            notes.reverse();
        }
        let pages = notes.len().div_ceil(size).max(1);
        let shown: Vec<Value> = notes.into_iter().skip((page - 1) * size).take(size).map(Note::json).collect();
        let next = if page < pages { (page + 1).to_string() } else { String::new() };
        let link = format!("<{address}{}?page={next}>; rel=\"next\"", request.path);
        let answer = Answer::json(200, shown.into()).header("x-page", page.to_string()).header("x-next-page", &next);
        if next.is_empty() {
            answer
        } else {
            answer.header("link", link)
        }
    }

    pub fn add(&mut self, body: String, author: u64) -> Answer {
        if body.is_empty() || body.contains('\0') {
            return Answer::json(400, json!({ "error": "body is empty" }));
        }
        if body.chars().count() > 1_000_000 {
            return says(400, json!({ "note": ["is too long (maximum is 1000000 characters)"] }));
        }
        self.last += 1;
        self.notes.push(Note { id: self.last, body, author, system: false });
        Answer::json(201, self.notes[self.notes.len() - 1].json())
    }

    fn change(&mut self, id: &str, body: Option<String>) -> Answer {
        match (self.notes.iter_mut().find(|it| it.id.to_string() == id), body) {
            (None, _) => missing("404 Not found"),
            (Some(note), _) if note.author != ME => says(403, json!("403 Forbidden")),
            (Some(_), None) => Answer::json(400, json!({ "error": "body is missing" })),
            (Some(note), Some(body)) => {
                note.body = body;
                Answer::json(200, note.json())
            }
        }
    }

    fn remove(&mut self, id: &str) -> Answer {
        let before = self.notes.len();
        self.notes.retain(|it| it.id.to_string() != id);
        if self.notes.len() < before {
            Answer::text(204, "")
        } else {
            missing("404 Not found")
        }
    }

    /// What the service that creates statuses does, in its order.
    fn set(&mut self, sha: &str, parameters: &Parameters<'_>) -> Answer {
        if sha != SHA {
            return missing("404 Commit Not Found");
        }
        let text = |name: &str| parameters.text(name);
        for name in ["target_url", "description", "ref", "name"] {
            if text(name).is_some_and(|it| it.chars().count() > 255) {
                return says(400, json!({ name: ["is too long (maximum is 255 characters)"] }));
            }
        }
        if text("target_url").is_some_and(|it| Url::parse(&it).is_err()) {
            return says(400, json!({ "target_url": ["is blocked: Only allowed schemes are http, https"] }));
        }
        let (wanted, id) = (text("ref"), parameters.0.json()["pipeline_id"].as_u64());
        let mut pipelines = vec![(PIPELINE, "refs/merge-requests/17/head".to_owned())];
        pipelines.extend(
            self.others.iter().enumerate().map(|(index, (reference, _))| (5000 + index as u64, reference.clone())),
        );
        let fits = |(number, reference): &&(u64, String)| {
            wanted.as_ref().is_none_or(|it| it == reference) && id.is_none_or(|it| it == *number)
        };
        let (pipeline, reference) = match (pipelines.iter().rev().find(fits), id) {
            (Some(found), _) => found.clone(),
            (None, Some(_)) => return missing("404 Pipeline for pipeline_id, sha and ref Not Found"),
            (None, None) => {
                let reference = wanted.unwrap_or_else(|| "feature/cart".to_owned());
                self.others.push((reference.clone(), "external".to_owned()));
                (4999 + self.others.len() as u64, reference)
            }
        };
        let name = text("name").unwrap_or_else(|| "default".to_owned());
        if self.own.contains(&name.as_str()) {
            return says(400, json!({ "name": ["has already been taken"] }));
        }
        let state = text("state").unwrap_or_default();
        let job = Job {
            name: name.clone(),
            state: state.clone(),
            description: text("description").unwrap_or_default(),
            url: text("target_url").unwrap_or_default(),
            reference,
            pipeline,
            hidden: false,
        };
        let same = |it: &&mut Job| it.name == name && it.pipeline == pipeline;
        let open = self.jobs.iter_mut().filter(same).find(|it| matches!(it.state.as_str(), "pending" | "running"));
        match open {
            Some(open) if state == "pending" => {
                return says(400, json!(format!("Cannot transition status via :enqueue from :{} (Reason(s): Status cannot transition via \"enqueue\")", open.state)));
            }
            Some(open) => *open = job,
            None => {
                self.jobs.iter_mut().filter(same).for_each(|it| it.hidden = true);
                self.jobs.push(job);
            }
        }
        Answer::json(201, json!({ "id": 1, "sha": sha, "name": name, "status": state }))
    }

    fn statuses_of(&self, request: &Request) -> Answer {
        let name = request.query("name");
        let shown = self.jobs.iter().filter(|it| !it.hidden && name.is_none_or(|name| it.name == name));
        let json = |it: &Job| {
            json!({ "name": it.name, "status": it.state, "description": it.description, "ref": it.reference,
                    "target_url": it.url, "pipeline_id": it.pipeline, "sha": SHA })
        };
        Answer::json(200, shown.map(json).collect::<Vec<_>>().into())
    }
}

impl Note {
    fn json(&self) -> Value {
        json!({
            "id": self.id, "type": null, "body": self.body, "system": self.system, "noteable_iid": 17,
            "author": { "id": self.author, "username": format!("user{}", self.author) },
        })
    }
}

impl Fake for Server<Gitlab> {
    fn comments(&self) -> Vec<String> {
        self.state(|it| it.notes.iter().filter(|it| !it.system).map(|it| it.body.clone()).collect())
    }

    fn chatter(&self, count: usize) {
        self.state(|it| {
            for index in 0..count {
                it.add(format!("LGTM {index}"), OTHER);
                // Half of them are what GitLab notes down.
                it.notes.last_mut().unwrap().system = index % 2 == 1;
            }
        });
    }

    fn remove_comments(&self) {
        self.state(|it| it.notes.clear());
    }

    /// GitLab has one word for what failed and what broke.
    fn statuses(&self) -> Vec<(String, String)> {
        let word = |state: &str| match state {
            "success" => "success",
            "failed" => "failure",
            _ => "pending",
        };
        let shown = |it: &Job| (it.name.clone(), word(&it.state).to_owned());
        self.state(|it| it.jobs.iter().filter(|it| !it.hidden).map(shown).collect())
    }

    fn runs(&self) -> Vec<SeenRun> {
        Vec::new()
    }

    fn rate_limit(&self, wait: Option<u64>) -> Answer {
        let answer = Answer::text(429, "Retry later\n");
        wait.into_iter().fold(answer, |answer, wait| answer.header("retry-after", wait.to_string()))
    }

    fn forbidden(&self) -> Answer {
        says(403, json!("403 Forbidden"))
    }

    fn is_comment(&self, request: &Request) -> bool {
        matches!(request.method.as_str(), "POST" | "PUT") && request.path.contains("/notes")
    }

    fn is_status(&self, request: &Request) -> bool {
        request.method == "POST" && request.path.contains("/statuses/")
    }
}
