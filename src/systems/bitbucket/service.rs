//! Services, each defined once for all steps that share it.

use indexmap::IndexMap;
use serde::Serialize;

use super::{
    machine::{self, Kind, Machine},
    slug, Pair,
};
use crate::{
    diag::Place,
    plan::{Expr, Job, Leg, Plan, Service, Text},
    spec::Os,
    systems::Lowering,
};

/// A container beside steps.
///
/// <https://support.atlassian.com/bitbucket-cloud/docs/databases-and-service-containers/>
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Definition {
    name: String,
    image: String,
    variables: Vec<Pair>,
}

/// The definitions so far.
#[derive(Default)]
pub(super) struct Services {
    definitions: IndexMap<String, Definition>,
}

const SOURCE: &str = "https://support.atlassian.com/bitbucket-cloud/docs/databases-and-service-containers/";

/// A step has at most so many services.
const MOST: usize = 5;

/// MB of memory that a service has unless told otherwise, and that the step itself needs.
const MEMORY: usize = 1024;

/// The agent's own port.
const RESERVED_PORT: u16 = 29418;

impl Services {
    fn define(&mut self, base: &str, image: String, variables: Vec<Pair>) -> String {
        let mut number = 1;
        loop {
            let name = if number == 1 { base.to_owned() } else { format!("{base}-{number}") };
            match self.definitions.get(&name) {
                None => {
                    self.definitions.insert(name.clone(), Definition { name: name.clone(), image, variables });
                    return name;
                }
                Some(it) if it.image == image && it.variables == variables => return name,
                Some(_) => number += 1,
            }
        }
    }

    pub(super) fn definitions(self) -> Vec<Definition> {
        self.definitions.into_values().collect()
    }
}

/// The names of a leg's services.
pub(super) fn lower(
    plan: &Plan,
    job: &Job,
    leg: &Leg,
    machine: &Machine,
    services: &mut Services,
    out: &mut Lowering<'_>,
) -> Vec<String> {
    let used: Vec<&Service> = leg.services.iter().filter_map(|name| plan.services.get(name)).collect();
    if used.is_empty() {
        return Vec::new();
    }
    check(job, leg, machine, &used, out);
    let mut names = Vec::new();
    for service in used {
        names.push(define(plan, leg, service, services, out));
    }
    names
}

fn check(job: &Job, leg: &Leg, machine: &Machine, used: &[&Service], out: &mut Lowering<'_>) {
    let at = job.place.key("services");
    if machine.kind == Kind::Shell {
        let place = if machine.os == Os::Linux { "a shell runner" } else { machine::title(machine.os) };
        let message = format!("the leg `{}` runs on {place}, where Bitbucket has no services", leg.id);
        out.refuse(&at, message, "name the service by a matrix value that is empty on that leg");
    }
    if used.len() > MOST {
        out.limit(&at, format!("{} services; a step on Bitbucket has at most {MOST}", used.len()), SOURCE);
    } else if machine.memory().is_some_and(|memory| memory < MEMORY * (used.len() + 1)) {
        let message = format!(
            "{} services of {MEMORY} MB leave a step of this size less than the {MEMORY} MB it needs (limit: {SOURCE})",
            used.len()
        );
        out.refuse(&at, message, "give the runner more memory: `bitbucket = { size = \"2x\" }`");
    }
    let mut ports: Vec<(u16, &str)> = Vec::new();
    for service in used {
        for port in &service.ports {
            if *port == RESERVED_PORT {
                out.limit(&service.place.key("port"), format!("Bitbucket needs port {port} itself"), SOURCE);
            }
            if let Some((_, other)) = ports.iter().find(|(it, _)| it == port) {
                let message = format!("`{other}` and `{}` both listen on port {port} of one network", service.name);
                out.refuse(&at, message, "let one of them listen on another port");
            }
            ports.push((*port, &service.name));
        }
    }
}

fn define(plan: &Plan, leg: &Leg, service: &Service, services: &mut Services, out: &mut Lowering<'_>) -> String {
    let fill = |text: &Text| leg.fill(text).as_literal().unwrap_or_default().to_owned();
    let image = plan.pins.image(&fill(&service.image));
    plain(&image, &service.place.key("image"), out);
    let mut variables = Vec::new();
    for (name, text) in &service.env {
        let text = fill(text);
        plain(&text, &service.place.key("env").key(name), out);
        variables.push((name.clone(), text));
    }
    let texts = std::iter::once(&service.image).chain(service.env.values());
    let mut words = vec![service.name.clone()];
    for expr in texts.flat_map(Text::exprs) {
        if let Expr::Matrix(key) = expr {
            let word = slug(leg.value(key));
            if !word.is_empty() && !words.contains(&word) {
                words.push(word);
            }
        }
    }
    // The name of the service that runs Docker itself.
    if words == ["docker"] {
        words.push("service".to_owned());
    }
    services.define(&words.join("-"), image, variables)
}

/// Bitbucket replaces variables in definitions and knows no escape.
fn plain(text: &str, at: &Place, out: &mut Lowering<'_>) {
    if text.contains('$') {
        let message = format!("Bitbucket would replace variables in `{text}`");
        out.refuse(at, message, "write the value without `$`");
    }
}
