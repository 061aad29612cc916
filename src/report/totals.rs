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
        sum.add(&suite.totals);
    }
    sum
}

impl Totals {
    /// Adds other counts.
    pub fn add(&mut self, other: &Totals) {
        self.tests += other.tests;
        self.passed += other.passed;
        self.failed += other.failed;
        self.errored += other.errored;
        self.skipped += other.skipped;
        self.flaky += other.flaky;
        self.duration += other.duration;
    }
}
