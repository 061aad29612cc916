//! Legs of a job that differ in more than values, grouped so that each group can be one native job.

use indexmap::IndexMap;

use crate::plan::{Combination, Job, Leg};

/// Legs that share everything that cannot vary inside one native matrix.
#[derive(Debug)]
pub(super) struct Variant<'a> {
    /// The legs, in plan order; never empty.
    pub(super) legs: Vec<&'a Leg>,
    /// Distinguishes the variants of a job: empty when there is only one, else a slug-safe word such as `windows`.
    pub(super) suffix: String,
}

/// Groups the legs of a job by `key`; `word` names a group by its first leg.
///
/// The order is that of each group's first leg.
pub(super) fn variants<'a, K: std::hash::Hash + Eq>(
    job: &'a Job,
    key: impl Fn(&Leg) -> K,
    word: impl Fn(&Leg) -> String,
) -> Vec<Variant<'a>> {
    let mut groups: IndexMap<K, Vec<&'a Leg>> = IndexMap::new();
    for leg in &job.legs {
        groups.entry(key(leg)).or_default().push(leg);
    }
    let single = groups.len() == 1;
    let mut taken: Vec<String> = Vec::new();
    groups
        .into_values()
        .map(|legs| {
            let mut suffix = if single { String::new() } else { word(legs[0]) };
            let mut number = 2;
            while taken.contains(&suffix) {
                suffix = format!("{}-{number}", word(legs[0]));
                number += 1;
            }
            taken.push(suffix.clone());
            Variant { legs, suffix }
        })
        .collect()
}

/// The values of every key over some legs, in order of appearance; `None` where the legs are not exactly the
/// product of these values (in product order or not), so that an axis per key would give other legs.
pub(super) fn as_product(combinations: &[Combination]) -> Option<IndexMap<String, Vec<String>>> {
    let keys: Vec<&String> = combinations.first()?.keys().collect();
    let mut axes: IndexMap<String, Vec<String>> = IndexMap::new();
    for combination in combinations {
        if combination.len() != keys.len() || !keys.iter().all(|key| combination.contains_key(*key)) {
            return None;
        }
        for (key, value) in combination {
            let values = axes.entry(key.clone()).or_default();
            if !values.contains(value) {
                values.push(value.clone());
            }
        }
    }
    let size: usize = axes.values().map(Vec::len).product();
    (size == combinations.len()).then_some(axes)
}
