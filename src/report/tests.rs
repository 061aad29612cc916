//! Reports assembled and merged: nothing is lost, nothing counts twice, nothing is green without proof.

use proptest::prelude::*;

use super::*;
use crate::report::read::{Problem, Reading, Weight};

fn case(name: &str, status: Status) -> Case {
    Case { name: name.to_owned(), status, ..Case::default() }
}

fn attempt(cases: &[(&str, Status)], exit_code: i32) -> Attempted {
    let suites = vec![Suite { name: "unit".to_owned(), ..Suite::default() }];
    let cases = cases.iter().map(|(name, status)| case(name, *status)).collect();
    let outcome = Some(Outcome { exit_code: Some(exit_code), ..Outcome::default() });
    Attempted { reading: Reading { suites, cases, ..Reading::default() }, files: 1, outcome }
}

fn judged(attempts: Vec<Attempted>) -> Report {
    assemble(Run::default(), attempts, &Settings::default())
}

fn codes(report: &Report) -> Vec<&str> {
    report.verdict.reasons.iter().map(|it| it.code.as_str()).collect()
}

fn broken(mut attempt: Attempted) -> Attempted {
    let note = Note { code: "damaged-file".to_owned(), message: "cut off".to_owned(), ..Note::default() };
    attempt.reading.problems.push(Problem { weight: Weight::Error, note });
    attempt
}

use Status::{Failed, Passed, Skipped};

#[test]
fn a_test_that_failed_and_then_passed_is_flaky_and_nothing_is_lost() {
    let report = judged(vec![attempt(&[("a", Passed), ("b", Failed)], 1), attempt(&[("b", Passed)], 0)]);
    assert!(report.verdict.passed, "{:?}", report.verdict);
    assert_eq!((report.totals.tests, report.totals.passed, report.totals.flaky), (2, 2, 1));
    assert_eq!(report.cases[1].attempts.len(), 1);
}

#[test]
fn a_failure_that_is_skipped_or_left_out_later_stays() {
    for later in [&[("a", Passed), ("b", Skipped)][..], &[("a", Passed)]] {
        let report = judged(vec![attempt(&[("a", Passed), ("b", Failed)], 1), attempt(later, 0)]);
        assert_eq!(codes(&report), ["failures"]);
    }
}

#[test]
fn of_equal_tests_those_that_failed_are_run_again() {
    let report = judged(vec![attempt(&[("a", Passed), ("a", Failed)], 1), attempt(&[("a", Passed)], 0)]);
    assert!(report.verdict.passed && report.cases[1].flaky && !report.cases[0].flaky);
}

/// An attempt whose tests stand in these files.
fn placed(cases: &[(&str, Status, Option<&str>)]) -> Attempted {
    let named: Vec<_> = cases.iter().map(|(name, status, _)| (*name, *status)).collect();
    let mut attempt = attempt(&named, i32::from(named.iter().any(|it| it.1 == Failed)));
    for (case, (_, _, file)) in attempt.reading.cases.iter_mut().zip(cases) {
        (case.file, case.line) = (file.map(str::to_owned), file.map(|it| it.len() as u64));
    }
    attempt
}

#[test]
fn where_a_test_failed_makes_no_other_test_of_it() {
    let tries = [Some("till.rs"), Some("price.rs"), None].map(|file| {
        let status = if file.is_some() { Failed } else { Passed };
        placed(&[("a", Passed, None), ("b", status, file)])
    });
    let report = judged(tries.to_vec());
    assert!(report.verdict.passed, "{:?}", report.verdict);
    assert_eq!((report.totals.tests, report.totals.flaky, report.cases[1].attempts.len()), (2, 1, 2));
    assert_eq!((report.cases[1].file.as_deref(), report.cases[1].line), (Some("price.rs"), Some(8)));
}

#[test]
fn tests_of_one_name_in_two_files_are_two() {
    let first = placed(&[("a", Failed, Some("till.js")), ("b", Passed, Some("till.js"))]);
    let report = judged(vec![first, placed(&[("a", Passed, Some("price.js"))])]);
    assert_eq!(codes(&report), ["failures"]);
    assert_eq!((report.totals.tests, report.totals.flaky), (3, 0));
}

#[test]
fn a_damaged_earlier_attempt_counts_unless_all_was_run_anew() {
    let first = || broken(attempt(&[("a", Passed), ("b", Failed)], 1));
    assert_eq!(codes(&judged(vec![first(), attempt(&[("b", Passed)], 0)])), ["damaged-file"]);
    assert!(judged(vec![first(), attempt(&[("a", Passed), ("b", Passed), ("c", Passed)], 0)]).verdict.passed);
}

#[test]
fn nothing_is_green_without_proof() {
    let none = Attempted { files: 0, ..attempt(&[], 0) };
    assert_eq!(codes(&judged(vec![none.clone()])), ["no-results"]);
    assert_eq!(codes(&judged(vec![attempt(&[], 0)])), ["no-tests"]);
    assert_eq!(codes(&judged(vec![attempt(&[("a", Passed)], 3)])), ["exit-code"]);
    assert_eq!(codes(&judged(vec![attempt(&[("a", Passed)], 137)])), ["signal"]);
    let never = Settings { fail_on: FailOn::Never, ..Settings::default() };
    assert!(assemble(Run::default(), vec![attempt(&[("a", Failed)], 1)], &never).verdict.passed);
    assert_eq!(codes(&assemble(Run::default(), vec![none.clone()], &never)), ["no-results"]);
    let command = Settings { results_wanted: false, ..Settings::default() };
    assert!(assemble(Run::default(), vec![none], &command).verdict.passed);
    let failed = judged(vec![attempt(&[("a", Passed)], 3)]);
    assert_eq!((failed.groups.len(), failed.groups[0].cases.len()), (1, 0));
}

fn leg(id: &str, cases: &[(&str, Status)]) -> (String, Report) {
    let run = Run { id: "7".to_owned(), leg: Some(id.to_owned()), ..Run::default() };
    let code = i32::from(cases.iter().any(|it| it.1 == Failed));
    (format!("{id}/report.json"), assemble(run, vec![attempt(cases, code)], &Settings::default()))
}

/// Jobs of a pipeline that nobody planned may call their legs the same.
#[test]
fn legs_of_two_jobs_are_two() {
    let of_job = |job: &str, test: &str| {
        let (_, mut report) = leg("linux", &[(test, Passed)]);
        report.run.job = Some(job.to_owned());
        (format!("{job}/report.json"), report)
    };
    let report = merge(vec![of_job("unit", "a"), of_job("smoke", "b")], &Expected::default());
    assert_eq!((report.totals.tests, report.merged.len()), (2, 2));
    assert_eq!(
        report.suites.iter().map(|it| it.leg.as_deref().unwrap()).collect::<Vec<_>>(),
        ["smoke, linux", "unit, linux"]
    );
    let again = merge(vec![("all.json".to_owned(), report.clone())], &Expected::default());
    assert_eq!((again.totals.tests, again.merged.len()), (2, 2));
    let twice = merge(vec![of_job("unit", "a"), of_job("unit", "a")], &expected(&[("linux", false)]));
    assert_eq!(twice.totals.tests, 1);
    assert!(twice.verdict.passed && !twice.notes.iter().any(|it| it.code == "unexpected-leg"), "{:?}", twice.notes);
}

fn expected(legs: &[(&str, bool)]) -> Expected {
    let leg = |(id, allow_failure): &(&str, bool)| ExpectedLeg {
        leg: (*id).to_owned(),
        allow_failure: *allow_failure,
        ..ExpectedLeg::default()
    };
    Expected { legs: legs.iter().map(leg).collect() }
}

#[test]
fn missing_and_failing_legs_fail_the_whole() {
    let wanted = expected(&[("a", false), ("b", false)]);
    assert_eq!(codes(&merge(vec![leg("a", &[("x", Passed)])], &wanted)), ["missing-leg"]);
    let both = vec![leg("a", &[("x", Passed)]), leg("b", &[("x", Failed)])];
    let merged = merge(both.clone(), &wanted);
    assert_eq!(merged.verdict.reasons[0].message, "b: 1 of 1 test failed");
    assert!(merge(both, &expected(&[("a", false), ("b", true)])).verdict.passed);
    assert!(!merge(Vec::new(), &Expected::default()).verdict.passed);
}

#[test]
fn shards_that_a_report_tells_of_must_be_there() {
    let (path, mut report) = leg("unit-1", &[("x", Passed)]);
    report.run.shard = Some(Shard { index: 1, total: 3 });
    let merged = merge(vec![(path, report)], &Expected::default());
    assert_eq!(codes(&merged), ["missing-shard", "missing-shard"]);
}

#[test]
fn a_later_attempt_replaces_an_earlier_one_and_the_same_counts_once() {
    let old = leg("a", &[("x", Failed)]);
    let (path, mut new) = leg("a", &[("x", Passed)]);
    new.run.attempt = 2;
    let merged = merge(vec![old.clone(), (path, new), old], &Expected::default());
    assert!(merged.verdict.passed);
    assert_eq!(merged.totals.tests, 1);
}

#[test]
fn reports_of_another_run_fail_the_whole() {
    let (path, mut stale) = leg("b", &[("x", Passed)]);
    stale.run.id = "6".to_owned();
    let merged = merge(vec![leg("a", &[("x", Passed)]), (path, stale)], &Expected::default());
    assert_eq!(codes(&merged), ["different-runs"]);
}

fn statuses() -> impl Strategy<Value = Vec<(usize, Status)>> {
    let status = prop_oneof![Just(Passed), Just(Failed), Just(Skipped), Just(Status::Errored)];
    prop::collection::vec((0..5usize, status), 0..8)
}

proptest! {
    #[test]
    fn totals_are_those_of_the_tests(tries in prop::collection::vec(statuses(), 1..4)) {
        let names = ["a", "b", "c", "d", "e"];
        let of = |it: &Vec<(usize, Status)>| it.iter().map(|(n, status)| (names[*n], *status)).collect::<Vec<_>>();
        let report = judged(tries.iter().map(|it| attempt(&of(it), 0)).collect());
        let mut counted = Totals::default();
        report.cases.iter().for_each(|it| counted.count(it));
        prop_assert_eq!(report.totals, counted);
        for name in names {
            let most = tries.iter().map(|it| it.iter().filter(|(n, _)| names[*n] == name).count()).max();
            prop_assert_eq!(Some(report.cases.iter().filter(|it| it.name == name).count()), most);
        }
        let grouped: usize = report.groups.iter().map(|it| it.cases.len()).sum();
        prop_assert_eq!(grouped as u64, report.totals.failures());
    }

    #[test]
    fn merging_knows_no_order_loses_nothing_and_may_be_repeated(parts in prop::collection::vec(statuses(), 1..5)) {
        let names = ["a", "b", "c", "d", "e"];
        let reports: Vec<_> = parts.iter().enumerate().map(|(index, it)| {
            let cases: Vec<_> = it.iter().map(|(n, status)| (names[*n], *status)).collect();
            leg(&format!("leg-{index}"), &cases)
        }).collect();
        let merged = merge(reports.clone(), &Expected::default());
        prop_assert_eq!(merged.cases.len(), parts.iter().map(Vec::len).sum::<usize>());
        prop_assert_eq!(merged.verdict.passed, reports.iter().all(|it| it.1.verdict.passed));
        let reversed = merge(reports.into_iter().rev().collect(), &Expected::default());
        prop_assert_eq!(&reversed, &merged);
        let again = merge(vec![("all/report.json".to_owned(), merged.clone())], &Expected::default());
        prop_assert_eq!(again.totals, merged.totals);
        prop_assert_eq!(again.verdict, merged.verdict);
        prop_assert_eq!(again.cases, merged.cases);
    }
}
