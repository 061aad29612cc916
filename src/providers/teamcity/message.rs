//! Service messages: tests and problems as lines of a build's log.
//!
//! <https://www.jetbrains.com/help/teamcity/service-messages.html>

use std::collections::HashMap;

use crate::{
    providers::limits::{TEAMCITY_PROBLEM, TEAMCITY_PROBLEM_ID},
    report::{
        write::text::{headline, legible, line, name, note, unseen_reasons},
        Case, Details, Report, Status,
    },
};

/// Characters of a name.
const NAME: usize = 1000;
/// Characters of what a test says; a build's log is read by people.
const TEXT: usize = 4000;
/// Build problems of one run, as in the log of a build that runs on an agent.
const PROBLEMS: usize = 10;

/// Some messages that belong together, and how many tests they tell of.
pub(super) struct Part {
    pub(super) lines: String,
    pub(super) tests: u64,
}

/// Every test, in parts of about `bytes`; each part can be read by itself.
///
/// Names are made unique: of several tests of one name only one would be seen.
pub(super) fn tests(report: &Report, flow: &str, bytes: usize) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut part = Part { lines: String::new(), tests: 0 };
    let mut seen: HashMap<String, u64> = HashMap::new();
    for case in &report.cases {
        let full = unique(full_name(report, case), &mut seen);
        test(&full, case, flow, &mut part.lines);
        part.tests += 1;
        if part.lines.len() >= bytes {
            parts.push(std::mem::replace(&mut part, Part { lines: String::new(), tests: 0 }));
        }
    }
    parts.extend((part.tests > 0).then_some(part));
    parts
}

/// What no test shows as build problems, and the outcome in the status line.
pub(super) fn outcome(report: &Report, flow: &str) -> String {
    let mut lines = String::new();
    for reason in unseen_reasons(report).into_iter().take(PROBLEMS) {
        let description = legible(&note(reason));
        let word = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
        let id: String = "ci_gen_".chars().chain(reason.code.chars().map(word)).collect();
        let id: String = id.chars().take(TEAMCITY_PROBLEM_ID.most).collect();
        let fields = [("description", TEAMCITY_PROBLEM.cut(&description).into_owned()), ("identity", id)];
        message("buildProblem", &fields, flow, &mut lines);
    }
    // TeamCity puts what it would have said itself for the name in braces.
    let text = format!("{{build.status.text}}; {}", headline(report));
    message("buildStatus", &[("text", text)], flow, &mut lines);
    lines
}

/// `suite: class › name`, with the leg in merged reports.
fn full_name(report: &Report, case: &Case) -> String {
    let suite = report.suites.get(case.suite);
    let leg = suite.and_then(|it| it.leg.as_deref());
    let suite = suite.map(|it| it.name.as_str()).filter(|it| !it.is_empty());
    let place: Vec<&str> = leg.into_iter().chain(suite).collect();
    let name = match place.is_empty() {
        true => line(&name(case), NAME),
        false => line(&format!("{}: {}", place.join(", "), name(case)), NAME),
    };
    if name.is_empty() {
        "(unnamed)".to_owned()
    } else {
        name
    }
}

/// The name, with a number if there was one like it before.
fn unique(name: String, seen: &mut HashMap<String, u64>) -> String {
    let Some(mut number) = seen.get(&name).copied() else {
        seen.insert(name.clone(), 1);
        return name;
    };
    loop {
        number += 1;
        let candidate = format!("{name} ({number})");
        // A test may be called like that by itself.
        if !seen.contains_key(&candidate) {
            seen.insert(candidate.clone(), 1);
            seen.insert(name, number);
            return candidate;
        }
    }
}

fn test(name: &str, case: &Case, flow: &str, lines: &mut String) {
    let named = || ("name", name.to_owned());
    message("testStarted", &[named()], flow, lines);
    for (index, attempt) in case.attempts.iter().enumerate() {
        let (short, _) = said(&attempt.details);
        let out = format!("attempt {} {}: {short}", index + 1, attempt.status.as_str());
        message("testStdOut", &[named(), ("out", out)], flow, lines);
    }
    let (short, long) = said(&case.details);
    match case.status {
        Status::Passed => {}
        Status::Skipped => message("testIgnored", &[named(), ("message", short)], flow, lines),
        Status::Failed | Status::Errored => {
            message("testFailed", &[named(), ("message", short), ("details", long)], flow, lines);
        }
    }
    // Nothing runs for longer than some decades, and larger numbers would be none to the server.
    let milliseconds = (case.duration.unwrap_or(0.0) * 1000.0).round().clamp(0.0, 1e12) as u64;
    message("testFinished", &[named(), ("duration", milliseconds.to_string())], flow, lines);
}

/// What was said in short and at length.
fn said(details: &Details) -> (String, String) {
    let text = |it: &Option<String>| cut(&legible(it.as_deref().unwrap_or_default().trim()));
    let (short, long) = (text(&details.message), text(&details.trace));
    match short.is_empty() {
        true => (line(long.lines().next().unwrap_or_default(), TEXT), long),
        false => (short, long),
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(TEXT) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

fn message(kind: &str, fields: &[(&str, String)], flow: &str, lines: &mut String) {
    lines.push_str("##teamcity[");
    lines.push_str(kind);
    for (field, value) in fields {
        lines.push_str(&format!(" {field}='{}'", escape(value)));
    }
    lines.push_str(&format!(" flowId='{flow}']\n"));
}

/// A value of a message: <https://www.jetbrains.com/help/teamcity/service-messages.html#Escaped+Values>
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '|' | '\'' | '[' | ']' => out.extend(['|', c]),
            '\n' => out.push_str("|n"),
            '\r' => out.push_str("|r"),
            ' '..='~' | '\t' => out.push(c),
            // Code units of UTF-16, as the server is a Java program.
            c => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| out.push_str(&format!("|0x{unit:04x}"))),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Attempt;

    fn case(name: &str, status: Status) -> Case {
        let details = Details { message: Some("it's [a|b]\nü😀".to_owned()), ..Details::default() };
        Case { name: name.to_owned(), status, details, ..Case::default() }
    }

    #[test]
    fn every_message_is_a_line() {
        let mut flaky = case("b\nc", Status::Passed);
        flaky.attempts.push(Attempt { status: Status::Failed, ..Attempt::default() });
        let report = Report { cases: vec![case("a", Status::Failed), flaky], ..Report::default() };
        let parts = tests(&report, "f1", 100_000);
        assert_eq!((parts.len(), parts[0].tests), (1, 2));
        let lines: Vec<&str> = parts[0].lines.lines().collect();
        assert_eq!(
            lines,
            [
                "##teamcity[testStarted name='a' flowId='f1']",
                "##teamcity[testFailed name='a' message='it|'s |[a||b|]|n|0x00fc|0xd83d|0xde00' details='' flowId='f1']",
                "##teamcity[testFinished name='a' duration='0' flowId='f1']",
                "##teamcity[testStarted name='b c' flowId='f1']",
                "##teamcity[testStdOut name='b c' out='attempt 1 failed: ' flowId='f1']",
                "##teamcity[testFinished name='b c' duration='0' flowId='f1']",
            ]
        );
    }

    #[test]
    fn names_are_unique() {
        let cases: Vec<Case> = ["a", "a", "a (2)", "a", "a (2)"].iter().map(|it| case(it, Status::Passed)).collect();
        let report = Report { cases, ..Report::default() };
        let parts = tests(&report, "f", 1);
        assert_eq!(parts.len(), 5);
        let names: std::collections::HashSet<&str> =
            parts.iter().filter_map(|it| it.lines.split('\'').nth(1)).collect();
        assert_eq!(names.len(), 5, "{names:?}");
    }

    #[test]
    fn what_no_test_shows_is_a_problem() {
        let mut report = Report::default();
        let reason = crate::report::Note { code: "no-results!".into(), message: "x]".into(), ..Default::default() };
        report.verdict.reasons.push(reason);
        let lines = outcome(&report, "f");
        assert!(lines.starts_with(
            "##teamcity[buildProblem description='x|]' identity='ci_gen_no_results_' flowId='f']\n##teamcity[buildStatus"
        ));
    }
}
