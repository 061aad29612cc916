//! Triggers and the inputs of manual runs.

use serde::Serialize;

use super::{glob, value, Pair};
use crate::{
    diag::Place,
    plan::{Cron, Glob, Input, Paths, Plan},
    spec::{Concurrency, InputKind},
    systems::Lowering,
};

/// `trigger` or `pr`.
#[derive(Serialize)]
pub(super) struct Trigger {
    /// `batch` or `autoCancel`.
    switch: Pair,
    branches: Filter,
    tags: Filter,
    paths: Filter,
}

#[derive(Default, Serialize)]
struct Filter {
    include: Vec<String>,
    exclude: Vec<String>,
    any: bool,
}

#[derive(Serialize)]
pub(super) struct Schedule {
    cron: String,
    branches: Vec<String>,
}

#[derive(Serialize)]
pub(super) struct Parameter {
    name: String,
    description: Option<String>,
    kind: &'static str,
    /// Text for every type, as the published schema wants it.
    default: String,
    values: Vec<String>,
}

/// <https://learn.microsoft.com/azure/devops/pipelines/yaml-schema/trigger>
pub(super) fn push(plan: &Plan, out: &mut Lowering<'_>) -> Option<Trigger> {
    let push = plan.triggers.push.as_ref()?;
    let at = Place::root().key("on").key("push");
    let waits = plan.jobs.iter().any(|job| job.concurrency == Concurrency::Queue);
    let branches = match push.branches.is_empty() {
        // An absent filter might be taken for every branch.
        true => filter(Vec::new(), vec!["*".to_owned()]),
        false => names(&push.branches, &at.key("branches"), out),
    };
    Some(Trigger {
        switch: ("batch".to_owned(), waits.to_string()),
        branches,
        tags: names(&push.tags, &at.key("tags"), out),
        paths: paths(&push.paths, &at, out),
    })
}

/// <https://learn.microsoft.com/azure/devops/pipelines/yaml-schema/pr>
pub(super) fn pull_request(plan: &Plan, out: &mut Lowering<'_>) -> Option<Trigger> {
    let pull_request = plan.triggers.pull_request.as_ref()?;
    let at = Place::root().key("on").key("pull-request");
    let cancels = |job: &crate::plan::Job| job.concurrency == Concurrency::CancelSuperseded;
    Some(Trigger {
        switch: ("autoCancel".to_owned(), plan.jobs.iter().any(cancels).to_string()),
        branches: match pull_request.branches.is_empty() {
            true => filter(vec!["*".to_owned()], Vec::new()),
            false => names(&pull_request.branches, &at.key("branches"), out),
        },
        tags: Filter::default(),
        paths: paths(&pull_request.paths, &at, out),
    })
}

fn filter(include: Vec<String>, exclude: Vec<String>) -> Filter {
    let any = !include.is_empty() || !exclude.is_empty();
    Filter { include, exclude, any }
}

fn names(globs: &[Glob], at: &Place, out: &mut Lowering<'_>) -> Filter {
    let lists = glob::lists(globs);
    for index in lists.wide {
        let message = format!("on Azure `{}` also matches names with more `/`", globs[index].text());
        out.degrade(&at.index(index), message, "write `**`, or list the names");
    }
    filter(lists.include, lists.exclude)
}

fn paths(paths: &Paths, at: &Place, out: &mut Lowering<'_>) -> Filter {
    for (globs, key) in [(&paths.include, "paths"), (&paths.ignore, "paths-ignore")] {
        for (index, glob) in globs.iter().enumerate().filter(|(_, glob)| glob::path_is_wide(glob)) {
            let message = format!("on Azure `{}` also matches files in directories below", glob.text());
            out.degrade(&at.key(key).index(index), message, "write `**`, or list the files");
        }
    }
    let patterns = |globs: &[Glob]| globs.iter().map(glob::path).collect::<Vec<_>>();
    filter(patterns(&paths.include), patterns(&paths.ignore))
}

/// Both day fields of Azure's must match, so a line that means either becomes two.
///
/// <https://learn.microsoft.com/azure/devops/pipelines/yaml-schema/schedules-cron>
pub(super) fn schedules(plan: &Plan) -> Vec<Schedule> {
    let lines = plan.triggers.schedule.iter().flat_map(Cron::alternatives);
    lines.map(|cron| Schedule { cron: cron.posix(), branches: default_branches(plan) }).collect()
}

/// What stands for the default branch, which the file cannot name.
fn default_branches(plan: &Plan) -> Vec<String> {
    let pushed = plan.triggers.push.iter().flat_map(|push| &push.branches);
    match pushed.into_iter().find(|glob| glob.is_literal()) {
        Some(branch) => vec![branch.text().to_owned()],
        None => vec!["main".to_owned(), "master".to_owned()],
    }
}

/// <https://learn.microsoft.com/azure/devops/pipelines/yaml-schema/parameters-parameter>
pub(super) fn parameter(name: &str, input: &Input, out: &mut Lowering<'_>) -> Parameter {
    let at = Place::root().key("on").key("manual").key("inputs").key(name);
    value::check_plain(&input.default, &at.key("default"), out);
    value::check_plain(input.description.as_deref().unwrap_or_default(), &at.key("description"), out);
    for (index, option) in input.options.iter().enumerate() {
        value::check_plain(option, &at.key("options").index(index), out);
    }
    Parameter {
        name: value::parameter(name),
        description: input.description.clone(),
        kind: match input.kind {
            InputKind::Choice | InputKind::String => "string",
            InputKind::Boolean => "boolean",
            InputKind::Number => "number",
        },
        default: input.default.clone(),
        values: input.options.clone(),
    }
}
