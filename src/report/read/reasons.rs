//! What our own `junit.xml` says about a run as a whole, read back.

use super::{Problem, Reading, Weight};
use crate::report::{write::mark, Case, Note};

/// Turns tests that stand for a reason against a run into that reason again, and gives suites their legs back.
///
/// Any reader of JUnit XML may pass its reading through this; it changes nothing but what
/// [`junit.xml`](crate::report::write::FORMATS) of ci-gen marks.
pub fn take_reasons(reading: &mut Reading) {
    let Reading { suites, cases, problems, .. } = reading;
    cases.retain(|case| match reason(case) {
        Some(note) => {
            problems.push(Problem { weight: Weight::Error, note });
            false
        }
        None => true,
    });
    let own = suites.iter().position(|suite| suite.name == mark::SUITE);
    if let Some(own) = own.filter(|own| cases.iter().all(|case| case.suite != *own)) {
        suites.remove(own);
        for case in cases.iter_mut().filter(|case| case.suite > own) {
            case.suite -= 1;
        }
    }
    for suite in suites {
        let Some(leg) = suite.properties.shift_remove(mark::LEG) else { continue };
        let mark = format!(" [{leg}]");
        if let Some(name) = suite.name.strip_suffix(&mark) {
            suite.name = name.to_owned();
        }
        suite.leg = Some(leg);
    }
}

fn reason(case: &Case) -> Option<Note> {
    let code = case.properties.get(mark::REASON)?.clone();
    Some(Note {
        message: case.details.message.clone().unwrap_or_else(|| code.clone()),
        code,
        file: case.properties.get(mark::FILE).cloned(),
        line: case.properties.get(mark::LINE).and_then(|it| it.parse().ok()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Details, Status, Suite};

    #[test]
    fn reasons_are_no_tests() {
        let suite = |name: &str| Suite { name: name.to_owned(), ..Suite::default() };
        let mut marked = Case {
            name: "no-results".to_owned(),
            status: Status::Errored,
            details: Details { message: Some("no file matched".to_owned()), ..Details::default() },
            ..Case::default()
        };
        marked.properties.insert(mark::REASON.to_owned(), "no-results".to_owned());
        marked.properties.insert(mark::LINE.to_owned(), "7".to_owned());
        let mut unit = suite("unit [linux]");
        unit.properties.insert(mark::LEG.to_owned(), "linux".to_owned());
        let mut reading = Reading {
            suites: vec![suite(mark::SUITE), unit],
            cases: vec![marked, Case { suite: 1, ..Case::default() }],
            ..Reading::default()
        };
        take_reasons(&mut reading);
        assert_eq!(reading.cases.len(), 1);
        assert_eq!(reading.cases[0].suite, 0);
        assert_eq!((reading.suites[0].name.as_str(), reading.suites[0].leg.as_deref()), ("unit", Some("linux")));
        let note = &reading.problems[0].note;
        assert_eq!((note.code.as_str(), note.message.as_str(), note.line), ("no-results", "no file matched", Some(7)));
    }
}
