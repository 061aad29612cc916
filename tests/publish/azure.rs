//! Azure DevOps, as its documentation describes it: <https://learn.microsoft.com/rest/api/azure/devops/>

mod tests;

use serde_json::{json, Value};

use super::{
    kit::{Fake, Kit, SeenRun, TOKEN},
    schemas::Schemas,
    server::{Answer, Fault, Request, Server, Vendor},
};

const SHA: &str = "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00";
const CHANGE: u64 = 7;
const BUILD: &str = "4711";
/// The pipeline's project, and the one that its repository is in.
const PIPELINES: &str = "My Shop";
const CODE: &str = "Store";
const REPOSITORY: &str = "0a1b2c3d-0000-4000-8000-00000000000f";
/// Threads in one answer.
const PAGE: usize = 50;

/// Azure DevOps.
pub struct AzureKit;

impl Kit for AzureKit {
    fn name(&self) -> &'static str {
        "azure"
    }

    fn variables(&self, address: &str) -> Vec<(&'static str, String)> {
        vec![
            ("TF_BUILD", "True".to_owned()),
            ("BUILD_BUILDID", BUILD.to_owned()),
            ("SYSTEM_COLLECTIONURI", format!("{address}/acme/")),
            ("SYSTEM_TEAMPROJECT", PIPELINES.to_owned()),
            ("SYSTEM_TEAMPROJECTID", "0a1b2c3d-0000-4000-8000-000000000001".to_owned()),
            ("SYSTEM_STAGENAME", "test".to_owned()),
            ("SYSTEM_STAGEATTEMPT", "1".to_owned()),
            ("SYSTEM_PHASENAME", "unit".to_owned()),
            ("SYSTEM_JOBNAME", "linux".to_owned()),
            ("SYSTEM_JOBATTEMPT", "1".to_owned()),
            ("BUILD_REASON", "PullRequest".to_owned()),
            ("BUILD_SOURCEBRANCH", "refs/pull/7/merge".to_owned()),
            ("BUILD_SOURCEVERSION", "ffffffffffffffffffffffffffffffffffffffff".to_owned()),
            ("SYSTEM_PULLREQUEST_PULLREQUESTID", CHANGE.to_string()),
            ("SYSTEM_PULLREQUEST_SOURCEBRANCH", "refs/heads/fix".to_owned()),
            ("SYSTEM_PULLREQUEST_SOURCECOMMITID", SHA.to_owned()),
            ("SYSTEM_PULLREQUEST_TARGETBRANCH", "refs/heads/main".to_owned()),
            ("BUILD_REPOSITORY_PROVIDER", "TfsGit".to_owned()),
            ("BUILD_REPOSITORY_ID", REPOSITORY.to_owned()),
            ("BUILD_REPOSITORY_NAME", "shop".to_owned()),
            ("BUILD_REPOSITORY_URI", format!("{address}/acme/{CODE}/_git/shop")),
            ("SYSTEM_ACCESSTOKEN", TOKEN.to_owned()),
        ]
    }

    fn start(&self) -> Box<dyn Fake> {
        Box::new(start())
    }
}

fn start() -> Server<Azure> {
    let schemas = Schemas::of("azure");
    Server::start(Azure::default(), move |request| schemas.check(request))
}

#[derive(Debug, Default)]
struct Run {
    /// What was asked for, and what was changed since.
    fields: Value,
    results: Vec<Value>,
    attachments: Vec<Value>,
}

/// The organisation `acme`.
#[derive(Debug, Default)]
struct Azure {
    runs: Vec<Run>,
    threads: Vec<Value>,
    commit: Vec<Value>,
    pull_request: Vec<Value>,
    /// Lists as the specification has them, without an object around.
    bare: bool,
}

fn no(status: u16, message: &str, key: &str) -> Answer {
    Answer::json(status, json!({ "$id": "1", "message": message, "typeKey": key, "errorCode": 0 }))
}

fn missing(what: &str) -> Answer {
    no(404, &format!("TF200016: {what} does not exist"), "NotFoundException")
}

impl Azure {
    fn list(&self, items: Vec<Value>) -> Answer {
        Answer::json(200, if self.bare { json!(items) } else { json!({ "count": items.len(), "value": items }) })
    }

    /// `$top` and `$skip`, with the most that is given at once.
    fn part(&self, request: &Request, items: Vec<Value>, most: usize) -> Answer {
        let number = |name: &str| request.query(name).and_then(|it| it.parse::<usize>().ok());
        let top = number("$top").unwrap_or(100);
        if top > most {
            return no(400, "The value of $top is out of range", "ArgumentOutOfRangeException");
        }
        self.list(items.into_iter().skip(number("$skip").unwrap_or(0)).take(top).collect())
    }

    fn run(&self, at: usize) -> Value {
        let run = &self.runs[at];
        let mut shown = run.fields.clone();
        let count = |outcome: &str| run.results.iter().filter(|it| it["outcome"] == outcome).count();
        let statistics: Vec<Value> = ["Passed", "Failed", "NotExecuted"]
            .iter()
            .map(|it| json!({ "state": "Completed", "outcome": it, "count": count(it) }))
            .collect();
        shown["id"] = json!(at + 1);
        shown["totalTests"] = json!(run.results.len());
        shown["passedTests"] = json!(count("Passed"));
        shown["notApplicableTests"] = json!(0);
        shown["unanalyzedTests"] = json!(count("Failed"));
        shown["runStatistics"] = json!(statistics);
        shown
    }

    fn tests(&mut self, request: &Request, rest: &[&str]) -> Answer {
        let at = rest.get(1).and_then(|it| it.parse::<usize>().ok()).map(|it| it.wrapping_sub(1));
        if at.is_some_and(|it| it >= self.runs.len()) {
            return missing("the test run");
        }
        match (request.method.as_str(), rest, at) {
            ("POST", ["runs"], _) => {
                let fields = request.json();
                if fields["build"]["id"] != BUILD {
                    return no(400, "The build does not exist", "TestObjectNotFoundException");
                }
                self.runs.push(Run { fields, ..Run::default() });
                Answer::json(200, self.run(self.runs.len() - 1))
            }
            ("GET", ["runs"], _) => {
                let build = request.query("buildUri") == Some(&format!("vstfs:///Build/Build/{BUILD}"));
                let details = request.query("includeRunDetails") == Some("true");
                let mut runs: Vec<Value> = (0..self.runs.len()).filter(|_| build).map(|it| self.run(it)).collect();
                if !details {
                    runs.iter_mut().for_each(|it| *it = json!({ "id": it["id"], "name": it["name"] }));
                }
                self.part(request, runs, 100)
            }
            ("GET", ["runs", _], Some(at)) => Answer::json(200, self.run(at)),
            ("PATCH", ["runs", _], Some(at)) => {
                for (name, value) in request.json().as_object().unwrap() {
                    self.runs[at].fields[name] = value.clone();
                }
                Answer::json(200, self.run(at))
            }
            ("GET", ["runs", _, "results"], Some(at)) => self.part(request, self.runs[at].results.clone(), 1000),
            ("POST", ["runs", _, "results"], Some(at)) => {
                let results = request.json();
                let results = results.as_array().unwrap();
                if results.len() > 1000 {
                    return no(400, "The number of test results exceeds 1000", "InvalidPropertyException");
                }
                for result in results {
                    let mut result = result.clone();
                    result["id"] = json!(100_000 + self.runs[at].results.len());
                    self.runs[at].results.push(result);
                }
                self.list(results.iter().map(|_| json!({ "id": 1 })).collect())
            }
            ("GET", ["runs", _, "attachments"], Some(at)) => self.list(self.runs[at].attachments.clone()),
            ("POST", ["runs", _, "attachments"], Some(at)) => {
                let mut attachment = request.json();
                attachment["id"] = json!(self.runs[at].attachments.len() + 1);
                self.runs[at].attachments.push(attachment.clone());
                Answer::json(200, json!({ "id": attachment["id"], "url": "" }))
            }
            _ => no(405, "The requested resource does not support this method", "VssRequestContentTypeNotSupported"),
        }
    }

    fn git(&mut self, request: &Request, rest: &[&str]) -> Answer {
        let change = CHANGE.to_string();
        match (request.method.as_str(), rest) {
            ("POST", ["commits", sha, "statuses"]) if *sha == SHA => keep(&mut self.commit, request.json()),
            ("POST", ["pullRequests", number, "statuses"]) if *number == change => {
                keep(&mut self.pull_request, request.json())
            }
            (_, ["pullRequests", number, "threads", rest @ ..]) if *number == change => self.comments(request, rest),
            _ => missing("the commit or the pull request"),
        }
    }

    fn comments(&mut self, request: &Request, rest: &[&str]) -> Answer {
        let content = request.json();
        let content = content["content"].as_str().or(content["comments"][0]["content"].as_str()).unwrap_or_default();
        if content.chars().count() > 150_000 {
            return no(400, "A discussion comment cannot be longer than 150000 characters", "ArgumentException");
        }
        match (request.method.as_str(), rest) {
            ("GET", []) => {
                let from = request.query("continuationToken").and_then(|it| it.parse().ok()).unwrap_or(0);
                let page: Vec<Value> = self.threads.iter().skip(from).take(PAGE).cloned().collect();
                let answer = self.list(page);
                match from + PAGE < self.threads.len() {
                    true => answer.header("x-ms-continuationtoken", (from + PAGE).to_string()),
                    false => answer,
                }
            }
            ("POST", []) => {
                let status = request.json()["status"].clone();
                let thread = self.add(content, "the build service", &status);
                Answer::json(200, thread)
            }
            (method, [thread, "comments", "1"]) => {
                let found = thread.parse::<usize>().ok().and_then(|it| self.threads.get_mut(it.wrapping_sub(1)));
                let Some(thread) = found.filter(|it| it["comments"][0]["isDeleted"] != true) else {
                    return missing("the comment");
                };
                let comment = &mut thread["comments"][0];
                match method {
                    "PATCH" if comment["author"]["id"] != "the build service" => {
                        return no(403, "TF401027: You need the Git 'PullRequestContribute' permission", "GitNeeds");
                    }
                    "PATCH" => comment["content"] = json!(content),
                    "DELETE" => {
                        comment["isDeleted"] = json!(true);
                        comment["content"] = Value::Null;
                    }
                    _ => {}
                }
                Answer::json(200, thread["comments"][0].clone())
            }
            _ => missing("the thread"),
        }
    }

    fn add(&mut self, content: &str, author: &str, status: &Value) -> Value {
        let thread = json!({
            "id": self.threads.len() + 1,
            "status": status,
            "isDeleted": false,
            "comments": [{
                "id": 1, "parentCommentId": 0, "content": content, "commentType": "text",
                "author": { "id": author }, "isDeleted": false,
            }],
        });
        self.threads.push(thread.clone());
        thread
    }
}

fn keep(statuses: &mut Vec<Value>, mut status: Value) -> Answer {
    status["id"] = json!(statuses.len() + 1);
    statuses.push(status.clone());
    Answer::json(201, status)
}

impl Vendor for Azure {
    fn answer(&mut self, request: &Request, _address: &str) -> Answer {
        use base64::{engine::general_purpose::STANDARD, Engine};
        let personal = format!("Basic {}", STANDARD.encode(format!(":{TOKEN}")));
        if ![format!("Bearer {TOKEN}"), personal].iter().any(|it| it == request.header("authorization")) {
            return match request.header("x-tfs-fedauthredirect") {
                "Suppress" => Answer::page(401, "Azure DevOps Services | Sign In"),
                _ => Answer::page(302, "Object moved").header("location", "/_signin?realm=dev.azure.com"),
            };
        }
        if request.query("api-version") != Some("7.1") {
            return no(400, "No api-version was supplied for the request.", "VssVersionNotSpecifiedException");
        }
        let segments = request.segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match segments.as_slice() {
            ["acme", PIPELINES, "_apis", "test", rest @ ..] => {
                let rest: Vec<String> = rest.iter().map(|it| it.to_ascii_lowercase()).collect();
                self.tests(request, &rest.iter().map(String::as_str).collect::<Vec<_>>())
            }
            ["acme", CODE, "_apis", "git", "repositories", REPOSITORY, rest @ ..] => self.git(request, rest),
            _ => missing("the project or the repository"),
        }
    }
}

/// The latest of each name.
fn latest(statuses: &[Value]) -> Vec<(String, String)> {
    let mut seen: Vec<(String, String)> = Vec::new();
    for status in statuses {
        let context = &status["context"];
        let name: Vec<&str> = ["genre", "name"].iter().filter_map(|it| context[*it].as_str()).collect();
        let state = match status["state"].as_str().unwrap() {
            "succeeded" => "success",
            "failed" => "failure",
            other => other,
        };
        seen.retain(|(known, _)| *known != name.join("/"));
        seen.push((name.join("/"), state.to_owned()));
    }
    seen
}

impl Fake for Server<Azure> {
    fn comments(&self) -> Vec<String> {
        self.state(|it| {
            let first = it.threads.iter().map(|it| &it["comments"][0]).filter(|it| it["isDeleted"] != true);
            first.map(|it| it["content"].as_str().unwrap().to_owned()).collect()
        })
    }

    fn chatter(&self, count: usize) {
        self.state(|it| {
            for index in 0..count {
                it.add(&format!("What about {index}?"), "somebody", &json!("active"));
            }
        });
    }

    fn remove_comments(&self) {
        self.state(|it| it.threads.iter_mut().for_each(|it| it["comments"][0]["isDeleted"] = json!(true)));
    }

    fn statuses(&self) -> Vec<(String, String)> {
        self.state(|it| {
            let commit = latest(&it.commit);
            assert_eq!(commit, latest(&it.pull_request), "commit and pull request do not say the same");
            commit
        })
    }

    fn runs(&self) -> Vec<SeenRun> {
        self.state(|it| {
            let seen = |run: &Run| {
                let finished = run.fields["state"] != "InProgress";
                let failed = run.fields["state"] == "Aborted" || run.results.iter().any(|it| it["outcome"] == "Failed");
                SeenRun {
                    title: run.fields["name"].as_str().unwrap().to_owned(),
                    finished,
                    passed: finished.then_some(!failed),
                    results: run.results.len(),
                }
            };
            it.runs.iter().map(seen).collect()
        })
    }

    fn rate_limit(&self, wait: Option<u64>) -> Answer {
        let answer = no(429, "TF400733: The request has been canceled: Request was blocked", "RequestBlockedException");
        match wait {
            Some(seconds) => answer.header("retry-after", seconds.to_string()),
            None => answer,
        }
    }

    fn forbidden(&self) -> Answer {
        let words = "TF401027: You need the Git 'PullRequestContribute' permission to perform this action.";
        no(403, words, "GitNeedsPermissionException")
    }

    fn is_comment(&self, request: &Request) -> bool {
        request.writes() && request.path.contains("/threads")
    }

    fn is_status(&self, request: &Request) -> bool {
        request.writes() && request.path.ends_with("/statuses")
    }
}
