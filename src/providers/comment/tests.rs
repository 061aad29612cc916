//! Comments that several legs share, against a vendor in memory that is slow and fails.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;

use super::*;
use crate::{
    net::{Client, Config, Error, Kind},
    providers::{Comment, Limit, Posted, Unit},
    report::{Case, Report, Run, Status},
};

const LIMIT: Limit = Limit { vendor: "", what: "", most: 65_536, unit: Unit::Bytes, source: "" };
const SMALL: Limit = Limit { most: 6_000, ..LIMIT };

fn report(run: &str, attempt: u32, failing: &[&str]) -> Report {
    let mut report = Report {
        run: Run { id: run.to_owned(), attempt, start: Some("2026-11-27T10:00:00.000Z".to_owned()), ..Run::default() },
        ..Report::default()
    };
    let cases = failing.iter().map(|name| (*name, Status::Failed)).chain([("it passes", Status::Passed)]);
    for (name, status) in cases {
        let case = Case { name: name.to_owned(), status, ..Case::default() };
        report.totals.count(&case);
        report.cases.push(case);
    }
    report.verdict.passed = failing.is_empty();
    report
}

fn comment<'a>(report: &'a Report, leg: &'a str) -> Comment<'a> {
    Comment { key: "acme unit", leg: Some(leg).filter(|it| !it.is_empty()), report, whole: "report.html" }
}

fn part(report: &Report, leg: &str) -> Section {
    Section::of(&comment(report, leg), Markup::Html, 60_000)
}

#[test]
fn what_is_written_is_read_back() {
    for markup in [Markup::Html, Markup::Plain] {
        let mut document = Document::new("acme unit");
        let failing = report("7", 1, &["a <b> test -->", "[//]: # (ci-gen:end)", "<!-- ci-gen:end -->"]);
        let mine = Section::of(&comment(&failing, "linux --> (3.12)"), markup, 60_000);
        assert!(document.put(mine.clone()));
        assert!(document.put(Section::of(&comment(&report("7", 1, &[]), "windows"), markup, 60_000)));
        let text = document.text(markup, 60_000);
        let back = Document::parse("acme unit", &text, markup).unwrap();
        assert!(back.holds(&mine), "{text}");
        assert_eq!(back.legs().collect::<Vec<_>>(), ["linux --> (3.12)", "windows"]);
        assert_eq!(back.text(markup, 60_000), text);
        assert_eq!(Document::parse("acme e2e", &text, markup), None);
        assert_eq!(Document::parse("acme unit", &format!("> {text}"), markup), None, "a quotation is none of ours");
        assert!(text.contains("❌ 3 of 5 tests failed, in 1 of 2 legs"), "{text}");
    }
}

#[test]
fn one_part_reads_like_a_report() {
    let mut document = Document::new("acme unit");
    let mut report = report("7", 1, &["adds"]);
    report.merged.push(Default::default());
    document.put(part(&report, ""));
    let text = document.text(Markup::Html, 60_000);
    let seen: Vec<&str> = text.lines().filter(|it| !it.is_empty() && !it.starts_with("<!-- ci-gen:")).collect();
    assert_eq!(seen[0], "### ❌ 1 of 2 tests failed", "{text}");
}

#[test]
fn a_newer_run_replaces_and_an_older_one_is_silent() {
    let mut document = Document::new("k");
    assert!(document.put(part(&report("10", 1, &["old"]), "linux")));
    assert!(document.put(part(&report("11", 1, &[]), "windows")));
    assert_eq!(document.legs().collect::<Vec<_>>(), ["windows"]);
    assert!(!document.put(part(&report("9", 2, &["older"]), "linux")));
    assert_eq!(document.legs().collect::<Vec<_>>(), ["windows"]);
}

#[test]
fn an_attempt_replaces_its_own_leg_alone() {
    let mut document = Document::new("k");
    document.put(part(&report("7", 1, &["a"]), "linux"));
    document.put(part(&report("7", 1, &["b"]), "windows"));
    document.put(part(&report("7", 2, &[]), "windows"));
    document.put(part(&report("7", 1, &["late"]), "windows"));
    let text = document.text(Markup::Html, 60_000);
    assert!(text.contains("in 1 of 2 legs") && !text.contains("late"), "{text}");
}

#[test]
fn a_later_attempt_of_a_leg_without_a_name_stands_alone_whoever_comes_first() {
    let (first, second) = (part(&report("7", 1, &["a"]), ""), part(&report("7", 2, &[]), ""));
    for order in [[&first, &second], [&second, &first]] {
        let mut document = Document::new("k");
        for section in order {
            assert!(document.put(section.clone()));
            assert!(document.holds(section));
        }
        assert_eq!(document.legs().collect::<Vec<_>>(), [second.leg.as_str()]);
    }
}

#[test]
fn a_double_that_says_what_an_earlier_attempt_said_is_removed() {
    let memory = Memory::new(Vec::new());
    let client = Client::new(Config::default()).unwrap();
    run(async {
        upsert(&*memory, &comment(&report("7", 1, &["a"]), ""), &client).await.unwrap();
        let body = memory.comments.lock().unwrap()[0].body.clone();
        memory.create(&body).await.unwrap();
        upsert(&*memory, &comment(&report("7", 2, &[]), ""), &client).await.unwrap();
    });
    let comments = memory.comments.lock().unwrap();
    assert!(comments[0].body.contains("1 test passed"), "{}", comments[0].body);
    assert_eq!(comments[1].body, "deleted");
}

#[test]
fn the_whole_suite_stands_for_its_legs() {
    let mut document = Document::new("k");
    document.put(part(&report("7", 1, &["a"]), "linux"));
    let mut whole = report("7", 1, &["a"]);
    whole.merged.push(Default::default());
    document.put(part(&whole, ""));
    assert_eq!(document.legs().collect::<Vec<_>>(), [""]);
    let late = part(&report("7", 1, &["late"]), "windows");
    document.put(late.clone());
    assert!(document.holds(&late));
    assert_eq!(document.legs().collect::<Vec<_>>(), [""]);
}

#[test]
fn numbers_that_others_wrote_never_overflow() {
    let mut document = Document::new("key");
    for leg in ["a", "b"] {
        let counts = (u64::MAX, u64::MAX, u64::MAX);
        document.put(Section { leg: leg.to_owned(), named: true, counts, ..Section::default() });
    }
    let most = u64::MAX.to_string();
    assert!(document.text(Markup::Html, 65_536).contains(&format!("{most} of {most} tests failed")));
}

#[test]
fn no_budget_is_exceeded_and_no_failure_is_forgotten() {
    let names: Vec<String> = (0..200).map(|it| format!("test number {it} with a name ä of some length")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for legs in [1, 3, 20, 300] {
        for budget in [6_000, 31_000, 65_535] {
            let mut document = Document::new("k");
            let mine = part(&report("7", 1, &names), "leg 0");
            for leg in 0..legs {
                document.put(Section { leg: format!("leg {leg}"), ..mine.clone() });
            }
            let text = document.text(Markup::Html, budget);
            assert!(text.len() <= budget, "{legs} legs in {budget}: {}", text.len());
            let back = Document::parse("k", &text, Markup::Html).unwrap();
            assert!(back.holds(&mine), "{legs} legs in {budget}");
            assert!(back.legs().count() == legs || text.contains("more legs, for which there is no room"));
        }
    }
}

/// Comments in memory: slow, and failing now and then.
struct Memory {
    comments: Mutex<Vec<Found>>,
    limit: &'static Limit,
    faults: Mutex<Vec<u32>>,
}

impl Memory {
    fn new(faults: Vec<u32>) -> Arc<Memory> {
        Arc::new(Memory { comments: Mutex::default(), limit: &LIMIT, faults: Mutex::new(faults) })
    }

    async fn wait(&self) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }

    /// What happens to the next write: nothing, lost after it was done, or turned away.
    fn fault(&self) -> u32 {
        self.faults.lock().unwrap().pop().unwrap_or(0)
    }
}

fn lost() -> Error {
    Error { unsure: true, ..Error::new(Kind::Connection, "write", "Memory") }
}

#[async_trait]
impl Thread for Memory {
    async fn list(&self) -> Result<Vec<Found>, Error> {
        self.wait().await;
        Ok(self.comments.lock().unwrap().clone())
    }

    async fn create(&self, body: &str) -> Result<Found, Error> {
        self.wait().await;
        let fault = self.fault();
        if fault == 2 {
            return Err(Error {
                wait: Some(Duration::from_millis(20)),
                ..Error::new(Kind::RateLimit, "write", "Memory")
            });
        }
        let mut comments = self.comments.lock().unwrap();
        let id = (comments.len() + 1).to_string();
        let found = Found { id, body: body.to_owned(), author: Some(Author("bot".to_owned())), url: None };
        comments.push(found.clone());
        if fault == 1 {
            Err(lost())
        } else {
            Ok(found)
        }
    }

    async fn update(&self, id: &str, body: &str) -> Result<(), Error> {
        self.wait().await;
        let fault = self.fault();
        if fault == 2 {
            return Err(Error {
                wait: Some(Duration::from_millis(20)),
                ..Error::new(Kind::RateLimit, "write", "Memory")
            });
        }
        let mut comments = self.comments.lock().unwrap();
        let known = comments.iter_mut().find(|it| it.id == id && it.body != "deleted");
        known.ok_or_else(|| Error::new(Kind::NotFound, "write", "Memory"))?.body = body.to_owned();
        if fault == 1 {
            Err(lost())
        } else {
            Ok(())
        }
    }

    async fn delete(&self, id: &str) -> Result<(), Error> {
        self.wait().await;
        self.comments.lock().unwrap().iter_mut().filter(|it| it.id == id).for_each(|it| it.body = "deleted".to_owned());
        Ok(())
    }

    fn limit(&self) -> &'static Limit {
        self.limit
    }

    fn markup(&self) -> Markup {
        Markup::Html
    }
}

fn run<T>(future: impl std::future::Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

#[test]
fn eight_legs_at_once_end_in_one_comment_with_everyones_failures() {
    let faults: Vec<u32> = vec![0, 1, 2, 0, 2, 1, 1, 0, 2, 0, 0, 1];
    let memory = Memory::new(faults);
    let legs: Vec<String> = (0..8).map(|it| format!("leg {it}")).collect();
    run(async {
        let mut tasks = tokio::task::JoinSet::new();
        for leg in legs.clone() {
            let memory = memory.clone();
            tasks.spawn(async move {
                let client = Client::new(Config { backoff: Duration::from_millis(40), ..Config::default() }).unwrap();
                let report = report("7", 1, &[&format!("fails in {leg}")]);
                upsert(&*memory, &comment(&report, &leg), &client).await
            });
        }
        while let Some(result) = tasks.join_next().await {
            assert!(matches!(result.unwrap(), Ok(Posted::There { .. })));
        }
    });
    let comments = memory.comments.lock().unwrap();
    let alive: Vec<&Found> = comments.iter().filter(|it| it.body != "deleted").collect();
    assert_eq!(alive.len(), 1, "{alive:#?}");
    for leg in legs {
        assert!(alive[0].body.contains(&format!("fails in {leg}")), "{leg} is missing in {}", alive[0].body);
    }
}

#[test]
fn the_same_again_writes_nothing() {
    let memory = Memory::new(Vec::new());
    let client = Client::new(Config::default()).unwrap();
    let mut whole = report("7", 1, &["a"]);
    whole.merged.push(Default::default());
    run(async {
        for _ in 0..2 {
            upsert(&*memory, &comment(&whole, ""), &client).await.unwrap();
        }
    });
    assert_eq!(memory.comments.lock().unwrap().len(), 1);
}

#[test]
fn a_comment_that_was_removed_is_written_anew() {
    let memory = Memory::new(Vec::new());
    let client = Client::new(Config::default()).unwrap();
    let mut whole = report("7", 1, &["a"]);
    whole.merged.push(Default::default());
    run(async {
        upsert(&*memory, &comment(&whole, ""), &client).await.unwrap();
        memory.delete("1").await.unwrap();
        let again = upsert(&*memory, &comment(&whole, ""), &client).await.unwrap();
        assert_eq!(again, Posted::There { id: "2".to_owned(), url: None });
    });
}

#[test]
fn a_small_comment_names_what_failed() {
    let memory = Arc::new(Memory { comments: Mutex::default(), limit: &SMALL, faults: Mutex::default() });
    let names: Vec<String> =
        (0..500).map(|it| format!("test {it} fails for a long reason {}", "x".repeat(80))).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let client = Client::new(Config::default()).unwrap();
    let mut whole = report("7", 1, &names);
    whole.merged.push(Default::default());
    run(upsert(&*memory, &comment(&whole, ""), &client)).unwrap();
    let body = memory.comments.lock().unwrap()[0].body.clone();
    assert!(body.len() <= SMALL.most && body.contains("test 0 fails"), "{body}");
}
