//! NUnit 3 (`<test-run>`) and NUnit 2 (`<test-results>`), which share most of their elements.

use std::io::BufRead;

use super::{
    header::{self, Found, Header},
    junit::{name_failure, suite_error},
    text::{LONG, SHORT},
    xml::{root_name, Element, Xml},
    Format, Reading,
};
use crate::report::{Case, Details, Status, Suite};

/// See the module.
pub(super) const FORMAT: Format = Format { name: "nunit", sniff, read };

fn sniff(head: &str) -> bool {
    matches!(root_name(head), Some("test-run" | "test-results"))
}

fn read(text: &mut dyn BufRead, reading: &mut Reading) {
    let mut xml = Xml::new(text, reading);
    while let Some(root) = xml.root() {
        let mut all = Found::default();
        suite(&mut xml, &root, &Outer::default(), &mut all);
        let sum = |names: &[&str]| names.iter().filter_map(|name| root.count(name)).reduce(u64::saturating_add);
        let failures = match root.name() {
            "test-run" => root.count("failed"),
            _ => sum(&["failures", "errors", "invalid"]),
        };
        // NUnit 2 counts what was not run apart.
        all.merged = root.count("not-run").unwrap_or(0);
        let what = format!("<{}>", root.name());
        let header = Header { line: root.line, what, tests: root.count("total"), failures, pytest: false };
        let own = all;
        header::compare(&mut xml, &header, own, &mut all);
        if root.get("result") == Some("Failed") && all.failures + all.suite_errors + all.missing == 0 {
            let message = "<test-run> says that it failed, but no test in it did".to_owned();
            xml.reading.error("lost-failures", root.line, message);
        }
    }
}

/// What is known of the suites around.
#[derive(Clone, Default)]
struct Outer {
    name: String,
    /// Where the tests go, once there is a suite for them.
    place: Option<usize>,
}

/// What a suite or test says about its outcome.
#[derive(Default)]
struct Said {
    details: Details,
    more: Vec<Details>,
    failure: bool,
    attachments: Vec<String>,
    properties: Vec<(String, String)>,
}

/// Reads a `<test-suite>` or the root, and everything in it. Suites of the parameters of one test are no suites here.
fn suite(xml: &mut Xml<'_>, element: &Element, outer: &Outer, found: &mut Found) -> Option<usize> {
    let name = element.get("fullname").or(element.get("name")).unwrap_or_default();
    let is_suite = element.name() == "test-suite"
        && !matches!(
            element.get("type"),
            Some("ParameterizedMethod" | "ParameterizedTest" | "Theory" | "GenericMethod")
        );
    let mut inner = match (is_suite, element.get("fullname")) {
        (false, _) => outer.clone(),
        (true, Some(name)) => Outer { name: name.to_owned(), place: None },
        (true, None) if outer.name.is_empty() => Outer { name: name.to_owned(), place: None },
        (true, None) => Outer { name: format!("{} > {name}", outer.name), place: None },
    };
    let before = found.failures + found.suite_errors;
    let mut said = Said::default();
    while let Some(child) = xml.child() {
        match child.name() {
            // NUnit 2 has its suites and tests in `<results>`.
            "test-suite" | "results" => {
                let place = suite(xml, &child, &inner, found);
                if child.name() == "results" {
                    inner.place = inner.place.or(place);
                }
            }
            "test-case" => {
                let place = *inner.place.get_or_insert_with(|| add_suite(xml, element, &inner.name));
                case(xml, &child, place, found);
            }
            _ => tell(xml, &child, &mut said),
        }
    }
    let failed = matches!(element.get("result"), Some("Failed" | "Failure" | "Error" | "NotRunnable"));
    let itself = matches!(element.get("site"), Some("SetUp" | "TearDown")) && said.failure;
    if is_suite && failed && (itself || before == found.failures + found.suite_errors) {
        let place = *inner.place.get_or_insert_with(|| add_suite(xml, element, &inner.name));
        suite_error(xml, place, element.line, said.details);
        found.suite_errors += 1;
    }
    if let Some(place) = inner.place.filter(|_| is_suite) {
        xml.reading.suites[place].properties.extend(said.properties);
    }
    inner.place
}

fn add_suite(xml: &mut Xml<'_>, element: &Element, name: &str) -> usize {
    let timestamp = element.text(&["start-time"]);
    xml.reading.suites.push(Suite { name: name.to_owned(), timestamp, ..Suite::default() });
    xml.reading.suites.len() - 1
}

fn case(xml: &mut Xml<'_>, element: &Element, suite: usize, found: &mut Found) {
    let full = element.text(&["fullname", "name"]).unwrap_or_default();
    let (class, name) = match (element.text(&["classname"]), element.text(&["fullname"])) {
        (Some(class), _) => (Some(class), element.text(&["name"]).unwrap_or(full)),
        (None, Some(full)) => {
            let (class, name) = split_name(&full);
            (class, element.text(&["name"]).unwrap_or(name))
        }
        (None, None) => split_name(&full),
    };
    let mut case =
        Case { suite, name, class, duration: xml.seconds(element, &["duration", "time"]), ..Case::default() };
    if case.name.is_empty() {
        case.name = "(unnamed)".to_owned();
        xml.reading.warn("unnamed", element.line, "a test has no name".to_owned());
    }
    let mut said = Said::default();
    while let Some(child) = xml.child() {
        tell(xml, &child, &mut said);
    }
    case.status = status(xml, element, said.failure);
    case.details = said.details;
    case.more = said.more;
    case.attachments = said.attachments;
    case.properties.extend(said.properties);
    found.tests += 1;
    found.failures += u64::from(case.status.is_failure());
    xml.reading.cases.push(case);
}

/// `Name.Space.Class.Method(1.5)` as class and method.
pub(super) fn split_name(full: &str) -> (Option<String>, String) {
    let head = full.find(['(', '"', ' ']).map_or(full, |end| &full[..end]);
    match head.rfind('.') {
        Some(dot) if dot > 0 && dot + 1 < full.len() => (Some(full[..dot].to_owned()), full[dot + 1..].to_owned()),
        _ => (None, full.to_owned()),
    }
}

/// The outcome of a test: `result` and, in NUnit 3, `label`; before NUnit 2.5 `executed` and `success`.
fn status(xml: &mut Xml<'_>, element: &Element, failure: bool) -> Status {
    let result = element.get("result").unwrap_or_default();
    let known = match (result, element.get("label").unwrap_or_default()) {
        ("Passed" | "Success" | "Warning", _) => Some(Status::Passed),
        ("Failed", "Error" | "Invalid" | "Cancelled") => Some(Status::Errored),
        ("Failed" | "Failure", _) => Some(Status::Failed),
        ("Error" | "NotRunnable" | "Cancelled", _) => Some(Status::Errored),
        ("Skipped" | "Ignored" | "Explicit" | "Inconclusive", _) => Some(Status::Skipped),
        ("", _) => match (element.get("executed"), element.get("success")) {
            (Some("False" | "false"), _) => Some(Status::Skipped),
            (_, Some("True" | "true")) => Some(Status::Passed),
            (_, Some("False" | "false")) => Some(Status::Failed),
            _ if failure => Some(Status::Failed),
            _ => None,
        },
        _ => None,
    };
    known.unwrap_or_else(|| {
        let message = format!("the test result `{result}` is not known and counts as errored");
        xml.reading.warn("unknown-result", element.line, message);
        Status::Errored
    })
}

/// Reads what stands in a suite or test beside other tests.
fn tell(xml: &mut Xml<'_>, element: &Element, said: &mut Said) {
    match element.name() {
        "failure" => {
            let details = failure(xml);
            said.failure = true;
            if said.details.message.is_some() || said.details.trace.is_some() {
                said.more.push(details);
            } else {
                said.details.message = details.message;
                said.details.trace = details.trace;
            }
        }
        "reason" => {
            let details = failure(xml);
            said.details.message = said.details.message.take().or(details.message);
        }
        "output" => said.details.stdout = xml.content(LONG),
        "assertions" => assertions(xml, said),
        "attachments" | "properties" => {
            while let Some(child) = xml.child() {
                belongings(xml, &child, said);
            }
        }
        _ => xml.skip(),
    }
}

fn belongings(xml: &mut Xml<'_>, element: &Element, said: &mut Said) {
    if element.name() != "attachment" {
        if let Some(name) = element.text(&["name"]).filter(|_| said.properties.len() < 500) {
            said.properties.push((name, element.text(&["value"]).unwrap_or_default()));
        }
        return xml.skip();
    }
    while let Some(child) = xml.child() {
        match child.name() {
            "filePath" => said.attachments.extend(xml.content(SHORT)),
            _ => xml.skip(),
        }
    }
}

/// Failed assertions; the first one usually repeats what `<failure>` says.
fn assertions(xml: &mut Xml<'_>, said: &mut Said) {
    while xml.child().is_some() {
        let details = failure(xml);
        let known = said.details.message == details.message
            || said.details.message.as_deref().zip(details.message.as_deref()).is_some_and(|(a, b)| a.contains(b));
        if !known {
            said.more.push(details);
        }
    }
}

/// `<message>` and `<stack-trace>`.
pub(super) fn failure(xml: &mut Xml<'_>) -> Details {
    let mut details = Details::default();
    while let Some(child) = xml.child() {
        match child.name() {
            "message" => details.message = xml.content(SHORT).map(|it| it.trim().to_owned()),
            "stack-trace" => details.trace = xml.content(LONG),
            _ => xml.skip(),
        };
    }
    name_failure(&mut details);
    details
}
