//! One job of a spec, resolved: defaults merged, texts parsed, everything it names looked up.

use indexmap::{IndexMap, IndexSet};

use super::{
    builder::{duration, elements, misplaced, one_text, texts, Builder, Check, Home},
    env, kept, legs,
    registry::{slug, Registry},
    triggers, Expr, Job, Kind, Only, Plan, Refs, Text,
};
use crate::{
    diag::{Diagnostic, Place},
    spec::{self, Checkout, CheckoutUse, Flag, Scalar},
};

/// The job with `[defaults]` filled in.
pub(super) fn merged(defaults: &spec::Job, own: &spec::Job) -> spec::Job {
    let (own, defaults) = (own.clone(), defaults.clone());
    let mut env = defaults.env.unwrap_or_default();
    env.extend(own.env.unwrap_or_default());
    // A job that says what it runs is not given a second thing to run.
    let says = own.run.is_some() || own.test.is_some();
    spec::Job {
        description: own.description.or(defaults.description),
        run: if says { own.run } else { defaults.run },
        test: if says { own.test } else { defaults.test },
        needs: own.needs.or(defaults.needs),
        runner: own.runner.or(defaults.runner),
        image: own.image.or(defaults.image),
        setup: own.setup.or(defaults.setup),
        install: own.install.or(defaults.install),
        results: own.results.or(defaults.results),
        services: own.services.or(defaults.services),
        secrets: own.secrets.or(defaults.secrets),
        env: Some(env),
        only: own.only.or(defaults.only),
        cache: own.cache.or(defaults.cache),
        artifacts: own.artifacts.or(defaults.artifacts),
        shards: own.shards.or(defaults.shards),
        retry: own.retry.or(defaults.retry),
        allow_failure: own.allow_failure.or(defaults.allow_failure),
        timeout: own.timeout.or(defaults.timeout),
        concurrency: own.concurrency.or(defaults.concurrency),
        working_directory: own.working_directory.or(defaults.working_directory),
        shell: own.shell.or(defaults.shell),
        checkout: own.checkout.or(defaults.checkout),
        matrix: own.matrix.or(defaults.matrix),
    }
}

/// What a text of a job may name.
struct Scope<'a> {
    keys: IndexSet<String>,
    sharded: bool,
    services: IndexSet<String>,
    inputs: &'a IndexSet<String>,
    variables: IndexSet<String>,
    plan: &'a Plan,
}

impl Scope<'_> {
    /// In commands and environment variables: everything.
    fn anything(&self, expr: &Expr, at: &Place) -> Result<(), Diagnostic> {
        match expr {
            Expr::Input(name) => env::known_input(name, self.inputs, at),
            Expr::Env(name) => env::known_variable(name, &self.variables, at),
            Expr::GitSha | Expr::GitBranch | Expr::GitTag => Ok(()),
            Expr::ServiceHost(name) => self.service(name, at),
            Expr::ServicePort(name) => {
                self.service(name, at)?;
                if self.plan.services.get(name).is_some_and(|it| it.ports.is_empty()) {
                    let message = format!("the service `{name}` has no port");
                    let help = format!("add `port = …` to `[service.{name}]`");
                    return Err(Diagnostic::error("service-port", at.clone(), message).help(help));
                }
                Ok(())
            }
            Expr::Matrix(_) | Expr::ShardIndex | Expr::ShardTotal => self.leg(expr, at),
        }
    }

    /// In paths and names of files: what is fixed per leg.
    fn leg(&self, expr: &Expr, at: &Place) -> Result<(), Diagnostic> {
        match expr {
            Expr::ShardIndex | Expr::ShardTotal if self.sharded => Ok(()),
            Expr::ShardIndex | Expr::ShardTotal => {
                let message = format!("`{{{{ {expr} }}}}` in a job without shards");
                Err(Diagnostic::error("unknown-shard", at.clone(), message).help("add `shards = N` to the job"))
            }
            Expr::Matrix(_) => self.matrix(expr, at),
            other => Err(misplaced(other, at, "here only `matrix` and `shard` values can stand")),
        }
    }

    /// In images, versions and directories: what the matrix fixes.
    fn matrix(&self, expr: &Expr, at: &Place) -> Result<(), Diagnostic> {
        match expr {
            Expr::Matrix(key) if self.keys.contains(key) => Ok(()),
            Expr::Matrix(key) => {
                let diagnostic = Diagnostic::error("unknown-axis", at.clone(), format!("the matrix has no `{key}`"));
                Err(match self.keys.is_empty() {
                    true => diagnostic.help("the job has no matrix; add `[job.NAME.matrix]`"),
                    false => diagnostic.suggest(key, self.keys.iter().map(String::as_str)),
                })
            }
            other => Err(misplaced(other, at, "here only `matrix` values can stand")),
        }
    }

    fn service(&self, name: &str, at: &Place) -> Result<(), Diagnostic> {
        if self.services.contains(name) {
            return Ok(());
        }
        let known: Vec<&str> = self.plan.services.keys().map(String::as_str).collect();
        if known.contains(&name) {
            let message = format!("the job does not use the service `{name}`");
            return Err(Diagnostic::error("unknown-service", at.clone(), message)
                .help(format!("add `services = [\"{name}\"]` to the job")));
        }
        let message = format!("there is no service `{name}`");
        Err(Diagnostic::error("unknown-service", at.clone(), message).suggest(name, known))
    }
}

/// Resolves one job, described at `at` with nothing left to merge; `needs`, `level` and inherited conditions are filled in once all jobs are known.
pub(super) fn build(
    builder: &mut Builder<'_>,
    plan: &Plan,
    inputs: &IndexSet<String>,
    registry: &mut Registry,
    name: &str,
    spec: spec::Job,
    at: Place,
) -> Job {
    let matrix = spec.matrix.as_ref().map(|it| legs::matrix(builder, it, &at.key("matrix")));
    let mut variables: IndexSet<String> = plan.env.keys().cloned().collect();
    variables.extend(spec.env.iter().flatten().map(|(name, _)| name.clone()));
    let mut scope = Scope {
        keys: matrix.iter().flat_map(|it| it.keys()).collect(),
        sharded: spec.shards.is_some(),
        services: IndexSet::new(),
        inputs,
        variables,
        plan,
    };

    let runner_at = at.key("runner");
    let runner = match &spec.runner {
        Some(raw) => builder.text(raw, &runner_at, |expr| scope.matrix(expr, &runner_at)),
        None => Text::literal("linux"),
    };
    let services: Vec<(Text, Place)> = elements(&spec.services, &at.key("services"))
        .into_iter()
        .map(|(raw, place)| (builder.text(raw, &place, |expr| scope.matrix(expr, &place)), place))
        .collect();
    let image = one_text(builder, &spec.image, &at.key("image"), &|expr, at| scope.matrix(expr, at));
    let setup_at = at.key("setup");
    let setup = spec.setup.iter().flatten();
    let setup: IndexMap<_, _> = setup
        .map(|(toolchain, version)| {
            let place = setup_at.key(toolchain.key());
            (*toolchain, builder.text(&version.text(), &place, |expr| scope.matrix(expr, &place)))
        })
        .collect();
    let allow_failure_axis = allow_failure_axis(builder, &spec.allow_failure, &scope, &at.key("allow-failure"));
    let shards = spec.shards.as_ref().map(spec::Shards::count);
    let expansion = legs::Expansion {
        slug: slug(name),
        place: &at,
        matrix: matrix.as_ref(),
        shards,
        runner: &runner,
        image: image.as_ref(),
        setup: &setup,
        services: &services,
        allow_failure: &spec.allow_failure,
        allow_failure_axis: allow_failure_axis.as_deref(),
    };
    let legs = legs::expand(builder, plan, &mut registry.leg_ids, &expansion);
    scope.services = legs.iter().flat_map(|leg| leg.services.iter().cloned()).collect();

    let anything = |expr: &Expr, at: &Place| scope.anything(expr, at);
    let of_leg = |expr: &Expr, at: &Place| scope.leg(expr, at);
    let (kind, commands) = commands(builder, &spec, &at, &anything);
    let install = texts(builder, &spec.install, &at.key("install"), &anything);
    let own_env = spec.env.clone().unwrap_or_default();
    let own_env = env::parse(builder, &own_env, &at.key("env"), &anything);
    let own_env = env::resolve(builder, own_env, &plan.env, &at.key("env"));
    let secrets = secrets(builder, &spec, &scope, &at.key("secrets"));
    let results = texts(builder, &spec.results, &at.key("results"), &of_leg);
    let results_at = at.key("results");
    for (index, path) in results.iter().enumerate() {
        builder.check_path(path, &results_at.index(index), Home::Refused);
    }
    let artifacts = kept::artifacts(builder, &spec.artifacts, &at.key("artifacts"), &of_leg);
    let of_matrix = |expr: &Expr, at: &Place| scope.matrix(expr, at);
    let caches = kept::caches(builder, registry, &spec.cache, &of_matrix, &at);
    let directory_at = at.key("working-directory");
    let working_directory =
        one_text(builder, &spec.working_directory, &directory_at, &|expr, at| scope.matrix(expr, at));
    if let Some(directory) = &working_directory {
        builder.check_path(directory, &directory_at, Home::Refused);
    }
    let timeout = duration(builder, &spec.timeout, &at.key("timeout"));
    let only = only(builder, &spec.only, plan, inputs, &at.key("only"));
    Job {
        name: name.to_owned(),
        slug: slug(name),
        description: spec.description.map(|it| it.trim().to_owned()).filter(|it| !it.is_empty()),
        kind,
        gate: false,
        commands,
        install,
        needs: Vec::new(),
        level: 0,
        runner,
        image,
        setup,
        services: services.into_iter().map(|(text, _)| text).collect(),
        secrets,
        env: own_env,
        only,
        caches,
        artifacts,
        results,
        shards,
        retry: spec.retry.unwrap_or(0),
        timeout,
        concurrency: spec.concurrency.unwrap_or_default(),
        working_directory: working_directory.filter(|it| !it.is_empty() && it.as_literal() != Some(".")),
        shell: spec.shell.unwrap_or_default(),
        checkout: match spec.checkout {
            None | Some(CheckoutUse::Switch(true)) => Some(Checkout::default()),
            Some(CheckoutUse::Switch(false)) => None,
            Some(CheckoutUse::Table(checkout)) => Some(checkout),
        },
        allow_failure_axis,
        matrix,
        legs,
        place: at,
    }
}

fn commands(builder: &mut Builder<'_>, spec: &spec::Job, at: &Place, check: Check<'_>) -> (Kind, Vec<Text>) {
    let (kind, list, key) = match (&spec.run, &spec.test) {
        (Some(_), Some(_)) => {
            let help = "keep `test` for a test suite, `run` for anything else".to_owned();
            builder.error("run-and-test", at.key("test"), format!("`{at}` has both `run` and `test`"), Some(help));
            (Kind::Test, &spec.test, "test")
        }
        (Some(_), None) => (Kind::Run, &spec.run, "run"),
        (None, Some(_)) => (Kind::Test, &spec.test, "test"),
        (None, None) => {
            let help = "add `test = \"…\"` for a test suite, `run = \"…\"` for anything else".to_owned();
            let diagnostic =
                Diagnostic::error("run-or-test", at.clone(), format!("`{at}` has neither `run` nor `test`"));
            builder.diagnostics.push(diagnostic.on_key().help(help));
            return (Kind::Run, Vec::new());
        }
    };
    let at = at.key(key);
    if list.as_ref().is_some_and(|it| it.as_slice().is_empty()) {
        builder.error("empty-list", at.clone(), format!("`{at}` must not be empty"), None);
    }
    (kind, texts(builder, list, &at, check))
}

fn secrets(builder: &mut Builder<'_>, spec: &spec::Job, scope: &Scope<'_>, at: &Place) -> Vec<String> {
    let mut secrets: Vec<String> = Vec::new();
    for (secret, place) in elements(&spec.secrets, at) {
        env::check_name(builder, secret, &place);
        if scope.variables.contains(secret) {
            let help = "rename the variable, or take it out of `env`".to_owned();
            builder.error(
                "secret-shadowed",
                place,
                format!("`{secret}` is both a secret and a variable of `env`"),
                Some(help),
            );
        } else if secrets.contains(secret) {
            builder.error("duplicate", place, format!("the secret `{secret}` is listed twice"), None);
        } else {
            secrets.push(secret.clone());
        }
    }
    secrets
}

fn allow_failure_axis(builder: &mut Builder<'_>, flag: &Option<Flag>, scope: &Scope<'_>, at: &Place) -> Option<String> {
    let Some(Flag::Value(raw)) = flag else { return None };
    let text = builder.text(raw, at, |expr| scope.matrix(expr, at));
    match text.parts.as_slice() {
        [super::Part::Expr(Expr::Matrix(axis))] => Some(axis.clone()),
        _ => {
            let help = "write `true`, `false` or one `{{ matrix.NAME }}`".to_owned();
            builder.error("wrong-type", at.clone(), format!("`{raw}` is no answer to `allow-failure`"), Some(help));
            None
        }
    }
}

fn only(
    builder: &mut Builder<'_>,
    only: &Option<spec::Only>,
    plan: &Plan,
    inputs: &IndexSet<String>,
    at: &Place,
) -> Only {
    let Some(only) = only else { return Only::default() };
    let mut resolved = Only::default();
    if let Some(events) = &only.events {
        if events.as_slice().is_empty() {
            builder.error("empty-list", at.key("events"), format!("`{}` must not be empty", at.key("events")), None);
        }
        let mut list = events.as_slice().to_vec();
        list.sort();
        list.dedup();
        resolved.events = Some(list);
    }
    let refs = Refs {
        branches: triggers::globs(builder, &only.branches, &at.key("branches")),
        tags: triggers::globs(builder, &only.tags, &at.key("tags")),
    };
    for (list, key) in [(&only.branches, "branches"), (&only.tags, "tags")] {
        if list.as_ref().is_some_and(|it| it.as_slice().is_empty()) {
            builder.error("empty-list", at.key(key), format!("`{}` must not be empty", at.key(key)), None);
        }
    }
    if refs != Refs::default() {
        resolved.refs.push(refs);
    }
    for (name, value) in only.inputs.iter().flatten() {
        let place = at.key("inputs").key(name);
        if let Err(diagnostic) = env::known_input(name, inputs, &place) {
            builder.diagnostics.push(diagnostic.on_key());
            continue;
        }
        check_choice(builder, plan, name, value, &place);
        resolved.inputs.insert(name.clone(), value.text());
    }
    resolved
}

/// A condition on a value that an input can never have would never hold.
fn check_choice(builder: &mut Builder<'_>, plan: &Plan, name: &str, value: &Scalar, at: &Place) {
    let value = value.text();
    let input = plan.triggers.manual.iter().flatten().find(|(it, _)| *it == name).map(|(_, input)| input);
    let Some(input) = input else { return };
    let options: Vec<&str> = match input.kind {
        spec::InputKind::Choice => input.options.iter().map(String::as_str).collect(),
        spec::InputKind::Boolean => vec!["true", "false"],
        _ => return,
    };
    if !options.contains(&value.as_str()) {
        let message = format!("the input `{name}` is never `{value}`");
        builder.diagnostics.push(Diagnostic::error("only-never", at.clone(), message).suggest(&value, options));
    }
}
