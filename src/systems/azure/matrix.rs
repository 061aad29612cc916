//! The legs of a job as a native matrix, every leg written out under a name.

use std::collections::HashSet;

use serde::Serialize;

use super::Pair;
use crate::plan::{Job, Leg};

/// A job's `strategy`.
#[derive(Serialize)]
pub(super) struct Strategy {
    pub(super) max_parallel: Option<String>,
    pub(super) legs: Vec<(String, Vec<Pair>)>,
}

/// Names have at most so many characters: letters, digits and `_`, beginning with a letter.
///
/// <https://learn.microsoft.com/azure/devops/pipelines/yaml-schema/jobs-job-strategy>
const LONGEST_NAME: usize = 100;

/// A name for each leg: its values, and which shard it is.
pub(super) fn names(job: &Job, legs: &[&Leg]) -> Vec<String> {
    let keys = job.matrix_keys();
    let mut taken = HashSet::new();
    legs.iter().map(|leg| unique(&name(&keys, leg), &mut taken)).collect()
}

fn name(keys: &[String], leg: &Leg) -> String {
    let mut words: Vec<String> = Vec::new();
    for key in keys {
        match leg.value(key) {
            "" | "false" => {}
            "true" => words.push(identifier(key)),
            value => {
                words.push(Some(identifier(value)).filter(|word| !word.is_empty()).unwrap_or_else(|| identifier(key)))
            }
        }
        // A name begins with a letter.
        let first = words.first_mut().filter(|word| !word.starts_with(|c: char| c.is_ascii_alphabetic()));
        if let Some(word) = first {
            *word = format!("{}_{word}", identifier(key));
        }
    }
    words.extend(leg.shard.map(|shard| format!("shard_{}", shard.index)));
    let name = words.join("_");
    match name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        true => name,
        false => format!("leg_{name}").trim_end_matches('_').to_owned(),
    }
}

/// Letters, digits and single `_` between them.
pub(super) fn identifier(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with('_') {
            out.push('_');
        }
    }
    out.trim_end_matches('_').to_owned()
}

/// The name, shortened, with a number where it is taken; case does not count.
pub(super) fn unique(name: &str, taken: &mut HashSet<String>) -> String {
    let short: String = name.chars().take(LONGEST_NAME - 5).collect();
    let mut unique = short.clone();
    let mut number = 2;
    while !taken.insert(unique.to_ascii_lowercase()) {
        unique = format!("{short}_{number}");
        number += 1;
    }
    unique
}

/// A part of the limit on legs at the same time for each group of legs, so that together they keep to it.
///
/// `None` where there are more groups than legs allowed: then no distribution keeps the limit.
pub(super) fn shares(limit: usize, groups: &[usize]) -> Option<Vec<usize>> {
    let mut shares = vec![1; groups.len()];
    let mut left = limit.checked_sub(groups.len())?;
    while left > 0 {
        let hungry = (0..groups.len()).filter(|at| shares[*at] < groups[*at]);
        let Some(next) = hungry.max_by_key(|at| (groups[*at] - shares[*at], std::cmp::Reverse(*at))) else { break };
        shares[next] += 1;
        left -= 1;
    }
    Some(shares)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_names_get_numbers() {
        let mut taken = HashSet::new();
        assert_eq!(unique("py_3_1_0", &mut taken), "py_3_1_0");
        assert_eq!(unique("PY_3_1_0", &mut taken), "PY_3_1_0_2");
        assert_eq!(unique(&"x".repeat(300), &mut taken).len(), 95);
        assert_eq!(identifier("ubuntu-24.04/py 3.10"), "ubuntu_24_04_py_3_10");
    }

    #[test]
    fn shares_never_exceed_the_limit() {
        assert_eq!(shares(4, &[6, 2]), Some(vec![3, 1]));
        assert_eq!(shares(10, &[2, 1]), Some(vec![2, 1]));
        assert_eq!(shares(1, &[2, 1]), None);
    }
}
