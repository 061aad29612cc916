//! TeamCity, as its documentation and its REST plugin describe it:
//! <https://www.jetbrains.com/help/teamcity/rest/teamcity-rest-api-documentation.html>

mod messages;
mod tests;

use serde_json::{json, Value};

use self::messages::{parse, Message};
use super::{
    kit::{Fake, Kit, SeenRun, TOKEN},
    schemas::Schemas,
    server::{Answer, Fault, Request, Server, Vendor},
};

/// A configuration that no agent can run.
const CONFIGURATION: &str = "Acme_External";
/// A build that runs on an agent.
const ON_AGENT: u64 = 77;

/// TeamCity, outside of its agents.
pub struct TeamcityKit;

impl Kit for TeamcityKit {
    fn name(&self) -> &'static str {
        "teamcity"
    }

    fn variables(&self, address: &str) -> Vec<(&'static str, String)> {
        vec![
            ("TEAMCITY_SERVER_URL", format!("{address}/teamcity/")),
            ("TEAMCITY_BUILD_TYPE", CONFIGURATION.to_owned()),
            ("TEAMCITY_TOKEN", TOKEN.to_owned()),
        ]
    }

    fn start(&self) -> Box<dyn Fake> {
        Box::new(start())
    }
}

fn start() -> Server<Teamcity> {
    let schemas = Schemas::of("teamcity");
    Server::start(Teamcity::default(), move |request| {
        let wanted = if request.path.ends_with("/buildQueue") { "application/json" } else { "text/plain" };
        let kind = request.header("content-type");
        let wrong = request.writes() && !kind.starts_with(wanted);
        let path = request.path.strip_prefix("/teamcity").unwrap_or_default().to_owned();
        wrong
            .then(|| format!("the content type is `{kind}`"))
            .or_else(|| schemas.check(&Request { path, ..request.clone() }))
    })
}

#[derive(Debug, Default)]
struct Build {
    title: String,
    parameter: String,
    state: &'static str,
    messages: Vec<Message>,
    /// Reads until what the log was told last is counted.
    late: usize,
    counted: usize,
}

impl Build {
    fn count(&self, kind: &str) -> usize {
        self.messages.iter().filter(|it| it.kind == kind).count()
    }

    fn is_good(&self) -> bool {
        self.count("testFailed") == 0 && self.count("buildProblem") == 0
    }
}

/// A server.
#[derive(Debug)]
struct Teamcity {
    builds: Vec<Build>,
    /// The status text of the build that runs on an agent; nothing once it has ended.
    text: Option<String>,
    /// Reads until the tests of a log are counted.
    late: usize,
    /// Builds that the queue gives to nobody.
    stuck: bool,
}

impl Default for Teamcity {
    fn default() -> Self {
        Teamcity { builds: Vec::new(), text: Some("Tests passed: 3".to_owned()), late: 0, stuck: false }
    }
}

fn no(status: u16, message: &str) -> Answer {
    Answer::json(status, json!({ "errors": [{ "message": message, "statusText": "x" }] }))
}

impl Teamcity {
    fn find(&self, locator: &str) -> Answer {
        let hidden = !locator.contains("defaultFilter:false") || !locator.contains("state:any");
        if !locator.contains("property:(name:ci-gen.run,value:") {
            return no(400, "Error interpreting locator");
        }
        if !locator.contains(&format!("buildType:(id:{CONFIGURATION})")) {
            return no(404, "No build types found by locator");
        }
        let value = locator.split("value:").nth(1).unwrap().trim_end_matches(')');
        let found = self.builds.iter().enumerate().filter(|(_, it)| it.parameter == value && !hidden);
        let builds: Vec<Value> = found.map(|(at, it)| json!({ "id": at + 1, "state": it.state })).collect();
        Answer::json(200, json!({ "build": builds }))
    }

    fn build(&mut self, request: &Request, at: usize, rest: &[&str]) -> Answer {
        let (late, stuck) = (self.late, self.stuck);
        let Some(build) = self.builds.get_mut(at) else { return no(404, "No build found by locator") };
        let over = format!("Build with id {} is already finished", at + 1);
        match (request.method.as_str(), rest) {
            ("GET", []) => {
                match build.late {
                    0 => build.counted = build.count("testFinished"),
                    _ => build.late -= 1,
                }
                let status = if build.is_good() { "SUCCESS" } else { "FAILURE" };
                let failed = build.count("testFailed").min(build.counted);
                let ignored = build.count("testIgnored").min(build.counted);
                let tests = json!({ "count": build.counted, "failed": failed, "ignored": ignored,
                    "passed": build.counted - failed - ignored });
                let build = json!({ "id": at + 1, "state": build.state, "status": status, "testOccurrences": tests });
                Answer::json(200, build)
            }
            ("PUT", ["runningData"]) if build.state == "queued" && !stuck => {
                build.state = "running";
                Answer::json(200, json!({ "id": at + 1, "state": "running" }))
            }
            ("PUT", ["runningData"]) => no(400, &format!("Build with promotion id {} is not a queued build", at + 1)),
            ("POST", ["log"]) if build.state == "running" => {
                build.messages.extend(request.body.lines().map(|line| parse(line).unwrap()));
                build.late = late;
                Answer::text(200, "")
            }
            ("PUT", ["finishDate"]) if build.state == "running" => {
                let date = &request.body;
                let fits = date.len() == 20 && date.chars().nth(8) == Some('T') && date.ends_with("+0000");
                if !fits {
                    return no(400, &format!("Could not parse date from value '{date}'"));
                }
                build.state = "finished";
                Answer::text(200, date)
            }
            (_, ["log" | "finishDate"]) => no(404, &over),
            _ => no(405, "Method Not Allowed"),
        }
    }

    fn status_text(&mut self, request: &Request) -> Answer {
        match (request.method.as_str(), &mut self.text) {
            ("GET", Some(text)) => Answer::text(200, text),
            ("PUT", Some(text)) => {
                *text = request.body.clone();
                Answer::text(200, text)
            }
            _ => no(400, "Cannot set status text for a build which is not running"),
        }
    }
}

impl Vendor for Teamcity {
    fn answer(&mut self, request: &Request, _address: &str) -> Answer {
        if request.header("authorization") != format!("Bearer {TOKEN}") {
            return Answer::text(401, "Authentication required");
        }
        let segments = request.segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let ["teamcity", "app", "rest", rest @ ..] = segments.as_slice() else {
            return Answer::page(404, "Page Not Found");
        };
        // What is there as text alone is not given to who asks for JSON alone.
        let text = matches!(rest, [_, _, "statusText" | "finishDate"]);
        let accepted = request.header("accept");
        if !accepted.contains(if text { "text/plain" } else { "application/json" }) {
            return Answer::text(406, "Not Acceptable");
        }
        match (request.method.as_str(), rest) {
            ("POST", ["buildQueue"]) => {
                let body = request.json();
                if body["buildType"]["id"] != CONFIGURATION {
                    return no(404, "No build type nor template is found by id");
                }
                let property = &body["properties"]["property"][0];
                assert_eq!(property["name"], "ci-gen.run");
                self.builds.push(Build {
                    title: body["comment"]["text"].as_str().unwrap().to_owned(),
                    parameter: property["value"].as_str().unwrap().to_owned(),
                    state: "queued",
                    ..Build::default()
                });
                Answer::json(200, json!({ "id": self.builds.len(), "state": "queued" }))
            }
            ("GET", ["builds"]) => self.find(request.query("locator").unwrap_or_default()),
            (_, ["builds", build, "statusText"]) if *build == format!("id:{ON_AGENT}") => self.status_text(request),
            (_, ["builds", build, rest @ ..]) => {
                let id = build.strip_prefix("id:").and_then(|it| it.parse::<usize>().ok()).unwrap_or_default();
                self.build(request, id.wrapping_sub(1), rest)
            }
            _ => no(404, "Not Found"),
        }
    }
}

impl Fake for Server<Teamcity> {
    fn comments(&self) -> Vec<String> {
        Vec::new()
    }

    fn chatter(&self, _count: usize) {}

    fn remove_comments(&self) {}

    fn statuses(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    fn runs(&self) -> Vec<SeenRun> {
        self.state(|it| {
            let seen = |build: &Build| SeenRun {
                title: build.title.clone(),
                finished: build.state == "finished",
                passed: (build.state == "finished").then(|| build.is_good()),
                results: build.count("testFinished"),
            };
            it.builds.iter().map(seen).collect()
        })
    }

    /// TeamCity has no limit of requests; what stands before it may.
    fn rate_limit(&self, wait: Option<u64>) -> Answer {
        let answer = Answer::text(429, "Too Many Requests");
        match wait {
            Some(seconds) => answer.header("retry-after", seconds.to_string()),
            None => answer,
        }
    }

    fn forbidden(&self) -> Answer {
        no(403, "You do not have enough permissions: \"Run build\" in project")
    }

    fn is_comment(&self, _request: &Request) -> bool {
        false
    }

    fn is_status(&self, _request: &Request) -> bool {
        false
    }
}
