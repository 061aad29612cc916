//! What is TeamCity's own: a build without an agent, service messages, the status text of a build.

use std::{collections::BTreeSet, path::Path, time::Duration};

use ci_gen::{
    context::Env,
    net::{Client, Config, Error, Kind, Secrets},
    providers::{BuildStatus, Capability, Phase, Provider, Registry, RunId, Setting, State, TestRun},
    report::{Case, Details, Note, Report, RunStatus, Status},
    systems,
};

use super::{super::kit::Set, *};

fn fast() -> Config {
    Config { backoff: Duration::from_millis(2), ..Config::default() }
}

fn provider(server: &Server<Teamcity>, more: &[(&str, &str)]) -> Box<dyn Provider> {
    Set::with(&TeamcityKit, &server.address, more, fast()).provider("teamcity").unwrap()
}

fn report(passed: usize, failed: usize) -> Report {
    let case = |index: usize, status| Case {
        name: format!("test {}", index / 2),
        status,
        duration: Some(0.25),
        details: Details { message: Some("it's [no]\n|ü 😀".to_owned()), ..Details::default() },
        ..Case::default()
    };
    let mut report = Report::default();
    let statuses = (0..passed).map(|_| Status::Passed).chain((0..failed).map(|_| Status::Failed));
    report.cases = statuses.enumerate().map(|(index, status)| case(index, status)).collect();
    report.cases.iter().for_each(|case| report.totals.count(case));
    report.verdict.passed = failed == 0;
    report.run.start = Some("2026-11-27T10:00:00Z".to_owned());
    report
}

fn run(report: &Report, phase: Phase) -> TestRun<'_> {
    TestRun { identity: "ci-gen:42:1:unit:linux", title: "acme: unit, linux", report, phase }
}

fn block<T>(future: impl std::future::Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

async fn publish(provider: &dyn Provider, report: &Report) -> Result<RunId, Error> {
    let id = provider.create_test_run(&run(report, Phase::Running)).await?;
    provider.update_test_run(&id, &run(report, Phase::Finished)).await?;
    Ok(id)
}

#[test]
fn a_run_from_elsewhere_is_a_build() {
    let server = start();
    let provider = provider(&server, &[]);
    assert_eq!(provider.capabilities(), [Capability::TestRuns]);
    let report = report(7, 2);
    let id = block(publish(&*provider, &report)).unwrap();
    assert_eq!(server.wrong(), Vec::<String>::new());
    let seen = SeenRun { title: "acme: unit, linux".to_owned(), finished: true, passed: Some(false), results: 9 };
    assert_eq!(server.runs(), [seen]);
    let status = block(provider.get_test_run_status(&id)).unwrap();
    assert_eq!((status.status, status.total_tests, status.failed_tests), (RunStatus::Failed, 9, 2));
    server.state(|it| {
        let messages = &it.builds[0].messages;
        let started: Vec<&str> =
            messages.iter().filter(|it| it.kind == "testStarted").map(|it| it.fields["name"].as_str()).collect();
        assert_eq!(started.iter().collect::<BTreeSet<_>>().len(), 9, "{started:?}");
        let failed = messages.iter().find(|it| it.kind == "testFailed").unwrap();
        assert_eq!(failed.fields["message"], "it's [no]\n|ü 😀");
        let flows: BTreeSet<&str> = messages.iter().map(|it| it.fields["flowId"].as_str()).collect();
        assert_eq!(flows.len(), 1);
    });
    let paths: Vec<String> = server.requests().iter().map(|it| format!("{} {}", it.method, it.path)).collect();
    let of = |it: &str| format!("PUT /teamcity/app/rest/builds/id:1/{it}");
    assert!(paths.contains(&of("runningData")) && paths.contains(&of("finishDate")), "{paths:?}");
}

#[test]
fn nothing_is_doubled_whatever_is_lost() {
    let long = report(3000, 2);
    for path in ["/builds", "/buildQueue", "/runningData", "/log", "/finishDate"] {
        for fault in [Fault::Lost, Fault::Cut, Fault::Reset, Fault::Says(Answer::page(502, "Bad Gateway"))] {
            let server = start();
            server.state(|it| it.late = 2);
            server.fault(move |it| it.path.ends_with(path), fault.clone());
            let provider = provider(&server, &[]);
            block(publish(&*provider, &long)).unwrap_or_else(|error| panic!("{path} {fault:?}: {error}"));
            block(publish(&*provider, &long)).unwrap();
            assert_eq!(server.faults_left(), 0);
            let runs = server.runs();
            assert_eq!(runs.len(), 1, "{path} {fault:?}");
            assert_eq!((runs[0].results, runs[0].finished), (3002, true), "{path} {fault:?}");
        }
    }
}

#[test]
fn a_build_that_cannot_be_started_says_why() {
    let server = start();
    server.state(|it| it.stuck = true);
    let error = block(publish(&*provider(&server, &[]), &report(1, 0))).unwrap_err();
    assert_eq!(error.kind, Kind::Configuration);
    assert!(error.words.contains("not a queued build"), "{error}");
    let server = start();
    let elsewhere = provider(&server, &[("TEAMCITY_BUILD_TYPE", "Nowhere")]);
    let error = block(publish(&*elsewhere, &report(1, 0))).unwrap_err();
    assert_eq!(error.kind, Kind::NotFound);
    assert!(error.help.unwrap().contains("TEAMCITY_BUILD_TYPE"));
    let server = start();
    server.fault(Request::writes, Fault::Says(Server::forbidden(&server)));
    let error = block(publish(&*provider(&server, &[]), &report(1, 0))).unwrap_err();
    assert_eq!(error.kind, Kind::Permission);
    assert!(error.help.unwrap().contains("Run build"));
}

#[test]
fn what_tests_say_breaks_no_message() {
    let server = start();
    let provider = provider(&server, &[]);
    let mut report = report(0, 1);
    let long = format!("\u{1b}[31m\0\u{85}\u{2028}##teamcity[x]😀{}", "'|[]\r\n".repeat(200_000));
    let details = Details { message: Some(long.clone()), trace: Some(long.clone()), ..Details::default() };
    report.cases[0] = Case { name: long.clone(), status: Status::Failed, details, ..Case::default() };
    block(publish(&*provider, &report)).unwrap();
    assert_eq!(server.runs()[0].results, 1);
    assert_eq!(server.wrong(), Vec::<String>::new());
}

#[test]
fn the_log_of_an_agent_and_the_log_from_elsewhere_escape_alike() {
    let mut report = Report::default();
    let every: String = (' '..='\u{17f}').chain(['\n', '\r', '\u{2028}', '\u{2029}', '\u{fffd}', '😀']).collect();
    report.verdict.reasons.push(Note { code: "no-results".to_owned(), message: every, ..Note::default() });
    let server = start();
    block(publish(&*provider(&server, &[]), &report)).unwrap();
    let sent = server.requests().into_iter().find(|it| it.path.ends_with("/log")).unwrap().body;
    let sent = sent.lines().find(|it| it.contains("buildProblem")).unwrap().to_owned();
    let announced = systems::Announced { report: &report, markdown: None, token: "x" };
    let announced = systems::get(ci_gen::SystemId::Teamcity).announce(&announced).log;
    let announced = announced.iter().find(|it| it.contains("buildProblem")).unwrap();
    let (sent, announced) = (parse(&sent).unwrap(), parse(announced).unwrap());
    assert_eq!(sent.fields["description"], announced.fields["description"]);
    assert_eq!(sent.fields["identity"], announced.fields["identity"]);
    assert!(sent.fields["description"].contains("'()*+") && sent.fields["description"].contains('😀'));
}

/// A provider inside of a build on an agent.
fn inside(server: &Server<Teamcity>) -> Box<dyn Provider> {
    let mut env = Env::from_iter([
        ("TEAMCITY_VERSION", "2025.11"),
        ("TEAMCITY_BUILD_PROPERTIES_FILE", "/agent/build.properties"),
        ("TEAMCITY_TOKEN", TOKEN),
    ]);
    let address = server.address.replace(':', "\\:");
    env.files.insert(
        "/agent/build.properties".to_owned(),
        "teamcity.configuration.properties.file=/agent/config.properties\n".to_owned(),
    );
    env.files.insert(
        "/agent/config.properties".to_owned(),
        format!("teamcity.serverUrl={address}/teamcity\nteamcity.build.id={ON_AGENT}\n"),
    );
    let context = systems::detect(&env, None, Path::new("/")).unwrap().context;
    let client = Client::new(Config { secrets: Secrets::new([TOKEN]), ..fast() }).unwrap();
    let setting = Setting { env: &env, context: &context, client: &client, api: None };
    Registry::builtin().create("teamcity", &setting).unwrap()
}

#[test]
fn inside_of_a_build_each_status_has_its_part_of_the_text() {
    let server = start();
    let provider = inside(&server);
    assert_eq!(provider.capabilities(), [Capability::Statuses]);
    assert_eq!(provider.opt_in(), [Capability::Statuses]);
    for (name, state) in
        [("ci-gen/unit", State::Pending), ("ci-gen/e2e", State::Error), ("ci-gen/unit", State::Success)]
    {
        let status = BuildStatus { name: name.to_owned(), state, description: "3 tests".to_owned(), url: None };
        block(provider.set_build_status(&status)).unwrap();
    }
    assert_eq!(server.wrong(), Vec::<String>::new());
    let text = server.state(|it| it.text.clone()).unwrap();
    assert_eq!(text, "Tests passed: 3; ci-gen/unit passed: 3 tests; ci-gen/e2e error: 3 tests");
    let report = report(1, 0);
    let error = block(provider.create_test_run(&run(&report, Phase::Running))).unwrap_err();
    assert_eq!(error.kind, Kind::Configuration);
}

#[test]
fn a_dry_run_asks_nobody() {
    let server = start();
    let config = Config { mode: ci_gen::net::Mode::Dry, ..fast() };
    let set = Set::with(&TeamcityKit, &server.address, &[], config);
    let provider = set.provider("teamcity").unwrap();
    let id = block(publish(&*provider, &report(2, 1))).unwrap();
    block(provider.get_test_run_status(&id)).unwrap();
    assert!(server.requests().is_empty());
    let planned = set.client.planned().join("\n");
    assert!(planned.contains("##teamcity[testFailed") && planned.contains("/builds/id:ID/finishDate"), "{planned}");
}
