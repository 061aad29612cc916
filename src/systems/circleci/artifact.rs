//! Artifacts, result files, and what dependent jobs get of them.

use super::{
    expression, files,
    native::Native,
    step::{run, Persist, Run, Step, StoreArtifacts},
};
use crate::{
    plan::{Artifact, Job, Part, Text},
    spec::When,
};

/// The steps that keep a job's artifacts.
///
/// CircleCI stores one file or directory whatever happened, so most are put together by a step before:
/// <https://circleci.com/docs/reference/configuration-reference/#storeartifacts>
pub(super) fn keep(native: &Native<'_>, artifact: &Artifact) -> Vec<Step> {
    let plan = native.plan;
    if let Some(path) = as_it_is(native, artifact) {
        let path = expression::text(plan, &path);
        let destination = format!("{}/{path}", artifact.name);
        return vec![store(path, destination).named(format!("artifacts-{}", artifact.name))];
    }
    let to = format!("{}/artifacts/{}", native.host.scratch(), artifact.name);
    let mut step = collect(native, &format!("Collect {}", artifact.name), &artifact.paths, &to);
    let failed = format!("{}/failed", native.host.scratch());
    step.when = match (artifact.when, native.puts_off()) {
        (When::Always, _) | (When::Failure, true) => Some("always"),
        (When::Failure, false) => Some("on_fail"),
        (When::Success, _) => None,
    };
    // A failure that is allowed, or put off, is none for CircleCI.
    if native.puts_off() && artifact.when != When::Always {
        let unless = if artifact.when == When::Success { "! " } else { "" };
        step.command = format!("[ {unless}-e {failed} ] || exit 0\n{}", step.command);
    }
    vec![
        Step::from(step).named(format!("collect-{}", artifact.name)),
        store(to, artifact.name.clone()).named(format!("artifacts-{}", artifact.name)),
    ]
}

fn store(path: String, destination: String) -> Step {
    Step { store_artifacts: Some(StoreArtifacts { path, destination }), ..Step::default() }
}

fn collect(native: &Native<'_>, name: &str, globs: &[Text], to: &str) -> Run {
    run(name, native.helper(&files::copy(native, globs, to), globs))
}

/// The path of an artifact that CircleCI can store without help.
fn as_it_is(native: &Native<'_>, artifact: &Artifact) -> Option<Text> {
    if artifact.when != When::Always || native.is_needed {
        return None;
    }
    match artifact.paths.as_slice() {
        [one] if files::is_single(one) => files::directory(std::slice::from_ref(one), &[""]),
        [one] => files::directory(std::slice::from_ref(one), &["/**"]),
        _ => None,
    }
}

/// The steps that leave the artifacts to dependent jobs.
///
/// Jobs that persist the same path break the jobs behind them, so every leg has a directory of its own:
/// <https://circleci.com/docs/guides/orchestrate/workspaces/>
pub(super) fn hand_over(native: &Native<'_>) -> Vec<Step> {
    let job = native.job;
    if job.artifacts.is_empty() || !native.is_needed {
        return Vec::new();
    }
    let scratch = native.host.scratch();
    let to = format!("{scratch}/outgoing/{}/$CIRCLE_WORKFLOW_JOB_ID-$CIRCLE_NODE_INDEX", job.slug);
    let command = format!("mkdir -p {scratch}/artifacts \"{to}\"\ncp -R {scratch}/artifacts/. \"{to}\"");
    let persist = Persist { root: format!("{scratch}/outgoing"), paths: vec![job.slug.clone()] };
    let persist = Step { persist_to_workspace: Some(persist), ..Step::default() };
    vec![Step::from(run("Hand over artifacts", command)).named("hand-over"), persist.named("hand-over")]
}

/// The steps that put the artifacts of needed jobs where they were.
pub(super) fn take_over(native: &Native<'_>) -> Vec<Step> {
    let needs = native.job.needs.iter().map(|need| &native.plan.jobs[*need]);
    let needs: Vec<&Job> = needs.filter(|it| native.job.brings(it).next().is_some()).collect();
    if needs.is_empty() {
        return Vec::new();
    }
    let incoming = format!("{}/incoming", native.host.scratch());
    let mut steps = vec![Step { attach_workspace: Some(incoming.clone()), ..Step::default() }];
    for need in needs {
        let command = format!(
            "for files in {incoming}/{}/*/*/; do\n\
             \x20 if [ -d \"$files\" ]; then cp -R \"$files\". .; fi\n\
             done",
            need.slug
        );
        steps.push(run(format!("Artifacts of {}", expression::escape(&need.name)), command).into());
    }
    steps
}

/// Whether a file or directory on the way begins with a dot, which CircleCI does not take for test results.
fn is_hidden(path: &Text) -> bool {
    path.parts.iter().any(|part| matches!(part, Part::Lit(text) if text.starts_with('.') || text.contains("/.")))
}

/// The steps that show result files in CircleCI's view of tests, which takes one file or directory, and no hidden one.
///
/// <https://circleci.com/docs/reference/configuration-reference/#storetestresults>
pub(super) fn results(native: &Native<'_>) -> Vec<Step> {
    let results = &native.job.results;
    let store = |path: String| Step { store_test_results: Some(path), ..Step::default() }.named("results");
    let directory = match results.as_slice() {
        [] => return Vec::new(),
        [one] if files::is_single(one) => files::directory(std::slice::from_ref(one), &[""]),
        _ => files::directory(results, &["/**/*.xml", "/*.xml", "/**"]),
    };
    if let Some(directory) = directory.filter(|it| !is_hidden(it)) {
        return vec![store(expression::text(native.plan, &directory))];
    }
    let to = format!("{}/results", native.host.scratch());
    let mut step = collect(native, "Collect results", results, &to);
    step.when = Some("always");
    vec![Step::from(step).named("collect-results"), store(to)]
}
