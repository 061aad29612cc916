//! Versions compared by their numbers.

use std::cmp::Ordering;

/// Orders two versions by their numbers, as `v7.0.1` and `v7.0.10`; `None` if one of them is no such version, or what
/// follows the numbers differs. Missing numbers count as zero.
pub(super) fn order(a: &str, b: &str) -> Option<Ordering> {
    let ((a, a_rest), (b, b_rest)) = (numbers(a)?, numbers(b)?);
    if a_rest != b_rest {
        return None;
    }
    let longest = a.len().max(b.len());
    let padded = |it: &[u64]| (0..longest).map(|at| it.get(at).copied().unwrap_or(0)).collect::<Vec<_>>();
    Some(padded(&a).cmp(&padded(&b)))
}

/// The numbers of a version, and what follows them.
pub(super) fn numbers(version: &str) -> Option<(Vec<u64>, &str)> {
    let version = version.strip_prefix('v').unwrap_or(version);
    let end = version.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(version.len());
    let (digits, rest) = version.split_at(end);
    let numbers: Option<Vec<u64>> = digits.split('.').map(|it| it.parse().ok()).collect();
    numbers.map(|numbers| (numbers, rest))
}

/// Whether a text reads like a version: `v7`, `2.37.2`.
pub(super) fn is_version(text: &str) -> bool {
    numbers(text).is_some()
}

/// The newest of the offered versions in the form of `current` (as many numbers, the same ending) that is newer.
///
/// Without `major`, its first number stays that of `current`.
pub(super) fn newest<'a>(current: &str, offered: impl Iterator<Item = &'a str>, major: bool) -> Option<&'a str> {
    let (now, rest) = numbers(current)?;
    let fits = |it: &&str| {
        let Some((numbers, ending)) = numbers(it) else { return false };
        let same_form = ending == rest && numbers.len() == now.len() && it.starts_with('v') == current.starts_with('v');
        same_form && numbers > now && (major || numbers.first() == now.first())
    };
    offered.filter(fits).max_by(|a, b| order(a, b).unwrap_or(Ordering::Equal))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_not_letters() {
        assert_eq!(order("v7.0.10", "v7.0.9"), Some(Ordering::Greater));
        assert_eq!(order("v7", "v7.0.0"), Some(Ordering::Equal));
        assert_eq!(order("2026.03", "2025.12"), Some(Ordering::Greater));
        assert_eq!(order("16-alpine", "17-alpine"), Some(Ordering::Less));
        assert_eq!(order("16-alpine", "17"), None);
        assert_eq!(order("current", "1"), None);
    }

    #[test]
    fn the_newest_keeps_form_and_major() {
        let offered = ["v8.0.0", "v7.1.0", "v7.2.0-rc1", "v7", "v7.0.9", "7.9.9"];
        assert_eq!(newest("v7.0.1", offered.into_iter(), false), Some("v7.1.0"));
        assert_eq!(newest("v7.0.1", offered.into_iter(), true), Some("v8.0.0"));
        assert_eq!(newest("v8.0.0", offered.into_iter(), true), None);
    }
}
