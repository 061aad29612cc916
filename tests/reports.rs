//! Result files in: `tests/reports/FORMAT/NAME.*` and what is read from it, in `NAME.json` beside it.

use std::{fs, path::PathBuf};

use ci_gen::report::read::{self, Reading, Weight};
use proptest::prelude::*;

use crate::support::{assert_current, project, slashed, walk};

/// Every result file, with its name below `tests/reports`. Goldens are those with a result file of the same stem.
fn fixtures() -> Vec<(String, PathBuf)> {
    let root = project().join("tests/reports");
    let files = walk(&root).into_iter().filter(|path| !path.to_string_lossy().ends_with(".golden.json"));
    files.map(|path| (slashed(path.strip_prefix(&root).unwrap()), path)).collect()
}

fn is_xml(name: &str) -> bool {
    name.ends_with(".xml") || name.ends_with(".trx")
}

#[test]
fn every_file_is_read_as_committed() {
    let fixtures = fixtures();
    assert!(fixtures.len() > 20);
    for (name, path) in fixtures {
        let reading = read::read(&name, fs::File::open(&path).unwrap());
        let golden = path.with_extension("golden.json");
        assert_current(&golden, &(serde_json::to_string_pretty(&reading).unwrap() + "\n"));
    }
}

/// Whatever the format, each test belongs to a suite, totals fit, every problem has a place and texts can be printed.
#[track_caller]
fn assert_sound(reading: &Reading) {
    for (index, suite) in reading.suites.iter().enumerate() {
        let own = reading.cases.iter().filter(|case| case.suite == index);
        assert_eq!(suite.totals.tests, own.clone().count() as u64);
        assert_eq!(suite.totals.failures(), own.filter(|case| case.status.is_failure()).count() as u64);
        assert!(suite.file.is_some());
    }
    for case in &reading.cases {
        assert!(case.suite < reading.suites.len());
        assert!(!case.name.is_empty());
        assert!(case.duration.is_none_or(|it| it >= 0.0 && it.is_finite()));
    }
    for problem in &reading.problems {
        assert!(problem.note.file.is_some() && problem.note.line.is_some_and(|line| line > 0), "{problem:?}");
        assert!(!problem.note.message.is_empty());
    }
}

fn errors(reading: &Reading) -> Vec<&str> {
    reading.problems.iter().filter(|it| it.weight == Weight::Error).map(|it| it.note.code.as_str()).collect()
}

/// A file that breaks off is an error, and what was complete before that is still there, in order.
#[test]
fn a_cut_file_is_an_error_and_keeps_what_was_read() {
    for (name, path) in fixtures().into_iter().filter(|(name, _)| is_xml(name)) {
        let bytes = fs::read(path).unwrap();
        let whole = read::read(&name, &bytes[..]);
        let Some(root) = bytes.iter().rposition(|byte| *byte == b'>') else { continue };
        if errors(&whole).iter().any(|code| ["truncated", "ill-formed", "empty-file"].contains(code)) {
            continue;
        }
        let step = (bytes.len() / 400).max(1);
        let mut before = 0;
        for end in (0..=root).step_by(step) {
            let cut = read::read(&name, &bytes[..end]);
            assert_sound(&cut);
            let codes = errors(&cut);
            assert!(
                ["truncated", "ill-formed", "empty-file", "unknown-format"].iter().any(|it| codes.contains(it)),
                "{name} cut at {end} of {root}: {codes:?}"
            );
            assert!(cut.cases.len() + 2 >= before, "{name} cut at {end} has lost tests");
            before = cut.cases.len();
        }
    }
}

/// Formats that are no XML are cut at lines, and in the middle of them. Some are just as whole before their end: where one
/// program of several has ended, nobody can know of the next one.
#[test]
fn a_file_of_lines_that_is_cut_is_an_error_and_keeps_what_was_read() {
    for (name, path) in fixtures().into_iter().filter(|(name, _)| !is_xml(name)) {
        let bytes = fs::read(path).unwrap();
        let whole = read::read(&name, &bytes[..]);
        let (mut before, mut silent) = (0, Vec::new());
        let ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
        let middles = (0..bytes.len()).step_by((bytes.len() / 100).max(1));
        let mut cuts: Vec<usize> = ends.chain(middles).filter(|it| *it < bytes.len()).collect();
        cuts.sort_unstable();
        for end in cuts {
            let cut = read::read(&name, &bytes[..end]);
            assert_sound(&cut);
            assert!(cut.cases.len() + 2 >= before, "{name} cut at {end} has lost tests");
            before = cut.cases.len();
            if errors(&cut).is_empty() && cut.cases.len() < whole.cases.len() {
                let said = String::from_utf8_lossy(&bytes[..end]).lines().last().unwrap_or_default().to_owned();
                silent.push(said);
            }
        }
        let program_ended = |line: &String| {
            let package = ["\"Action\":\"pass\"", "\"Action\":\"fail\""].iter().any(|it| line.contains(it));
            // The compiler may only have warned.
            let warned = line.contains("\"Action\":\"build-output\"");
            warned || (package && !line.contains("\"Test\"")) || line.contains("\"type\":\"suite\"")
        };
        silent.retain(|line| !program_ended(line));
        assert!(silent.is_empty(), "{name}: nothing is wrong with it after {silent:#?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Any bytes at all.
    #[test]
    fn bytes_never_stop_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..4096)) {
        assert_sound(&read::read("any", &bytes[..]));
    }

    /// Real files with a few bytes changed, removed or repeated.
    #[test]
    fn damage_never_stops_the_reader(
        pick in any::<prop::sample::Index>(),
        hits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 1..8),
    ) {
        let fixtures = fixtures();
        let (name, path) = &fixtures[pick.index(fixtures.len())];
        let mut bytes = fs::read(path).unwrap();
        bytes.truncate(20_000);
        for (at, byte, how) in hits {
            if bytes.is_empty() {
                break;
            }
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => drop(bytes.remove(at)),
                _ => {
                    let again = bytes[at..bytes.len().min(at + 50)].to_vec();
                    bytes.splice(at..at, again);
                }
            }
        }
        assert_sound(&read::read(name, &bytes[..]));
    }

    /// Text in every place where a report holds some comes back as it was.
    #[test]
    fn text_comes_back(text in "[a-zA-Z0-9äöü🎉<>&'\"\\[\\]|;#]{1,40}") {
        let attribute = text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
        let content = text.replace('&', "&#38;").replace('<', "&lt;").replace('>', "&#x3e;");
        let xml = format!(
            "<testsuite name=\"{attribute}\"><testcase name=\"{attribute}\" classname=\"{attribute}\">\
             <failure message=\"{attribute}!\" type=\"{attribute}\">{content}</failure>\
             <system-out>{content}</system-out></testcase></testsuite>"
        );
        let reading = read::read("x", xml.as_bytes());
        prop_assert!(reading.problems.is_empty(), "{:?}", reading.problems);
        let case = &reading.cases[0];
        prop_assert_eq!(&reading.suites[0].name, &text);
        prop_assert_eq!((&case.name, case.class.as_ref()), (&text, Some(&text)));
        prop_assert_eq!(case.details.trace.as_ref(), Some(&text));
        prop_assert_eq!(case.details.kind.as_ref(), Some(&text));
        prop_assert_eq!(case.details.stdout.as_ref(), Some(&text));
        prop_assert_eq!(case.details.message.clone(), Some(text + "!"));
    }
}
