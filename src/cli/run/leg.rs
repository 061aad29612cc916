//! Which leg of a job this process is.

use crate::plan::{Expr, Job, Leg};

/// The position of the leg that the variables of a pipeline name: `CI_GEN_LEG`, else the values of the matrix
/// (`MATRIX_…`) and of the shard (`CI_GEN_SHARD_INDEX`). A job of one leg needs no variables.
///
/// # Errors
/// What to print: why no leg is meant, and which there are.
pub(super) fn choose(job: &Job, read: &dyn Fn(&str) -> Option<String>) -> Result<usize, String> {
    if let Some(name) = read("CI_GEN_LEG") {
        // Native matrices know the values of a leg, not its id.
        let label = job.leg_label();
        let labelled = job.legs.iter().position(|leg| leg.fill(&label).as_literal() == Some(&name));
        let found = labelled.or_else(|| job.legs.iter().position(|leg| leg.id == name));
        return found.ok_or_else(|| refusal(job, &format!("`CI_GEN_LEG={name}` is no leg of the job `{}`", job.name)));
    }
    let values: Vec<(String, Option<String>)> = job
        .matrix_keys()
        .into_iter()
        .filter_map(|key| Expr::Matrix(key.clone()).variable().map(|name| (key, read(&name))))
        .collect();
    let index = read("CI_GEN_SHARD_INDEX");
    let total = read("CI_GEN_SHARD_TOTAL");
    let fits = |leg: &Leg| {
        let single = job.legs.len() == 1;
        let matrix = values.iter().all(|(key, value)| match value {
            Some(value) => leg.value(key) == value,
            None => single || leg.value(key).is_empty(),
        });
        let agrees = |wanted: &Option<String>, number: u32| wanted.as_ref().is_none_or(|it| *it == number.to_string());
        let shard = leg.shard.is_none_or(|shard| {
            (single || index.is_some()) && agrees(&index, shard.index) && agrees(&total, shard.total)
        });
        matrix && shard
    };
    let fitting: Vec<usize> = (0..job.legs.len()).filter(|it| fits(&job.legs[*it])).collect();
    match fitting.as_slice() {
        [leg] => Ok(*leg),
        [] => Err(refusal(job, &format!("no leg of the job `{}` is meant by the variables that are set", job.name))),
        _ => Err(refusal(job, &format!("several legs of the job `{}` are meant by the variables", job.name))),
    }
}

fn refusal(job: &Job, message: &str) -> String {
    let legs: Vec<String> = job.legs.iter().map(|leg| format!("  CI_GEN_LEG={}  {}", leg.id, leg.title())).collect();
    let legs: Vec<&str> = legs.iter().map(|it| it.trim_end()).collect();
    format!("error: {message}\nhelp: say which one:\n{}", legs.join("\n"))
}
