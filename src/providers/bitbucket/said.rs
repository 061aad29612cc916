//! What Cloud and servers say alike: names that stay the same, the texts and numbers of a report, and a report read back.

use serde_json::{json, Value};
use sha2::{Digest, Sha256};

use super::super::{RunId, State, TestRun};
use crate::{
    net::Url,
    report::{write::text, Report, Run, RunStatus, TestRunResult, Totals},
};

/// What every id of a report of ours begins with; ids have to be unique among those of all tools.
const PREFIX: &str = "ci-gen-";

/// The id of a run's report. Attempts of the same job, leg and shard have the first part in common.
pub(super) fn id(run: &TestRun<'_>) -> RunId {
    let Run { job, leg, shard, .. } = &run.report.run;
    let shard = shard.map(|it| format!("{}/{}", it.index, it.total));
    let place = [Some(run.title), job.as_deref(), leg.as_deref(), shard.as_deref()].map(Option::unwrap_or_default);
    RunId(format!("{PREFIX}{}-{}", hash(&place, 12), hash(&[run.identity], 20)))
}

/// Whether a report is that of another attempt of the same job, leg and shard.
pub(super) fn is_older(other: &str, id: &RunId) -> bool {
    let family = |id: &str| id.rsplit_once('-').map(|(family, _)| family.to_owned());
    other != id.0 && family(other).is_some() && family(other) == family(&id.0)
}

/// Hexadecimal digits that stand for some texts.
pub(super) fn hash(texts: &[&str], digits: usize) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update(text.as_bytes());
        hash.update([0]);
    }
    hash.finalize()
        .iter()
        .flat_map(|it| [it >> 4, it & 15])
        .take(digits)
        .map(|it| char::from_digit(it.into(), 16).unwrap_or('0'))
        .collect()
}

/// The key of a status: its name, or a hash of it where it is longer than a key may be.
pub(super) fn key(name: &str, most: usize) -> String {
    if !name.is_empty() && name.len() <= most && name.chars().all(|it| it.is_ascii_graphic() || it == ' ') {
        return name.to_owned();
    }
    hash(&[name], most.min(40))
}

/// Bitbucket's word. `STOPPED` and `CANCELLED` are of runs that somebody ended, and hold no merge back.
pub(super) fn state(state: State) -> &'static str {
    match state {
        State::Pending => "INPROGRESS",
        State::Success => "SUCCESSFUL",
        State::Failure | State::Error => "FAILED",
    }
}

/// The address of a page on the web; nothing else is taken for a link.
pub(super) fn page(url: &str) -> Option<Url> {
    Url::parse(url).ok().filter(|it| matches!(it.scheme(), "http" | "https") && it.host_str().is_some())
}

/// The outcome, and what speaks against the run that no test shows.
pub(super) fn details(report: &Report) -> String {
    let reasons = text::unseen_reasons(report).into_iter().map(|it| format!("- {}", text::line(&text::note(it), 300)));
    std::iter::once(text::headline(report)).chain(reasons).collect::<Vec<_>>().join("\n")
}

const TESTS: &str = "Tests";
const PASSED: &str = "Passed";
const FAILED: &str = "Failed";
const SKIPPED: &str = "Skipped";
const FLAKY: &str = "Flaky";
const DURATION: &str = "Duration";

/// The numbers of a report, the most important first; durations are in milliseconds.
pub(super) fn data(totals: &Totals, most: usize) -> Vec<Value> {
    let number = |title: &str, value: u64| json!({ "title": title, "type": "NUMBER", "value": value });
    let duration = (totals.duration.max(0.0) * 1000.0).round() as u64;
    let mut data = vec![
        number(TESTS, totals.tests),
        number(PASSED, totals.passed),
        number(FAILED, totals.failures()),
        number(SKIPPED, totals.skipped),
        number(FLAKY, totals.flaky),
        json!({ "title": DURATION, "type": "DURATION", "value": duration }),
    ];
    data.truncate(most);
    data
}

/// How a report stands, from what the server says of it; `passed` and `failed` are its words.
pub(super) fn standing(id: &RunId, report: &Value, passed: &str, failed: &str) -> TestRunResult {
    let number = |title: &str| {
        let mut data = report["data"].as_array().into_iter().flatten();
        data.find(|it| it["title"] == title).and_then(|it| it["value"].as_f64()).unwrap_or_default()
    };
    let status = match report["result"].as_str() {
        Some(word) if word == passed => RunStatus::Passed,
        Some(word) if word == failed && number(FAILED) > 0.0 => RunStatus::Failed,
        Some(word) if word == failed => RunStatus::Error,
        _ => RunStatus::Running,
    };
    TestRunResult {
        test_run_id: id.0.clone(),
        status,
        total_tests: number(TESTS) as u64,
        passed_tests: number(PASSED) as u64,
        failed_tests: number(FAILED) as u64,
        skipped_tests: number(SKIPPED) as u64,
        duration_seconds: number(DURATION) / 1000.0,
        ..TestRunResult::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_short_and_differ() {
        assert_eq!(key("ci-gen/unit", 40), "ci-gen/unit");
        assert_eq!(key(&"x".repeat(40), 40), "x".repeat(40));
        for most in [40, 255] {
            let (one, other) = (key(&"x".repeat(most + 1), most), key(&"x".repeat(most + 2), most));
            assert_eq!((one.len(), other.len()), (40, 40));
            assert_ne!(one, other);
        }
        for name in ["", "ä", "a\nb", &"😀".repeat(30)] {
            assert_eq!(key(name, 40).len(), 40, "{name}");
        }
    }

    #[test]
    fn attempts_are_a_family() {
        let id = RunId("ci-gen-a-1".to_owned());
        assert!(is_older("ci-gen-a-2", &id));
        for other in ["ci-gen-a-1", "ci-gen-b-1", "sonar", ""] {
            assert!(!is_older(other, &id), "{other}");
        }
    }
}
