//! What is Jenkins' own: one description for all legs, crumbs, and permissions in headers.

use std::{sync::Arc, time::Duration};

use ci_gen::{
    net::{Config, Kind},
    providers::{Phase, Provider, RunId, TestRun},
    report::{Report, RunStatus},
};

use super::{super::kit::Set, *};

fn fast() -> Config {
    Config { backoff: Duration::from_millis(2), ..Config::default() }
}

fn provider(server: &Server<Jenkins>, more: &[(&str, &str)]) -> Box<dyn Provider> {
    Set::with(&JenkinsKit, &server.address, more, fast()).provider("jenkins").unwrap()
}

fn report(leg: Option<&str>) -> Report {
    let mut report = Report::default();
    (report.totals.tests, report.totals.passed) = (3, 3);
    report.verdict.passed = true;
    report.run.leg = leg.map(str::to_owned);
    report
}

fn run<'a>(report: &'a Report, title: &'a str, phase: Phase) -> TestRun<'a> {
    TestRun { identity: title, title, report, phase }
}

fn block<T>(future: impl std::future::Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

#[test]
fn the_description_keeps_what_others_wrote() {
    let server = start();
    server.state(|it| it.description = Some("<b>nightly</b>".to_owned()));
    let provider = provider(&server, &[]);
    let report = report(None);
    let id = block(provider.create_test_run(&run(&report, "acme: unit", Phase::Running))).unwrap();
    block(provider.create_test_run(&run(&report, "acme: <e2e>", Phase::Running))).unwrap();
    block(provider.update_test_run(&id, &run(&report, "acme: unit", Phase::Finished))).unwrap();
    let text = server.state(|it| it.description.clone()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines,
        [
            "<b>nightly</b>",
            "✅ acme: unit: 3 tests passed (ci-gen)",
            "⏳ acme: ‹e2e›: 3 tests so far, 0 failed (ci-gen)"
        ]
    );
    assert_eq!(server.wrong(), Vec::<String>::new());
    // A redirect says that it is done, and nobody goes there.
    assert!(server.requests().iter().all(|it| it.path != format!("{BUILD}/")));
}

#[test]
fn legs_at_once_keep_each_others_lines() {
    let server = Arc::new(start());
    let legs = ["linux", "windows", "macos", "bsd"];
    let threads = legs.map(|leg| {
        let server = server.clone();
        std::thread::spawn(move || {
            let provider = provider(&server, &[]);
            let (report, title) = (report(Some(leg)), format!("acme: unit, {leg}"));
            block(provider.update_test_run(&RunId(leg.to_owned()), &run(&report, &title, Phase::Finished))).unwrap();
        })
    });
    threads.into_iter().for_each(|it| it.join().unwrap());
    let mut titles: Vec<String> = server.runs().into_iter().map(|it| it.title).collect();
    titles.sort();
    assert_eq!(titles, ["acme: unit, bsd", "acme: unit, linux", "acme: unit, macos", "acme: unit, windows"]);
}

#[test]
fn nothing_is_doubled_whatever_is_lost() {
    for post in [false, true] {
        for fault in [Fault::Lost, Fault::Cut, Fault::Reset, Fault::Says(Answer::page(503, "Starting Jenkins"))] {
            let server = start();
            server.fault(move |it| it.writes() == post, fault.clone());
            let provider = provider(&server, &[]);
            let report = report(None);
            let again = run(&report, "acme: unit", Phase::Finished);
            block(provider.create_test_run(&again)).unwrap_or_else(|error| panic!("{fault:?}: {error}"));
            block(provider.create_test_run(&again)).unwrap();
            assert_eq!(server.runs().len(), 1);
            assert_eq!(server.faults_left(), 0);
        }
    }
}

#[test]
fn a_crumb_is_fetched_where_one_is_wanted() {
    let server = start();
    server.state(|it| it.password = true);
    let provider = provider(&server, &[]);
    let report = report(None);
    for phase in [Phase::Running, Phase::Finished] {
        block(provider.create_test_run(&run(&report, "acme: unit", phase))).unwrap();
    }
    let asked = |path: &str| server.requests().iter().filter(|it| it.path.ends_with(path)).count();
    assert_eq!((asked("/crumbIssuer/api/json"), asked("/submitDescription")), (1, 3));
    // A server that wants a crumb and gives none.
    let server = start();
    let page = || Fault::Says(Answer::page(403, "Error 403 No valid crumb was included in the request"));
    server.fault(Request::writes, page());
    let provider = self::provider(&server, &[]);
    let error = block(provider.create_test_run(&run(&report, "acme: unit", Phase::Running))).unwrap_err();
    assert_eq!(error.kind, Kind::Permission);
    assert!(error.words.contains("No valid crumb"), "{error}");
}

#[test]
fn what_is_missing_is_named() {
    let report = report(None);
    let anonymous = Answer::page(403, "Error 403").header("x-you-are-authenticated-as", "anonymous");
    let away = Answer::page(302, "").header("location", "http://127.0.0.1/login?from=%2F");
    let permission = Server::forbidden(&start());
    for (answer, kind, help) in [
        (permission, Kind::Permission, "hudson.model.Run.Update"),
        (anonymous, Kind::Authentication, "JENKINS_TOKEN"),
        (away, Kind::Authentication, "JENKINS_TOKEN"),
        (Answer::page(401, "Error 401"), Kind::Authentication, "JENKINS_TOKEN"),
        (Answer::page(404, "Error 404"), Kind::NotFound, "Job/Read"),
    ] {
        let server = start();
        server.fault(Request::writes, Fault::Says(answer));
        let provider = provider(&server, &[]);
        let error = block(provider.create_test_run(&run(&report, "acme: unit", Phase::Running))).unwrap_err();
        assert_eq!(error.kind, kind, "{error}");
        assert!(error.help.as_deref().unwrap().contains(help), "{error:?}");
        assert!(!format!("{error:?}").contains(TOKEN));
    }
    let server = start();
    for name in ["JENKINS_USER", "JENKINS_TOKEN"] {
        let set = Set::with(&JenkinsKit, &server.address, &[(name, "")], fast());
        assert_eq!(set.provider("jenkins").err().unwrap().kind, Kind::Authentication);
    }
}

#[test]
fn a_build_is_found_without_its_address() {
    let server = start();
    let provider = provider(&server, &[("BUILD_URL", "")]);
    let report = report(None);
    block(provider.create_test_run(&run(&report, "acme: unit", Phase::Finished))).unwrap();
    assert_eq!(server.runs().len(), 1);
    let set = Set::with(&JenkinsKit, &server.address, &[("BUILD_URL", ""), ("JENKINS_URL", "")], fast());
    assert_eq!(set.provider("jenkins").err().unwrap().kind, Kind::Configuration);
}

#[test]
fn the_test_report_is_read_in_numbers() {
    let server = start();
    let provider = provider(&server, &[]);
    let id = RunId("x".to_owned());
    let error = block(provider.get_test_run_status(&id)).unwrap_err();
    assert_eq!(error.kind, Kind::NotFound);
    assert!(error.help.unwrap().contains("`junit`"));
    let report = json!({ "_class": "hudson.tasks.junit.TestResult", "duration": 1.5, "empty": false, "failCount": 1,
        "passCount": 5, "skipCount": 2 });
    server.state(|it| it.report = Some(report));
    let result = block(provider.get_test_run_status(&id)).unwrap();
    assert_eq!((result.status, result.total_tests, result.skipped_tests), (RunStatus::Failed, 8, 2));
}

#[test]
fn a_dry_run_asks_nobody() {
    let server = start();
    let set = Set::with(&JenkinsKit, &server.address, &[], Config { mode: ci_gen::net::Mode::Dry, ..fast() });
    let provider = set.provider("jenkins").unwrap();
    let report = report(Some("linux"));
    let id = block(provider.create_test_run(&run(&report, "acme: unit", Phase::Finished))).unwrap();
    block(provider.get_test_run_status(&id)).unwrap();
    assert!(server.requests().is_empty());
    assert!(set.client.planned().join("\n").contains("description=%E2%9C%85+acme"));
}
