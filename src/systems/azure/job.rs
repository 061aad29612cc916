//! One job of the plan as one or more jobs of the pipeline, with all their steps.

use std::collections::HashSet;

use indexmap::IndexMap;
use serde::Serialize;

use super::{
    artifact, cache, condition, env, matrix,
    runner::{self, Pool, Runner},
    service, setup, step,
    step::Step,
    value::{self, Values},
    Pair,
};
use crate::{
    plan::{Expr, Job, Kind, Leg, Plan, Text},
    spec::{Checkout, Os, Shell, Toolchain},
    systems::{
        commands,
        outline::{path, NativeJob, Role},
        variant::{variants, Variant},
        Lowering,
    },
};

#[derive(Serialize)]
pub(super) struct JobModel {
    id: String,
    name: String,
    description: Option<String>,
    needs: Vec<String>,
    condition: Option<String>,
    continue_on_error: bool,
    timeout: Option<String>,
    strategy: Option<matrix::Strategy>,
    vm_image: Option<String>,
    pool: Option<Pool>,
    image: Option<String>,
    container: Option<String>,
    services: Vec<Pair>,
    variables: Vec<Pair>,
    steps: Vec<Step>,
}

/// A job's variants and the machines of their legs.
pub(super) struct Layout<'a> {
    variants: Vec<Laid<'a>>,
}

struct Laid<'a> {
    id: String,
    variant: Variant<'a>,
    runners: Vec<Runner>,
}

/// What all parts of one native job look at.
pub(super) struct Scope<'a> {
    pub(super) values: &'a Values<'a>,
    pub(super) job: &'a Job,
    /// Legs that agree on pool, container or not, services, and whether they may fail; never empty.
    pub(super) legs: &'a [&'a Leg],
    pub(super) in_container: bool,
}

impl Scope<'_> {
    /// What is fixed while the file is written.
    pub(super) fn known(&self, expr: &Expr) -> Option<String> {
        match expr {
            Expr::ServiceHost(name) if self.in_container => Some(name.clone()),
            Expr::ServiceHost(_) => Some("localhost".to_owned()),
            Expr::ServicePort(name) => self.values.plan.services.get(name)?.ports.first().map(u16::to_string),
            Expr::ShardTotal => self.job.shards.map(|total| total.to_string()),
            _ => None,
        }
    }

    fn fill(&self, text: &Text) -> Text {
        text.fill(|expr| self.known(expr).map(Text::literal))
    }

    /// The whole environment of the job's commands.
    pub(super) fn env(&self) -> IndexMap<String, Text> {
        let env = self.values.plan.env_of(self.job);
        let env = env.iter().filter(|(name, _)| !self.is_of_matrix(name));
        env.map(|(name, value)| (name.clone(), self.fill(value))).collect()
    }

    /// Whether the matrix has that variable already: each leg's own name.
    fn is_of_matrix(&self, name: &str) -> bool {
        name == value::LEG && self.job.is_parallel()
    }
}

/// Splits every job into native jobs and names them.
pub(super) fn layouts<'a>(plan: &'a Plan, out: &mut Lowering<'_>) -> Vec<Layout<'a>> {
    let mut taken = HashSet::new();
    plan.jobs.iter().map(|job| layout(plan, job, &mut taken, out)).collect()
}

/// What legs of one native matrix share. The image of a hosted machine may differ.
fn kind(plan: &Plan, leg: &Leg, out: &mut Lowering<'_>) -> Option<Pool> {
    match runner::of(plan, leg, out) {
        Runner::Hosted(_) => None,
        Runner::Pool(pool) => Some(pool),
    }
}

fn layout<'a>(plan: &'a Plan, job: &'a Job, taken: &mut HashSet<String>, out: &mut Lowering<'_>) -> Layout<'a> {
    let pools: IndexMap<&str, Option<Pool>> =
        job.legs.iter().map(|leg| (leg.id.as_str(), kind(plan, leg, out))).collect();
    let pool = |leg: &Leg| pools.get(leg.id.as_str()).cloned().flatten();
    let first = &job.legs[0];
    let differ = |other: &dyn Fn(&Leg) -> bool| job.legs.iter().any(other);
    let (pools_differ, images_differ, services_differ, failures_differ) = (
        differ(&|leg| pool(leg) != pool(first)),
        differ(&|leg| leg.image.is_some() != first.image.is_some()),
        differ(&|leg| leg.services != first.services),
        differ(&|leg| leg.allow_failure != first.allow_failure),
    );
    let word = |leg: &Leg| {
        let mut words: Vec<String> = Vec::new();
        if pools_differ {
            words.push(leg.runner.clone());
        }
        if images_differ {
            words.push(if leg.image.is_some() { "container" } else { "machine" }.to_owned());
        }
        if services_differ {
            words.push(if leg.services.is_empty() { "alone".to_owned() } else { leg.services.join("-") });
        }
        if failures_differ {
            words.push(if leg.allow_failure { "may-fail" } else { "required" }.to_owned());
        }
        words.join("-")
    };
    let key = |leg: &Leg| (pool(leg), leg.image.is_some(), leg.services.clone(), leg.allow_failure);
    let laid = variants(job, key, word).into_iter().map(|variant| {
        let runners = variant.legs.iter().map(|leg| runner::of(plan, leg, out)).collect();
        Laid { id: id(job, &variant, taken), variant, runners }
    });
    Layout { variants: laid.collect() }
}

/// Letters, digits and `_`, not beginning with a digit.
///
/// <https://learn.microsoft.com/azure/devops/pipelines/yaml-schema/jobs-job>
fn id(job: &Job, variant: &Variant<'_>, taken: &mut HashSet<String>) -> String {
    let start = if job.slug.starts_with(|c: char| c.is_ascii_digit()) { "job_" } else { "" };
    let id = match variant.suffix.as_str() {
        "" => job.slug.clone(),
        suffix => format!("{}-{suffix}", job.slug),
    };
    matrix::unique(&format!("{start}{}", matrix::identifier(&id)), taken)
}

/// The native jobs of one job.
pub(super) fn lower(
    values: &Values<'_>,
    job: &Job,
    layout: &Layout<'_>,
    layouts: &[Layout<'_>],
    containers: &mut service::Containers,
    out: &mut Lowering<'_>,
) -> Vec<JobModel> {
    let limits = limits(job, layout, out);
    let needs = job.needs.iter().flat_map(|need| layouts[*need].variants.iter().map(|laid| laid.id.clone()));
    let needs: Vec<String> = needs.collect();
    let condition = condition::lower(values.plan, job, out);
    let first = out.native_jobs();
    let models = layout.variants.iter().zip(limits).enumerate().map(|(number, (laid, limit))| {
        let legs = laid.variant.legs.as_slice();
        let scope = Scope { values, job, legs, in_container: legs[0].image.is_some() };
        let mut model = model(&scope, laid, limit, containers, out);
        if job.gate {
            model.variables.push((OUTCOMES.to_owned(), outcomes(&needs)));
        }
        let at = path(&["jobs", &(first + number).to_string()]);
        out.stands(NativeJob::new(job, Role::Whole, at).steps(&["steps"], model.steps.iter().map(|it| it.id.clone())));
        JobModel { needs: needs.clone(), condition: condition.clone(), ..model }
    });
    models.collect()
}

/// `max-parallel` of each variant.
fn limits(job: &Job, layout: &Layout<'_>, out: &mut Lowering<'_>) -> Vec<Option<usize>> {
    let sizes: Vec<usize> = layout.variants.iter().map(|laid| laid.variant.legs.len()).collect();
    let Some(limit) = job.matrix.as_ref().and_then(|matrix| matrix.max_parallel) else {
        return vec![None; sizes.len()];
    };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    match matrix::shares(limit, &sizes) {
        Some(shares) => shares.into_iter().map(Some).collect(),
        None => {
            let at = job.place.key("matrix").key("max-parallel");
            let message = format!("the legs are {} jobs on Azure, and each runs one leg at a time", sizes.len());
            out.degrade(&at, message, "let the legs agree on pool, image, services and `allow-failure`");
            vec![Some(1); sizes.len()]
        }
    }
}

fn model(
    scope: &Scope<'_>,
    laid: &Laid<'_>,
    limit: Option<usize>,
    containers: &mut service::Containers,
    out: &mut Lowering<'_>,
) -> JobModel {
    let Scope { values, job, legs, in_container } = *scope;
    check(scope, laid, out);
    let services = service::native(scope, containers, out);
    let columns = columns(scope, laid, &services);
    let strategy = job.is_parallel().then(|| matrix::Strategy {
        max_parallel: limit.filter(|limit| *limit < legs.len()).map(|limit| limit.to_string()),
        legs: matrix::names(job, legs)
            .into_iter()
            .enumerate()
            .map(|(at, name)| (name, columns.iter().map(|(key, cells)| (key.clone(), cells[at].clone())).collect()))
            .collect(),
    });
    let varies = |key: &str| columns.iter().any(|(column, _)| column == key);
    let (vm_image, pool) = match &laid.runners[0] {
        Runner::Hosted(_) if varies(value::VM_IMAGE) => (Some(format!("$({})", value::VM_IMAGE)), None),
        Runner::Hosted(hosted) => (Some(hosted.vm_image.clone()), None),
        Runner::Pool(pool) => (None, Some(pool.clone())),
    };
    let container = varies(value::CONTAINER_IMAGE).then(|| format!("$[ variables['{}'] ]", value::CONTAINER_IMAGE));
    let image = legs[0]
        .image
        .as_ref()
        .filter(|_| container.is_none())
        .map(|image| values.escape(&values.plan.pins.image(image)));
    let env = job.env.iter().filter(|(name, _)| !scope.is_of_matrix(name));
    let env: IndexMap<String, Text> = env.map(|(name, text)| (name.clone(), scope.fill(text))).collect();
    let mut variables = env::variables(values, &env, &job.place.key("env"), out);
    if let Some(total) = job.shards {
        variables.push(("CI_GEN_SHARD_TOTAL".to_owned(), total.to_string()));
    }
    // In a step's `env`, the agent would put its own environment in place of macros that a person typed.
    let inputs = commands::exprs(job.install.iter().chain(&job.commands));
    for expr in inputs.into_iter().filter(|it| matches!(it, Expr::Input(_))) {
        variables.push((step::variable(&expr), values.whole(&Text::expr(expr))));
    }
    let chosen = values.plan.env_of(job).contains_key("RUSTUP_TOOLCHAIN");
    if let Some(version) = job.setup.get(&Toolchain::Rust).filter(|_| !in_container && !chosen) {
        variables.push(("RUSTUP_TOOLCHAIN".to_owned(), values.whole(version)));
    }
    let suffix = if laid.variant.suffix.is_empty() { String::new() } else { format!(" ({})", laid.variant.suffix) };
    JobModel {
        id: laid.id.clone(),
        name: format!("{}{suffix}", job.name),
        description: job.description.clone(),
        needs: Vec::new(),
        condition: None,
        continue_on_error: legs[0].allow_failure,
        timeout: out.timeout_in_minutes(job).map(|it| it.to_string()),
        strategy,
        vm_image,
        pool,
        image,
        container,
        services: services.iter().map(service::Use::entry).collect(),
        variables,
        steps: steps(scope, out),
    }
}

/// The variables of the legs: their matrix values, and what native keys need per leg.
fn columns(scope: &Scope<'_>, laid: &Laid<'_>, services: &[service::Use]) -> Vec<(String, Vec<String>)> {
    let Scope { values, job, legs, .. } = *scope;
    let mut columns: Vec<(String, Vec<String>)> = Vec::new();
    for key in job.matrix_keys() {
        let cells = legs.iter().map(|leg| values.escape_whole(leg.value(&key))).collect();
        columns.push((commands::variable(&Expr::Matrix(key)), cells));
    }
    if job.shards.is_some() {
        let index = |leg: &&Leg| leg.shard.map_or_else(String::new, |shard| shard.index.to_string());
        columns.push(("CI_GEN_SHARD_INDEX".to_owned(), legs.iter().map(index).collect()));
    }
    let images = laid.runners.iter().map(|runner| match runner {
        Runner::Hosted(hosted) => hosted.vm_image.clone(),
        Runner::Pool(_) => String::new(),
    });
    let mut different = vec![(value::VM_IMAGE.to_owned(), images.collect::<Vec<_>>())];
    let images = legs.iter().map(|leg| {
        values.escape_whole(&leg.image.as_deref().map_or_else(String::new, |it| values.plan.pins.image(it)))
    });
    different.push((value::CONTAINER_IMAGE.to_owned(), images.collect()));
    different.extend(services.iter().map(|it| (service::variable(&it.service), it.aliases.clone())));
    columns.extend(different.into_iter().filter(|(_, cells)| cells.windows(2).any(|pair| pair[0] != pair[1])));
    if cache::homes_differ(scope) {
        let homes = legs.iter().map(|leg| cache::home_of(runner::os(values.plan, leg)).to_owned());
        columns.push((value::HOME.to_owned(), homes.collect()));
    }
    if !job.artifacts.is_empty() && job.is_parallel() {
        columns.push((value::LEG.to_owned(), legs.iter().map(|leg| leg.id.clone()).collect()));
    }
    columns
}

/// A hosted machine ends a job after so many minutes.
///
/// <https://learn.microsoft.com/azure/devops/pipelines/process/phases#timeouts>
const LONGEST_HOSTED: u64 = 360;

fn check(scope: &Scope<'_>, laid: &Laid<'_>, out: &mut Lowering<'_>) {
    let job = scope.job;
    for leg in scope.legs {
        let os = runner::os(scope.values.plan, leg);
        if os == Os::Linux {
            continue;
        }
        if leg.image.is_some() {
            let message = format!("the leg `{}` runs on {}, where Azure runs no Linux containers", leg.id, os.key());
            out.refuse(&job.place.key("image"), message, "give that leg no image, or a Linux runner");
        }
        if !leg.services.is_empty() {
            let message = format!("the leg `{}` runs on {}, where Azure has no Linux services", leg.id, os.key());
            let help = "name the service by a matrix value that is empty on that leg";
            out.refuse(&job.place.key("services"), message, help);
        }
    }
    let minutes = job.timeout.map_or(0, |timeout| timeout.minutes_ceil());
    if minutes > LONGEST_HOSTED && matches!(laid.runners[0], Runner::Hosted(_)) {
        let message = format!("Azure's hosted machines end a job after {LONGEST_HOSTED} minutes");
        let source = "https://learn.microsoft.com/azure/devops/pipelines/process/phases#timeouts";
        out.limit(&job.place.key("timeout"), message, source);
    }
}

fn steps(scope: &Scope<'_>, out: &mut Lowering<'_>) -> Vec<Step> {
    let job = scope.job;
    let mut steps = vec![checkout(job.checkout.as_ref()).named("checkout")];
    let (start, stop) = service::started(scope, out);
    steps.extend(start.into_iter().chain(service::wait(scope)).map(|it| it.named("services")));
    steps.extend(setup::lower(scope, out));
    for cache in &job.caches {
        steps.extend(cache::lower(scope, cache, out).into_iter().map(|it| it.named("cache")));
    }
    steps.extend(artifact::download(scope).into_iter().map(|it| it.named("needs")));
    if !job.install.is_empty() {
        steps.push(step::run(scope, "Install", &job.install, "install", out).named("install"));
    }
    let (title, key) = match job.kind {
        Kind::Run => ("Run", "run"),
        Kind::Test => ("Test", "test"),
    };
    let mut main = step::run(scope, title, &job.commands, key, out);
    main.retry = (job.retry > 0).then(|| job.retry.to_string());
    if job.retry > MOST_RETRIES {
        let message = format!("Azure tries a step {MOST_RETRIES} more times at most");
        let source =
            "https://learn.microsoft.com/azure/devops/pipelines/process/tasks#number-of-retries-if-task-failed";
        out.limit(&job.place.key("retry"), message, source);
    }
    main.env.extend(secrets(scope.values.plan, job, out));
    steps.push(main.named(key));
    steps.extend(artifact::results(scope).map(|it| it.named("results")));
    steps.extend(artifact::publish(scope));
    steps.extend(stop.into_iter().map(|it| it.named("services-stop")));
    steps.extend(job.gate.then(|| verdict().named("verdict")));
    steps
}

/// The variable in which the gate finds what became of the other jobs.
const OUTCOMES: &str = "CI_GEN_NEEDS";

/// `unit=Failed lint=Succeeded`: <https://learn.microsoft.com/azure/devops/pipelines/process/expressions#dependencies>
fn outcomes(needs: &[String]) -> String {
    let words: Vec<String> = needs.iter().enumerate().map(|(at, id)| format!("{id}={{{at}}}")).collect();
    let values: Vec<String> = needs.iter().map(|id| format!("dependencies.{id}.result")).collect();
    format!("$[ format('{}', {}) ]", words.join(" "), values.join(", "))
}

/// A job that was left out is fine, but not one that failed or was cancelled.
fn verdict() -> Step {
    let text = "case \"$CI_GEN_NEEDS\" in\n\
                \x20 *=Failed* | *=Canceled*) echo \"Not every job has passed: $CI_GEN_NEEDS\" && exit 1 ;;\n\
                esac";
    let step = step::script("Check the other jobs", Shell::Bash, format!("{}\n{text}", step::opening(Shell::Bash)));
    Step { condition: Some(condition::ALWAYS.to_owned()), ..step }
}

/// <https://learn.microsoft.com/azure/devops/pipelines/process/tasks#number-of-retries-if-task-failed>
const MOST_RETRIES: u32 = 10;

/// The variable in which ci-gen looks for the job's token.
const TOKEN: &str = "SYSTEM_ACCESSTOKEN";

/// Secret variables and the job's token are in no step's environment unless it asks for them.
///
/// <https://learn.microsoft.com/azure/devops/pipelines/build/variables#systemaccesstoken>
fn secrets(plan: &Plan, job: &Job, out: &mut Lowering<'_>) -> Vec<Pair> {
    let token = plan.published_by(job).is_some() || job.secrets.iter().any(|it| it == TOKEN);
    let mut pairs: Vec<Pair> =
        token.then(|| (TOKEN.to_owned(), "$(System.AccessToken)".to_owned())).into_iter().collect();
    for secret in job.secrets.iter().filter(|it| *it != TOKEN) {
        if let Some(why) = env::forbidden_secret(secret) {
            let message = format!("`{secret}` cannot be the name of a secret on Azure: {why}");
            out.refuse(&job.place.key("secrets"), message, "choose another name");
        }
        pairs.push((secret.clone(), format!("$({secret})")));
    }
    pairs
}

/// <https://learn.microsoft.com/azure/devops/pipelines/yaml-schema/steps-checkout>
fn checkout(checkout: Option<&Checkout>) -> Step {
    let Some(checkout) = checkout else {
        return Step { kind: "checkout", value: "none".to_owned(), ..Step::default() };
    };
    let mut fields = vec![("persistCredentials", "false".to_owned())];
    if let Some(depth) = checkout.depth {
        fields.push(("fetchDepth", depth.to_string()));
    }
    if checkout.submodules {
        fields.push(("submodules", "recursive".to_owned()));
    }
    if checkout.lfs {
        fields.push(("lfs", "true".to_owned()));
    }
    let fields = fields.into_iter().map(|(key, value)| (key.to_owned(), value));
    Step { kind: "checkout", value: "self".to_owned(), fields: fields.collect(), ..Step::default() }
}
