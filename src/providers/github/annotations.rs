//! Failures as annotations beside the code: <https://docs.github.com/rest/checks/runs#update-a-check-run>

use serde_json::{json, Value};

use super::{
    super::limits::{GITHUB_ANNOTATION, GITHUB_ANNOTATION_TITLE},
    basic,
};
use crate::report::{
    write::issues::{self, Issue},
    Report,
};

/// Annotations of a check run. GitHub takes any number, fifty at a time and a request a second; nobody reads more.
pub(super) const MOST: usize = 500;

/// Lines that GitHub surely takes.
const LINES: u64 = i32::MAX as u64;

/// The annotations of a report, the most important first, and how many more there would be. Failures whose place is not
/// known are in the summary alone.
///
/// The same report always has the same ones in the same order: how many are there tells which are still to be sent.
pub(super) fn of(report: &Report) -> (Vec<Value>, usize) {
    let issues = issues::issues(report, usize::MAX);
    let mut placed: Vec<Value> = issues.iter().filter_map(annotation).collect();
    let left = placed.len().saturating_sub(MOST);
    placed.truncate(MOST);
    (placed, left)
}

fn annotation(issue: &Issue) -> Option<Value> {
    let path = basic(issue.file.as_deref()?).replace(['\n', '\t'], " ");
    let line = issue.line.unwrap_or(1).clamp(1, LINES);
    let message = basic(&issue.message);
    let message = if message.trim().is_empty() { "it failed" } else { &message };
    (!path.trim().is_empty()).then(|| {
        json!({
            "path": path,
            "start_line": line,
            "end_line": line,
            "annotation_level": "failure",
            "title": GITHUB_ANNOTATION_TITLE.cut(&basic(&issue.title)),
            "message": GITHUB_ANNOTATION.cut(message),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_annotation_has_a_place_that_can_be() {
        let issue = |file: &str, line| Issue { file: Some(file.to_owned()), line, ..Issue::default() };
        assert_eq!(annotation(&Issue::default()), None);
        assert_eq!(annotation(&issue("\u{0}", None)), None);
        for (line, expected) in [(None, 1), (Some(0), 1), (Some(7), 7), (Some(u64::MAX), LINES)] {
            let annotation = annotation(&issue("a\nb\u{1f389}.py", line)).unwrap();
            assert_eq!(annotation["path"], "a b[U+1F389].py");
            assert_eq!((&annotation["start_line"], &annotation["end_line"]), (&json!(expected), &json!(expected)));
        }
    }

    #[test]
    fn texts_are_cut_after_characters_were_written_out() {
        let text = "\u{1f389}".repeat(8000);
        let issue = Issue { title: text.clone(), message: text, file: Some("a".to_owned()), line: None };
        let annotation = annotation(&issue).unwrap();
        assert_eq!(annotation["title"].as_str().unwrap().chars().count(), GITHUB_ANNOTATION_TITLE.most);
        assert!(annotation["message"].as_str().unwrap().len() <= GITHUB_ANNOTATION.most);
    }
}
