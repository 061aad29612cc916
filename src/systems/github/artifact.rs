//! Artifacts and result files as uploads and downloads.

use super::{
    expression, matrix, permission, setup,
    step::{uses, Step},
};
use crate::{
    plan::{Artifact, Job, Leg, Part, Plan, Text, ARTIFACT, LEGS_DIR},
    spec::When,
    systems::variant::Variant,
};

/// In days.
///
/// <https://docs.github.com/en/organizations/managing-organization-settings/configuring-the-retention-period-for-github-actions-artifacts-and-logs-in-your-organization>
pub(super) const LONGEST_KEEP: u64 = 90;

/// The name of an artifact in the run, where names are shared by all jobs.
fn artifact_name(plan: &Plan, job: &Job, artifact: &Artifact) -> String {
    let twins = plan.jobs.iter().flat_map(|it| &it.artifacts).filter(|it| it.name == artifact.name).count();
    match twins {
        1 => artifact.name.clone(),
        _ => format!("{}@{}", job.slug, artifact.name),
    }
}

/// The name of this leg's part: names must be unique in a run.
fn leg_name(plan: &Plan, job: &Job, variant: &Variant<'_>, name: &str) -> String {
    if !job.is_parallel() {
        return name.to_owned();
    }
    let legs: Vec<&Leg> = job.legs.iter().collect();
    match matrix::distinct(&legs, &job.matrix_keys()) {
        Some(text) => format!("{name}@{}", expression::text(plan, &text)),
        None => format!("{name}@{}${{{{ strategy.job-index }}}}", variant.suffix),
    }
}

/// <https://github.com/actions/upload-artifact/blob/main/README.md>
pub(super) fn upload(plan: &Plan, job: &Job, variant: &Variant<'_>, artifact: &Artifact) -> Step {
    let mut step = uses(&format!("Upload {}", artifact.name), plan, setup::UPLOAD);
    step.condition = match artifact.when {
        When::Always => Some("${{ !cancelled() }}".to_owned()),
        When::Failure => Some("${{ failure() }}".to_owned()),
        When::Success => None,
    };
    let name = leg_name(plan, job, variant, &artifact_name(plan, job, artifact));
    step.with.push(("name".to_owned(), name));
    step.with.push((
        "path".to_owned(),
        match root(&artifact.paths).is_none() && is_needed(plan, job, artifact) {
            true => format!("{ROOT}\n{}", lines(plan, &artifact.paths)),
            false => lines(plan, &artifact.paths),
        },
    ));
    step.with.push(("if-no-files-found".to_owned(), "warn".to_owned()));
    step.with.push(hidden_files());
    if let Some(keep) = &artifact.keep {
        step.with.push(("retention-days".to_owned(), keep.days_ceil().to_string()));
    }
    step
}

/// Other systems keep files that begin with a dot, so they belong to the artifact here, too.
fn hidden_files() -> (String, String) {
    ("include-hidden-files".to_owned(), "true".to_owned())
}

fn lines(plan: &Plan, paths: &[Text]) -> String {
    paths.iter().map(|path| line(&expression::text(plan, path))).collect::<Vec<_>>().join("\n")
}

/// A path that is neither a comment nor left out: <https://github.com/actions/toolkit/blob/main/packages/glob/README.md>
fn line(path: &str) -> String {
    match path.starts_with(['#', '!']) {
        true => format!("./{path}"),
        false => path.to_owned(),
    }
}

/// An entry that matches nothing. Beside it, every other path is kept from the repository's root on.
const ROOT: &str = ".root-of-all-paths";

/// The directory that the action takes off the paths in an artifact, where that is known beforehand.
///
/// The action searches from the part of each path before its first wildcard and takes off the least common directory
/// of all of them; of a single path without wildcards it depends on whether that is a file or a directory.
/// <https://github.com/actions/upload-artifact/blob/main/src/shared/search.ts>
fn root(paths: &[Text]) -> Option<String> {
    let mut searched: Vec<(Vec<&str>, bool)> = Vec::new();
    for path in paths {
        let [Part::Lit(path)] = path.parts.as_slice() else { return None };
        let segments: Vec<&str> = path.split('/').filter(|it| !it.is_empty() && *it != ".").collect();
        let fixed = segments.iter().take_while(|it| !it.contains(['*', '?', '['])).count();
        let open = fixed < segments.len() || path.ends_with('/');
        searched.push((segments[..fixed].to_vec(), open));
    }
    let (first, _) = searched.first()?;
    let common =
        first.iter().enumerate().take_while(|(at, it)| searched.iter().all(|(other, _)| other.get(*at) == Some(*it)));
    let common: Vec<&str> = common.map(|(_, segment)| *segment).collect();
    let file_or_directory = searched.iter().any(|(path, open)| !open && *path == common);
    (!file_or_directory).then(|| if common.is_empty() { ".".to_owned() } else { common.join("/") })
}

/// Files of a needed job, at the paths they had.
///
/// <https://github.com/actions/download-artifact/blob/main/README.md>
pub(super) fn download(plan: &Plan, need: &Job, artifact: &Artifact) -> Step {
    let mut step = uses(&format!("Download {} of {}", artifact.name, need.name), plan, setup::DOWNLOAD);
    let name = artifact_name(plan, need, artifact);
    let mut with = |key: &str, value: String| step.with.push((key.to_owned(), value));
    if need.is_parallel() || artifact.when != When::Always {
        // A pattern may match nothing; a name may not.
        with("pattern", if need.is_parallel() { format!("{name}@*") } else { name });
        with("merge-multiple", "true".to_owned());
    } else {
        with("name", name);
    }
    with("path", root(&artifact.paths).unwrap_or_else(|| ".".to_owned()));
    step
}

/// The reports of all legs; those of a leg that wrote none are not there. Each artifact gets a directory of its own among
/// the reports, so that whatever a job kept, no file of it takes the place of one of the checkout, such as the spec.
pub(super) fn reports(plan: &Plan) -> Step {
    let mut step = uses("Download the reports", plan, setup::DOWNLOAD);
    step.with.push(("pattern".to_owned(), format!("*{ARTIFACT}*")));
    step.with.push(("path".to_owned(), LEGS_DIR.to_owned()));
    step
}

/// The reports of the run that has ended.
pub(super) fn reports_of_run(plan: &Plan) -> Step {
    let mut step = reports(plan);
    step.with.push(("run-id".to_owned(), "${{ github.event.workflow_run.id }}".to_owned()));
    step.with.push(("github-token".to_owned(), permission::JOB_TOKEN.to_owned()));
    step
}

/// Whether another job gets this job's artifact.
fn is_needed(plan: &Plan, job: &Job, artifact: &Artifact) -> bool {
    let brings =
        |other: &Job, need: &Job| need.slug == job.slug && other.brings(need).any(|it| it.name == artifact.name);
    plan.jobs.iter().any(|other| other.needs.iter().any(|need| brings(other, &plan.jobs[*need])))
}

/// GitHub shows no test results of its own, so the files are kept; in a report they are already.
pub(super) fn results(plan: &Plan, job: &Job, variant: &Variant<'_>) -> Option<Step> {
    if job.results.is_empty() || job.is_reported() {
        return None;
    }
    let mut step = uses("Upload results", plan, setup::UPLOAD);
    step.condition = Some("${{ !cancelled() }}".to_owned());
    let name = leg_name(plan, job, variant, &format!("results@{}", job.slug));
    step.with.push(("name".to_owned(), name));
    step.with.push(("path".to_owned(), lines(plan, &job.results)));
    step.with.push(("if-no-files-found".to_owned(), "warn".to_owned()));
    step.with.push(hidden_files());
    Some(step)
}
