//! Artifacts and result files: copied aside, published, and put back in place for other jobs.

use super::{
    job::Scope,
    step::{opening, script, task, Step, FINISHED},
    value::LEG,
};
use crate::{
    plan::{Artifact, Expr, Job, Plan, Text, LEGS_DIR},
    spec::{Shell, When},
};

const STAGING: &str = "$(Build.ArtifactStagingDirectory)";
const DOWNLOADS: &str = "$(Agent.TempDirectory)/artifacts";

/// What stands between the parts of an artifact's name; no name in a spec has it, nor the `+` behind a job.
const PART: &str = "@";

/// The name of an artifact in the run, where names are shared by all jobs.
fn name(plan: &Plan, job: &Job, artifact: &Artifact) -> String {
    let twins = plan.jobs.iter().flat_map(|it| &it.artifacts).filter(|it| it.name == artifact.name).count();
    match twins {
        1 => artifact.name.clone(),
        _ => format!("{}+{}", job.slug, artifact.name),
    }
}

/// The steps that publish a job's artifacts. Names are unique per leg and attempt, and an artifact without files is
/// published empty.
///
/// <https://learn.microsoft.com/azure/devops/pipelines/artifacts/pipeline-artifacts>
pub(super) fn publish(scope: &Scope<'_>) -> Vec<Step> {
    let job = scope.job;
    let mut steps: Vec<Step> = prepare(job).map(|it| it.named("artifacts")).into_iter().collect();
    for artifact in &job.artifacts {
        let condition = match artifact.when {
            When::Always => Some(FINISHED.to_owned()),
            When::Failure => Some("failed()".to_owned()),
            When::Success => None,
        };
        let directory = match job.artifacts.len() {
            1 => STAGING.to_owned(),
            _ => format!("{STAGING}/{}", artifact.name),
        };
        let contents: Vec<String> = artifact.paths.iter().flat_map(|path| patterns(scope, path)).collect();
        let inputs = [("Contents", contents.join("\n")), ("TargetFolder", directory.clone())];
        let inputs: Vec<(&str, &str)> = inputs.iter().map(|(key, value)| (*key, value.as_str())).collect();
        let copy = task(&format!("Collect {}", artifact.name), "CopyFiles@2", &inputs);
        let leg = if job.is_parallel() { format!("{PART}$({LEG})") } else { String::new() };
        let name = format!("{}{leg}{PART}$(System.JobAttempt)", name(scope.values.plan, job, artifact));
        steps.push(Step { condition: condition.clone(), ..copy.named(format!("collect-{}", artifact.name)) });
        steps.push(Step {
            id: format!("artifacts-{}", artifact.name),
            kind: "publish",
            value: directory,
            fields: vec![("artifact".to_owned(), name)],
            name: Some(format!("Publish {}", artifact.name)),
            condition,
            ..Step::default()
        });
    }
    steps
}

/// Several artifacts have a directory each; one that is missing would fail the job.
fn prepare(job: &Job) -> Option<Step> {
    let names: Vec<&str> = job.artifacts.iter().map(|it| it.name.as_str()).collect();
    if names.len() < 2 {
        return None;
    }
    let (shell, text) = match job.shell {
        Shell::Bash | Shell::Sh => (Shell::Bash, format!("mkdir -p -- {}", names.join(" "))),
        Shell::Pwsh => {
            (Shell::Pwsh, format!("New-Item -ItemType Directory -Force -Path '{}' | Out-Null", names.join("', '")))
        }
    };
    let step = script("Prepare artifacts", shell, text);
    Some(Step { condition: Some(FINISHED.to_owned()), working_directory: Some(STAGING.to_owned()), ..step })
}

/// A path as the patterns of files that it means: the file itself, or all below the directory.
fn patterns(scope: &Scope<'_>, path: &Text) -> Vec<String> {
    let text = scope.values.text(path);
    let text = line(text.trim_start_matches("./"));
    let plain = text.trim_end_matches('/');
    let last = plain.rsplit('/').next().unwrap_or_default();
    match last.contains(['*', '?']) {
        true => vec![plain.to_owned()],
        false => vec![plain.to_owned(), format!("{plain}/**")],
    }
}

/// A pattern that is neither a comment nor leaves files out; of a leading `!` nothing nearer than `?` is left.
///
/// <https://learn.microsoft.com/azure/devops/pipelines/tasks/file-matching-patterns>
fn line(pattern: &str) -> String {
    match pattern.split_at_checked(1) {
        Some(("#", rest)) => format!("[#]{rest}"),
        Some(("!", rest)) => format!("?{rest}"),
        _ => pattern.to_owned(),
    }
}

/// Files of the needed jobs, at the paths they had. Later attempts overwrite earlier ones.
///
/// <https://learn.microsoft.com/azure/devops/pipelines/tasks/reference/download-pipeline-artifact-v2>
pub(super) fn download(scope: &Scope<'_>) -> Vec<Step> {
    let plan = scope.values.plan;
    let needs: Vec<&Job> = scope
        .job
        .needs
        .iter()
        .map(|need| &plan.jobs[*need])
        .filter(|need| scope.job.brings(need).next().is_some())
        .collect();
    if needs.is_empty() {
        return Vec::new();
    }
    let artifacts = needs.iter().flat_map(|need| scope.job.brings(need).map(move |artifact| (need, artifact)));
    let patterns = artifacts.map(|(need, artifact)| {
        // Whatever else a job put there takes the place of no file of the gate's checkout, such as the spec.
        let within = if scope.job.gate { format!("{LEGS_DIR}/") } else { String::new() };
        format!("{}{PART}*/{within}**", name(plan, need, artifact))
    });
    let patterns: Vec<String> = patterns.collect();
    let names: Vec<&str> = needs.iter().map(|need| need.name.as_str()).collect();
    let inputs = [("itemPattern", patterns.join("\n")), ("targetPath", DOWNLOADS.to_owned())];
    let inputs: Vec<(&str, &str)> = inputs.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let title = format!("Download artifacts of {}", names.join(", "));
    let (shell, body) = match scope.job.shell {
        Shell::Bash | Shell::Sh => (
            Shell::Bash,
            "for artifact in */; do\n  \
               if [ -d \"$artifact\" ]; then cp -R \"$artifact.\" \"$BUILD_SOURCESDIRECTORY\"; fi\n\
             done",
        ),
        Shell::Pwsh => (
            Shell::Pwsh,
            "foreach ($artifact in Get-ChildItem -Directory) {\n  \
               Get-ChildItem -Force -LiteralPath $artifact.FullName |\n    \
                 Copy-Item -Destination $env:BUILD_SOURCESDIRECTORY -Recurse -Force\n\
             }",
        ),
    };
    let place = script("Put artifacts in place", shell, format!("{}\n{body}", opening(shell)));
    vec![
        task(&title, "DownloadPipelineArtifact@2", &inputs),
        Step { working_directory: Some(DOWNLOADS.to_owned()), ..place },
    ]
}

/// <https://learn.microsoft.com/azure/devops/pipelines/tasks/reference/publish-test-results-v2>
pub(super) fn results(scope: &Scope<'_>) -> Option<Step> {
    let job = scope.job;
    if job.results.is_empty() {
        return None;
    }
    let files: Vec<String> = job.results.iter().map(|path| line(&scope.values.text(path))).collect();
    let mut words: Vec<String> = Vec::new();
    let axes = job.matrix.iter().flat_map(|matrix| match matrix.axes.is_empty() {
        true => job.matrix_keys(),
        false => matrix.axes.keys().cloned().collect(),
    });
    words.extend(axes.map(|key| scope.values.value(&Expr::Matrix(key))));
    words.extend(job.shards.map(|total| format!("$(CI_GEN_SHARD_INDEX)/{total}")));
    let title = match words.is_empty() {
        true => job.name.clone(),
        false => format!("{} ({})", job.name, words.join(", ")),
    };
    let files = files.join("\n");
    let inputs = [("testResultsFormat", "JUnit"), ("testResultsFiles", files.as_str()), ("testRunTitle", &title)];
    let step = task("Publish results", "PublishTestResults@2", &inputs);
    Some(Step { condition: Some(FINISHED.to_owned()), ..step })
}
