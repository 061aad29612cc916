//! One job of the plan as one or more jobs of the workflow, with all their steps.

use serde::Serialize;

use super::{
    artifact, condition, expression, finding, group, matrix,
    permission::{self, Permission},
    runner, service, setup,
    step::{uses, Step},
    Group, Pair,
};
use crate::{
    plan::{Cache, Expr, Job, Leg, Plan, Text},
    script,
    spec::Shell,
    systems::{
        commands,
        outline::{path, NativeJob, Role},
        variant::{variants, Variant},
        Lowering,
    },
};

#[derive(Default, Serialize)]
pub(super) struct JobModel {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) needs: Vec<String>,
    pub(super) condition: Option<String>,
    pub(super) runs_on: serde_json::Value,
    pub(super) timeout: Option<u64>,
    pub(super) concurrency: Option<Group>,
    pub(super) permissions: Vec<Permission>,
    pub(super) allow_failure: Option<serde_json::Value>,
    pub(super) strategy: Option<matrix::Strategy>,
    pub(super) image: Option<String>,
    pub(super) image_finding: Option<String>,
    pub(super) services: Vec<service::ServiceModel>,
    pub(super) env: Vec<Pair>,
    pub(super) steps: Vec<Step>,
}

/// A matrix makes at most so many jobs.
///
/// <https://docs.github.com/en/actions/reference/limits>
const MOST_LEGS: usize = 256;

/// A `run` may have at most so many characters (same page).
const LONGEST_RUN: usize = 21_000;

pub(super) fn lower(plan: &Plan, job: &Job, own_group: bool, out: &mut Lowering<'_>) -> Vec<JobModel> {
    // A leg in a container and one outside reach services under different names, so they are different jobs.
    let variants = of(job);
    variants.iter().map(|variant| model(plan, job, variant, own_group, out)).collect()
}

fn of(job: &Job) -> Vec<Variant<'_>> {
    let word = |leg: &Leg| if leg.image.is_some() { "container" } else { "machine" }.to_owned();
    variants(job, |leg| leg.image.is_some(), word)
}

fn id(job: &Job, variant: &Variant<'_>) -> String {
    // Ids begin with a letter or `_`.
    let start = if job.slug.starts_with(|c: char| c.is_ascii_digit()) { "_" } else { "" };
    match variant.suffix.as_str() {
        "" => format!("{start}{}", job.slug),
        suffix => format!("{start}{}_{suffix}", job.slug),
    }
}

fn model(plan: &Plan, job: &Job, variant: &Variant<'_>, own_group: bool, out: &mut Lowering<'_>) -> JobModel {
    let legs = &variant.legs;
    if legs.len() > MOST_LEGS {
        let at = job.place.key(if job.matrix.is_some() { "matrix" } else { "shards" });
        let message = format!("{} legs; a matrix on GitHub has at most {MOST_LEGS}", legs.len());
        out.limit(&at, message, "https://docs.github.com/en/actions/reference/limits");
    }
    let in_container = legs[0].image.is_some();
    check_platforms(plan, job, legs, out);
    let runners: Vec<runner::Runner> = legs.iter().map(|leg| runner::of(plan, leg, out)).collect();
    let uniform = runners.windows(2).all(|pair| pair[0] == pair[1]);
    let runs_on = match uniform {
        true => serde_json::to_value(&runners[0]).unwrap_or_default(),
        false => serde_json::Value::String("${{ matrix.runs-on }}".to_owned()),
    };
    let strategy = job.is_parallel().then(|| matrix::lower(job, legs, &runners));
    let suffix = match job.is_parallel() {
        true => format!("-{}-${{{{ strategy.job-index }}}}", id(job, variant)),
        false => format!("-{}", id(job, variant)),
    };
    let needs = job.needs.iter().map(|need| &plan.jobs[*need]);
    let known = |expr: &Expr| known(plan, job, in_container, expr);
    let env = job.env.iter().map(|(name, value)| {
        let value = value.fill(|expr| known(expr).map(Text::literal));
        (name.clone(), expression::text(plan, &value))
    });
    let mut env: Vec<Pair> = env.collect();
    env.extend(job.matrix_keys().into_iter().map(|key| {
        let expr = Expr::Matrix(key);
        (commands::variable(&expr), format!("${{{{ {} }}}}", expression::value(plan, &expr)))
    }));
    if let Some(total) = job.shards {
        env.push(("CI_GEN_SHARD_INDEX".to_owned(), "${{ matrix.shard }}".to_owned()));
        env.push(("CI_GEN_SHARD_TOTAL".to_owned(), total.to_string()));
    }
    let steps = steps(plan, job, variant, &known, out);
    let at = path(&["jobs", &id(job, variant)]);
    out.stands(NativeJob::new(job, Role::Whole, at).steps(&["steps"], steps.iter().map(|it| it.id.clone())));
    JobModel {
        id: id(job, variant),
        name: name(job, variant),
        description: job.description.clone(),
        needs: needs.flat_map(|need| of(need).iter().map(|it| id(need, it)).collect::<Vec<_>>()).collect(),
        condition: match job.gate {
            true => Some(condition::ALWAYS.to_owned()),
            false => condition::lower(plan, job, out),
        },
        runs_on,
        timeout: out.timeout_in_minutes(job),
        concurrency: if own_group { group(job.concurrency, &suffix) } else { None },
        permissions: permission::of(plan, job),
        allow_failure: allow_failure(job, legs),
        image: job.image.as_ref().filter(|_| in_container).map(|image| expression::text(plan, image)),
        image_finding: job.image.as_ref().and_then(|image| finding::image(plan, image)),
        services: service::lower(plan, job, legs, in_container),
        env,
        steps,
        strategy,
    }
}

/// Containers and services need Linux:
/// <https://docs.github.com/en/actions/how-tos/write-workflows/choose-where-workflows-run/run-jobs-in-a-container>
fn check_platforms(plan: &Plan, job: &Job, legs: &[&Leg], out: &mut Lowering<'_>) {
    for leg in legs {
        let Some(runner) = plan.runner_of(leg).filter(|it| it.os != crate::spec::Os::Linux) else { continue };
        if leg.image.is_some() {
            let message = format!("the leg `{}` runs on {}, where GitHub has no containers", leg.id, runner.os.key());
            out.refuse(&job.place.key("image"), message, "give that leg no image, or a Linux runner");
        }
        if !leg.services.is_empty() {
            let message = format!("the leg `{}` runs on {}, where GitHub has no services", leg.id, runner.os.key());
            let help = "name the service by a matrix value that is empty on that leg";
            out.refuse(&job.place.key("services"), message, help);
        }
    }
}

/// What is fixed while the file is written.
fn known(plan: &Plan, job: &Job, in_container: bool, expr: &Expr) -> Option<String> {
    match expr {
        Expr::ServiceHost(name) if in_container => Some(name.clone()),
        Expr::ServiceHost(_) => Some("localhost".to_owned()),
        Expr::ServicePort(name) => plan.services.get(name)?.ports.first().map(u16::to_string),
        Expr::ShardTotal => job.shards.map(|total| total.to_string()),
        _ => None,
    }
}

fn name(job: &Job, variant: &Variant<'_>) -> String {
    let mut words: Vec<String> = Vec::new();
    if let Some(matrix) = &job.matrix {
        let keys: Vec<String> = match matrix.axes.is_empty() {
            true => job.matrix_keys(),
            false => matrix.axes.keys().cloned().collect(),
        };
        words.extend(keys.iter().map(|key| format!("${{{{ matrix.{key} }}}}")));
    }
    words.extend(job.shards.map(|total| format!("${{{{ matrix.shard }}}}/{total}")));
    let suffix = if variant.suffix.is_empty() { String::new() } else { format!(" in a {}", variant.suffix) };
    match words.is_empty() {
        true => format!("{}{suffix}", job.name),
        false => format!("{}{suffix} ({})", job.name, words.join(", ")),
    }
}

fn allow_failure(job: &Job, legs: &[&Leg]) -> Option<serde_json::Value> {
    if legs.iter().all(|leg| leg.allow_failure) {
        return Some(true.into());
    }
    let axis = job.allow_failure_axis.as_ref().filter(|_| legs.iter().any(|leg| leg.allow_failure))?;
    Some(format!("${{{{ matrix.{axis} == 'true' }}}}").into())
}

fn steps(
    plan: &Plan,
    job: &Job,
    variant: &Variant<'_>,
    known: &dyn Fn(&Expr) -> Option<String>,
    out: &mut Lowering<'_>,
) -> Vec<Step> {
    let mut steps: Vec<Step> = checkout(plan, job).map(|it| it.named("checkout")).into_iter().collect();
    steps.extend(setup::lower(plan, job));
    steps.extend(job.caches.iter().map(|cache| self::cache(plan, job, cache).named("cache")));
    if job.gate {
        steps.push(artifact::reports(plan).named("needs"));
    }
    for need in job.needs.iter().filter(|_| !job.gate) {
        let need = &plan.jobs[*need];
        steps.extend(need.artifacts.iter().map(|it| artifact::download(plan, need, it).named("needs")));
    }
    if !job.install.is_empty() {
        let at = job.place.key("install");
        steps.push(run(plan, job, "Install", &job.install, 0, known, &at, out).named("install"));
    }
    let (title, key) = match job.kind {
        crate::plan::Kind::Run => ("Run", "run"),
        crate::plan::Kind::Test => ("Test", "test"),
    };
    let mut main = run(plan, job, title, &job.commands, job.retry, known, &job.place.key(key), out);
    main.env.extend(permission::token(plan, job));
    main.env.extend(secrets(job, out));
    steps.push(main.named(key));
    for artifact in
        job.artifacts.iter().filter(|it| it.keep.as_ref().is_some_and(|keep| keep.days_ceil() > artifact::LONGEST_KEEP))
    {
        let message =
            format!("GitHub keeps artifacts of public repositories for {} days at most", artifact::LONGEST_KEEP);
        out.degrade(&artifact.place.key("keep"), message, "private repositories may raise that to 400 days");
    }
    steps.extend(
        job.artifacts.iter().map(|it| artifact::upload(plan, job, variant, it).named(format!("artifacts-{}", it.name))),
    );
    steps.extend(artifact::results(plan, job, variant).map(|it| it.named("results")));
    steps.extend(job.gate.then(|| verdict(plan, job).named("verdict")));
    steps
}

/// The repository's secrets. That of the gate which is called as the job's token is that token.
pub(super) fn secrets(job: &Job, out: &mut Lowering<'_>) -> Vec<Pair> {
    let secrets: Vec<&String> = job.secrets.iter().filter(|it| !job.gate || *it != permission::TOKEN).collect();
    for secret in secrets.iter().filter(|secret| secret.to_uppercase().starts_with("GITHUB_")) {
        let message = format!("GitHub reserves names such as `{secret}` for itself");
        out.refuse(&job.place.key("secrets"), message, "choose a name that does not begin with `GITHUB_`");
    }
    secrets.iter().map(|secret| ((*secret).clone(), format!("${{{{ secrets.{secret} }}}}"))).collect()
}

/// What became of the needed jobs: one that was left out is fine, but not one that failed or was cancelled.
///
/// <https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#needs-context>
fn verdict(plan: &Plan, job: &Job) -> Step {
    let needs = job.needs.iter().flat_map(|need| {
        let need = &plan.jobs[*need];
        of(need).iter().map(|it| id(need, it)).collect::<Vec<_>>()
    });
    let results: Vec<String> = needs.map(|id| format!("{id}=${{{{ needs.{id}.result }}}}")).collect();
    let script = "case \"$CI_GEN_NEEDS\" in\n\
                  \x20 *=failure* | *=cancelled*) echo \"Not every job has passed: $CI_GEN_NEEDS\" && exit 1 ;;\n\
                  esac";
    Step {
        name: "Check the other jobs".to_owned(),
        condition: Some(condition::ALWAYS.to_owned()),
        shell: Some("bash".to_owned()),
        env: vec![("CI_GEN_NEEDS".to_owned(), results.join(" "))],
        run: Some(script.to_owned()),
        ..Step::default()
    }
}

pub(super) fn checkout(plan: &Plan, job: &Job) -> Option<Step> {
    let checkout = job.checkout.as_ref()?;
    let mut step = uses("Check out", plan, setup::CHECKOUT);
    let mut with = |key: &str, value: String| step.with.push((key.to_owned(), value));
    with("persist-credentials", "false".to_owned());
    if let Some(depth) = checkout.depth {
        with("fetch-depth", depth.to_string());
    }
    if checkout.submodules {
        with("submodules", "recursive".to_owned());
    }
    if checkout.lfs {
        with("lfs", "true".to_owned());
    }
    Some(step)
}

#[expect(clippy::too_many_arguments, reason = "a step of commands depends on all of them")]
pub(super) fn run(
    plan: &Plan,
    job: &Job,
    name: &str,
    list: &[Text],
    retry: u32,
    known: &dyn Fn(&Expr) -> Option<String>,
    at: &crate::diag::Place,
    out: &mut Lowering<'_>,
) -> Step {
    // The commit is in the environment anyway.
    let variable = |expr: &Expr| match expr {
        Expr::GitSha => "GITHUB_SHA".to_owned(),
        other => commands::variable(other),
    };
    let script = commands::script(job, list, known, &variable);
    let mut text = script.text;
    if retry > 0 {
        text = script::retry(&text, job.shell, retry);
    } else if job.shell != Shell::Bash {
        text = format!("{}\n{text}", script::strict(job.shell));
    }
    let text = expression::escape(&text);
    if text.chars().count() > LONGEST_RUN {
        let message = format!("the step has {} characters; GitHub allows {LONGEST_RUN}", text.chars().count());
        out.limit(at, message, "https://docs.github.com/en/actions/reference/limits");
    }
    let already = |expr: &Expr| !matches!(expr, Expr::Input(_) | Expr::GitBranch | Expr::GitTag);
    let env = script.exprs.iter().filter(|expr| !already(expr));
    let env = env.map(|expr| (commands::variable(expr), format!("${{{{ {} }}}}", expression::value(plan, expr))));
    Step {
        name: name.to_owned(),
        shell: Some(match job.shell {
            Shell::Bash => "bash".to_owned(),
            Shell::Sh => "sh".to_owned(),
            Shell::Pwsh => "pwsh".to_owned(),
        }),
        working_directory: job.working_directory.as_ref().map(|it| expression::text(plan, it)),
        env: env.collect(),
        finding: finding::script(&text),
        run: Some(text),
        ..Step::default()
    }
}

/// <https://github.com/actions/cache/blob/main/README.md>
fn cache(plan: &Plan, job: &Job, cache: &Cache) -> Step {
    let mut step = uses(&format!("Cache {}", cache.name), plan, setup::CACHE);
    step.finding = finding::cache(plan);
    let paths: Vec<String> = cache.paths.iter().map(|path| expression::text(plan, path)).collect();
    let keys: Vec<String> = cache.keys.iter().map(|key| expression::operand(plan, key)).collect();
    let mut prefix = format!("{}-${{{{ runner.os }}}}-${{{{ runner.arch }}}}-", cache.name);
    for version in job.setup.values() {
        prefix.push_str(&expression::text(plan, version));
        prefix.push('-');
    }
    step.with.push(("path".to_owned(), paths.join("\n")));
    step.with.push(("key".to_owned(), format!("{prefix}${{{{ hashFiles({}) }}}}", keys.join(", "))));
    step.with.push(("restore-keys".to_owned(), prefix));
    step
}
