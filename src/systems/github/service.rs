//! Services of a job as GitHub's service containers.

use serde::Serialize;

use super::{expression, finding, Pair};
use crate::{
    plan::{Expr, Job, Leg, Part, Plan, Service},
    systems::dotnet::argument,
};

#[derive(Serialize)]
pub(super) struct ServiceModel {
    name: String,
    image: String,
    finding: Option<String>,
    env: Vec<Pair>,
    ports: Vec<String>,
    options: Option<String>,
    command: Option<String>,
}

/// The services that some of the legs use.
///
/// <https://docs.github.com/en/actions/tutorials/use-containerized-services/use-docker-service-containers>
pub(super) fn lower(plan: &Plan, job: &Job, legs: &[&Leg], in_container: bool) -> Vec<ServiceModel> {
    let mut services: Vec<&Service> = Vec::new();
    for name in legs.iter().flat_map(|leg| &leg.services) {
        if let Some(service) = plan.services.get(name).filter(|it| !services.iter().any(|known| known.name == it.name))
        {
            services.push(service);
        }
    }
    services.into_iter().map(|service| model(plan, job, legs, service, in_container)).collect()
}

fn model(plan: &Plan, job: &Job, legs: &[&Leg], service: &Service, in_container: bool) -> ServiceModel {
    let everywhere = legs.iter().all(|leg| leg.services.contains(&service.name));
    let image = match everywhere {
        true => expression::text(plan, &service.image),
        // An empty image leaves the service out.
        false => {
            let image = expression::operand(plan, &service.image);
            format!("${{{{ ({}) && {image} || '' }}}}", condition(job, service))
        }
    };
    let ports = if in_container { &[][..] } else { &service.ports[..] };
    ServiceModel {
        name: service.name.clone(),
        image,
        finding: finding::image(plan, &service.image),
        env: service.env.iter().map(|(name, value)| (name.clone(), expression::text(plan, value))).collect(),
        ports: ports.iter().map(|port| format!("{port}:{port}")).collect(),
        options: options(service),
        command: (!service.command.is_empty()).then(|| expression::escape(&arguments(&service.command))),
    }
}

/// Which legs use the service, where it is named by a matrix value.
fn condition(job: &Job, service: &Service) -> String {
    let entries = job.services.iter().filter_map(|entry| match entry.parts.as_slice() {
        [Part::Expr(Expr::Matrix(key))] => Some(format!("matrix.{key} == {}", expression::quoted(&service.name))),
        _ => None,
    });
    entries.collect::<Vec<_>>().join(" || ")
}

fn options(service: &Service) -> Option<String> {
    let ready = expression::escape(&argument(service.ready.as_ref()?));
    Some(format!("--health-cmd {ready} --health-interval 5s --health-timeout 5s --health-retries 20"))
}

fn arguments(words: &[String]) -> String {
    words.iter().map(|word| argument(word)).collect::<Vec<_>>().join(" ")
}
