//! What is kept of a job: one archive, and test reports.

use serde::Serialize;

use super::reference;
use crate::{
    plan::{Artifact, Duration, Job, Plan},
    spec::When,
    systems::Lowering,
};

/// <https://docs.gitlab.com/ci/yaml/#artifacts>
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Artifacts {
    name: Option<String>,
    when: &'static str,
    expire_in: Option<String>,
    paths: Vec<String>,
    junit: Vec<String>,
}

/// GitLab keeps files for so long by default: <https://docs.gitlab.com/administration/settings/continuous_integration/>
const DEFAULT_DAYS: u64 = 30;

pub(super) fn lower(job: &Job, out: &mut Lowering<'_>) -> Option<Artifacts> {
    if job.artifacts.is_empty() && job.results.is_empty() {
        return None;
    }
    for (index, glob) in job.results.iter().enumerate() {
        let literal_end =
            glob.parts.last().map(|part| matches!(part, crate::plan::Part::Lit(it) if it.ends_with(".xml")));
        if literal_end != Some(true) {
            let at = job.place.key("results");
            let at = if job.results.len() == 1 { at } else { at.index(index) };
            // https://docs.gitlab.com/ci/testing/unit_test_reports/
            out.degrade(&at, "GitLab reads only result files that end in `.xml`", "let the glob end in `.xml`");
        }
    }
    let mut paths: Vec<String> = Vec::new();
    for path in job.artifacts.iter().flat_map(|it| &it.paths).map(reference::path) {
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    Some(Artifacts {
        name: name(&job.artifacts),
        when: when(job, out),
        expire_in: expire_in(job, out),
        paths,
        junit: job.results.iter().map(reference::path).collect(),
    })
}

/// The archive is called like all that is in it.
fn name(artifacts: &[Artifact]) -> Option<String> {
    let safe = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    let names: Vec<String> = artifacts.iter().map(|it| it.name.chars().map(safe).collect()).collect();
    (!names.is_empty()).then(|| names.join("-"))
}

/// Reports are kept on any outcome, whatever this says.
fn when(job: &Job, out: &mut Lowering<'_>) -> &'static str {
    let first = job.artifacts.first().map_or(When::Always, |it| it.when);
    if job.artifacts.iter().any(|it| it.when != first) {
        for artifact in job.artifacts.iter().filter(|it| it.when != When::Always) {
            let message = "GitLab makes one archive of a job's artifacts, so this one is kept on every outcome";
            out.degrade(&artifact.place.key("when"), message, "give all artifacts of the job the same `when`");
        }
        return "always";
    }
    match first {
        When::Always => "always",
        When::Success => "on_success",
        When::Failure => "on_failure",
    }
}

fn expire_in(job: &Job, out: &mut Lowering<'_>) -> Option<String> {
    let longest = job.artifacts.iter().filter_map(|it| it.keep).max()?;
    let default = Duration::parse(&format!("{DEFAULT_DAYS}d")).ok();
    let some_by_default = job.artifacts.iter().any(|it| it.keep.is_none());
    for artifact in job.artifacts.iter().filter(|it| it.keep.is_some_and(|keep| keep != longest || some_by_default)) {
        let message = "GitLab makes one archive of a job's artifacts, so this one is kept as long as the others";
        out.degrade(&artifact.place.key("keep"), message, "give all artifacts of the job the same `keep`");
    }
    // Without a time the project's default holds.
    let shorter_than_default = some_by_default && default.is_some_and(|default| longest < default);
    (!shorter_than_default).then(|| duration(longest))
}

/// A length of time in GitLab's words: `1 hour 30 minutes`.
///
/// <https://docs.gitlab.com/ci/yaml/#timeout>
pub(super) fn duration(duration: Duration) -> String {
    let mut rest = duration.seconds();
    let mut words = Vec::new();
    for (name, seconds) in [("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)] {
        let count = rest / seconds;
        rest %= seconds;
        match count {
            0 => {}
            1 => words.push(format!("1 {name}")),
            _ => words.push(format!("{count} {name}s")),
        }
    }
    words.join(" ")
}

/// Reports legs of needed jobs that write the same files: of those a dependent gets only the last.
///
/// <https://docs.gitlab.com/ci/yaml/#needsartifacts>
pub(super) fn check_needs(plan: &Plan, job: &Job, out: &mut Lowering<'_>) {
    for need in job.needs.iter().map(|need| &plan.jobs[*need]) {
        let mut seen = std::collections::HashSet::new();
        let collides = need.legs.iter().any(|leg| {
            let paths = job.brings(need).flat_map(|it| &it.paths);
            let own: std::collections::HashSet<_> = paths.map(|path| leg.fill(path)).collect();
            own.into_iter().any(|path| !seen.insert(path))
        });
        if collides {
            let message =
                format!("legs of `{}` write artifacts to the same paths: `{}` gets some leg's", need.name, job.name);
            let help = format!("put matrix or shard values into the artifact paths of `{}`", need.name);
            out.degrade(&job.place.key("needs"), message, help);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_out() {
        let table =
            [("30m", "30 minutes"), ("90m", "1 hour 30 minutes"), ("7d", "7 days"), ("61s", "1 minute 1 second")];
        for (text, expected) in table {
            assert_eq!(duration(Duration::parse(text).unwrap()), expected);
        }
    }
}
