//! xUnit.net: version 1 with classes, versions 2 and 3 with collections.

use std::io::BufRead;

use super::{
    header::{self, Found, Header},
    junit::suite_error,
    nunit::failure,
    text::{LONG, SHORT},
    xml::{root_name, Element, Xml},
    Format, Reading,
};
use crate::report::{Case, Details, Status, Suite};

/// See the module.
pub(super) const FORMAT: Format = Format { name: "xunit", sniff, read };

fn sniff(head: &str) -> bool {
    matches!(root_name(head), Some("assemblies" | "assembly"))
}

fn read(text: &mut dyn BufRead, reading: &mut Reading) {
    let mut xml = Xml::new(text, reading);
    while let Some(root) = xml.root() {
        if root.name() == "assembly" {
            assembly(&mut xml, &root);
            continue;
        }
        while let Some(child) = xml.child() {
            match child.name() {
                "assembly" => assembly(&mut xml, &child),
                _ => xml.skip(),
            }
        }
    }
}

/// One suite for each collection or class, and one for what broke outside of them.
fn assembly(xml: &mut Xml<'_>, element: &Element) {
    let path = element.get("name").unwrap_or_default();
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
    let timestamp = match (element.get("run-date"), element.get("run-time")) {
        (Some(date), Some(time)) => Some(format!("{date}T{time}")),
        _ => element.text(&["start-rtf"]),
    };
    let suite = |name: String| Suite { name, timestamp: timestamp.clone(), ..Suite::default() };
    let mut found = Found::default();
    while let Some(child) = xml.child() {
        match child.name() {
            "collection" | "class" => {
                let inner = child.get("name").unwrap_or_default();
                xml.reading.suites.push(suite(format!("{name} > {inner}")));
                collection(xml, &mut found);
            }
            "errors" => errors(xml, suite(name.clone()), &mut found),
            _ => xml.skip(),
        }
    }
    let failures = match (element.count("failed"), element.count("errors")) {
        (None, None) => None,
        (failed, errors) => Some(failed.unwrap_or(0).saturating_add(errors.unwrap_or(0))),
    };
    let what = format!("<assembly> `{name}`");
    let header = Header { line: element.line, what, tests: element.count("total"), failures, pytest: false };
    let own = found;
    header::compare(xml, &header, own, &mut found);
}

fn collection(xml: &mut Xml<'_>, found: &mut Found) {
    let suite = xml.reading.suites.len() - 1;
    while let Some(child) = xml.child() {
        match child.name() {
            "test" => case(xml, &child, suite, found),
            // A class of version 1 that could not be set up or cleaned up.
            "failure" => {
                let mut details = failure(xml);
                details.kind = child.text(&["exception-type"]);
                suite_error(xml, suite, child.line, details);
                found.suite_errors += 1;
            }
            _ => xml.skip(),
        }
    }
}

/// What broke in the environment of the tests, such as a fixture.
fn errors(xml: &mut Xml<'_>, suite: Suite, found: &mut Found) {
    let mut place = None;
    while let Some(error) = xml.child() {
        let place = *place.get_or_insert_with(|| {
            xml.reading.suites.push(suite.clone());
            xml.reading.suites.len() - 1
        });
        let mut details = Details::default();
        while let Some(child) = xml.child() {
            match child.name() {
                "failure" => {
                    details = failure(xml);
                    details.kind = child.text(&["exception-type"]);
                }
                _ => xml.skip(),
            }
        }
        let what = [error.get("type"), error.get("name")].into_iter().flatten().collect::<Vec<_>>().join(" ");
        if !what.is_empty() {
            details.message = Some(match details.message {
                Some(message) => format!("{what}: {message}"),
                None => what,
            });
        }
        suite_error(xml, place, error.line, details);
        found.suite_errors += 1;
    }
}

fn case(xml: &mut Xml<'_>, element: &Element, suite: usize, found: &mut Found) {
    let class = element.text(&["type"]);
    let full = element.text(&["name", "method"]).unwrap_or_default();
    let own = class.as_deref().and_then(|class| full.strip_prefix(class)?.strip_prefix('.'));
    let mut case = Case {
        suite,
        name: own.map_or_else(|| full.clone(), str::to_owned),
        class,
        file: element.text(&["source-file"]),
        line: element.count("source-line").filter(|line| *line > 0),
        duration: xml.seconds(element, &["time", "time-rtf"]),
        ..Case::default()
    };
    if case.name.is_empty() {
        case.name = "(unnamed)".to_owned();
        xml.reading.warn("unnamed", element.line, "a test has no name".to_owned());
    }
    let mut failed = false;
    while let Some(child) = xml.child() {
        match child.name() {
            "failure" => {
                failed = true;
                let Details { message, trace, .. } = failure(xml);
                let kind = child.text(&["exception-type"]);
                case.details = Details { message, trace, kind, ..std::mem::take(&mut case.details) };
            }
            "reason" => case.details.message = reason(xml),
            "output" => case.details.stdout = xml.content(LONG),
            "traits" => {
                while let Some(child) = xml.child() {
                    if let Some(name) = child.text(&["name"]).filter(|_| case.properties.len() < 500) {
                        case.properties.insert(name, child.text(&["value"]).unwrap_or_default());
                    }
                    xml.skip();
                }
            }
            _ => xml.skip(),
        }
    }
    let result = element.get("result").unwrap_or_default();
    case.status = match result {
        "Pass" if !failed => Status::Passed,
        "Skip" | "NotRun" if !failed => Status::Skipped,
        "Fail" | "Pass" | "Skip" | "NotRun" => Status::Failed,
        _ => {
            let message = format!("the test result `{result}` is not known and counts as errored");
            xml.reading.warn("unknown-result", element.line, message);
            Status::Errored
        }
    };
    found.tests += 1;
    found.failures += u64::from(case.status.is_failure());
    xml.reading.cases.push(case);
}

/// Why a test was skipped: text in version 2, a `<message>` in version 1.
fn reason(xml: &mut Xml<'_>) -> Option<String> {
    xml.content(SHORT).map(|it| it.trim().to_owned())
}
