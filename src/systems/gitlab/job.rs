//! One job of the plan as one or more jobs of the file.

use serde::Serialize;

use super::{
    artifact, cache, concurrency, condition,
    matrix::Entry,
    native::Native,
    reference,
    script::{item, Step},
    service, setup,
    variable::{self, Variable},
};
use crate::{
    plan::{Expr, Job, Kind, Plan, Text},
    script::Insert,
    systems::{
        commands,
        outline::{path, NativeJob, Role},
        Lowering,
    },
};

/// A job of the file; what is absent or empty is not printed.
#[derive(Default, PartialEq, Serialize)]
pub(super) struct JobModel {
    name: String,
    extends: Option<String>,
    description: Option<String>,
    needs: Vec<String>,
    /// Whether it runs after all others, whatever became of them.
    last: bool,
    rules: Vec<condition::Rule>,
    tags: Vec<String>,
    image: Option<String>,
    services: Vec<service::ServiceModel>,
    machines: Option<u32>,
    matrix: Vec<Entry>,
    variables: Vec<Variable>,
    timeout: Option<String>,
    retry: Option<u32>,
    interruptible: bool,
    resource_group: Option<String>,
    allow_failure: bool,
    cache: Vec<cache::CacheModel>,
    before_script: Vec<Item>,
    script: Option<String>,
    artifacts: Option<artifact::Artifacts>,
}

/// An item of `before_script`.
#[derive(PartialEq, Serialize)]
pub(super) struct Item {
    /// What overrides call it.
    #[serde(skip)]
    id: &'static str,
    text: String,
}

/// `retry` makes at most so many extra tries: <https://docs.gitlab.com/ci/yaml/#retry>
const MOST_RETRIES: u32 = 2;
/// A job needs at most so many others, where each leg counts: <https://docs.gitlab.com/ci/yaml/#needs>
const MOST_NEEDS: usize = 50;
/// A job takes at most a month: <https://docs.gitlab.com/ci/yaml/#timeout>
const LONGEST_DAYS: u64 = 30;

/// The jobs of the file that job number `index` becomes; `natives` are those of all jobs of the plan.
pub(super) fn lower(plan: &Plan, index: usize, natives: &[Vec<Native<'_>>], out: &mut Lowering<'_>) -> Vec<JobModel> {
    let job = &plan.jobs[index];
    check(plan, job, out);
    artifact::check_needs(plan, job, out);
    let models = natives[index].iter().map(|native| model(plan, job, native, natives, out)).collect();
    let models = shared(&job.name, models);
    for model in &models {
        let role = if model.extends.is_some() { Role::Heir } else { Role::Whole };
        let ids = model.before_script.iter().map(|it| it.id);
        let main = model.script.iter().map(|_| key(job));
        let native = NativeJob::new(job, role, path(&[&model.name]));
        out.stands(native.steps(&["before_script"], ids).steps(&["script"], main));
    }
    models
}

/// Puts what all native jobs of a job share, if anything, into a hidden job that they extend.
///
/// <https://docs.gitlab.com/ci/yaml/#extends>
fn shared(name: &str, mut jobs: Vec<JobModel>) -> Vec<JobModel> {
    if jobs.len() < 2 {
        return jobs;
    }
    let description = take(&mut jobs, |job| &mut job.description);
    let template = JobModel {
        name: String::new(),
        extends: None,
        description: None,
        needs: take(&mut jobs, |job| &mut job.needs),
        last: false,
        rules: take(&mut jobs, |job| &mut job.rules),
        tags: take(&mut jobs, |job| &mut job.tags),
        image: take(&mut jobs, |job| &mut job.image),
        services: take(&mut jobs, |job| &mut job.services),
        machines: None,
        matrix: Vec::new(),
        variables: take_common(&mut jobs),
        timeout: take(&mut jobs, |job| &mut job.timeout),
        retry: take(&mut jobs, |job| &mut job.retry),
        interruptible: take(&mut jobs, |job| &mut job.interruptible),
        resource_group: take(&mut jobs, |job| &mut job.resource_group),
        allow_failure: false,
        cache: take(&mut jobs, |job| &mut job.cache),
        before_script: take(&mut jobs, |job| &mut job.before_script),
        script: take(&mut jobs, |job| &mut job.script),
        artifacts: take(&mut jobs, |job| &mut job.artifacts),
    };
    // A key without a value is no job, not even a hidden one.
    if template == JobModel::default() {
        jobs[0].description = description;
        return jobs;
    }
    let name = format!(".{name}");
    for job in &mut jobs {
        job.extends = Some(name.clone());
    }
    jobs.insert(0, JobModel { name, description, ..template });
    jobs
}

/// What a key says in all jobs alike, which then have it no longer; else nothing.
fn take<T: Default + PartialEq>(jobs: &mut [JobModel], key: impl Fn(&mut JobModel) -> &mut T) -> T {
    let Some((first, others)) = jobs.split_first_mut() else { return T::default() };
    let alike = others.iter_mut().all(|job| key(job) == key(first));
    if !alike {
        return T::default();
    }
    for job in others {
        *key(job) = T::default();
    }
    std::mem::take(key(first))
}

/// Variables are merged one by one.
fn take_common(jobs: &mut [JobModel]) -> Vec<Variable> {
    let Some((first, others)) = jobs.split_first() else { return Vec::new() };
    let common: Vec<Variable> =
        first.variables.iter().filter(|it| others.iter().all(|job| job.variables.contains(it))).cloned().collect();
    for job in jobs {
        job.variables.retain(|it| !common.contains(it));
    }
    common
}

fn check(plan: &Plan, job: &Job, out: &mut Lowering<'_>) {
    let needed: usize = job.needs.iter().filter(|_| !job.gate).map(|need| plan.jobs[*need].legs.len()).sum();
    if needed > MOST_NEEDS {
        let message = format!("the job needs {needed} legs; GitLab allows {MOST_NEEDS}");
        out.limit(&job.place.key("needs"), message, "https://docs.gitlab.com/ci/yaml/#needs");
    }
    if job.timeout.is_some_and(|timeout| timeout.days_ceil() > LONGEST_DAYS) {
        let message = "GitLab ends every job after a month at the latest";
        out.limit(&job.place.key("timeout"), message, "https://docs.gitlab.com/ci/yaml/#timeout");
    }
}

fn model(plan: &Plan, job: &Job, native: &Native<'_>, natives: &[Vec<Native<'_>>], out: &mut Lowering<'_>) -> JobModel {
    setup::check(plan, job, native, out);
    // The last stage waits for all others and gets their artifacts, however many jobs there are.
    let needs = job.needs.iter().filter(|_| !job.gate).flat_map(|need| &natives[*need]).map(|need| need.name.clone());
    let (before_script, script) = scripts(plan, job, native, out);
    JobModel {
        name: native.name.clone(),
        extends: None,
        description: job.description.clone(),
        needs: needs.collect(),
        last: job.gate,
        rules: condition::lower(plan, job),
        tags: native.tags.clone(),
        image: native.image.as_ref().map(|image| reference::text(image, reference::escape)),
        services: service::lower(plan, native),
        machines: native.parallel.as_ref().and_then(|it| it.machines),
        matrix: native.parallel.as_ref().map(|it| it.products.iter().map(Entry::new).collect()).unwrap_or_default(),
        variables: variables(plan, job, native, out),
        timeout: job.timeout.map(artifact::duration),
        retry: Some(job.retry).filter(|tries| (1..=MOST_RETRIES).contains(tries)),
        interruptible: concurrency::cancels(job) && !concurrency::all_interruptible(plan),
        resource_group: concurrency::resource_group(job, native, out),
        allow_failure: native.legs[0].allow_failure,
        cache: cache::lower(job, native, out),
        before_script,
        script: Some(script),
        artifacts: artifact::lower(job, out),
    }
}

fn variables(plan: &Plan, job: &Job, native: &Native<'_>, out: &mut Lowering<'_>) -> Vec<Variable> {
    let mut variables: Vec<Variable> = checkout(job);
    variables.extend(setup::variables(job, native));
    for (name, value) in &job.env {
        let at = job.place.key("env").key(name);
        if variables.iter().any(|it| it.is(name)) {
            let message = format!("GitLab takes `{name}` for a setting, which `checkout` or `setup` sets already");
            out.refuse(&at, message, "leave the variable out");
        }
        variables.push(variable::of(name, &service::fill(plan, value), &at, out));
    }
    let leg = native.legs[0];
    if !native.is_parallel() {
        let own = job.matrix_keys().into_iter();
        variables.extend(own.map(|key| variable::literal(name_of(&Expr::Matrix(key.clone())), leg.value(&key))));
    } else {
        // The matrix wins over these; legs that lack a key see it empty.
        let lacking = |key: &String| native.legs.iter().any(|leg| !leg.matrix.contains_key(key));
        let lacking = job.matrix_keys().into_iter().filter(lacking);
        variables.extend(lacking.map(|key| variable::literal(name_of(&Expr::Matrix(key)), "")));
    }
    if let Some(total) = job.shards {
        let index = match (&native.parallel, leg.shard) {
            (Some(parallel), _) if parallel.machines.is_some() => Some("$CI_NODE_INDEX".to_owned()),
            (None, Some(shard)) => Some(shard.index.to_string()),
            // An axis of the matrix.
            _ => None,
        };
        variables.extend(index.map(|index| variable::plain(name_of(&Expr::ShardIndex), index)));
        variables.push(variable::plain(name_of(&Expr::ShardTotal), total.to_string()));
    }
    let texts = job.commands.iter().chain(&job.install).chain(&job.working_directory);
    if texts.flat_map(Text::exprs).any(|expr| *expr == Expr::GitBranch) {
        let branch = reference::text(&Text::expr(Expr::GitBranch), reference::escape);
        variables.push(variable::plain(name_of(&Expr::GitBranch), branch));
    }
    variables
}

fn name_of(expr: &Expr) -> String {
    commands::variable(expr)
}

/// <https://docs.gitlab.com/ci/runners/configure_runners/#configure-runner-behavior-with-variables>
fn checkout(job: &Job) -> Vec<Variable> {
    let Some(checkout) = &job.checkout else { return vec![variable::plain("GIT_STRATEGY", "none")] };
    let mut variables = Vec::new();
    variables.extend(checkout.depth.map(|depth| variable::plain("GIT_DEPTH", depth.to_string())));
    if checkout.submodules {
        variables.push(variable::plain("GIT_SUBMODULE_STRATEGY", "recursive"));
    }
    variables
}

/// The items of `before_script`, and the script.
fn scripts(plan: &Plan, job: &Job, native: &Native<'_>, out: &mut Lowering<'_>) -> (Vec<Item>, String) {
    let known = |expr: &Expr| service::known(plan, expr);
    let value = |expr: &Expr| match known(expr) {
        Some(literal) => Insert::Literal(literal),
        None => Insert::Variable(reference::variable(expr)),
    };
    let mut before: Vec<Item> = Vec::new();
    before.extend(cache::links(job, native).into_iter().map(|text| Item { id: "cache", text }));
    before.extend(service::wait(plan, job, native).into_iter().map(|text| Item { id: "services", text }));
    let mut install = commands::script(job, &job.install, &known, &reference::variable);
    let setup = setup::commands(job, native);
    if !setup.is_empty() {
        install.text = [setup.join("\n"), install.text].join("\n").trim_end().to_owned();
    }
    if !install.text.is_empty() {
        let text = commands::complete(job, &install, 0, &value);
        let text = item(native.os, job.shell, Step::Install, &text, &job.place.key("install"), out);
        before.push(Item { id: "install", text });
    }
    let main = commands::script(job, &job.commands, &known, &reference::variable);
    let tries = if job.retry > MOST_RETRIES { job.retry } else { 0 };
    let text = commands::complete(job, &main, tries, &value);
    (before, item(native.os, job.shell, Step::Main, &text, &job.place.key(key(job)), out))
}

/// The key of the job's commands.
fn key(job: &Job) -> &'static str {
    match job.kind {
        Kind::Run => "run",
        Kind::Test => "test",
    }
}
