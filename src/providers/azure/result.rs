//! Tests as Azure DevOps shows them.

use std::collections::HashMap;

use serde_json::{json, Value};
use sha2::{Digest, Sha256};

use crate::{
    providers::limits::{AZURE_MESSAGE, AZURE_NAME, AZURE_TRACE},
    report::{
        write::text::{legible, line},
        Attempt, Case, Details, Report, Status,
    },
};

/// Every test with its outcome, in the order of the report.
///
/// Fields: <https://learn.microsoft.com/rest/api/azure/devops/test/results/add?view=azure-devops-rest-7.1>
pub(super) fn results(report: &Report) -> Vec<Value> {
    report.cases.iter().map(|case| result(report, case)).collect()
}

fn result(report: &Report, case: &Case) -> Value {
    let suite = report.suites.get(case.suite);
    let place = suite.and_then(|it| it.leg.as_deref().or(Some(it.name.as_str())).filter(|it| !it.is_empty()));
    let title = name(&case.name);
    let mut result = json!({
        "automatedTestName": full_name(case),
        "automatedTestStorage": name(place.or(case.class.as_deref()).unwrap_or("tests")),
        "automatedTestType": "ci-gen",
        "testCaseTitle": title,
        "outcome": outcome(case.status),
        "state": "Completed",
    });
    if let Some(seconds) = case.duration {
        result["durationInMs"] = json!(milliseconds(seconds));
    }
    describe(&mut result, case.status, &case.details);
    if !case.attempts.is_empty() {
        let last = Attempt { status: case.status, duration: case.duration, details: case.details.clone() };
        let all: Vec<&Attempt> = case.attempts.iter().chain([&last]).collect();
        let count = all.len();
        let attempts = all.into_iter().enumerate().map(|(index, it)| attempt(index + 1, count, &title, it));
        // The vendor's word for tests that were tried again: the result is the last one's.
        result["resultGroupType"] = json!("rerun");
        result["subResults"] = attempts.collect();
    }
    result
}

fn attempt(number: usize, count: usize, title: &str, attempt: &Attempt) -> Value {
    let mut result = json!({
        "displayName": AZURE_NAME.cut(&format!("Attempt {number} of {count}: {title}")),
        "outcome": outcome(attempt.status),
        "sequenceId": number,
        "resultGroupType": "none",
    });
    if let Some(seconds) = attempt.duration {
        result["durationInMs"] = json!(milliseconds(seconds));
    }
    describe(&mut result, attempt.status, &attempt.details);
    result
}

/// What went wrong, or why the test was skipped.
fn describe(result: &mut Value, status: Status, details: &Details) {
    if status == Status::Passed {
        return;
    }
    let text = |it: &Option<String>| it.as_deref().map(str::trim).filter(|it| !it.is_empty()).map(legible);
    let trace = text(&details.trace);
    let message = text(&details.message).or_else(|| trace.clone()).or_else(|| text(&details.kind));
    if let Some(message) = message {
        result["errorMessage"] = json!(AZURE_MESSAGE.cut(&message));
    }
    if let Some(trace) = trace {
        result["stackTrace"] = json!(AZURE_TRACE.cut(&trace));
    }
}

/// A test that broke is shown as failed: `Error` would stand among the others, which nobody looks at.
fn outcome(status: Status) -> &'static str {
    match status {
        Status::Passed => "Passed",
        Status::Failed | Status::Errored => "Failed",
        Status::Skipped => "NotExecuted",
    }
}

/// Nothing runs for longer than some decades, and larger numbers would be none to the server.
fn milliseconds(seconds: f64) -> u64 {
    (seconds * 1000.0).round().clamp(0.0, 1e12) as u64
}

/// Class and name with a dot, as runners of .NET and Java name a test in full.
fn full_name(case: &Case) -> String {
    match case.class.as_deref() {
        Some(class) if !class.is_empty() && !case.name.starts_with(class) => name(&format!("{class}.{}", case.name)),
        _ => name(&case.name),
    }
}

/// On one line and not too long. The history of a test hangs on its name, so names that differ stay different.
pub(super) fn name(text: &str) -> String {
    let plain = line(text, usize::MAX);
    match AZURE_NAME.cut(&plain) {
        // The server takes none that is empty.
        cut if cut.is_empty() => "(unnamed)".to_owned(),
        cut if cut.len() == plain.len() => plain,
        _ => {
            let hash = Sha256::digest(text.as_bytes());
            let mark: String = hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
            let head: String = plain.chars().take(AZURE_NAME.most - mark.len() - 2).collect();
            format!("{head}… {mark}")
        }
    }
}

/// The results of which too few are there already, whatever order the server keeps them in.
pub(super) fn missing<'a>(results: &'a [Value], present: &[Value]) -> Vec<&'a Value> {
    if present.len() >= results.len() {
        return Vec::new();
    }
    let mut there: HashMap<[String; 3], usize> = HashMap::new();
    for result in present {
        *there.entry(key(result)).or_default() += 1;
    }
    let is_missing = |result: &&Value| match there.get_mut(&key(result)) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    };
    results.iter().filter(is_missing).collect()
}

fn key(result: &Value) -> [String; 3] {
    ["automatedTestName", "automatedTestStorage", "outcome"]
        .map(|field| result[field].as_str().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_differ_stay_different() {
        let long = |end: &str| format!("{}{end}", "ü".repeat(300));
        let (one, other) = (name(&long("a")), name(&long("b")));
        assert_ne!(one, other);
        assert_eq!(one.chars().count(), AZURE_NAME.most);
        assert_eq!(name("a\n b\u{1b}[31mc\0"), "a bc");
        assert_eq!(name("\0\n"), "(unnamed)");
    }

    #[test]
    fn only_what_is_missing_is_sent_again() {
        let one = |name: &str, outcome: &str| json!({ "automatedTestName": name, "outcome": outcome });
        let all = [one("a", "Passed"), one("a", "Passed"), one("b", "Failed"), one("b", "Passed")];
        let left = missing(&all, &[one("b", "Failed"), one("a", "Passed")]);
        assert_eq!(left, [&all[1], &all[3]]);
        assert_eq!(missing(&all, &[]).len(), 4);
        // Whatever the server made of the names, nothing is doubled once as many are there.
        assert!(missing(&all, &[one("x", ""), one("y", ""), one("z", ""), one("w", "")]).is_empty());
    }

    #[test]
    fn attempts_are_shown_under_their_test() {
        let failed = Details { message: Some("no".to_owned()), ..Details::default() };
        let case = Case {
            name: "t".to_owned(),
            class: Some("C".to_owned()),
            flaky: true,
            duration: Some(0.0125),
            attempts: vec![Attempt { status: Status::Errored, duration: Some(1.5), details: failed }],
            ..Case::default()
        };
        let report = Report { cases: vec![case], ..Report::default() };
        let result = &results(&report)[0];
        assert_eq!(result["automatedTestName"], "C.t");
        assert_eq!(result["outcome"], "Passed");
        assert_eq!(result["durationInMs"], 13);
        assert_eq!(result["resultGroupType"], "rerun");
        assert_eq!(result["subResults"][0]["outcome"], "Failed");
        assert_eq!(result["subResults"][0]["errorMessage"], "no");
        assert_eq!(result["subResults"][1]["displayName"], "Attempt 2 of 2: t");
    }
}
