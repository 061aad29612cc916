//! The same test several times in one suite: attempts of one test, or different tests of one name.

use std::collections::HashMap;

use crate::report::{Attempt, Case, Status};

/// Merges tests of a suite that are attempts of one: of the same class, name and file, and all of them failed except the
/// last one, which passed. Everything else is parametrised: runners do not repeat what passed, and repeat until something
/// changes. Looks at the cases from `first` on, and says how many went away.
pub(super) fn merge(cases: &mut Vec<Case>, first: usize, suite: usize) -> u64 {
    let mut same: HashMap<_, Vec<usize>> = HashMap::new();
    for (position, case) in cases.iter().enumerate().skip(first).filter(|(_, case)| case.suite == suite) {
        same.entry((&case.class, &case.name, &case.file)).or_default().push(position);
    }
    same.retain(|_, positions| match positions.split_last() {
        Some((last, earlier)) => {
            !earlier.is_empty()
                && cases[*last].status == Status::Passed
                && earlier.iter().all(|it| cases[*it].status.is_failure())
        }
        None => false,
    });
    let groups: Vec<Vec<usize>> = same.into_values().collect();
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
    let before = cases.len();
    let mut position = 0;
    cases.retain(|_| {
        position += 1;
        !gone[position - 1]
    });
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
}
