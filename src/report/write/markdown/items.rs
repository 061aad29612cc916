//! What a report says in Markdown, in sections of items that are shown, shown in short, or left out.

use std::collections::HashSet;

use super::escape::{block, code, legible, prose, sentence};
use crate::report::{
    write::text::{self, duration, failing, gist, line, name, number, slowest, source, start},
    Attempt, Case, Class, Details, Group, Report,
};

/// Items of one kind under a title.
pub(super) struct Section {
    title: &'static str,
    /// One of its items by name, and several.
    names: [&'static str; 2],
    /// The lower, the longer it is kept.
    pub(super) rank: u8,
    pub(super) items: Vec<Item>,
    /// How many there are beyond the items.
    pub(super) more: u64,
}

/// One thing that is said.
pub(super) struct Item {
    pub(super) short: String,
    /// Said instead, where there is room.
    pub(super) long: Option<String>,
    pub(super) shown: Shown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    No,
    Short,
    Long,
}

impl Section {
    /// Bytes beside its items.
    pub(super) fn frame(&self) -> usize {
        format!("\n#### {}\n\n", self.title).len()
    }

    pub(super) fn print(&self, out: &mut String) {
        let mut shown = self.items.iter().filter(|it| it.shown != Shown::No).peekable();
        if shown.peek().is_none() {
            return;
        }
        out.push_str(&format!("\n#### {}\n\n", self.title));
        let mut after_line = false;
        for item in shown {
            match (&item.long, item.shown) {
                (Some(long), Shown::Long) => {
                    // A list has to end before a block begins.
                    if std::mem::take(&mut after_line) {
                        out.push('\n');
                    }
                    out.push_str(long);
                }
                _ => {
                    out.push_str(&item.short);
                    after_line = true;
                }
            }
        }
        out.truncate(out.trim_end().len());
        out.push('\n');
    }

    /// `1 flaky test`, `3 flaky tests`
    pub(super) fn named(&self, count: u64) -> String {
        format!("{} {}", number(count), if count == 1 { self.names[0] } else { self.names[1] })
    }
}

impl Item {
    fn line(short: String) -> Self {
        Item { short, long: None, shown: Shown::No }
    }

    /// The bytes that showing it at length costs, beyond those of showing it in short.
    pub(super) fn surplus(&self) -> Option<usize> {
        // One more for a blank line before it.
        Some((self.long.as_ref()?.len() + 1).saturating_sub(self.short.len()))
    }
}

/// Items of a section at most; a longer list is not read, and would take memory for nothing.
const MOST: usize = 500;
/// The same for what matters less.
const FEW: usize = 50;
/// Seconds from which a test is called slow.
const SLOW: f64 = 10.0;
/// Bytes and lines of one text at length.
const TEXT: (usize, usize) = (4000, 60);
/// Characters of a name or a message on one line.
const LINE: usize = 300;

/// Everything that there is to say below the headline, in the order in which it is read.
pub(super) fn of(report: &Report, html: bool) -> Vec<Section> {
    vec![
        section("Why it failed", ["reason", "reasons"], 0, reasons(report), FEW),
        section("Runs that failed", ["failed run", "failed runs"], 2, runs(report), FEW),
        section("What went wrong", ["group of failures", "groups of failures"], 1, groups(report), FEW),
        section("Failed tests", ["failing test", "failing tests"], 3, failures(report, html), MOST),
        section("Flaky tests", ["flaky test", "flaky tests"], 4, flaky(report), FEW),
        section("Slowest tests", ["slow test", "slow tests"], 6, slow(report), FEW),
        section("Notes", ["note", "notes"], 5, notes(report), FEW),
    ]
}

fn section(
    title: &'static str,
    names: [&'static str; 2],
    rank: u8,
    all: impl ExactSizeIterator<Item = Item>,
    most: usize,
) -> Section {
    let more = all.len().saturating_sub(most) as u64;
    Section { title, names, rank, items: all.take(most).collect(), more }
}

fn reasons(report: &Report) -> impl ExactSizeIterator<Item = Item> + '_ {
    let reasons = text::unseen_reasons(report).into_iter();
    reasons.map(|it| Item::line(format!("- {}\n", sentence(&line(&text::note(it), LINE)))))
}

fn runs(report: &Report) -> impl ExactSizeIterator<Item = Item> {
    let failed: Vec<Item> = report
        .merged
        .iter()
        .filter(|it| !it.verdict.passed)
        .map(|it| {
            let place = text::place(&it.run).join(" · ");
            let place = if place.is_empty() { "a run without a name".to_owned() } else { place };
            let totals = &it.totals;
            let failures = match totals.failures() {
                0 => it.verdict.reasons.first().map(text::note).unwrap_or_default(),
                count => format!("{} of {} failed", number(count), text::tests_of(totals.tests)),
            };
            Item::line(format!("- **{}** — {}\n", prose(&place), sentence(&line(&failures, LINE))))
        })
        .collect();
    failed.into_iter()
}

/// Groups say nothing beyond the list of tests where each holds one test that simply failed.
fn groups(report: &Report) -> impl ExactSizeIterator<Item = Item> {
    let telling = |group: &&Group| group.cases.len() != 1 || !matches!(group.class, Class::Test | Class::Unknown);
    let telling: Vec<Item> = report.groups.iter().filter(telling).map(group).collect();
    telling.into_iter()
}

fn group(group: &Group) -> Item {
    let mut parts = Vec::new();
    if !group.cases.is_empty() {
        parts.push(format!("**{}**", text::tests_of(group.cases.len() as u64)));
    }
    parts.extend(text::class(group.class).map(|it| format!("**{it}**")));
    parts.extend(group.kind.as_deref().map(|it| code(&line(it, LINE))));
    if !group.message.trim().is_empty() {
        parts.push(code(&line(&group.message, LINE)));
    }
    parts.extend(group.frame.as_deref().map(|it| format!("at {}", code(&line(it, LINE)))));
    parts.extend(group.evidence.as_deref().map(|it| format!("told by {}", code(&line(it, LINE)))));
    Item::line(format!("- {}\n", parts.join(" · ")))
}

fn failures(report: &Report, html: bool) -> impl ExactSizeIterator<Item = Item> + '_ {
    // Tests of a group fail alike: the first one says at length what all of them would.
    let alike: HashSet<usize> = report.groups.iter().flat_map(|it| it.cases.iter().skip(1)).copied().collect();
    failing(report).into_iter().map(move |index| {
        let case = &report.cases[index];
        let leg = report.suites.get(case.suite).and_then(|it| it.leg.as_deref());
        let long = if alike.contains(&index) { String::new() } else { at_length(case) };
        Item {
            short: format!("- {}{}\n", title(case, leg, code), message(&case.details, code)),
            long: (!long.is_empty()).then(|| match html {
                true => {
                    let html = super::escape::html;
                    let (title, message) = (title(case, leg, html), message(&case.details, html));
                    format!("<details><summary>{title}{message}</summary>\n\n{long}</details>\n\n")
                }
                false => format!("Failed: {}{}\n\n{long}", title(case, leg, code), message(&case.details, code)),
            }),
            shown: Shown::No,
        }
    })
}

/// Name, leg and place, each as code in the markup that is read there.
fn title(case: &Case, leg: Option<&str>, code: fn(&str) -> String) -> String {
    let mut title = code(&line(&name(case), LINE));
    for part in [leg.map(str::to_owned), source(case)].into_iter().flatten() {
        title.push_str(&format!(" · {}", code(&line(&part, LINE))));
    }
    title
}

fn message(details: &Details, code: fn(&str) -> String) -> String {
    match line(&gist(details), LINE) {
        it if it.is_empty() => String::new(),
        it => format!(" — {}", code(&it)),
    }
}

/// What a failing test said, each text as a block.
fn at_length(case: &Case) -> String {
    let mut out = String::new();
    for details in std::iter::once(&case.details).chain(&case.more) {
        let message = details.message.as_deref().unwrap_or_default();
        let trace = details.trace.as_deref().unwrap_or_default();
        // The title shows a message of one line, and most tools repeat it in the trace.
        let first = std::ptr::eq(details, &case.details);
        let shown = (first && line(message, LINE) == legible(message).trim()) || trace.contains(message.trim());
        if !shown {
            push_text(message, &mut out);
        }
        push_text(trace, &mut out);
    }
    for (title, output) in [("Output", &case.details.stdout), ("Standard error", &case.details.stderr)] {
        let Some(output) = output.as_deref().filter(|it| !it.trim().is_empty()) else { continue };
        out.push_str(&format!("{title}:\n\n"));
        push_text(output, &mut out);
    }
    let failed = case.attempts.iter().filter(|it| it.status.is_failure()).count() as u64;
    if failed > 0 {
        let times = if failed == 1 { "once".to_owned() } else { format!("{} times", number(failed)) };
        out.push_str(&format!("Failed {times} before this attempt.\n\n"));
    }
    out
}

fn push_text(text: &str, out: &mut String) {
    let text = legible(text);
    let (start, left) = start(text.trim_matches('\n'), TEXT.0, TEXT.1);
    if start.trim().is_empty() {
        return;
    }
    let more = if left > 0 { format!("\n… {} more lines", number(left as u64)) } else { String::new() };
    out.push_str(&format!("{}\n", block(&format!("{start}{more}"))));
}

fn flaky(report: &Report) -> impl ExactSizeIterator<Item = Item> {
    let flaky: Vec<Item> = report.cases.iter().filter(|case| case.flaky).map(flaky_case).collect();
    flaky.into_iter()
}

fn flaky_case(case: &Case) -> Item {
    let failed: Vec<&Attempt> = case.attempts.iter().filter(|it| it.status.is_failure()).collect();
    let times = match failed.len() {
        0 | 1 => "failed once before it passed".to_owned(),
        count => format!("failed {} times before it passed", number(count as u64)),
    };
    let message = failed.last().map(|it| message(&it.details, code)).unwrap_or_default();
    Item::line(format!("- {} — {times}{message}\n", code(&line(&name(case), LINE))))
}

fn slow(report: &Report) -> impl ExactSizeIterator<Item = Item> + '_ {
    slowest(report, SLOW, 10)
        .into_iter()
        .map(|(index, seconds)| (duration(seconds), name(&report.cases[index])))
        .map(|(seconds, name)| Item::line(format!("- {seconds} — {}\n", code(&line(&name, LINE)))))
}

fn notes(report: &Report) -> impl ExactSizeIterator<Item = Item> + '_ {
    report.notes.iter().map(|it| Item::line(format!("- {}\n", sentence(&line(&text::note(it), LINE)))))
}
