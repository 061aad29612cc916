//! The legs of a matrix against a model that tries every combination there could be.

use std::collections::{BTreeMap, BTreeSet};

use ci_gen::plan::{Combination, Matrix};
use indexmap::IndexMap;
use proptest::prelude::*;

type Leg = BTreeMap<String, String>;

/// What GitHub documents, written as differently as possible from the program: a leg is judged, not built.
///
/// Every possible leg over all keys and values is asked: is it one of the product's combinations with exactly the
/// values that includes add, or an include that fits no combination?
fn model(matrix: &Matrix) -> BTreeSet<Leg> {
    let excluded =
        |leg: &Leg| matrix.exclude.iter().any(|entry| entry.iter().all(|(key, value)| leg.get(key) == Some(value)));
    let fits = |entry: &Combination, axes: &Leg| {
        entry.iter().filter(|(key, _)| axes.contains_key(*key)).all(|(key, value)| &axes[key] == value)
    };
    let mut originals: Vec<Leg> = if matrix.axes.is_empty() { Vec::new() } else { vec![Leg::new()] };
    for (axis, values) in matrix.axes.iter().rev() {
        originals = values
            .iter()
            .flat_map(|value| {
                originals.iter().map(move |leg| {
                    let mut leg = leg.clone();
                    leg.insert(axis.clone(), value.clone());
                    leg
                })
            })
            .collect();
    }
    originals.retain(|leg| !excluded(leg));
    let mut legs: BTreeSet<Leg> = originals
        .iter()
        .map(|axes| {
            let mut leg = axes.clone();
            // The last include that fits decides about a key that is no axis.
            for entry in matrix.include.iter().rev().filter(|entry| fits(entry, axes)) {
                for (key, value) in entry {
                    leg.entry(key.clone()).or_insert_with(|| value.clone());
                }
            }
            leg
        })
        .collect();
    for entry in &matrix.include {
        if !originals.iter().any(|axes| fits(entry, axes)) {
            legs.insert(entry.iter().map(|(key, value)| (key.clone(), value.clone())).collect());
        }
    }
    legs
}

fn entry() -> impl Strategy<Value = Combination> {
    prop::collection::btree_map("[a-e]", "[1-3]", 1..4).prop_map(|map| map.into_iter().collect())
}

fn matrix() -> impl Strategy<Value = Matrix> {
    let axes = prop::collection::btree_map("[a-c]", prop::collection::btree_set("[1-3]", 1..4), 0..4);
    (axes, prop::collection::vec(entry(), 0..5), prop::collection::vec(entry(), 0..3)).prop_map(
        |(axes, include, exclude)| Matrix {
            axes: axes
                .into_iter()
                .map(|(axis, values)| (axis, values.into_iter().collect()))
                .collect::<IndexMap<String, Vec<String>>>(),
            include,
            exclude,
            ..Matrix::default()
        },
    )
}

proptest! {
    #[test]
    fn legs_are_those_of_the_model(matrix in matrix()) {
        let legs: BTreeSet<Leg> =
            matrix.combinations().into_iter().map(|leg| leg.into_iter().collect()).collect();
        prop_assert_eq!(legs, model(&matrix));
    }
}
