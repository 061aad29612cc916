//! A run from elsewhere as a build that no agent runs: queued, started, told in its log, finished.
//!
//! What a build is found again by is a parameter that it is queued with. What the log was told is told again only if the
//! server has not counted its tests.

use std::time::UNIX_EPOCH;

use jiff::{SignedDuration, Timestamp};
use serde_json::{json, Value};
use sha2::{Digest, Sha256};

use super::{
    message::{outcome, tests},
    Teamcity, VENDOR,
};
use crate::{
    net::{Body, Error, Kind, Repeat, Request, ID},
    providers::{Phase, RunId, TestRun},
    report::{write::text::line, Report},
};

/// The parameter that tells a build from others.
const PARAMETER: &str = "ci-gen.run";
/// Bytes of messages in one request, more or less.
const PART: usize = 256 * 1024;
/// Times that something is looked for and made anew after its answer was lost.
const ROUNDS: u32 = 5;
/// Times that the server is asked whether it has counted what it was told; it reads logs at its leisure.
const LOOKS: u32 = 4;
/// Characters of a comment.
const COMMENT: usize = 250;

/// How a build stands.
struct Standing {
    state: String,
    tests: u64,
}

impl Teamcity {
    /// The build of that identity, running: the one that is there, else a new one.
    pub(super) async fn start(&self, configuration: &str, run: &TestRun<'_>) -> Result<RunId, Error> {
        let operation = "queue a build";
        let mark = mark(run.identity);
        let mut last = None;
        for _ in 0..ROUNDS {
            let found = match self.find(configuration, &mark).await? {
                Some(found) => Ok(found),
                None => {
                    let body = Body::Json(queued(configuration, &mark, run));
                    let request = Request::post(self.url(&["buildQueue"], &[]), body, operation);
                    match self.api.send(request).await {
                        Ok(answer) if answer.dry => Ok(ID.to_owned()),
                        Ok(answer) => id(&answer.json()).ok_or_else(|| Error::strange(operation, VENDOR, "id")),
                        Err(error) => Err(error),
                    }
                }
            };
            match found {
                Ok(id) => {
                    self.run(&id).await?;
                    return Ok(RunId(id));
                }
                Err(error) if error.unsure => last = Some(self.api.wait(error).await?),
                Err(error) => return Err(error),
            }
        }
        Err(last.unwrap_or_else(|| Error::strange(operation, VENDOR, "id")))
    }

    /// Builds in every state that have the parameter; the oldest, if two made one at the same moment.
    ///
    /// Locators: <https://www.jetbrains.com/help/teamcity/rest/buildlocator.html>
    async fn find(&self, configuration: &str, mark: &str) -> Result<Option<String>, Error> {
        let locator = format!(
            "defaultFilter:false,state:any,buildType:(id:{configuration}),property:(name:{PARAMETER},value:{mark})"
        );
        let url = self.url(&["builds"], &[("locator", &locator), ("fields", "build(id,state)")]);
        let builds = self.api.get(url, "look for the build").await?.json();
        let ids = builds["build"].as_array().into_iter().flatten().filter_map(|it| it["id"].as_u64());
        Ok(ids.min().map(|id| id.to_string()))
    }

    /// Takes the build out of the queue, if it is there still.
    async fn run(&self, id: &str) -> Result<(), Error> {
        let url = self.build_url(id, &["runningData"], &[("fields", "id,state")]);
        let request = Request::put(url, Body::Text("ci-gen".to_owned()), "start the build without an agent");
        match self.api.send(request).await {
            Ok(_) => Ok(()),
            // It is told so of a build that runs or has run, too.
            Err(error) if error.kind == Kind::Configuration => match self.standing(id).await?.state.as_str() {
                "running" | "finished" => Ok(()),
                _ => Err(error),
            },
            Err(error) => Err(error),
        }
    }

    async fn standing(&self, id: &str) -> Result<Standing, Error> {
        let url = self.build_url(id, &[], &[("fields", "id,state,testOccurrences(count)")]);
        let build = self.api.get(url, "read the build").await?.json();
        Ok(Standing {
            state: build["state"].as_str().unwrap_or_default().to_owned(),
            tests: build["testOccurrences"]["count"].as_u64().unwrap_or_default(),
        })
    }

    /// Tells all tests and ends the build when the run has ended; before, that it runs is all that is to be seen.
    pub(super) async fn go_on(&self, id: &RunId, run: &TestRun<'_>) -> Result<(), Error> {
        if run.phase == Phase::Running {
            return Ok(());
        }
        let Standing { state, tests: mut counted } = self.standing(&id.0).await?;
        if state == "finished" {
            return Ok(());
        }
        let flow = mark(run.identity);
        let mut end = 0;
        for part in tests(run.report, &flow, PART) {
            let before = end;
            end += part.tests;
            // It was told before: by a call that did not come to its end.
            if counted >= end {
                continue;
            }
            self.tell(&id.0, &part.lines, before.max(counted)).await?;
            counted = end;
        }
        // The same problem is shown once, and of status texts the last one counts.
        let log = self.build_url(&id.0, &["log"], &[]);
        let last = Request::post(log, Body::Text(outcome(run.report, &flow)), "write the log of the build");
        self.api.send(last.repeat(Repeat::Always).expects_anything()).await?;
        self.finish(&id.0, run.report).await
    }

    /// Writes messages into the log, where `before` tests are so far.
    async fn tell(&self, id: &str, lines: &str, before: u64) -> Result<(), Error> {
        let mut last = None;
        for _ in 0..ROUNDS {
            let log = self.build_url(id, &["log"], &[]);
            let request = Request::post(log, Body::Text(lines.to_owned()), "write the log of the build");
            match self.api.send(request.expects_anything()).await {
                Ok(_) => return Ok(()),
                Err(error) if error.unsure => {
                    let mut error = error;
                    for _ in 0..LOOKS {
                        error = self.api.wait(error).await?;
                        if self.standing(id).await?.tests > before {
                            return Ok(());
                        }
                    }
                    last = Some(error);
                }
                Err(error) => return Err(error),
            }
        }
        Err(last.unwrap_or_else(|| Error::strange("write the log of the build", VENDOR, "answer")))
    }

    /// Ends the build; ended already is as good.
    async fn finish(&self, id: &str, report: &Report) -> Result<(), Error> {
        let url = self.build_url(id, &["finishDate"], &[]);
        let request = Request::put(url, Body::Text(self.end(report)), "finish the build").expects_anything();
        match self.api.send(request).await {
            Ok(_) => Ok(()),
            Err(error) if error.kind == Kind::NotFound && self.standing(id).await?.state == "finished" => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// When the run ended: `20261127T101500+0000`.
    fn end(&self, report: &Report) -> String {
        let since = self.api.client().now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = Timestamp::from_millisecond(i64::try_from(since.as_millis()).unwrap_or_default());
        let start: Option<Timestamp> = report.run.start.as_deref().and_then(|it| it.parse().ok());
        let wall = SignedDuration::try_from_secs_f64(report.run.wall.max(0.0)).unwrap_or_default();
        let end = start.and_then(|it| it.checked_add(wall).ok()).unwrap_or_else(|| now.unwrap_or_default());
        end.strftime("%Y%m%dT%H%M%S+0000").to_string()
    }
}

/// An identity as a word: locators have a language of their own.
fn mark(identity: &str) -> String {
    Sha256::digest(identity.as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn id(build: &Value) -> Option<String> {
    build["id"].as_u64().map(|it| it.to_string())
}

/// Fields: <https://www.jetbrains.com/help/teamcity/rest/start-and-cancel-builds.html>
fn queued(configuration: &str, mark: &str, run: &TestRun<'_>) -> Value {
    json!({
        "buildType": { "id": configuration },
        "comment": { "text": line(run.title, COMMENT) },
        "properties": { "property": [{ "name": PARAMETER, "value": mark }] },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_a_word() {
        assert_ne!(mark("7:1:unit"), mark("7:2:unit"));
        assert!(mark("a(b),c:d").bytes().all(|it| it.is_ascii_alphanumeric()));
    }
}
