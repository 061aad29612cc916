//! `junit.xml`: JUnit XML that every system reads the same way.
//!
//! There is no standard, so this is what the readers of the eight systems agree on: suites are flat, headers count the
//! elements below them, every test has a class and a name that are unique together, and a path is relative or not there.
//! Attempts are written as Maven Surefire writes them.
//!
//! | what | because |
//! |---|---|
//! | class and name are unique: ` (2)` behind a repeated name, ` [leg]` in merged reports | GitLab keeps the first of several and drops the rest: <https://docs.gitlab.com/ci/testing/unit_test_reports/> |
//! | attachments as `[[ATTACHMENT\|path]]` in `system-out` | the same page |
//! | suites are flat | Azure flattens them by itself and then shows other durations: <https://learn.microsoft.com/azure/devops/pipelines/tasks/reference/publish-test-results-v2> |
//! | `file` is relative | CircleCI splits by it: <https://circleci.com/docs/guides/test/use-the-circleci-cli-to-split-tests/> |
//! | what passed brings no output | GitLab takes files up to 30 MB; `report.json` has all of it |
//!
//! Bitbucket looks for reports in directories of certain names alone, such as `test-results`:
//! <https://support.atlassian.com/bitbucket-cloud/docs/test-reporting-in-pipelines/>. So there `--output-dir` has to be one
//! of those.
//!
//! # What no test shows
//!
//! A run can fail although every test passed: a crash, a missing leg. Each such reason is an errored test of the suite
//! `ci-gen`, because systems show nothing but tests. It has the property [`REASON`](super::mark::REASON), by which
//! [`take_reasons`](crate::report::read::take_reasons) makes a reason of it again, so that reading the file back neither
//! counts it as a test nor forgets it.

use std::{
    collections::HashSet,
    io::{self, Write},
};

use super::{
    ansi,
    mark::{FILE, LEG, LINE, REASON, SUITE},
    text,
};
use crate::report::{Attempt, Case, Details, Note, Report, Status, Suite, Totals};

/// Characters of a class or a name; Codecov drops tests with longer ones:
/// <https://github.com/codecov/test-results-parser/blob/main/src/junit.rs>
const LONGEST_NAME: usize = 1000;
/// Characters of every other attribute. What is longer stands whole in the text of the element.
const LONGEST_ATTRIBUTE: usize = 4000;

/// Writes the report as JUnit XML.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    let suites = sorted(report);
    let reasons = text::unseen_reasons(report);
    let mut all = Totals { tests: reasons.len() as u64, errored: reasons.len() as u64, ..Totals::default() };
    for case in suites.iter().flat_map(|(_, cases)| cases) {
        all.count(case);
    }
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(out, "<!-- Written by ci-gen -->")?;
    writeln!(out, "<testsuites{}>", counts(&all))?;
    let mut names = HashSet::new();
    write_reasons(&reasons, &mut names, &mut out)?;
    for (suite, cases) in &suites {
        write_suite(suite, cases, &mut names, &mut out)?;
    }
    writeln!(out, "</testsuites>")?;
    out.flush()
}

/// The suites that say anything, each with its tests; tests without a suite come last.
fn sorted(report: &Report) -> Vec<(Suite, Vec<&Case>)> {
    let mut suites: Vec<(Suite, Vec<&Case>)> = report.suites.iter().map(|it| (it.clone(), Vec::new())).collect();
    let mut lost = Vec::new();
    for case in &report.cases {
        match suites.get_mut(case.suite) {
            Some((_, cases)) => cases.push(case),
            None => lost.push(case),
        }
    }
    suites.push((Suite { name: "(unnamed)".to_owned(), ..Suite::default() }, lost));
    suites.retain(|(suite, cases)| !cases.is_empty() || suite.stdout.is_some() || suite.stderr.is_some());
    suites
}

fn write_reasons(reasons: &[&Note], names: &mut HashSet<(String, String)>, out: &mut impl Write) -> io::Result<()> {
    if reasons.is_empty() {
        return Ok(());
    }
    let count = reasons.len() as u64;
    let totals = Totals { tests: count, errored: count, ..Totals::default() };
    writeln!(out, "  <testsuite{}{}>", attribute("name", SUITE), counts(&totals))?;
    for reason in reasons {
        let name = unique(SUITE, &reason.code, None, names);
        writeln!(out, "    <testcase{}{}>", attribute("classname", SUITE), attribute("name", &name))?;
        let line = reason.line.map(|it| it.to_string());
        let properties = [(REASON, Some(&reason.code)), (FILE, reason.file.as_ref()), (LINE, line.as_ref())];
        write_properties(
            properties.iter().filter_map(|(name, value)| Some((*name, value.as_ref()?.as_str()))),
            6,
            out,
        )?;
        let message = attribute("message", &bounded(&reason.message, LONGEST_ATTRIBUTE));
        let kind = attribute("type", &reason.code);
        writeln!(out, "      <error{message}{kind}>{}</error>", escape(&text::note(reason)))?;
        writeln!(out, "    </testcase>")?;
    }
    writeln!(out, "  </testsuite>")
}

fn write_suite(
    suite: &Suite,
    cases: &[&Case],
    names: &mut HashSet<(String, String)>,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut totals = Totals::default();
    cases.iter().for_each(|case| totals.count(case));
    let title = match &suite.leg {
        Some(leg) => format!("{} [{leg}]", suite.name),
        None => suite.name.clone(),
    };
    let title = attribute("name", &bounded(&title, LONGEST_NAME));
    let timestamp = suite.timestamp.as_deref().map(|it| attribute("timestamp", &bounded(it, 100))).unwrap_or_default();
    let file = path(suite.file.as_deref());
    writeln!(out, "  <testsuite{title}{}{timestamp}{file}>", counts(&totals))?;
    let leg = suite.leg.iter().map(|leg| (LEG, leg.as_str()));
    write_properties(leg.chain(suite.properties.iter().map(|(name, value)| (name.as_str(), value.as_str()))), 4, out)?;
    for case in cases {
        write_case(case, suite, names, out)?;
    }
    write_output("system-out", suite.stdout.as_deref(), &[], 4, out)?;
    write_output("system-err", suite.stderr.as_deref(), &[], 4, out)?;
    writeln!(out, "  </testsuite>")
}

fn write_case(
    case: &Case,
    suite: &Suite,
    names: &mut HashSet<(String, String)>,
    out: &mut impl Write,
) -> io::Result<()> {
    // Systems that group by class would put tests without one under no heading at all.
    let class = one_line(case.class.as_deref().filter(|it| !it.trim().is_empty()).unwrap_or(&suite.name));
    let name = unique(&class, &case.name, suite.leg.as_deref(), names);
    let (class, name) = (attribute("classname", &class), attribute("name", &name));
    let file = path(case.file.as_deref());
    let line = match (file.is_empty(), case.line) {
        (false, Some(line)) => attribute("line", &line.to_string()),
        _ => String::new(),
    };
    let time = case.duration.map(|it| attribute("time", &it.to_string())).unwrap_or_default();
    write!(out, "    <testcase{class}{name}{file}{line}{time}")?;
    let mut body = Vec::new();
    write_properties(case.properties.iter().map(|(name, value)| (name.as_str(), value.as_str())), 6, &mut body)?;
    write_outcome(case, &mut body)?;
    let loud = case.status.is_failure() || case.flaky;
    let stdout = case.details.stdout.as_deref().filter(|_| loud);
    write_output("system-out", stdout, &case.attachments, 6, &mut body)?;
    write_output("system-err", case.details.stderr.as_deref().filter(|_| loud), &[], 6, &mut body)?;
    if body.is_empty() {
        return writeln!(out, "/>");
    }
    writeln!(out, ">")?;
    out.write_all(&body)?;
    writeln!(out, "    </testcase>")
}

/// The outcome of the last attempt first; it is the one that counts.
fn write_outcome(case: &Case, out: &mut Vec<u8>) -> io::Result<()> {
    match case.status {
        Status::Passed => {}
        Status::Skipped => {
            let message = case.details.message.as_deref().unwrap_or_default();
            writeln!(out, "      <skipped{}/>", optional("message", message))?;
        }
        Status::Failed | Status::Errored => {
            for details in std::iter::once(&case.details).chain(&case.more) {
                write_failure(element(case.status), details, out)?;
            }
        }
    }
    // Surefire has words for attempts of tests that passed or failed in the end, not for those that were skipped then.
    let again = match case.status {
        Status::Passed if case.flaky => "flaky",
        Status::Failed | Status::Errored => "rerun",
        _ => return Ok(()),
    };
    let mut failed = case.attempts.iter().filter(|it| it.status.is_failure()).peekable();
    if case.flaky && failed.peek().is_none() {
        let message = optional("message", "failed in an earlier attempt");
        return writeln!(out, "      <flakyFailure{message}/>");
    }
    failed.try_for_each(|attempt| write_attempt(again, attempt, out))
}

fn element(status: Status) -> &'static str {
    if status == Status::Errored {
        "error"
    } else {
        "failure"
    }
}

fn write_failure(element: &str, details: &Details, out: &mut Vec<u8>) -> io::Result<()> {
    let (attributes, text) = said(details);
    match text {
        Some(text) => writeln!(out, "      <{element}{attributes}>{text}</{element}>"),
        None => writeln!(out, "      <{element}{attributes}/>"),
    }
}

/// <https://maven.apache.org/surefire/maven-surefire-plugin/examples/rerun-failing-tests.html>
fn write_attempt(again: &str, attempt: &Attempt, out: &mut Vec<u8>) -> io::Result<()> {
    let element = format!("{again}{}", if attempt.status == Status::Errored { "Error" } else { "Failure" });
    let (attributes, trace) = said(&attempt.details);
    let time = attempt.duration.map(|it| attribute("time", &it.to_string())).unwrap_or_default();
    writeln!(out, "      <{element}{attributes}{time}>")?;
    if let Some(trace) = trace {
        writeln!(out, "        <stackTrace>{trace}</stackTrace>")?;
    }
    write_output("system-out", attempt.details.stdout.as_deref(), &[], 8, out)?;
    write_output("system-err", attempt.details.stderr.as_deref(), &[], 8, out)?;
    writeln!(out, "      </{element}>")
}

/// Message and type as attributes, and the text at length. A message that does not fit stands whole in the text.
fn said(details: &Details) -> (String, Option<String>) {
    let message = details.message.as_deref().unwrap_or_default();
    let short = bounded(message, LONGEST_ATTRIBUTE);
    let kind = bounded(details.kind.as_deref().unwrap_or_default(), LONGEST_NAME);
    let attributes = format!("{}{}", optional("message", &short), optional("type", &kind));
    let trace = match (&details.trace, short.ends_with('…')) {
        (Some(trace), _) => Some(escape(trace)),
        (None, true) => Some(escape(message)),
        (None, false) => None,
    };
    (attributes, trace)
}

fn write_output(
    element: &str,
    text: Option<&str>,
    attachments: &[String],
    indent: usize,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut lines: Vec<String> = text.iter().map(|it| escape(it)).filter(|it| !it.is_empty()).collect();
    // Brackets of the path's own would end the mark, a line break would split it.
    let marked = |it: &String| {
        let path = format!("{}]]", ansi::plain(it).replace('\n', " "));
        let end = path.find("]]").unwrap_or(path.len());
        format!("[[ATTACHMENT|{}]]", escape(&path[..end]))
    };
    lines.extend(attachments.iter().map(marked));
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(out, "{:indent$}<{element}>{}</{element}>", "", lines.join("\n"))
}

fn write_properties<'a>(
    properties: impl Iterator<Item = (&'a str, &'a str)>,
    indent: usize,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut properties = properties.peekable();
    if properties.peek().is_none() {
        return Ok(());
    }
    writeln!(out, "{:indent$}<properties>", "")?;
    for (name, value) in properties {
        let (name, value) = (bounded(name, LONGEST_NAME), bounded(value, LONGEST_ATTRIBUTE));
        writeln!(out, "{:indent$}  <property{}{}/>", "", attribute("name", &name), attribute("value", &value))?;
    }
    writeln!(out, "{:indent$}</properties>", "")
}

/// The name, with what makes it the only one of its class.
fn unique(class: &str, name: &str, leg: Option<&str>, names: &mut HashSet<(String, String)>) -> String {
    let leg = leg.map(|it| format!(" [{}]", one_line(it))).unwrap_or_default();
    let name = match one_line(name) {
        it if it.is_empty() => "(unnamed)".to_owned(),
        it => it,
    };
    let name = format!("{name}{leg}");
    let mut candidate = name.clone();
    let mut count = 1;
    while !names.insert((class.to_owned(), candidate.clone())) {
        count += 1;
        candidate = format!("{name} ({count})");
    }
    candidate
}

/// A class or a name as readers of XML see it, who make blanks of line breaks and tabs: compared with others before that, it
/// would be unique to nobody but us.
fn one_line(name: &str) -> String {
    bounded(ansi::plain(name).replace(['\n', '\t'], " ").trim(), LONGEST_NAME)
}

fn counts(totals: &Totals) -> String {
    let numbers =
        [("tests", totals.tests), ("failures", totals.failed), ("errors", totals.errored), ("skipped", totals.skipped)];
    let numbers: String = numbers.iter().map(|(name, count)| attribute(name, &count.to_string())).collect();
    let time = format!("{:.6}", totals.duration);
    format!("{numbers}{}", attribute("time", time.trim_end_matches('0').trim_end_matches('.')))
}

fn path(path: Option<&str>) -> String {
    path.and_then(text::relative).map(|it| attribute("file", &bounded(&it, LONGEST_ATTRIBUTE))).unwrap_or_default()
}

fn optional(name: &str, value: &str) -> String {
    if value.is_empty() {
        String::new()
    } else {
        attribute(name, value)
    }
}

fn attribute(name: &str, value: &str) -> String {
    format!(" {name}=\"{}\"", escape(value).replace('\n', "&#10;").replace('\t', "&#9;"))
}

/// At most so many characters, the last an ellipsis if there were more.
fn bounded(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => text.chars().take(most - 1).chain(['…']).collect(),
    }
}

/// Text of XML 1.0: nothing of it is markup, nothing of it is illegal there.
fn escape(text: &str) -> String {
    let ordinary = |b: u8| (b == b'\n' || (b' '..0x7f).contains(&b)) && !matches!(b, b'&' | b'<' | b'>' | b'"');
    if text.bytes().all(ordinary) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for c in ansi::plain(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}
