//! Artifacts and result files of a step.

use serde::Serialize;

use crate::{
    diag::Place,
    plan::{Artifact, Job, Leg, Plan, Text},
    spec::When,
    systems::Lowering,
};

/// A step's `artifacts`.
#[derive(Debug, Serialize)]
pub(super) struct Artifacts {
    upload: Vec<Upload>,
    /// Whether the step must not get what earlier steps share.
    no_download: bool,
}

/// <https://support.atlassian.com/bitbucket-cloud/docs/use-artifacts-in-steps/>
#[derive(Debug, Serialize)]
struct Upload {
    name: String,
    kind: &'static str,
    paths: Vec<String>,
    depth: Option<usize>,
    capture_on: &'static str,
}

/// Result files are searched so many directories deep unless told otherwise:
/// <https://support.atlassian.com/bitbucket-cloud/docs/test-reporting-in-pipelines/>
const RESULTS_DEPTH: usize = 3;

pub(super) fn lower(plan: &Plan, job: &Job, leg: &Leg, out: &mut Lowering<'_>) -> Artifacts {
    let mut upload = Vec::new();
    for artifact in &job.artifacts {
        upload.push(self::upload(plan, job, leg, artifact, out));
    }
    if !job.results.is_empty() {
        let paths = fill(leg, &job.results, &job.place.key("results"), out);
        let deep = paths.iter().map(|it| if it.contains("**") { 2 * RESULTS_DEPTH } else { 0 } + it.split('/').count());
        upload.push(Upload {
            name: format!("results-{}", leg.id),
            kind: "test-reports",
            depth: deep.max().filter(|depth| *depth > RESULTS_DEPTH),
            paths,
            capture_on: "always",
        });
    }
    let brings = |job: &Job| !job.artifacts.is_empty();
    let earlier = plan.jobs.iter().any(|other| other.level < job.level && is_needed(plan, other) && brings(other));
    let wanted = job.needs.iter().any(|need| brings(&plan.jobs[*need]));
    Artifacts { upload, no_download: earlier && !wanted }
}

fn upload(plan: &Plan, job: &Job, leg: &Leg, artifact: &Artifact, out: &mut Lowering<'_>) -> Upload {
    let twins = plan.jobs.iter().flat_map(|it| &it.artifacts).filter(|it| it.name == artifact.name).count();
    let name = match (job.is_parallel(), twins) {
        (false, 1) => artifact.name.clone(),
        _ => format!("{}-{}", artifact.name, leg.id),
    };
    let needed = is_needed(plan, job);
    if needed {
        check_overwriting(job, artifact, out);
    }
    let paths = fill(leg, &artifact.paths, &artifact.place.key("path"), out);
    let capture_on = match artifact.when {
        When::Always => "always",
        When::Success => "success",
        When::Failure if leg.allow_failure => {
            let message = "steps that may fail succeed on Bitbucket, so their files are always kept";
            out.degrade(&artifact.place.key("when"), message, "set `when = \"always\"` if that is what you want");
            "always"
        }
        When::Failure => "failed",
    };
    let paths = paths.into_iter().flat_map(with_directory).collect();
    Upload { name, kind: if needed { "shared" } else { "scoped" }, paths, depth: None, capture_on }
}

/// Of files with the same path the last step's win, in the steps that get them.
fn check_overwriting(job: &Job, artifact: &Artifact, out: &mut Lowering<'_>) {
    let first = job.legs.first().map(|leg| artifact.paths.iter().map(|it| leg.fill(it)).collect::<Vec<Text>>());
    let same = |leg: &Leg| artifact.paths.iter().map(|it| leg.fill(it)).eq(first.iter().flatten().cloned());
    if job.legs.len() > 1 && job.legs.iter().skip(1).any(same) {
        let message = "files that several legs write under the same path overwrite each other for the jobs that need them";
        out.degrade(&artifact.place.key("path"), message, "put a matrix or shard value into the path");
    }
}

/// Whether another job gets this job's artifacts.
fn is_needed(plan: &Plan, job: &Job) -> bool {
    plan.jobs.iter().any(|other| other.needs.iter().any(|need| plan.jobs[*need].slug == job.slug))
}

fn fill(leg: &Leg, paths: &[Text], at: &Place, out: &mut Lowering<'_>) -> Vec<String> {
    let paths: Vec<String> =
        paths.iter().map(|path| leg.fill(path).as_literal().unwrap_or_default().to_owned()).collect();
    for path in paths.iter().filter(|it| it.contains(['{', '}'])) {
        let message = format!("Bitbucket reads the braces in `{path}` as alternatives");
        out.refuse(at, message, "put `?` for each brace");
    }
    paths.into_iter().map(|path| path.strip_prefix("./").unwrap_or(&path).to_owned()).collect()
}

/// Patterns match files only, so what may be a directory is also all below it.
fn with_directory(path: String) -> Vec<String> {
    if let Some(directory) = path.strip_suffix('/') {
        return vec![format!("{directory}/**")];
    }
    let last = path.rsplit('/').next().unwrap_or_default();
    match last.contains(['*', '?', '[']) || last.trim_start_matches('.').contains('.') {
        true => vec![path],
        false => vec![format!("{path}/**"), path],
    }
}
