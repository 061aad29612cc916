//! What a job's token may do, and who gets it.

use serde::Serialize;

use super::Pair;
use crate::plan::{Job, Plan, Report};

/// The variable in which ci-gen looks for the job's token.
pub(super) const TOKEN: &str = "GITHUB_TOKEN";

/// The job's token.
pub(super) const JOB_TOKEN: &str = "${{ github.token }}";

/// A permission of the job's token, and what it is for.
///
/// <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions>
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Permission {
    scope: &'static str,
    access: &'static str,
    why: &'static str,
}

/// What the token of a job may do: read the code, and in the gate write what is published there.
pub(super) fn of(plan: &Plan, job: &Job) -> Vec<Permission> {
    let code = Permission { scope: "contents", access: "read", why: "to check out the code" };
    let mut permissions: Vec<Permission> = job.checkout.iter().map(|_| code).collect();
    permissions.extend(plan.published_by(job).into_iter().flat_map(publishing));
    permissions
}

/// What the token of the job may do that publishes what runs of forks may not.
pub(super) fn for_forks(report: &Report) -> Vec<Permission> {
    let reads = [("contents", "to check out the spec"), ("actions", "to download the reports of the other run")];
    let mut permissions = reads.map(|(scope, why)| Permission { scope, access: "read", why }).to_vec();
    permissions.extend(publishing(report));
    permissions
}

/// The job's token, as a variable of the one step that publishes.
pub(super) fn token(plan: &Plan, job: &Job) -> Option<Pair> {
    let named = job.gate && job.secrets.iter().any(|it| it == TOKEN);
    (named || plan.published_by(job).is_some()).then(|| (TOKEN.to_owned(), JOB_TOKEN.to_owned()))
}

/// Comments on pull requests take `pull-requests` alone, not `issues`:
/// <https://docs.github.com/en/rest/issues/comments#create-an-issue-comment>
fn publishing(report: &Report) -> Vec<Permission> {
    let permission = |scope, why| Permission { scope, access: "write", why };
    let all = [
        (report.comment, permission("pull-requests", "to comment on the pull request")),
        (report.status, permission("statuses", "to set the commit status")),
        (report.check, permission("checks", "to write the check run")),
    ];
    all.into_iter().filter(|(on, _)| *on).map(|(_, permission)| permission).collect()
}
