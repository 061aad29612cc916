//! What only a server of one's own does: versions of comments, annotations that double, pull requests of a commit.

use ci_gen::{
    context::Field,
    net::{Error, Kind},
    providers::{BuildStatus, Capability, Comment, Phase, Posted, Provider, RunId, State, TestRun},
    report::{Details, Report, RunStatus},
};
use serde_json::{json, Value};

use super::{
    super::{
        bench::{comment, dry, names, provider, report, run, set, talkative, HOSTILE},
        kit::{Fake, Set, TOKEN},
        server::{Answer, Fault, Request, Server},
    },
    forbidden, out_of_date, start, DataCenter, DataCenterKit, ME, OTHER, SHA,
};

fn finished<'a>(identity: &'a str, report: &'a Report) -> TestRun<'a> {
    TestRun { identity, title: "acme: unit", report, phase: Phase::Finished }
}

/// Publishes a run from its beginning to its end.
fn publish(provider: &dyn Provider, run_: &TestRun<'_>) -> Result<RunId, Error> {
    run(async {
        let id = provider.create_test_run(&TestRun { phase: Phase::Running, ..*run_ }).await?;
        provider.update_test_run(&id, run_).await?;
        Ok(id)
    })
}

fn failing(count: usize) -> Report {
    let names = names(count);
    report(&names.iter().map(String::as_str).collect::<Vec<_>>())
}

fn status(name: &str) -> BuildStatus {
    BuildStatus { name: name.to_owned(), state: State::Success, description: "240 tests passed".to_owned(), url: None }
}

fn setting(server: &Server<DataCenter>, more: &[(&str, &str)]) -> Set {
    set(&DataCenterKit, &server.address, more).0
}

fn is_batch(request: &Request) -> bool {
    request.method == "POST" && request.path.ends_with("/annotations")
}

/// The requests so far, as `METHOD path`, with what stands in a query.
fn lines(server: &Server<DataCenter>) -> Vec<String> {
    let line = |it: &Request| {
        let query: Vec<String> = it.pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{} {} {}", it.method, it.path, query.join("&")).trim_end().to_owned()
    };
    server.requests().iter().map(line).collect()
}

#[test]
fn reports_stand_at_another_api_than_statuses_and_comments() {
    let server = start();
    let provider = provider(&DataCenterKit, &setting(&server, &[]));
    assert_eq!(provider.capabilities(), [Capability::TestRuns, Capability::Statuses, Capability::Comments]);
    let report = failing(0);
    let id = publish(&*provider, &finished("i", &report)).unwrap();
    run(provider.set_build_status(&status("ci-gen/unit"))).unwrap();
    run(provider.add_pr_comment(&Comment { leg: None, ..comment(&report) })).unwrap();
    let repository = "projects/ACME/repos/shop";
    let reports = format!("/git/rest/insights/1.0/{repository}/commits/{SHA}/reports");
    let change = format!("/git/rest/api/1.0/{repository}/pull-requests/17");
    let id = id.0;
    let expected = [
        format!("PUT {reports}/{id}"),
        format!("PUT {reports}/{id}"),
        format!("GET {reports}/{id}/annotations"),
        format!("GET {reports} limit=500"),
        format!("POST /git/rest/api/1.0/{repository}/commits/{SHA}/builds"),
        format!("GET {change}/activities limit=500"),
        format!("POST {change}/comments"),
        format!("GET {change}/activities limit=500"),
        format!("GET {change}/activities limit=500"),
    ];
    assert_eq!(lines(&server), expected);
    assert_eq!(server.wrong(), [""; 0]);
}

#[test]
fn a_run_that_goes_on_has_no_result_and_is_read_back() {
    let server = start();
    let provider = provider(&DataCenterKit, &setting(&server, &[]));
    let report = failing(2);
    let running = TestRun { phase: Phase::Running, ..finished("i", &report) };
    let id = run(provider.create_test_run(&running)).unwrap();
    assert_eq!(server.state(|it| it.reports[&id.0].body["result"].clone()), Value::Null);
    assert_eq!(run(provider.get_test_run_status(&id)).unwrap().status, RunStatus::Running);
    run(provider.update_test_run(&id, &running)).unwrap();
    assert_eq!(server.runs()[0].results, 0, "what is not yet over has no annotations");
    run(provider.update_test_run(&id, &finished("i", &report))).unwrap();
    let status = run(provider.get_test_run_status(&id)).unwrap();
    assert_eq!((status.status, status.total_tests, status.failed_tests), (RunStatus::Failed, 3, 2));
    let gone = RunId("ci-gen-gone".to_owned());
    assert_eq!(run(provider.get_test_run_status(&gone)).unwrap_err().kind, Kind::NotFound);
}

#[test]
fn annotations_are_those_of_the_newest_results() {
    let server = start();
    let provider = provider(&DataCenterKit, &setting(&server, &[]));
    for count in [3, 130, 128, 0, 1] {
        let report = failing(count);
        publish(&*provider, &finished("i", &report)).unwrap();
        let runs = server.runs();
        assert_eq!((runs.len(), runs[0].results, runs[0].passed), (1, count, Some(count == 0)), "{count}");
    }
    // One request for all of them, whatever their number.
    assert_eq!(server.requests().iter().filter(|it| is_batch(it)).count(), 3);
    let removed: Vec<usize> =
        server.requests().iter().filter(|it| it.method == "DELETE").map(|it| it.pairs.len()).collect();
    assert_eq!(removed, [2, 0], "two by their names, and then all at once");
    assert_eq!(server.wrong(), [""; 0]);
}

#[test]
fn as_many_annotations_as_are_taken() {
    let server = start();
    let provider = provider(&DataCenterKit, &setting(&server, &[]));
    let report = failing(2500);
    publish(&*provider, &finished("i", &report)).unwrap();
    assert_eq!(server.runs()[0].results, 1000);
    assert_eq!(server.requests().iter().filter(|it| is_batch(it)).count(), 1);
    let last = server.state(|it| it.reports.values().next().unwrap().annotations[999].clone());
    assert!(last["message"].as_str().unwrap().starts_with("1,501 more failures"), "{last}");
    assert_eq!(server.wrong(), [""; 0]);
}

#[test]
fn annotations_that_came_twice_are_there_once() {
    for fault in [Fault::Lost, Fault::Cut, Fault::Reset] {
        let server = start();
        let shown = format!("{fault:?}");
        server.fault(is_batch, fault);
        let report = failing(250);
        publish(&*provider(&DataCenterKit, &setting(&server, &[])), &finished("i", &report)).unwrap();
        assert_eq!(server.runs()[0].results, 250, "{shown}");
    }
    // A try that arrives after all when another one was made: the server takes both.
    let server = start();
    let provider = provider(&DataCenterKit, &setting(&server, &[]));
    let report = failing(3);
    publish(&*provider, &finished("i", &report)).unwrap();
    server.state(|it| {
        let all = &mut it.reports.values_mut().next().unwrap().annotations;
        all.extend(all.clone());
        all.push(json!({ "message": "somebody else's", "severity": "LOW" }));
    });
    publish(&*provider, &finished("i", &report)).unwrap();
    assert_eq!(server.runs()[0].results, 3);
}

#[test]
fn another_attempt_takes_the_place_of_the_report() {
    let server = start();
    let provider = provider(&DataCenterKit, &setting(&server, &[]));
    server.state(|it| it.reports.entry("com.example.scan".to_owned()).or_default().body = json!({ "result": "PASS" }));
    let (bad, good) = (failing(3), failing(0));
    let first = publish(&*provider, &finished("ci-gen:42:1:unit", &bad)).unwrap();
    let second = publish(&*provider, &finished("ci-gen:42:2:unit", &good)).unwrap();
    assert_ne!(first, second);
    let left: Vec<String> = server.state(|it| it.reports.keys().cloned().collect());
    assert_eq!(left, [second.0.clone(), "com.example.scan".to_owned()]);
    // What still runs is left alone.
    let running = TestRun { phase: Phase::Running, ..finished("ci-gen:43:1:unit", &bad) };
    run(provider.create_test_run(&running)).unwrap();
    publish(&*provider, &finished("ci-gen:42:2:unit", &good)).unwrap();
    assert_eq!(server.runs().len(), 3);
}

#[test]
fn doubles_and_odd_names_are_shown_each() {
    let server = start();
    let mut names = HOSTILE.to_vec();
    names.extend(["same", "same", "same"]);
    let mut report = report(&names);
    report.cases[0].details = Details { message: Some("😀\0".repeat(300_000)), ..Details::default() };
    report.cases[1].file = Some("../../etc/passwd".to_owned());
    report.cases[2].file = Some("x".repeat(5000));
    report.cases[3].line = Some(0);
    let run = TestRun { title: &"ä\n".repeat(900), ..finished("i", &report) };
    publish(&*provider(&DataCenterKit, &setting(&server, &[])), &run).unwrap();
    assert_eq!(server.runs()[0].results, names.len());
    assert_eq!(server.wrong(), [""; 0]);
}

#[test]
fn statuses_have_a_parent_a_branch_and_an_address() {
    let server = start();
    let set_ = setting(&server, &[("BUILD_URL", "http://jenkins:8080/job/4/")]);
    run(provider(&DataCenterKit, &set_).set_build_status(&status("ci-gen/unit"))).unwrap();
    let seen = server.state(|it| it.statuses["ci-gen/unit"].clone());
    assert_eq!(seen["parent"], "ci-gen/unit", "what a merge check asks for");
    assert_eq!(seen["ref"], "refs/heads/feature/cart");
    assert_eq!(seen["url"], "http://jenkins:8080/job/4/", "a short name is fine");
    // A branch of a fork is none of the repository's.
    let more = [("CHANGE_FORK", "ada"), ("BUILD_URL", ""), ("GIT_URL", ""), ("CHANGE_URL", "")];
    let mut set_ = setting(&server, &more);
    set_.context.host = Some(Field::new(format!("{}/git", server.address), "test"));
    set_.context.repository = Some(Field::new("~ada/shop".to_owned(), "test"));
    let long = "ä".repeat(400);
    let url = Some(format!("https://ci.example.com/{}", "x".repeat(500)));
    run(provider(&DataCenterKit, &set_).set_build_status(&BuildStatus { url, ..status(&long) })).unwrap();
    let seen = server.state(|it| it.statuses.values().find(|it| it["key"] != "ci-gen/unit").cloned().unwrap());
    assert_eq!(seen["ref"], Value::Null);
    assert_eq!(seen["url"], format!("{}/git/users/ada/repos/shop/commits/{SHA}", server.address));
    assert!(server.requests().last().unwrap().path.contains("/projects/~ada/repos/shop/"));
    assert_eq!(server.wrong(), [""; 0]);
}

#[test]
fn comments_are_short_plain_and_one() {
    let server = start();
    let provider = provider(&DataCenterKit, &setting(&server, &[]));
    let report = talkative();
    for _ in 0..2 {
        server.chatter(150);
        let posted = run(provider.add_pr_comment(&comment(&report))).unwrap();
        let Posted::There { id, url } = posted else { panic!("{posted:?}") };
        let page = format!("{}/git/projects/ACME/repos/shop/pull-requests/17/overview", server.address);
        assert_eq!(url.unwrap(), format!("{page}?commentId={id}"));
    }
    let ours: Vec<String> = server.comments().into_iter().filter(|it| it.contains("ci-gen:")).collect();
    assert_eq!(ours.len(), 1);
    assert!((15_000..=32_767).contains(&ours[0].len()) && !ours[0].contains("<details"), "{}", ours[0].len());
    assert_eq!(server.wrong(), [""; 0]);
}

/// Somebody else was faster: what is there now is read, and its version changed.
#[test]
fn the_version_that_was_read_is_changed_and_no_other() {
    let server = start();
    let provider = provider(&DataCenterKit, &setting(&server, &[]));
    let (bad, good) = (failing(1), failing(0));
    run(provider.add_pr_comment(&comment(&bad))).unwrap();
    server.state(|it| it.comments[0].version = 4);
    server.fault(|it| it.method == "PUT", Fault::Says(out_of_date()));
    run(provider.add_pr_comment(&comment(&good))).unwrap();
    let changes: Vec<Value> = server.requests().iter().filter(|it| it.method == "PUT").map(Request::json).collect();
    assert_eq!(changes.len(), 2, "each only once");
    assert_eq!(changes[1]["version"], 4);
    assert_eq!(server.state(|it| it.comments[0].version), 5);
    assert!(server.comments()[0].contains("passed"), "{}", server.comments()[0]);
}

#[test]
fn a_double_that_somebody_answered_stays_and_does_no_harm() {
    let server = start();
    let provider = provider(&DataCenterKit, &setting(&server, &[]));
    let report = failing(1);
    run(provider.add_pr_comment(&comment(&report))).unwrap();
    let text = server.comments()[0].clone();
    server.state(|it| {
        it.add(&json!(text), ME);
        it.add(&json!(text), ME);
        it.comments[1].answered = true;
    });
    run(provider.add_pr_comment(&comment(&report))).unwrap();
    assert_eq!(server.state(|it| it.comments.iter().map(|it| it.id).collect::<Vec<_>>()), [1, 2]);
}

#[test]
fn somebody_elses_comment_is_left_alone() {
    let server = start();
    let provider = provider(&DataCenterKit, &setting(&server, &[]));
    let (bad, good) = (failing(1), failing(0));
    run(provider.add_pr_comment(&comment(&bad))).unwrap();
    server.state(|it| it.comments[0].author = OTHER);
    run(provider.add_pr_comment(&comment(&good))).unwrap();
    let comments = server.comments();
    assert_eq!(comments.len(), 2);
    assert!(comments[1].contains("passed") && !comments[0].contains("1 test passed"), "{comments:?}");
}

/// A branch build, which is told of no pull request.
const BRANCH: &[(&str, &str)] =
    &[("CHANGE_ID", ""), ("CHANGE_TARGET", ""), ("CHANGE_BRANCH", ""), ("BRANCH_NAME", "feature/cart")];

#[test]
fn the_pull_request_is_found_by_the_commit() {
    let open =
        |id: u64, state: &str, tip: &str| json!({ "id": id, "state": state, "fromRef": { "latestCommit": tip } });
    let report = failing(1);
    for (what, holding, found) in [
        ("its tip", vec![open(3, "OPEN", "aaaa"), open(17, "OPEN", SHA)], true),
        ("an open one that holds it", vec![open(3, "MERGED", SHA), open(17, "OPEN", "aaaa")], true),
        ("none that is open", vec![open(17, "MERGED", SHA), open(17, "DECLINED", SHA)], false),
        ("none", vec![], false),
    ] {
        let server = start();
        server.state(|it| it.holding = holding);
        let said = run(provider(&DataCenterKit, &setting(&server, BRANCH)).add_pr_comment(&comment(&report)));
        assert_eq!(server.comments().len(), usize::from(found), "{what}: {said:?}");
        assert_eq!(said.map_err(|it| it.kind).err(), (!found).then_some(Kind::NotFound), "{what}");
    }
    // On the branch that changes go to there is nothing to look for.
    let server = start();
    let more = [BRANCH, &[("BRANCH_NAME", "main"), ("CHANGE_TARGET", "main")]].concat();
    let can = provider(&DataCenterKit, &setting(&server, &more)).capabilities();
    assert!(!can.contains(&Capability::Comments));
}

#[test]
fn answers_mean_what_the_server_means_by_them() {
    let words = "Authentication failed. Please check your credentials and try again.";
    let ended = super::error(401, words, "com.atlassian.bitbucket.auth.IncorrectPasswordAuthenticationException");
    for (answer, kind, help) in [
        (forbidden(), Kind::Permission, "`Repository write`"),
        (ended, Kind::Authentication, "BITBUCKET_TOKEN has ended"),
        (Answer::text(401, ""), Kind::Authentication, "BITBUCKET_TOKEN has ended"),
        (Answer::page(404, "Oops"), Kind::NotFound, "7.4"),
    ] {
        let server = start();
        server.fault(|it| it.path.ends_with("/builds"), Fault::Says(answer.clone()));
        let error = run(provider(&DataCenterKit, &setting(&server, &[])).set_build_status(&status("x"))).unwrap_err();
        assert_eq!(error.kind, kind, "{answer:?}");
        assert!(error.help.as_deref().unwrap_or_default().contains(help), "{error:?}");
        assert_eq!(server.requests().len(), 1, "{answer:?}");
    }
    let server = start();
    let without = server.address.clone() + "/git";
    let set_ = setting(&server, &[("GIT_URL", &format!("{}/scm/acme/shop.git", server.address))]);
    let report = failing(1);
    let error = publish(&*provider(&DataCenterKit, &set_), &finished("i", &report)).unwrap_err();
    assert_eq!(error.kind, Kind::NotFound);
    assert!(error.help.unwrap().contains("BITBUCKET_URL"));
    // The address of an API, where somebody has it.
    let set_ = setting(&server, &[("CI_GEN_API_URL", &format!("{without}/rest/api/latest"))]);
    run(provider(&DataCenterKit, &set_).set_build_status(&status("x"))).unwrap();
}

#[test]
fn what_is_missing_is_said_before_anything_is_asked() {
    let without = |more: &[(&str, &str)]| {
        let mut set = dry(&DataCenterKit, more);
        if let Some(name) = more.iter().find(|(name, _)| *name == "CI_GEN_REPOSITORY") {
            set.context.repository = Some(Field::new(name.1.to_owned(), "CI_GEN_REPOSITORY"));
        }
        set.provider("bitbucket").err().unwrap()
    };
    let error = without(&[("BITBUCKET_TOKEN", "")]);
    assert_eq!(error.kind, Kind::Authentication);
    assert!(error.words.contains("BITBUCKET_TOKEN") && error.help.unwrap().contains("HTTP access token"));
    let error = without(&[("CI_GEN_REPOSITORY", "shop")]);
    assert_eq!(error.kind, Kind::Configuration);
    assert!(error.help.unwrap().contains("CI_GEN_REPOSITORY"));
}

#[test]
fn a_dry_run_says_everything_and_sends_nothing() {
    let set = dry(&DataCenterKit, BRANCH);
    let provider = provider(&DataCenterKit, &set);
    let report = failing(101);
    publish(&*provider, &finished("i", &report)).unwrap();
    run(provider.set_build_status(&status("x"))).unwrap();
    run(provider.add_pr_comment(&comment(&report))).unwrap();
    let planned = set.client.planned().concat();
    let repository = "projects/ACME/repos/shop";
    for line in [
        format!("PUT http://127.0.0.1:9/git/rest/insights/1.0/{repository}/commits/{SHA}/reports/"),
        format!("GET http://127.0.0.1:9/git/rest/api/1.0/{repository}/commits/{SHA}/pull-requests"),
        format!("POST http://127.0.0.1:9/git/rest/api/1.0/{repository}/pull-requests/ID/comments\n"),
    ] {
        assert!(planned.contains(&line), "{line} is not in {planned}");
    }
    assert!(!planned.contains(TOKEN));
}
