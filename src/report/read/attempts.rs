//! The same test several times in one suite: attempts of one test, or different tests of one name.

use std::collections::{HashMap, HashSet};

use crate::report::{Attempt, Case, Details, Status};

/// Merges tests of a suite that are attempts of one: of the same class, name and file, and all of them failed except the
/// last one, which passed. Everything else is parametrised: runners do not repeat what passed, and repeat until something
/// changes. Says how many went away.
pub(super) fn merge(cases: &mut Vec<Case>, names: &Names) -> u64 {
    let mut groups = names.same(cases, |case| case.status.is_failure());
    groups.retain(|positions| {
        positions.split_last().is_some_and(|(last, earlier)| {
            cases[*last].status == Status::Passed && earlier.iter().all(|it| cases[*it].status.is_failure())
        })
    });
    if groups.is_empty() {
        return 0;
    }
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
pub(super) fn merge_pytest(cases: &mut Vec<Case>, names: &Names, fewer: bool) -> u64 {
    let mut gone = vec![false; cases.len()];
    for group in names.same(cases, |case| fewer || case.status.is_failure()) {
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

/// The names of a suite's tests, each as a number that differs for nearly all of them: most suites hold no test twice, and
/// that shall be seen without a second look at the tests.
#[derive(Debug, Default)]
pub(super) struct Names(Vec<(u32, usize)>);

impl Names {
    /// Those of the suite's tests from the first one on.
    pub(super) fn of(cases: &[Case], first: usize, suite: usize) -> Self {
        let mut names = Names::default();
        let own = cases.iter().enumerate().skip(first).filter(|(_, case)| case.suite == suite);
        own.for_each(|(position, case)| names.add(position, case));
        names
    }

    /// Adds a test and its position.
    pub(super) fn add(&mut self, position: usize, case: &Case) {
        let name = case.name.as_bytes();
        let short = || name.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        let end = name.last_chunk::<8>().map_or_else(short, |it| u64::from_be_bytes(*it));
        // Fibonacci hashing: the upper half of the product depends on all that is below.
        let hash = (end ^ (name.len() as u64) << 56).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        self.0.push((hash as u32, position));
    }

    /// The positions of tests of the same class, name and file, where there are several and one of them is as wanted.
    fn same(&self, cases: &[Case], wanted: impl Fn(&Case) -> bool) -> Vec<Vec<usize>> {
        let mut same: HashMap<_, Vec<usize>> = HashMap::new();
        for position in self.shared(|position| wanted(&cases[position])) {
            let case = &cases[position];
            same.entry((&case.class, &case.name, &case.file)).or_default().push(position);
        }
        same.into_values().filter(|it| it.len() > 1 && it.iter().any(|at| wanted(&cases[*at]))).collect()
    }

    /// The positions of tests that may share their name with one that is wanted, in order.
    fn shared(&self, wanted: impl Fn(usize) -> bool) -> Vec<usize> {
        let wanted: Vec<u32> = self.0.iter().filter(|(_, position)| wanted(*position)).map(|(hash, _)| *hash).collect();
        let mut slots = vec![Slot::Unwanted; (wanted.len() * 32).next_power_of_two()];
        let slot = |hash: u32, slots: &[Slot]| hash as usize & (slots.len() - 1);
        for hash in &wanted {
            let at = slot(*hash, &slots);
            slots[at] = Slot::Wanted;
        }
        for (hash, _) in &self.0 {
            let at = slot(*hash, &slots);
            slots[at] = match slots[at] {
                Slot::Unwanted => Slot::Unwanted,
                Slot::Wanted => Slot::Taken,
                Slot::Taken | Slot::Shared => Slot::Shared,
            };
        }
        let is_shared = |hash: u32| slots[slot(hash, &slots)] == Slot::Shared;
        self.0.iter().filter(|(hash, _)| is_shared(*hash)).map(|(_, position)| *position).collect()
    }
}

/// What is known of the tests whose names lead to one place.
#[derive(Clone, Copy, PartialEq)]
enum Slot {
    /// None of them is wanted.
    Unwanted,
    /// One is.
    Wanted,
    /// One is, and one test was counted.
    Taken,
    /// One is, and there are several.
    Shared,
}

/// Takes out what is gone, and says how many that were.
fn remove(cases: &mut Vec<Case>, gone: &[bool]) -> u64 {
    if !gone.contains(&true) {
        return 0;
    }
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
        let names = Names::of(&cases, 0, 0);
        let gone = merge(&mut cases, &names);
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
            let names = Names::of(&cases, 0, 0);
            merge_pytest(&mut cases, &names, fewer);
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
