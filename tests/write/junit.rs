//! JUnit XML that an XML reader reads, with headers that count their elements and names that are unique.

use std::collections::HashSet;

use ci_gen::report::{
    read::{self, Weight},
    write::mark,
    Report, Suite, Totals,
};
use proptest::prelude::*;
use roxmltree::{Document, Node};

use super::{any, inputs, written};

fn check(report: &Report) -> Result<(), String> {
    let text = written("junit", report);
    let document = Document::parse(&text).map_err(|error| format!("{error} in:\n{text}"))?;
    let root = document.root_element();
    counted(root)?;
    let suites: Vec<Node> = root.children().filter(Node::is_element).collect();
    for suite in &suites {
        counted(*suite)?;
        if suite.descendants().filter(|it| it.has_tag_name("testsuite")).count() != 1 {
            return Err("suites are nested".to_owned());
        }
    }
    let mut names = HashSet::new();
    for case in root.descendants().filter(|it| it.has_tag_name("testcase")) {
        let name = (case.attribute("classname").unwrap(), case.attribute("name").unwrap());
        if !names.insert(name) {
            return Err(format!("{name:?} twice"));
        }
        if let Some(file) = case.attribute("file") {
            if file.starts_with('/') || file.split('/').any(|it| it == "..") {
                return Err(format!("the file `{file}` is not relative"));
            }
        }
    }
    // Without what stands for reasons, the totals are those of the report.
    let own = |case: &Node| case.descendants().any(|it| it.attribute("name") == Some(mark::REASON));
    let cases: Vec<Node> = root.descendants().filter(|it| it.has_tag_name("testcase") && !own(it)).collect();
    let having = |tag: &str| cases.iter().filter(|it| it.children().any(|it| it.has_tag_name(tag))).count() as u64;
    let flaky = cases
        .iter()
        .filter(|it| it.children().any(|it| it.has_tag_name("flakyFailure") || it.has_tag_name("flakyError")))
        .count() as u64;
    let totals = &report.totals;
    let found = [cases.len() as u64, having("failure"), having("error"), having("skipped"), flaky];
    let wanted = [totals.tests, totals.failed, totals.errored, totals.skipped, totals.flaky];
    if found != wanted {
        return Err(format!("{found:?} instead of {wanted:?} in:\n{text}"));
    }
    Ok(())
}

/// The header says what the elements below are.
fn counted(node: Node<'_, '_>) -> Result<(), String> {
    let cases = || node.descendants().filter(|it| it.has_tag_name("testcase"));
    let having = |tag: &str| cases().filter(|it| it.children().any(|it| it.has_tag_name(tag))).count();
    for (name, count) in [
        ("tests", cases().count()),
        ("failures", having("failure")),
        ("errors", having("error")),
        ("skipped", having("skipped")),
    ] {
        if node.attribute(name) != Some(&count.to_string()) {
            return Err(format!("{name} is {:?} in the header, {count} below", node.attribute(name)));
        }
    }
    Ok(())
}

#[test]
fn every_input_is_well_formed() {
    for (name, report) in inputs() {
        check(&report).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

proptest! {
    #[test]
    fn any_report_is_well_formed(report in any::report()) {
        check(&report).map_err(TestCaseError::fail)?;
    }
}

/// What a run is judged by comes back from the file: the totals, and every reason that no test shows.
#[test]
fn every_input_reads_back_the_same() {
    for (name, report) in inputs() {
        let reading = read::read("junit.xml", written("junit", &report).as_bytes());
        let mut totals = Totals::default();
        reading.cases.iter().for_each(|case| totals.count(case));
        totals.duration = report.totals.duration;
        assert_eq!(totals, report.totals, "{name}");
        let errors = reading.problems.iter().filter(|it| it.weight == Weight::Error);
        let mut found: Vec<(&str, &str)> = errors.map(|it| (&*it.note.code, &*it.note.message)).collect();
        let failing = report.totals.failures() > 0;
        let reasons = report.verdict.reasons.iter().filter(|it| !(failing && it.code == "failures"));
        let mut wanted: Vec<(&str, &str)> = reasons.map(|it| (&*it.code, &*it.message)).collect();
        found.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(found, wanted, "{name}");
        let legs = |suites: &[Suite]| suites.iter().filter(|it| it.leg.is_some()).count();
        assert_eq!(legs(&reading.suites), legs(&report.suites), "{name}");
    }
}
