//! Tests counted by outcome, per suite and in all.

use super::{Case, Suite, Totals};

/// Counts the tests into their suites and returns the sum. A suite without a single test keeps what its file says:
/// some files only count.
pub(super) fn recount(suites: &mut [Suite], cases: &[Case]) -> Totals {
    let mut counts = vec![Totals::default(); suites.len()];
    for case in cases {
        if let Some(totals) = counts.get_mut(case.suite) {
            totals.count(case);
        }
    }
    let mut sum = Totals::default();
    for (suite, totals) in suites.iter_mut().zip(counts) {
        if totals.tests > 0 {
            suite.totals = totals;
        } else {
            let said = &mut suite.totals;
            said.tests = said.passed + said.failed + said.errored + said.skipped;
        }
        add(&mut sum, &suite.totals);
    }
    sum
}

/// Adds one count to another.
pub(super) fn add(sum: &mut Totals, totals: &Totals) {
    sum.tests += totals.tests;
    sum.passed += totals.passed;
    sum.failed += totals.failed;
    sum.errored += totals.errored;
    sum.skipped += totals.skipped;
    sum.flaky += totals.flaky;
    sum.duration += totals.duration;
}
