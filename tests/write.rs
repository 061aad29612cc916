//! Reports out: one input per case in `tests/write/`, and beside it what each format makes of it.

mod any;
mod html;
mod junit;
mod markdown;

use std::fs;

use ci_gen::report::{self, write, Report};

use crate::support::{assert_current, project, walk};

/// The inputs by name.
fn inputs() -> Vec<(String, Report)> {
    let mut files: Vec<_> = walk(&project().join("tests/write/reports"))
        .into_iter()
        .filter(|it| it.extension().is_some_and(|it| it == "json"))
        .collect();
    files.sort();
    let read = |path: &std::path::PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap())
    };
    files.iter().map(read).collect()
}

fn input(name: &str) -> Report {
    inputs().into_iter().find(|it| it.0 == name).unwrap().1
}

/// What a format makes of a report.
fn written(format: &str, report: &Report) -> String {
    let format = write::FORMATS.iter().find(|it| it.name == format).unwrap();
    let mut out = Vec::new();
    (format.write)(report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn reports_are_written_as_before() {
    let inputs = inputs();
    assert!(inputs.len() >= 8);
    for (name, report) in inputs {
        for (format, ending) in [("junit", "junit.xml"), ("markdown", "md"), ("html", "html")] {
            let text = written(format, &report);
            assert_eq!(text, written(format, &report), "{name}: {format} differs from run to run");
            let text = if format == "html" { html::without_assets(&text) } else { text };
            assert_current(&project().join(format!("tests/write/reports/{name}.{ending}")), &text);
        }
        let plain = write::markdown::Options { budget: 32_000, html: false, whole: "report.html" };
        let path = project().join(format!("tests/write/reports/{name}.plain.md"));
        assert_current(&path, &write::markdown::text(&report, &plain));
    }
}

#[test]
fn json_is_the_model_and_fits_its_schema() {
    let schema = jsonschema::validator_for(&report::schema()).unwrap();
    for (name, report) in inputs() {
        let text = written("json", &report);
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report, "{name}");
        let problems: Vec<String> =
            schema.iter_errors(&serde_json::from_str(&text).unwrap()).map(|it| it.to_string()).collect();
        assert!(problems.is_empty(), "{name}: {problems:#?}");
    }
    let broken = serde_json::json!({ "schema": 2, "run": {}, "verdict": { "passed": "yes" }, "totals": {} });
    assert!(!schema.is_valid(&broken));
}
