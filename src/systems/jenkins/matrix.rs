//! The legs of a job as a native matrix, where one gives exactly these legs.

use super::{
    kind::{self, Kind},
    stage::Axis,
    value::{self, Value},
};
use crate::{
    plan::{Combination, Expr, Job, Leg, Matrix, Part, Plan, Text},
    spec::When,
    systems::{toolchain::pinned_text, variant::as_product},
};

/// A matrix whose cells are the job's legs and differ in nothing but values.
pub(super) struct Native {
    pub(super) axes: Vec<Axis>,
    pub(super) excludes: Vec<Vec<Axis>>,
    pub(super) kind: Kind,
    pub(super) label: Value,
    pub(super) image: Option<Value>,
    /// What a leg calls itself.
    pub(super) leg: Value,
}

/// `None` where the legs need a stage each: values that only some legs have, or machines, containers and services
/// that follow from values in a way that Groovy does not know.
pub(super) fn native(plan: &Plan, job: &Job, labels: &[String]) -> Option<Native> {
    let legs: Vec<&Leg> = job.legs.iter().collect();
    let (axes, exclude) = axes(job)?;
    // An empty variable is not there, and Jenkins would show `null` for it.
    if axes.iter().any(|axis| axis.values.iter().any(String::is_empty)) {
        return None;
    }
    let groups = kind::groups(plan, job);
    let [group] = groups.as_slice() else { return None };
    let kind = Kind::of(plan, group.legs.first()?);
    let image = match kind.contained {
        true => Some(Value::text(&pinned_text(plan, job, &legs)?, &code)),
        false => None,
    };
    let mixed = legs.iter().any(|leg| leg.allow_failure != legs[0].allow_failure);
    // All cells have stages of the same name, and by that name Jenkins looks up whether one was marked as failed.
    let marked = legs[0].allow_failure && job.artifacts.iter().any(|it| it.when != When::Always);
    if mixed || marked {
        return None;
    }
    let leg = match job.artifacts.is_empty() {
        true => Value::default(),
        false => name(job, &legs)?,
    };
    Some(Native { axes, excludes: exclude, kind, label: label(job, labels)?, image, leg })
}

/// Every axis has its value in every cell.
fn code(expr: &Expr) -> String {
    format!("env.{}", value::variable(expr))
}

fn axes(job: &Job) -> Option<(Vec<Axis>, Vec<Vec<Axis>>)> {
    // Cells get their values through an environment that replaces `$NAME`.
    if job.legs.iter().any(|leg| leg.matrix.values().any(|value| value.contains('$'))) {
        return None;
    }
    let mut legs: Vec<Combination> = job.legs.iter().map(|leg| leg.matrix.clone()).collect();
    legs.dedup();
    let mut native = Matrix { include: Vec::new(), ..job.matrix.clone().unwrap_or_default() };
    if job.matrix.is_some() && !same(native.combinations(), legs.clone()) {
        native = Matrix { axes: as_product(&legs)?, ..Matrix::default() };
    }
    let axis = |key: &String, values: Vec<String>| Axis { name: value::variable(&Expr::Matrix(key.clone())), values };
    let mut axes: Vec<Axis> = native.axes.iter().map(|(key, values)| axis(key, values.clone())).collect();
    axes.extend(job.shards.map(|total| Axis {
        name: value::variable(&Expr::ShardIndex),
        values: (1..=total).map(|index| index.to_string()).collect(),
    }));
    let exclude = |entry: &Combination| entry.iter().map(|(key, value)| axis(key, vec![value.clone()])).collect();
    Some((axes, native.exclude.iter().map(exclude).collect()))
}

fn same(mut left: Vec<Combination>, mut right: Vec<Combination>) -> bool {
    for combination in left.iter_mut().chain(&mut right) {
        combination.sort_keys();
    }
    let key = |it: &Combination| it.iter().map(|(key, value)| (key.clone(), value.clone())).collect::<Vec<_>>();
    left.sort_by_key(key);
    right.sort_by_key(key);
    left == right
}

/// One label for all, or labels that are the values of the axis that chooses the runner.
fn label(job: &Job, labels: &[String]) -> Option<Value> {
    if labels.windows(2).all(|pair| pair[0] == pair[1]) {
        return Some(Value::from(labels.first()?.as_str()));
    }
    match job.runner.parts.as_slice() {
        [Part::Expr(expr)] if job.legs.iter().zip(labels).all(|(leg, label)| leg.runner == *label) => {
            Some(Value::code(code(expr)))
        }
        _ => None,
    }
}

/// A word that tells the legs apart, for names of stashes and directories.
///
/// Jenkins takes most signs for no part of a name (`Jenkins.checkGoodName`), so they become `-` where they occur.
fn name(job: &Job, legs: &[&Leg]) -> Option<Value> {
    let mut exprs: Vec<Expr> = job.matrix_keys().into_iter().map(Expr::Matrix).collect();
    exprs.extend(job.shards.map(|_| Expr::ShardIndex));
    let text = |leg: &Leg, expr: &Expr| leg.fill(&Text::expr(expr.clone())).as_literal().unwrap_or_default().to_owned();
    let mut name = Value::from(job.slug.as_str());
    for expr in &exprs {
        let safe = legs.iter().all(|leg| text(leg, expr).chars().all(is_safe));
        let replace = if safe { "" } else { ".replaceAll('[^A-Za-z0-9_.-]', '-')" };
        name = name.with("-").with(Value::code(format!("{}{replace}", code(expr))));
    }
    let word = |leg: &&Leg| {
        let values =
            exprs.iter().map(|expr| text(leg, expr).chars().map(|c| if is_safe(c) { c } else { '-' }).collect());
        values.collect::<Vec<String>>().join("-")
    };
    let mut words: Vec<String> = legs.iter().map(word).collect();
    words.sort();
    words.dedup();
    (words.len() == legs.len()).then_some(name)
}

fn is_safe(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_.".contains(c)
}
