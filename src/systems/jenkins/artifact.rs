//! What follows the steps of a job: its test results, its artifacts, and an empty workspace.

use super::{
    kind::Kind,
    stage::{Post, Step},
    value::{self, Value},
};
use crate::{
    plan::{Artifact, Job, Part, Plan, Text},
    spec::When,
    systems::Lowering,
};

/// The steps of each outcome; `leg` is what the leg calls itself, unique in the build.
///
/// Whether a job failed is for its exit code to say, as everywhere, and not for the `junit` step.
pub(super) fn post(plan: &Plan, job: &Job, kind: &Kind, leg: &Value) -> Vec<Post> {
    let mut always = Vec::new();
    if !job.results.is_empty() {
        always.push(Step::Junit { files: files(&job.results) });
    }
    let mut posts = Vec::new();
    for (outcome, when) in [("always", When::Always), ("success", When::Success), ("unsuccessful", When::Failure)] {
        let mut steps = if when == When::Always { std::mem::take(&mut always) } else { Vec::new() };
        for artifact in job.artifacts.iter().filter(|it| it.when == when) {
            steps.extend(keep(plan, job, artifact, leg));
        }
        if !steps.is_empty() {
            posts.push(Post { outcome, steps });
        }
    }
    posts.push(Post { outcome: "cleanup", steps: vec![clean(kind)] });
    posts
}

fn clean(kind: &Kind) -> Step {
    if kind.contained {
        Step::call("cleanWorkspace")
    } else {
        Step::DeleteDir
    }
}

fn keep(plan: &Plan, job: &Job, artifact: &Artifact, leg: &Value) -> Vec<Step> {
    let files = files(&artifact.paths);
    let apart = job.is_parallel() || overlaps(plan, job, artifact);
    let stash = leg.clone().with(format!("--{}", artifact.name));
    let mut steps = Vec::new();
    if apart || is_needed(plan, job) {
        let arguments = vec![Value::from(job.slug.as_str()), stash.clone(), files.clone()];
        steps.push(Step::Call { function: "saveArtifact".to_owned(), arguments });
    }
    steps.push(match apart {
        true => Step::Call { function: "archiveArtifact".to_owned(), arguments: vec![leg.clone(), stash] },
        false => Step::Archive { files },
    });
    steps
}

/// The patterns as Ant reads them: a path without stars may be a file or a directory.
///
/// <https://ant.apache.org/manual/dirtasks.html#patterns>
fn files(paths: &[Text]) -> Value {
    let mut patterns: Vec<Value> = Vec::new();
    for path in paths {
        let text = Value::text(path, &value::code);
        let last = match path.parts.last() {
            Some(Part::Lit(text)) => text.as_str(),
            _ => "",
        };
        match last {
            it if it.ends_with('/') => patterns.push(text.with("**")),
            it if it.rsplit('/').next().is_some_and(|name| name.contains(['*', '?'])) => patterns.push(text),
            _ => patterns.extend([text.clone(), text.with("/**")]),
        }
    }
    Value::join(patterns, ",")
}

/// Whether the archive of the build, which all jobs share, may have files of another job at the same paths.
fn overlaps(plan: &Plan, job: &Job, artifact: &Artifact) -> bool {
    let fixed = |path: &Text| match path.parts.first() {
        Some(Part::Lit(text)) => text[..text.find(['*', '?']).unwrap_or(text.len())].to_owned(),
        _ => String::new(),
    };
    let others = plan.jobs.iter().filter(|it| it.slug != job.slug).flat_map(|it| &it.artifacts);
    let theirs: Vec<String> = others.flat_map(|it| &it.paths).map(fixed).collect();
    let mine = artifact.paths.iter().map(fixed);
    mine.into_iter().any(|mine| theirs.iter().any(|it| it.starts_with(&mine) || mine.starts_with(it.as_str())))
}

/// Whether another job gets this job's artifacts.
fn is_needed(plan: &Plan, job: &Job) -> bool {
    plan.jobs.iter().any(|other| other.needs.iter().any(|need| plan.jobs[*need].slug == job.slug))
}

/// A comma parts the patterns of a list.
pub(super) fn check(job: &Job, out: &mut Lowering<'_>) {
    let lists = job.artifacts.iter().map(|it| (&it.paths, it.place.clone()));
    for (paths, place) in lists.chain([(&job.results, job.place.key("results"))]) {
        let comma = |path: &Text| path.parts.iter().any(|part| matches!(part, Part::Lit(text) if text.contains(',')));
        if paths.iter().any(comma) {
            out.refuse(&place, "Jenkins takes a comma in a path for the end of it", "put `?` for the comma");
        }
    }
}

/// How many days the artifacts of a build are kept: Jenkins knows one limit for all of them.
pub(super) fn days(plan: &Plan, out: &mut Lowering<'_>) -> Option<u64> {
    let artifacts: Vec<&Artifact> = plan.jobs.iter().flat_map(|it| &it.artifacts).collect();
    let days: Vec<Option<u64>> = artifacts.iter().map(|it| it.keep.map(|keep| keep.days_ceil())).collect();
    let longest = days.iter().flatten().max().copied()?;
    let all = days.iter().all(Option::is_some);
    for (artifact, days) in artifacts.iter().zip(&days) {
        match days {
            Some(_) if !all => {
                let message = "Jenkins keeps the artifacts of a build together, and others have no limit";
                out.degrade(&artifact.place.key("keep"), message, "give every artifact the same `keep`");
            }
            Some(days) if *days < longest => {
                let message = format!("Jenkins keeps the artifacts of a build together, here for {longest} days");
                out.degrade(&artifact.place.key("keep"), message, "give every artifact the same `keep`");
            }
            _ => {}
        }
    }
    all.then_some(longest)
}
