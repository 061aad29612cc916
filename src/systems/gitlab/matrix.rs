//! Legs as `parallel` that gives exactly these legs.

use std::collections::HashSet;

use indexmap::IndexMap;
use serde::Serialize;

use super::reference;
use crate::{
    plan::{Combination, Expr, Job, Leg},
    systems::Lowering,
};

/// Values by variable: a product of them, as one entry of `parallel:matrix`.
pub(super) type Product = IndexMap<String, Vec<String>>;

/// An entry of `parallel:matrix` as the file shows it: behind the dash, and below.
#[derive(PartialEq, Serialize)]
pub(super) struct Entry {
    first: Vec<(String, Vec<String>)>,
    rest: Vec<(String, Vec<String>)>,
}

impl Entry {
    pub(super) fn new(product: &Product) -> Self {
        let mut first: Vec<(String, Vec<String>)> = product.clone().into_iter().collect();
        let rest = if first.is_empty() { Vec::new() } else { first.split_off(1) };
        Entry { first, rest }
    }
}

/// How a job becomes several.
///
/// <https://docs.gitlab.com/ci/yaml/#parallel>
#[derive(Debug, Default)]
pub(super) struct Parallel {
    /// A number of machines.
    pub(super) machines: Option<u32>,
    /// Products of values.
    pub(super) products: Vec<Product>,
}

/// `parallel` makes at most so many jobs; `needs` counts each of them.
///
/// <https://docs.gitlab.com/ci/yaml/#parallelmatrix>
const MOST_LEGS: usize = 200;

const SHARD: &str = "CI_GEN_SHARD_INDEX";

/// The `parallel` of several legs of a job.
pub(super) fn lower(job: &Job, name: &str, legs: &[&Leg], out: &mut Lowering<'_>) -> Parallel {
    if legs.len() > MOST_LEGS {
        let at = job.place.key(if job.matrix.is_some() { "matrix" } else { "shards" });
        let message = format!("{} legs; GitLab makes at most {MOST_LEGS} of a job", legs.len());
        out.limit(&at, message, "https://docs.gitlab.com/ci/yaml/#parallelmatrix");
    }
    if job.matrix.is_none() {
        return Parallel { machines: Some(legs.len() as u32), products: Vec::new() };
    }
    for (key, value) in legs.iter().flat_map(|leg| &leg.matrix) {
        if let Some(found) = reference::percent(value) {
            let message = format!("GitLab would take `{found}` for a variable");
            out.refuse(&job.place.key("matrix").key(key), message, "write the value without the percent signs");
        }
    }
    let mut combinations: Vec<Combination> = legs.iter().map(|leg| combination(job, leg, Gaps::Left)).collect();
    if !distinct(&combinations) {
        // Names are made of values alone, so an empty value must show which one is missing.
        combinations = legs.iter().map(|leg| combination(job, leg, Gaps::Filled)).collect();
    }
    let products = products(&combinations);
    let names = names(name, &products);
    let unique: HashSet<&String> = names.iter().collect();
    if unique.len() < names.len() {
        let message = "GitLab names legs by their values, and two of them would have one name";
        out.refuse(&job.place.key("matrix"), message, "write values without `, ` in them");
    }
    Parallel { machines: None, products }
}

/// What happens to keys that a leg has no value for.
enum Gaps {
    Left,
    Filled,
}

fn combination(job: &Job, leg: &Leg, gaps: Gaps) -> Combination {
    let variable = |key: &String| reference::variable(&Expr::Matrix(key.clone()));
    let mut combination = Combination::new();
    for key in job.matrix_keys() {
        if matches!(gaps, Gaps::Filled) || leg.matrix.contains_key(&key) {
            combination.insert(variable(&key), reference::escape(leg.value(&key)));
        }
    }
    combination.extend(leg.shard.map(|shard| (SHARD.to_owned(), shard.index.to_string())));
    combination
}

fn distinct(combinations: &[Combination]) -> bool {
    let names: HashSet<String> = combinations.iter().map(|it| words(it.values())).collect();
    names.len() == combinations.len()
}

fn words<'a>(values: impl Iterator<Item = &'a String>) -> String {
    values.cloned().collect::<Vec<_>>().join(", ")
}

/// The names that GitLab gives the jobs.
///
/// <https://gitlab.com/gitlab-org/gitlab/-/blob/master/lib/gitlab/ci/config/normalizer/matrix_strategy.rb>
fn names(job: &str, products: &[Product]) -> Vec<String> {
    let mut names = Vec::new();
    for product in products {
        let mut rows: Vec<Vec<&String>> = vec![Vec::new()];
        for values in product.values() {
            let longer = rows.iter().flat_map(|row| {
                values.iter().map(|value| row.iter().copied().chain([value]).collect::<Vec<&String>>())
            });
            rows = longer.collect();
        }
        names.extend(rows.into_iter().map(|row| format!("{job}: [{}]", words(row.into_iter()))));
    }
    names
}

impl Parallel {
    /// The length of the longest name of a job.
    pub(super) fn longest_name(&self, job: &str) -> usize {
        match self.machines {
            Some(machines) => format!("{job} {machines}/{machines}").chars().count(),
            None => names(job, &self.products).iter().map(|it| it.chars().count()).max().unwrap_or(0),
        }
    }
}

/// The fewest products that merging finds: combinations that differ in one key become one product, the last key first.
fn products(combinations: &[Combination]) -> Vec<Product> {
    let one = |it: &Combination| it.iter().map(|(key, value)| (key.clone(), vec![value.clone()])).collect();
    let mut products: Vec<Product> = combinations.iter().map(one).collect();
    let mut keys: Vec<String> = Vec::new();
    for key in combinations.iter().flat_map(|it| it.keys()) {
        if !keys.contains(key) {
            keys.push(key.clone());
        }
    }
    for key in keys.iter().rev() {
        let mut merged: IndexMap<Vec<(String, Vec<String>)>, Product> = IndexMap::new();
        for product in products {
            let rest = product
                .iter()
                .map(|(other, values)| (other.clone(), if other == key { Vec::new() } else { values.clone() }))
                .collect();
            match (merged.get_mut(&rest).and_then(|it| it.get_mut(key)), product.get(key)) {
                (Some(values), Some(more)) => values.extend(more.iter().cloned()),
                _ => {
                    merged.insert(rest, product);
                }
            }
        }
        products = merged.into_values().collect();
    }
    products
}

#[cfg(test)]
mod tests {
    use super::*;

    fn combination(pairs: &[(&str, &str)]) -> Combination {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn what_is_a_product_is_written_as_one() {
        let mut legs = Vec::new();
        for (a, b) in [("1", "x"), ("2", "x"), ("2", "y"), ("3", "x"), ("3", "y")] {
            for s in ["1", "2"] {
                legs.push(combination(&[("A", a), ("B", b), ("S", s)]));
            }
        }
        legs.push(combination(&[("A", "4")]));
        let products = products(&legs);
        let shown: Vec<String> = products.iter().map(|it| format!("{it:?}")).collect();
        assert_eq!(
            shown,
            [
                r#"{"A": ["1"], "B": ["x"], "S": ["1", "2"]}"#,
                r#"{"A": ["2", "3"], "B": ["x", "y"], "S": ["1", "2"]}"#,
                r#"{"A": ["4"]}"#,
            ]
        );
        assert_eq!(names("t", &products).len(), legs.len());
        assert_eq!(names("t", &products)[1], "t: [1, x, 2]");
    }
}
