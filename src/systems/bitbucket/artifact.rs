//! Artifacts and result files of a step.

use std::collections::HashMap;

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

/// Which artifacts go from job to job.
pub(super) struct Flow<'a> {
    /// By job: whether another one gets its artifacts.
    needed: Vec<bool>,
    /// How often each artifact's name is used.
    names: HashMap<&'a str, usize>,
    /// The first level with artifacts that later levels get.
    shared_from: Option<usize>,
}

impl<'a> Flow<'a> {
    pub(super) fn of(plan: &'a Plan) -> Self {
        let mut needed = vec![false; plan.jobs.len()];
        for job in &plan.jobs {
            let brings = |need: &&usize| job.brings(&plan.jobs[**need]).next().is_some();
            job.needs.iter().filter(brings).for_each(|need| needed[*need] = true);
        }
        let mut names = HashMap::new();
        for artifact in plan.jobs.iter().flat_map(|job| &job.artifacts) {
            *names.entry(artifact.name.as_str()).or_insert(0) += 1;
        }
        let sharing = plan.jobs.iter().zip(&needed).filter(|(job, needed)| **needed && !job.artifacts.is_empty());
        let shared_from = sharing.map(|(job, _)| job.level).min();
        Flow { needed, names, shared_from }
    }
}

/// What a leg of the job with that index keeps and gets.
pub(super) fn lower(
    plan: &Plan,
    index: usize,
    leg: &Leg,
    flow: &Flow<'_>,
    out: &mut Lowering<'_>,
) -> Option<Artifacts> {
    let job = &plan.jobs[index];
    let mut upload = Vec::new();
    let kind = if flow.needed[index] { "shared" } else { "scoped" };
    for artifact in &job.artifacts {
        upload.push(self::upload(job, leg, artifact, kind, flow, out));
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
    let wanted = job.needs.iter().any(|need| job.brings(&plan.jobs[*need]).next().is_some());
    let offered = flow.shared_from.is_some_and(|level| level < job.level);
    let artifacts = Artifacts { no_download: offered && !wanted, upload };
    (artifacts.no_download || !artifacts.upload.is_empty()).then_some(artifacts)
}

fn upload(
    job: &Job,
    leg: &Leg,
    artifact: &Artifact,
    kind: &'static str,
    flow: &Flow<'_>,
    out: &mut Lowering<'_>,
) -> Upload {
    let name = match (job.is_parallel(), flow.names.get(artifact.name.as_str())) {
        (false, Some(1)) => artifact.name.clone(),
        _ => format!("{}-{}", artifact.name, leg.id),
    };
    if kind == "shared" && job.legs.first() == Some(leg) {
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
    let paths = match artifact.is_report() {
        true => paths.into_iter().flat_map(|path| [format!("{path}/**"), path]).collect(), // dots and all
        false => paths.into_iter().flat_map(with_directory).collect(),
    };
    Upload { name, kind, paths, depth: None, capture_on }
}

/// Of files with the same path the last step's win, in the steps that get them.
fn check_overwriting(job: &Job, artifact: &Artifact, out: &mut Lowering<'_>) {
    let first = job.legs.first().map(|leg| artifact.paths.iter().map(|it| leg.fill(it)).collect::<Vec<Text>>());
    let same = |leg: &Leg| artifact.paths.iter().map(|it| leg.fill(it)).eq(first.iter().flatten().cloned());
    if job.legs.len() > 1 && job.legs.iter().skip(1).any(same) {
        let message =
            "files that several legs write under the same path overwrite each other for the jobs that need them";
        out.degrade(&artifact.place.key("path"), message, "put a matrix or shard value into the path");
    }
}

fn fill(leg: &Leg, paths: &[Text], at: &Place, out: &mut Lowering<'_>) -> Vec<String> {
    let paths: Vec<String> =
        paths.iter().map(|path| leg.fill(path).as_literal().unwrap_or_default().to_owned()).collect();
    for (index, path) in paths.iter().enumerate().filter(|(_, it)| it.contains(['{', '}'])) {
        let message = format!("Bitbucket reads the braces in `{path}` as alternatives");
        let at = if paths.len() == 1 { at.clone() } else { at.index(index) };
        out.refuse(&at, message, "put `?` for each brace");
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
