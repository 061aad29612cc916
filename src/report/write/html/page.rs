//! The page as the template prints it.

use serde::Serialize;

use super::{
    case::{self, CaseView, Room, LINE},
    charts::{self, Bar, Part},
    data, policy, FULL, LISTED, SCRIPT, STYLE,
};
use crate::report::{
    write::text::{self, duration, line, number, tests_of},
    Group, Merged, Report, Totals,
};

/// Rows of the tables, and entries of the lists that are HTML.
const ROWS: usize = 2000;
/// Tests that a group links to.
const LINKS: usize = 10;

#[derive(Serialize)]
pub(super) struct Page {
    policy: String,
    title: String,
    style: &'static str,
    colors: String,
    script: &'static str,
    data: String,
    verdict: &'static str,
    headline: String,
    facts: Vec<String>,
    link: Option<String>,
    outcome: Vec<Part>,
    outcome_text: String,
    contents: Vec<Content>,
    reasons: Vec<String>,
    groups: Vec<GroupView>,
    states: Vec<State>,
    failures: Vec<CaseView>,
    more_failures: Option<String>,
    flaky: Vec<CaseView>,
    more_flaky: Option<String>,
    runs: Vec<RunView>,
    has_tests: bool,
    unlisted: Option<String>,
    has_times: bool,
    slowest: Vec<Bar>,
    distribution: Vec<Bar>,
    suites: Vec<Row>,
    suites_title: String,
    notes: Vec<String>,
    footer: String,
}

#[derive(Serialize)]
struct Content {
    id: &'static str,
    title: String,
}

#[derive(Serialize)]
struct GroupView {
    count: String,
    class: Option<&'static str>,
    kind: Option<String>,
    message: String,
    frame: Option<String>,
    evidence: Option<String>,
    tests: Vec<Link>,
    more: Option<String>,
}

#[derive(Serialize)]
struct Link {
    index: usize,
    name: String,
}

#[derive(Serialize)]
struct State {
    name: &'static str,
    count: String,
}

#[derive(Serialize)]
struct RunView {
    verdict: &'static str,
    #[serde(flatten)]
    row: Row,
}

/// A line of a table.
#[derive(Serialize)]
struct Row {
    name: String,
    tests: String,
    passed: String,
    failed: String,
    errored: String,
    skipped: String,
    flaky: String,
    time: String,
}

pub(super) fn of(report: &Report) -> Result<Page, serde_json::Error> {
    let mut room = Room::default();
    let mut failing = text::failing(report);
    let more_failures = more(failing.len(), FULL, "failing tests", "in the list of all tests");
    failing.truncate(FULL);
    let mut flaky: Vec<usize> = (0..report.cases.len()).filter(|index| report.cases[*index].flaky).collect();
    let more_flaky = more(flaky.len(), FULL, "flaky tests", "in the list of all tests");
    flaky.truncate(FULL);
    let failures = case::of(report, &failing, &mut room);
    let flaky = case::of(report, &flaky, &mut room);
    let colors = room.styles();
    let headline = text::headline(report);
    let place = text::place(&report.run).join(" · ");
    let slowest = charts::slow(report);
    let mut page = Page {
        policy: policy::policy(SCRIPT, [STYLE, &colors]),
        title: [text::mark(report), &headline, &place]
            .iter()
            .filter(|it| !it.is_empty())
            .copied()
            .collect::<Vec<_>>()
            .join(" "),
        style: STYLE,
        colors,
        script: SCRIPT,
        data: data::of(report)?,
        verdict: verdict(report.verdict.passed),
        headline: capital(&headline),
        facts: text::facts(report),
        link: report.run.url.clone().filter(|it| it.starts_with("https://") || it.starts_with("http://")),
        outcome: charts::outcome(&report.totals),
        outcome_text: outcome_text(&report.totals),
        contents: Vec::new(),
        reasons: text::unseen_reasons(report).into_iter().take(ROWS).map(|it| line(&text::note(it), LINE)).collect(),
        groups: groups(report),
        states: states(&report.totals),
        failures,
        more_failures,
        flaky,
        more_flaky,
        runs: report.merged.iter().take(ROWS).map(run).collect(),
        has_tests: !report.cases.is_empty(),
        unlisted: more(report.cases.len(), LISTED, "tests", "in report.json"),
        has_times: !slowest.is_empty(),
        slowest,
        distribution: charts::distribution(report),
        suites: suites(report),
        suites_title: format!("{} by outcome", count(report.suites.len(), "suite", "suites")),
        notes: report.notes.iter().take(ROWS).map(|it| line(&text::note(it), LINE)).collect(),
        footer: footer(report),
    };
    page.contents = contents(&page, report);
    Ok(page)
}

fn contents(page: &Page, report: &Report) -> Vec<Content> {
    let totals = &report.totals;
    let parts = [
        ("reasons", "Why it failed".to_owned(), !page.reasons.is_empty()),
        ("groups", format!("What went wrong ({})", number(report.groups.len() as u64)), !page.groups.is_empty()),
        ("failures", format!("Failed tests ({})", number(totals.failures())), !page.failures.is_empty()),
        ("flaky", format!("Flaky tests ({})", number(totals.flaky)), !page.flaky.is_empty()),
        ("runs", format!("Runs ({})", number(report.merged.len() as u64)), !page.runs.is_empty()),
        ("tests", format!("All tests ({})", number(totals.tests)), page.has_tests),
        ("durations", "Durations".to_owned(), page.has_times),
        ("suites", format!("Suites ({})", number(report.suites.len() as u64)), !page.suites.is_empty()),
        ("notes", format!("Notes ({})", number(report.notes.len() as u64)), !page.notes.is_empty()),
    ];
    parts.into_iter().filter(|it| it.2).map(|(id, title, _)| Content { id, title }).collect()
}

fn groups(report: &Report) -> Vec<GroupView> {
    report.groups.iter().take(ROWS).map(|it| group(it, report)).collect()
}

fn group(group: &Group, report: &Report) -> GroupView {
    let link = |index: &usize| Some(Link { index: *index, name: line(&report.cases.get(*index)?.name, 80) });
    let left = group.cases.len().saturating_sub(LINKS) as u64;
    // What tests have in common has its numbers left out; one test says it better itself.
    let own = match group.cases.as_slice() {
        [only] => report.cases.get(*only).and_then(|it| it.details.message.as_deref()),
        _ => None,
    };
    GroupView {
        count: if group.cases.is_empty() { "The run".to_owned() } else { tests_of(group.cases.len() as u64) },
        class: text::class(group.class),
        kind: group.kind.as_deref().map(|it| line(it, LINE)),
        message: line(own.unwrap_or(&group.message), LINE),
        frame: group.frame.as_deref().map(|it| line(it, LINE)),
        evidence: group.evidence.as_deref().map(|it| line(it, LINE)),
        tests: group.cases.iter().take(LINKS).filter_map(link).collect(),
        more: (left > 0).then(|| number(left)),
    }
}

fn states(totals: &Totals) -> Vec<State> {
    let counts = [
        ("failed", totals.failed),
        ("errored", totals.errored),
        ("flaky", totals.flaky),
        ("skipped", totals.skipped),
        ("passed", totals.passed),
    ];
    let state = |(name, count): (&'static str, u64)| State { name, count: number(count) };
    counts.into_iter().filter(|(_, count)| *count > 0).map(state).collect()
}

fn run(merged: &Merged) -> RunView {
    let name = text::place(&merged.run).join(" · ");
    let name = if name.is_empty() { "(unnamed)".to_owned() } else { name };
    RunView { verdict: verdict(merged.verdict.passed), row: row(name, &merged.totals) }
}

fn suites(report: &Report) -> Vec<Row> {
    let mut totals = vec![Totals::default(); report.suites.len()];
    for case in &report.cases {
        if let Some(totals) = totals.get_mut(case.suite) {
            totals.count(case);
        }
    }
    let name = |suite: &crate::report::Suite| match &suite.leg {
        Some(leg) => line(&format!("{} [{leg}]", suite.name), LINE),
        None => line(&suite.name, LINE),
    };
    report.suites.iter().zip(&totals).take(ROWS).map(|(suite, totals)| row(name(suite), totals)).collect()
}

fn row(name: String, totals: &Totals) -> Row {
    Row {
        name,
        tests: number(totals.tests),
        passed: number(totals.passed),
        failed: number(totals.failed),
        errored: number(totals.errored),
        skipped: number(totals.skipped),
        flaky: number(totals.flaky),
        time: duration(totals.duration),
    }
}

fn outcome_text(totals: &Totals) -> String {
    format!(
        "{} passed, {} failed, {} errored, {} skipped",
        number(totals.passed),
        number(totals.failed),
        number(totals.errored),
        number(totals.skipped)
    )
}

fn footer(report: &Report) -> String {
    let run = &report.run;
    let known = [&run.repository, &run.branch, &run.start].into_iter().flatten().map(|it| line(it, 200));
    ["Written by ci-gen".to_owned()].into_iter().chain(known).collect::<Vec<_>>().join(" · ")
}

fn verdict(passed: bool) -> &'static str {
    if passed {
        "passed"
    } else {
        "failed"
    }
}

/// What to say about those beyond a limit.
fn more(count: usize, most: usize, what: &str, place: &str) -> Option<String> {
    let left = count.checked_sub(most).filter(|it| *it > 0)?;
    Some(format!("{} more {what} are {place}.", number(left as u64)))
}

fn count(count: usize, one: &str, several: &str) -> String {
    format!("{} {}", number(count as u64), if count == 1 { one } else { several })
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
