//! Containers: the services beside a job and the image around it, started by scripts on the machine.
//!
//! <https://docs.travis-ci.com/user/docker/>. Travis's own services are a fixed list in fixed versions with nothing to
//! wait for, so images, versions and readiness of a spec need Docker.

use super::{env, script, BASH, SCRIPTS};
use crate::{
    plan::{Expr, Job, Leg, Plan, Service, Text},
    script::{self as shell, Container, Insert, Shell},
    spec::Os,
    systems::{variant::variants, Lowering},
};

/// The container of a job with an image; the names of services have no `_`.
const NAME: &str = "ci_gen_job";

/// What a service's text reads.
fn value(expr: &Expr) -> Insert {
    Insert::Variable(env::variable(expr))
}

/// The commands that start each leg's services, one list per leg.
pub(super) fn services(plan: &Plan, job: &Job, out: &mut Lowering<'_>) -> Vec<Option<String>> {
    let mut commands = vec![None; job.legs.len()];
    for variant in variants(job, |leg| leg.services.clone(), |leg| leg.services.join("-")) {
        let services: Vec<&Service> =
            variant.legs[0].services.iter().filter_map(|name| plan.services.get(name)).collect();
        if services.is_empty() {
            continue;
        }
        let suffix = if variant.suffix.is_empty() { String::new() } else { format!("-{}", variant.suffix) };
        let path = format!("{SCRIPTS}/{}/services{suffix}.sh", job.slug);
        let mut blocks = vec![shell::strict(Shell::Bash).to_owned()];
        blocks.extend(services.iter().map(|service| run(service)));
        script(out, &path, BASH, &blocks.join("\n\n"));
        for (leg, command) in job.legs.iter().zip(&mut commands) {
            if variant.legs.iter().any(|it| it.id == leg.id) {
                *command = Some(format!("bash {path}"));
            }
        }
    }
    commands
}

fn run(service: &Service) -> String {
    let env: Vec<(String, Text)> = service.env.iter().map(|(name, text)| (name.clone(), text.clone())).collect();
    let container = Container {
        name: &service.name,
        image: service.image.clone(),
        env: &env,
        ports: &service.ports,
        command: &service.command,
        ready: service.ready.as_deref(),
    };
    shell::docker_run(&container, Shell::Bash, &value)
}

/// The command that starts the job's container, if some leg has one. It has the machine's network, so that services
/// are where they are for jobs without an image, and the machine's home, where checkout and caches lie.
pub(super) fn image(plan: &Plan, job: &Job, legs_env: &[Vec<String>], out: &mut Lowering<'_>) -> Option<String> {
    let image = job.image.as_ref().filter(|_| job.legs.iter().any(|leg| leg.image.is_some()))?;
    let mut names: Vec<String> =
        ["HOME", "CI", "TRAVIS_COMMIT", "TRAVIS_BRANCH", "TRAVIS_TAG"].map(str::to_owned).into();
    let global = env::global(plan);
    for entry in global.iter().chain(legs_env.iter().flatten()) {
        let name = entry.split('=').next().unwrap_or_default().to_owned();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let names: Vec<String> = names.iter().map(|name| format!("--env {name}")).collect();
    let text = format!(
        r#"# The code belongs to another user than the container's.
git config --global --add safe.directory "$PWD"
docker run --detach --name {NAME} --network host \
  --volume "$HOME:$HOME" --workdir "$PWD" \
  {} \
  --entrypoint tail {} -f /dev/null"#,
        names.join(" \\\n  "),
        shell::word(image, Shell::Bash, &value)
    );
    let path = format!("{SCRIPTS}/{}/container.sh", job.slug);
    script(out, &path, BASH, &format!("{}\n{text}", shell::strict(Shell::Bash)));
    Some(format!("bash {path}"))
}

/// What goes in front of a command that the job's container is to run.
pub(super) fn exec(secrets: &[String]) -> String {
    let env: String = secrets.iter().map(|secret| format!("--env {secret} ")).collect();
    format!("docker exec {env}{NAME}")
}

/// Docker needs Linux.
pub(super) fn check(plan: &Plan, job: &Job, leg: &Leg, out: &mut Lowering<'_>) {
    let Some(runner) = plan.runner_of(leg).filter(|it| it.os == Os::Windows) else { return };
    if leg.image.is_some() {
        let message = format!("the leg `{}` runs on {}, where Travis has no containers", leg.id, runner.os.key());
        out.refuse(&job.place.key("image"), message, "give that leg no image, or a Linux runner");
    }
    if !leg.services.is_empty() {
        let message = format!("the leg `{}` runs on {}, where Travis has no Docker", leg.id, runner.os.key());
        let help = "name the service by a matrix value that is empty on that leg";
        out.refuse(&job.place.key("services"), message, help);
    }
}
