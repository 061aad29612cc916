//! One job of the plan as one or more native jobs, with all their steps.

use indexmap::IndexMap;
use serde::Serialize;

use super::{
    artifact, cache, expression,
    native::{is_by_shard, Native, INSTALL},
    runner::{self, Host, Kind},
    service, setup,
    step::{run, Checkout, Step},
    Container, Pair,
};
use crate::{
    diag::Place,
    plan::{Expr, Job, Leg, Plan, Text},
    spec::{Os, Shell, Toolchain},
    systems::{
        outline::{path, NativeJob, Role},
        toolchain::{self, LegImage},
        variant::variants,
        Lowering,
    },
};

#[derive(Serialize)]
pub(super) struct JobModel {
    id: String,
    description: Option<String>,
    parameters: Vec<Parameter>,
    docker: Vec<Container>,
    machine: Option<String>,
    own_machine: bool,
    xcode: Option<String>,
    resource_class: String,
    shell: Option<&'static str>,
    parallelism: Option<u32>,
    environment: Vec<Pair>,
    steps: Vec<Step>,
}

/// A parameter that carries a matrix value; legs that lack the value have the empty default.
#[derive(Serialize)]
struct Parameter {
    name: String,
    is_optional: bool,
}

/// What cannot vary inside one native job.
type Key<'a> = (&'a Host, &'a [String], Vec<Toolchain>);

/// The native jobs of a job.
pub(super) fn split<'a>(plan: &'a Plan, job: &'a Job, is_needed: bool, out: &mut Lowering<'_>) -> Vec<Native<'a>> {
    let mut hosts: IndexMap<&str, Host> = IndexMap::new();
    for leg in &job.legs {
        if !hosts.contains_key(leg.runner.as_str()) {
            hosts.insert(&leg.runner, runner::of(plan, &leg.runner, out));
        }
    }
    let key = |leg: &'a Leg| -> Key<'_> {
        (&hosts[leg.runner.as_str()], leg.services.as_slice(), leg.setup.keys().copied().collect())
    };
    let mut alike: IndexMap<Key<'_>, Vec<&Leg>> = IndexMap::new();
    for leg in &job.legs {
        alike.entry(key(leg)).or_default().push(leg);
    }
    // Where no one text gives every leg its image, each image is a job.
    let apart: IndexMap<Key<'_>, bool> = alike
        .into_iter()
        .map(|(key, legs)| {
            let images = key.0.is_docker() && legs.iter().any(|leg| toolchain::leg_image(leg) != LegImage::None);
            let apart = images && toolchain::image_text(job, &legs).is_none();
            (key, apart)
        })
        .collect();
    let by_id: IndexMap<&str, &'a Leg> = job.legs.iter().map(|leg| (leg.id.as_str(), leg)).collect();
    let own = |leg: &Leg| by_id[leg.id.as_str()];
    let whole = |leg: &Leg| {
        let key = key(own(leg));
        let image = apart[&key].then(|| image_of(leg));
        (key.0.clone(), key.1.to_vec(), key.2, image)
    };
    let differ = |aspect: &dyn Fn(&Leg) -> String| {
        let first = aspect(&job.legs[0]);
        job.legs.iter().any(|leg| aspect(leg) != first)
    };
    let os = |leg: &Leg| hosts[leg.runner.as_str()].os.key().to_owned();
    let by_os = differ(&os);
    let by_runner = differ(&|leg| leg.runner.clone());
    let by_services = differ(&|leg| leg.services.join("-"));
    let word = |leg: &Leg| {
        let mut words = Vec::new();
        if by_os {
            words.push(os(leg));
        } else if by_runner {
            words.push(leg.runner.clone());
        }
        if by_services {
            words.push(if leg.services.is_empty() { "alone".to_owned() } else { leg.services.join("-") });
        }
        if apart[&key(own(leg))] || words.is_empty() {
            words.push(image_of(leg));
        }
        slug(&words.join("-"))
    };
    variants(job, whole, word)
        .into_iter()
        .map(|variant| {
            let services = variant.legs[0].services.iter().filter_map(|it| plan.services.get(it)).collect();
            Native {
                plan,
                job,
                id: id(job, &variant.suffix),
                host: hosts[variant.legs[0].runner.as_str()].clone(),
                services,
                keys: job.matrix_keys(),
                is_needed,
                allows_failure: variant.legs.iter().any(|leg| leg.allow_failure),
                legs: variant.legs,
            }
        })
        .collect()
}

fn image_of(leg: &Leg) -> String {
    match toolchain::leg_image(leg) {
        LegImage::Image(image) => image,
        LegImage::None | LegImage::Several => String::new(),
    }
}

fn slug(text: &str) -> String {
    let text: String =
        text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    match text.trim_matches('-') {
        "" => "other".to_owned(),
        slug => slug.to_owned(),
    }
}

/// Names begin with a letter; slugs have no `_`, so nothing else is called the same.
fn id(job: &Job, suffix: &str) -> String {
    let start = if job.slug.starts_with(|c: char| c.is_ascii_digit()) { "job__" } else { "" };
    let end = if suffix.is_empty() { String::new() } else { format!("_{suffix}") };
    format!("{start}{}{end}", job.slug)
}

pub(super) fn model(native: &Native<'_>, out: &mut Lowering<'_>) -> JobModel {
    check(native, out);
    let job = native.job;
    let lacks = |key: &String| native.legs.iter().any(|leg| !leg.matrix.contains_key(key));
    let parameters =
        native.keys.iter().map(|key| Parameter { name: expression::parameter(key), is_optional: lacks(key) });
    let (machine, xcode) = match &native.host.kind {
        Kind::Machine(image) => (Some(image.clone()), None),
        Kind::Xcode(version) => (None, Some(version.clone())),
        Kind::Docker(_) | Kind::SelfHosted => (None, None),
    };
    let steps = steps(native, out);
    let at = path(&["jobs", &native.id]);
    let ids = steps.iter().map(|it| (it.id.clone(), it.key()));
    out.stands(NativeJob::new(job, Role::Whole, at).keyed_steps(&["steps"], ids));
    JobModel {
        id: native.id.clone(),
        description: job.description.clone(),
        parameters: parameters.collect(),
        docker: docker(native),
        machine,
        own_machine: native.host.kind == Kind::SelfHosted,
        xcode,
        resource_class: native.host.class.clone(),
        shell: (native.host.os == Os::Windows).then_some("bash.exe -eo pipefail"),
        parallelism: job.shards,
        environment: environment(native),
        steps,
    }
}

/// The containers of a job: its own first, then its services.
fn docker(native: &Native<'_>) -> Vec<Container> {
    let Kind::Docker(default) = &native.host.kind else { return Vec::new() };
    let image = match toolchain::leg_image(native.legs[0]) {
        LegImage::None | LegImage::Several => native.plan.pins.image(default),
        LegImage::Image(image) => match toolchain::pinned_text(native.plan, native.job, &native.legs) {
            Some(text) => expression::text(native.plan, &text),
            None => expression::escape(&native.plan.pins.image(&image)),
        },
    };
    let own = Container { image, name: None, command: Vec::new(), environment: Vec::new() };
    std::iter::once(own).chain(service::containers(native)).collect()
}

/// <https://circleci.com/docs/reference/configuration-reference/#environment>
fn environment(native: &Native<'_>) -> Vec<Pair> {
    let (plan, job) = (native.plan, native.job);
    let env = plan.env_of(job);
    let mut environment: Vec<Pair> = env
        .iter()
        .filter(|(_, value)| !is_by_shard(value))
        .map(|(name, value)| (name.clone(), expression::text(plan, &native.fill(value))))
        .collect();
    environment.extend(native.keys.iter().map(|key| {
        let expr = Expr::Matrix(key.clone());
        (expression::variable(&expr), format!("<< {} >>", expression::value(plan, &expr)))
    }));
    if let Some(total) = job.shards {
        environment.push(("CI_GEN_SHARD_TOTAL".to_owned(), total.to_string()));
    }
    let rust = job.setup.get(&Toolchain::Rust).filter(|_| native.legs[0].setup.contains_key(&Toolchain::Rust));
    if let Some(version) = rust.filter(|_| !native.host.is_docker()) {
        environment.push(("RUSTUP_TOOLCHAIN".to_owned(), expression::text(plan, version)));
    }
    environment
}

/// The longest that CircleCI lets a job run, on the largest plan.
const LONGEST: u64 = 5 * 60 * 60;

/// What CircleCI cannot do with these legs.
fn check(native: &Native<'_>, out: &mut Lowering<'_>) {
    let (job, host) = (native.job, &native.host);
    let leg = native.legs[0];
    let os = host.os.key();
    if job.image.is_some() && leg.image.is_some() && !host.is_docker() {
        let message = format!("the runner `{}` is a machine on CircleCI, where a job has no image", leg.runner);
        out.refuse(&job.place.key("image"), message, "give the runner `docker`, or that leg no image");
    }
    if host.is_docker() && native.legs.iter().any(|leg| toolchain::leg_image(leg) == LegImage::Several) {
        let message = "no official image has several toolchains";
        out.refuse(&job.place.key("setup"), message, "set `image` to one that has them all");
    }
    if !native.services.is_empty() && !host.is_docker() && host.os != Os::Linux {
        let message = format!("the leg `{}` runs on {os}, where CircleCI has no services", leg.id);
        let help = "name the service by a matrix value that is empty on that leg";
        out.refuse(&job.place.key("services"), message, help);
    }
    if job.is_reported() && job.shell == Shell::Pwsh {
        let message = "a job of PowerShell cannot hand over the report of failed tests on CircleCI";
        out.refuse(&job.place.key("shell"), message, "choose bash: `ci-gen run` starts the job's own shell anyway");
    }
    if native.allows_failure && job.shell == Shell::Pwsh {
        let message = "a leg that may fail needs bash or sh on CircleCI";
        out.refuse(&job.place.key("allow-failure"), message, "choose another shell, or let the leg fail");
    }
    if let Some(timeout) = job.timeout.as_ref().filter(|_| !job.is_reported()) {
        let at = job.place.key("timeout");
        if host.os != Os::Linux {
            let message = format!("legs on {os} have no time limit but CircleCI's own");
            out.degrade(&at, message, "a limit in the test runner works everywhere");
        }
        if native.allows_failure {
            let message = "a leg that may fail still fails the pipeline when its time is up";
            out.degrade(&at, message, "a limit in the test runner is a failure like any other");
        }
        if timeout.seconds() > LONGEST {
            let help = "split the job; the limit: https://circleci.com/docs/reference/configuration-reference/#jobs";
            out.degrade(&at, "CircleCI ends every job after 5 hours at most", help);
        }
    }
    check_text(native, out);
}

/// Text that CircleCI would read as something else.
fn check_text(native: &Native<'_>, out: &mut Lowering<'_>) {
    let job = native.job;
    let at = job.place.key("matrix");
    let parameters: Vec<String> = native.keys.iter().map(|key| expression::parameter(key)).collect();
    for (index, name) in parameters.iter().enumerate() {
        if parameters[..index].contains(name) {
            let message = format!("two axes would both be the parameter `{name}` on CircleCI");
            out.refuse(&at, message, "rename one of them");
        }
    }
    for (key, _) in native.legs.iter().flat_map(|leg| &leg.matrix).filter(|(_, value)| value.contains("<<")) {
        let message = "CircleCI would take `<<` in a matrix value for a parameter";
        out.refuse(&at.key(key), message, "put the value into the command");
    }
    for (_, at) in texts(native).iter().filter(|(text, _)| expression::is_ambiguous(text)) {
        let message = "a `<` or `\\` before a value or `<<` means something else on CircleCI";
        out.refuse(at, message, "put another character between the two");
    }
    for service in native.services.iter().filter(|it| it.command.iter().any(|word| word.contains(expression::ESCAPE))) {
        let message = "`\\<<` is how CircleCI escapes `<<`, so no argument can have it";
        out.refuse(&service.place.key("command"), message, "write `<<` in the spec");
    }
    let key = if job.kind == crate::plan::Kind::Test { "test" } else { "run" };
    for (commands, key) in [(&job.install, "install"), (&job.commands, key)] {
        for (index, _) in commands.iter().enumerate().filter(|(_, it)| expression::has_escape(it)) {
            let at = job.place.key(key);
            let at = if commands.len() == 1 { at } else { at.index(index) };
            let message = "`\\<<` is how CircleCI escapes `<<`, so no command can have it";
            out.refuse(&at, message, "write `<<` in the spec, or put the command into a file");
        }
    }
}

/// Every text of a job that stands in the file with its values, and its place in the spec.
fn texts<'a>(native: &Native<'a>) -> Vec<(&'a Text, Place)> {
    let (plan, job) = (native.plan, native.job);
    let mut texts: Vec<(&Text, Place)> = Vec::new();
    let outer = plan.env.iter().filter(|(name, _)| !job.env.contains_key(*name));
    texts.extend(outer.map(|(name, value)| (value, Place::root().key("env").key(name))));
    texts.extend(job.env.iter().map(|(name, value)| (value, job.place.key("env").key(name))));
    for service in &native.services {
        texts.push((&service.image, service.place.key("image")));
        texts.extend(service.env.iter().map(|(name, value)| (value, service.place.key("env").key(name))));
    }
    for cache in &job.caches {
        texts.extend(cache.paths.iter().chain(&cache.keys).map(|it| (it, cache.place.clone())));
    }
    texts.extend(job.image.iter().map(|it| (it, job.place.key("image"))));
    texts.extend(job.working_directory.iter().map(|it| (it, job.place.key("working-directory"))));
    texts.extend(job.setup.iter().map(|(toolchain, it)| (it, job.place.key("setup").key(toolchain.key()))));
    texts
}

fn steps(native: &Native<'_>, out: &mut Lowering<'_>) -> Vec<Step> {
    let job = native.job;
    let mut steps = Vec::new();
    steps.extend(checkout(native));
    steps.extend(service::start(native, out).into_iter().map(|it| it.named("services")));
    steps.extend(setup::lower(native));
    let mut saves = Vec::new();
    for cache in &job.caches {
        let (before, save) = cache::lower(native, cache, out);
        steps.extend(before);
        saves.push(save);
    }
    steps.extend(artifact::take_over(native).into_iter().map(|it| it.named("needs")));
    if !job.install.is_empty() {
        steps.push(native.commands(INSTALL, &job.install, 0).named("install"));
    }
    let (title, id) = match job.kind {
        crate::plan::Kind::Run => ("Run", "run"),
        crate::plan::Kind::Test => ("Test", "test"),
    };
    steps.push(native.commands(title, &job.commands, job.retry).named(id));
    steps.extend(saves);
    steps.extend(job.artifacts.iter().flat_map(|it| artifact::keep(native, it)));
    steps.extend(artifact::hand_over(native));
    steps.extend(artifact::results(native));
    steps.extend(job.is_reported().then(|| Step::from(native.verdict()).named("verdict")));
    steps.extend(service::stop(native).map(|it| it.named("services-stop")));
    clean(native, &mut steps);
    steps
}

/// A machine that outlives the job may still have what an earlier job put together.
fn clean(native: &Native<'_>, steps: &mut Vec<Step>) {
    if native.host.is_shared() {
        let clean = run("Clean up", format!("rm -rf {}", native.host.scratch()));
        steps.insert(0, Step::from(clean).named("clean"));
    }
}

/// <https://circleci.com/docs/reference/configuration-reference/#checkout>
fn checkout(native: &Native<'_>) -> Vec<Step> {
    let Some(checkout) = &native.job.checkout else { return Vec::new() };
    let method = (checkout.depth == Some(0)).then_some("full");
    let mut steps = vec![Step { checkout: Some(Checkout { method }), ..Step::default() }.named("checkout")];
    if checkout.submodules {
        let command = "git submodule sync --recursive\ngit submodule update --init --recursive";
        steps.push(Step::from(run("Check out submodules", command)).named("submodules"));
    }
    if checkout.lfs {
        let command = "git lfs install --local\ngit lfs pull";
        steps.push(Step::from(run("Check out LFS files", command)).named("lfs"));
    }
    steps
}
