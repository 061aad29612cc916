//! Services as containers that a first step starts and a last one removes.

use super::{script::Scripts, step::Step, text};
use crate::{
    plan::{Leg, Service},
    script::{self, Container},
    spec::Shell,
};

/// The steps that start and remove a leg's services.
///
/// They run on the agent, and their ports are published there. A job in a container shares the agent's network, so it
/// finds them under the same address.
pub(super) fn steps(scripts: &Scripts<'_>, leg: &Leg) -> (Option<Step>, Option<Step>) {
    let services: Vec<&Service> = leg.services.iter().filter_map(|it| scripts.plan.services.get(it)).collect();
    if services.is_empty() {
        return (None, None);
    }
    let value = |expr: &_| scripts.insert(expr);
    let mut start = format!("#!/usr/bin/env bash\n{}", script::strict(Shell::Bash));
    let mut stop = Vec::new();
    for service in services {
        let env: Vec<_> = service.env.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        let container = Container {
            name: &service.name,
            image: service.image.clone(),
            env: &env,
            ports: &service.ports,
            command: &service.command,
            ready: service.ready.as_deref(),
        };
        start.push('\n');
        start.push_str(&script::docker_run(&container, Shell::Bash, &value));
        stop.push(script::docker_stop(&service.name));
    }
    let start = Step::on_machine("Start services", Shell::Sh, text::escape(&start));
    let stop = Step::on_machine("Stop services", Shell::Sh, text::escape(&stop.join("\n")));
    (Some(start), Some(Step { mode: Some("ALWAYS"), ..stop }))
}
