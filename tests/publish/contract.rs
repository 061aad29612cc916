//! What every provider has to keep, whatever its vendor does.

use std::{
    future::Future,
    net::TcpListener,
    sync::{Arc, Mutex},
    time::Duration,
};

use ci_gen::{
    net::{Config, Error, Kind, Mode},
    providers::{BuildStatus, Capability, Comment, Phase, Posted, Provider, State, TestRun},
    report::Report,
};

use super::{
    clock::Fast,
    given,
    kit::{Fake, Kit, Set, TOKEN},
    server::{Answer, Fault, Request},
    KITS,
};

/// Seeds of chance; a failing test names its own.
const SEEDS: &[u64] = &[1, 7];

fn config(seed: u64) -> Config {
    // A machine that is busy is slow by the fast clock.
    let deadline = Duration::from_secs(1800);
    Config { clock: Arc::new(Fast::new(seed)), timeout: Duration::from_secs(20), deadline, ..Config::default() }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Every kit whose provider can do something, with a fresh fake and provider.
fn each(capability: Capability, test: impl Fn(&dyn Kit, &dyn Fake, &dyn Provider)) {
    let mut tested = 0;
    for kit in KITS {
        let fake = kit.start();
        let set = Set::with(*kit, &fake.address(), &[], config(1));
        let provider = set.provider(kit.name()).unwrap_or_else(|error| panic!("{}: {error}", kit.name()));
        if !provider.capabilities().contains(&capability) {
            continue;
        }
        tested += 1;
        test(*kit, &*fake, &*provider);
        assert_eq!(fake.wrong(), Vec::<String>::new(), "{}: bodies that no schema allows", kit.name());
        assert_eq!(fake.faults_left(), 0, "{}: faults that nothing met", kit.name());
        only_in_its_header(kit.name(), &fake.requests());
    }
    assert!(tested > 0, "no kit can do that");
}

/// The credentials stand in one header of each request and nowhere else.
fn only_in_its_header(name: &str, requests: &[Request]) {
    let encoded = ["bWFya2VyLXRva2VuLTNmOWM", "1hcmtlci10b2tlbi0zZjlj", "tYXJrZXItdG9rZW4tM2Y5Y"];
    for request in requests {
        let shows = |text: &str| text.contains(TOKEN) || encoded.iter().any(|it| text.contains(it));
        let query: String = request.query.iter().map(|(name, value)| format!("{name}={value}&")).collect();
        assert!(!shows(&request.path) && !shows(&request.body) && !shows(&query), "{name}: {request:?}");
        assert!(request.headers.values().filter(|it| shows(it)).count() <= 1, "{name}: {request:?}");
    }
}

fn status(state: State) -> BuildStatus {
    BuildStatus {
        name: "ci-gen/unit".to_owned(),
        state,
        description: "3 of 240 tests failed".to_owned(),
        url: Some("https://ci.example.com/run/4711".to_owned()),
    }
}

fn test_run(report: &Report, phase: Phase) -> TestRun<'_> {
    TestRun { identity: "ci-gen:4711:1:unit:linux-3.12", title: "acme: unit, linux-3.12", report, phase }
}

fn comment<'a>(report: &'a Report, leg: Option<&'a str>) -> Comment<'a> {
    Comment { key: "acme unit", leg, report, whole: "https://ci.example.com/run/4711" }
}

/// What servers do now and then, and what a client has to get over.
fn hiccups(fake: &dyn Fake) -> Vec<(&'static str, Fault)> {
    vec![
        ("429 with a time", Fault::Says(fake.rate_limit(Some(1)))),
        ("429 without one", Fault::Says(fake.rate_limit(None))),
        ("a busy server", Fault::Says(Answer::text(503, "busy").header("retry-after", "1"))),
        ("a gateway", Fault::Says(Answer::page(502, "Bad Gateway"))),
        ("a reset", Fault::Reset),
        ("a lost answer", Fault::Lost),
        ("half an answer", Fault::Cut),
        ("a slow answer", Fault::Slow(Duration::from_millis(200))),
    ]
}

fn seen(fake: &dyn Fake) -> Vec<(String, String)> {
    fake.statuses()
}

#[test]
fn a_status_is_set_and_replaced() {
    each(Capability::Statuses, |kit, fake, provider| {
        for (state, word) in [
            (State::Pending, "pending"),
            (State::Pending, "pending"),
            (State::Failure, "failure"),
            (State::Success, "success"),
            (State::Success, "success"),
        ] {
            run(provider.set_build_status(&status(state))).unwrap_or_else(|error| panic!("{}: {error}", kit.name()));
            let shown = seen(fake);
            assert_eq!(shown.len(), 1, "{}: {shown:?}", kit.name());
            assert_eq!(shown[0].1, word, "{}", kit.name());
        }
    });
}

#[test]
fn a_status_gets_over_everything_that_passes() {
    each(Capability::Statuses, |kit, fake, provider| {
        for (what, fault) in hiccups(fake) {
            fake.fault(Box::new(Request::writes), fault);
            let said = run(provider.set_build_status(&status(State::Success)));
            assert!(said.is_ok(), "{} after {what}: {said:?}", kit.name());
            let shown = seen(fake);
            assert_eq!(shown.len(), 1, "{} after {what}: {shown:?}", kit.name());
            assert_eq!(shown[0].1, "success", "{} after {what}", kit.name());
        }
    });
}

#[test]
fn a_no_is_a_no_with_the_servers_words_and_a_way_out() {
    let check = |kit: &dyn Kit, said: Result<(), Error>| {
        let error = said.expect_err(kit.name());
        assert_eq!(error.kind, Kind::Permission, "{}: {error}", kit.name());
        assert!(!error.words.is_empty(), "{}: {error:?}", kit.name());
        assert!(error.help.is_some(), "{}: {error:?}", kit.name());
    };
    each(Capability::Statuses, |kit, fake, provider| {
        fake.fault(Box::new(Request::writes), Fault::Says(fake.forbidden()));
        check(kit, run(provider.set_build_status(&status(State::Success))));
    });
    each(Capability::Comments, |kit, fake, provider| {
        fake.fault(Box::new(Request::writes), Fault::Says(fake.forbidden()));
        let report = given::report(&["a"]);
        check(kit, run(provider.add_pr_comment(&comment(&report, None))).map(|_| ()));
    });
    each(Capability::TestRuns, |kit, fake, provider| {
        fake.fault(Box::new(Request::writes), Fault::Says(fake.forbidden()));
        let report = given::report(&["a"]);
        check(kit, run(provider.create_test_run(&test_run(&report, Phase::Running))).map(|_| ()));
    });
}

#[test]
fn a_limit_that_lasts_is_told_as_one() {
    each(Capability::Statuses, |kit, fake, provider| {
        fake.fault(Box::new(Request::writes), Fault::Says(fake.rate_limit(Some(3600))));
        let error = run(provider.set_build_status(&status(State::Success))).unwrap_err();
        assert_eq!(error.kind, Kind::RateLimit, "{}: {error}", kit.name());
    });
}

#[test]
fn tokens_that_cannot_be_are_told_before_anybody_is_asked() {
    for kit in KITS {
        let fake = kit.start();
        let names: Vec<&str> =
            kit.variables(&fake.address()).iter().filter(|(_, value)| value == TOKEN).map(|(name, _)| *name).collect();
        for bad in ["", "   ", "marker-token\nX-Evil: 1", "märker", "marker token"] {
            let more: Vec<(&str, &str)> = names.iter().map(|name| (*name, bad)).collect();
            let set = Set::with(*kit, &fake.address(), &more, config(1));
            let Err(error) = set.provider(kit.name()) else {
                panic!("{}: {bad:?} is taken for a token", kit.name());
            };
            assert_eq!(error.kind, Kind::Authentication, "{}: {error}", kit.name());
            assert!(!error.to_string().contains("marker"), "{}: {error}", kit.name());
            assert!(names.iter().any(|name| error.to_string().contains(name)), "{}: {error}", kit.name());
        }
        assert!(fake.requests().is_empty(), "{}", kit.name());
    }
}

#[test]
fn a_wrong_token_is_told_as_one() {
    for kit in KITS {
        let fake = kit.start();
        let variables = kit.variables(&fake.address());
        let wrong: Vec<(&str, &str)> =
            variables.iter().filter(|(_, value)| value == TOKEN).map(|(name, _)| (*name, "somebody-elses")).collect();
        let set = Set::with(*kit, &fake.address(), &wrong, config(1));
        let provider = set.provider(kit.name()).unwrap();
        let can = provider.capabilities();
        let report = given::report(&["a"]);
        let mut said = Vec::new();
        if can.contains(&Capability::Statuses) {
            said.push(run(provider.set_build_status(&status(State::Success))));
        }
        if can.contains(&Capability::Comments) {
            said.push(run(provider.add_pr_comment(&comment(&report, None))).map(|_| ()));
        }
        if can.contains(&Capability::TestRuns) {
            said.push(run(provider.create_test_run(&test_run(&report, Phase::Running))).map(|_| ()));
        }
        for said in said {
            let error = said.expect_err(kit.name());
            assert_eq!(error.kind, Kind::Authentication, "{}: {error}", kit.name());
            assert!(error.help.is_some(), "{}: {error:?}", kit.name());
            assert!(!format!("{error:?}").contains("somebody-elses"), "{}: {error:?}", kit.name());
        }
    }
}

#[test]
fn the_page_of_a_proxy_breaks_nothing() {
    for kit in KITS {
        for answer in
            [Answer::page(200, "Sign in to the network"), Answer::text(200, "no json"), Answer::page(400, "Bad")]
        {
            let fake = kit.start();
            for _ in 0..40 {
                fake.fault(Box::new(|_| true), Fault::Says(answer.clone()));
            }
            let set = Set::with(*kit, &fake.address(), &[], config(1));
            let provider = set.provider(kit.name()).unwrap();
            let report = given::report(&["a"]);
            if provider.capabilities().contains(&Capability::Comments) {
                let error = run(provider.add_pr_comment(&comment(&report, None))).expect_err(kit.name());
                assert!(!error.to_string().is_empty());
            }
            if provider.capabilities().contains(&Capability::TestRuns) {
                // Some vendors answer writes with pages, and mean yes.
                let _ = run(provider.create_test_run(&test_run(&report, Phase::Running)));
            }
        }
    }
}

#[test]
fn credentials_are_taken_nowhere_else() {
    for kit in KITS {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let elsewhere = format!("http://localhost:{}/x", listener.local_addr().unwrap().port());
        let heard = Arc::new(Mutex::new(Vec::new()));
        let log = heard.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut bytes = [0; 8192];
                let read = std::io::Read::read(&mut &stream, &mut bytes).unwrap_or(0);
                log.lock().unwrap().push(String::from_utf8_lossy(&bytes[..read]).into_owned());
                let _ = std::io::Write::write_all(&mut &stream, b"HTTP/1.1 200 x\r\ncontent-length: 2\r\n\r\n[]");
            }
        });
        let fake = kit.start();
        for status in [301, 302, 307, 308, 302, 307] {
            let answer = Answer::text(status, "").header("location", elsewhere.clone());
            fake.fault(Box::new(|_| true), Fault::Says(answer));
        }
        let set = Set::with(*kit, &fake.address(), &[], config(1));
        let provider = set.provider(kit.name()).unwrap();
        let report = given::report(&["a"]);
        let can = provider.capabilities();
        if can.contains(&Capability::Statuses) {
            let _ = run(provider.set_build_status(&status(State::Success)));
        }
        if can.contains(&Capability::Comments) {
            let _ = run(provider.add_pr_comment(&comment(&report, None)));
        }
        if can.contains(&Capability::TestRuns) {
            let _ = run(provider.create_test_run(&test_run(&report, Phase::Running)));
        }
        for text in heard.lock().unwrap().iter() {
            assert!(!text.contains(TOKEN) && !text.to_lowercase().contains("authorization"), "{}: {text}", kit.name());
            assert!(text.starts_with("GET "), "{}: a write went elsewhere: {text}", kit.name());
        }
    }
}

#[test]
fn there_is_one_comment_however_many_others_there_are() {
    each(Capability::Comments, |kit, fake, provider| {
        fake.chatter(130);
        let report = given::whole(&["first"]);
        let posted = run(provider.add_pr_comment(&comment(&report, None))).unwrap();
        assert!(matches!(posted, Posted::There { .. }), "{}", kit.name());
        fake.chatter(130);
        let report = given::whole(&["second"]);
        run(provider.add_pr_comment(&comment(&report, None))).unwrap();
        let ours: Vec<String> = fake.comments().into_iter().filter(|it| it.contains("ci-gen")).collect();
        assert_eq!(ours.len(), 1, "{}: {ours:?}", kit.name());
        assert!(ours[0].contains("second") && !ours[0].contains("first"), "{}: {}", kit.name(), ours[0]);
    });
}

#[test]
fn what_is_there_already_is_not_sent_again() {
    each(Capability::Comments, |kit, fake, provider| {
        let report = given::whole(&["a"]);
        for _ in 0..2 {
            run(provider.add_pr_comment(&comment(&report, None))).unwrap();
        }
        let sent = fake.requests().iter().filter(|it| fake.is_comment(it)).count();
        assert_eq!(sent, 1, "{}", kit.name());
    });
}

#[test]
fn a_comment_gets_over_everything_that_passes() {
    each(Capability::Comments, |kit, fake, provider| {
        for (number, (what, fault)) in hiccups(fake).into_iter().enumerate() {
            let name = format!("failure {number}");
            fake.fault(Box::new(Request::writes), fault);
            let report = given::whole(&[&name]);
            let said = run(provider.add_pr_comment(&comment(&report, None)));
            assert!(said.is_ok(), "{} after {what}: {said:?}", kit.name());
            let ours: Vec<String> = fake.comments().into_iter().filter(|it| it.contains("ci-gen")).collect();
            assert_eq!(ours.len(), 1, "{} after {what}: {ours:?}", kit.name());
            assert!(ours[0].contains(&name), "{} after {what}: {}", kit.name(), ours[0]);
            if number == 3 {
                fake.remove_comments();
            }
        }
    });
}

#[test]
fn eight_legs_at_once_end_in_one_comment() {
    for kit in KITS {
        for seed in SEEDS {
            let fake = kit.start();
            let first = Set::with(*kit, &fake.address(), &[], config(*seed));
            if !first.provider(kit.name()).unwrap().capabilities().contains(&Capability::Comments) {
                continue;
            }
            fake.chatter(30);
            for fault in
                [Fault::Lost, Fault::Says(fake.rate_limit(Some(1))), Fault::Says(Answer::text(503, "")), Fault::Cut]
            {
                fake.fault(Box::new(Request::writes), fault);
            }
            let legs: Vec<String> = (0..8).map(|it| format!("leg-{it}")).collect();
            run(async {
                let mut tasks = tokio::task::JoinSet::new();
                for (number, leg) in legs.iter().cloned().enumerate() {
                    let set = Set::with(*kit, &fake.address(), &[], config(seed * 100 + number as u64));
                    let provider = set.provider(kit.name()).unwrap();
                    tasks.spawn(async move {
                        let report = given::report(&[&format!("fails in {leg}")]);
                        provider.add_pr_comment(&comment(&report, Some(&leg))).await
                    });
                }
                while let Some(said) = tasks.join_next().await {
                    let said = said.unwrap();
                    assert!(matches!(said, Ok(Posted::There { .. })), "{}, seed {seed}: {said:?}", kit.name());
                }
            });
            let ours: Vec<String> = fake.comments().into_iter().filter(|it| it.contains("ci-gen")).collect();
            assert_eq!(ours.len(), 1, "{}, seed {seed}: {ours:#?}", kit.name());
            for leg in legs {
                assert!(
                    ours[0].contains(&format!("fails in {leg}")),
                    "{}, seed {seed}, {leg}: {}",
                    kit.name(),
                    ours[0]
                );
            }
            assert_eq!(fake.wrong(), Vec::<String>::new(), "{}", kit.name());
        }
    }
}

#[test]
fn a_test_run_is_there_once_and_ends() {
    each(Capability::TestRuns, |kit, fake, provider| {
        let empty = given::report(&[]);
        let id = run(provider.create_test_run(&test_run(&empty, Phase::Running))).unwrap();
        assert_eq!(run(provider.create_test_run(&test_run(&empty, Phase::Running))).unwrap(), id, "{}", kit.name());
        run(provider.update_test_run(&id, &test_run(&empty, Phase::Running))).unwrap();
        let failing = given::report(&["a", "b", "c"]);
        run(provider.update_test_run(&id, &test_run(&failing, Phase::Finished))).unwrap();
        let runs = fake.runs();
        assert_eq!(runs.len(), 1, "{}: {runs:?}", kit.name());
        assert!(runs[0].finished, "{}: {runs:?}", kit.name());
        assert_ne!(runs[0].passed, Some(true), "{}: {runs:?}", kit.name());
    });
}

#[test]
fn a_test_run_gets_over_everything_that_passes_and_doubles_nothing() {
    each(Capability::TestRuns, |kit, fake, _| {
        for (what, _) in hiccups(fake) {
            // A fresh vendor each time, and a fault at the first, the second and the third write.
            for at in 0..3 {
                let fake = kit.start();
                let fault = hiccups(&*fake).into_iter().find(|(name, _)| *name == what).unwrap().1;
                let plain = kit.start();
                let count = |fake: &dyn Fake, fault: Option<Fault>| {
                    let set = Set::with(kit, &fake.address(), &[], config(at));
                    let provider = set.provider(kit.name()).unwrap();
                    let writes = Mutex::new(0);
                    if let Some(fault) = fault {
                        let when = move |request: &Request| {
                            let mut writes = writes.lock().unwrap();
                            *writes += u64::from(request.writes());
                            request.writes() && *writes == at + 1
                        };
                        fake.fault(Box::new(when), fault);
                    }
                    let report = given::many(120);
                    run(async {
                        let id = provider.create_test_run(&test_run(&report, Phase::Running)).await?;
                        provider.update_test_run(&id, &test_run(&report, Phase::Finished)).await
                    })
                };
                count(&*plain, None).unwrap();
                let said = count(&*fake, Some(fault));
                assert!(said.is_ok(), "{} after {what} at write {at}: {said:?}", kit.name());
                assert_eq!(fake.runs(), plain.runs(), "{} after {what} at write {at}", kit.name());
                assert_eq!(fake.wrong(), Vec::<String>::new(), "{} after {what}", kit.name());
            }
        }
    });
}

#[test]
fn hostile_names_reach_the_vendor_in_bodies_that_it_takes() {
    for kit in KITS {
        let fake = kit.start();
        let set = Set::with(*kit, &fake.address(), &[], Config { deadline: Duration::from_secs(3600), ..config(1) });
        let provider = set.provider(kit.name()).unwrap();
        let can = provider.capabilities();
        let report = given::hostile();
        if can.contains(&Capability::TestRuns) {
            run(async {
                let id = provider.create_test_run(&test_run(&report, Phase::Running)).await?;
                provider.update_test_run(&id, &test_run(&report, Phase::Finished)).await
            })
            .unwrap_or_else(|error| panic!("{}: {error}", kit.name()));
        }
        if can.contains(&Capability::Comments) {
            run(provider.add_pr_comment(&comment(&report, Some("a\n-->b")))).unwrap();
        }
        if can.contains(&Capability::Statuses) {
            let odd = "ä\u{0}\n😀".repeat(200);
            let status = BuildStatus { name: odd.clone(), description: odd, ..status(State::Error) };
            run(provider.set_build_status(&status)).unwrap_or_else(|error| panic!("{}: {error}", kit.name()));
        }
        assert_eq!(fake.wrong(), Vec::<String>::new(), "{}", kit.name());
    }
}

#[test]
fn a_dry_run_asks_nobody_and_shows_what_would_be_sent() {
    for kit in KITS {
        let wet = kit.start();
        let dry = kit.start();
        let report = given::report(&["a"]);
        let publish = |address: &str, mode: Mode| {
            let set = Set::with(*kit, address, &[], Config { mode, ..config(1) });
            let provider = set.provider(kit.name()).unwrap();
            let can = provider.capabilities();
            run(async {
                if can.contains(&Capability::Statuses) {
                    provider.set_build_status(&status(State::Failure)).await?;
                }
                if can.contains(&Capability::Comments) {
                    provider.add_pr_comment(&comment(&report, None)).await?;
                }
                if can.contains(&Capability::TestRuns) {
                    let id = provider.create_test_run(&test_run(&report, Phase::Running)).await?;
                    provider.update_test_run(&id, &test_run(&report, Phase::Finished)).await?;
                }
                Ok::<_, Error>(())
            })
            .unwrap_or_else(|error| panic!("{} {mode:?}: {error}", kit.name()));
            set.client.planned()
        };
        let planned = publish(&dry.address(), Mode::Dry);
        assert!(dry.requests().is_empty(), "{}: {:?}", kit.name(), dry.requests());
        publish(&wet.address(), Mode::Wire);
        let lines = |texts: &[String]| -> Vec<String> {
            let line = |text: &String| text.lines().find(|it| !it.starts_with('#')).unwrap_or_default().to_owned();
            texts.iter().map(line).map(|it| it.split('/').next().unwrap_or_default().to_owned()).collect()
        };
        let writes = |words: Vec<String>| words.into_iter().filter(|it| !it.starts_with("GET")).count();
        let sent = wet.requests().iter().filter(|it| it.writes()).count();
        assert_eq!(writes(lines(&planned)), sent, "{}: {planned:#?}", kit.name());
        assert!(planned.iter().all(|it| !it.contains(TOKEN)), "{}: {planned:#?}", kit.name());
        // The bodies of writes that need no id of the server's are the same to the byte.
        for request in wet.requests().iter().filter(|it| it.writes() && !it.body.is_empty()) {
            let body = match serde_json::from_str::<serde_json::Value>(&request.body) {
                Ok(json) => serde_json::to_string_pretty(&json).unwrap(),
                Err(_) => request.body.clone(),
            };
            let timed = |text: &str| regexless(text);
            assert!(
                planned.iter().any(|it| timed(it).contains(&timed(&body))),
                "{}: {body}\nis not in\n{}",
                kit.name(),
                planned.join("\n")
            );
        }
    }
}

/// A text with its digits made equal: times differ between two runs.
fn regexless(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect()
}

#[test]
fn a_time_to_wait_counts_by_the_servers_clock() {
    each(Capability::Statuses, |kit, fake, provider| {
        // The server's clock is years behind ours.
        let answer = Answer::text(429, "later")
            .header("date", "Fri, 27 Nov 2015 10:00:00 GMT")
            .header("retry-after", "Fri, 27 Nov 2015 10:00:01 GMT");
        fake.fault(Box::new(Request::writes), Fault::Says(answer));
        let said = run(provider.set_build_status(&status(State::Success)));
        assert!(said.is_ok(), "{}: {said:?}", kit.name());
    });
}

#[test]
#[expect(clippy::print_stdout, reason = "figures for whoever wants them, with `--nocapture`")]
fn ten_thousand_failures_take_few_requests() {
    for kit in KITS {
        let fake = kit.start();
        let set = Set::with(*kit, &fake.address(), &[], Config { deadline: Duration::from_secs(3600), ..config(1) });
        let provider = set.provider(kit.name()).unwrap();
        let can = provider.capabilities();
        let report = given::many(10_000);
        run(async {
            if can.contains(&Capability::TestRuns) {
                let id = provider.create_test_run(&test_run(&report, Phase::Running)).await?;
                provider.update_test_run(&id, &test_run(&report, Phase::Finished)).await?;
            }
            if can.contains(&Capability::Comments) {
                provider.add_pr_comment(&comment(&report, None)).await?;
            }
            if can.contains(&Capability::Statuses) {
                provider.set_build_status(&status(State::Failure)).await?;
            }
            Ok::<_, Error>(())
        })
        .unwrap_or_else(|error| panic!("{}: {error}", kit.name()));
        let writes = fake.requests().iter().filter(|it| it.writes()).count();
        println!("{}: {} requests, {writes} of them writes", kit.name(), fake.requests().len());
        assert!(fake.requests().len() <= 60, "{}: {} requests", kit.name(), fake.requests().len());
        assert_eq!(fake.wrong(), Vec::<String>::new(), "{}", kit.name());
    }
}
