//! One group of a job's legs as a build configuration, or as a class of them.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use super::{
    artifact, cache, condition,
    runner::{self, Requirement},
    script::{Scripts, REF},
    service,
    shape::{self, Form, Group, Shape},
    slots::OfJob,
    step::{Runner, Step},
    text, Pair,
};
use crate::{
    plan::{Expr, Job, Leg, Plan, Text},
    spec::{Concurrency, Event, Os, Shell, Toolchain},
    systems::{
        commands,
        toolchain::{self, LegImage},
        Lowering,
    },
};

#[derive(Serialize)]
pub(super) struct Build {
    identifier: String,
    name: String,
    /// The instances of a class, by the name of their list; none for an object.
    lists: Vec<(String, Vec<Instance>)>,
    list: String,
    /// Whether one list holds legs that must succeed and another those that may fail.
    may_fail: bool,
    artifact_rules: Option<String>,
    per_branch: bool,
    cancel: bool,
    branch_parameter: Option<&'static str>,
    params: Vec<Pair>,
    checkout: bool,
    watch_pull_requests: bool,
    steps: Vec<Step>,
    axes: Vec<(String, Vec<String>)>,
    lock: Option<String>,
    caches: Vec<cache::BuildCache>,
    results: Option<String>,
    dependencies: Vec<Dependency>,
    requirements: Vec<Requirement>,
    timeout: Option<u64>,
    ignore_test_failures: bool,
    own: OfJob,
}

/// One build configuration of a class.
#[derive(Serialize)]
struct Instance {
    id: String,
    name: String,
    values: Vec<Pair>,
}

/// What another build must have done first.
#[derive(Serialize)]
pub(super) struct Dependency {
    /// A build or, if `list`, the list of a class's builds.
    pub(super) on: String,
    pub(super) list: Option<&'static str>,
    /// `None` where only files are needed.
    pub(super) snapshot: Option<Snapshot>,
    pub(super) artifacts: Option<String>,
}

/// What happens if the other build fails, or does not start or is cancelled.
#[derive(Serialize)]
pub(super) struct Snapshot {
    failure: &'static str,
    cancel: &'static str,
}

impl Snapshot {
    /// For a build that runs only after a success.
    pub(super) fn strict(may_fail: bool) -> Self {
        match may_fail {
            true => Snapshot { failure: "IGNORE", cancel: "IGNORE" },
            false => Snapshot { failure: "FAIL_TO_START", cancel: "CANCEL" },
        }
    }

    /// For a build that only sums up.
    pub(super) fn summary(may_fail: bool) -> Self {
        match may_fail {
            true => Snapshot { failure: "IGNORE", cancel: "IGNORE" },
            false => Snapshot { failure: "ADD_PROBLEM", cancel: "ADD_PROBLEM" },
        }
    }
}

/// Whether some legs of the group must succeed and others may fail.
pub(super) fn mixed(shape: &Shape<'_>, group: &Group<'_>) -> bool {
    let may_fail = group.legs.iter().filter(|leg| leg.allow_failure && !shape.may_fail).count();
    may_fail > 0 && may_fail < group.legs.len()
}

pub(super) fn lower(
    plan: &Plan,
    job: &Job,
    shapes: &[Shape<'_>],
    shape: &Shape<'_>,
    group: &Group<'_>,
    out: &mut Lowering<'_>,
) -> Build {
    let first = group.legs[0];
    let os = runner::os(plan, first);
    check(plan, job, group, os, out);
    let scripts = Scripts { plan, job, os, container: shape::in_container(plan, first) };
    let images = Images::of(scripts.plan, job, group, scripts.container, out);
    let (caches, links) = cache::lower(&scripts, &group.legs, out);
    let published = artifact::publish(job, group, os, out);
    let requirements = group.legs.iter().map(|leg| runner::of(plan, leg, out)).next_back().unwrap_or_default();
    let branch_parameter = scripts.needs_ref().then_some(REF);
    if condition::allows(plan, job, Event::PullRequest) && plan.triggers.has(Event::PullRequest) {
        for at in scripts.branch_places() {
            let message =
                "TeamCity tells scripts only the number of a pull request: its branch is `pull/12/head` or the like";
            out.degrade(&at, message, "leave the branch out, or `only` the events that have one");
        }
    }
    let identifier = group.identifier.clone();
    let title = title(job, shape, group);
    Build {
        name: text::escape(&title),
        lists: instances(scripts.plan, job, shape, group, &images),
        list: group.list.clone(),
        may_fail: mixed(shape, group),
        artifact_rules: published.rules.clone(),
        per_branch: job.concurrency != Concurrency::Parallel,
        cancel: job.concurrency == Concurrency::CancelSuperseded,
        branch_parameter,
        params: params(&scripts, group),
        checkout: job.checkout.is_some(),
        watch_pull_requests: plan.triggers.has(Event::PullRequest),
        steps: steps(&scripts, first, &images, links, published.steps, out),
        axes: match &group.form {
            Form::Matrix { axes, .. } => axes.clone(),
            Form::Single | Form::Class => Vec::new(),
        },
        lock: lock(job, shape),
        caches,
        results: results(job),
        dependencies: needs(plan, job, shapes, out),
        requirements,
        timeout: out.timeout_in_minutes(job),
        // A report is read as soon as it is there, also that of a try that is made again.
        ignore_test_failures: job.retry > 0 && !job.results.is_empty(),
        own: OfJob::new(job, out),
        identifier,
    }
}

/// What a group is called where it is not a class; names are unique in a project.
fn title(job: &Job, shape: &Shape<'_>, group: &Group<'_>) -> String {
    match (&group.form, shape.groups.len()) {
        (Form::Single, 1) if !job.is_parallel() => job.name.clone(),
        (Form::Single, _) => leg_titles(job, group.legs.iter()).concat(),
        (Form::Matrix { .. } | Form::Class, _) => job.name.clone(),
    }
}

/// What the legs of a job are called: its name and their values, or their ids where values do not tell them apart.
fn leg_titles<'a>(job: &Job, legs: impl Iterator<Item = &'a &'a Leg>) -> Vec<String> {
    let mut twins: HashMap<String, usize> = HashMap::new();
    for leg in &job.legs {
        *twins.entry(leg.title().to_lowercase()).or_default() += 1;
    }
    let titles = legs.map(|leg| {
        let title = leg.title();
        let unique = !title.is_empty() && twins.get(&title.to_lowercase()) == Some(&1);
        format!("{} ({})", job.name, if unique { &title } else { &leg.id })
    });
    titles.collect()
}

/// The shared resource that limits how many legs run at the same time.
pub(super) fn lock(job: &Job, shape: &Shape<'_>) -> Option<String> {
    job.matrix.as_ref()?.max_parallel?;
    Some(shape.target.clone())
}

/// Docker and services need Linux here.
fn check(plan: &Plan, job: &Job, group: &Group<'_>, os: Os, out: &mut Lowering<'_>) {
    if os == Os::Linux {
        return;
    }
    let leg = group.legs[0];
    if leg.image.is_some() {
        let message = format!("the leg `{}` runs on {}, where its image cannot", leg.id, os.key());
        out.refuse(&job.place.key("image"), message, "give that leg no image, or a Linux runner");
    }
    if leg.services.iter().any(|it| plan.services.contains_key(it)) {
        let message = format!("the leg `{}` runs on {}, where services cannot be relied on", leg.id, os.key());
        out.refuse(&job.place.key("services"), message, "name the service by a matrix value that is empty on that leg");
    }
}

/// The container image of a group's legs.
struct Images {
    /// Parameters or text; `None` outside containers.
    image: Option<String>,
    /// Whether each leg brings its own as a parameter.
    by_leg: bool,
}

/// The parameter that holds a leg's image where no text with its values does.
const IMAGE: &str = "image";

impl Images {
    fn of(plan: &Plan, job: &Job, group: &Group<'_>, container: bool, out: &mut Lowering<'_>) -> Images {
        if !container {
            return Images { image: None, by_leg: false };
        }
        for leg in &group.legs {
            if toolchain::leg_image(leg) == LegImage::Several {
                let message = format!("no official image has all toolchains of the job `{}`", job.name);
                out.refuse(&job.place.key("setup"), message, "set `image` to one that has them all");
            }
            let has_pwsh = leg.image.is_some() || leg.setup.contains_key(&Toolchain::Dotnet);
            if job.shell == Shell::Pwsh && !has_pwsh {
                let message = "the official image of the toolchain has no PowerShell";
                out.refuse(&job.place.key("shell"), message, "set `image` to one that has both");
            }
        }
        match toolchain::pinned_text(plan, job, &group.legs) {
            Some(image) => Images { image: Some(text::text(&image)), by_leg: false },
            None => match (&group.form, toolchain::leg_image(group.legs[0])) {
                (Form::Single, LegImage::Image(image)) => {
                    Images { image: Some(text::escape(&plan.pins.image(&image))), by_leg: false }
                }
                _ => Images { image: Some(format!("%{IMAGE}%")), by_leg: true },
            },
        }
    }
}

/// The parameters that differ by leg: every key of the matrix, so that no reference is left open.
fn values(job: &Job, leg: &Leg) -> Vec<Pair> {
    let keys = job.matrix_keys().into_iter().map(|key| {
        let value = text::escape(leg.value(&key));
        (format!("env.{}", commands::variable(&Expr::Matrix(key))), value)
    });
    let mut values: Vec<Pair> = keys.collect();
    values.extend(leg.shard.map(|shard| ("env.CI_GEN_SHARD_INDEX".to_owned(), shard.index.to_string())));
    values
}

fn instances(
    plan: &Plan,
    job: &Job,
    shape: &Shape<'_>,
    group: &Group<'_>,
    images: &Images,
) -> Vec<(String, Vec<Instance>)> {
    if !matches!(group.form, Form::Class) {
        return Vec::new();
    }
    let mut taken: HashSet<String> = HashSet::new();
    let mixed = mixed(shape, group);
    let mut lists = [(if mixed { "required" } else { "all" }, Vec::new()), ("mayFail", Vec::new())];
    for (leg, title) in group.legs.iter().zip(leg_titles(job, group.legs.iter())) {
        let mut values = values(job, leg);
        if let (true, LegImage::Image(image)) = (images.by_leg, toolchain::leg_image(leg)) {
            values.push((IMAGE.to_owned(), text::escape(&plan.pins.image(&image))));
        }
        let behind = leg.id.strip_prefix(&job.slug).unwrap_or(&leg.id).trim_start_matches('-');
        let mut id: String = behind.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        if id.len() > 30 || id.is_empty() || taken.contains(&id) {
            id = format!("leg{}", taken.len() + 1);
        }
        taken.insert(id.clone());
        let instance = Instance { id, name: text::escape(&title), values };
        lists[usize::from(mixed && leg.allow_failure)].1.push(instance);
    }
    lists.into_iter().filter(|(_, list)| !list.is_empty()).map(|(name, list)| (name.to_owned(), list)).collect()
}

/// The parameters of the build: what is the same for every leg, and for a single leg all.
fn params(scripts: &Scripts<'_>, group: &Group<'_>) -> Vec<Pair> {
    let job = scripts.job;
    let mut params: Vec<Pair> = match group.form {
        Form::Single => values(job, group.legs[0]),
        Form::Matrix { .. } | Form::Class => Vec::new(),
    };
    params.extend(job.shards.map(|total| ("env.CI_GEN_SHARD_TOTAL".to_owned(), total.to_string())));
    for (name, value) in job.env.iter().filter(|(_, value)| !text::is_known_to_shell_only(value)) {
        let value = value.fill(|expr| scripts.known(expr).map(Text::literal));
        params.push((format!("env.{name}"), text::text(&value)));
    }
    let used = |wanted: Expr| {
        let texts = job.commands.iter().chain(&job.install);
        texts.flat_map(Text::exprs).any(|expr| *expr == wanted)
    };
    if used(Expr::GitSha) {
        params.push(("env.CI_GEN_SHA".to_owned(), "%build.vcs.number%".to_owned()));
    }
    if let Some(version) = job.setup.get(&Toolchain::Rust).filter(|_| !scripts.container) {
        params.push(("env.RUSTUP_TOOLCHAIN".to_owned(), text::text(version)));
    }
    params.extend(job.secrets.iter().map(|secret| (format!("env.{secret}"), format!("%secret.{secret}%"))));
    params
}

fn steps(
    scripts: &Scripts<'_>,
    leg: &Leg,
    images: &Images,
    links: Vec<String>,
    publish: Vec<Step>,
    out: &mut Lowering<'_>,
) -> Vec<Step> {
    let job = scripts.job;
    let runner = match (job.shell, scripts.os) {
        (Shell::Pwsh, _) => Runner::PowerShellCore,
        (Shell::Bash | Shell::Sh, Os::Windows) => Runner::PowerShell,
        (Shell::Bash | Shell::Sh, _) => Runner::CommandLine,
    };
    let (start, stop) = service::steps(scripts, leg);
    let has_services = start.is_some();
    let mut all: Vec<Step> = start.into_iter().collect();
    for (title, script) in scripts.steps(leg, links, out) {
        let run_parameters = (has_services && scripts.container).then(|| "--rm --network host".to_owned());
        all.push(Step { image: images.image.clone(), run_parameters, ..Step::commands(title, runner, script) });
    }
    all.extend(publish);
    all.extend(stop);
    let alternatives = condition::alternatives(scripts.plan, job);
    let single = alternatives.len() == 1;
    let steps = alternatives.iter().enumerate().flat_map(|(index, conditions)| {
        all.iter().map(move |step| {
            let name = if single || index == 0 { step.name.clone() } else { format!("{} (pull request)", step.name) };
            Step { name, conditions: conditions.clone(), ..step.clone() }
        })
    });
    steps.collect()
}

/// <https://www.jetbrains.com/help/teamcity/xml-report-processing.html>
fn results(job: &Job) -> Option<String> {
    let rules: Vec<String> = job.results.iter().map(|path| format!("+:{}", text::text(path))).collect();
    (!rules.is_empty()).then(|| rules.join("\n"))
}

fn needs(plan: &Plan, job: &Job, shapes: &[Shape<'_>], out: &mut Lowering<'_>) -> Vec<Dependency> {
    let mut dependencies = Vec::new();
    for need in &job.needs {
        if !condition::depends(plan, job, &plan.jobs[*need]) {
            let name = &plan.jobs[*need].name;
            let message = format!("TeamCity's gate knows nothing of `{name}`, which not every event runs");
            let help = "require the pipeline's build, or leave out the job's `only.events`";
            out.degrade(&plan.jobs[*need].place.key("only"), message, help);
            continue;
        }
        let shape = &shapes[*need];
        let brings = job.brings(&plan.jobs[*need]).next().is_some();
        let mut files = if brings { artifact::fetch(&plan.jobs[*need], shape) } else { Vec::new() };
        let own = files.iter().position(|(on, list, _)| !list && *on == shape.target).map(|at| files.remove(at).2);
        dependencies.push(Dependency {
            on: shape.target.clone(),
            list: None,
            snapshot: Some(match job.gate {
                true => Snapshot::summary(shape.may_fail),
                false => Snapshot::strict(shape.may_fail),
            }),
            artifacts: own,
        });
        dependencies.extend(files.into_iter().map(|(on, list, rules)| Dependency {
            on,
            list: list.then_some("all"),
            snapshot: None,
            artifacts: Some(rules),
        }));
    }
    dependencies
}
