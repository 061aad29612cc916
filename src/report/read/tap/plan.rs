//! Plans of TAP, and the numbers of the tests that they are compared with.

use std::collections::BTreeSet;

/// `1..4`, or `1..0 # SKIP no printer`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) count: u64,
    /// Why there is nothing to run.
    pub(super) reason: Option<String>,
}

/// The plan that a line is, if it is one.
pub(super) fn parse(line: &str) -> Option<Plan> {
    let rest = line.strip_prefix("1..")?;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let count = rest[..digits].parse().ok()?;
    let rest = rest[digits..].trim();
    let comment = rest.strip_prefix('#');
    if comment.is_none() && !rest.is_empty() {
        return None;
    }
    let comment = comment.unwrap_or_default().trim();
    let skip = comment.get(..4).filter(|it| it.eq_ignore_ascii_case("skip"));
    let reason = skip.map(|_| comment[4..].trim_start_matches(|c: char| !c.is_whitespace()).trim()).unwrap_or(comment);
    let reason = if reason.is_empty() { "no reason is given" } else { reason };
    Some(Plan { count, reason: (count == 0).then(|| reason.to_owned()) })
}

/// The numbers that tests had.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    count: u64,
    /// All numbers from 1 to this one were there.
    whole: u64,
    /// Numbers beyond that.
    beyond: BTreeSet<u64>,
    last: u64,
    highest: u64,
    /// Whether a number was not the one after the last.
    pub(super) disordered: bool,
}

impl Numbers {
    /// Adds a test; one without a number has the one after the last.
    pub(super) fn add(&mut self, number: Option<u64>) -> u64 {
        let next = self.last.saturating_add(1);
        let number = number.unwrap_or(next);
        self.disordered |= number != next;
        self.count += 1;
        self.last = number;
        self.highest = self.highest.max(number);
        if number == self.whole + 1 {
            self.whole = number;
            while self.beyond.remove(&(self.whole + 1)) {
                self.whole += 1;
            }
        } else if number > self.whole {
            self.beyond.insert(number);
        }
        number
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    pub(super) fn highest(&self) -> u64 {
        self.highest
    }

    /// The numbers up to one that no test had: `3, 7-9`.
    pub(super) fn missing(&self, planned: u64) -> Option<String> {
        if self.whole >= planned {
            return None;
        }
        let mut gaps = Vec::new();
        let mut next = self.whole + 1;
        for number in self.beyond.range(..=planned) {
            if *number > next {
                gaps.push(gap(next, number - 1));
            }
            next = number + 1;
            // A message is one line.
            if gaps.len() == 10 {
                gaps.push("…".to_owned());
                return Some(gaps.join(", "));
            }
        }
        if next <= planned {
            gaps.push(gap(next, planned));
        }
        Some(gaps.join(", "))
    }
}

fn gap(from: u64, to: u64) -> String {
    if from == to {
        from.to_string()
    } else {
        format!("{from}-{to}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_are_read() {
        assert_eq!(parse("1..4"), Some(Plan { count: 4, reason: None }));
        assert_eq!(parse("1..4 # comment"), Some(Plan { count: 4, reason: None }));
        assert_eq!(parse("1..0 # Skipped: no printer").unwrap().reason.as_deref(), Some("no printer"));
        assert_eq!(parse("1..0 # skip because").unwrap().reason.as_deref(), Some("because"));
        assert!(parse("1..0").unwrap().reason.is_some());
        for none in ["1..", "2..4", "1..4 files", "1..x", "1..99999999999999999999"] {
            assert_eq!(parse(none), None);
        }
    }

    #[test]
    fn gaps_are_named() {
        let mut numbers = Numbers::default();
        for number in [Some(1), None, Some(5), Some(4), Some(4), Some(9)] {
            numbers.add(number);
        }
        assert_eq!(numbers.missing(10).as_deref(), Some("3, 6-8, 10"));
        assert_eq!(numbers.missing(2), None);
        assert_eq!((numbers.count(), numbers.highest(), numbers.disordered), (6, 9, true));
        let mut last = Numbers::default();
        last.add(Some(u64::MAX));
        assert_eq!(last.add(None), u64::MAX);
        let mut zero = Numbers::default();
        zero.add(Some(0));
        assert_eq!(zero.missing(1).as_deref(), Some("1"));
    }
}
