//! Drift for people: of each file its class, what that means, the way out and a unified diff.

use super::{class, Findings};

/// Wide enough for every class.
const WIDTH: usize = 15;

pub(super) fn write(findings: &Findings<'_>, color: bool) -> String {
    let mut text = String::new();
    for (index, drift) in findings.drifts.iter().enumerate() {
        let (what, way_out) = class::of(drift);
        let gap = if index == 0 { "" } else { "\n" };
        text.push_str(&format!("{gap}{:>WIDTH$}  {}\n", class::word(drift.kind), drift.path));
        text.push_str(&format!("{:WIDTH$}  {what}\n{:WIDTH$}  help: {way_out}\n", "", ""));
        text.push_str(&colored(&drift.diff, color));
    }
    text
}

fn colored(diff: &str, color: bool) -> String {
    if !color {
        return diff.to_owned();
    }
    let paint = |line: &str| match line.chars().next() {
        Some('+') => format!("\u{1b}[32m{line}\u{1b}[0m\n"),
        Some('-') => format!("\u{1b}[31m{line}\u{1b}[0m\n"),
        Some('@') => format!("\u{1b}[36m{line}\u{1b}[0m\n"),
        _ => format!("{line}\n"),
    };
    diff.lines().map(paint).collect()
}
