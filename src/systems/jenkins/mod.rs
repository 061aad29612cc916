//! Jenkins: a declarative pipeline for a multibranch job.
//!
//! Syntax: <https://www.jenkins.io/doc/book/pipeline/syntax/>. Jobs become stages by level, since declarative
//! pipelines have no graph; nothing parallel can hold anything parallel, so a job with several legs has a stage of its
//! own.

mod artifact;
mod cache;
mod condition;
mod detect;
mod job;
mod kind;
mod matrix;
mod runner;
mod service;
mod size;
mod slots;
mod stage;
mod steps;
mod support;
mod top;
mod value;

use serde::Serialize;
use serde_json::Value;

use self::stage::{Function, Pair, Stage};
use super::{Feature, Lowering, Native, Support, System};
use crate::{
    plan::{Job, Plan},
    render::{Language, Template},
};

/// Jenkins.
pub(super) struct Jenkins;

static TEMPLATE: Template = Template::new(
    "jenkins/Jenkinsfile.j2",
    include_str!("../../../templates/jenkins/Jenkinsfile.j2"),
    Language::Groovy,
);

#[derive(Serialize)]
struct Pipeline {
    header: [String; 2],
    /// Which of the functions that are always the same the file needs.
    uses: Vec<&'static str>,
    functions: Vec<Function>,
    concurrency: Option<top::Answer>,
    days: Option<u64>,
    cron: Option<String>,
    parameters: Vec<top::Parameter>,
    contained: bool,
    environment_pairs: Vec<Pair>,
    texts: slots::Texts,
    all: Vec<Stage>,
}

impl System for Jenkins {
    fn path(&self) -> &'static str {
        "Jenkinsfile"
    }

    fn places(&self) -> &'static [&'static str] {
        &["Jenkinsfile"]
    }

    fn support(&self, feature: Feature) -> Support {
        support::support(feature)
    }

    fn runner_schema(&self) -> Value {
        runner::schema()
    }

    fn native(&self) -> Native {
        Native::Text(&slots::SLOTS)
    }

    fn templates(&self) -> Vec<&'static Template> {
        vec![&TEMPLATE]
    }

    fn lower(&self, plan: &Plan, out: &mut Lowering<'_>) {
        top::check_names(plan, out);
        let sharing = artifact::Sharing::of(plan);
        let lowered: Vec<job::Lowered> = plan.jobs.iter().map(|it| job::lower(plan, &sharing, it, out)).collect();
        let (stages, functions): (Vec<Stage>, Vec<Vec<Function>>) =
            lowered.into_iter().map(|it| (it.stage, it.functions)).unzip();
        let functions: Vec<Function> = functions.into_iter().flatten().collect();
        let mut stages = arranged(plan, stages, out);
        let gate = stages.pop_if(|_| plan.jobs.last().is_some_and(|job| job.gate));
        stages.extend(slots::raw(out));
        let stages = judged(stages, gate);
        size::check(plan, &stages, &functions, out);
        let pipeline = Pipeline {
            header: out.header.clone(),
            uses: top::uses(&stages, &functions),
            concurrency: top::concurrency(plan, out),
            days: artifact::days(plan, out),
            cron: top::cron(plan),
            parameters: top::parameters(plan),
            contained: top::contained(plan),
            environment_pairs: top::environment(plan),
            texts: slots::Texts::of_file(out),
            all: top::guarded(plan, stages, out),
            functions,
        };
        let path = out.path.clone();
        out.file(path, &TEMPLATE, &pipeline);
    }
}

/// The jobs' stages in order: of each level first the single jobs side by side, then each job with several legs.
fn arranged(plan: &Plan, stages: Vec<Stage>, out: &mut Lowering<'_>) -> Vec<Stage> {
    let mut stages: Vec<Option<Stage>> = stages.into_iter().map(Some).collect();
    let mut arranged = Vec::new();
    let mut before: Vec<usize> = Vec::new();
    for level in plan.levels() {
        let is_single = |index: &usize| !plan.jobs[*index].is_parallel();
        let (single, several): (Vec<usize>, Vec<usize>) = level.into_iter().partition(is_single);
        let names: Vec<&str> = single.iter().map(|index| plan.jobs[*index].name.as_str()).collect();
        let mut side_by_side: Vec<Stage> = single.iter().filter_map(|index| stages[*index].take()).collect();
        if side_by_side.len() > job::MOST_BRANCHES {
            let message = format!("{} jobs; Jenkins compiles at most {} side by side", names.len(), job::MOST_BRANCHES);
            let at = crate::diag::Place::root().key("job");
            out.limit(&at, message, job::MOST_BRANCHES_SOURCE);
        }
        match side_by_side.len() {
            0 => {}
            1 => arranged.append(&mut side_by_side),
            _ => arranged.push(Stage { name: together(&names), parallel: side_by_side, ..Stage::default() }),
        }
        for index in &single {
            tied(plan, *index, &before, out);
        }
        before.extend(single);
        for index in several {
            tied(plan, index, &before, out);
            before.push(index);
            arranged.extend(stages[index].take());
        }
    }
    arranged
}

/// The gate's stage is the last one and runs whatever became of those before it, which are one stage for that.
///
/// <https://www.jenkins.io/doc/pipeline/steps/workflow-basic-steps/#catcherror-catch-error-and-set-build-result-to-failure>
fn judged(stages: Vec<Stage>, gate: Option<Stage>) -> Vec<Stage> {
    let Some(gate) = gate else { return stages };
    let others = Stage { name: "jobs before the gate".to_owned(), goes_on: true, stages, ..Stage::default() };
    vec![others, gate]
}

/// Says which jobs of earlier stages must succeed for a job that does not need them: Jenkins starts no stage behind a
/// failed one.
fn tied(plan: &Plan, index: usize, before: &[usize], out: &mut Lowering<'_>) {
    let mut needs = vec![index];
    let mut next = 0;
    while let Some(job) = needs.get(next) {
        needs.extend(plan.jobs[*job].needs.iter().filter(|it| !needs.contains(it)).copied().collect::<Vec<_>>());
        next += 1;
    }
    let can_fail = |job: &Job| job.legs.iter().any(|leg| !leg.allow_failure);
    let others = before.iter().filter(|it| !needs.contains(it)).map(|it| &plan.jobs[*it]).filter(|job| can_fail(job));
    let names: Vec<&str> = others.map(|job| job.name.as_str()).collect();
    if !names.is_empty() {
        let job = &plan.jobs[index];
        let list = names.join("` or `");
        let message = format!("`{}` does not start after a failure of `{list}`, which it does not need", job.name);
        let help =
            "Jenkins starts no stage after a failed one: mend that job first, or give this one a spec of its own";
        out.degrade(&job.place, message, help);
    }
}

/// A name that no job has, since there is a comma in it.
fn together(names: &[&str]) -> String {
    match names {
        [first, second, third, rest @ ..] if rest.len() > 1 => {
            format!("{first}, {second}, {third} and {} more", rest.len())
        }
        _ => names.join(", "),
    }
}

/// Whether a job starts containers or runs in one.
fn is_contained(plan: &Plan, job: &Job) -> bool {
    job.legs.iter().any(|leg| kind::Kind::of(plan, leg).contained)
}
