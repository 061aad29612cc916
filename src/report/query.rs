//! What writers ask of a report.

use super::{Case, Report};

/// The tests that took longest, the longest first, at most so many; equal ones in the order of the report.
pub fn slowest(report: &Report, most: usize) -> Vec<&Case> {
    let mut cases: Vec<(&Case, f64)> =
        report.cases.iter().filter_map(|case| Some((case, case.duration?))).filter(|(_, it)| *it > 0.0).collect();
    cases.sort_by(|a, b| b.1.total_cmp(&a.1));
    cases.into_iter().take(most).map(|(case, _)| case).collect()
}

/// The failing tests, those of the largest group first, within a group in the order of the report; last those that no
/// group holds.
pub fn failures(report: &Report) -> Vec<&Case> {
    let grouped =
        report.groups.iter().flat_map(|group| group.cases.iter().filter_map(|index| report.cases.get(*index)));
    let single = report.cases.iter().filter(|case| case.group.is_none());
    grouped.chain(single).filter(|case| case.status.is_failure()).collect()
}

/// The tests that failed first and then passed, in the order of the report.
pub fn flaky(report: &Report) -> impl Iterator<Item = &Case> {
    report.cases.iter().filter(|case| case.flaky)
}
