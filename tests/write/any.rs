//! Any report, with the texts that break writers.

use ci_gen::report::{Attempt, Case, Class, Details, Group, Note, Report, Status, Suite};
use proptest::prelude::*;

/// Text with everything in it that some format takes for something else.
pub fn text() -> impl Strategy<Value = String> {
    let pieces = [
        "",
        " ",
        "\n",
        "\r\n",
        "\t",
        "`",
        "```",
        "~~~",
        "````text",
        "<b>",
        "</details>",
        "<details>",
        "</summary>",
        "<!--",
        "-->",
        "|",
        "@a",
        "#1",
        "[x](y)",
        "*",
        "__",
        "\\",
        "&amp;",
        "&",
        "]]>",
        "</script>",
        "\"",
        "'",
        "\0",
        "\u{1b}[31m",
        "\u{1b}[",
        "\u{1b}]0;",
        "\u{202e}",
        "\u{2028}",
        "ä",
        "😀",
        "日本",
        "\u{fffe}",
        "a",
        "test_x",
        "1.",
        "- ",
        "> ",
        "$x$",
        "{{{",
        "::error::",
        "a long word and a few more to make a line",
    ];
    let piece = prop_oneof![4 => proptest::sample::select(pieces.to_vec()).prop_map(str::to_owned), 1 => any::<char>().prop_map(String::from)];
    proptest::collection::vec(piece, 0..12).prop_map(|it| it.concat())
}

fn details() -> impl Strategy<Value = Details> {
    (
        proptest::option::of(text()),
        proptest::option::of(text()),
        proptest::option::of(text()),
        proptest::option::of(text()),
    )
        .prop_map(|(message, kind, trace, stdout)| Details { message, kind, trace, stdout, stderr: None })
}

fn case() -> impl Strategy<Value = Case> {
    let status = proptest::sample::select(vec![Status::Passed, Status::Failed, Status::Errored, Status::Skipped]);
    let failing = proptest::sample::select(vec![Status::Failed, Status::Errored]);
    let attempts = proptest::collection::vec((failing, details()), 0..3);
    let place = (proptest::option::of(text()), proptest::option::of(text()), proptest::option::of(1..900_u64));
    (0..3_usize, text(), place, status, any::<bool>(), proptest::option::of(0.0..100.0), details(), attempts).prop_map(
        |(suite, name, (class, file, line), status, flaky, duration, details, attempts)| {
            let flaky = flaky && status == Status::Passed;
            let again = flaky || status.is_failure();
            let attempts = attempts.into_iter().filter(|_| again);
            let attempts = attempts.map(|(status, details)| Attempt { status, duration: None, details }).collect();
            Case { suite, name, class, file, line, status, flaky, duration, details, attempts, ..Case::default() }
        },
    )
}

/// A report with totals that are right.
pub fn report() -> impl Strategy<Value = Report> {
    let note = || {
        (text(), text(), proptest::option::of(text())).prop_map(|(code, message, file)| Note {
            code,
            message,
            file,
            line: Some(3),
        })
    };
    let group = (text(), text(), proptest::collection::vec(0..60_usize, 0..5)).prop_map(|(id, message, cases)| Group {
        id,
        class: Class::Network,
        kind: Some(message.clone()),
        message,
        frame: None,
        cases,
        evidence: None,
    });
    (
        proptest::collection::vec(case(), 0..40),
        proptest::collection::vec((text(), proptest::option::of(text())), 2),
        proptest::collection::vec(note(), 0..4),
        proptest::collection::vec(note(), 0..40),
        proptest::collection::vec(group, 0..8),
        text(),
    )
        .prop_map(|(cases, suites, reasons, notes, groups, job)| {
            let mut report = Report { cases, notes, groups, ..Report::default() };
            report.cases.iter().for_each(|case| report.totals.count(case));
            report.suites = suites.into_iter().map(|(name, leg)| Suite { name, leg, ..Suite::default() }).collect();
            report.run.job = Some(job);
            report.verdict.passed = reasons.is_empty() && report.totals.failures() == 0;
            report.verdict.reasons = reasons;
            report
        })
}
