//! Reports to publish.

use ci_gen::report::{Case, Details, Merged, Report, Run, Status};

/// A report of the run that the kits' variables tell of.
pub fn report(failing: &[&str]) -> Report {
    let mut report = Report {
        run: Run {
            id: "4711".to_owned(),
            attempt: 1,
            start: Some("2026-11-27T10:00:00.000Z".to_owned()),
            wall: 12.5,
            ..Run::default()
        },
        ..Report::default()
    };
    add(&mut report, "it passes", Status::Passed, None);
    for name in failing {
        add(&mut report, name, Status::Failed, Some(&format!("{name}: expected 1, got 2")));
    }
    report.verdict.passed = failing.is_empty();
    report
}

/// The same as the merged report of all legs.
pub fn whole(failing: &[&str]) -> Report {
    Report { merged: vec![Merged::default()], ..report(failing) }
}

/// One with so many failing tests, each with a file and a message of its own.
pub fn many(failing: usize) -> Report {
    let mut report = report(&[]);
    for index in 0..failing {
        // Words rather than numbers, so that no two of them are one group.
        let word: String = index.to_string().bytes().map(|it| char::from(it - b'0' + b'a')).collect();
        add(&mut report, &format!("test_{word}"), Status::Failed, Some(&format!("the {word} is broken")));
        let case = report.cases.last_mut().unwrap();
        (case.file, case.line) = (Some(format!("tests/test_{}.py", index % 97)), Some(1 + index as u64));
    }
    report.verdict.passed = failing == 0;
    report
}

/// Names and messages that have broken other tools.
pub fn hostile() -> Report {
    let long = "x".repeat(1_000_000);
    let names = [
        "\u{0}\u{1b}[31mred\u{1b}[0m",
        "😀😀😀 \u{202e}txet",
        "a\r\n::error::b\n##vso[task.complete result=Failed]\n##teamcity[testFailed name='x']",
        "<script>alert(1)</script> @everyone #123 |table| `code` --> ]]> {{x}} ${x} %(x)s",
        "\u{feff}",
        "  ",
        "\"quoted\" 'single' \\back\\slash /slash ../..",
        long.as_str(),
    ];
    let mut report = report(&[]);
    for name in names {
        add(&mut report, name, Status::Errored, Some(name));
        let case = report.cases.last_mut().unwrap();
        case.class = Some(name.to_owned());
        case.file = Some(format!("/abs/{name}"));
        case.details.trace = Some(name.to_owned());
    }
    report.verdict.passed = false;
    report
}

fn add(report: &mut Report, name: &str, status: Status, message: Option<&str>) {
    let details = Details { message: message.map(str::to_owned), ..Details::default() };
    let case = Case {
        name: name.to_owned(),
        class: Some("suite".to_owned()),
        status,
        duration: Some(0.25),
        details,
        ..Case::default()
    };
    report.totals.count(&case);
    report.cases.push(case);
}
