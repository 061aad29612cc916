//! Services as containers that the job reaches by their names.

use serde::Serialize;

use super::{native::Native, reference};
use crate::{
    plan::{Expr, Job, Plan, Service, Text},
    script,
};

/// <https://docs.gitlab.com/ci/services/>
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct ServiceModel {
    image: String,
    alias: String,
    env: Vec<(String, String)>,
    command: Vec<String>,
}

/// The services of a native job; all its legs have the same.
pub(super) fn lower(plan: &Plan, native: &Native<'_>) -> Vec<ServiceModel> {
    of(plan, native).into_iter().map(model).collect()
}

fn of<'a>(plan: &'a Plan, native: &Native<'_>) -> Vec<&'a Service> {
    native.legs[0].services.iter().filter_map(|name| plan.services.get(name)).collect()
}

fn model(service: &Service) -> ServiceModel {
    let env = service.env.iter().map(|(name, value)| (name.clone(), reference::text(value, reference::escape)));
    ServiceModel {
        image: reference::text(&service.image, reference::escape),
        alias: service.name.clone(),
        env: env.collect(),
        command: service.command.clone(),
    }
}

/// A script that waits until the services take connections; GitLab itself goes on after 30 seconds in any case.
///
/// <https://docs.gitlab.com/ci/services/#how-the-health-check-of-services-works>
pub(super) fn wait(plan: &Plan, job: &Job, native: &Native<'_>) -> Option<String> {
    // The runner's own shell reads it, which is never PowerShell where there are services.
    let shell = match job.shell {
        script::Shell::Bash => script::Shell::Bash,
        script::Shell::Sh | script::Shell::Pwsh => script::Shell::Sh,
    };
    let services = of(plan, native);
    let waits = services.iter().flat_map(|service| {
        service.ports.iter().map(|port| script::wait_for_port(shell, &service.name, &service.name, *port))
    });
    let waits: Vec<String> = waits.collect();
    (!waits.is_empty()).then(|| waits.join("\n"))
}

/// `text` with the hosts and ports of services in their places.
pub(super) fn fill(plan: &Plan, text: &Text) -> Text {
    text.fill(|expr| known(plan, expr).map(Text::literal))
}

/// What is fixed about services while the file is written.
pub(super) fn known(plan: &Plan, expr: &Expr) -> Option<String> {
    match expr {
        Expr::ServiceHost(name) => Some(name.clone()),
        Expr::ServicePort(name) => plan.services.get(name)?.ports.first().map(u16::to_string),
        _ => None,
    }
}
