//! Any bytes as a result file: every reader, chosen by content, ends without a panic and with totals that fit.
#![no_main]

use ci_gen::report::{assemble, read::read, write::FORMATS, Attempted, Run, Settings};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let reading = read("fuzz", bytes);
    assert!(!reading.cases.is_empty() || !reading.suites.is_empty() || !reading.problems.is_empty());
    assert!(reading.cases.iter().all(|case| case.suite < reading.suites.len()));
    let attempts = vec![Attempted { reading, files: 1, outcome: None }];
    let report = assemble(Run::default(), attempts, &Settings::default());
    let totals = report.totals;
    assert_eq!(totals.tests, totals.passed + totals.failed + totals.errored + totals.skipped);
    for format in FORMATS {
        (format.write)(&report, &mut Vec::new()).unwrap();
    }
});
