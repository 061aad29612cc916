//! Artifacts on their way to jobs of later stages: an archive per leg, carried by a workspace.
//!
//! A workspace alone knows neither `**` nor outcomes, and makes directories of paths that match nothing:
//! <https://docs.travis-ci.com/user/using-workspaces/>, <https://github.com/travis-ci/casher/blob/master/bin/casher>

use serde::Serialize;

use super::{env, script, BASH, SCRIPTS};
use crate::{
    plan::{Artifact, Expr, Job, Leg, Part, Plan, Text},
    script::{self as shell, Shell},
    spec::When,
    systems::Lowering,
};

/// The script that unpacks whatever the workspaces brought.
const UNPACK: &str = ".travis/artifacts.sh";

/// A leg's `workspaces`.
#[derive(Debug, Serialize)]
pub(super) struct Workspaces {
    create: Option<Workspace>,
    uses: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Workspace {
    name: String,
    path: String,
}

/// Whether a later job gets this job's artifacts.
pub(super) fn is_carried(plan: &Plan, job: &Job) -> bool {
    let brings = |other: &Job, need: &Job| need.slug == job.slug && other.brings(need).next().is_some();
    plan.jobs.iter().any(|other| other.needs.iter().any(|need| brings(other, &plan.jobs[*need])))
}

/// The workspaces of a leg; names are unique in a build.
pub(super) fn workspaces(plan: &Plan, job: &Job, leg: &Leg) -> Option<Workspaces> {
    let needs = job.needs.iter().map(|need| &plan.jobs[*need]).filter(|need| job.brings(need).next().is_some());
    let uses: Vec<String> = needs.flat_map(|need| need.legs.iter().map(|leg| leg.id.clone())).collect();
    let create = is_carried(plan, job)
        .then(|| Workspace { name: leg.id.clone(), path: format!("$HOME/artifacts/{}.tgz", leg.id) });
    (create.is_some() || !uses.is_empty()).then_some(Workspaces { create, uses })
}

/// The command that unpacks the artifacts of needed jobs.
pub(super) fn unpacking(plan: &Plan, job: &Job) -> Option<String> {
    let brings = job.needs.iter().any(|need| job.brings(&plan.jobs[*need]).next().is_some());
    brings.then(|| format!("bash {UNPACK}"))
}

/// The plan without the gate where reports cannot reach it: workspaces do not go from one operating system to another.
pub(super) fn without_lonely_gate(plan: &Plan, out: &mut Lowering<'_>) -> Option<Plan> {
    let gate = plan.jobs.last().filter(|job| job.gate)?;
    let os = |job: &Job| job.legs.iter().filter_map(|leg| plan.runner_of(leg)).map(|it| it.os).collect::<Vec<_>>();
    let own = os(gate);
    let apart = gate
        .needs
        .iter()
        .map(|need| &plan.jobs[*need])
        .find(|need| gate.brings(need).next().is_some() && os(need).iter().any(|it| !own.contains(it)))?;
    let message = format!("the report of `{}` cannot reach a gate on another operating system", apart.name);
    out.degrade(&gate.place, message, "require the build itself, which is red whenever a job is");
    let mut plan = plan.clone();
    plan.jobs.pop();
    Some(plan)
}

/// Writes the script that unpacks, if a job needs it.
pub(super) fn unpack(plan: &Plan, out: &mut Lowering<'_>) {
    for job in &plan.jobs {
        for need in job.needs.iter().map(|need| &plan.jobs[*need]).filter(|it| job.brings(it).next().is_some()) {
            let systems = |job: &Job| -> Vec<&str> {
                let mut keys: Vec<&str> =
                    job.legs.iter().filter_map(|leg| plan.runner_of(leg)).map(|it| it.os.key()).collect();
                keys.sort_unstable();
                keys.dedup();
                keys
            };
            if systems(job) != systems(need) || systems(job).len() != 1 {
                let message =
                    format!("artifacts of `{}` cannot reach `{}` on another operating system", need.name, job.name);
                let help = "workspaces hold absolute paths; run both on the same operating system";
                out.refuse(&job.place.key("needs"), message, help);
            }
        }
    }
    if !plan.jobs.iter().any(|job| is_carried(plan, job)) {
        return;
    }
    let text = format!(
        r#"# Unpacks artifacts of earlier stages where they were; a leg that made none left a directory.
{}
shopt -s nullglob
for archive in "$HOME"/artifacts/*.tgz; do
  [ -d "$archive" ] || tar -xzf "$archive"
done"#,
        shell::strict(Shell::Bash)
    );
    script(out, UNPACK, BASH, &text);
}

/// The command that packs a leg's artifacts after the script, whatever its result; one per leg.
pub(super) fn packing(plan: &Plan, job: &Job, out: &mut Lowering<'_>) -> Vec<Option<String>> {
    if !is_carried(plan, job) {
        return vec![None; job.legs.len()];
    }
    let path = format!("{SCRIPTS}/{}/artifacts.sh", job.slug);
    let lines = |whens: &[When]| {
        let artifacts = job.artifacts.iter().filter(|it| whens.contains(&it.when));
        let lines: Vec<String> = artifacts.map(|it| format!("add {}", words(it))).collect();
        lines
    };
    let mut adds = lines(&[When::Always]);
    for (test, when) in [("=", When::Success), ("!=", When::Failure)] {
        let own = lines(&[when]);
        if !own.is_empty() {
            adds.push(format!("if [ \"$TRAVIS_TEST_RESULT\" {test} 0 ]; then\n  {}\nfi", own.join("\n  ")));
        }
    }
    let text = format!(
        r#"# Packs the artifacts for later stages; $1 is the archive's name.
{}
shopt -s globstar nullglob dotglob
files=()
add() {{
  for file in "$@"; do
    [ ! -e "$file" ] || files+=("$file")
  done
}}
{}
mkdir -p "$HOME/artifacts"
tar -czf "$HOME/artifacts/$1.tgz" --files-from /dev/null -- "${{files[@]}}""#,
        shell::strict(Shell::Bash),
        adds.join("\n")
    );
    script(out, &path, BASH, &text);
    job.legs.iter().map(|leg| Some(format!("bash {path} {}", leg.id))).collect()
}

fn words(artifact: &Artifact) -> String {
    artifact.paths.iter().map(glob).collect::<Vec<_>>().join(" ")
}

/// A glob as a word of bash: the wildcards bare, all else quoted. A directory brings all that is in it.
fn glob(path: &Text) -> String {
    let mut path = path.clone();
    if let Some(Part::Lit(last)) = path.parts.last_mut() {
        if let Some(directory) = last.strip_suffix("/**").filter(|it| !it.is_empty()) {
            *last = directory.to_owned();
        }
    }
    path.write(
        |literal| {
            literal
                .chars()
                .map(|c| match c {
                    c if c.is_alphanumeric() || "*?_-./:@%+=,".contains(c) => c.to_string(),
                    c => format!("\\{c}"),
                })
                .collect()
        },
        |expr: &Expr| format!("\"${{{}}}\"", env::variable(expr)),
    )
}
