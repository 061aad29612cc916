//! What stands once in the file: options, triggers, parameters, environment, functions, and the condition of it all.

use std::collections::HashMap;

use indexmap::IndexMap;
use serde::Serialize;

use super::{
    condition, is_contained, job, runner,
    stage::{Agent, Function, Pair, Stage, Step},
    value::{self, Value},
};
use crate::{
    diag::Place,
    plan::{Cron, Expr, Input, Job, Plan, Text},
    spec::{Concurrency, InputKind},
    systems::{commands, Lowering},
};

/// A parameter of the build.
#[derive(Serialize)]
pub(super) struct Parameter {
    name: String,
    kind: &'static str,
    /// Of a choice; the first is the default.
    choices: Vec<String>,
    default: String,
    truth: bool,
    description: Option<String>,
}

/// Names begin with `INPUT_`, because parameters are environment variables too, whatever their case.
pub(super) fn parameters(plan: &Plan) -> Vec<Parameter> {
    plan.inputs().map(|(name, input)| parameter(name, input)).collect()
}

fn parameter(name: &str, input: &Input) -> Parameter {
    let mut choices = input.options.clone();
    choices.sort_by_key(|it| *it != input.default);
    Parameter {
        name: value::variable(&Expr::Input(name.to_owned())),
        kind: match input.kind {
            InputKind::Choice => "choice",
            InputKind::Boolean => "boolean",
            InputKind::String | InputKind::Number => "string",
        },
        choices,
        default: input.default.clone(),
        truth: input.default == "true",
        description: input.description.clone(),
    }
}

/// The schedule as Jenkins reads it, one line per alternative, in UTC.
pub(super) fn cron(plan: &Plan) -> Option<String> {
    let lines: Vec<String> =
        plan.triggers.schedule.iter().flat_map(Cron::alternatives).map(|cron| cron.posix()).collect();
    (!lines.is_empty()).then(|| format!("TZ=UTC\n{}", lines.join("\n")))
}

/// What happens to older builds: `cancel` or `queue`.
#[derive(Serialize)]
pub(super) struct Answer {
    kind: &'static str,
}

/// Jenkins holds back or stops whole builds only, so one answer must do for all jobs.
pub(super) fn concurrency(plan: &Plan, out: &mut Lowering<'_>) -> Option<Answer> {
    let asked = |wanted: Concurrency| plan.jobs.iter().any(|job| job.concurrency == wanted);
    let chosen = match (asked(Concurrency::CancelSuperseded), asked(Concurrency::Queue), asked(Concurrency::Parallel)) {
        (_, true, _) => Concurrency::Queue,
        (true, false, false) => Concurrency::CancelSuperseded,
        _ => Concurrency::Parallel,
    };
    for other in [Concurrency::CancelSuperseded, Concurrency::Queue, Concurrency::Parallel] {
        let jobs: Vec<&Job> = plan.jobs.iter().filter(|job| job.concurrency == other && other != chosen).collect();
        let Some(first) = jobs.first() else { continue };
        let why = match (chosen, other) {
            (Concurrency::Queue, Concurrency::CancelSuperseded) => "older builds are waited for, not cancelled",
            (Concurrency::Queue, _) => "the whole build waits for older ones",
            _ => "no older build is cancelled",
        };
        let names: Vec<String> = jobs.iter().map(|job| format!("`{}`", job.name)).collect();
        let message = format!("Jenkins has one answer for the whole build, so {why}, also for {}", names.join(", "));
        out.degrade(&first.place.key("concurrency"), message, "give all jobs the same `concurrency`");
    }
    match chosen {
        Concurrency::CancelSuperseded => Some(Answer { kind: "cancel" }),
        Concurrency::Queue => Some(Answer { kind: "queue" }),
        Concurrency::Parallel => None,
    }
}

/// Whether some job runs in a container.
pub(super) fn contained(plan: &Plan) -> bool {
    plan.jobs.iter().any(|job| is_contained(plan, job))
}

/// Variables of every job: the spec's, and the values that come from the build.
pub(super) fn environment(plan: &Plan) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = Vec::new();
    let texts = plan.jobs.iter().flat_map(|job| job.commands.iter().chain(&job.install).chain(job.env.values()));
    let used = commands::exprs(texts.chain(plan.env.values()));
    for (name, _) in plan.inputs() {
        let expr = Expr::Input(name.clone());
        let asked = plan.jobs.iter().any(|job| job.only.inputs.contains_key(name));
        if used.contains(&expr) || asked {
            pairs.push((value::variable(&expr), Value::code(value::code(&expr))));
        }
    }
    if used.contains(&Expr::GitBranch) {
        let branch = "env.CHANGE_BRANCH ?: (env.TAG_NAME ? '' : env.BRANCH_NAME ?: '')";
        pairs.push((value::variable(&Expr::GitBranch), Value::code(branch)));
    }
    let early = |(name, value): &(&String, &Text)| !job::needs_checkout(value) && !value::is_word_of_groovy(name);
    let global = plan.env.iter().filter(early);
    pairs.extend(global.map(|(name, value)| (name.clone(), Value::text(value, &value::code))));
    pairs.into_iter().map(|(name, value)| (name, value.for_environment())).collect()
}

/// The stages under the condition that the triggers are.
///
/// Jenkins knows what changed only after a checkout, and the stages come before theirs.
pub(super) fn guarded(plan: &Plan, stages: Vec<Stage>, out: &mut Lowering<'_>) -> Vec<Stage> {
    let when = condition::triggers(plan);
    if when.is_empty() {
        return stages;
    }
    let push = plan.triggers.push.as_ref().is_some_and(|it| !it.paths.is_empty());
    let request = plan.triggers.pull_request.as_ref().is_some_and(|it| !it.paths.is_empty());
    let mut guarded = Vec::new();
    if let (true, Some(leg)) = (push || request, plan.jobs.first().and_then(|job| job.legs.first())) {
        let label = runner::label(plan, leg, out);
        guarded.push(Stage {
            name: "what changed".to_owned(),
            comment: Some("`changeset` knows only what a checkout has found.".to_owned()),
            agent: Some(Agent { label: Some(Value::from(label)), container: None }),
            steps: vec![Step::Echo { text: "Checked out to see what changed".to_owned() }],
            ..Stage::default()
        });
    }
    guarded.push(Stage { name: "all jobs".to_owned(), when, stages, ..Stage::default() });
    guarded
}

/// The functions, of those that are always the same, that some step calls.
pub(super) fn uses(stages: &[Stage], functions: &[Function]) -> Vec<&'static str> {
    const KNOWN: &[&str] = &[
        "giveToAgent",
        "saveArtifact",
        "fetchArtifacts",
        "archiveArtifact",
        "checkoutMore",
        "startServices",
        "removeServices",
    ];
    let mut found: Vec<&'static str> = Vec::new();
    let mut add = |name: &str| {
        if let Some(known) = KNOWN.iter().find(|it| **it == name).filter(|it| !found.contains(it)) {
            found.push(known);
        }
    };
    functions.iter().for_each(|function| calls(&function.steps, &mut add));
    stages.iter().for_each(|stage| of_stage(stage, &mut add));
    found
}

fn of_stage(stage: &Stage, add: &mut dyn FnMut(&str)) {
    calls(&stage.steps, add);
    stage.post.iter().for_each(|post| calls(&post.steps, add));
    let cells = stage.matrix.iter().flat_map(|it| &it.stages);
    stage.stages.iter().chain(&stage.parallel).chain(cells).for_each(|it| of_stage(it, add));
}

fn calls(steps: &[Step], add: &mut dyn FnMut(&str)) {
    for step in steps {
        match step {
            Step::Call { function, .. } => add(function),
            Step::Checkout { .. } => add("checkoutMore"),
            Step::StartServices { .. } => add("startServices"),
            Step::Timeout { steps, .. }
            | Step::Retry { steps, .. }
            | Step::Env { steps, .. }
            | Step::Home { steps }
            | Step::Secrets { steps, .. }
            | Step::Cache { steps, .. } => calls(steps, add),
            Step::Sh { .. }
            | Step::Native { .. }
            | Step::Pwsh { .. }
            | Step::Echo { .. }
            | Step::Junit { .. }
            | Step::Archive { .. }
            | Step::DeleteDir
            | Step::DeleteTemporary => {}
        }
    }
}

/// Jenkins does not tell variables apart by case, on any machine.
///
/// <https://javadoc.jenkins.io/hudson/EnvVars.html>
pub(super) fn check_names(plan: &Plan, out: &mut Lowering<'_>) {
    let root = Place::root().key("env");
    let mut global: HashMap<String, &str> = HashMap::new();
    check_table(&plan.env, &root, &mut global, out);
    for job in plan.jobs.iter().filter(|job| !job.env.is_empty()) {
        check_table(&job.env, &job.place.key("env"), &mut global.clone(), out);
    }
}

/// Reports names that differ in nothing but case from each other or from those already `seen`.
fn check_table<'a>(
    env: &'a IndexMap<String, Text>,
    at: &Place,
    seen: &mut HashMap<String, &'a str>,
    out: &mut Lowering<'_>,
) {
    for name in env.keys() {
        let twin = *seen.entry(name.to_ascii_uppercase()).or_insert(name);
        let shadowed = SPECIAL.iter().find(|it| it.eq_ignore_ascii_case(name) && **it != name);
        if let Some(other) = Some(twin).filter(|it| *it != name).or(shadowed.copied()) {
            let message = format!("Jenkins takes `{name}` and `{other}` for the same variable");
            out.refuse(&at.key(name), message, "choose a name that differs in more than case");
        }
    }
}

/// Variables that are there anyway.
const SPECIAL: &[&str] =
    &["PATH", "HOME", "SHELL", "USER", "WORKSPACE", "BUILD_NUMBER", "BUILD_TAG", "BRANCH_NAME", "NODE_NAME"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_begins_with_its_default() {
        let options = ["a", "b", "c"].map(str::to_owned).to_vec();
        let input = Input { kind: InputKind::Choice, options, default: "b".into(), description: None };
        assert_eq!(parameter("level-of", &input).choices, ["b", "a", "c"]);
        assert_eq!(parameter("level-of", &input).name, "INPUT_LEVEL_OF");
    }
}
