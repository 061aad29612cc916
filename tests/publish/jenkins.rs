//! Jenkins, as its documentation and its sources describe it: <https://www.jenkins.io/doc/book/using/remote-access-api/>

mod tests;

use base64::{engine::general_purpose::STANDARD, Engine};
use serde_json::json;

use super::{
    kit::{Fake, Kit, SeenRun, TOKEN},
    schemas::Schemas,
    server::{decode, Answer, Fault, Request, Server, Vendor},
};

const USER: &str = "robot";
/// A change in a multibranch job in a folder.
const BUILD: &str = "/job/acme/job/shop/job/PR-7/12";
/// A crumb is good for one session.
const CRUMB: &str = "59f1c9d2";
const SESSION: &str = "JSESSIONID.1=node0abc";

/// Jenkins.
pub struct JenkinsKit;

impl Kit for JenkinsKit {
    fn name(&self) -> &'static str {
        "jenkins"
    }

    fn variables(&self, address: &str) -> Vec<(&'static str, String)> {
        vec![
            ("JENKINS_URL", format!("{address}/")),
            ("BUILD_URL", format!("{address}{BUILD}/")),
            ("JOB_NAME", "acme/shop/PR-7".to_owned()),
            ("BUILD_NUMBER", "12".to_owned()),
            ("BUILD_TAG", "jenkins-acme-shop-PR-7-12".to_owned()),
            ("CHANGE_ID", "7".to_owned()),
            ("CHANGE_TARGET", "main".to_owned()),
            ("JENKINS_USER", USER.to_owned()),
            ("JENKINS_TOKEN", TOKEN.to_owned()),
        ]
    }

    fn start(&self) -> Box<dyn Fake> {
        Box::new(start())
    }
}

fn start() -> Server<Jenkins> {
    let schemas = Schemas::of("jenkins");
    Server::start(Jenkins::default(), move |request| {
        let wanted = "application/x-www-form-urlencoded";
        let kind = request.header("content-type");
        let wrong = request.writes() && kind != wanted;
        wrong.then(|| format!("the content type is `{kind}`")).or_else(|| schemas.check(request))
    })
}

/// One build.
#[derive(Debug, Default)]
struct Jenkins {
    description: Option<String>,
    /// Every description that there was.
    history: Vec<String>,
    /// Whether the user signs in by a password, which needs a crumb.
    password: bool,
    report: Option<serde_json::Value>,
}

impl Vendor for Jenkins {
    fn answer(&mut self, request: &Request, address: &str) -> Answer {
        let known = format!("Basic {}", STANDARD.encode(format!("{USER}:{TOKEN}")));
        if request.header("authorization") != known {
            return Answer::page(401, "Error 401 Unauthorized");
        }
        let description = format!("{BUILD}/submitDescription");
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", path) if path == format!("{BUILD}/api/json") => {
                assert_eq!(request.query("tree"), Some("description"));
                let class = "org.jenkinsci.plugins.workflow.job.WorkflowRun";
                Answer::json(200, json!({ "_class": class, "description": self.description }))
            }
            ("GET", "/crumbIssuer/api/json") if self.password => {
                let crumb = json!({ "crumb": CRUMB, "crumbRequestField": "Jenkins-Crumb" });
                Answer::json(200, crumb).header("set-cookie", format!("{SESSION}; Path=/; Secure; HttpOnly"))
            }
            ("GET", path) if path == format!("{BUILD}/testReport/api/json") => match &self.report {
                Some(report) => Answer::json(200, report.clone()),
                None => Answer::page(404, "Error 404 Not Found"),
            },
            ("POST", path) if path == description => {
                let crumb = request.header("jenkins-crumb") == CRUMB && request.header("cookie") == SESSION;
                if self.password && !crumb {
                    return Answer::page(403, "Error 403 No valid crumb was included in the request");
                }
                let field = request.body.strip_prefix("description=").unwrap_or_default().replace('+', " ");
                let text = decode(&field);
                self.history.push(text.clone());
                self.description = Some(text);
                Answer::page(302, "").header("location", format!("{address}{BUILD}/"))
            }
            (_, path) if path == description => Answer::page(405, "Error 405 POST required"),
            _ => Answer::page(404, "Error 404 Not Found"),
        }
    }
}

impl Fake for Server<Jenkins> {
    fn comments(&self) -> Vec<String> {
        Vec::new()
    }

    fn chatter(&self, _count: usize) {}

    fn remove_comments(&self) {}

    fn statuses(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    /// A line of the description is all that is shown of a run.
    fn runs(&self) -> Vec<SeenRun> {
        let text = self.state(|it| it.description.clone()).unwrap_or_default();
        let lines = text.lines().filter_map(|it| it.strip_suffix(" (ci-gen)"));
        let seen = |line: &str| {
            let (mark, rest) = line.split_once(' ').unwrap();
            SeenRun {
                title: rest.rsplit_once(": ").unwrap().0.to_owned(),
                finished: mark != "⏳",
                passed: (mark != "⏳").then_some(mark == "✅"),
                results: 0,
            }
        };
        lines.map(seen).collect()
    }

    /// Jenkins has no limit of requests; what stands before it may.
    fn rate_limit(&self, wait: Option<u64>) -> Answer {
        let answer = Answer::page(429, "Too Many Requests");
        match wait {
            Some(seconds) => answer.header("retry-after", seconds.to_string()),
            None => answer,
        }
    }

    fn forbidden(&self) -> Answer {
        Answer::page(403, "Error 403 robot is missing the Run/Update permission")
            .header("x-you-are-authenticated-as", USER)
            .header("x-required-permission", "hudson.model.Run.Update")
    }

    fn is_comment(&self, _request: &Request) -> bool {
        false
    }

    fn is_status(&self, _request: &Request) -> bool {
        false
    }
}
