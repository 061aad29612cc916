//! `ci-gen run` publishing: the binary in a job of a fake vendor's.

use std::{fs, net::TcpListener, process::Command};

use serde_json::Value;

use super::{
    github::GithubKit,
    kit::{Fake, Kit, TOKEN},
    server::{Fault, Request},
};
use crate::support::{Run, Sandbox};

pub(super) const GREEN: &str = r#"<testsuite name="s" tests="2"><testcase classname="a" name="adds" time="1"/><testcase classname="a" name="subtracts"/></testsuite>"#;
pub(super) const RED: &str = r#"<testsuite name="s" tests="2"><testcase classname="a" name="adds"/><testcase classname="a" name="divides" file="tests/a.py" line="3"><failure message="by zero">trace</failure></testcase></testsuite>"#;

/// A job that runs for a pull request.
struct Job {
    sandbox: Sandbox,
    fake: Box<dyn Fake>,
    variables: Vec<(&'static str, String)>,
}

impl Job {
    fn new(results: &str) -> Job {
        let fake = GithubKit.start();
        let variables = GithubKit.variables(&fake.address());
        Job { sandbox: Sandbox::new().file("r.xml", results), fake, variables }
    }

    fn run(&self, arguments: &str) -> Run {
        self.run_with(arguments, &[])
    }

    /// Runs the binary with the job's variables and nothing else; an empty value takes one away.
    fn run_with(&self, arguments: &str, more: &[(&str, &str)]) -> Run {
        let variables = self.variables.iter().map(|(name, value)| (*name, value.as_str()));
        start(&self.sandbox, arguments, variables.chain(more.iter().copied()))
    }

    fn statuses(&self) -> Vec<String> {
        let sets = |it: &Request| self.fake.is_status(it);
        let of = |it: Request| {
            let body = it.json();
            format!("{} {}", body["state"].as_str().unwrap(), body["description"].as_str().unwrap())
        };
        self.fake.requests().into_iter().filter(sets).map(of).collect()
    }
}

pub(super) fn start<'a>(
    sandbox: &Sandbox,
    arguments: &str,
    variables: impl Iterator<Item = (&'a str, &'a str)>,
) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ci-gen"));
    command.args(arguments.split(' ').filter(|it| !it.is_empty())).current_dir(sandbox.path()).env_clear();
    for name in ["PATH", "HOME", "TMPDIR"] {
        command.envs(std::env::var_os(name).map(|value| (name, value)));
    }
    Run::from(command.envs(variables).output().unwrap())
}

#[test]
fn in_ci_with_a_token_the_status_is_set() {
    let job = Job::new(GREEN);
    job.run("run --results r.xml").code(0).says("published: status (github)");
    assert_eq!(job.statuses(), ["success 2 tests passed"]);
    assert!(job.fake.comments().is_empty() && job.fake.runs().is_empty());
}

#[test]
fn a_comment_is_written_on_demand_and_then_updated() {
    let job = Job::new(RED);
    job.run("run --results r.xml --enable-pr-comments").code(1).says("published: comment (github): https://");
    job.sandbox.write("r.xml", GREEN.as_bytes());
    job.run_with("run --results r.xml --enable-pr-comments", &[("GITHUB_RUN_ID", "4712")]).code(0);
    let comments = job.fake.comments();
    assert_eq!(comments.len(), 1, "{comments:?}");
    assert!(comments[0].contains("✅ 2 tests passed"), "{}", comments[0]);
    // A run that ends late says nothing.
    job.run("run --results r.xml --enable-pr-comments").code(0).says("a newer run has spoken already: comment");
    assert_eq!(job.fake.comments(), comments);
}

#[test]
fn without_a_token_nobody_is_asked() {
    let job = Job::new(GREEN);
    let quiet = job.run_with("run --results r.xml", &[("GITHUB_TOKEN", "")]).code(0);
    assert!(!quiet.stderr.contains("token"), "{}", quiet.stderr);
    let asked = "run --results r.xml --enable-pr-comments";
    job.run_with(asked, &[("GITHUB_TOKEN", "")])
        .code(0)
        .says(
            "no comment: cannot publish at GitHub: there is no token in GITHUB_TOKEN; this log and the reports say it",
        )
        .says("help: ");
    job.run_with(&format!("{asked} --strict-publish"), &[("GITHUB_TOKEN", "")]).code(5);
    job.sandbox.write("r.xml", RED.as_bytes());
    job.run_with(&format!("{asked} --strict-publish"), &[("GITHUB_TOKEN", "")]).code(1);
    assert!(job.fake.requests().is_empty());
}

#[test]
fn what_may_not_be_done_is_said_by_the_next_best_and_changes_nothing() {
    let job = Job::new(GREEN);
    let runs = |it: &Request| it.method == "POST" && it.path.ends_with("/check-runs");
    job.fake.fault(Box::new(runs), Fault::Says(job.fake.forbidden()));
    job.run("run --results r.xml --publish check")
        .code(0)
        .says("warning: no check run: cannot create the check run `acme/shop`: GitHub answered 403")
        .says("the status says it instead");
    assert_eq!(job.statuses(), ["success 2 tests passed"]);
    let report: Value =
        serde_json::from_slice(&fs::read(job.sandbox.path().join("test_results/report.json")).unwrap()).unwrap();
    assert_eq!(report["notes"][0]["code"], "not-published");
    assert_eq!(report["verdict"]["passed"], true);
}

#[test]
fn what_could_not_be_published_is_published_later_for_the_run_as_it_was() {
    let job = Job::new(RED);
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let down = format!("http://{closed}");
    job.run_with(
        "run --results r.xml --enable-pr-comments",
        &[("GITHUB_API_URL", &down), ("CI_GEN_PUBLISH_TIMEOUT", "1"), ("CI_GEN_LEG", "linux")],
    )
    .code(1)
    .says("to publish it later: ci-gen run --results test_results/report.json");
    assert!(job.fake.requests().is_empty());
    let spool = job.sandbox.path().join("test_results/unpublished.json");
    assert!(spool.is_file());
    let nothing = "run --publish none --output-dir nothing --results test_results/report.json";
    job.run(nothing).code(1);
    assert!(job.fake.requests().is_empty() && spool.is_file(), "{:?}", job.fake.requests());
    // Later, on somebody's own machine.
    let later = [("GITHUB_API_URL", job.fake.address()), ("GITHUB_TOKEN", TOKEN.to_owned())];
    let later = later.iter().map(|(name, value)| (*name, value.as_str()));
    start(&job.sandbox, "run --results test_results/report.json", later).code(1).says("published: comment (github)");
    assert_eq!(job.statuses(), ["failure 1 of 2 tests failed"]);
    let comments = job.fake.comments();
    assert!(comments.len() == 1 && comments[0].contains("divides") && comments[0].contains("linux"), "{comments:?}");
    assert!(!spool.exists());
}

/// A run in between replaces the report, and what is left of the earlier one must not speak with its results.
#[test]
fn the_results_of_another_run_are_not_published_under_its_name() {
    let job = Job::new(RED);
    job.run_with("run --results r.xml --publish status", &[("GITHUB_TOKEN", "")]).code(1);
    job.sandbox.write("r.xml", GREEN.as_bytes());
    job.run("run --results r.xml --publish none").code(0);
    let later = [("GITHUB_API_URL", job.fake.address()), ("GITHUB_TOKEN", TOKEN.to_owned())];
    let later = later.iter().map(|(name, value)| (*name, value.as_str()));
    start(&job.sandbox, "run --results test_results/report.json", later).code(0).says("is of another run than");
    assert!(job.fake.requests().is_empty());
}

/// What lies in a downloaded directory must not choose who gets a token.
#[test]
fn a_file_from_somewhere_does_not_choose_the_code_host() {
    let job = Job::new(RED);
    job.run_with("run --results r.xml --publish status", &[("GITHUB_TOKEN", "")]).code(1);
    let spool = job.sandbox.path().join("test_results/unpublished.json");
    let text = fs::read_to_string(&spool).unwrap();
    assert!(text.contains("\"https://github.com\""), "{text}");
    let report = fs::read(job.sandbox.path().join("test_results/report.json")).unwrap();
    for host in ["https://github.evil.example", "https://github.com.evil.example", "http://github.com"] {
        fs::write(&spool, text.replace("https://github.com\"", &format!("{host}\""))).unwrap();
        let later = [("GITHUB_TOKEN", TOKEN)];
        let elsewhere = "run --results test_results/report.json --output-dir elsewhere --dry-run";
        let run = start(&job.sandbox, elsewhere, later.into_iter()).code(1).says("which is not the code host here");
        assert!(!run.stdout.contains("POST"), "{host}: {}", run.stdout);
        // What could still be published elsewhere is not overwritten.
        let here = start(&job.sandbox, "run --results test_results/report.json", later.into_iter()).code(2);
        assert!(here.stderr.contains("which is not the code host here"), "{host}: {}", here.stderr);
        assert!(spool.is_file());
        assert_eq!(fs::read(job.sandbox.path().join("test_results/report.json")).unwrap(), report);
    }
}

#[test]
fn a_dry_run_prints_every_request_and_makes_none() {
    let job = Job::new(RED);
    let run = job.run("run --results r.xml --publish check,status,comment --dry-run --http-log log.har").code(1);
    assert!(run.stderr.contains("would be published: comment (github)"), "{}", run.stderr);
    assert!(job.fake.requests().is_empty());
    for text in [
        "POST http://127.0.0.1",
        "/repos/acme/shop/check-runs",
        "/statuses/",
        "/issues/7/comments",
        "divides",
        "[hidden]",
    ] {
        assert!(run.stdout.contains(text), "{text} is not in {}", run.stdout);
    }
    assert!(!run.stdout.contains(TOKEN));
    assert!(!job.sandbox.path().join("test_results/unpublished.json").exists());
    let log = job.sandbox.read("log.har");
    let archive: Value = serde_json::from_str(&log).unwrap();
    let entries = archive["log"]["entries"].as_array().unwrap();
    assert_eq!(entries.len(), run.stdout.matches("authorization: [hidden]").count());
    assert!(entries.iter().all(|it| it["response"]["status"] == 0) && !log.contains(TOKEN), "{log}");
}

#[test]
fn requests_are_logged_without_secrets() {
    let job = Job::new(GREEN);
    job.run("run --results r.xml --http-log log.har").code(0);
    let text = fs::read_to_string(job.sandbox.path().join("log.har")).unwrap();
    let archive: Value = serde_json::from_str(&text).unwrap();
    let entries = archive["log"]["entries"].as_array().unwrap();
    assert_eq!(entries.len(), job.fake.requests().len());
    assert_eq!(entries[0]["response"]["status"], 201);
    assert!(!text.contains(TOKEN));
    job.run("run --results r.xml --http-log log.har").code(0);
    job.sandbox.write("mine.har", b"{}");
    job.run("run --results r.xml --http-log mine.har").code(2).says("exists and is no log of ci-gen");
}

#[test]
fn while_tests_run_it_is_said_how_far_they_are() {
    let job = Job::new("");
    let script = format!("sleep 1.2; cat > part.xml <<'X'\n{GREEN}\nX\nsleep 3.5; cp part.xml all.xml\n");
    job.sandbox.write("test.sh", script.as_bytes());
    let run = job.run("run -v --update-interval 1 --results part.xml all.xml -- sh test.sh").code(0);
    let statuses = job.statuses();
    assert_eq!(statuses.first().map(String::as_str), Some("pending tests are running"), "{statuses:?}");
    assert!(statuses.contains(&"pending 2 tests so far, 0 failed".to_owned()), "{statuses:?}");
    assert_eq!(statuses.last().map(String::as_str), Some("success 4 tests passed"), "{statuses:?}");
    assert!(run.stderr.contains("so far, after "), "{}", run.stderr);
    let quiet = Job::new(GREEN);
    quiet.run("run --update-on-completion-only --results b.xml -- cp r.xml b.xml").code(0);
    assert_eq!(quiet.statuses(), ["success 2 tests passed"]);
}

/// Every secret has a value of its own, and nothing that the program wrote or sent holds one, but for the header that must.
#[test]
fn no_secret_is_seen_anywhere() {
    let secrets = [
        ("MY_API_TOKEN", "marker-my-api-token"),
        ("DB_PASSWORD", "marker/db+password"),
        ("AWS_SECRET_ACCESS_KEY", "marker-aws\"quoted"),
        ("GITLAB_TOKEN", "marker-gitlab"),
        ("JENKINS_TOKEN", "marker-jenkins"),
        ("CI_JOB_TOKEN", "marker-job"),
        ("HTTPS_PROXY", "http://ada:marker-proxy@127.0.0.1:9"),
    ];
    let values: String = secrets.iter().map(|(_, value)| format!("{value} ")).collect();
    let escaped = values.replace('"', "&quot;");
    let results = format!(
        r#"<testsuite name="s"><testcase classname="a" name="shows {escaped}"><failure message="{escaped}">{escaped}</failure></testcase></testsuite>"#
    );
    let job = Job::new(&results);
    let run = job
        .run_with(
            "run -vv --results r.xml --publish check,status,comment --http-log log.har --log-file run.log",
            &secrets,
        )
        .code(1);
    let mut seen = vec![("stdout".to_owned(), run.stdout), ("stderr".to_owned(), run.stderr)];
    for path in job.sandbox.files().into_iter().filter(|it| it != "r.xml") {
        seen.push((
            path.clone(),
            String::from_utf8_lossy(&fs::read(job.sandbox.path().join(&path)).unwrap()).into_owned(),
        ));
    }
    for request in job.fake.requests() {
        let headers: String =
            request.headers.iter().filter(|(name, _)| *name != "authorization").map(|(_, it)| it.as_str()).collect();
        seen.push((request.path.clone(), format!("{}{headers}{}", request.path, request.body)));
    }
    assert!(seen.len() > 10 && !job.fake.comments().is_empty());
    for (place, text) in seen {
        for marker in
            secrets.iter().map(|(_, value)| *value).chain([TOKEN, "marker-aws", "marker%2Fdb", "marker-proxy"])
        {
            assert!(!text.contains(marker), "{marker} is in {place}: {text}");
        }
    }
}

#[test]
fn the_gate_publishes_and_its_legs_do_not() {
    let job = Job::new("");
    let spec = "schema = 1\nname = \"shop\"\ntargets = [\"github\"]\n\n[job.unit]\ntest = \"cp given.xml r.xml\"\nresults = \"r.xml\"\n\n\
                [job.unit.matrix]\nos = [\"a\", \"b\"]\n\n[report]\ncomment = true\nstatus = true\n\n[tool]\nversion = \"0.1.0\"\n\
                checksum = \"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"\n";
    job.sandbox.write("ci-gen.toml", spec.as_bytes());
    for (leg, results, code) in [("unit-a", GREEN, 0), ("unit-b", RED, 1)] {
        job.sandbox.write("given.xml", results.as_bytes());
        fs::remove_file(job.sandbox.path().join("r.xml")).unwrap_or_default();
        job.run_with(&format!("run unit --output-dir reports/{leg}"), &[("CI_GEN_LEG", leg)]).code(code);
    }
    assert!(job.fake.requests().is_empty());
    job.run("run --aggregate-reports --report-dir reports --output-dir merged").code(1);
    assert_eq!(job.statuses(), ["failure 1 of 4 tests failed"]);
    let comments = job.fake.comments();
    assert!(comments.len() == 1 && comments[0].contains("divides"), "{comments:?}");
}

#[test]
fn a_push_without_a_pull_request_has_no_comment_and_no_fault() {
    let job = Job::new(GREEN);
    let push = [
        ("GITHUB_EVENT_NAME", "push"),
        ("GITHUB_REF", "refs/heads/main"),
        ("GITHUB_HEAD_REF", ""),
        ("GITHUB_BASE_REF", ""),
        ("CI_GEN_HEAD_SHA", "0123456789012345678901234567890123456789"),
    ];
    let run = job.run_with("run --results r.xml --publish comment --strict-publish", &push).code(0);
    assert!(!run.stderr.contains("warning") && job.fake.comments().is_empty(), "{}", run.stderr);
}

#[test]
fn hooks_are_told_and_cannot_hold_up_or_fail_a_run() {
    let spec = "schema = 1\ntargets = [\"github\"]\n\n[job.unit]\ntest = \"cp given.xml r.xml\"\nresults = \"r.xml\"\n\n[hooks]\n\
                run-started = \"cat >> events\"\nattempt-finished = \"cat >> events\"\n\
                run-finished = [\"cat >> events\", \"sleep 60\", \"echo broken >&2; exit 3\"]\npublished = \"cat >> events\"\n\
                timeout = \"1s\"\n";
    let sandbox = Sandbox::with_spec(spec).file("given.xml", RED);
    let run = start(&sandbox, "run unit", std::iter::empty())
        .code(1)
        .says("warning: a hook failed: `sleep 60` took longer than 1 s and was ended")
        .says("ended with exit status: 3: broken");
    let text = fs::read_to_string(sandbox.path().join("events")).unwrap();
    let events: Vec<Value> = serde_json::Deserializer::from_str(&text).into_iter().map(Result::unwrap).collect();
    let names: Vec<&str> = events.iter().map(|it| it["event"].as_str().unwrap()).collect();
    assert_eq!(names, ["run-started", "attempt-finished", "run-finished"], "{}", run.stderr);
    assert_eq!(events[1]["totals"]["failed"], 1);
    assert_eq!(events[2]["result"]["failed_tests"], 1);
}

#[test]
fn on_ones_own_machine_nothing_is_published_unasked() {
    let sandbox = Sandbox::new().file("r.xml", GREEN);
    let fake = GithubKit.start();
    let address = fake.address();
    let variables = [("GITHUB_API_URL", address.as_str()), ("GITHUB_TOKEN", TOKEN)];
    start(&sandbox, "run --results r.xml", variables.into_iter()).code(0);
    assert!(fake.requests().is_empty());
    start(&sandbox, "run --provider local --results r.xml --publish status,comment,tests", std::iter::empty()).code(0);
    let published: Vec<String> =
        sandbox.files().into_iter().filter(|it| it.starts_with("test_results/published/")).collect();
    assert!(published.len() >= 3, "{published:?}");
}

#[test]
fn what_is_wrong_with_the_setting_is_said() {
    let job = Job::new(GREEN);
    job.run("run --results r.xml --publish everything").code(2).says("everything");
    job.run_with("run --results r.xml", &[("CI_GEN_CA_FILE", "no.pem")]).code(2).says("no.pem");
    let run = job
        .run_with("run --results r.xml --publish status", &[("CI_GEN_API_URL", "https://ada:secret-word@127.0.0.1:1")])
        .code(0)
        .says("its address holds credentials");
    assert!(!run.stderr.contains("secret-word"), "{}", run.stderr);
    job.run_with("run --results r.xml --publish status", &[("GITHUB_REPOSITORY", "acme/gone")])
        .code(0)
        .says("warning: no status");
    job.run("run --results r.xml --publish none").code(0);
    start(&job.sandbox, "run --results r.xml --publish status --strict-publish", std::iter::empty())
        .code(5)
        .says("neither the CI system nor the code host is one that is known");
}
