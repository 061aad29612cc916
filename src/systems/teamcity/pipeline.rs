//! The builds that start everything: each depends on all that an event runs, and has the event's triggers.

use serde::Serialize;

use super::{
    branch,
    build::{Dependency, Snapshot},
    condition,
    shape::Shape,
    text, Pair,
};
use crate::{
    diag::Place,
    plan::{Cron, Expr, Glob, Input, Plan},
    spec::{Event, InputKind},
    systems::{commands, Lowering},
};

#[derive(Serialize)]
pub(super) struct Pipeline {
    identifier: String,
    name: String,
    inputs: Vec<InputModel>,
    vcs: Vec<VcsTrigger>,
    schedules: Vec<Vec<Pair>>,
    dependencies: Vec<Dependency>,
}

/// What a person is asked for.
#[derive(Serialize)]
struct InputModel {
    kind: &'static str,
    name: String,
    default: String,
    label: String,
    description: Option<String>,
    options: Vec<String>,
}

/// <https://www.jetbrains.com/help/teamcity/configuring-vcs-triggers.html>
#[derive(Serialize)]
struct VcsTrigger {
    branches: String,
    rules: Option<String>,
}

/// One pipeline per set of jobs that some event runs.
///
/// Triggers belong to the build that is wanted in the end:
/// <https://www.jetbrains.com/help/teamcity/build-dependencies-setup.html>
pub(super) fn lower(plan: &Plan, shapes: &[Shape<'_>], out: &mut Lowering<'_>) -> Vec<Pipeline> {
    let mut sets: Vec<(Vec<usize>, Vec<Event>)> = Vec::new();
    for event in Event::ALL.iter().copied().filter(|event| plan.triggers.has(*event)) {
        let jobs = plan.jobs.iter().enumerate().filter(|(_, job)| condition::allows(plan, job, event));
        let jobs: Vec<usize> = jobs.map(|(index, _)| index).collect();
        match sets.iter_mut().find(|(it, _)| *it == jobs) {
            Some((_, events)) => events.push(event),
            None if jobs.is_empty() => {}
            None => sets.push((jobs, vec![event])),
        }
    }
    let single = sets.len() == 1;
    sets.iter().map(|(jobs, events)| pipeline(plan, shapes, jobs, events, single, out)).collect()
}

fn pipeline(
    plan: &Plan,
    shapes: &[Shape<'_>],
    jobs: &[usize],
    events: &[Event],
    single: bool,
    out: &mut Lowering<'_>,
) -> Pipeline {
    let (identifier, suffix) = match single {
        true => ("Pipeline".to_owned(), String::new()),
        false => {
            let words: Vec<&str> = events.iter().map(|it| word(*it)).collect();
            let keys: Vec<&str> = events.iter().map(|it| it.key()).collect();
            (format!("PipelineOn{}", words.concat()), format!(" ({})", keys.join(", ")))
        }
    };
    // A job that may fail hides whether what it needs has succeeded.
    let vouches = |other: &usize, job: &usize| {
        let (needs, need) = (&plan.jobs[*other], &plan.jobs[*job]);
        needs.needs.contains(job) && condition::depends(plan, needs, need) && !shapes[*other].may_fail
    };
    let vouched = |job: &usize| jobs.iter().any(|other| vouches(other, job));
    let dependencies = jobs.iter().filter(|job| !vouched(job)).map(|job| Dependency {
        on: shapes[*job].target.clone(),
        list: None,
        snapshot: Some(Snapshot::summary(shapes[*job].may_fail)),
        artifacts: None,
    });
    let name = match plan.jobs.iter().any(|job| job.name.eq_ignore_ascii_case(&plan.name)) && suffix.is_empty() {
        true => format!("{} (pipeline)", plan.name),
        false => format!("{}{suffix}", plan.name),
    };
    let inputs = plan.inputs().filter(|_| events.contains(&Event::Manual));
    Pipeline {
        identifier,
        name: text::escape(&name),
        inputs: inputs.map(|(name, input)| self::input(name, input)).collect(),
        vcs: events.iter().flat_map(|event| vcs(plan, *event, out)).collect(),
        schedules: match events.contains(&Event::Schedule) {
            true => plan.triggers.schedule.iter().flat_map(schedules).collect(),
            false => Vec::new(),
        },
        dependencies: dependencies.collect(),
    }
}

fn word(event: Event) -> &'static str {
    match event {
        Event::Push => "Push",
        Event::PullRequest => "PullRequest",
        Event::Schedule => "Schedule",
        Event::Manual => "Manual",
    }
}

fn vcs(plan: &Plan, event: Event, out: &mut Lowering<'_>) -> Vec<VcsTrigger> {
    let at = Place::root().key("on");
    match (event, &plan.triggers.push, &plan.triggers.pull_request) {
        (Event::Push, Some(push), _) => {
            let at = at.key("push");
            let rules = branch::paths(&push.paths, &at, out);
            let mut branches = filters(&push.branches, "", &at.key("branches"), out);
            let wild = push.branches.iter().any(|glob| !glob.is_literal());
            if !push.tags.is_empty() && branches.iter().any(|rule| may_pass_tags(rule)) {
                branches.push("-:tags/*".to_owned());
            }
            if wild && plan.triggers.has(Event::PullRequest) {
                branches.push("-pr:*".to_owned());
            }
            let tags = filters(&push.tags, "tags/", &at.key("tags"), out);
            // Which files a tag changes is no question.
            let mut triggers = match rules {
                Some(_) => vec![(branches, rules), (tags, None)],
                None => vec![([branches, tags].concat(), None)],
            };
            triggers.retain(|(filters, _)| !filters.is_empty());
            triggers.into_iter().map(|(filters, rules)| VcsTrigger { branches: filters.join("\n"), rules }).collect()
        }
        (Event::PullRequest, _, Some(requests)) => {
            let rules = branch::paths(&requests.paths, &at.key("pull-request"), out);
            vec![VcsTrigger { branches: "+pr:*".to_owned(), rules }]
        }
        _ => Vec::new(),
    }
}

/// Whether a rule on branches lets `tags/…` pass, too.
fn may_pass_tags(rule: &str) -> bool {
    let pattern = rule.trim_start_matches("+:").split_once('*');
    pattern.is_some_and(|(before, _)| "tags/".starts_with(before) || before.starts_with("tags/"))
}

/// The rules of some globs, each once.
pub(super) fn filters(globs: &[Glob], prefix: &str, at: &Place, out: &mut Lowering<'_>) -> Vec<String> {
    let mut rules: Vec<String> = Vec::new();
    for (index, glob) in globs.iter().enumerate() {
        for rule in branch::rules(glob, prefix, &at.index(index), out) {
            if !rules.contains(&rule) {
                rules.push(rule);
            }
        }
    }
    rules
}

/// <https://www.jetbrains.com/help/teamcity/cron-expressions-in-teamcity.html>
fn schedules(cron: &Cron) -> Vec<Vec<Pair>> {
    let fields = cron.quartz().into_iter().map(|quartz| {
        let fields = [
            ("seconds", quartz.seconds),
            ("minutes", quartz.minutes),
            ("hours", quartz.hours),
            ("dayOfMonth", quartz.day_of_month),
            ("month", quartz.month),
            ("dayOfWeek", quartz.day_of_week),
            ("timezone", "UTC".to_owned()),
        ];
        fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    });
    fields.collect()
}

/// The value reaches every build that the pipeline depends on:
/// <https://www.jetbrains.com/help/teamcity/use-parameters-in-build-chains.html>
fn input(name: &str, input: &Input) -> InputModel {
    InputModel {
        kind: match input.kind {
            InputKind::Choice => "select",
            InputKind::Boolean => "checkbox",
            InputKind::Number => "number",
            InputKind::String => "text",
        },
        name: format!("reverse.dep.*.env.{}", commands::variable(&Expr::Input(name.to_owned()))),
        default: text::escape(&input.default),
        label: text::escape(name),
        description: input.description.as_deref().map(text::escape),
        options: input.options.iter().map(|it| text::escape(it)).collect(),
    }
}
