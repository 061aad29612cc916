//! Services as containers that a stage starts and its `post` removes.
//!
//! A job in a container shares a network with them and finds each under its name; from the agent itself they are
//! reached by their ports.

use super::{
    kind::Kind,
    stage::Step,
    value::{self, Value},
};
use crate::{
    plan::{Plan, Service, Text},
    script::{quote, wait_for_port, word, Insert},
    spec::Shell,
};

/// The variable with a name that no other build on the machine has: of the network, and before those of containers.
/// Only the scripts that start and remove services have it.
const NAME: &str = "CI_GEN_SERVICES";

/// The same name in Groovy.
pub(super) fn network() -> Value {
    Value::code("nameOfServices()")
}

/// The step that starts the services and waits until they are ready, or at least started.
///
/// <https://docs.docker.com/reference/cli/docker/container/run/>
pub(super) fn start(plan: &Plan, kind: &Kind) -> Step {
    let services = kind.services(plan);
    let mut parts = vec!["#!/usr/bin/env bash\nset -eo pipefail".to_owned()];
    if kind.contained {
        parts.push(format!("docker network create \"${NAME}\""));
    }
    parts.extend(services.iter().map(|service| run(service, kind)));
    parts.extend(services.iter().filter(|it| it.ready.is_some()).map(|service| wait_for_health(service)));
    if !kind.contained {
        for service in services.iter().filter(|it| it.ready.is_none()) {
            parts
                .extend(service.ports.iter().map(|port| wait_for_port(Shell::Bash, &service.name, "localhost", *port)));
        }
    }
    Step::StartServices { script: parts.join("\n") + "\n" }
}

/// The commands that wait for the ports of services without a command that tells, from inside the job's container.
pub(super) fn wait(plan: &Plan, kind: &Kind, shell: Shell) -> Vec<String> {
    let services = kind.services(plan).into_iter().filter(|it| kind.contained && it.ready.is_none());
    let each = services.flat_map(|it| it.ports.iter().map(|port| wait_for_port(shell, &it.name, &it.name, *port)));
    each.collect()
}

/// The step that removes everything again.
pub(super) fn stop() -> Step {
    Step::call("removeServices")
}

fn run(service: &Service, kind: &Kind) -> String {
    let shell = Shell::Bash;
    let insert = |expr: &_| Insert::Variable(value::variable(expr));
    let mut lines = vec![
        format!("docker run --detach --name \"${NAME}-{}\"", service.name),
        format!("--label \"services=${NAME}\""),
    ];
    if kind.contained {
        lines.push(format!("--network \"${NAME}\" --network-alias {}", service.name));
    } else {
        lines.extend(service.ports.iter().map(|port| format!("--publish {port}:{port}")));
    }
    for (variable, content) in &service.env {
        let mut assignment = Text::literal(format!("{variable}="));
        assignment.push(content);
        lines.push(format!("--env {}", word(&assignment, shell, &insert)));
    }
    if let Some(ready) = &service.ready {
        lines.push(format!("--health-cmd {}", quote(ready, shell)));
        lines.push("--health-interval 2s --health-timeout 10s --health-retries 30".to_owned());
    }
    let mut image = word(&service.image, shell, &insert);
    for argument in &service.command {
        image.push(' ');
        image.push_str(&quote(argument, shell));
    }
    lines.push(image);
    lines.join(" \\\n  ")
}

fn wait_for_health(service: &Service) -> String {
    let name = &service.name;
    format!(
        r#"for second in {{1..120}}; do
  health=$(docker inspect --format '{{{{.State.Running}}}} {{{{.State.Health.Status}}}}' "${NAME}-{name}")
  [ "$health" = 'true starting' ] || break
  sleep 1
done
if [ "$health" != 'true healthy' ]; then
  echo 'service {name} did not become healthy; its logs:' >&2
  docker logs "${NAME}-{name}" >&2
  exit 1
fi"#
    )
}
