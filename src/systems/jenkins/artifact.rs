//! What follows the steps of a job: its test results, its artifacts, and an empty workspace.

use std::collections::HashSet;

use super::{
    cache,
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
pub(super) fn post(sharing: &Sharing, job: &Job, kind: &Kind, leg: &Value) -> Vec<Post> {
    let mut always = Vec::new();
    // What a container wrote belongs to root.
    always.extend(kind.contained.then(|| Step::call("giveToAgent")));
    if !job.results.is_empty() {
        always.push(Step::Junit { files: Value::join(job.results.iter().map(pattern), ",") });
    }
    let mut posts = Vec::new();
    for (outcome, when) in [("always", When::Always), ("success", When::Success), ("unsuccessful", When::Failure)] {
        let mut steps = if when == When::Always { std::mem::take(&mut always) } else { Vec::new() };
        for artifact in job.artifacts.iter().filter(|it| it.when == when) {
            steps.extend(keep(sharing, job, artifact, leg));
        }
        if !steps.is_empty() {
            posts.push(Post { outcome, steps });
        }
    }
    let mut cleanup: Vec<Step> = Vec::new();
    cleanup.extend(cache::uses_home(job, kind).then_some(Step::DeleteTemporary));
    cleanup.push(Step::DeleteDir);
    posts.push(Post { outcome: "cleanup", steps: cleanup });
    posts
}

fn keep(sharing: &Sharing, job: &Job, artifact: &Artifact, leg: &Value) -> Vec<Step> {
    let files = files(&artifact.paths);
    let apart = job.is_parallel() || sharing.overlapping.contains(&job.slug);
    let stash = leg.clone().with(format!("--{}", artifact.name));
    let mut steps = Vec::new();
    if apart || sharing.needed.contains(&job.slug) {
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
        let last = match path.parts.last() {
            Some(Part::Lit(text)) => text.rsplit('/').next().unwrap_or_default(),
            _ => "-",
        };
        patterns.push(pattern(path));
        if !last.is_empty() && !last.contains(['*', '?']) {
            patterns.push(pattern(path).with("/**"));
        }
    }
    Value::join(patterns, ",")
}

/// Behind a `/` at its end, Ant puts the `**` itself.
fn pattern(path: &Text) -> Value {
    Value::text(path, &value::code)
}

/// What the artifacts of a job mean to other jobs, worked out once for the whole plan.
pub(super) struct Sharing {
    /// Slugs of jobs whose artifacts may lie at the paths of another job's: all share one archive.
    overlapping: HashSet<String>,
    /// Slugs of jobs whose artifacts another job gets.
    needed: HashSet<String>,
}

impl Sharing {
    pub(super) fn of(plan: &Plan) -> Self {
        let needed = plan.jobs.iter().flat_map(|job| &job.needs).map(|need| plan.jobs[*need].slug.clone()).collect();
        let mut paths: Vec<(String, &str)> = Vec::new();
        for job in &plan.jobs {
            let texts = job.artifacts.iter().flat_map(|it| &it.paths);
            paths.extend(texts.map(|path| (fixed(path), job.slug.as_str())));
        }
        paths.sort();
        paths.dedup();
        // In this order everything that begins with a path follows it directly.
        let mut overlapping = HashSet::new();
        let mut around: Vec<&(String, &str)> = Vec::new();
        for entry in &paths {
            while around.last().is_some_and(|it| !entry.0.starts_with(&it.0)) {
                around.pop();
            }
            if let Some(other) = around.iter().find(|it| it.1 != entry.1) {
                overlapping.extend([entry.1.to_owned(), other.1.to_owned()]);
            }
            around.push(entry);
        }
        Sharing { overlapping, needed }
    }
}

/// The part of a path before its first star.
fn fixed(path: &Text) -> String {
    match path.parts.first() {
        Some(Part::Lit(text)) => text[..text.find(['*', '?']).unwrap_or(text.len())].to_owned(),
        _ => String::new(),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_without_stars_may_be_a_directory() {
        let texts: Vec<Text> =
            ["dist", "a/", "b/*.png", "{{ matrix.x }}/c", "{{ matrix.x }}"].map(|it| Text::parse(it).unwrap()).to_vec();
        let x = || Value::code("env.MATRIX_X ?: ''");
        let wanted = Value::join(
            [
                Value::from("dist"),
                Value::from("dist").with("/**"),
                Value::from("a/"),
                Value::from("b/*.png"),
                x().with("/c"),
                x().with("/c").with("/**"),
                x(),
                x().with("/**"),
            ],
            ",",
        );
        assert_eq!(files(&texts), wanted);
    }
}
