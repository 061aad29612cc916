//! What happens to older runs of the same job.

use super::native::Native;
use crate::{
    diag::Place,
    plan::{Job, Plan},
    spec::Concurrency,
    systems::Lowering,
};

/// `workflow:auto_cancel:on_new_commit`.
///
/// Without it, a newer pipeline cancels an older one of which no job has started yet, which `parallel` does not allow.
/// <https://docs.gitlab.com/ci/yaml/#workflowauto_cancelon_new_commit>
pub(super) fn on_new_commit(plan: &Plan) -> &'static str {
    match plan.jobs.iter().any(cancels) {
        true => "interruptible",
        false => "none",
    }
}

/// Whether every job may be cancelled by a newer pipeline.
pub(super) fn all_interruptible(plan: &Plan) -> bool {
    !plan.jobs.is_empty() && plan.jobs.iter().all(cancels)
}

/// Whether a newer pipeline cancels the job.
pub(super) fn cancels(job: &Job) -> bool {
    job.concurrency == Concurrency::CancelSuperseded
}

/// Jobs of one resource group run one after the other, over all pipelines.
///
/// <https://docs.gitlab.com/ci/resource_groups/>
pub(super) fn resource_group(job: &Job, native: &Native<'_>, out: &mut Lowering<'_>) -> Option<String> {
    let single = job.matrix.as_ref().and_then(|matrix| matrix.max_parallel).filter(|_| job.legs.len() > 1);
    match single {
        // All variants of the job are one queue.
        Some(1) => return Some(format!("{}-$CI_COMMIT_REF_SLUG", job.name)),
        Some(most) if (most as usize) < job.legs.len() => degrade_limit(&job.place, most, out),
        _ => {}
    }
    if job.concurrency != Concurrency::Queue {
        return None;
    }
    // Legs wait for the same leg of an older run, not for each other.
    let name: String =
        native.name.chars().map(|c| if c.is_ascii_alphanumeric() || "_-.".contains(c) { c } else { '-' }).collect();
    let leg = if native.is_parallel() { "-$CI_NODE_INDEX" } else { "" };
    Some(format!("{name}-$CI_COMMIT_REF_SLUG{leg}"))
}

fn degrade_limit(at: &Place, most: u32, out: &mut Lowering<'_>) {
    let message = format!("GitLab has no limit of {most} legs at the same time: as many run as there are runners");
    let help = "write 1 to run them one after the other, or limit the runners";
    out.degrade(&at.key("matrix").key("max-parallel"), message, help);
}
