//! Durations and outcomes as bars.

use serde::Serialize;

use super::case::LINE;
use crate::report::{
    write::text::{duration, line, name, number, slowest},
    Report, Totals,
};

/// A bar, its width in hundredths of the longest one.
#[derive(Serialize)]
pub(super) struct Bar {
    name: String,
    /// How long, or how many.
    time: String,
    count: String,
    width: f64,
}

/// A part of the bar of outcomes, in thousandths.
#[derive(Serialize)]
pub(super) struct Part {
    state: &'static str,
    x: f64,
    width: f64,
}

/// Upper ends in seconds, and what the range is called.
const RANGES: &[(f64, &str)] = &[
    (0.001, "below 1 ms"),
    (0.01, "1 to 10 ms"),
    (0.1, "10 to 100 ms"),
    (1.0, "0.1 to 1 s"),
    (10.0, "1 to 10 s"),
    (60.0, "10 to 60 s"),
    (f64::INFINITY, "a minute and more"),
];

pub(super) fn slow(report: &Report) -> Vec<Bar> {
    let slow = slowest(report, 0.0, 10);
    let longest = slow.first().map_or(1.0, |(_, seconds)| *seconds);
    let bar = |(index, seconds): &(usize, f64)| Bar {
        name: line(&name(&report.cases[*index]), LINE),
        time: duration(*seconds),
        count: String::new(),
        width: share(*seconds, longest, 100.0),
    };
    slow.iter().map(bar).collect()
}

pub(super) fn distribution(report: &Report) -> Vec<Bar> {
    let mut counts = vec![0_u64; RANGES.len()];
    for seconds in report.cases.iter().filter_map(|it| it.duration) {
        let range = RANGES.iter().position(|(end, _)| seconds < *end).unwrap_or(RANGES.len() - 1);
        counts[range] += 1;
    }
    let most = counts.iter().copied().max().unwrap_or(0).max(1) as f64;
    let bar = |(count, (_, name)): (u64, &(f64, &str))| Bar {
        name: (*name).to_owned(),
        time: String::new(),
        count: number(count),
        width: share(count as f64, most, 100.0),
    };
    counts.into_iter().zip(RANGES).map(bar).collect()
}

/// The outcomes side by side, each at least wide enough to be seen.
pub(super) fn outcome(totals: &Totals) -> Vec<Part> {
    let parts = [
        ("failed", totals.failed),
        ("errored", totals.errored),
        ("flaky", totals.flaky),
        ("passed", totals.passed.saturating_sub(totals.flaky)),
        ("skipped", totals.skipped),
    ];
    let wide = |count: u64| if count == 0 { 0.0 } else { share(count as f64, totals.tests as f64, 1000.0).max(4.0) };
    let whole: f64 = parts.iter().map(|(_, count)| wide(*count)).sum();
    let mut x = 0.0;
    let mut out = Vec::new();
    for (state, count) in parts.into_iter().filter(|(_, count)| *count > 0) {
        let width = share(wide(count), whole, 1000.0);
        out.push(Part { state, x, width });
        x = rounded(x + width);
    }
    out
}

fn share(part: f64, whole: f64, of: f64) -> f64 {
    if whole > 0.0 {
        rounded((part / whole * of).clamp(0.0, of))
    } else {
        0.0
    }
}

fn rounded(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}
