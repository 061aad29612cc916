//! What only Bitbucket does: reports through the proxy of a step, annotations that stay, keys and addresses that are refused.

use ci_gen::{
    net::{Error, Kind},
    providers::{BuildStatus, Capability, Phase, Provider, RunId, State, TestRun},
    report::{Details, Report, RunStatus},
};

use serde_json::json;

use super::{
    super::{
        bench::{comment, dry, names, provider, report, run, set, talkative, HOSTILE},
        kit::{Fake, TOKEN},
        server::{Fault, Request, Server},
    },
    start, Bitbucket, BitbucketKit,
};

/// A run of the pipeline that has ended.
fn finished<'a>(identity: &'a str, report: &'a Report) -> TestRun<'a> {
    TestRun { identity, title: "acme: unit", report, phase: Phase::Finished }
}

/// Publishes a run from its beginning to its end.
fn publish(provider: &dyn Provider, run: &TestRun<'_>) -> Result<RunId, Error> {
    super::super::bench::run(async {
        let id = provider.create_test_run(&TestRun { phase: Phase::Running, ..*run }).await?;
        provider.update_test_run(&id, run).await?;
        Ok(id)
    })
}

fn failing(count: usize) -> Report {
    let names = names(count);
    report(&names.iter().map(String::as_str).collect::<Vec<_>>())
}

fn is_batch(request: &Request) -> bool {
    request.method == "POST" && request.path.ends_with("/annotations")
}

fn summaries(server: &Server<Bitbucket>) -> Vec<String> {
    let text = |it: &serde_json::Value| it["summary"].as_str().unwrap().to_owned();
    let mut all: Vec<String> =
        server.state(|it| it.reports.values().flat_map(|it| it.annotations.values().map(text)).collect());
    all.sort();
    all
}

/// A step of a pipeline without a token.
const STEP: &[(&str, &str)] = &[("BITBUCKET_BUILD_NUMBER", "42"), ("BITBUCKET_TOKEN", ""), ("CI_GEN_API_URL", "")];

#[test]
fn a_step_needs_no_token_for_reports() {
    let server = start();
    let more = [STEP, &[("CI_GEN_BITBUCKET_PROXY", &server.address)]].concat();
    let (set, _) = set(&BitbucketKit, &server.address, &more);
    let provider = provider(&BitbucketKit, &set);
    assert_eq!(provider.capabilities(), [Capability::TestRuns]);
    let report = failing(150);
    publish(&*provider, &finished("ci-gen:42:1:unit", &report)).unwrap();
    // The second time the annotations are read back, from two pages.
    publish(&*provider, &finished("ci-gen:42:1:unit", &report)).unwrap();
    assert_eq!(server.runs()[0].results, 150);
    assert_eq!(server.requests().iter().filter(|it| is_batch(it)).count(), 2);
    for request in server.requests() {
        assert_eq!((request.header("host"), request.header("authorization")), ("api.bitbucket.org", ""));
    }
    let error = run(provider.set_build_status(&status("x"))).unwrap_err();
    assert!(error.help.unwrap().contains("BITBUCKET_TOKEN"));
}

#[test]
fn a_proxy_that_is_not_there_is_said() {
    let more = [STEP, &[("CI_GEN_BITBUCKET_PROXY", "http://127.0.0.1:1")]].concat();
    let (set, _) = set(&BitbucketKit, "http://127.0.0.1:9", &more);
    let report = failing(1);
    let error = publish(&*provider(&BitbucketKit, &set), &finished("i", &report)).unwrap_err();
    assert_eq!(error.kind, Kind::Connection);
    assert!(error.help.unwrap().contains("CI_GEN_BITBUCKET_PROXY"));
}

#[test]
fn a_token_is_needed_elsewhere() {
    let without = |more: &[(&str, &str)]| {
        let set = dry(&BitbucketKit, &[&[("BITBUCKET_TOKEN", "")], more].concat());
        set.provider("bitbucket").err().unwrap()
    };
    let error = without(&[]);
    assert_eq!(error.kind, Kind::Authentication);
    assert!(error.words.contains("BITBUCKET_TOKEN") && error.help.unwrap().contains("`pullrequest:write`"));
    let odd = without(&[("BITBUCKET_BUILD_NUMBER", "42"), ("BITBUCKET_TOKEN", "a b")]);
    assert_eq!(odd.kind, Kind::Authentication, "a token that cannot be is not as good as none");
}

#[test]
fn a_persons_token_goes_with_the_address_of_mail() {
    let server = start();
    server.state(|it| it.person = Some("ada@example.com"));
    let (set_, _) = set(&BitbucketKit, &server.address, &[("BITBUCKET_EMAIL", "ada@example.com")]);
    run(provider(&BitbucketKit, &set_).set_build_status(&status("x"))).unwrap();
    let (set_, _) = set(&BitbucketKit, &server.address, &[("BITBUCKET_USERNAME", "ada")]);
    let error = run(provider(&BitbucketKit, &set_).set_build_status(&status("x"))).unwrap_err();
    assert_eq!(error.kind, Kind::Authentication);
    assert!(error.help.unwrap().contains("BITBUCKET_EMAIL"));
    let archive = set_.client.archive().to_string();
    assert!(!archive.contains(TOKEN) && archive.contains("[hidden]"));
}

#[test]
fn annotations_are_those_of_the_newest_results() {
    let server = start();
    let (set, _) = set(&BitbucketKit, &server.address, &[]);
    let provider = provider(&BitbucketKit, &set);
    for count in [3, 130, 128, 0, 1] {
        let report = failing(count);
        publish(&*provider, &finished("ci-gen:42:1:unit", &report)).unwrap();
        let runs = server.runs();
        assert_eq!((runs.len(), runs[0].results, runs[0].passed), (1, count, Some(count == 0)), "{count}");
    }
    assert_eq!(server.wrong(), [""; 0]);
}

#[test]
fn another_attempt_takes_the_place_of_the_report() {
    let server = start();
    let (set, _) = set(&BitbucketKit, &server.address, &[]);
    let provider = provider(&BitbucketKit, &set);
    let (bad, good) = (failing(3), failing(0));
    let mut other = failing(1);
    other.run.job = Some("lint".to_owned());
    publish(&*provider, &finished("ci-gen:42:1:lint", &other)).unwrap();
    let first = publish(&*provider, &finished("ci-gen:42:1:unit", &bad)).unwrap();
    assert_eq!(server.runs().len(), 2);
    let second = publish(&*provider, &finished("ci-gen:42:2:unit", &good)).unwrap();
    assert_ne!(first, second);
    let mut left: Vec<Option<bool>> = server.runs().iter().map(|it| it.passed).collect();
    left.sort();
    assert_eq!(left, [Some(false), Some(true)], "the report of the other job and the new one");
    // What still runs is left alone.
    let run = TestRun { phase: Phase::Running, ..finished("ci-gen:43:1:unit", &bad) };
    super::super::bench::run(provider.create_test_run(&run)).unwrap();
    publish(&*provider, &finished("ci-gen:42:2:unit", &good)).unwrap();
    assert_eq!(server.runs().len(), 3);
}

#[test]
fn as_many_annotations_as_are_taken() {
    let server = start();
    let (set, _) = set(&BitbucketKit, &server.address, &[]);
    let provider = provider(&BitbucketKit, &set);
    let report = failing(2500);
    publish(&*provider, &finished("i", &report)).unwrap();
    assert_eq!(server.runs()[0].results, 1000);
    assert_eq!(server.requests().iter().filter(|it| is_batch(it)).count(), 10);
    assert!(summaries(&server).contains(&"1,501 more failures".to_owned()), "{:?}", summaries(&server).first());
    // Others in their place still fit.
    let mut names = names(1200);
    names.iter_mut().for_each(|it| it.push('b'));
    let report = super::super::bench::report(&names.iter().map(String::as_str).collect::<Vec<_>>());
    publish(&*provider, &finished("i", &report)).unwrap();
    assert_eq!(server.runs()[0].results, 1000);
    assert_eq!(server.wrong(), [""; 0]);
}

#[test]
fn annotations_whose_answer_is_lost_are_there_once() {
    for fault in [Fault::Lost, Fault::Cut, Fault::Reset] {
        let server = start();
        let (set, _) = set(&BitbucketKit, &server.address, &[]);
        let shown = format!("{fault:?}");
        server.fault(is_batch, fault);
        let report = failing(250);
        publish(&*provider(&BitbucketKit, &set), &finished("i", &report)).unwrap();
        assert_eq!(server.runs()[0].results, 250, "{shown}");
        let sent: usize =
            server.requests().iter().filter(|it| is_batch(it)).map(|it| it.json().as_array().unwrap().len()).sum();
        assert_eq!(sent, if shown == "Reset" { 350 } else { 250 }, "{shown}");
    }
}

#[test]
fn doubles_and_odd_names_are_shown_each() {
    let server = start();
    let (set, _) = set(&BitbucketKit, &server.address, &[]);
    let mut names = HOSTILE.to_vec();
    names.extend(["same", "same", "same"]);
    let mut report = report(&names);
    report.cases[0].details = Details { message: Some("😀\0".repeat(300_000)), ..Details::default() };
    report.cases[1].file = Some("../../etc/passwd".to_owned());
    report.cases[2].file = Some("x".repeat(5000));
    report.cases[3].line = Some(0);
    let run = TestRun { title: &"ä\n".repeat(900), ..finished("i", &report) };
    publish(&*provider(&BitbucketKit, &set), &run).unwrap();
    assert_eq!(server.runs()[0].results, names.len());
    assert_eq!(server.wrong(), [""; 0]);
}

#[test]
fn a_run_is_read_back() {
    let server = start();
    let (set, _) = set(&BitbucketKit, &server.address, &[]);
    let provider = provider(&BitbucketKit, &set);
    let report = failing(2);
    let running = TestRun { phase: Phase::Running, ..finished("i", &report) };
    let id = run(provider.create_test_run(&running)).unwrap();
    assert_eq!(run(provider.get_test_run_status(&id)).unwrap().status, RunStatus::Running);
    run(provider.update_test_run(&id, &running)).unwrap();
    assert_eq!(server.runs()[0].results, 0, "what is not yet over has no annotations");
    run(provider.update_test_run(&id, &finished("i", &report))).unwrap();
    let status = run(provider.get_test_run_status(&id)).unwrap();
    assert_eq!((status.status, status.total_tests, status.failed_tests), (RunStatus::Failed, 3, 2));
    let gone = RunId("ci-gen-gone".to_owned());
    assert_eq!(run(provider.get_test_run_status(&gone)).unwrap_err().kind, Kind::NotFound);
}

fn status(name: &str) -> BuildStatus {
    BuildStatus { name: name.to_owned(), state: State::Success, description: "240 tests passed".to_owned(), url: None }
}

#[test]
fn statuses_have_short_keys_and_full_addresses() {
    let server = start();
    let (set_, _) = set(&BitbucketKit, &server.address, &[("BITBUCKET_BUILD_NUMBER", "42")]);
    let provider_ = provider(&BitbucketKit, &set_);
    let long = "ci-gen/unit on a machine with a very long name/".repeat(9);
    for (name, url) in [
        ("ci-gen/unit", None),
        (&long[..], Some("http://jenkins:8080/job/4".to_owned())),
        (&long[..300], Some(format!("https://ci.example.com/{}", "x".repeat(500)))),
        ("a\nb\0", Some("https://10.0.0.5/job/4".to_owned())),
        ("a\nb\0", Some("none".to_owned())),
    ] {
        run(provider_.set_build_status(&BuildStatus { url, ..status(name) })).unwrap();
    }
    assert_eq!(server.statuses().len(), 4);
    let seen = server.state(|it| it.statuses["ci-gen/unit"].clone());
    assert_eq!(seen["url"], "https://bitbucket.org/acme/shop/pipelines/results/42");
    assert_eq!((seen["refname"].as_str(), seen["state"].as_str()), (Some("feature/cart"), Some("SUCCESSFUL")));
    let (set, _) = set(&BitbucketKit, &server.address, &[("CI_GEN_BUILD_URL", "http://localhost/4")]);
    run(provider(&BitbucketKit, &set).set_build_status(&status("ci-gen/unit"))).unwrap();
    let seen = server.state(|it| it.statuses["ci-gen/unit"].clone());
    assert_eq!(seen["url"], format!("https://bitbucket.org/acme/shop/commits/{}", super::SHA));
    assert_eq!(server.wrong(), [""; 0]);
}

#[test]
fn pages_for_people_are_survived() {
    let server = start();
    let (set, _) = set(&BitbucketKit, &server.address, &[]);
    server.fault(|it| it.method == "POST", Fault::Says(super::too_long()));
    let report = failing(1);
    let error = run(provider(&BitbucketKit, &set).add_pr_comment(&comment(&report))).unwrap_err();
    assert_eq!((error.kind, error.status), (Kind::Configuration, Some(400)));
    assert!(error.words.contains("Bad Request (400)"), "{error}");
}

#[test]
fn comments_are_short_plain_and_one() {
    let server = start();
    let (set, _) = set(&BitbucketKit, &server.address, &[]);
    let provider = provider(&BitbucketKit, &set);
    let report = talkative();
    for _ in 0..2 {
        server.chatter(150);
        run(provider.add_pr_comment(&comment(&report))).unwrap();
    }
    let ours: Vec<String> = server.comments().into_iter().filter(|it| it.contains("ci-gen:")).collect();
    assert_eq!(ours.len(), 1);
    assert!((15_000..=31_000).contains(&ours[0].len()) && !ours[0].contains("<details"), "{}", ours[0].len());
    server.remove_comments();
    run(provider.add_pr_comment(&comment(&report))).unwrap();
    assert_eq!(server.comments().len(), 1);
    assert_eq!(server.wrong(), [""; 0]);
}

#[test]
fn scopes_that_lack_are_named() {
    let server = start();
    let (set, _) = set(&BitbucketKit, &server.address, &[]);
    server.fault(|it| it.method == "POST", Fault::Says(server.forbidden()));
    let report = failing(1);
    let error = run(provider(&BitbucketKit, &set).add_pr_comment(&comment(&report))).unwrap_err();
    assert_eq!(error.kind, Kind::Permission);
    assert!(error.help.unwrap().contains("`pullrequest:write`"));
}

#[test]
fn a_dry_run_says_everything_and_sends_nothing() {
    let set = dry(&BitbucketKit, &[("CI_GEN_API_URL", "")]);
    let provider = provider(&BitbucketKit, &set);
    let report = failing(101);
    publish(&*provider, &finished("i", &report)).unwrap();
    run(provider.set_build_status(&status("x"))).unwrap();
    run(provider.add_pr_comment(&comment(&report))).unwrap();
    let planned = set.client.planned().concat();
    for line in [
        "PUT https://api.bitbucket.org/2.0/repositories/acme/shop/commit/",
        "POST https://api.bitbucket.org/2.0/repositories/acme/shop/pullrequests/17/comments\n",
    ] {
        assert!(planned.contains(line), "{planned}");
    }
    assert!(!planned.contains(TOKEN));
}

/// A branch build of a CI system that does not tell of pull requests.
const BRANCH: &[(&str, &str)] = &[("BITBUCKET_PR_ID", ""), ("BITBUCKET_PR_DESTINATION_BRANCH", "")];

fn open(id: u64, repository: &str, hash: &str) -> serde_json::Value {
    let source = json!({ "branch": { "name": "feature/cart" }, "commit": { "hash": hash }, "repository": { "full_name": repository } });
    json!({ "type": "pullrequest", "id": id, "state": "OPEN", "source": source })
}

/// Comments, and gives the number of the pull request that was commented on.
fn commented(server: &Server<Bitbucket>, more: &[(&str, &str)]) -> Result<String, Error> {
    let (set, _) = set(&BitbucketKit, &server.address, &[BRANCH, more].concat());
    let provider = provider(&BitbucketKit, &set);
    assert!(provider.capabilities().contains(&Capability::Comments));
    let report = failing(1);
    run(provider.add_pr_comment(&comment(&report)))?;
    let written = server.requests().into_iter().rfind(|it| it.method == "POST").unwrap();
    Ok(written.segments()[5].clone())
}

#[test]
fn the_pull_request_is_found_by_branch_and_commit() {
    let short = &super::SHA[..12];
    for (what, open, expected) in [
        ("its tip", vec![open(9, "acme/shop", "aaaaaaaaaaaa"), open(17, "ada/shop", short)], "17"),
        ("an older commit of the branch", vec![open(9, "ada/shop", "aaaaaaaaaaaa"), open(17, "Acme/Shop", "b")], "17"),
    ] {
        let server = start();
        server.state(|it| it.open = open);
        assert_eq!(commented(&server, &[]).unwrap(), expected, "{what}");
        let asked: Vec<String> = server.requests().iter().filter_map(|it| it.query("q").map(str::to_owned)).collect();
        assert_eq!(asked, ["source.branch.name=\"feature/cart\" AND state=\"OPEN\""], "{what}");
        assert_eq!(server.comments().len(), 1, "{what}");
    }
}

#[test]
fn the_pull_request_of_a_fork_is_none_of_the_branch_of_that_name() {
    let server = start();
    server.state(|it| it.open = vec![open(17, "ada/shop", "aaaaaaaaaaaa")]);
    // Only where an app of the workspace lists them are those of a commit known.
    let error = commented(&server, &[]).unwrap_err();
    assert_eq!(error.kind, Kind::NotFound);
    assert!(error.words.contains("no open pull request has the commit 8d6f0c2e"), "{error}");
    server.state(|it| {
        it.holding = Some(vec![json!({ "id": 3, "state": "MERGED" }), json!({ "id": 17, "state": "OPEN" })])
    });
    assert_eq!(commented(&server, &[]).unwrap(), "17");
}

#[test]
fn odd_branches_end_no_query() {
    let server = start();
    let odd = r#"a"b\c" OR state="MERGED"#;
    let _ = commented(&server, &[("BITBUCKET_BRANCH", odd)]);
    let asked = server.requests().iter().find_map(|it| it.query("q").map(str::to_owned)).unwrap();
    assert_eq!(asked, r#"source.branch.name="a\"b\\c\" OR state=\"MERGED" AND state="OPEN""#);
}
