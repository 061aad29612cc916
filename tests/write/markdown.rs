//! Markdown stays within its budget, and nothing in it is left open.

use ci_gen::report::{
    write::markdown::{self, Options},
    Case, Details, Report, Status,
};
use proptest::prelude::*;

use super::{any, input};

/// What is wrong with a text: a fence or a tag that stays open, a tag that we did not write.
fn fault(text: &str, html: bool) -> Option<String> {
    let mut fence: Option<usize> = None;
    let mut open: i32 = 0;
    for line in text.lines() {
        let run = line.len() - line.trim_start_matches('`').len();
        match fence {
            Some(length) => {
                if run >= length && line.len() == run {
                    fence = None;
                }
            }
            None if run >= 3 => fence = Some(run),
            None if line.starts_with("<details>") => {
                let rest = line.strip_prefix("<details><summary>").and_then(|it| it.strip_suffix("</summary>"));
                let Some(rest) = rest else { return Some(format!("a summary is not closed: {line}")) };
                let rest = rest.replace("<code>", "").replace("</code>", "");
                if !html || rest.contains('<') || rest.contains('>') {
                    return Some(format!("a tag that is not ours: {line}"));
                }
                open += 1;
            }
            None if line == "</details>" => open -= 1,
            None => {
                if let Some(fault) = markup(line) {
                    return Some(format!("{fault}: {line}"));
                }
            }
        }
        if open.abs() > 1 {
            return Some(format!("details are not balanced at: {line}"));
        }
    }
    (fence.is_some() || open != 0).then(|| format!("a fence or a tag stays open ({fence:?}, {open})"))
}

/// Markup in a line of prose that somebody else wrote: tags and mentions outside of code.
fn markup(line: &str) -> Option<&'static str> {
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        if c == '`' {
            let run = rest.len() - rest.trim_start_matches('`').len();
            let fence = "`".repeat(run);
            let body = &rest[run..];
            // The closing run has the same length, neither more nor less.
            let mut at = 0;
            let end = loop {
                let Some(found) = body[at..].find(&fence) else { return Some("code that is not closed") };
                let start = at + found;
                let length = body[start..].len() - body[start..].trim_start_matches('`').len();
                if length == run {
                    break start + length;
                }
                at = start + length;
            };
            rest = &body[end..];
            continue;
        }
        if c == '\\' {
            rest = rest[1..].strip_prefix(|c: char| c.is_ascii_punctuation()).unwrap_or(&rest[1..]);
            continue;
        }
        if c == '<' {
            return Some("a tag");
        }
        rest = &rest[c.len_utf8()..];
        if (c == '@' || c == '#') && rest.starts_with(|c: char| c.is_alphanumeric()) {
            return Some("a mention");
        }
    }
    None
}

proptest! {
    #[test]
    fn any_report_fits_any_budget(report in any::report(), budget in 0..60_000_usize, html: bool) {
        let options = Options { budget, html, whole: "report.html" };
        let text = markdown::text(&report, &options);
        prop_assert!(text.len() <= budget.max(markdown::MINIMUM), "{} bytes instead of {budget}", text.len());
        prop_assert_eq!(fault(&text, html), None, "in:\n{}", text);
    }
}

#[test]
fn a_green_run_is_two_lines() {
    let text = markdown::text(&input("green"), &Options { budget: 65_000, html: true, whole: "report.html" });
    assert_eq!(text.lines().filter(|it| !it.is_empty()).count(), 2, "{text}");
}

#[test]
fn what_is_left_out_is_said() {
    let failing = |index: usize| Case {
        name: format!("test {index}"),
        status: Status::Failed,
        details: Details { trace: Some("line\n".repeat(100)), ..Details::default() },
        ..Case::default()
    };
    let mut report = Report { cases: (0..3000).map(failing).collect(), ..Report::default() };
    report.cases.iter().for_each(|case| report.totals.count(case));
    for budget in [4096, 10_000, 65_000, 1_000_000] {
        let text = markdown::text(&report, &Options { budget, html: true, whole: "https://ci.example/1" });
        assert!(text.len() <= budget, "{} > {budget}", text.len());
        assert!(text.len() > budget * 3 / 5 || budget == 1_000_000, "only {} of {budget} were used", text.len());
        assert!(text.starts_with("### ❌ 3,000 of 3,000 tests failed\n"), "{text}");
        let last = text.lines().last().unwrap();
        assert!(last.starts_with("_Left out: ") && last.contains(" failing tests"), "{last}");
        assert!(last.ends_with("All of it is in https\\://ci.example/1._"), "{last}");
    }
}
