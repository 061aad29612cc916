//! A second workflow, which publishes the results of pull requests from forks: their own runs have a token that only
//! reads.
//!
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#workflow_run>

use super::{
    artifact, expression, job, job::JobModel, permission, runner, setup, step::Step, triggers, Group, Workflow,
    TEMPLATE,
};
use crate::{
    plan::{Job, Plan, Text},
    systems::Lowering,
};

/// Runs whose token only reads: those of forks, and of Dependabot, which count as such.
///
/// <https://docs.github.com/en/code-security/reference/supply-chain-security/troubleshoot-dependabot/dependabot-on-actions>
const CONDITION: &str = "${{ github.event.workflow_run.event == 'pull_request' && \
                         (github.event.workflow_run.head_repository.full_name != github.repository || \
                         github.event.workflow_run.actor.login == 'dependabot[bot]') }}";

/// One branch of one fork: the newer result takes the place of the older one.
const GROUP: &str = "${{ github.workflow }}-${{ github.event.workflow_run.head_repository.full_name }}-\
                     ${{ github.event.workflow_run.head_branch }}";

/// How the step ends well where tests failed.
const ACCEPT_FAILED_TESTS: &str = " || [ $? -eq 1 ]";

/// Writes the workflow beside the first one, if there is anything to publish for forks.
pub(super) fn lower(plan: &Plan, out: &mut Lowering<'_>) {
    let Some((report, gate)) = plan.published_for_forks().zip(plan.jobs.last().filter(|it| it.gate)) else { return };
    let model = JobModel {
        id: "report".to_owned(),
        name: "report".to_owned(),
        description: Some("Publishes the result of a pull request from a fork, whose own run may only read".to_owned()),
        condition: Some(CONDITION.to_owned()),
        runs_on: serde_json::to_value(runner::of(plan, &gate.legs[0], out)).unwrap_or_default(),
        permissions: permission::for_forks(report),
        steps: steps(plan, gate, out),
        ..JobModel::default()
    };
    // An override may call the first workflow by another name.
    let first = out.slot("name").unwrap_or_else(|| plan.name.clone());
    let workflow = Workflow {
        header: out.header.clone(),
        name: format!("{first} report"),
        on: triggers::after(first),
        env: plan.env.iter().filter_map(|(name, value)| Some((name.clone(), known(value)?))).collect(),
        concurrency: Some(Group { name: GROUP.to_owned(), cancel: true }),
        jobs: vec![model],
        ..Workflow::default()
    };
    let path = match out.path.rsplit_once('.') {
        Some((stem, extension)) => format!("{stem}-report.{extension}"),
        None => format!("{}-report", out.path),
    };
    out.file(path, &TEMPLATE, &workflow);
}

/// A variable that is the same in every run; the others are about a run that is over.
fn known(value: &Text) -> Option<String> {
    value.as_literal().map(expression::escape)
}

/// What the gate does, with the reports of the other run. The checkout is the default branch's: on this event that is
/// what the action takes, and the spec and all that it runs come from there.
fn steps(plan: &Plan, gate: &Job, out: &mut Lowering<'_>) -> Vec<Step> {
    let nothing = |_: &_| None;
    let mut steps: Vec<Step> = job::checkout(plan, gate).into_iter().collect();
    steps.push(artifact::reports_of_run(plan));
    steps.extend(setup::lower(plan, gate));
    let at = gate.place.key("install");
    steps.push(job::run(plan, gate, "Install", &gate.install, 0, &nothing, &at, out));
    let at = gate.place.key("run");
    let mut publish = job::run(plan, gate, "Publish", &commands(gate), 0, &nothing, &at, out);
    publish.env.push((permission::TOKEN.to_owned(), permission::JOB_TOKEN.to_owned()));
    publish.env.extend(job::secrets(gate, out));
    steps.push(publish);
    steps
}

/// The gate's commands, good also after failed tests: those make the other run red, and this one has done its work.
fn commands(gate: &Job) -> Vec<Text> {
    let mut commands = gate.commands.clone();
    if let Some(last) = commands.last_mut() {
        last.push_lit(ACCEPT_FAILED_TESTS);
        let why = "# Failed tests (1) are the first workflow's failure; this one has published them.";
        commands.insert(0, Text::literal(why));
    }
    commands
}
