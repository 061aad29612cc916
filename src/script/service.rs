//! Services as Docker containers that a script starts itself, for systems without services of their own.

use crate::plan::{Expr, Text};
use crate::script::{quote, wait_for_port, word, Insert, Shell};

/// A container that runs beside a job.
#[derive(Clone, Debug)]
pub struct Container<'a> {
    /// What it is called, in Docker and in messages: `[A-Za-z0-9][A-Za-z0-9_.-]*`.
    pub name: &'a str,
    /// The image with its tag.
    pub image: Text,
    /// Environment variables.
    pub env: &'a [(String, Text)],
    /// The ports that the job reaches under the same numbers on localhost.
    pub ports: &'a [u16],
    /// Arguments behind the image.
    pub command: &'a [String],
    /// A command that succeeds inside the container once the service is ready.
    pub ready: Option<&'a str>,
}

/// A script that starts the container and waits until it is ready.
///
/// With [`Container::ready`] it waits for Docker's health check, else for each port
/// ([`wait_for_port`]). A container that stops or never becomes healthy ends the script with exit code 1, and its logs
/// are printed. What an earlier job left under the same name on the same machine is removed first.
///
/// <https://docs.docker.com/reference/cli/docker/container/run/>
pub fn docker_run(container: &Container<'_>, shell: Shell, value: &dyn Fn(&Expr) -> Insert) -> String {
    let name = quote(container.name, shell);
    let mut script = match shell {
        Shell::Bash | Shell::Sh => format!("docker rm --force --volumes {name} >/dev/null 2>&1 || true\n"),
        Shell::Pwsh => format!("try {{ docker rm --force --volumes {name} *> $null }} catch {{ }}\n"),
    };
    script.push_str(&start(container, &name, shell, value));
    if container.ready.is_some() {
        script.push('\n');
        script.push_str(&wait_for_health(container.name, &name, shell));
    } else {
        for port in container.ports {
            script.push('\n');
            script.push_str(&wait_for_port(shell, container.name, "localhost", *port));
        }
    }
    script
}

/// The command that ends a container of [`docker_run`] and removes its data, in any shell.
///
/// ```
/// assert_eq!(ci_gen::script::docker_stop("postgres"), "docker rm --force --volumes postgres");
/// ```
pub fn docker_stop(name: &str) -> String {
    // The plain and the single-quoted form of a container name are the same in every shell.
    format!("docker rm --force --volumes {}", quote(name, Shell::Sh))
}

/// The `docker run` itself, one option a line.
fn start(container: &Container<'_>, name: &str, shell: Shell, value: &dyn Fn(&Expr) -> Insert) -> String {
    let mut lines = vec![format!("docker run --detach --name {name}")];
    for port in container.ports {
        lines.push(format!("--publish {}", quote(&format!("{port}:{port}"), shell)));
    }
    for (variable, content) in container.env {
        let mut assignment = Text::literal(format!("{variable}="));
        assignment.push(content);
        lines.push(format!("--env {}", word(&assignment, shell, value)));
    }
    if let Some(ready) = container.ready {
        lines.push(format!("--health-cmd {}", quote(ready, shell)));
        lines.push("--health-interval 2s --health-timeout 10s --health-retries 30".to_owned());
    }
    let mut image = word(&container.image, shell, value);
    for argument in container.command {
        image.push(' ');
        image.push_str(&quote(argument, shell));
    }
    lines.push(image);
    let continuation = match shell {
        Shell::Bash | Shell::Sh => " \\\n  ",
        Shell::Pwsh => " `\n  ",
    };
    lines.join(continuation)
}

/// The loop that asks Docker for the result of the health check. A container that has stopped keeps its last health,
/// so whether it runs is asked, too.
fn wait_for_health(service: &str, name: &str, shell: Shell) -> String {
    let format = "'{{.State.Running}} {{.State.Health.Status}}'";
    let failed = quote(&format!("service {service} did not become healthy; its logs:"), shell);
    match shell {
        Shell::Bash | Shell::Sh => format!(
            r#"ci_gen_second=0
while ci_gen_health=$(docker inspect --format {format} {name} || echo gone); [ "$ci_gen_health" != 'true healthy' ]; do
  if [ "$ci_gen_health" != 'true starting' ] || [ "$ci_gen_second" -ge 120 ]; then
    echo {failed} >&2
    docker logs {name} >&2
    exit 1
  fi
  ci_gen_second=$((ci_gen_second + 1))
  sleep 1
done"#
        ),
        Shell::Pwsh => format!(
            r#"$ciGenSecond = 0
while (($ciGenHealth = docker inspect --format {format} {name}) -ne 'true healthy') {{
  if ($ciGenHealth -ne 'true starting' -or $ciGenSecond -ge 120) {{
    Write-Host {failed}
    docker logs {name}
    exit 1
  }}
  $ciGenSecond++
  Start-Sleep -Seconds 1
}}"#
        ),
    }
}
