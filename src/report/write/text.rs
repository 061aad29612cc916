//! What every report says in the same words: the headline, counts, durations, names and places.

use super::ansi;
pub(super) use crate::report::digits::grouped as number;
use crate::report::{boundary::floor, Case, Class, Details, Note, Report, Run, Status};

/// The whole outcome in one line, without markup: `3 of 1,204 tests failed`.
pub fn headline(report: &Report) -> String {
    let totals = &report.totals;
    let failures = totals.failures();
    match (report.verdict.passed, totals.tests, failures) {
        (true, 0, _) => "no tests".to_owned(),
        (true, tests, 0) if totals.skipped == tests => format!("{} skipped", tests_of(tests)),
        (true, _, 0) => format!("{} passed", tests_of(totals.passed)),
        (_, 0, _) => "no tests, and the run failed".to_owned(),
        (_, 1, 1) => "the test failed".to_owned(),
        (_, tests, 0) => format!("{} without a failure, but the run failed", tests_of(tests)),
        (_, tests, failures) => format!("{} of {} failed", number(failures), tests_of(tests)),
    }
}

/// What the headline leaves out: `2 skipped`, `1 flaky`, how long, and where.
pub(super) fn facts(report: &Report) -> Vec<String> {
    let totals = &report.totals;
    let mut facts = Vec::new();
    let red = !report.verdict.passed || totals.failures() > 0;
    for (count, word, wanted) in [
        (totals.passed, "passed", red),
        (totals.failed, "failed", red && totals.errored > 0),
        (totals.errored, "errored", true),
        (totals.skipped, "skipped", true),
        (totals.flaky, "flaky", true),
    ] {
        if wanted && count > 0 {
            facts.push(format!("{} {word}", number(count)));
        }
    }
    facts.push(if report.run.wall > 0.0 {
        format!("{} from start to end", duration(report.run.wall))
    } else {
        format!("{} of tests", duration(totals.duration))
    });
    if !report.merged.is_empty() {
        let count = report.merged.len() as u64;
        facts.push(format!("{} {} merged", number(count), if count == 1 { "run" } else { "runs" }));
    }
    facts.extend(place(&report.run));
    facts
}

/// Job, leg and shard, the commit last.
pub(super) fn place(run: &Run) -> Vec<String> {
    let mut place = Vec::new();
    place.extend(run.job.as_deref().map(|it| line(it, 60)));
    place.extend(run.leg.as_deref().filter(|it| Some(*it) != run.job.as_deref()).map(|it| line(it, 60)));
    place.extend(run.shard.map(|it| format!("shard {} of {}", it.index, it.total)));
    place.extend(run.head_sha.as_deref().map(|it| it.chars().filter(char::is_ascii_alphanumeric).take(8).collect()));
    place.retain(|it: &String| !it.is_empty());
    place
}

/// `1 test`, `1,204 tests`
pub(super) fn tests_of(count: u64) -> String {
    format!("{} {}", number(count), if count == 1 { "test" } else { "tests" })
}

/// Seconds in the unit that people would choose: `12 ms`, `3.2 s`, `4 min 3 s`, `1 h 4 min`.
pub(super) fn duration(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match seconds {
        it if !it.is_finite() || it <= 0.0 => "0 s".to_owned(),
        it if it < 0.0005 => "< 1 ms".to_owned(),
        it if it < 0.9995 => format!("{:.0} ms", it * 1000.0),
        it if it < 9.95 => format!("{it:.1} s"),
        _ if whole < 60 => format!("{whole} s"),
        _ if whole < 3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", number(whole / 3600), whole % 3600 / 60),
    }
}

/// The mark that stands before a headline.
pub(super) fn mark(report: &Report) -> &'static str {
    if report.verdict.passed {
        "✅"
    } else {
        "❌"
    }
}

/// On one line, legible, at most so many characters; `…` stands for what was cut.
pub(crate) fn line(text: &str, most: usize) -> String {
    let plain = legible(text);
    let mut out = String::new();
    for (count, c) in plain.split_whitespace().flat_map(|word| [" ", word]).flat_map(str::chars).skip(1).enumerate() {
        if count + 1 == most && plain.chars().count() > most {
            out.push('…');
            break;
        }
        if count == most {
            break;
        }
        out.push(c);
    }
    out
}

/// Without escapes, and with characters that turn the direction of text around, or hide, written out: `[U+202E]`.
pub(crate) fn legible(text: &str) -> String {
    seen(&ansi::plain(text))
}

/// Writes out what would turn text around or hide in it.
pub(super) fn seen(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => {
                out.push_str(&format!("[U+{:04X}]", u32::from(c)));
            }
            '\u{2028}' | '\u{2029}' => out.push('\n'),
            c => out.push(c),
        }
    }
    out
}

/// The start of a text, at most so many bytes and lines, and the number of lines that were left out.
pub(super) fn start(text: &str, bytes: usize, lines: usize) -> (&str, usize) {
    let text = text.trim_end();
    let mut end = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        if index == lines || end + line.len() > bytes {
            break;
        }
        end += line.len();
    }
    if end == 0 {
        end = floor(text, bytes);
    }
    let left = text[end..].lines().count();
    (text[..end].trim_end(), left)
}

/// The full name: class and name, unless the one holds the other.
pub(crate) fn name(case: &Case) -> String {
    match case.class.as_deref() {
        Some(class) if !class.is_empty() && !case.name.starts_with(class) => format!("{class} › {}", case.name),
        _ => case.name.clone(),
    }
}

/// `src/a.py:12`, if it is known where a test is.
pub(super) fn source(case: &Case) -> Option<String> {
    let file = case.file.as_deref()?;
    Some(with_line(file, case.line))
}

/// `file:12`
pub(super) fn with_line(file: &str, line: Option<u64>) -> String {
    line.map_or_else(|| file.to_owned(), |line| format!("{file}:{line}"))
}

/// A note's message with its place.
pub fn note(note: &Note) -> String {
    match &note.file {
        Some(file) if !note.message.contains(file.as_str()) => {
            format!("{} ({})", note.message, with_line(file, note.line))
        }
        _ => note.message.clone(),
    }
}

/// A failure in one line: its message, else the first line of what it said at length, else its type.
pub(super) fn gist(details: &Details) -> String {
    let first = |text: &Option<String>| {
        text.as_deref().and_then(|it| it.lines().find(|line| !line.trim().is_empty())).map(str::to_owned)
    };
    first(&details.message).or_else(|| first(&details.trace)).or_else(|| details.kind.clone()).unwrap_or_default()
}

/// A path inside the repository, with slashes; `None` for one that means nothing on another machine.
pub(crate) fn relative(path: &str) -> Option<String> {
    let path = ansi::plain(path).replace('\\', "/");
    let path = path.trim().trim_start_matches("./");
    let drive = path.as_bytes().get(1) == Some(&b':');
    let outside = path.split('/').any(|it| it == "..");
    let absolute = path.starts_with('/') || drive || path.contains("://");
    (!path.is_empty() && !absolute && !outside).then(|| path.to_owned())
}

/// Codes of reasons that failing tests show by themselves.
const OF_TESTS: &[&str] = &["failures", "new-failures"];

/// Reasons against the run that no failing test shows.
pub(crate) fn unseen_reasons(report: &Report) -> Vec<&Note> {
    let failures = report.cases.iter().any(|case| case.status.is_failure());
    report.verdict.reasons.iter().filter(|it| !(failures && OF_TESTS.contains(&it.code.as_str()))).collect()
}

/// What kind of failure it is, in words; `None` for an ordinary one.
pub(crate) fn class(class: Class) -> Option<&'static str> {
    match class {
        Class::Test | Class::Unknown => None,
        Class::Build => Some("the build failed"),
        Class::Timeout => Some("time limit reached"),
        Class::OutOfMemory => Some("out of memory"),
        Class::Signal => Some("ended by a signal"),
        Class::Infrastructure => Some("the machine or the CI system failed"),
        Class::Network => Some("the network failed"),
        Class::Disk => Some("the disk failed"),
        Class::RateLimit => Some("too many requests"),
        Class::Cancelled => Some("cancelled"),
    }
}

/// The tests that count against the run, the errors last; positions in `cases`.
pub(super) fn failing(report: &Report) -> Vec<usize> {
    let all = |status: Status| report.cases.iter().enumerate().filter(move |(_, case)| case.status == status);
    all(Status::Failed).chain(all(Status::Errored)).map(|(index, _)| index).collect()
}

/// The slowest tests that took at least so long, the slowest first; positions in `cases` and seconds.
pub(super) fn slowest(report: &Report, least: f64, most: usize) -> Vec<(usize, f64)> {
    let timed = report.cases.iter().enumerate().filter_map(|(index, case)| Some((index, case.duration?)));
    let mut slow: Vec<(usize, f64)> = timed.filter(|(_, seconds)| *seconds > 0.0 && *seconds >= least).collect();
    slow.sort_by(|one, other| other.1.total_cmp(&one.1));
    slow.truncate(most);
    slow
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_the_unit_that_people_choose() {
        for (seconds, expected) in [
            (0.0, "0 s"),
            (0.0001, "< 1 ms"),
            (0.0124, "12 ms"),
            (0.9996, "1.0 s"),
            (3.24, "3.2 s"),
            (59.4, "59 s"),
            (59.6, "1 min 0 s"),
            (243.0, "4 min 3 s"),
            (3840.0, "1 h 4 min"),
            (f64::NAN, "0 s"),
        ] {
            assert_eq!(duration(seconds), expected, "{seconds}");
        }
    }

    #[test]
    fn numbers_are_read_at_a_glance() {
        assert_eq!([0, 999, 1000, 1_234_567].map(number), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn a_line_is_one_line() {
        assert_eq!(line("a\n  b\tc", 9), "a b c");
        assert_eq!(line("abcdef", 6), "abcdef");
        assert_eq!(line("abcdefg", 6), "abcde…");
        assert_eq!(line("evil\u{202e}txt", 40), "evil[U+202E]txt");
    }

    #[test]
    fn only_paths_in_the_repository_are_kept() {
        assert_eq!(relative("./src\\a.py").as_deref(), Some("src/a.py"));
        for path in ["/home/a/b.py", "C:\\a.cs", "../a", "file:///a", "", "a/../../b"] {
            assert_eq!(relative(path), None, "{path}");
        }
    }

    #[test]
    fn a_start_is_cut_between_lines_and_never_in_a_character() {
        assert_eq!(start("a\nb\nc\n", 100, 2), ("a\nb", 1));
        assert_eq!(start("a\nbbbb", 4, 9), ("a", 1));
        assert_eq!(start("äöü", 3, 9), ("ä", 1));
    }
}
