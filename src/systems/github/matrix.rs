//! The legs of a job as a native matrix that gives exactly these legs.

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::Value;

use super::{expression, runner::Runner};
use crate::plan::{Combination, Expr, Job, Leg, Matrix, Part, Text};

/// A job's `strategy`.
#[derive(Serialize)]
pub(super) struct Strategy {
    fail_fast: bool,
    max_parallel: Option<u32>,
    axes: Vec<(String, Vec<String>)>,
    exclude: Vec<Vec<(String, String)>>,
    include: Vec<Vec<(String, Value)>>,
}

/// The key under which the runner's label travels when it differs by leg.
const RUNS_ON: &str = "runs-on";
const SHARD: &str = "shard";

/// A matrix for `legs`; `runners` has the machine of each leg.
///
/// The spec's own axes, excludes and includes are kept wherever they give exactly these legs; else every leg is an
/// include of its own.
pub(super) fn lower(job: &Job, legs: &[&Leg], runners: &[Runner]) -> Strategy {
    let varies = runners.windows(2).any(|pair| pair[0] != pair[1]);
    let wanted: Vec<Combination> =
        legs.iter().zip(runners).map(|(leg, runner)| combination(leg, varies.then_some(runner))).collect();
    let native = native(job, legs, varies.then_some(runners));
    let matrix = if same(native.combinations(), &wanted) { native } else { explicit(&wanted) };
    let source = job.matrix.as_ref();
    let value = |key: &str, text: String| match key {
        // Labels may be lists, which only JSON keeps apart from text.
        RUNS_ON => serde_json::from_str(&text).unwrap_or(Value::String(text)),
        _ => Value::String(expression::escape(&text)),
    };
    let escaped = |values: Vec<String>| values.iter().map(|it| expression::escape(it)).collect();
    Strategy {
        fail_fast: source.is_some_and(|it| it.fail_fast),
        max_parallel: source.and_then(|it| it.max_parallel),
        axes: matrix.axes.into_iter().map(|(key, values)| (key, escaped(values))).collect(),
        exclude: matrix
            .exclude
            .into_iter()
            .map(|it| it.into_iter().map(|(key, value)| (key, expression::escape(&value))).collect())
            .collect(),
        include: matrix
            .include
            .into_iter()
            .map(|it| it.into_iter().map(|(key, text)| (key.clone(), value(&key, text))).collect())
            .collect(),
    }
}

/// All that the matrix says about a leg.
fn combination(leg: &Leg, runner: Option<&Runner>) -> Combination {
    let mut combination = leg.matrix.clone();
    combination.extend(leg.shard.map(|shard| (SHARD.to_owned(), shard.index.to_string())));
    combination.extend(runner.map(|runner| (RUNS_ON.to_owned(), json(runner))));
    combination
}

fn json(runner: &Runner) -> String {
    serde_json::to_string(runner).unwrap_or_default()
}

/// The spec's matrix with the shard axis and the runners' labels added.
fn native(job: &Job, legs: &[&Leg], runners: Option<&[Runner]>) -> Matrix {
    let mut matrix = job.matrix.clone().unwrap_or_default();
    let originals: Vec<Combination> = Matrix { include: Vec::new(), ..matrix.clone() }.combinations();
    let extends = |include: &Combination, axes: &IndexMap<String, Vec<String>>| {
        originals
            .iter()
            .any(|it| include.iter().all(|(key, value)| !axes.contains_key(key) || it.get(key) == Some(value)))
    };
    let label_of: IndexMap<&str, String> =
        runners.into_iter().flatten().zip(legs).map(|(runner, leg)| (leg.runner.as_str(), json(runner))).collect();
    let axis = match job.runner.parts.as_slice() {
        [Part::Expr(Expr::Matrix(axis))] => Some(axis.clone()),
        _ => None,
    };
    let mut include = Vec::new();
    for entry in &matrix.include {
        if extends(entry, &matrix.axes) {
            include.push(entry.clone());
            continue;
        }
        // A leg of its own is there once per shard, and brings its own label.
        for index in 1..=job.shards.unwrap_or(1) {
            let mut leg = entry.clone();
            if job.shards.is_some() {
                leg.insert(SHARD.to_owned(), index.to_string());
            }
            let label = axis.as_ref().and_then(|axis| entry.get(axis)).and_then(|name| label_of.get(name.as_str()));
            leg.extend(label.map(|label| (RUNS_ON.to_owned(), label.clone())));
            include.push(leg);
        }
    }
    if let (Some(axis), Some(_)) = (&axis, runners) {
        for name in matrix.axes.get(axis).into_iter().flatten() {
            if let Some(label) = label_of.get(name.as_str()) {
                let entry = [(axis.clone(), name.clone()), (RUNS_ON.to_owned(), label.clone())];
                include.push(entry.into_iter().collect());
            }
        }
    }
    matrix.include = include;
    if let Some(total) = job.shards {
        matrix.axes.insert(SHARD.to_owned(), (1..=total).map(|index| index.to_string()).collect());
    }
    matrix
}

fn explicit(wanted: &[Combination]) -> Matrix {
    Matrix { include: wanted.to_vec(), ..Matrix::default() }
}

/// The same combinations, in whatever order and with whatever order of keys.
fn same(mut left: Vec<Combination>, right: &[Combination]) -> bool {
    let mut right = right.to_vec();
    for combination in left.iter_mut().chain(&mut right) {
        combination.sort_keys();
    }
    let key = |it: &Combination| it.iter().map(|(key, value)| (key.clone(), value.clone())).collect::<Vec<_>>();
    left.sort_by_key(key);
    right.sort_by_key(key);
    left == right
}

/// A word that tells the legs of a job apart, for names of artifacts; `None` where values cannot serve.
///
/// Artifact names may not hold `" : < > | * ? \ /` or line breaks:
/// <https://github.com/actions/upload-artifact/blob/main/README.md>
pub(super) fn distinct(legs: &[&Leg], keys: &[String]) -> Option<Text> {
    let mut text = Text::default();
    for key in keys {
        if !text.is_empty() {
            text.push_lit("-");
        }
        text.push_expr(Expr::Matrix(key.clone()));
    }
    if legs.iter().any(|leg| leg.shard.is_some()) {
        if !text.is_empty() {
            text.push_lit("-");
        }
        text.push_expr(Expr::ShardIndex);
    }
    let words: Vec<String> =
        legs.iter().map(|leg| leg.fill(&text).as_literal().unwrap_or_default().to_owned()).collect();
    let safe = |word: &String| word.chars().all(|c| c.is_ascii_alphanumeric() || "-_.+ ,=".contains(c));
    let distinct = words.iter().enumerate().all(|(index, word)| !words[..index].contains(word));
    (words.iter().all(safe) && distinct).then_some(text)
}
