//! Whether Jenkins can compile the file.
//!
//! Everything in `pipeline { }` becomes one method, and a method of the JVM has at most 65535 bytes; only a property of
//! the controller, off by default, splits it: <https://issues.jenkins.io/browse/JENKINS-37984>. The bytes of each part
//! were measured by compiling what the plugin makes of it (its `RuntimeASTTransformer`) with groovy-cps 1.31 and Groovy
//! 2.4.21, and rounded up.

use super::{
    condition::Condition,
    stage::{Agent, Function, Pair, Stage, Step},
};
use crate::{plan::Plan, systems::Lowering};

/// Less than the limit: for whole files the estimate was up to a tenth below what such a compilation gave.
const MOST_BYTES: usize = 56_000;
const SOURCE: &str = "https://issues.jenkins.io/browse/JENKINS-37984";

/// Refuses a file that is too large, at the job that has the largest part in it.
pub(super) fn check(plan: &Plan, stages: &[Stage], functions: &[Function], out: &mut Lowering<'_>) {
    let total = 1_000 + stages.iter().map(of_stage).sum::<usize>();
    let largest = functions.iter().map(|it| of_steps(&it.steps)).max().unwrap_or_default();
    let bytes = total.max(largest);
    if bytes <= MOST_BYTES {
        return;
    }
    let side_by_side = stages.iter().flat_map(|stage| std::iter::once(stage).chain(&stage.parallel));
    let jobs = side_by_side.filter_map(|stage| Some((plan.jobs.iter().find(|job| job.name == stage.name)?, stage)));
    if let Some((job, _)) = jobs.max_by_key(|(_, stage)| of_stage(stage)) {
        let message = format!(
            "the pipeline compiles to about {bytes} bytes in one method, and the JVM takes at most 65535; `{}` has the \
             largest part in it",
            job.name
        );
        out.limit(&job.place, message, SOURCE);
    }
}

fn of_stage(stage: &Stage) -> usize {
    let agent = match &stage.agent {
        None => 0,
        Some(Agent { container: None, .. }) => 100,
        Some(Agent { container: Some(container), .. }) => {
            175 + 60 * (usize::from(container.image.has_code()) + usize::from(container.arguments.has_code()))
        }
    };
    let options = 160 * usize::from(stage.skip_checkout || stage.allow_failure || stage.goes_on);
    let when = if stage.when.is_empty() { 0 } else { 110 + of_conditions(&stage.when) };
    let environment = if stage.environment.is_empty() { 0 } else { 180 + of_pairs(&stage.environment) };
    let steps = if stage.steps.is_empty() { 0 } else { 80 + of_steps(&stage.steps) };
    let post: usize = stage.post.iter().map(|post| 110 + of_steps(&post.steps)).sum();
    let matrix = stage.matrix.as_ref().map_or(0, |matrix| {
        matrix.cells * (410 + 30 * matrix.axes.len()) + matrix.stages.iter().map(of_stage).sum::<usize>()
    });
    let nested: usize = stage.stages.iter().chain(&stage.parallel).map(of_stage).sum();
    230 + agent + options + when + environment + steps + post + matrix + nested
}

fn of_pairs(pairs: &[Pair]) -> usize {
    pairs.iter().map(|(_, value)| if value.has_code() { 225 } else { 80 }).sum()
}

fn of_conditions(conditions: &[Condition]) -> usize {
    let each = conditions.iter().map(|condition| match condition {
        Condition::AllOf { of } | Condition::AnyOf { of } | Condition::Not { of } => 125 + of_conditions(of),
        _ => 125,
    });
    each.sum()
}

fn of_steps(steps: &[Step]) -> usize {
    let each = steps.iter().map(|step| match step {
        Step::Timeout { steps, .. }
        | Step::Retry { steps, .. }
        | Step::Env { steps, .. }
        | Step::Home { steps }
        | Step::Secrets { steps, .. } => 180 + of_steps(steps),
        Step::Cache { entries, steps, .. } => 150 + 250 * entries.len() + of_steps(steps),
        Step::Call { arguments, .. } => 60 + 40 * arguments.len(),
        _ => 90,
    });
    each.sum()
}
