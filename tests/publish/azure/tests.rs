//! What is Azure DevOps' own: batches of results, a run found again, attachments, tokens that are not known.

use std::time::{Duration, Instant};

use ci_gen::{
    net::{Config, Error, Kind},
    providers::{Artifact, BuildStatus, Capability, Category, Comment, Phase, Provider, RunId, State, TestRun},
    report::{Attempt, Case, Details, Report, RunStatus, Status, Suite},
};

use super::{super::kit::Set, *};

fn fast() -> Config {
    Config { backoff: Duration::from_millis(2), ..Config::default() }
}

fn provider(server: &Server<Azure>, more: &[(&str, &str)]) -> Box<dyn Provider> {
    Set::with(&AzureKit, &server.address, more, fast()).provider("azure").unwrap()
}

fn report(passed: usize, failed: usize) -> Report {
    let case = |index: usize, status| Case {
        name: format!("test {index}"),
        class: Some("shop.Cart".to_owned()),
        status,
        duration: Some(0.25),
        details: Details { message: Some("no".to_owned()), trace: Some("at x".to_owned()), ..Details::default() },
        ..Case::default()
    };
    let mut report = Report { suites: vec![Suite::default()], ..Report::default() };
    let statuses = (0..passed).map(|_| Status::Passed).chain((0..failed).map(|_| Status::Failed));
    report.cases = statuses.enumerate().map(|(index, status)| case(index, status)).collect();
    report.cases.iter().for_each(|case| report.totals.count(case));
    report.verdict.passed = failed == 0;
    report.run.start = Some("2026-11-27T10:00:00Z".to_owned());
    report
}

fn run(report: &Report, phase: Phase) -> TestRun<'_> {
    TestRun { identity: "ci-gen:4711:1:unit:linux", title: "acme: unit, linux", report, phase }
}

fn block<T>(future: impl std::future::Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

async fn publish(provider: &dyn Provider, report: &Report) -> Result<RunId, Error> {
    let id = provider.create_test_run(&run(report, Phase::Running)).await?;
    provider.update_test_run(&id, &run(report, Phase::Finished)).await?;
    Ok(id)
}

fn assert_clean(server: &Server<Azure>) {
    assert_eq!(server.wrong(), Vec::<String>::new());
    assert_eq!(server.faults_left(), 0);
}

#[test]
fn results_go_in_batches_and_the_run_says_so() {
    let server = start();
    let provider = provider(&server, &[]);
    let report = report(2200, 5);
    let id = block(publish(&*provider, &report)).unwrap();
    assert_clean(&server);
    let sizes: Vec<usize> = server
        .requests()
        .iter()
        .filter(|it| it.method == "POST" && it.path.ends_with("/results"))
        .map(|it| it.json().as_array().unwrap().len())
        .collect();
    assert_eq!(sizes, [1000, 1000, 205]);
    assert_eq!(server.requests().len(), 7, "a list, the run, a list of results, three batches and the end");
    let seen = SeenRun { title: "acme: unit, linux".to_owned(), finished: true, passed: Some(false), results: 2205 };
    assert_eq!(server.runs(), [seen]);
    let status = block(provider.get_test_run_status(&id)).unwrap();
    assert_eq!(status.status, RunStatus::Failed);
    assert_eq!((status.total_tests, status.passed_tests, status.failed_tests), (2205, 2200, 5));
    server.state(|it| {
        let fields = &it.runs[0].fields;
        assert_eq!(fields["build"]["id"], BUILD);
        assert_eq!(fields["pipelineReference"]["pipelineId"], 4711);
        assert_eq!(fields["pipelineReference"]["jobReference"], json!({ "jobName": "linux", "attempt": 1 }));
        let last = it.runs[0].results.last().unwrap();
        assert_eq!(last["automatedTestName"], "shop.Cart.test 2204");
        assert_eq!(last["durationInMs"], 250);
    });
}

#[test]
fn nothing_is_doubled_whatever_is_lost() {
    type When = fn(&Request) -> bool;
    let list: When = |it| it.method == "GET" && it.path.ends_with("/test/runs");
    let create: When = |it| it.method == "POST" && it.path.ends_with("/test/runs");
    let add: When = |it| it.method == "POST" && it.path.ends_with("/results");
    let end: When = |it| it.method == "PATCH";
    let report = report(1001, 2);
    for when in [list, create, add, end] {
        for fault in [Fault::Lost, Fault::Cut, Fault::Reset, Fault::Says(Answer::page(502, "Bad Gateway"))] {
            let server = start();
            server.state(|it| it.bare = matches!(fault, Fault::Cut));
            server.fault(when, fault.clone());
            let provider = provider(&server, &[]);
            block(publish(&*provider, &report)).unwrap_or_else(|error| panic!("{fault:?}: {error}"));
            block(publish(&*provider, &report)).unwrap();
            assert_clean(&server);
            let runs = server.runs();
            assert_eq!(runs.len(), 1, "{fault:?}");
            assert_eq!((runs[0].results, runs[0].finished), (1003, true), "{fault:?}");
        }
    }
}

#[test]
fn a_run_among_many_is_found_again() {
    let server = start();
    server.state(|it| {
        for index in 0..1003 {
            it.runs.push(Run { fields: json!({ "name": index.to_string(), "comment": "by hand" }), ..Run::default() });
        }
    });
    let provider = provider(&server, &[]);
    let report = report(1, 0);
    let one = block(provider.create_test_run(&run(&report, Phase::Running))).unwrap();
    let two = block(provider.create_test_run(&run(&report, Phase::Running))).unwrap();
    assert_eq!((one.0.as_str(), two.0.as_str()), ("1004", "1004"));
    let other = TestRun { identity: "ci-gen:4711:2:unit:linux", ..run(&report, Phase::Running) };
    assert_eq!(block(provider.create_test_run(&other)).unwrap().0, "1005");
    assert_clean(&server);
}

#[test]
fn what_tests_say_is_cut_and_attempts_are_kept() {
    let server = start();
    let provider = provider(&server, &[]);
    let mut report = report(0, 1);
    let long = format!("\u{1b}[31m\0😀{}", "ü\n".repeat(500_000));
    let details = Details { message: Some(long.clone()), trace: Some(long.clone()), ..Details::default() };
    let failed = Attempt { status: Status::Errored, duration: Some(f64::MAX), details: details.clone() };
    report.cases[0] = Case {
        name: long.clone(),
        class: Some(long.clone()),
        status: Status::Errored,
        details,
        attempts: vec![failed; 3],
        ..Case::default()
    };
    let title = TestRun { title: &long, ..run(&report, Phase::Running) };
    let id = block(provider.create_test_run(&title)).unwrap();
    block(provider.update_test_run(&id, &TestRun { phase: Phase::Finished, ..title })).unwrap();
    assert_clean(&server);
    server.state(|it| {
        let result = &it.runs[0].results[0];
        assert_eq!(result["resultGroupType"], "rerun");
        assert_eq!(result["subResults"].as_array().unwrap().len(), 4);
        assert!(!result.to_string().contains("u001b"));
    });
}

#[test]
fn a_run_without_a_failing_test_is_not_shown_as_good() {
    let server = start();
    let provider = provider(&server, &[]);
    let mut report = report(3, 0);
    report.verdict.passed = false;
    block(publish(&*provider, &report)).unwrap();
    assert_clean(&server);
    assert_eq!(server.runs()[0].passed, Some(false));
}

#[test]
fn a_file_is_attached_once() {
    let server = start();
    let provider = provider(&server, &[]);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("shot.png");
    std::fs::write(&path, [0, 159, 146, 150]).unwrap();
    let report = report(1, 0);
    let id = block(provider.create_test_run(&run(&report, Phase::Running))).unwrap();
    let artifact = Artifact { name: "a/shot.png", category: Category::Screenshot, path: &path, run: Some(&id) };
    server.fault(|it| it.method == "POST" && it.path.ends_with("/attachments"), Fault::Lost);
    for _ in 0..2 {
        block(provider.upload_artifact(&artifact)).unwrap();
    }
    assert_clean(&server);
    server.state(|it| {
        assert_eq!(it.runs[0].attachments.len(), 1);
        assert_eq!(it.runs[0].attachments[0]["fileName"], "a_shot.png");
        assert_eq!(it.runs[0].attachments[0]["stream"], "AJ+Slg==");
    });
    let without = Artifact { run: None, ..artifact };
    assert_eq!(block(provider.upload_artifact(&without)).unwrap_err().kind, Kind::Configuration);
}

#[test]
fn whoever_is_not_known_is_told_how_to_be() {
    let page = |status| Answer::page(status, "Azure DevOps Services | Sign In");
    let away = page(302).header("location", "https://spsprodeus1.vssps.visualstudio.com/_signin?realm=dev.azure.com");
    for answer in [page(203), page(200), page(401), away] {
        let server = start();
        server.fault(|_| true, Fault::Says(answer));
        let error = block(publish(&*provider(&server, &[]), &report(1, 0))).unwrap_err();
        assert_eq!(error.kind, Kind::Authentication, "{error}");
        assert!(error.help.as_deref().unwrap().contains("SYSTEM_ACCESSTOKEN: $(System.AccessToken)"), "{error:?}");
        assert!(!format!("{error:?}").contains(TOKEN));
        assert_eq!(server.requests().len(), 1, "no token gets better by asking again");
    }
    // A token that the server does not know, and what is no token at all.
    let server = start();
    let error = block(publish(&*provider(&server, &[("SYSTEM_ACCESSTOKEN", "x.y.z")]), &report(1, 0))).unwrap_err();
    assert_eq!(error.kind, Kind::Authentication);
    for (name, value) in [("SYSTEM_ACCESSTOKEN", "$(System.AccessToken)"), ("SYSTEM_ACCESSTOKEN", "")] {
        let set = Set::with(&AzureKit, &server.address, &[(name, value)], fast());
        let error = set.provider("azure").err().unwrap();
        assert_eq!(error.kind, Kind::Authentication);
        assert!(error.help.unwrap().contains("$(System.AccessToken)"));
    }
}

#[test]
fn a_personal_token_will_do() {
    let server = start();
    let more = [("SYSTEM_ACCESSTOKEN", ""), ("AZURE_DEVOPS_EXT_PAT", TOKEN)];
    block(publish(&*provider(&server, &more), &report(1, 0))).unwrap();
    assert_eq!(server.runs().len(), 1);
}

#[test]
fn whoever_is_slowed_down_waits() {
    let server = start();
    let slow = json!({ "count": 0, "value": [] });
    server.fault(|it| it.method == "GET", Fault::Says(Answer::json(200, slow).header("retry-after", "1")));
    let start = Instant::now();
    block(publish(&*provider(&server, &[]), &report(1, 0))).unwrap();
    assert!(start.elapsed() >= Duration::from_secs(1));
    assert_clean(&server);
}

#[test]
fn code_at_another_host_has_its_own_provider() {
    let server = start();
    let more = [("BUILD_REPOSITORY_PROVIDER", "GitHub"), ("BUILD_REPOSITORY_NAME", "acme/shop")];
    let elsewhere = provider(&server, &more);
    assert_eq!(elsewhere.capabilities(), [Capability::TestRuns, Capability::Artifacts]);
    let status = BuildStatus { name: "x".to_owned(), state: State::Success, description: String::new(), url: None };
    assert_eq!(block(elsewhere.set_build_status(&status)).unwrap_err().kind, Kind::Configuration);
    assert_eq!(provider(&server, &[]).capabilities(), Capability::ALL);
    let pushed = [
        ("SYSTEM_PULLREQUEST_PULLREQUESTID", ""),
        ("SYSTEM_PULLREQUEST_SOURCEBRANCH", ""),
        ("SYSTEM_PULLREQUEST_SOURCECOMMITID", ""),
        ("BUILD_SOURCEBRANCH", "refs/heads/main"),
        ("BUILD_SOURCEVERSION", SHA),
    ];
    let pushed = provider(&server, &pushed);
    assert_eq!(pushed.capabilities(), [Capability::TestRuns, Capability::Statuses, Capability::Artifacts]);
}

#[test]
fn a_status_is_said_of_commit_and_pull_request() {
    let server = start();
    let provider = provider(&server, &[]);
    for state in [State::Pending, State::Failure] {
        let name = "ci-gen/unit/linux".to_owned();
        let description = "3 of\n4 tests failed".to_owned();
        block(provider.set_build_status(&BuildStatus { name, state, description, url: None })).unwrap();
    }
    assert_clean(&server);
    assert_eq!(server.statuses(), [("ci-gen/unit/linux".to_owned(), "failure".to_owned())]);
    server.state(|it| {
        let status = it.pull_request.last().unwrap();
        assert_eq!(status["context"], json!({ "genre": "ci-gen", "name": "unit/linux" }));
        assert_eq!(status["description"], "3 of 4 tests failed");
        assert!(status["targetUrl"].as_str().unwrap().ends_with("/_build/results?buildId=4711"));
    });
}

#[test]
fn a_comment_asks_nobody_for_an_answer() {
    let server = start();
    server.chatter(120);
    let provider = provider(&server, &[]);
    let mut report = report(1, 1);
    report.merged.push(Default::default());
    let comment = Comment { key: "acme unit", leg: None, report: &report, whole: "report.html" };
    for _ in 0..2 {
        block(provider.add_pr_comment(&comment)).unwrap();
    }
    assert_clean(&server);
    assert_eq!(server.comments().iter().filter(|it| it.contains("ci-gen:report")).count(), 1);
    server.state(|it| assert_eq!(it.threads.last().unwrap()["status"], "closed"));
    // Somebody else's account wrote it: this one cannot change that, and writes its own.
    server.state(|it| it.threads.last_mut().unwrap()["comments"][0]["author"]["id"] = json!("somebody"));
    let mut worse = report.clone();
    worse.totals.failed += 1;
    block(provider.add_pr_comment(&Comment { report: &worse, ..comment })).unwrap();
    assert_eq!(server.comments().iter().filter(|it| it.contains("ci-gen:report")).count(), 2);
    assert_clean(&server);
}

#[test]
fn a_dry_run_asks_nobody() {
    let server = start();
    let config = Config { mode: ci_gen::net::Mode::Dry, ..fast() };
    let set = Set::with(&AzureKit, &server.address, &[], config);
    let provider = set.provider("azure").unwrap();
    let report = report(1500, 1);
    let id = block(publish(&*provider, &report)).unwrap();
    assert_eq!(block(provider.get_test_run_status(&id)).unwrap().total_tests, 0);
    let comment = Comment { key: "acme unit", leg: Some("linux"), report: &report, whole: "report.html" };
    block(provider.add_pr_comment(&comment)).unwrap();
    let planned = set.client.planned().join("\n");
    assert!(planned.contains("/test/Runs/ID/results?api-version=7.1") && !planned.contains(TOKEN));
    assert!(server.requests().is_empty());
}
