//! The pipelines in the file: which steps each has, level by level.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    class::Kind,
    pattern,
    section::{Entry, Sections},
    step::Step,
    Pair,
};
use crate::{
    diag::Place,
    plan::{Glob, Paths, Plan},
    spec::{Event, InputKind},
    systems::Lowering,
};

/// `branches`, `tags`, `pull-requests` or `custom`.
#[derive(Serialize)]
pub(super) struct Section {
    /// Whether something stands before it.
    apart: bool,
    name: &'static str,
    pipelines: Vec<Pipeline>,
}

/// One pipeline.
#[derive(Clone, Serialize)]
pub(super) struct Pipeline {
    key: String,
    comment: Option<String>,
    variables: Vec<Variable>,
    groups: Vec<Group>,
}

/// Something that a person fills in.
#[derive(Clone, Serialize)]
struct Variable {
    name: String,
    fields: Vec<Pair>,
    allowed: Vec<String>,
}

/// Steps that start together.
#[derive(Clone, Serialize)]
struct Group {
    fail_fast: bool,
    parallel: bool,
    steps: Vec<Use>,
}

/// A step by its anchor.
#[derive(Clone, Serialize)]
struct Use {
    anchor: String,
    condition: Option<Condition>,
}

/// A condition on changed files: written out where it comes first, named everywhere else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Condition {
    anchor: String,
    alias: bool,
    key: &'static str,
    paths: Vec<String>,
}

/// At most so many steps: <https://support.atlassian.com/bitbucket-cloud/docs/step-options/>
const MOST_STEPS: usize = 100;

/// The default pipeline and the sections with keys.
pub(super) fn lower(
    plan: &Plan,
    sections: &Sections,
    steps: &mut [Step],
    out: &mut Lowering<'_>,
) -> (Option<Pipeline>, Vec<Section>) {
    let size = |entry: &Entry| entry.jobs.iter().map(|index| plan.jobs[*index].legs.len()).sum::<usize>();
    if let Some(largest) = sections.all().max_by_key(|entry| size(entry)) {
        check_size(plan, largest, size(largest), out);
    }
    // A condition that all pipelines of a job share stands in its steps.
    let mut of_job: Vec<Vec<Option<Condition>>> = vec![Vec::new(); plan.jobs.len()];
    for entry in sections.all() {
        let condition = condition(plan, entry);
        entry.jobs.iter().for_each(|index| of_job[*index].push(condition.clone()));
    }
    for step in steps.iter_mut() {
        if let Some((first, others)) = of_job[step.job].split_first() {
            step.condition = first.clone().filter(|_| others.iter().all(|it| it == first));
        }
    }
    let mut by_job: Vec<Vec<&Step>> = vec![Vec::new(); plan.jobs.len()];
    steps.iter().for_each(|step| by_job[step.job].push(step));
    let mut pipelines = |entries: &[Entry]| -> Vec<Pipeline> {
        entries.iter().flat_map(|entry| pipeline(plan, entry, &by_job, out)).collect()
    };
    let mut default = pipelines(sections.default.as_slice()).pop();
    let keyed = [
        ("branches", &sections.branches),
        ("tags", &sections.tags),
        ("pull-requests", &sections.pull_requests),
        ("custom", &sections.custom),
    ];
    let keyed = keyed.map(|(name, entries)| Section { apart: true, name, pipelines: pipelines(entries) });
    let mut keyed: Vec<Section> = keyed.into_iter().filter(|it| !it.pipelines.is_empty()).collect();
    if let Some(first) = keyed.first_mut() {
        first.apart = default.is_some();
    }
    name_conditions(steps, default.as_mut(), &mut keyed);
    (default, keyed)
}

fn check_size(plan: &Plan, entry: &Entry, total: usize, out: &mut Lowering<'_>) {
    if total <= MOST_STEPS {
        return;
    }
    let largest = entry.jobs.iter().map(|index| &plan.jobs[*index]).max_by_key(|job| job.legs.len());
    let at = largest
        .map_or(Place::root().key("job"), |job| job.place.key(if job.matrix.is_some() { "matrix" } else { "shards" }));
    let message = format!("the pipeline has {total} steps, one per leg; Bitbucket allows {MOST_STEPS}");
    out.limit(&at, message, "https://support.atlassian.com/bitbucket-cloud/docs/step-options/");
}

/// A pipeline under each of its keys.
fn pipeline(plan: &Plan, entry: &Entry, steps: &[Vec<&Step>], out: &mut Lowering<'_>) -> Vec<Pipeline> {
    let own = condition(plan, entry);
    let mut groups = Vec::new();
    let mut levels: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for index in &entry.jobs {
        levels.entry(plan.jobs[*index].level).or_default().push(*index);
    }
    for jobs in levels.into_values() {
        let fails_fast = |index: &usize| plan.jobs[*index].matrix.as_ref().is_some_and(|it| it.fail_fast);
        let fail_fast = jobs.len() == 1 && jobs.iter().any(fails_fast);
        for index in jobs.iter().filter(|index| fails_fast(index) && !fail_fast) {
            let at = plan.jobs[*index].place.key("matrix").key("fail-fast");
            let message = "other jobs are in the same parallel group, so a failure does not stop the other legs";
            out.degrade(&at, message, "give the job a level of its own by `needs`");
        }
        let of_level = jobs.iter().flat_map(|index| &steps[*index]);
        let uses: Vec<Use> = of_level
            .map(|step| Use {
                anchor: step.anchor.clone(),
                condition: own.clone().filter(|_| step.condition.is_none()),
            })
            .collect();
        if !uses.is_empty() {
            groups.push(Group { fail_fast, parallel: uses.len() > 1, steps: uses });
        }
    }
    let keys = if entry.patterns.is_empty() { vec![String::new()] } else { pattern::keys(&entry.patterns) };
    let make = |key: String| Pipeline {
        key,
        comment: (entry.event == Event::Schedule).then(|| schedules(plan)),
        variables: if entry.event == Event::Manual { variables(plan) } else { Vec::new() },
        groups: groups.clone(),
    };
    keys.into_iter().map(make).collect()
}

/// Tags have no filter on files, and neither has what a person or the clock starts.
fn condition(plan: &Plan, entry: &Entry) -> Option<Condition> {
    let triggers = &plan.triggers;
    let paths = match entry.event {
        Event::Push if entry.kind == Kind::Branch => &triggers.push.as_ref()?.paths,
        Event::PullRequest => &triggers.pull_request.as_ref()?.paths,
        Event::Push | Event::Schedule | Event::Manual => return None,
    };
    changesets(paths)
}

/// <https://support.atlassian.com/bitbucket-cloud/docs/step-options/#Condition>
fn changesets(paths: &Paths) -> Option<Condition> {
    let (key, globs) = match (paths.include.as_slice(), paths.ignore.as_slice()) {
        ([], []) => return None,
        ([], ignore) => ("excludePaths", ignore),
        (include, _) => ("includePaths", include),
    };
    let paths = globs.iter().flat_map(|glob: &Glob| pattern::native(glob)).collect();
    Some(Condition { anchor: String::new(), alias: false, key, paths })
}

/// Names every condition that comes twice; leg ids hold no `_` inside, so the names are free.
fn name_conditions(steps: &mut [Step], default: Option<&mut Pipeline>, sections: &mut [Section]) {
    let of_steps = steps.iter_mut().filter_map(|it| it.condition.as_mut());
    let pipelines = default.into_iter().chain(sections.iter_mut().flat_map(|it| &mut it.pipelines));
    let uses = pipelines.flat_map(|it| &mut it.groups).flat_map(|it| &mut it.steps);
    let mut all: Vec<&mut Condition> = of_steps.chain(uses.filter_map(|it| it.condition.as_mut())).collect();
    let mut kinds: Vec<(Condition, usize)> = Vec::new();
    for condition in &all {
        match kinds.iter_mut().find(|(it, _)| it == *condition) {
            Some((_, count)) => *count += 1,
            None => kinds.push(((*condition).clone(), 1)),
        }
    }
    let mut seen = vec![false; kinds.len()];
    for condition in &mut all {
        let Some(at) = kinds.iter().position(|(it, count)| it == *condition && *count > 1) else { continue };
        condition.anchor = format!("changes_{}", at + 1);
        condition.alias = seen[at];
        seen[at] = true;
    }
}

/// What has to be set up by hand; the API wants seconds and years as well.
///
/// <https://developer.atlassian.com/cloud/bitbucket/rest/api-group-pipelines/#api-repositories-workspace-repo-slug-pipelines-config-schedules-post>
fn schedules(plan: &Plan) -> String {
    let mut lines = vec!["Create schedules for this pipeline, in UTC:".to_owned()];
    for cron in plan.triggers.schedule.iter().flat_map(crate::plan::Cron::alternatives) {
        for it in cron.quartz() {
            lines.push(format!(
                "{} (cron_pattern of the API: {} {} {} {} {} {} *)",
                cron.posix(),
                it.seconds,
                it.minutes,
                it.hours,
                it.day_of_month,
                it.month,
                it.day_of_week
            ));
        }
    }
    lines.join("\n")
}

/// <https://support.atlassian.com/bitbucket-cloud/docs/pipeline-start-conditions/>
fn variables(plan: &Plan) -> Vec<Variable> {
    let variable = |(name, input): (&String, &crate::plan::Input)| {
        let variable = crate::plan::Expr::Input(name.clone()).variable().unwrap_or_default();
        let mut fields = vec![("default".to_owned(), input.default.clone())];
        if let Some(description) = &input.description {
            fields.push(("description".to_owned(), description.clone()));
        }
        let allowed = match input.kind {
            InputKind::Choice => input.options.clone(),
            InputKind::Boolean => vec!["true".to_owned(), "false".to_owned()],
            InputKind::String | InputKind::Number => Vec::new(),
        };
        Variable { name: variable, fields, allowed }
    };
    plan.inputs().map(variable).collect()
}
