//! What tests of single vendors share: a clock that nobody waits for, and runs to publish.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use ci_gen::{
    net::{Clock, Config, Mode},
    providers::{Comment, Provider},
    report::{Case, Details, Note, Report, Run, Status},
};

use super::kit::{Kit, Set};

/// A clock whose waits are added to the time.
#[derive(Default)]
pub struct Quick(Mutex<Duration>);

impl Quick {
    pub fn slept(&self) -> Duration {
        *self.0.lock().unwrap()
    }
}

impl Clock for Quick {
    fn now(&self) -> SystemTime {
        SystemTime::now() + self.slept()
    }

    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        *self.0.lock().unwrap() += time;
        Box::pin(std::future::ready(()))
    }

    fn chance(&self) -> f64 {
        0.5
    }
}

/// A setting without waits; variables with an empty value are as good as unset.
pub fn set(kit: &dyn Kit, address: &str, more: &[(&str, &str)]) -> (Set, Arc<Quick>) {
    let clock = Arc::<Quick>::default();
    (Set::with(kit, address, more, Config { clock: clock.clone(), ..Config::default() }), clock)
}

/// A setting that sends nothing.
pub fn dry(kit: &dyn Kit, more: &[(&str, &str)]) -> Set {
    Set::with(kit, "http://127.0.0.1:9", more, Config { mode: Mode::Dry, ..Config::default() })
}

/// The provider of a kit.
pub fn provider(kit: &dyn Kit, set: &Set) -> Box<dyn Provider> {
    set.provider(kit.name()).unwrap()
}

pub fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// A run with one test that passes and some that fail, each in its own words.
pub fn report(failing: &[&str]) -> Report {
    let start = Some("2026-11-27T10:00:00.000Z".to_owned());
    let run = Run { id: "4711".to_owned(), attempt: 1, start, ..Run::default() };
    let mut report = Report { run, ..Report::default() };
    let cases = failing.iter().map(|it| (*it, Status::Failed)).chain([("it passes", Status::Passed)]);
    for (name, status) in cases {
        let message = status.is_failure().then(|| format!("{name} is not so"));
        let details = Details { message, ..Details::default() };
        let file = Some("src/cart.rs".to_owned());
        let case = Case { name: name.to_owned(), status, file, line: Some(12), details, ..Case::default() };
        report.totals.count(&case);
        report.cases.push(case);
    }
    report.verdict.passed = failing.is_empty();
    if !report.verdict.passed {
        let note = Note { code: "failures".to_owned(), message: "tests failed".to_owned(), ..Note::default() };
        report.verdict.reasons.push(note);
    }
    report
}

/// So many names of tests.
pub fn names(count: usize) -> Vec<String> {
    (0..count).map(|index| format!("test {index}")).collect()
}

pub fn comment(report: &Report) -> Comment<'_> {
    Comment { key: "acme unit", leg: Some("linux"), report, whole: "report.html" }
}

/// Names and words that break what takes them as they are.
pub const HOSTILE: &[&str] = &[
    "/close",
    "\n/merge\n",
    "```\n/approve\n```",
    "a\0b\u{1b}[31mred",
    "<!-- ci-gen:end --> [//]: # (ci-gen:end)",
    "😀\u{202e}evil @all !12 #7 &3",
    "</details></body>",
];

/// A run with more to tell than any comment holds.
pub fn talkative() -> Report {
    let names = names(400);
    let mut report = report(&names.iter().map(String::as_str).collect::<Vec<_>>());
    for case in &mut report.cases {
        let trace = format!("{} is not so\n{}", case.name, "    at src/cart.rs:12\n".repeat(60));
        case.details.trace = case.status.is_failure().then_some(trace);
    }
    report
}
