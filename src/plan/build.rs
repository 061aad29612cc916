//! A spec to a plan: resolves names, merges defaults, orders jobs.

use std::collections::HashMap;

use indexmap::{IndexMap, IndexSet};

use super::{
    builder::{elements, misplaced, Builder},
    drift_check, env, hooks, job, native, pins,
    registry::{slug, Registry},
    report, tool, triggers, unused, Expr, Job, Only, Plan, Refs, Runner, Service,
};
use crate::{
    diag::{has_errors, Diagnostic, Place},
    pins::Set,
    spec::{Event, Os, ServiceUse, Spec},
};

/// Resolves a spec. The plan is complete only if no diagnostic is an error.
///
/// Every problem is reported, not only the first.
///
/// ```
/// use ci_gen::{plan, spec, systems};
/// let text = "schema = 1\ntargets = [\"github\"]\n[job.unit]\ntest = \"make test\"\nshards = 2\n";
/// let loaded = spec::load(text, &systems::schema().unwrap()).unwrap();
/// let (plan, diagnostics) = plan::build(&loaded.spec);
/// assert!(diagnostics.is_empty());
/// assert_eq!(plan.jobs[0].legs.len(), 2);
/// ```
pub fn build(spec: &Spec) -> (Plan, Vec<Diagnostic>) {
    let mut builder = Builder { spec, diagnostics: Vec::new() };
    let triggers = triggers::build(&mut builder);
    let inputs: IndexSet<String> = triggers.manual.iter().flatten().map(|(name, _)| name.clone()).collect();
    let mut plan = Plan {
        name: spec.name.clone().unwrap_or_else(|| "ci".to_owned()),
        triggers,
        env: IndexMap::new(),
        runners: runners(&mut builder),
        services: IndexMap::new(),
        jobs: Vec::new(),
        pins: pins::build(&mut builder),
        images: IndexMap::new(),
        report: report::build(&mut builder),
        hooks: hooks::build(&mut builder),
        tool: None,
    };
    let tool = tool::Tool::new(&mut builder);
    targets(&mut builder);
    plan.name = builder.literal(&plan.name, &Place::root().key("name"));
    if plan.name.chars().any(char::is_control) {
        builder.error("name", Place::root().key("name"), "the pipeline's name holds a control character", None);
    }
    plan.env = env::global(&mut builder, &inputs);
    plan.services = services(&mut builder);
    let mut names = Registry::new(&mut builder);
    let drift_check = drift_check::job(&mut builder, &plan.triggers, &tool);
    names.leg_ids.extend(drift_check.iter().map(|_| drift_check::NAME.to_owned()));
    names.leg_ids.extend(plan.report.iter().map(|it| slug(&it.gate)));
    if drift_check.is_some() || plan.report.is_some() {
        plan.tool = Some(tool.clone());
    }
    for (name, own) in &spec.job {
        let at = Place::root().key("job").key(name);
        let job = job::build(&mut builder, &plan, &inputs, &mut names, name, job::merged(&spec.defaults, own), at);
        plan.jobs.push(job);
    }
    if let Some(own) = drift_check {
        let (name, at) = (drift_check::NAME, drift_check::place());
        plan.jobs.push(job::build(&mut builder, &plan, &inputs, &mut names, name, own, at));
        tool::relocate(&mut builder.diagnostics, &drift_check::place());
    }
    report::check(&mut builder, &plan);
    if let Some(name) = plan.report.as_ref().map(|it| it.gate.clone()) {
        let (own, at) = (report::gate(&builder, &tool), report::place());
        let gate = job::build(&mut builder, &plan, &inputs, &mut names, &name, own, at.clone());
        plan.jobs.push(Job { gate: true, ..gate });
        tool::relocate(&mut builder.diagnostics, &at);
    }
    native::check(&mut builder, &plan);
    if spec.job.is_empty() {
        let help = "add a `[job.NAME]` with `test = \"…\"` or `run = \"…\"`";
        builder.error("no-jobs", Place::root(), "the spec has no job", Some(help.to_owned()));
    }
    order(&mut builder, &mut plan);
    inherit_conditions(&mut builder, &mut plan);
    plan.images = pins::images(&plan);
    plan.pin(Set::new());
    // What a fault hides may be used after all.
    if !has_errors(&builder.diagnostics) {
        builder.diagnostics.extend(unused::check(spec, &plan));
    }
    (plan, builder.diagnostics)
}

fn targets(builder: &mut Builder<'_>) {
    let at = Place::root().key("targets");
    let targets = builder.spec.targets.as_slice();
    if targets.is_empty() {
        let help = "name at least one CI system".to_owned();
        builder.error("empty-list", at.clone(), "`targets` must not be empty", Some(help));
    }
    for (index, target) in targets.iter().enumerate() {
        if targets[..index].contains(target) {
            builder.error("duplicate", at.index(index), format!("the target `{target}` is listed twice"), None);
        }
    }
}

fn runners(builder: &mut Builder<'_>) -> IndexMap<String, Runner> {
    let at = Place::root().key("runner");
    let mut runners: IndexMap<String, Runner> = Os::ALL
        .iter()
        .map(|os| {
            let name = os.key().to_owned();
            let runner = Runner { name: name.clone(), os: *os, entries: IndexMap::new(), place: at.key(&name) };
            (name, runner)
        })
        .collect();
    for (name, spec) in &builder.spec.runner {
        let place = at.key(name);
        let builtin = Os::ALL.iter().copied().find(|os| os.key() == name);
        if let (Some(builtin), Some(os)) = (builtin, spec.os) {
            if builtin != os {
                let help = "give the runner another name".to_owned();
                let diagnostic = Diagnostic::error(
                    "runner-os",
                    place.key("os"),
                    format!("the runner `{name}` is always {}", builtin.key()),
                );
                builder.diagnostics.push(diagnostic.help(help));
            }
        }
        let runner = Runner {
            name: name.clone(),
            os: builtin.or(spec.os).unwrap_or_default(),
            entries: spec.systems.clone(),
            place,
        };
        runners.insert(name.clone(), runner);
    }
    runners
}

fn services(builder: &mut Builder<'_>) -> IndexMap<String, Service> {
    let mut services = IndexMap::new();
    let spec = builder.spec;
    for (name, service) in &spec.service {
        let at = Place::root().key("service").key(name);
        let valid = name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        if !valid {
            let help = "use small letters, digits and `-`, beginning with a letter".to_owned();
            let message = format!("`{name}` cannot be the name of a service, since it is a host name too");
            builder.diagnostics.push(Diagnostic::error("service-name", at.clone(), message).on_key().help(help));
        }
        let service = match service {
            ServiceUse::Image(image) => {
                crate::spec::Service { image: image.clone(), env: None, port: None, ready: None, command: None }
            }
            ServiceUse::Table(service) => service.clone(),
        };
        let matrix_only = |at: &Place| {
            let at = at.clone();
            move |expr: &Expr| match expr {
                Expr::Matrix(_) => Ok(()),
                other => Err(misplaced(other, &at, "of a service only `matrix` values are known before it starts")),
            }
        };
        let image_at = at.key("image");
        let image = builder.text(&service.image, &image_at, matrix_only(&image_at));
        let literal = image.write(str::to_owned, |_| String::new());
        if let Some(c) = literal.chars().find(|c| !c.is_ascii_alphanumeric() && !"._/:@-".contains(*c)) {
            builder.error("image", image_at.clone(), format!("`{literal}` is no image: it holds {c:?}"), None);
        }
        if image.is_empty() {
            builder.error("empty-text", image_at, format!("the service `{name}` has no image"), None);
        }
        let env = service.env.iter().flatten().map(|(key, value)| {
            let place = at.key("env").key(key);
            env::check_name(builder, key, &place);
            (key.clone(), builder.text(&value.text(), &place, matrix_only(&place)))
        });
        let env = env.collect();
        let ready_at = at.key("ready");
        let ready = service.ready.as_ref().map(|it| builder.literal(it, &ready_at));
        let command = elements(&service.command, &at.key("command"));
        let command = command.into_iter().map(|(it, place)| builder.literal(it, &place)).collect();
        let ports = service.port.iter().flat_map(|it| it.as_slice()).map(|port| port.0).collect();
        let resolved = Service { name: name.clone(), image, env, ports, ready, command, place: at };
        services.insert(name.clone(), resolved);
    }
    services
}

/// Resolves `needs` to indices, finds circles and computes levels.
fn order(builder: &mut Builder<'_>, plan: &mut Plan) {
    let indices: HashMap<String, usize> =
        plan.jobs.iter().enumerate().map(|(index, job)| (job.name.clone(), index)).collect();
    let known: Vec<&str> = plan.jobs.iter().map(|job| job.name.as_str()).collect();
    let mut needs: Vec<Vec<usize>> = Vec::with_capacity(plan.jobs.len());
    for job in &plan.jobs {
        let own = builder.spec.job.get(&job.name);
        let merged = own.and_then(|own| own.needs.clone().or(builder.spec.defaults.needs.clone()));
        let mut resolved = Vec::new();
        for (name, at) in elements(&merged, &job.place.key("needs")) {
            match indices.get(name) {
                Some(_) if *name == job.name => {
                    builder.error("needs-itself", at, format!("the job `{name}` needs itself"), None);
                }
                Some(index) if resolved.contains(index) => {
                    builder.error("duplicate", at, format!("the job `{name}` is needed twice"), None);
                }
                Some(index) => resolved.push(*index),
                None => {
                    let message = format!("the job `{}` needs `{name}`, which does not exist", job.name);
                    let others = known.iter().copied().filter(|it| *it != job.name);
                    builder.diagnostics.push(Diagnostic::error("needs-unknown-job", at, message).suggest(name, others));
                }
            }
        }
        needs.push(resolved);
    }
    let levels = levels(builder, plan, &needs);
    for ((job, needs), level) in plan.jobs.iter_mut().zip(needs).zip(levels) {
        job.needs = needs;
        job.level = level;
    }
    if let Some((gate, others)) = plan.jobs.split_last_mut().filter(|(last, _)| last.gate) {
        gate.needs = (0..others.len()).collect();
        gate.level = others.iter().map(|job| job.level + 1).max().unwrap_or(0);
    }
}

/// Longest way to a job without needs, by job; jobs in a circle are reported and get level 0.
fn levels(builder: &mut Builder<'_>, plan: &Plan, needs: &[Vec<usize>]) -> Vec<usize> {
    let mut waiting: Vec<usize> = needs.iter().map(Vec::len).collect();
    let mut dependents: Vec<Vec<usize>> = vec![Vec::new(); needs.len()];
    for (job, needed) in needs.iter().enumerate() {
        for need in needed {
            dependents[*need].push(job);
        }
    }
    let mut levels = vec![0; needs.len()];
    let mut ready: Vec<usize> = (0..needs.len()).filter(|job| waiting[*job] == 0).collect();
    while let Some(job) = ready.pop() {
        for dependent in &dependents[job] {
            levels[*dependent] = levels[*dependent].max(levels[job] + 1);
            waiting[*dependent] -= 1;
            if waiting[*dependent] == 0 {
                ready.push(*dependent);
            }
        }
    }
    if let Some(start) = (0..needs.len()).find(|job| waiting[*job] > 0) {
        let circle = circle(needs, &waiting, start);
        let names: Vec<&str> = circle.iter().map(|job| plan.jobs[*job].name.as_str()).collect();
        let at = plan.jobs[circle[0]].place.key("needs");
        let message = format!("jobs need each other in a circle: {} -> {}", names.join(" -> "), names[0]);
        builder.error("needs-circle", at, message, Some("take one of them out of the `needs` of another".to_owned()));
        for (level, waiting) in levels.iter_mut().zip(&waiting) {
            *level = if *waiting > 0 { 0 } else { *level };
        }
    }
    levels
}

/// Walks from a job that never became ready along its unready needs until a job repeats.
fn circle(needs: &[Vec<usize>], waiting: &[usize], start: usize) -> Vec<usize> {
    let mut path = vec![start];
    loop {
        let last = path[path.len() - 1];
        let Some(next) = needs[last].iter().copied().find(|need| waiting[*need] > 0) else { return path };
        if let Some(at) = path.iter().position(|job| *job == next) {
            return path.split_off(at);
        }
        path.push(next);
    }
}

/// A job whose needed job is skipped is skipped too, on every system: conditions pass from needs to dependents.
fn inherit_conditions(builder: &mut Builder<'_>, plan: &mut Plan) {
    let mut by_level: Vec<usize> = (0..plan.jobs.len()).collect();
    by_level.sort_by_key(|index| plan.jobs[*index].level);
    for index in by_level {
        if plan.jobs[index].gate {
            continue;
        }
        let inherited: Vec<Only> = plan.jobs[index].needs.iter().map(|need| plan.jobs[*need].only.clone()).collect();
        let job = &mut plan.jobs[index];
        for only in inherited {
            if let Err(why) = restrict(&mut job.only, &only) {
                let help = "a job runs only if every job it needs runs".to_owned();
                builder.error(
                    "only-never",
                    job.place.key("only"),
                    format!("the job `{}` can never run: {why}", job.name),
                    Some(help),
                );
            }
        }
        check_reachable(builder, job, &plan.triggers);
    }
}

/// Makes `only` hold in fewer cases: where `other` holds as well.
fn restrict(only: &mut Only, other: &Only) -> Result<(), String> {
    if let Some(events) = &other.events {
        let both: Vec<Event> = events.iter().copied().filter(|event| only.allows(*event)).collect();
        let none = both.is_empty();
        only.events = Some(both);
        if none {
            return Err("no event starts both it and what it needs".to_owned());
        }
    }
    for refs in &other.refs {
        if !only.refs.contains(refs) {
            only.refs.push(refs.clone());
        }
    }
    for (input, value) in &other.inputs {
        match only.inputs.get(input) {
            Some(own) if own != value => {
                return Err(format!("the input `{input}` would have to be `{own}` and `{value}` at once"));
            }
            _ => only.inputs.insert(input.clone(), value.clone()),
        };
    }
    Ok(())
}

/// Reports a job whose events are all switched off.
fn check_reachable(builder: &mut Builder<'_>, job: &Job, triggers: &super::Triggers) {
    let on: Vec<&str> = Event::ALL.iter().filter(|event| triggers.has(**event)).map(|event| event.key()).collect();
    let events = job.only.events.iter().flatten().count();
    if events > 0 && !job.only.events.iter().flatten().any(|event| triggers.has(*event)) {
        let help = format!("`[on]` has {}", crate::diag::quoted_list(&on));
        let message = format!("the job `{}` never runs: none of its events starts a pipeline", job.name);
        builder.error("only-never", job.place.key("only").key("events"), message, Some(help));
    }
    let tags_only = |refs: &Refs| refs.branches.is_empty() && !refs.tags.is_empty();
    let tags_start = triggers.push.as_ref().is_some_and(|push| !push.tags.is_empty());
    // A manual run can be started on a tag.
    let elsewhere = triggers.manual.is_some() && job.only.allows(Event::Manual);
    if job.only.refs.iter().any(tags_only) && !tags_start && !elsewhere {
        let help = "add the tags to `on.push.tags`".to_owned();
        let message = format!("the job `{}` never runs: no pushed tag starts a pipeline", job.name);
        builder.error("only-never", job.place.key("only").key("tags"), message, Some(help));
    }
}
