//! The legs of a job as invocations in the workflow: matrices where they give exactly these legs, else one by one.

use std::collections::HashSet;

use indexmap::IndexMap;
use serde::Serialize;

use super::{
    expression::{escape, parameter},
    native::Native,
    Pair,
};
use crate::{plan::Combination, spec::Concurrency};

/// A job in the workflow, once or as a matrix.
#[derive(Debug, Serialize)]
pub(super) struct Invocation {
    pub(super) job: String,
    name: Option<String>,
    parameters: Vec<Pair>,
    matrix: Option<Matrix>,
    /// Jobs that must have succeeded first.
    requires: Vec<String>,
    /// Jobs whose end is waited for, whatever becomes of them.
    awaits: Vec<String>,
    filters: Option<String>,
    serial_group: Option<String>,
    /// Whether there is something to say beside the job's name.
    has_keys: bool,
    /// What other jobs call it.
    #[serde(skip)]
    pub(super) target: String,
}

/// <https://circleci.com/docs/reference/configuration-reference/#matrix>
#[derive(Debug, Serialize)]
struct Matrix {
    alias: String,
    parameters: Vec<(String, Vec<String>)>,
    exclude: Vec<Vec<Pair>>,
}

impl Invocation {
    /// What is said of all invocations of a job.
    pub(super) fn complete(&mut self, needs: Vec<String>, gate: bool, filters: Option<String>) {
        match gate {
            true => self.awaits = needs,
            false => self.requires = needs,
        }
        self.filters = filters;
        self.has_keys = self.name.is_some()
            || !self.parameters.is_empty()
            || self.matrix.is_some()
            || !self.requires.is_empty()
            || !self.awaits.is_empty()
            || self.filters.is_some()
            || self.serial_group.is_some();
    }
}

/// The names of a workflow, each given once.
#[derive(Debug, Default)]
pub(super) struct Names(HashSet<String>);

impl Names {
    pub(super) fn new(ids: impl Iterator<Item = String>) -> Self {
        Names(ids.collect())
    }

    fn take(&mut self, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        let mut number = 2;
        while !self.0.insert(name.clone()) {
            name = format!("{wanted}-{number}");
            number += 1;
        }
        name
    }
}

/// The invocations of one native job. Its shards are not among them: they are its `parallelism`.
pub(super) fn lower(native: &Native<'_>, names: &mut Names) -> Vec<Invocation> {
    let queue = native.job.concurrency == Concurrency::Queue;
    let combinations = native.legs.iter().filter(|leg| leg.shard.is_none_or(|it| it.index == 1)).map(|leg| &leg.matrix);
    let mut alike: IndexMap<Vec<&str>, Vec<&Combination>> = IndexMap::new();
    for combination in combinations {
        let mut keys: Vec<&str> = combination.keys().map(String::as_str).collect();
        keys.sort_unstable();
        alike.entry(keys).or_default().push(combination);
    }
    let only = alike.len() == 1;
    let mut invocations = Vec::new();
    let mut alias_taken = false;
    for combinations in alike.values() {
        if let [combination] = combinations.as_slice() {
            let alone = only && !alias_taken;
            invocations.push(single(native, combination, if alone { None } else { Some(&mut *names) }));
            continue;
        }
        let matrix = if queue { None } else { matrix(native, combinations) };
        let named = matrix.and_then(|(parameters, exclude)| {
            let name = name(native, &parameters, combinations, names)?;
            Some((name, parameters, exclude))
        });
        match named {
            Some((name, parameters, exclude)) => {
                let alias = if alias_taken { names.take(&native.id) } else { native.id.clone() };
                alias_taken = true;
                let target = alias.clone();
                let matrix = Some(Matrix { alias, parameters, exclude });
                invocations.push(Invocation { name, matrix, target, ..invocation(native) });
            }
            None => invocations.extend(combinations.iter().map(|it| single(native, it, Some(&mut *names)))),
        }
    }
    if queue {
        for invocation in &mut invocations {
            invocation.serial_group = Some(group(&invocation.target));
        }
    }
    invocations
}

fn invocation(native: &Native<'_>) -> Invocation {
    Invocation {
        job: native.id.clone(),
        name: None,
        parameters: Vec::new(),
        matrix: None,
        requires: Vec::new(),
        awaits: Vec::new(),
        filters: None,
        serial_group: None,
        has_keys: false,
        target: native.id.clone(),
    }
}

/// One leg; without `names` it keeps the job's name.
fn single(native: &Native<'_>, combination: &Combination, names: Option<&mut Names>) -> Invocation {
    let parameters = in_order(native, combination).map(|(key, value)| (parameter(key), escape(value))).collect();
    let name = names.map(|names| {
        let words = in_order(native, combination).map(|(_, value)| value).filter(|it| !it.is_empty());
        let words: Vec<String> = std::iter::once(native.id.clone()).chain(words.map(word)).collect();
        names.take(&words.join("-"))
    });
    let target = name.clone().unwrap_or_else(|| native.id.clone());
    Invocation { name, parameters, target, ..invocation(native) }
}

/// A leg's values in the order of the job's keys.
fn in_order<'a>(native: &'a Native<'_>, combination: &'a Combination) -> impl Iterator<Item = (&'a str, &'a str)> {
    let pairs = native.keys.iter().filter_map(|key| combination.get_key_value(key));
    pairs.map(|(key, value)| (key.as_str(), value.as_str()))
}

fn word(value: &str) -> String {
    value.chars().map(|c| if is_plain(c) { c } else { '-' }).collect()
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "._+".contains(c)
}

/// Values by parameter, and the combinations that are left out, each in full; `None` where more would be left out
/// than stay.
#[expect(clippy::type_complexity, reason = "the two parts of a matrix")]
fn matrix(native: &Native<'_>, combinations: &[&Combination]) -> Option<(Vec<(String, Vec<String>)>, Vec<Vec<Pair>>)> {
    let mut axes: IndexMap<&str, IndexMap<&str, ()>> = IndexMap::new();
    for (key, value) in combinations.iter().flat_map(|it| in_order(native, it)) {
        axes.entry(key).or_default().insert(value, ());
    }
    let size = axes.values().try_fold(1usize, |size, values| size.checked_mul(values.len()))?;
    if size > 2 * combinations.len() {
        return None;
    }
    let there: HashSet<Vec<&str>> =
        combinations.iter().map(|it| in_order(native, it).map(|(_, value)| value).collect()).collect();
    let mut product: Vec<Vec<&str>> = vec![Vec::new()];
    for values in axes.values() {
        let longer = product.iter().flat_map(|tuple| {
            values.keys().map(|value| tuple.iter().copied().chain(std::iter::once(*value)).collect::<Vec<&str>>())
        });
        product = longer.collect();
    }
    let pairs = |tuple: &Vec<&str>| -> Vec<Pair> {
        axes.keys().zip(tuple).map(|(key, value)| (parameter(key), escape(value))).collect()
    };
    let exclude = product.iter().filter(|tuple| !there.contains(*tuple)).map(pairs).collect();
    let parameters =
        axes.iter().map(|(key, values)| (parameter(key), values.keys().map(|it| escape(it)).collect())).collect();
    Some((parameters, exclude))
}

/// A name with the matrix's values, or `Some(None)` to let CircleCI join the values as they are; `None` where either
/// would give a name that another job has.
fn name(
    native: &Native<'_>,
    parameters: &[(String, Vec<String>)],
    combinations: &[&Combination],
    names: &mut Names,
) -> Option<Option<String>> {
    // What all have in common tells them not apart.
    let varies: Vec<bool> = parameters.iter().map(|(_, values)| values.len() > 1).collect();
    let joined = |values: Vec<&str>| [&[native.id.as_str()], values.as_slice()].concat().join("-");
    let varying = parameters.iter().filter(|(_, values)| values.len() > 1);
    let plain = varying.clone().flat_map(|(_, values)| values).all(|it| !it.is_empty() && it.chars().all(is_plain));
    let expanded = combinations.iter().map(|it| {
        let values = in_order(native, it).zip(&varies).filter(|(_, varies)| !plain || **varies);
        joined(values.map(|((_, value), _)| value).collect())
    });
    let expanded: HashSet<String> = expanded.collect();
    if expanded.len() < combinations.len() || expanded.iter().any(|it| names.0.contains(it)) {
        return None;
    }
    names.0.extend(expanded);
    let values: Vec<String> = varying.map(|(parameter, _)| format!("<< matrix.{parameter} >>")).collect();
    Some(plain.then(|| joined(values.iter().map(String::as_str).collect())))
}

/// Runs of one job on one branch wait for each other:
/// <https://circleci.com/docs/reference/configuration-reference/#serial-group>
fn group(target: &str) -> String {
    let target = target.replace('+', "_");
    format!("<< pipeline.project.slug >>/<< pipeline.git.branch or pipeline.git.tag >>/{target}")
}
