//! What only GitLab does: statuses as jobs of pipelines, states that may not be set twice, tokens that may not write.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ci_gen::{
    net::{Error, Kind},
    providers::{BuildStatus, Capability, Posted, State},
};

use super::{
    super::{
        bench::{comment, dry, provider, report, run, set, talkative, HOSTILE},
        kit::{Fake, Set, TOKEN},
        server::{Answer, Fault, Request, Server},
    },
    start, Gitlab, GitlabKit, SHA,
};

fn status(state: State) -> BuildStatus {
    let description = format!("{state:?}");
    BuildStatus { name: "ci-gen/unit".to_owned(), state, description, url: None }
}

/// Sets a status with other variables than the kit's.
fn post(server: &Server<Gitlab>, more: &[(&str, &str)], status: &BuildStatus) -> Result<(), Error> {
    let (set, _) = set(&GitlabKit, &server.address, more);
    run(provider(&GitlabKit, &set).set_build_status(status))
}

fn is_status(request: &Request) -> bool {
    request.method == "POST" && request.path.contains("/statuses/")
}

/// A job of something other than GitLab, for a branch of a project there.
const ELSEWHERE: &[(&str, &str)] = &[
    ("GITLAB_CI", ""),
    ("CI_MERGE_REQUEST_IID", ""),
    ("CI_GEN_REPOSITORY", "acme/web/shop"),
    ("CI_GEN_HEAD_SHA", SHA),
    ("CI_GEN_BRANCH", "feature/cart"),
];

#[test]
fn a_status_is_a_job_of_the_pipeline() {
    let server = start();
    for (state, seen) in [
        (State::Pending, "pending"),
        (State::Pending, "pending"),
        (State::Failure, "failed"),
        (State::Failure, "failed"),
        (State::Pending, "pending"),
        (State::Success, "success"),
    ] {
        post(&server, &[], &status(state)).unwrap();
        let shown = server.state(|it| it.jobs.iter().filter(|it| !it.hidden).cloned().collect::<Vec<_>>());
        assert_eq!(shown.len(), 1, "{shown:?}");
        assert_eq!((shown[0].state.as_str(), shown[0].pipeline), (seen, 4711));
        assert_eq!(shown[0].url, "https://gitlab.example.com/acme/web/shop/-/pipelines/4711");
    }
    assert!(server.state(|it| it.others.is_empty()), "there is a pipeline beside the job's own");
    let body = server.requests()[0].json();
    assert_eq!((body["pipeline_id"].as_u64(), body.get("ref")), (Some(4711), None));
    assert_eq!(server.wrong(), [""; 0]);
}

#[test]
fn a_pipeline_that_takes_no_statuses_is_left_out() {
    let server = start();
    post(&server, &[("CI_PIPELINE_ID", "9999")], &status(State::Success)).unwrap();
    assert_eq!(server.state(|it| (it.jobs[0].pipeline, it.others.len())), (4711, 0));
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn another_system_says_which_branch() {
    let server = start();
    let url = Some("https://ci.example.com/4".to_owned());
    post(&server, ELSEWHERE, &BuildStatus { url, ..status(State::Success) }).unwrap();
    let job = server.state(|it| it.jobs[0].clone());
    assert_eq!((job.reference.as_str(), job.url.as_str()), ("feature/cart", "https://ci.example.com/4"));
    let request = &server.requests()[0];
    assert_eq!(request.path, format!("/api/v4/projects/5/statuses/{SHA}"));
    let server = start();
    let more: Vec<(&str, &str)> = [("CI_PROJECT_PATH", ""), ("CI_MERGE_REQUEST_PROJECT_PATH", "")].into();
    post(&server, &[ELSEWHERE, &more].concat(), &status(State::Success)).unwrap();
    assert!(server.requests()[0].path.contains("/projects/acme%2Fweb%2Fshop/"), "{}", server.requests()[0].path);
}

#[test]
fn a_status_whose_answer_is_lost_is_there_once() {
    for fault in [Fault::Lost, Fault::Cut] {
        let server = start();
        server.fault(is_status, fault);
        post(&server, &[], &status(State::Success)).unwrap();
        assert_eq!(server.state(|it| it.jobs.len()), 1);
        assert_eq!(server.requests().iter().filter(|it| is_status(it)).count(), 1);
    }
    let server = start();
    server.fault(is_status, Fault::Reset);
    post(&server, &[], &status(State::Success)).unwrap();
    assert_eq!(server.state(|it| it.jobs.len()), 1);
}

#[test]
fn a_lock_is_waited_for() {
    let server = start();
    let busy =
        Answer::json(409, serde_json::json!({ "message": "Another update to this commit status is in progress" }));
    server.fault(is_status, Fault::Says(busy.clone()));
    server.fault(is_status, Fault::Says(busy));
    post(&server, &[], &status(State::Failure)).unwrap();
    assert_eq!(server.state(|it| it.jobs.len()), 1);
}

#[test]
fn a_name_that_a_job_has_is_said() {
    let server = start();
    server.state(|it| it.own.push("ci-gen/unit"));
    let error = post(&server, &[], &status(State::Success)).unwrap_err();
    assert_eq!((error.kind, error.status), (Kind::Configuration, Some(400)));
    assert!(error.to_string().contains("name: has already been taken"), "{error}");
    assert!(error.help.unwrap().contains("another name"));
}

#[test]
fn another_transition_is_an_error() {
    let server = start();
    let said = Answer::json(400, serde_json::json!({ "message": "Cannot transition status via :drop from :success" }));
    server.fault(is_status, Fault::Says(said));
    assert_eq!(post(&server, &[], &status(State::Failure)).unwrap_err().kind, Kind::Configuration);
}

#[test]
fn texts_have_their_limits() {
    let server = start();
    let long = "ä😀\n".repeat(400);
    let url = Some(format!("https://ci.example.com/{}", "x".repeat(300)));
    let odd = BuildStatus { name: format!("{long}\0"), state: State::Error, description: long.clone(), url };
    post(&server, &[("CI_PIPELINE_URL", "")], &odd).unwrap();
    let job = server.state(|it| it.jobs[0].clone());
    assert!(job.name.chars().count() <= 255 && job.description.ends_with('…') && job.state == "failed", "{job:?}");
    assert_eq!(job.url, "");
}

#[test]
fn a_merged_result_is_a_commit_of_the_pipeline() {
    let server = start();
    let more = [("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", "1111111111111111111111111111111111111111")];
    post(&server, &more, &status(State::Success)).unwrap();
    assert_eq!(server.state(|it| it.jobs[0].pipeline), 4711);
}

/// What a dry run would send for a job with other variables than the kit's.
fn planned(more: &[(&str, &str)]) -> String {
    let set = dry(&GitlabKit, more);
    let provider = provider(&GitlabKit, &set);
    let report = report(&["adds"]);
    run(async {
        provider.initialize().await.unwrap();
        provider.set_build_status(&status(State::Failure)).await.unwrap();
        if provider.capabilities().contains(&Capability::Comments) {
            provider.add_pr_comment(&comment(&report)).await.unwrap();
        }
    });
    set.client.planned().concat()
}

#[test]
fn a_fork_has_the_pipeline_and_its_parent_the_notes() {
    let fork =
        [("CI_PROJECT_ID", "6"), ("CI_PROJECT_PATH", "ada/shop"), ("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH", "ada/shop")];
    let text = planned(&fork);
    assert!(text.contains(&format!("/projects/6/statuses/{SHA}")), "{text}");
    assert!(text.contains("POST http://127.0.0.1:9/api/v4/projects/5/merge_requests/17/notes\n"), "{text}");
    assert!(!text.contains(TOKEN));
}

#[test]
fn the_first_of_several_open_merge_requests_is_told() {
    let open = [("CI_MERGE_REQUEST_IID", ""), ("CI_OPEN_MERGE_REQUESTS", "up/shop!4,acme/web/shop!9,acme/web/shop!12")];
    let text = planned(&open);
    assert!(text.contains("/projects/5/merge_requests/9/notes"), "{text}");
    let open = [("CI_MERGE_REQUEST_IID", ""), ("CI_OPEN_MERGE_REQUESTS", "up/shop!4")];
    assert!(planned(&open).contains("/projects/up%2Fshop/merge_requests/4/notes"));
}

#[test]
fn a_pull_request_of_another_host_gets_no_notes() {
    let external = [
        ("CI_MERGE_REQUEST_IID", ""),
        ("CI_EXTERNAL_PULL_REQUEST_IID", "17"),
        ("CI_EXTERNAL_PULL_REQUEST_TARGET_REPOSITORY", "acme/shop"),
    ];
    assert!(!planned(&external).contains("/notes"));
}

#[test]
fn the_address_is_the_most_specific_one() {
    let address = |more: &[(&str, &str)]| {
        let text = planned(more);
        text.split_once("POST ").unwrap().1.split_once("/projects").unwrap().0.to_owned()
    };
    let own = ("CI_SERVER_URL", "https://git.example.com/gitlab/");
    assert_eq!(address(&[own]), "http://127.0.0.1:9/api/v4");
    assert_eq!(address(&[own, ("CI_API_V4_URL", "")]), "https://git.example.com/gitlab/api/v4");
    assert_eq!(address(&[("CI_SERVER_URL", ""), ("CI_API_V4_URL", "")]), "https://gitlab.com/api/v4");
    assert_eq!(address(&[own, ("CI_GEN_API_URL", "https://proxy.example.com/v4")]), "https://proxy.example.com/v4");
}

#[test]
fn the_merge_request_is_found_by_the_commit() {
    for more in [&[("CI_MERGE_REQUEST_IID", "")][..], ELSEWHERE] {
        let server = start();
        let (set, _) = set(&GitlabKit, &server.address, more);
        let provider = provider(&GitlabKit, &set);
        assert_eq!(provider.capabilities(), [Capability::Statuses]);
        run(provider.initialize()).unwrap();
        assert_eq!(provider.capabilities(), [Capability::Statuses, Capability::Comments]);
        let report = report(&["adds"]);
        let posted = run(provider.add_pr_comment(&comment(&report))).unwrap();
        let Posted::There { url: Some(url), .. } = posted else { panic!("{posted:?}") };
        assert_eq!(url, "https://gitlab.example.com/acme/web/shop/-/merge_requests/17#note_1");
    }
    let server = start();
    server.fault(|_| true, Fault::Says(Answer::text(404, "")));
    let (set, _) = set(&GitlabKit, &server.address, ELSEWHERE);
    let provider = provider(&GitlabKit, &set);
    run(provider.initialize()).unwrap();
    assert_eq!(provider.capabilities(), [Capability::Statuses]);
}

#[test]
fn the_jobs_own_token_does_not_do() {
    let missing = |more: &[(&str, &str)]| {
        let set: Set = dry(&GitlabKit, &[&[("GITLAB_TOKEN", "")], more].concat());
        set.provider("gitlab").err().unwrap()
    };
    let error = missing(&[("CI_JOB_TOKEN", "marker-job-token")]);
    assert_eq!(error.kind, Kind::Authentication);
    assert!(error.words.contains("CI_JOB_TOKEN") && error.words.contains("GITLAB_TOKEN"), "{error}");
    let help = error.help.unwrap();
    assert!(help.contains("`api`") && help.contains("Developer") && help.contains("GITLAB_TOKEN"), "{help}");
    let error = missing(&[]);
    assert!(!error.words.contains("CI_JOB_TOKEN") && error.words.contains("GITLAB_TOKEN"), "{error}");
    let odd = missing(&[("GITLAB_TOKEN", "two words")]);
    assert!(!format!("{odd:?}").contains("two words") && odd.help.unwrap().contains("again"));
}

#[test]
fn one_note_is_found_among_many() {
    let server = start();
    let (set, _) = set(&GitlabKit, &server.address, &[]);
    let provider = provider(&GitlabKit, &set);
    server.chatter(250);
    let (bad, good) = (report(&["adds"]), report(&[]));
    run(provider.add_pr_comment(&comment(&bad))).unwrap();
    server.chatter(250);
    let posted = run(provider.add_pr_comment(&comment(&good))).unwrap();
    let ours: Vec<String> = server.comments().into_iter().filter(|it| it.contains("ci-gen:")).collect();
    assert_eq!(ours.len(), 1);
    assert!(ours[0].contains("1 test passed"), "{}", ours[0]);
    let Posted::There { id, url } = posted else { panic!("{posted:?}") };
    assert_eq!(url.unwrap(), format!("{}/acme/web/shop/-/merge_requests/17#note_{id}", server.address));
    assert_eq!(server.wrong(), [""; 0]);
    let pages: Vec<String> = server.requests().iter().filter_map(|it| it.query("page").map(str::to_owned)).collect();
    assert!(pages.contains(&"6".to_owned()) && !pages.contains(&"7".to_owned()), "{pages:?}");
}

#[test]
fn a_note_has_its_budget() {
    let server = start();
    let (set, _) = set(&GitlabKit, &server.address, &[]);
    let report = talkative();
    run(provider(&GitlabKit, &set).add_pr_comment(&comment(&report))).unwrap();
    let size = server.comments()[0].len();
    assert!((50_000..=100_000).contains(&size), "{size}");
}

/// A line of a note that begins with a slash is a command to GitLab, unless it is in a block of code:
/// <https://docs.gitlab.com/user/project/quick_actions/>
#[test]
fn a_note_holds_no_commands() {
    let server = start();
    let (set, _) = set(&GitlabKit, &server.address, &[]);
    let mut report = report(HOSTILE);
    report.verdict.reasons[0].message = "/close\n/merge".to_owned();
    report.verdict.reasons[0].code = "timeout".to_owned();
    report.notes.push(report.verdict.reasons[0].clone());
    run(provider(&GitlabKit, &set).add_pr_comment(&comment(&report))).unwrap();
    let note = server.comments().remove(0);
    let mut fence = None;
    for line in note.lines() {
        let ticks = line.len() - line.trim_start_matches('`').len();
        match fence {
            None if ticks >= 3 => fence = Some(ticks),
            Some(open) if ticks >= open && line.trim_matches('`').is_empty() => fence = None,
            None => assert!(!line.trim_start().starts_with('/'), "{line}\n\n{note}"),
            Some(_) => {}
        }
    }
    assert!(!note.contains('\0'), "{note}");
}

#[test]
fn limits_of_rate_are_kept() {
    let soon = |seconds: u64| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        (now + Duration::from_secs(seconds)).as_secs().to_string()
    };
    let server = start();
    server.fault(is_status, Fault::Says(Answer::text(429, "Retry later\n").header("ratelimit-reset", soon(20))));
    let (set, clock) = set(&GitlabKit, &server.address, &[]);
    run(provider(&GitlabKit, &set).set_build_status(&status(State::Success))).unwrap();
    assert!((18..25).contains(&clock.slept().as_secs()), "{:?}", clock.slept());

    let server = start();
    let last = Answer::json(201, serde_json::json!({})).header("ratelimit-remaining", "0");
    server.fault(is_status, Fault::Says(last.header("ratelimit-reset", soon(30))));
    let (set, clock) = super::super::bench::set(&GitlabKit, &server.address, &[]);
    let provider = provider(&GitlabKit, &set);
    run(provider.set_build_status(&status(State::Success))).unwrap();
    assert_eq!(clock.slept(), Duration::ZERO);
    run(provider.set_build_status(&status(State::Success))).unwrap();
    assert!((28..32).contains(&clock.slept().as_secs()), "{:?}", clock.slept());
}

#[test]
fn answers_mean_what_gitlab_means_by_them() {
    let sign_in = Answer::page(302, "Found").header("location", "https://git.example.com/users/sign_in");
    let scope = serde_json::json!({ "error": "insufficient_scope", "scope": "api",
        "error_description": "The request requires higher privileges than provided by the access token." });
    for (answer, kind, help) in [
        (Answer::json(401, serde_json::json!({ "message": "401 Unauthorized" })), Kind::Authentication, "`api`"),
        (sign_in, Kind::Authentication, "`api`"),
        (Answer::json(403, scope), Kind::Permission, "scope `api`"),
        (Answer::json(403, serde_json::json!({ "message": "403 Forbidden" })), Kind::Permission, "Developer"),
        (Answer::json(404, serde_json::json!({ "message": "404 Project Not Found" })), Kind::NotFound, "member"),
        (Answer::page(404, "Not Found"), Kind::NotFound, "member"),
    ] {
        let server = start();
        let shown = format!("{answer:?}");
        server.fault(is_status, Fault::Says(answer));
        let error = post(&server, &[], &status(State::Success)).unwrap_err();
        assert_eq!(error.kind, kind, "{shown}");
        assert!(error.help.as_ref().is_some_and(|it| it.contains(help)), "{shown}: {error:?}");
        assert!(!format!("{error:?}").contains(TOKEN));
    }
}
