//! Conditions that no pipeline of its own can express, as the beginning of a step.

use super::{pattern, section, section::Guards};
use crate::{
    diag::Place,
    plan::{Expr, Glob, Job, Plan},
    script::{quote, Shell},
    systems::{commands, Lowering},
};

/// The lines that end a step successfully unless its job runs for this build.
pub(super) struct Guard {
    pub(super) lines: Vec<String>,
    /// The inputs that the lines read.
    pub(super) inputs: Vec<Expr>,
    /// Whether the lines read the branch's name.
    pub(super) asks_branch: bool,
}

/// What the steps of a job begin with; `None` when its pipelines are condition enough.
pub(super) fn lower(plan: &Plan, job: &Job, guards: &Guards, out: &mut Lowering<'_>) -> Option<Guard> {
    let mut tests = Vec::new();
    if let Some(targets) = section::targets(plan).filter(|_| guards.target) {
        let at = Place::root().key("on").key("pull-request").key("branches");
        let mut arms = vec![pattern::Arm { pattern: "''".to_owned(), wanted: true }];
        arms.extend(arms_of("", &targets.iter().collect::<Vec<_>>(), &at, out));
        // Empty unless this is a pull request.
        tests.extend(case("\"${BITBUCKET_PR_DESTINATION_BRANCH-}\"", &arms));
    }
    let at = job.place.key("only");
    for index in &guards.refs {
        let Some(refs) = job.only.refs.get(*index) else { continue };
        let mut arms = arms_of("branch ", &refs.branches.iter().collect::<Vec<_>>(), &at, out);
        arms.extend(arms_of("tag ", &refs.tags.iter().collect::<Vec<_>>(), &at, out));
        tests.extend(case("\"$ci_gen_ref\"", &arms));
    }
    let inputs = job.only.inputs.iter().filter(|_| guards.inputs);
    let inputs: Vec<(Expr, &String)> = inputs.map(|(name, value)| (Expr::Input(name.clone()), value)).collect();
    for (input, value) in &inputs {
        let value = quote(value, Shell::Sh);
        tests.push(format!("[ \"${}\" = {value} ] || ci_gen_runs=false", commands::variable(input)));
    }
    if tests.is_empty() {
        return None;
    }
    let mut lines = vec!["ci_gen_runs=true".to_owned()];
    if !guards.refs.is_empty() {
        // A pull request has the branch that it goes to.
        lines.push("ci_gen_ref=\"branch ${BITBUCKET_PR_DESTINATION_BRANCH:-${BITBUCKET_BRANCH-}}\"".to_owned());
        lines.push("[ -z \"${BITBUCKET_TAG-}\" ] || ci_gen_ref=\"tag $BITBUCKET_TAG\"".to_owned());
    }
    lines.extend(tests);
    let message = format!("Skipped: {} does not run for this branch, tag, pull request or input", job.name);
    lines.push("if [ \"$ci_gen_runs\" = false ]; then".to_owned());
    lines.push(format!("  echo {}", quote(&message, Shell::Sh)));
    lines.push("  exit 0".to_owned());
    lines.push("fi".to_owned());
    Some(Guard {
        lines,
        inputs: inputs.into_iter().map(|(input, _)| input).collect(),
        asks_branch: !guards.refs.is_empty(),
    })
}

fn arms_of(prefix: &str, globs: &[&Glob], at: &Place, out: &mut Lowering<'_>) -> Vec<pattern::Arm> {
    pattern::arms(prefix, globs).unwrap_or_else(|glob| {
        let message = format!("a step cannot test the pattern `{}`: it has `*` and `**`", glob.text());
        out.refuse(at, message, "use `**` alone, such as `release/**`, or list the names");
        Vec::new()
    })
}

fn case(subject: &str, arms: &[pattern::Arm]) -> Vec<String> {
    let mut lines = vec![format!("case {subject} in")];
    for run in arms.chunk_by(|left, right| left.wanted == right.wanted) {
        let patterns: Vec<&str> = run.iter().map(|arm| arm.pattern.as_str()).collect();
        let wanted = run.first().is_some_and(|arm| arm.wanted);
        lines.push(format!("  {}) {};;", patterns.join(" | "), if wanted { "" } else { "ci_gen_runs=false " }));
    }
    lines.push("  *) ci_gen_runs=false ;;".to_owned());
    lines.push("esac".to_owned());
    lines
}
