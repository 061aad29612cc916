//! TRX, the `<TestRun>` of Visual Studio and `dotnet test`.

use std::{collections::HashMap, io::BufRead};

use super::{
    header::{self, Found, Header},
    junit::name_failure,
    nunit::split_name,
    text::{LONG, SHORT},
    xml::{root_name, Element, Xml},
    Format, Reading,
};
use crate::report::{Case, Details, Status, Suite};

/// See the module.
pub(super) const FORMAT: Format = Format { name: "trx", sniff, read };

fn sniff(head: &str) -> bool {
    root_name(head) == Some("TestRun")
}

/// What a run holds beside its suite and tests.
#[derive(Default)]
struct Run {
    found: Found,
    /// The id of each case's test, in their order.
    ids: Vec<Option<String>>,
    /// Class and file of tests by id; they stand after the results.
    definitions: HashMap<String, (Option<String>, Option<String>)>,
}

fn read(text: &mut dyn BufRead, reading: &mut Reading) {
    let mut xml = Xml::new(text, reading);
    while let Some(root) = xml.root() {
        let (suite, first) = (xml.reading.suites.len(), xml.reading.cases.len());
        xml.reading.suites.push(Suite::default());
        let mut run = Run::default();
        let mut summarised = false;
        while let Some(child) = xml.child() {
            match child.name() {
                "Results" => results(&mut xml, suite, &mut run),
                "TestDefinitions" => definitions(&mut xml, &mut run),
                "Times" => {
                    xml.reading.suites[suite].timestamp = child.text(&["start", "creation"]);
                    xml.skip();
                }
                "ResultSummary" => {
                    summarised = true;
                    summary(&mut xml, &child, &mut run);
                }
                _ => xml.skip(),
            }
        }
        if !summarised {
            let message = "there is no <ResultSummary>, so the run did not come to its end".to_owned();
            xml.reading.error("run-aborted", root.line, message);
        }
        name(&mut xml, suite, first, &run);
    }
}

/// Gives the suite its name and the tests their classes.
fn name(xml: &mut Xml<'_>, suite: usize, first: usize, run: &Run) {
    let files = run.ids.iter().flatten().filter_map(|id| run.definitions.get(id)?.1.as_deref());
    let file = files.map(|path| path.rsplit(['/', '\\']).next().unwrap_or(path)).next();
    xml.reading.suites[suite].name = file.unwrap_or("tests").to_owned();
    for (case, id) in xml.reading.cases[first..].iter_mut().zip(&run.ids) {
        let class = id.as_ref().and_then(|id| run.definitions.get(id)?.0.clone());
        match class {
            Some(class) => {
                if let Some(own) = case.name.strip_prefix(class.as_str()).and_then(|it| it.strip_prefix('.')) {
                    case.name = own.to_owned();
                }
                case.class = Some(class);
            }
            None => (case.class, case.name) = split_name(&case.name),
        }
    }
}

fn results(xml: &mut Xml<'_>, suite: usize, run: &mut Run) {
    while let Some(child) = xml.child() {
        result(xml, &child, suite, run);
    }
}

/// Reads a result and says whether it, or one in it, counts as a failure. Of a result with others in it, such as one per
/// row of data, the inner ones count, unless only the outer one failed.
fn result(xml: &mut Xml<'_>, element: &Element, suite: usize, run: &mut Run) -> bool {
    let mut case = Case {
        suite,
        name: element.text(&["testName"]).unwrap_or_else(|| "(unnamed)".to_owned()),
        duration: xml.seconds(element, &["duration"]),
        status: status(xml, element),
        ..Case::default()
    };
    let (mut inner, mut inner_failed) = (0, false);
    while let Some(child) = xml.child() {
        match child.name() {
            "Output" => output(xml, &mut case.details),
            "InnerResults" => {
                while let Some(child) = xml.child() {
                    inner += 1;
                    inner_failed |= result(xml, &child, suite, run);
                }
            }
            "ResultFiles" => {
                while let Some(child) = xml.child() {
                    case.attachments.extend(child.text(&["path"]));
                    xml.skip();
                }
            }
            _ => xml.skip(),
        }
    }
    let failed = case.status.is_failure();
    run.found.tests += 1;
    if inner > 0 && (inner_failed || !failed) {
        // The counters may count it, the inner ones, or both.
        run.found.merged += inner;
        return inner_failed;
    }
    run.found.failures += u64::from(failed);
    run.ids.push(element.text(&["testId"]));
    xml.reading.cases.push(case);
    failed
}

/// An outcome that is missing is `Error`, the first one in the vendor's list of outcomes.
fn status(xml: &mut Xml<'_>, element: &Element) -> Status {
    match element.get("outcome").unwrap_or("Error") {
        "Passed" | "PassedButRunAborted" | "Completed" | "Warning" => Status::Passed,
        "Failed" => Status::Failed,
        "Error" | "Timeout" | "Aborted" | "Disconnected" | "InProgress" | "NotRunnable" => Status::Errored,
        "NotExecuted" | "Inconclusive" | "Pending" => Status::Skipped,
        other => {
            let message = format!("the test result `{other}` is not known and counts as errored");
            xml.reading.warn("unknown-result", element.line, message);
            Status::Errored
        }
    }
}

fn output(xml: &mut Xml<'_>, details: &mut Details) {
    while let Some(child) = xml.child() {
        match child.name() {
            "StdOut" => details.stdout = xml.content(LONG),
            "StdErr" => details.stderr = xml.content(LONG),
            "Message" => details.message = xml.content(SHORT).map(|it| it.trim().to_owned()),
            "StackTrace" => details.trace = xml.content(LONG),
            "ErrorInfo" => output(xml, details),
            _ => xml.skip(),
        }
    }
    name_failure(details);
}

fn definitions(xml: &mut Xml<'_>, run: &mut Run) {
    while let Some(test) = xml.child() {
        let mut class = None;
        while let Some(child) = xml.child() {
            if child.name() == "TestMethod" {
                // Old versions add the assembly: `Name.Space.Class, Assembly, Version=1.0.0.0`.
                class = child.get("className").map(|it| it.split(", ").next().unwrap_or(it).to_owned());
            }
            xml.skip();
        }
        if let Some(id) = test.text(&["id"]) {
            run.definitions.insert(id, (class, test.text(&["storage"])));
        }
    }
}

/// Compares the counters with the results, and tells what went wrong around the tests.
fn summary(xml: &mut Xml<'_>, element: &Element, run: &mut Run) {
    let mut told = false;
    while let Some(child) = xml.child() {
        match child.name() {
            "Counters" => {
                let bad = ["failed", "error", "timeout", "aborted"];
                let header = Header {
                    line: child.line,
                    what: "<Counters>".to_owned(),
                    tests: child.count("total"),
                    failures: bad.into_iter().filter_map(|it| child.count(it)).reduce(u64::saturating_add),
                    pytest: false,
                };
                let own = run.found;
                header::compare(xml, &header, own, &mut run.found);
                xml.skip();
            }
            "RunInfos" => {
                while let Some(info) = xml.child() {
                    told |= run_info(xml, &info, run);
                }
            }
            _ => xml.skip(),
        }
    }
    let outcome = element.get("outcome").unwrap_or("Completed");
    let bad = matches!(outcome, "Failed" | "Error" | "Timeout" | "Aborted" | "Disconnected" | "InProgress");
    if bad && !told && run.found.failures + run.found.missing == 0 || outcome == "Aborted" && !told {
        let message = format!("the run ended as `{outcome}`, which no test explains");
        xml.reading.error("run-aborted", element.line, message);
    }
}

/// Says whether it told of an error.
fn run_info(xml: &mut Xml<'_>, element: &Element, run: &Run) -> bool {
    let text = xml.content(SHORT).unwrap_or_default();
    let text = text.trim();
    // The xUnit.net adapter repeats what happened to single tests.
    if run.found.failures > 0 && text.ends_with("[FAIL]") || text.ends_with("[SKIP]") {
        return false;
    }
    let message = match text {
        "" => "the run tells of something, but not what".to_owned(),
        text => text.split_whitespace().collect::<Vec<_>>().join(" "),
    };
    match element.get("outcome") {
        Some("Error" | "Failed" | "Aborted" | "Timeout" | "Disconnected") | None => {
            xml.reading.error("run-aborted", element.line, message);
            true
        }
        Some("Warning") => {
            xml.reading.warn("run-info", element.line, message);
            false
        }
        Some(_) => false,
    }
}
