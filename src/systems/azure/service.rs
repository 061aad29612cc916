//! Services of a job: Azure's service containers, or containers that a step starts.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use super::{
    job::Scope,
    matrix::{identifier, unique},
    step::{insert, opening, script as script_step, Step},
    value::{self, Values},
    Pair,
};
use crate::{
    plan::{Expr, Leg, Service, Text},
    script::{self, Insert},
    systems::{dotnet::argument, Lowering},
};

/// A container of `resources`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub(super) struct Container {
    alias: String,
    image: String,
    env: Vec<Pair>,
    ports: Vec<String>,
    options: Option<String>,
}

/// The containers that the jobs ask for, each once.
#[derive(Default)]
pub(super) struct Containers {
    pub(super) list: Vec<Container>,
    aliases: HashMap<(String, Container), String>,
    taken: HashSet<String>,
}

/// The variable that names a service's container where it differs by leg.
pub(super) fn variable(service: &str) -> String {
    format!("{}Service", service.replace('-', "_"))
}

/// A service of a job and the container that each leg uses for it.
pub(super) struct Use {
    pub(super) service: String,
    pub(super) aliases: Vec<String>,
}

impl Use {
    /// Whether the legs use different containers.
    pub(super) fn differs(&self) -> bool {
        self.aliases.windows(2).any(|pair| pair[0] != pair[1])
    }

    /// The entry in the job's `services`.
    ///
    /// <https://learn.microsoft.com/azure/devops/pipelines/process/service-containers#multiple-jobs>
    pub(super) fn entry(&self) -> Pair {
        let value = match self.differs() {
            true => format!("$[ variables['{}'] ]", variable(&self.service)),
            false => self.aliases[0].clone(),
        };
        (self.service.clone(), value)
    }
}

/// The services without arguments; all legs of a scope have the same ones.
pub(super) fn native(scope: &Scope<'_>, containers: &mut Containers, out: &mut Lowering<'_>) -> Vec<Use> {
    services(scope)
        .filter(|service| service.command.is_empty())
        .map(|service| Use {
            service: service.name.clone(),
            aliases: scope.legs.iter().map(|leg| containers.add(scope, service, leg, out)).collect(),
        })
        .collect()
}

fn services<'a>(scope: &'a Scope<'_>) -> impl Iterator<Item = &'a Service> {
    scope.legs[0].services.iter().filter_map(|name| scope.values.plan.services.get(name))
}

impl Containers {
    fn add(&mut self, scope: &Scope<'_>, service: &Service, leg: &Leg, out: &mut Lowering<'_>) -> String {
        let values = scope.values;
        let mut env: Vec<Pair> = Vec::new();
        for (name, value) in &service.env {
            let value = leg.fill(value).as_literal().unwrap_or_default().to_owned();
            let at = service.place.key("env").key(name);
            value::check_plain(&value, &at, out);
            // The agent puts the value between double quotes and only escapes those in it.
            if value.contains("\\\"") || value.ends_with('\\') {
                let help = "avoid a backslash before a double quote and at the end";
                out.refuse(&at, "Azure cannot pass this value on", help);
            }
            env.push((name.clone(), values.escape(&value)));
        }
        let published = if scope.in_container { &[][..] } else { &service.ports[..] };
        let image = leg.fill(&service.image).as_literal().unwrap_or_default().to_owned();
        value::check_plain(&image, &service.place.key("image"), out);
        let container = Container {
            alias: String::new(),
            image: values.escape(&values.plan.pins.image(&image)),
            env,
            ports: published.iter().map(|port| format!("{port}:{port}")).collect(),
            options: options(values, service),
        };
        let key = (service.name.clone(), container.clone());
        if let Some(alias) = self.aliases.get(&key) {
            return alias.clone();
        }
        let tag = image.rsplit_once(':').map_or("", |(_, tag)| tag);
        let wanted = match service.image.as_literal() {
            Some(_) => service.name.clone(),
            None => format!("{}_{}", service.name, identifier(tag)),
        };
        let alias = unique(&wanted, &mut self.taken);
        self.list.push(Container { alias: alias.clone(), ..container });
        self.aliases.insert(key, alias.clone());
        alias
    }
}

/// The agent waits while a container with a health check is starting.
fn options(values: &Values<'_>, service: &Service) -> Option<String> {
    let ready = values.escape(&argument(service.ready.as_ref()?));
    Some(format!("--health-cmd {ready} --health-interval 5s --health-timeout 5s --health-retries 20"))
}

/// The step that waits for services that tell nobody whether they are ready; Azure's agent waits only where there is a
/// health check.
pub(super) fn wait(scope: &Scope<'_>) -> Option<Step> {
    let shell = scope.job.shell;
    let silent = services(scope).filter(|service| service.command.is_empty() && service.ready.is_none());
    let waits = silent.flat_map(|service| {
        let host = if scope.in_container { &service.name } else { "localhost" };
        service.ports.iter().map(move |port| script::wait_for_port(shell, &service.name, host, *port))
    });
    let waits: Vec<String> = waits.collect();
    let text = format!("{}\n{}", opening(shell), waits.join("\n"));
    (!waits.is_empty()).then(|| script_step("Wait for services", shell, scope.values.escape(&text)))
}

/// Steps that start the services with arguments, which Azure's own cannot have, and steps that end them.
pub(super) fn started(scope: &Scope<'_>, out: &mut Lowering<'_>) -> (Vec<Step>, Vec<Step>) {
    let (mut start, mut stop) = (Vec::new(), Vec::new());
    let job = scope.job;
    for service in services(scope).filter(|service| !service.command.is_empty()) {
        if scope.in_container {
            let message = format!("Azure cannot start `{}` with arguments beside a job with an `image`", service.name);
            out.refuse(
                &job.place.key("services"),
                message,
                "leave out `image`, or take an image that needs no `command`",
            );
            continue;
        }
        let env: Vec<(String, Text)> = service.env.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        let container = script::Container {
            name: &service.name,
            image: service.image.clone(),
            env: &env,
            ports: &service.ports,
            command: &service.command,
            ready: service.ready.as_deref(),
        };
        let texts = env.iter().map(|(name, text)| (text.as_literal(), service.place.key("env").key(name)));
        let words = service.command.iter().map(|word| (Some(word.as_str()), service.place.key("command")));
        for (text, at) in texts.chain(words) {
            scope.values.check_script(text.unwrap_or_default(), &at, out);
        }
        let value = insert(scope);
        let value: &dyn Fn(&Expr) -> Insert = &value;
        let text = format!("{}\n{}", opening(job.shell), script::docker_run(&container, job.shell, value));
        start.push(script_step(&format!("Start {}", service.name), job.shell, scope.values.escape(&text)));
        let end = script_step(&format!("Stop {}", service.name), job.shell, script::docker_stop(&service.name));
        stop.push(Step { condition: Some("always()".to_owned()), ..end });
    }
    (start, stop)
}
