//! Conditions that no pipeline of its own can express, as the beginning of a step.

use super::{
    pattern::{self, Arm},
    section,
    section::Guards,
};
use crate::{
    diag::Place,
    plan::{Expr, Glob, Job, Plan, Refs},
    script::{quote, Shell},
    systems::{commands, Lowering},
};

/// What a step finds out before it does anything.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    /// The target branches that a pull request must have; empty for any.
    targets: Vec<Glob>,
    refs: Vec<Refs>,
    inputs: Vec<(Expr, String)>,
    message: String,
}

/// What the steps of a job begin with; `None` when its pipelines are condition enough.
pub(super) fn lower(plan: &Plan, job: &Job, guards: &Guards, out: &mut Lowering<'_>) -> Option<Guard> {
    let targets = section::targets(plan).filter(|_| guards.target).unwrap_or_default().to_vec();
    let refs: Vec<Refs> = guards.refs.iter().filter_map(|index| job.only.refs.get(*index)).cloned().collect();
    let inputs = job.only.inputs.iter().filter(|_| guards.inputs);
    let guard = Guard {
        inputs: inputs.map(|(name, value)| (Expr::Input(name.clone()), value.clone())).collect(),
        message: format!("Skipped: {} does not run for this branch, tag, pull request or input", job.name),
        targets,
        refs,
    };
    check(&guard.targets, &Place::root().key("on").key("pull-request").key("branches"), out);
    for refs in &guard.refs {
        check(refs.branches.iter().chain(&refs.tags), &job.place.key("only"), out);
    }
    let nothing = guard.targets.is_empty() && guard.refs.is_empty() && guard.inputs.is_empty();
    (!nothing).then_some(guard)
}

fn check<'a>(globs: impl IntoIterator<Item = &'a Glob>, at: &Place, out: &mut Lowering<'_>) {
    for glob in globs.into_iter().filter(|glob| pattern::arms("", &[glob]).is_err()) {
        let message = format!("a step cannot test the pattern `{}`: it has `*` and `**`", glob.text());
        out.refuse(at, message, "use `**` alone, such as `release/**`, or list the names");
    }
}

impl Guard {
    /// The inputs that [`Guard::lines`] read.
    pub(super) fn inputs(&self) -> impl Iterator<Item = &Expr> {
        self.inputs.iter().map(|(input, _)| input)
    }

    /// Whether [`Guard::lines`] read the branch's name.
    pub(super) fn asks_branch(&self) -> bool {
        !self.refs.is_empty()
    }

    /// The lines that end a step successfully unless its job runs for this build.
    pub(super) fn lines(&self, host: Shell) -> Vec<String> {
        match host {
            Shell::Bash | Shell::Sh => self.posix(),
            Shell::Pwsh => self.pwsh(),
        }
    }

    fn posix(&self) -> Vec<String> {
        let mut lines = vec!["ci_gen_runs=true".to_owned()];
        if !self.targets.is_empty() {
            // Empty unless this is a pull request.
            let none = vec![Arm { pattern: "''".to_owned(), wanted: true }];
            let either = [none, arms("", &self.targets)].concat();
            lines.extend(case("\"${BITBUCKET_PR_DESTINATION_BRANCH-}\"", &either));
        }
        if !self.refs.is_empty() {
            // A pull request counts as the branch that it goes to.
            lines.push("ci_gen_ref=\"branch ${BITBUCKET_PR_DESTINATION_BRANCH:-${BITBUCKET_BRANCH-}}\"".to_owned());
            lines.push("[ -z \"${BITBUCKET_TAG-}\" ] || ci_gen_ref=\"tag $BITBUCKET_TAG\"".to_owned());
        }
        for refs in &self.refs {
            let either = [arms("branch ", &refs.branches), arms("tag ", &refs.tags)].concat();
            lines.extend(case("\"$ci_gen_ref\"", &either));
        }
        for (input, value) in &self.inputs {
            let value = quote(value, Shell::Sh);
            lines.push(format!("[ \"${}\" = {value} ] || ci_gen_runs=false", commands::variable(input)));
        }
        lines.push("if [ \"$ci_gen_runs\" = false ]; then".to_owned());
        lines.push(format!("  echo {}", quote(&self.message, Shell::Sh)));
        lines.push("  exit 0".to_owned());
        lines.push("fi".to_owned());
        lines
    }

    fn pwsh(&self) -> Vec<String> {
        let mut lines = vec!["$ciGenRuns = $true".to_owned()];
        let mut test = |subject: &str, patterns: Vec<String>| {
            let regex = quote(&format!(r"\A(?:{})\z", patterns.join("|")), Shell::Pwsh);
            lines.push(format!("if ({subject} -cnotmatch {regex}) {{ $ciGenRuns = $false }}"));
        };
        if !self.targets.is_empty() {
            let patterns = std::iter::once(String::new()).chain(self.targets.iter().map(Glob::regex));
            test("\"$env:BITBUCKET_PR_DESTINATION_BRANCH\"", patterns.collect());
        }
        for refs in &self.refs {
            let subject = "$(if ($env:BITBUCKET_TAG) { \"tag $env:BITBUCKET_TAG\" } \
                           elseif ($env:BITBUCKET_PR_DESTINATION_BRANCH) { \"branch $env:BITBUCKET_PR_DESTINATION_BRANCH\" } \
                           else { \"branch $env:BITBUCKET_BRANCH\" })";
            let branches = refs.branches.iter().map(|glob| format!("branch {}", glob.regex()));
            let tags = refs.tags.iter().map(|glob| format!("tag {}", glob.regex()));
            test(subject, branches.chain(tags).collect());
        }
        for (input, value) in &self.inputs {
            let value = quote(value, Shell::Pwsh);
            lines.push(format!("if ($env:{} -cne {value}) {{ $ciGenRuns = $false }}", commands::variable(input)));
        }
        let message = quote(&self.message, Shell::Pwsh);
        lines.push(format!("if (-not $ciGenRuns) {{ Write-Host {message}; exit 0 }}"));
        lines
    }
}

/// What cannot be written was refused by [`check`].
fn arms(prefix: &str, globs: &[Glob]) -> Vec<Arm> {
    pattern::arms(prefix, &globs.iter().collect::<Vec<_>>()).unwrap_or_default()
}

fn case(subject: &str, arms: &[Arm]) -> Vec<String> {
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
