//! What kind of failure something is: told by the end of the command, then by its output, line by line.

mod rules;

use std::sync::LazyLock;

use regex::{Regex, RegexSet};

use self::rules::{Rule, Where, RULES};
use super::{
    group, mask,
    verdict::{signal_name, signal_of},
    Class, Group, Note, Outcome,
};

/// Longer lines are data; their beginnings are looked at.
const LONGEST_LINE: usize = 2000;

/// Only so much of the end of an output is looked at, in bytes.
const MOST_OUTPUT: usize = 1 << 20;

/// The group of a run that failed for another reason than failing tests; `None` where there is none.
///
/// The end of the command is asked first, then the lines of its output. A run that was killed was out of memory only if
/// a line says so: many things send that signal.
pub(super) fn of_run(outcome: Option<&Outcome>, reasons: &[Note]) -> Option<Group> {
    let reason = reasons.iter().find(|it| it.code != super::verdict::FAILURES.code)?;
    let (class, evidence) = outcome.map(of_outcome).unwrap_or_default();
    let message = mask::mask(&reason.message);
    let id = group::id(class, &["run", &reason.code, &message]);
    Some(Group { id, class, kind: None, message, frame: None, cases: Vec::new(), evidence })
}

fn of_outcome(outcome: &Outcome) -> (Class, Option<String>) {
    if let Some(why) = &outcome.not_started {
        return (Class::Unknown, Some(why.clone()));
    }
    if outcome.cancelled {
        return (Class::Cancelled, None);
    }
    if let Some(limit) = outcome.timed_out {
        return (Class::Timeout, Some(format!("the time limit of {} seconds", limit.as_secs_f64())));
    }
    let found = of_output(&outcome.tail);
    let signal = outcome.signal.or_else(|| outcome.exit_code.and_then(signal_of));
    match (signal, found) {
        (Some(_), Some((Class::OutOfMemory, line))) => (Class::OutOfMemory, Some(line)),
        (Some(signal), _) => (Class::Signal, Some(signal_name(signal))),
        // <https://www.gnu.org/software/coreutils/manual/html_node/timeout-invocation.html>
        (None, _) if outcome.exit_code == Some(124) => {
            (Class::Timeout, Some("exit code 124, which `timeout` gives at its limit".to_owned()))
        }
        (None, Some((class, line))) => (class, Some(line)),
        (None, None) => match outcome.exit_code {
            Some(code) if code != 0 => (Class::Unknown, Some(format!("exit code {code}"))),
            _ => (Class::Unknown, None),
        },
    }
}

/// What the end of an output tells: the class of the first rule that a line fits, and the last line that fits it.
pub(super) fn of_output(output: &str) -> Option<(Class, String)> {
    let mut from = output.len().saturating_sub(MOST_OUTPUT);
    while !output.is_char_boundary(from) {
        from += 1;
    }
    let mut best: Option<(usize, String)> = None;
    for line in output[from..].lines() {
        let line = mask::plain(mask::cut(line, LONGEST_LINE));
        let line = without_prefix(&line);
        let Some(rule) = first_rule(line, Where::Output) else { continue };
        if best.as_ref().is_none_or(|(known, _)| rule <= *known) {
            best = Some((rule, mask::cut(line.trim(), 500).to_owned()));
        }
    }
    best.map(|(rule, line)| (RULES[rule].class, line))
}

/// What a failing test's own message tells. It is a test's failure unless the message clearly says that something
/// around the test failed; an assertion that speaks of such a thing is still an assertion.
pub(super) fn of_test(kind: &str, message: &str) -> (Class, Option<String>) {
    let message = mask::plain(message);
    let first = message.lines().map(str::trim).find(|it| !it.is_empty()).unwrap_or_default();
    let line = match (kind.is_empty(), first.starts_with(kind)) {
        (true, _) | (false, true) => mask::cut(first, LONGEST_LINE).to_owned(),
        _ => format!("{kind}: {}", mask::cut(first, LONGEST_LINE)),
    };
    if is_assertion(&line) {
        return (Class::Test, None);
    }
    match first_rule(&line, Where::Message) {
        Some(rule) => (RULES[rule].class, Some(mask::cut(&line, 500).to_owned())),
        None => (Class::Test, None),
    }
}

fn is_assertion(line: &str) -> bool {
    let line = line.to_lowercase();
    ["assert", "expect", "comparison", "should", "mismatch", "to be", "to equal", "not equal"]
        .iter()
        .any(|it| line.contains(it))
}

/// The position of the first rule that a line fits.
fn first_rule(line: &str, place: Where) -> Option<usize> {
    static SET: LazyLock<Option<RegexSet>> =
        LazyLock::new(|| RegexSet::new(RULES.iter().map(|rule| rule.pattern)).ok());
    static UNLESS: LazyLock<Vec<Option<Regex>>> =
        LazyLock::new(|| RULES.iter().map(|rule| Regex::new(rule.unless?).ok()).collect());
    let matches = SET.as_ref()?.matches(line);
    matches.into_iter().find(|index| {
        let Rule { place: of, .. } = &RULES[*index];
        let fits = *of == Where::Both || *of == place;
        fits && !UNLESS[*index].as_ref().is_some_and(|unless| unless.is_match(line))
    })
}

/// A line without the time and the mark that a CI system puts in front.
fn without_prefix(line: &str) -> &str {
    let trimmed = line.trim_start();
    let rest = match trimmed.split_once(' ') {
        Some((time, rest)) if is_time(time) => rest,
        _ => line,
    };
    rest.strip_prefix("##[error]").unwrap_or(rest)
}

/// `2026-07-30T10:35:18.650Z`, also in brackets.
fn is_time(word: &str) -> bool {
    let word = word.trim_matches(['[', ']']).as_bytes();
    word.len() >= 19
        && word[4] == b'-'
        && word[10] == b'T'
        && word[13] == b':'
        && word[..4].iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn every_pattern_compiles() {
        for rule in RULES {
            Regex::new(rule.pattern).unwrap();
            if let Some(unless) = rule.unless {
                Regex::new(unless).unwrap();
            }
        }
        RegexSet::new(RULES.iter().map(|rule| rule.pattern)).unwrap();
    }

    #[test]
    fn every_rule_finds_its_example_and_nothing_in_the_near_misses() {
        for (index, rule) in RULES.iter().enumerate() {
            for example in rule.examples {
                let place = if rule.place == Where::Message { Where::Message } else { Where::Output };
                let found = first_rule(example, place);
                assert_eq!(found, Some(index), "{example}: {:?}", found.map(|it| RULES[it].pattern));
            }
            assert!(!rule.examples.is_empty(), "{}", rule.pattern);
        }
        let near_misses = include_str!("near_misses.txt");
        for line in near_misses.lines().filter(|it| !it.starts_with('#')) {
            let found = first_rule(line, Where::Output).map(|it| RULES[it].pattern);
            assert_eq!(found, None, "{line}");
        }
    }

    /// The ends of logs as people see them: `CLASS.TOOL.log` in `tests/classes`.
    #[test]
    fn logs_tell_their_class() {
        let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/classes");
        let mut count = 0;
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            let tail = std::fs::read_to_string(&path).unwrap();
            let (class, evidence) = of_outcome(&Outcome { exit_code: Some(1), tail, ..Outcome::default() });
            let class = serde_json::to_value(class).unwrap();
            assert_eq!(class.as_str(), name.split('.').next(), "{name}: told by {evidence:?}");
            count += 1;
        }
        assert!(count >= 20, "{count}");
    }

    #[test]
    fn the_end_of_the_command_is_asked_first() {
        let of = |outcome: Outcome| of_outcome(&outcome).0;
        let tail = "Killed process 12 (node)\n".to_owned();
        assert_eq!(of(Outcome { exit_code: Some(137), ..Outcome::default() }), Class::Signal);
        let oom = "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory".to_owned();
        assert_eq!(of(Outcome { exit_code: Some(134), tail: oom, ..Outcome::default() }), Class::OutOfMemory);
        assert_eq!(of(Outcome { signal: Some(9), tail, ..Outcome::default() }), Class::Signal);
        assert_eq!(of(Outcome { exit_code: Some(143), ..Outcome::default() }), Class::Signal);
        assert_eq!(of(Outcome { exit_code: Some(124), ..Outcome::default() }), Class::Timeout);
        assert_eq!(of(Outcome { cancelled: true, signal: Some(15), ..Outcome::default() }), Class::Cancelled);
        let timeout = Outcome { timed_out: Some(Duration::from_secs(5)), signal: Some(9), ..Outcome::default() };
        assert_eq!(of(timeout), Class::Timeout);
        assert_eq!(of(Outcome { exit_code: Some(1), ..Outcome::default() }), Class::Unknown);
        assert_eq!(of(Outcome { exit_code: Some(255), ..Outcome::default() }), Class::Unknown);
    }

    #[test]
    fn the_last_line_of_the_first_rule_is_the_evidence() {
        let output = "\u{1b}[31m2026-07-30T10:35:18.650Z ##[error]error[E0308]: first\u{1b}[0m\nerror[E0277]: second\n\
                      curl: (6) Could not resolve host: a.example\n";
        assert_eq!(of_output(output), Some((Class::Build, "error[E0277]: second".to_owned())));
    }

    #[test]
    fn a_failing_test_is_a_test_unless_its_message_tells_of_something_else() {
        let cases = [
            ("AssertionError", "expected 1 but was 2", Class::Test),
            ("AssertionError", "expected 'No space left on device'", Class::Test),
            ("", "test_timeout failed", Class::Test),
            ("java.lang.OutOfMemoryError", "Java heap space", Class::OutOfMemory),
            ("MemoryError", "", Class::OutOfMemory),
            ("OSError", "[Errno 28] No space left on device", Class::Disk),
            ("java.net.UnknownHostException", "repo.example", Class::Network),
            ("", "Error: getaddrinfo ENOTFOUND api.example", Class::Network),
            ("", "Error: connect ECONNREFUSED 127.0.0.1:5432", Class::Test),
            ("", "Test timeout of 30000ms exceeded.", Class::Timeout),
            ("Failed", "Timeout >1.0s", Class::Timeout),
            ("", "the request took longer than the timeout: 30", Class::Test),
        ];
        for (kind, message, class) in cases {
            assert_eq!(of_test(kind, message).0, class, "{kind} {message}");
        }
    }
}
