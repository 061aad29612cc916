//! Services of a job: further containers, or Docker on a machine.

use std::collections::HashSet;

use super::{
    expression,
    native::Native,
    step::{run, Run, Step},
    Container,
};
use crate::{
    plan::{Expr, Plan, Service, Text},
    script,
    systems::Lowering,
};

/// Whether two of the services listen on one port, so that `localhost` cannot serve them all.
pub(super) fn collide(services: &[&Service]) -> bool {
    let mut ports = HashSet::new();
    services.iter().flat_map(|it| &it.ports).any(|port| !ports.insert(port))
}

/// The services as containers beside the first.
///
/// <https://circleci.com/docs/reference/configuration-reference/#docker>
pub(super) fn containers(native: &Native<'_>) -> Vec<Container> {
    let plan = native.plan;
    let named = collide(&native.services);
    let container = |service: &&Service| Container {
        image: expression::text(plan, &service.image),
        name: named.then(|| service.name.clone()),
        command: service.command.iter().map(|it| expression::escape(it)).collect(),
        environment: environment(plan, service),
    };
    native.services.iter().map(container).collect()
}

fn environment(plan: &Plan, service: &Service) -> Vec<super::Pair> {
    service.env.iter().map(|(name, value)| (name.clone(), expression::text(plan, value))).collect()
}

/// The steps that start the services, or wait for them.
pub(super) fn start(native: &Native<'_>, out: &mut Lowering<'_>) -> Vec<Step> {
    let shell = native.job.shell;
    let mut steps: Vec<Step> = Vec::new();
    for service in &native.services {
        let (title, script) = if native.host.is_docker() {
            let host = native.service_host(&service.name);
            let waits = service.ports.iter().map(|port| script::wait_for_port(shell, &service.name, &host, *port));
            ("Wait for", waits.collect::<Vec<_>>().join("\n"))
        } else {
            let env: Vec<(String, Text)> =
                service.env.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
            let container = script::Container {
                name: &service.name,
                image: service.image.clone(),
                env: &env,
                ports: &service.ports,
                command: &service.command,
                ready: service.ready.as_deref(),
            };
            ("Start", script::docker_run(&container, shell, &|expr: &Expr| native.insert(expr)))
        };
        if !script.is_empty() {
            steps.push(native.own(run(format!("{title} {}", service.name), script)).into());
        }
    }
    if !native.host.is_docker() && collide(&native.services) {
        let help = "give them different ports, or choose a runner with `docker`";
        out.refuse(&native.job.place.key("services"), "two services on one machine listen on the same port", help);
    }
    steps
}

/// The step that ends the services on a machine that outlives the job.
pub(super) fn stop(native: &Native<'_>) -> Option<Step> {
    if !native.host.is_shared() || native.services.is_empty() {
        return None;
    }
    let commands: Vec<String> = native.services.iter().map(|it| script::docker_stop(&it.name)).collect();
    let step = Run { when: Some("always"), ..run("Stop services", commands.join("\n")) };
    Some(step.into())
}
