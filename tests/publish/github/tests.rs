//! What only GitHub does: annotations in batches, limits in bytes, tokens that may not, addresses of servers.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use ci_gen::{
    context::Field,
    net::{Clock, Config, Kind, Mode},
    providers::{BuildStatus, Capability, Comment, Phase, Posted, Provider, RunId, State, TestRun},
    report::{Case, Details, Report, Run, RunStatus, Status},
};
use serde_json::Value;

use super::{
    super::{
        kit::{Fake, Kit, Set},
        server::{Fault, Request, Server},
    },
    no, start, Github, GithubKit, May, SHA,
};

/// A clock that nobody waits for: waits are added to the time.
#[derive(Default)]
struct Quick(Mutex<Duration>);

impl Clock for Quick {
    fn now(&self) -> SystemTime {
        SystemTime::now() + *self.0.lock().unwrap()
    }

    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        *self.0.lock().unwrap() += time;
        Box::pin(std::future::ready(()))
    }

    fn chance(&self) -> f64 {
        0.5
    }
}

struct Bench {
    server: Server<Github>,
    set: Set,
    clock: Arc<Quick>,
}

impl Bench {
    fn new() -> Self {
        Bench::with(&[], Config::default())
    }

    fn with(more: &[(&str, &str)], config: Config) -> Self {
        let (server, clock) = (start(), Arc::<Quick>::default());
        let set = Set::with(&GithubKit, &server.address, more, Config { clock: clock.clone(), ..config });
        Bench { server, set, clock }
    }

    fn provider(&self) -> Box<dyn Provider> {
        self.set.provider("github").unwrap()
    }

    fn waited(&self) -> Duration {
        *self.clock.0.lock().unwrap()
    }

    /// The annotations of the only check run.
    fn annotations(&self) -> Vec<Value> {
        self.server.state(|it| {
            assert_eq!(it.checks.len(), 1);
            it.checks[0]["output"]["annotations"].as_array().unwrap().clone()
        })
    }

    fn summary(&self) -> String {
        self.server.state(|it| it.checks[0]["output"]["summary"].as_str().unwrap().to_owned())
    }

    /// Requests of a method whose path holds a word.
    fn count(&self, method: &str, word: &str) -> usize {
        self.server.requests().iter().filter(|it| it.method == method && it.path.contains(word)).count()
    }
}

fn block<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// A report with so many failing tests that have a place.
fn report(failing: usize) -> Report {
    let case = |number: usize| Case {
        name: format!("test {number}"),
        file: Some(format!("src/part_{}.py", number % 9)),
        line: Some(number as u64 + 1),
        status: Status::Failed,
        details: Details { message: Some(format!("{number} is not 0")), ..Details::default() },
        ..Case::default()
    };
    of((0..failing).map(case).collect())
}

fn of(cases: Vec<Case>) -> Report {
    let run = Run { id: "4711".to_owned(), attempt: 1, ..Run::default() };
    let mut report = Report { run, ..Report::default() };
    let fine = Case { name: "fine".to_owned(), duration: Some(1.5), ..Case::default() };
    report.cases = cases.into_iter().chain([fine]).collect();
    for case in &report.cases {
        report.totals.count(case);
    }
    report.verdict.passed = report.totals.failures() == 0;
    report
}

fn run(report: &Report, phase: Phase) -> TestRun<'_> {
    TestRun { identity: "ci-gen:4711.1/unit/linux", title: "acme / unit (linux)", report, phase }
}

async fn publish(provider: &dyn Provider, report: &Report) -> RunId {
    let id = provider.create_test_run(&run(report, Phase::Running)).await.unwrap();
    provider.update_test_run(&id, &run(report, Phase::Finished)).await.unwrap();
    id
}

fn is_patch(request: &Request) -> bool {
    request.method == "PATCH"
}

fn lines(annotations: &[Value]) -> Vec<u64> {
    annotations.iter().map(|it| it["start_line"].as_u64().unwrap()).collect()
}

#[test]
fn annotations_go_in_batches_and_none_goes_twice() {
    for fault in [Fault::Lost, Fault::Reset, Fault::Cut] {
        for (failing, nth) in [(1, 0), (50, 0), (51, 1), (120, 1), (120, 2)] {
            let bench = Bench::new();
            let seen = Mutex::new(0);
            let when = move |it: &Request| {
                let mut seen = seen.lock().unwrap();
                *seen += usize::from(is_patch(it));
                is_patch(it) && *seen == nth + 1
            };
            bench.server.fault(when, fault.clone());
            let report = report(failing);
            block(async {
                let provider = bench.provider();
                let id = publish(&*provider, &report).await;
                // Once again, as after a crash.
                provider.update_test_run(&id, &run(&report, Phase::Finished)).await.unwrap();
            });
            let expected: Vec<u64> = (1..=failing as u64).collect();
            assert_eq!(lines(&bench.annotations()), expected, "{fault:?}, {failing} failures, PATCH {nth}");
            assert_eq!((bench.server.faults_left(), bench.server.wrong()), (0, Vec::<String>::new()));
            assert_eq!(bench.server.runs()[0].passed, Some(false));
        }
    }
}

#[test]
fn a_check_run_is_created_once() {
    for fault in [Fault::Lost, Fault::Reset, Fault::Cut, Fault::Says(no(502, "Server Error"))] {
        let bench = Bench::new();
        bench.server.fault(|it| it.method == "POST", fault);
        let report = report(0);
        block(async {
            let provider = bench.provider();
            let first = publish(&*provider, &report).await;
            assert_eq!(publish(&*provider, &report).await, first);
        });
        assert_eq!(bench.server.runs().len(), 1);
        assert_eq!(bench.server.runs()[0].passed, Some(true));
        assert_eq!(bench.server.wrong(), Vec::<String>::new());
    }
}

#[test]
fn a_check_run_is_found_on_every_page_and_behind_others_of_its_name() {
    let bench = Bench::new();
    let report = report(0);
    block(async {
        let provider = bench.provider();
        let mine = provider.create_test_run(&run(&report, Phase::Running)).await.unwrap();
        for number in 0..150 {
            // The same suite in another run of the pipeline, for the same commit.
            bench.server.state(|it| {
                let mut other = it.checks[0].clone();
                other["id"] = (5000 + number).into();
                other["external_id"] = format!("other {number}").into();
                it.checks.push(other.clone());
                if number < 110 {
                    it.checks.rotate_right(1);
                }
            });
        }
        let before = bench.count("GET", "/check-runs");
        assert_eq!(provider.create_test_run(&run(&report, Phase::Running)).await.unwrap(), mine);
        assert_eq!(bench.count("GET", "/check-runs") - before, 2);
    });
    assert_eq!(bench.count("POST", "/check-runs"), 1);
}

#[test]
fn a_run_that_goes_on_is_told_without_annotations() {
    let bench = Bench::new();
    let (some, all) = (report(3), report(5));
    let id = block(async {
        let provider = bench.provider();
        let id = provider.create_test_run(&run(&some, Phase::Running)).await.unwrap();
        for _ in 0..3 {
            provider.update_test_run(&id, &run(&some, Phase::Running)).await.unwrap();
        }
        let seen = bench.server.runs()[0].clone();
        assert_eq!((seen.finished, seen.passed, seen.results), (false, None, 0));
        assert_eq!(provider.get_test_run_status(&id).await.unwrap().status, RunStatus::Running);
        provider.update_test_run(&id, &run(&all, Phase::Finished)).await.unwrap();
        let status = provider.get_test_run_status(&id).await.unwrap();
        let counts = (status.total_tests, status.passed_tests, status.failed_tests, status.skipped_tests);
        assert_eq!((status.status, counts, status.duration_seconds), (RunStatus::Failed, (6, 1, 5, 0), 1.5));
        assert_eq!(status.metadata["external_id"], "ci-gen:4711.1/unit/linux");
        id
    });
    assert_eq!(lines(&bench.annotations()), [1, 2, 3, 4, 5]);
    let page = "https://github.com/acme/shop/actions/runs/4711/attempts/1";
    let check = bench.server.state(|it| it.checks[0].clone());
    assert_eq!((check["details_url"].as_str(), check["id"].to_string()), (Some(page), id.0));
    assert!(bench.summary().contains("5 of 6 tests failed"), "{}", bench.summary());
    // Writes keep their distance: one POST, four PATCHes.
    assert!(bench.waited() >= Duration::from_millis(3500), "{:?}", bench.waited());
}

#[test]
fn the_summary_is_measured_in_bytes() {
    let wide = |length: usize| Case {
        name: "\u{1f389}ä日".repeat(20),
        status: Status::Failed,
        details: Details {
            message: Some("ä日\u{1f389}".repeat(length)),
            trace: Some("日本\n".repeat(400)),
            ..Details::default()
        },
        ..Case::default()
    };
    for length in 0..12 {
        let bench = Bench::new();
        let report = of((0..120).map(|it| wide(it + length)).collect());
        block(async { publish(&*bench.provider(), &report).await });
        let summary = bench.summary();
        assert!(summary.len() <= 65_535 && summary.len() > 60_000, "{} bytes", summary.len());
        assert!(summary.ends_with(" -->\n") && summary.contains("Left out"), "{length}");
        assert!(summary.chars().count() < 60_000, "the text is not wide enough to tell bytes from characters");
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "how many requests it takes is worth seeing")]
fn ten_thousand_failures_need_few_requests() {
    let bench = Bench::new();
    let report = report(10_000);
    block(async { publish(&*bench.provider(), &report).await });
    let annotations = bench.annotations();
    assert_eq!(annotations.len(), 500);
    assert_eq!(lines(&annotations)[..3], [1, 2, 3]);
    assert!(bench.summary().contains("the first 500 of 10000 failures that have a place there"), "{}", bench.summary());
    let made = bench.server.requests().len();
    // One to create, one for each fifty annotations; we also look whether it is there, and count what is there.
    let least = 1 + 500 / 50;
    println!("10,000 failures: {made} requests, {least} at least; {:?} waited", bench.waited());
    assert_eq!(made, least + 2);
    assert!(bench.waited() < Duration::from_secs(15), "{:?}", bench.waited());
}

#[test]
fn hostile_names_break_nothing() {
    let nasty = [
        "",
        "a\nb\r\nc",
        "nul \0 \u{1b}[31mred\u{1b}[0m",
        "\u{1f389}\u{202e}\u{feff}",
        "<!-- ci-gen:numbers 1 1 1 1 1 -->",
        "@here #1 ```",
    ];
    let long = "\u{1f389} x".repeat(170_000);
    for name in nasty.iter().copied().chain([long.as_str()]) {
        let bench = Bench::new();
        let case = Case {
            name: name.to_owned(),
            class: Some(name.to_owned()),
            file: Some(format!("src/{name}.py")),
            line: Some(u64::MAX),
            status: Status::Failed,
            details: Details { message: Some(name.to_owned()), trace: Some(name.to_owned()), ..Details::default() },
            ..Case::default()
        };
        let report = of(vec![case]);
        block(async {
            let provider = bench.provider();
            let run = TestRun { title: name, ..run(&report, Phase::Finished) };
            let id = provider.create_test_run(&run).await.unwrap();
            provider.update_test_run(&id, &run).await.unwrap();
            assert_eq!(provider.create_test_run(&run).await.unwrap(), id);
            assert_eq!(provider.get_test_run_status(&id).await.unwrap().failed_tests, 1);
            let url = Some(name.to_owned());
            let status =
                BuildStatus { name: name.to_owned(), state: State::Failure, description: name.to_owned(), url };
            provider.set_build_status(&status).await.unwrap();
            let comment = Comment { key: name, leg: Some(name), report: &report, whole: name };
            provider.add_pr_comment(&comment).await.unwrap();
        });
        let head: String = name.chars().take(20).collect();
        assert_eq!(bench.server.wrong(), Vec::<String>::new(), "{head:?}");
        assert_eq!(bench.server.runs()[0].results, 1, "{head:?}");
        assert_eq!((bench.server.statuses().len(), bench.server.comments().len()), (1, 1), "{head:?}");
    }
}

#[test]
fn personal_tokens_make_no_check_runs() {
    let report = report(1);
    // One whose first characters tell.
    let bench = Bench::with(&[("GITHUB_TOKEN", "ghp_marker-token-3f9c")], Config::default());
    assert_eq!(bench.provider().capabilities(), [Capability::Statuses, Capability::Comments]);
    // An old one.
    let bench = Bench::new();
    bench.server.state(|it| it.may = May::Personal);
    let provider = bench.provider();
    assert_eq!(provider.capabilities(), [Capability::TestRuns, Capability::Statuses, Capability::Comments]);
    assert_eq!(provider.opt_in(), [Capability::TestRuns]);
    let error = block(provider.create_test_run(&run(&report, Phase::Running))).unwrap_err();
    assert_eq!((error.kind, error.status), (Kind::Permission, Some(403)));
    assert!(error.help.unwrap().contains("only GitHub Apps can make check runs"));
    assert!(block(provider.set_build_status(&status(State::Success))).is_ok());
}

fn status(state: State) -> BuildStatus {
    BuildStatus { name: "ci-gen/unit".to_owned(), state, description: "fine".to_owned(), url: None }
}

#[test]
fn tokens_of_forks_only_read_and_the_error_says_so() {
    for (fork, words) in [(true, "`workflow_run`"), (false, "")] {
        let mut bench = Bench::new();
        bench.set.context.fork = Some(Field::new(fork, "event"));
        bench.server.state(|it| it.may = May::Read);
        let (provider, report) = (bench.provider(), report(1));
        let check = block(provider.create_test_run(&run(&report, Phase::Running))).unwrap_err();
        let comment = Comment { key: "k", leg: None, report: &report, whole: "" };
        let comment = block(provider.add_pr_comment(&comment)).unwrap_err();
        let status = block(provider.set_build_status(&status(State::Success))).unwrap_err();
        for (error, needed) in [
            (check, "`checks: write`"),
            (comment, "`issues: write` or `pull-requests: write`"),
            (status, "`statuses: write`"),
        ] {
            let help = error.help.clone().unwrap();
            assert_eq!(error.kind, Kind::Permission, "{error}");
            assert!(error.to_string().contains("Resource not accessible by integration"), "{error}");
            assert!(help.contains(needed) && help.contains(words), "{help}");
            assert_eq!(help.contains("forks"), fork, "{help}");
        }
    }
}

#[test]
fn a_limit_may_come_as_what_is_forbidden() {
    let reset = |seconds: u64| {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        (now + seconds).to_string()
    };
    let spent = || no(403, "API rate limit exceeded for installation ID 1.").header("x-ratelimit-remaining", "0");
    for (answer, least, most) in [
        (spent().header("x-ratelimit-reset", reset(20)), 18, 23),
        (no(429, "Too many").header("retry-after", "9"), 9, 11),
        (no(403, "You have exceeded a secondary rate limit."), 60, 62),
        (no(403, "You have triggered an abuse detection mechanism."), 60, 62),
        (no(422, "was submitted too quickly"), 60, 62),
    ] {
        let bench = Bench::new();
        bench.server.fault(Request::writes, Fault::Says(answer.clone()));
        block(bench.provider().set_build_status(&status(State::Success))).unwrap();
        let waited = bench.waited().as_secs();
        assert!((least..=most).contains(&waited), "{waited} s after {answer:?}");
        assert_eq!(bench.server.statuses().len(), 1);
    }
    // Nobody waits for an hour.
    let bench = Bench::new();
    bench.server.fault(Request::writes, Fault::Says(spent().header("x-ratelimit-reset", reset(3000))));
    let error = block(bench.provider().set_build_status(&status(State::Success))).unwrap_err();
    assert_eq!((error.kind, bench.server.requests().len()), (Kind::RateLimit, 1));
    assert!(error.wait.unwrap() > Duration::from_secs(2900), "{error:?}");
}

#[test]
fn what_is_not_there_is_said() {
    let bench = Bench::with(&[("CI_GEN_HEAD_SHA", "0000000000000000000000000000000000000000")], Config::default());
    let (provider, report) = (bench.provider(), report(0));
    let run = block(provider.create_test_run(&run(&report, Phase::Running))).unwrap_err();
    let status = block(provider.set_build_status(&status(State::Success))).unwrap_err();
    for error in [run, status] {
        assert_eq!((error.kind, error.status), (Kind::NotFound, Some(422)), "{error}");
        assert!(error.to_string().contains("No commit found"), "{error}");
    }
    let missing = block(provider.update_test_run(&RunId("1".to_owned()), &super::tests::run(&report, Phase::Finished)));
    assert_eq!(missing.unwrap_err().kind, Kind::NotFound);
    let bench = Bench::with(&[("GITHUB_REPOSITORY", "acme/other")], Config::default());
    let error = block(bench.provider().get_test_run_status(&RunId("1".to_owned()))).unwrap_err();
    assert_eq!(error.kind, Kind::NotFound);
    assert!(error.help.unwrap().contains("`checks: read`"));
}

#[test]
fn a_locked_pull_request_takes_no_comment() {
    let bench = Bench::new();
    bench.server.state(|it| it.locked = true);
    let report = report(1);
    let comment = Comment { key: "k", leg: None, report: &report, whole: "" };
    let error = block(bench.provider().add_pr_comment(&comment)).unwrap_err();
    assert_eq!((error.kind, bench.count("POST", "/comments")), (Kind::Permission, 1));
    assert!(error.help.unwrap().contains("unlock"));
    let bench = Bench::new();
    bench.server.fault(|it| it.method == "POST", Fault::Says(no(410, "This issue was deleted")));
    assert_eq!(block(bench.provider().add_pr_comment(&comment)).unwrap_err().kind, Kind::NotFound);
}

#[test]
fn the_pull_request_of_a_push_is_looked_for() {
    let push = [
        ("GITHUB_EVENT_NAME", "push"),
        ("GITHUB_REF", "refs/heads/fix"),
        ("GITHUB_HEAD_REF", ""),
        ("GITHUB_BASE_REF", ""),
        ("GITHUB_SHA", SHA),
    ];
    let report = report(2);
    let comment = Comment { key: "k", leg: None, report: &report, whole: "the run" };
    let bench = Bench::with(&push, Config::default());
    bench.server.chatter(120);
    let provider = bench.provider();
    assert!(provider.capabilities().contains(&Capability::Comments));
    for _ in 0..2 {
        let posted = block(provider.add_pr_comment(&comment)).unwrap();
        assert!(matches!(posted, Posted::There { url: Some(url), .. } if url.contains("/pull/7#issuecomment-")));
    }
    assert_eq!(bench.server.comments().len(), 121);
    // What has no open pull request has nothing to comment on, and nobody is asked more than once.
    let bench = Bench::with(&push, Config::default());
    bench.server.state(|it| it.open = false);
    let error = block(bench.provider().add_pr_comment(&comment)).unwrap_err();
    assert_eq!((error.kind, bench.server.requests().len()), (Kind::NotFound, 1));
    assert!(error.to_string().contains("no open pull request has the commit c0ffee00"), "{error}");
    // A tag has none.
    let bench = Bench::with(&[push[0], ("GITHUB_REF", "refs/tags/v1"), push[2], push[3], push[4]], Config::default());
    assert_eq!(bench.provider().capabilities(), [Capability::TestRuns, Capability::Statuses]);
    assert_eq!(block(bench.provider().add_pr_comment(&comment)).unwrap_err().kind, Kind::Configuration);
}

#[test]
fn servers_of_ones_own_are_reached() {
    let bench = Bench::new();
    let host = bench.server.address.clone();
    let api = format!("{host}/api/v3");
    for more in
        [vec![("GITHUB_API_URL", api.as_str())], vec![("GITHUB_API_URL", ""), ("GITHUB_SERVER_URL", host.as_str())]]
    {
        let set = Set::with(&GithubKit, &host, &more, Config::default());
        let before = bench.server.requests().len();
        block(set.provider("github").unwrap().set_build_status(&status(State::Pending))).unwrap();
        let requests = bench.server.requests();
        assert_eq!(requests[before].path, format!("/api/v3/repos/acme/shop/statuses/{SHA}"));
    }
}

#[test]
fn what_is_missing_is_said_before_anything_is_asked() {
    for (name, value, kind, word) in [
        ("GITHUB_TOKEN", "", Kind::Authentication, "GITHUB_TOKEN"),
        ("GITHUB_TOKEN", "two words", Kind::Authentication, "GITHUB_TOKEN"),
        ("GITHUB_REPOSITORY", "", Kind::Configuration, "which repository"),
        ("GITHUB_REPOSITORY", "shop", Kind::Configuration, "`shop` is no repository"),
        ("GITHUB_API_URL", "ftp://example.com", Kind::Configuration, "http"),
    ] {
        let bench = Bench::with(&[(name, value)], Config::default());
        let error = bench.set.provider("github").err().unwrap();
        assert!(error.kind == kind && error.to_string().contains(word), "{name}: {error}");
        assert!(!format!("{error:?}").contains("two words"), "{error:?}");
    }
    let bench = Bench::with(&[("GITHUB_TOKEN", "marker-of-another")], Config::default());
    let error = block(bench.provider().set_build_status(&status(State::Pending))).unwrap_err();
    assert_eq!((error.kind, error.status), (Kind::Authentication, Some(401)));
    assert!(error.help.unwrap().contains("GITHUB_TOKEN"));
}

#[test]
fn a_dry_run_asks_nobody() {
    let bench = Bench::with(&[], Config { mode: Mode::Dry, ..Config::default() });
    let report = report(120);
    let (provider, comment) = (bench.provider(), Comment { key: "k", leg: None, report: &report, whole: "" });
    block(async {
        let id = publish(&*provider, &report).await;
        provider.update_test_run(&id, &run(&report, Phase::Running)).await.unwrap();
        provider.get_test_run_status(&id).await.unwrap();
        provider.add_pr_comment(&comment).await.unwrap();
        provider.set_build_status(&status(State::Success)).await.unwrap();
    });
    assert!(bench.server.requests().is_empty());
    let planned = bench.set.client.planned();
    assert!(planned.iter().any(|it| it.contains("PATCH") && it.contains("/check-runs/ID")), "{planned:?}");
    assert!(planned.iter().all(|it| !it.contains("marker-token")));
    assert_eq!(GithubKit.name(), "github");
}
