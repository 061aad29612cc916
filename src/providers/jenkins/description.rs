//! The lines of a build's description that are ours, among those of others.

use crate::{
    providers::{Phase, TestRun},
    report::write::text,
};

/// What our lines end in.
const OURS: &str = " (ci-gen)";
/// Characters of a title.
const TITLE: usize = 200;

/// What a run says, on one line: `❌ acme / unit (linux): 3 of 240 tests failed (ci-gen)`.
pub(super) fn line(run: &TestRun<'_>) -> String {
    let totals = &run.report.totals;
    let (mark, words) = match run.phase {
        Phase::Running => ("⏳", format!("{} tests so far, {} failed", totals.tests, totals.failures())),
        Phase::Finished if run.report.verdict.passed => ("✅", text::headline(run.report)),
        Phase::Finished => ("❌", text::headline(run.report)),
    };
    format!("{mark} {}: {words}{OURS}", title(run.title))
}

/// A title without markup. Some servers show descriptions as text and others as HTML, so neither tags nor escapes may stand
/// in them: <https://www.jenkins.io/doc/book/security/markup-formatter/>
fn title(title: &str) -> String {
    let plain = |c: char| match c {
        '<' => '‹',
        '>' => '›',
        c => c,
    };
    text::line(title, TITLE).chars().map(plain).collect()
}

/// Whether a description has that line.
pub(super) fn holds(description: &str, line: &str) -> bool {
    description.lines().any(|it| it.trim_end() == line)
}

/// The description with that line, in the place of the one with the same title if there is one.
pub(super) fn put(description: &str, of: &str, line: &str) -> String {
    let title = format!("{}: ", title(of));
    let is_same = |it: &str| {
        let rest = ["⏳ ", "✅ ", "❌ "].iter().find_map(|mark| it.strip_prefix(mark));
        rest.is_some_and(|it| it.starts_with(&title) && it.trim_end().ends_with(OURS))
    };
    let mut lines: Vec<&str> = description.lines().map(str::trim_end).collect();
    match lines.iter().position(|it| is_same(it)) {
        Some(at) => lines[at] = line,
        None => lines.push(line),
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Report;

    #[test]
    fn what_others_wrote_stays() {
        let report = Report::default();
        let run = |title| TestRun { identity: "1", title, report: &report, phase: Phase::Finished };
        let first = put("by <b>hand</b>\r\n", "a", &line(&run("a")));
        assert_eq!(first, "by <b>hand</b>\n❌ a: no tests, and the run failed (ci-gen)");
        let second = put(&first, "a / b", &line(&run("a / b")));
        assert_eq!(second.lines().count(), 3);
        let running = TestRun { phase: Phase::Running, ..run("a") };
        let third = put(&second, "a", &line(&running));
        assert_eq!(third.lines().nth(1), Some("⏳ a: 0 tests so far, 0 failed (ci-gen)"));
        assert!(holds(&third, &line(&running)) && !holds(&third, &line(&run("a"))));
    }

    #[test]
    fn no_title_is_markup() {
        let report = Report::default();
        let title = "<script>\nalert(1)</script>";
        let line = line(&TestRun { identity: "1", title, report: &report, phase: Phase::Finished });
        assert!(!line.contains(['<', '>', '\n']), "{line}");
    }
}
