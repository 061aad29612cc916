//! JUnit XML, which has no standard: what Surefire, pytest, Jest, gotestsum, PHPUnit, Mocha, nextest, GoogleTest and
//! others write.

use std::io::BufRead;

use super::{
    attempts::{self, Names},
    header::{self, Found, Header},
    text::{LONG, SHORT},
    xml::{root_name, Element, Piece, Xml},
    Format, Reading,
};
use crate::report::{Attempt, Case, Details, Status, Suite};

/// See the module.
pub(super) const FORMAT: Format = Format { name: "junit", sniff, read };

fn sniff(head: &str) -> bool {
    matches!(root_name(head), Some("testsuites" | "testsuite"))
}

fn read(text: &mut dyn BufRead, reading: &mut Reading) {
    let mut xml = Xml::new(text, reading);
    while let Some(root) = xml.root() {
        match root.name() {
            "testsuites" | "testsuite" => {
                suite(&mut xml, &root, &Outer::default());
            }
            _ => xml.skip(),
        }
    }
}

/// What suites inside of a suite need to know of it.
#[derive(Clone, Default)]
struct Outer {
    name: String,
    pytest: bool,
}

/// Reads a `<testsuite>`, or a `<testsuites>`, which is no suite of its own unless tests stand in it.
fn suite(xml: &mut Xml<'_>, element: &Element, outer: &Outer) -> Found {
    let is_suite = element.name() == "testsuite";
    let name = element.text(&["name", "package"]).unwrap_or_default();
    let inner = Outer {
        pytest: outer.pytest || name == "pytest" || name == "pytest tests",
        name: match (is_suite, outer.name.as_str()) {
            (false, _) => outer.name.clone(),
            (true, "") => name.clone(),
            (true, outer) => format!("{outer} > {name}"),
        },
    };
    let first = xml.reading.cases.len();
    let promised = element.count("tests").unwrap_or(0).min(RESERVED);
    xml.reading.cases.reserve(usize::try_from(promised).unwrap_or(0));
    let mut names = Names::default();
    let mut place = None;
    if is_suite {
        place = Some(add_suite(xml, element, inner.name.clone()));
    }
    let (mut own, mut all) = (Found::default(), Found::default());
    while let Some(child) = xml.child() {
        let tells =
            matches!(child.name(), "testcase" | "error" | "failure" | "properties" | "system-out" | "system-err");
        if !tells {
            match child.name() {
                "testsuite" | "testsuites" => {
                    all.add(suite(xml, &child, &inner));
                    continue;
                }
                "skipped" => {
                    let message = format!("the suite `{}` says that it was skipped, not which test", inner.name);
                    xml.reading.warn("suite-skipped", child.line, message);
                }
                _ => {}
            }
            xml.skip();
            continue;
        }
        let place = *place.get_or_insert_with(|| add_suite(xml, element, name.clone()));
        match child.name() {
            "testcase" => {
                case(xml, &child, place, &mut own);
                xml.give_back(child);
                let position = xml.reading.cases.len() - 1;
                names.add(position, &xml.reading.cases[position]);
            }
            "error" | "failure" => {
                let details = outcome(xml, &child).details;
                suite_error(xml, place, child.line, details);
                let position = xml.reading.cases.len() - 1;
                names.add(position, &xml.reading.cases[position]);
                own.suite_errors += 1;
            }
            "properties" => {
                let properties = properties(xml);
                xml.reading.suites[place].properties.extend(properties);
            }
            "system-out" => {
                let text = xml.content(LONG);
                append(&mut xml.reading.suites[place].stdout, text);
            }
            _ => {
                let text = xml.content(LONG);
                append(&mut xml.reading.suites[place].stderr, text);
            }
        }
    }
    if let Some(place) = place {
        let cases = &mut xml.reading.cases;
        if inner.pytest {
            let fewer = element.count("tests").is_some_and(|it| it < own.tests);
            own.merged = attempts::merge_pytest(cases, &names, fewer);
            if own.merged > 0 {
                names = Names::of(cases, first, place);
            }
        }
        own.merged += attempts::merge(cases, &names);
    }
    all.add(own);
    let failures = match (element.count("failures"), element.count("errors")) {
        (None, None) => None,
        (failures, errors) => Some(failures.unwrap_or(0).saturating_add(errors.unwrap_or(0))),
    };
    let what = match name.as_str() {
        "" => format!("<{}>", element.name()),
        name => format!("<{}> `{name}`", element.name()),
    };
    let header = Header { line: element.line, what, tests: element.count("tests"), failures, pytest: inner.pytest };
    header::compare(xml, &header, own, &mut all);
    all
}

/// For so many tests at most there is room before they come; the header may promise anything.
const RESERVED: u64 = 10_000;

fn add_suite(xml: &mut Xml<'_>, element: &Element, name: String) -> usize {
    let timestamp = element.text(&["timestamp"]);
    xml.reading.suites.push(Suite { name, timestamp, ..Suite::default() });
    xml.reading.suites.len() - 1
}

/// A suite that failed as such becomes a test that broke, so that nobody overlooks it.
pub(super) fn suite_error(xml: &mut Xml<'_>, place: usize, line: u64, details: Details) {
    let suite = xml.reading.suites[place].name.clone();
    xml.reading.warn("suite-error", line, format!("the suite `{suite}` failed outside of its tests"));
    let class = Some(suite).filter(|it| !it.is_empty());
    let name = "(suite)".to_owned();
    let case = Case { suite: place, name, class, status: Status::Errored, details, ..Case::default() };
    xml.reading.cases.push(case);
}

/// What one element in a test says.
struct Outcome {
    status: Status,
    details: Details,
    duration: Option<f64>,
    file: Option<String>,
    line: Option<u64>,
}

fn case(xml: &mut Xml<'_>, element: &Element, suite: usize, found: &mut Found) {
    let mut case = Case {
        suite,
        name: element.text(&["name"]).unwrap_or_default(),
        class: element.text(&["classname", "class"]),
        file: element.text(&["file", "filepath"]),
        line: element.count("line").or_else(|| element.count("lineno")).filter(|line| *line > 0),
        duration: xml.seconds(element, &["time", "duration"]),
        ..Case::default()
    };
    if case.name.is_empty() {
        case.name = "(unnamed)".to_owned();
        xml.reading.warn("unnamed", element.line, "a test has no name".to_owned());
    }
    let mut outcomes: Vec<Outcome> = Vec::new();
    let (mut stdout, mut stderr) = (None, None);
    while let Some(child) = xml.child() {
        match child.name() {
            "failure" | "error" | "skipped" => {
                let outcome = outcome(xml, &child);
                case.file = case.file.or(outcome.file.clone());
                case.line = case.line.or(outcome.line);
                outcomes.push(outcome);
            }
            "rerunFailure" | "rerunError" | "flakyFailure" | "flakyError" => {
                let Outcome { status, details, duration, .. } = outcome(xml, &child);
                case.attempts.push(Attempt { status, duration, details });
                found.reruns += 1;
            }
            "system-out" => append(&mut stdout, xml.content(LONG)),
            "system-err" => append(&mut stderr, xml.content(LONG)),
            "properties" => case.properties.extend(properties(xml)),
            "property" => {
                let property = property(xml, &child);
                case.properties.extend(property);
            }
            _ => xml.skip(),
        }
    }
    settle(xml, element, &mut case, outcomes);
    if let Some(output) = &stdout {
        marks(output, &mut case);
    }
    (case.details.stdout, case.details.stderr) = (stdout, stderr);
    found.tests += 1;
    found.failures += u64::from(case.status.is_failure());
    found.further += case.more.len() as u64;
    xml.reading.cases.push(case);
}

/// Makes one status of everything that a test says about itself: errored before failed before skipped.
///
/// Attempts are those that Surefire writes. Of a test that failed for good it puts the first attempt into `<failure>` and
/// the others beside it; that first one speaks for the test here too, so that status and message fit.
fn settle(xml: &mut Xml<'_>, element: &Element, case: &mut Case, mut outcomes: Vec<Outcome>) {
    let words = [element.get("status"), element.get("result")];
    let said = words.iter().flatten().find_map(|word| spoken(word));
    let skipped = said == Some(Status::Skipped) || outcomes.iter().any(|it| it.status == Status::Skipped);
    let worst = [Status::Errored, Status::Failed].into_iter().find(|it| outcomes.iter().any(|one| one.status == *it));
    // What Node.js knows to be still to do may fail, and is listed with its failure.
    let todo = outcomes.iter().any(|it| it.status == Status::Skipped && it.details.kind.as_deref() == Some("todo"));
    case.status = match (worst, said) {
        (Some(_), _) if todo => Status::Skipped,
        (Some(worst), _) => worst,
        (None, _) if skipped => Status::Skipped,
        // The word alone is believed when it is bad.
        (None, Some(said)) => said,
        (None, None) => Status::Passed,
    };
    if skipped && worst.is_some() && !todo {
        let message =
            format!("the test `{}` both failed and was skipped; it counts as {}", case.name, case.status.as_str());
        xml.reading.warn("skipped-and-failed", element.line, message);
    }
    if let Some(position) = outcomes.iter().position(|it| it.status == case.status) {
        case.details = outcomes.remove(position).details;
    }
    case.more.extend(outcomes.into_iter().map(|it| it.details));
    case.flaky = case.status == Status::Passed && case.attempts.iter().any(|it| it.status.is_failure());
}

/// What `status` and `result` of a test mean, where they add something to its elements.
fn spoken(word: &str) -> Option<Status> {
    match word.to_ascii_lowercase().as_str() {
        "notrun" | "disabled" | "ignored" | "skipped" | "suppressed" | "pending" => Some(Status::Skipped),
        "failed" | "fail" | "failure" => Some(Status::Failed),
        "error" | "errored" | "broken" => Some(Status::Errored),
        _ => None,
    }
}

/// Reads a `<failure>`, `<error>`, `<skipped>` or one of an earlier or later attempt.
fn outcome(xml: &mut Xml<'_>, element: &Element) -> Outcome {
    let status = match element.name() {
        "skipped" => Status::Skipped,
        "error" | "rerunError" | "flakyError" => Status::Errored,
        _ => Status::Failed,
    };
    let mut outcome = Outcome {
        status,
        details: Details { message: element.text(&["message"]), kind: element.text(&["type"]), ..Details::default() },
        duration: xml.seconds(element, &["time"]),
        file: element.text(&["file", "filepath"]),
        line: element.count("line").or_else(|| element.count("lineno")).filter(|line| *line > 0),
    };
    let mut text = super::text::Text::new(xml.affordable(LONG));
    let details = &mut outcome.details;
    loop {
        match xml.next() {
            Piece::Close => break,
            Piece::Text(piece) => text.push(piece),
            Piece::Open(child) => match child.name() {
                "stackTrace" => details.trace = xml.content(LONG),
                "system-out" => append(&mut details.stdout, xml.content(LONG)),
                "system-err" => append(&mut details.stderr, xml.content(LONG)),
                "message" => details.message = xml.content(SHORT).or(details.message.take()),
                _ => xml.skip(),
            },
        }
    }
    let text = xml.keep(text);
    if details.trace.is_none() {
        details.trace = text;
    }
    name_failure(details);
    outcome
}

/// Without a message, the first line of the trace stands for it; a trace that says no more than the message goes.
pub(super) fn name_failure(details: &mut Details) {
    if details.message.is_none() {
        let first = details.trace.as_deref().and_then(|it| it.lines().find(|line| !line.trim().is_empty()));
        details.message = first.map(|line| line.trim().to_owned());
    }
    if details.trace.as_deref().map(str::trim) == details.message.as_deref() {
        details.trace = None;
    }
}

fn properties(xml: &mut Xml<'_>) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut left_out = 0;
    let line = xml.line();
    while let Some(child) = xml.child() {
        if all.len() < PROPERTIES {
            all.extend(property(xml, &child));
        } else {
            left_out += 1;
            xml.skip();
        }
    }
    if left_out > 0 {
        xml.reading.warn(
            "properties",
            line,
            format!("{left_out} properties after the first {PROPERTIES} were left out"),
        );
    }
    all
}

/// As many properties of one suite or test are kept.
const PROPERTIES: usize = 500;

/// A `<property>`, with its value in the attribute or as text.
fn property(xml: &mut Xml<'_>, element: &Element) -> Option<(String, String)> {
    let text = xml.content(SHORT);
    let value = element.text(&["value"]).or(text).unwrap_or_default();
    Some((element.text(&["name"])?, value))
}

/// `[[ATTACHMENT|path]]` and `[[PROPERTY|name=value]]` in the output of a test.
fn marks(output: &str, case: &mut Case) {
    for mark in output.split("[[").skip(1) {
        let Some((mark, _)) = mark.split_once("]]") else { continue };
        match mark.split_once('|') {
            Some(("ATTACHMENT", path)) => case.attachments.push(path.trim().to_owned()),
            Some(("PROPERTY", property)) => {
                let (name, value) = property.split_once('=').unwrap_or((property, ""));
                case.properties.insert(name.trim().to_owned(), value.trim().to_owned());
            }
            _ => {}
        }
    }
}

fn append(text: &mut Option<String>, more: Option<String>) {
    match (text.as_mut(), more) {
        (Some(text), Some(more)) => {
            text.push('\n');
            text.push_str(&more);
        }
        (None, more) => *text = more,
        (Some(_), None) => {}
    }
}
