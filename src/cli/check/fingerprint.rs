//! The single places at which files differ, each with a name that stays the same from run to run.

use std::collections::HashMap;

use super::{class, Findings};
use crate::files::Drift;

/// A place at which a file differs.
pub(super) struct Place<'a> {
    pub(super) drift: &'a Drift,
    /// From 1, in the file on disk.
    pub(super) first_line: usize,
    pub(super) last_line: usize,
    /// 16 hexadecimal digits of class, path and the lines that differ, without their numbers.
    pub(super) fingerprint: String,
}

/// Every place of every file; a file without a diff is one place.
pub(super) fn places<'a>(findings: &'a Findings<'_>) -> impl Iterator<Item = Place<'a>> {
    let mut seen: HashMap<u64, usize> = HashMap::new();
    let all = findings.drifts.iter().flat_map(|drift| {
        let hunks = drift.hunks.iter().map(|it| (it.first_line, it.last_line, it.text.as_str()));
        let whole = drift.hunks.is_empty().then_some((1, 1, ""));
        hunks.chain(whole).map(move |it| (drift, it))
    });
    all.map(move |(drift, (first_line, last_line, text))| {
        let path = findings.path(drift);
        let differing: String = text.split_inclusive('\n').filter(|line| !line.starts_with(' ')).collect();
        let hash = hash([class::word(drift.kind), &path, &differing]);
        // The same change twice in a file is told apart by its order.
        let again = seen.entry(hash).and_modify(|it| *it += 1).or_insert(0);
        let fingerprint = format!("{:016x}", hash.wrapping_add(*again as u64));
        Place { drift, first_line, last_line, fingerprint }
    })
}

/// FNV-1a with 64 bits (<http://www.isthe.com/chongo/tech/comp/fnv/>): the same on every machine and with every
/// version of Rust, which the standard library's hashes do not promise.
fn hash(parts: [&str; 3]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_never_change() {
        assert_eq!(hash(["", "", ""]), 0xd94d_1218_6c0f_2fb7);
        assert_ne!(hash(["a", "b", ""]), hash(["a", "", "b"]));
    }
}
