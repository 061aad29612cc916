//! The same test several times in one suite: attempts of one test, or different tests of one name.

use std::collections::{HashMap, HashSet};

use crate::report::{Attempt, Case, Details, Status};

/// Merges tests of a suite that are attempts of one: of the same class, name and file, and all of them failed except the
/// last one, which passed. Everything else is parametrised: runners do not repeat what passed, and repeat until something
/// changes. Looks at the cases from `first` on, and says how many went away.
pub(super) fn merge(cases: &mut Vec<Case>, first: usize, suite: usize) -> u64 {
    let mut groups = same(cases, first, suite);
    groups.retain(|positions| {
        positions.split_last().is_some_and(|(last, earlier)| {
            cases[*last].status == Status::Passed && earlier.iter().all(|it| cases[*it].status.is_failure())
        })
    });
    let mut gone = vec![false; cases.len()];
    for group in &groups {
        let Some((last, earlier)) = group.split_last() else { continue };
        let mut attempts = Vec::new();
        for position in earlier {
            gone[*position] = true;
            let case = std::mem::take(&mut cases[*position]);
            attempts.extend(case.attempts);
            attempts.push(Attempt { status: case.status, duration: case.duration, details: case.details });
        }
        let case = &mut cases[*last];
        attempts.append(&mut case.attempts);
        case.attempts = attempts;
        case.flaky = true;
    }
    remove(cases, &gone)
}

/// Merges what pytest writes of one test: its names are unique in a run, so elements of the same test are parts of it.
///
/// A plugin that repeats tests (pytest-rerunfailures) leaves an element that looks passed for every attempt that failed,
/// and pytest does not count those; `fewer` tells that the suite counts fewer tests than it lists. A teardown that broke
/// after its test had failed has an element of its own.
pub(super) fn merge_pytest(cases: &mut Vec<Case>, first: usize, suite: usize, fewer: bool) -> u64 {
    let mut gone = vec![false; cases.len()];
    for group in same(cases, first, suite) {
        let Some(&last) = group.last() else { continue };
        let passed = group.iter().take_while(|it| cases[**it].status == Status::Passed).count();
        // The last one of all is the test itself.
        let reruns = passed.min(group.len() - 1);
        if group[reruns..].iter().any(|it| *it != last && !cases[*it].status.is_failure()) {
            continue;
        }
        let failed = cases[last].status.is_failure();
        if reruns > 0 && !failed && !fewer {
            continue;
        }
        let place = group[reruns];
        let mut attempts = Vec::new();
        for position in &group[..reruns] {
            gone[*position] = true;
            let Case { duration, details, .. } = std::mem::take(&mut cases[*position]);
            let message = Some("the test was run again; pytest does not write why".to_owned());
            attempts.push(Attempt { status: Status::Failed, duration, details: Details { message, ..details } });
        }
        for position in &group[reruns + 1..] {
            let torn = cases[*position].details.message.as_deref().is_some_and(|it| it.starts_with(TEARDOWN));
            if torn && cases[place].status.is_failure() {
                gone[*position] = true;
                let details = std::mem::take(&mut cases[*position].details);
                cases[place].more.push(details);
            }
        }
        attempts.append(&mut cases[place].attempts);
        cases[place].flaky |= !attempts.is_empty() && cases[place].status == Status::Passed;
        cases[place].attempts = attempts;
    }
    remove(cases, &gone)
}

/// Merges tests of programs that ran several times, each with the positions of its tests for every time.
///
/// A time is a further attempt if all of it had failed before, subtests aside: runners repeat nothing else. Everything
/// else is another configuration of the same tests, and stays.
pub(super) fn merge_rounds(cases: &mut Vec<Case>, programs: &[Vec<Vec<usize>>]) {
    let mut gone = vec![false; cases.len()];
    for rounds in programs.iter().filter(|it| it.len() > 1) {
        let mut known: HashMap<String, usize> = HashMap::new();
        for round in rounds {
            let names: HashSet<&str> = round.iter().map(|it| cases[*it].name.as_str()).collect();
            let failed = |name: &str| known.get(name).is_some_and(|it| cases[*it].status.is_failure());
            let root = |name: &str| name.split('/').next().is_some_and(failed);
            let again = names.len() == round.len() && !names.is_empty() && names.iter().all(|it| root(it));
            for position in round {
                let earlier = known.insert(cases[*position].name.clone(), *position).filter(|_| again);
                let Some(earlier) = earlier else { continue };
                gone[earlier] = true;
                let Case { mut attempts, status, duration, details, .. } = std::mem::take(&mut cases[earlier]);
                attempts.push(Attempt { status, duration, details });
                let case = &mut cases[*position];
                case.flaky = case.status == Status::Passed && attempts.iter().any(|it| it.status.is_failure());
                case.attempts = attempts;
            }
        }
    }
    remove(cases, &gone);
}

/// How the message of an error in a teardown begins.
const TEARDOWN: &str = "failed on teardown";

/// The positions of tests of the same class, name and file, where there are several.
fn same(cases: &[Case], first: usize, suite: usize) -> Vec<Vec<usize>> {
    let mut same: HashMap<_, Vec<usize>> = HashMap::new();
    for (position, case) in cases.iter().enumerate().skip(first).filter(|(_, case)| case.suite == suite) {
        same.entry((&case.class, &case.name, &case.file)).or_default().push(position);
    }
    same.into_values().filter(|it| it.len() > 1).collect()
}

/// Takes out what is gone, and says how many that were.
fn remove(cases: &mut Vec<Case>, gone: &[bool]) -> u64 {
    let before = cases.len();
    let mut gone = gone.iter();
    cases.retain(|_| !gone.next().copied().unwrap_or_default());
    (before - cases.len()) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(statuses: &[Status]) -> (usize, bool) {
        let mut cases: Vec<Case> = statuses.iter().map(|status| Case { status: *status, ..Case::default() }).collect();
        let gone = merge(&mut cases, 0, 0);
        assert_eq!(cases.len() as u64 + gone, statuses.len() as u64);
        (cases.len(), cases.iter().any(|it| it.flaky))
    }

    #[test]
    fn only_failures_before_a_success_are_attempts() {
        use Status::{Errored, Failed, Passed, Skipped};
        assert_eq!(merged(&[Failed, Errored, Passed]), (1, true));
        for separate in [&[Passed, Failed][..], &[Failed, Failed], &[Passed, Passed], &[Failed, Passed, Passed]] {
            assert_eq!(merged(separate), (separate.len(), false));
        }
        assert_eq!(merged(&[Failed, Skipped, Passed]), (3, false));
    }

    #[test]
    fn what_pytest_lists_again_is_a_part_of_the_test() {
        use Status::{Errored, Failed, Passed};
        let of_pytest = |statuses: &[Status], fewer: bool| {
            let message = |status| (status == Errored).then(|| "failed on teardown with \"x\"".to_owned());
            let case = |status: &Status| Case {
                status: *status,
                details: Details { message: message(*status), ..Details::default() },
                ..Case::default()
            };
            let mut cases: Vec<Case> = statuses.iter().map(case).collect();
            merge_pytest(&mut cases, 0, 0, fewer);
            let shown = |it: &Case| (it.status, it.attempts.len(), it.more.len(), it.flaky);
            cases.iter().map(shown).collect::<Vec<_>>()
        };
        assert_eq!(of_pytest(&[Passed, Passed, Passed], true), [(Passed, 2, 0, true)]);
        assert_eq!(of_pytest(&[Passed, Passed], false).len(), 2);
        assert_eq!(of_pytest(&[Passed, Passed, Failed], true), [(Failed, 2, 0, false)]);
        assert_eq!(of_pytest(&[Passed, Failed, Errored], false), [(Failed, 1, 1, false)]);
        assert_eq!(of_pytest(&[Failed, Errored], false), [(Failed, 0, 1, false)]);
        assert_eq!(of_pytest(&[Failed, Failed], false).len(), 2);
        assert_eq!(of_pytest(&[Failed, Passed, Failed], false).len(), 3);
    }
}
