//! A step's script: what prepares the shell, the job's installation, and its commands.
//!
//! All items of a script run one after the other in one shell: <https://support.atlassian.com/bitbucket-cloud/docs/step-options/>

use std::collections::HashMap;

use serde::Serialize;

use super::{
    guard::Guard,
    machine::{Kind, Machine},
    step::Step,
};
use crate::{
    plan::{Expr, Job, Kind as JobKind, Leg, Plan, Text},
    script::{self, quote, wait_for_port, word, Insert},
    spec::{Os, Shell, Toolchain},
    systems::{
        commands,
        toolchain::{self, leg_image, LegImage},
        Lowering,
    },
};

impl Item {
    /// What overrides call it.
    pub(super) fn id(&self) -> &'static str {
        match self.part {
            "leg" => "values",
            "begin" => "environment",
            "check" => "setup",
            part => part,
        }
    }
}

/// A part of a script: written out where it comes first, named where other steps of the job have the same.
#[derive(Debug, Serialize)]
pub(super) struct Item {
    #[serde(skip)]
    part: &'static str,
    text: String,
    anchor: String,
    alias: bool,
}

fn item(part: &'static str, text: String) -> Item {
    Item { part, text, anchor: String::new(), alias: false }
}

/// Names the parts that several steps of a job have in common; leg ids hold no `_` inside, so the names are free.
pub(super) fn share(steps: &mut [Step]) {
    let mut uses: HashMap<(usize, String), usize> = HashMap::new();
    for step in steps.iter() {
        for item in &step.script {
            *uses.entry((step.job, item.text.clone())).or_default() += 1;
        }
    }
    let mut anchors: HashMap<(usize, String), String> = HashMap::new();
    let mut numbers: HashMap<(usize, &'static str), usize> = HashMap::new();
    for step in steps.iter_mut() {
        for item in &mut step.script {
            let key = (step.job, item.text.clone());
            if uses.get(&key).is_none_or(|count| *count < 2) {
                continue;
            }
            if let Some(anchor) = anchors.get(&key) {
                item.anchor.clone_from(anchor);
                item.alias = true;
                continue;
            }
            let number = numbers.entry((step.job, item.part)).or_default();
            *number += 1;
            item.anchor = match number {
                1 => format!("{}_{}", step.family, item.part),
                number => format!("{}_{}-{number}", step.family, item.part),
            };
            anchors.insert(key, item.anchor.clone());
        }
    }
}

pub(super) fn lower(
    plan: &Plan,
    job: &Job,
    leg: &Leg,
    machine: &Machine,
    guard: Option<&Guard>,
    out: &mut Lowering<'_>,
) -> Vec<Item> {
    let host = match machine.os {
        Os::Linux | Os::Macos => Shell::Bash,
        Os::Windows => Shell::Pwsh,
    };
    if host == Shell::Pwsh {
        check_windows(job, leg, out);
    }
    let known = |expr: &Expr| known(plan, expr);
    let value = |expr: &Expr| known(expr).map_or_else(|| Insert::Variable(variable(expr)), Insert::Literal);
    let install = commands::script(job, &job.install, &known, &variable);
    let main = commands::script(job, &job.commands, &known, &variable);
    let mut used = guard.into_iter().flat_map(Guard::inputs).cloned().collect::<Vec<_>>();
    used.extend(install.exprs.iter().chain(&main.exprs).cloned());
    used.extend(commands::exprs(plan.env_of(job).values().chain(&job.working_directory)));
    let shell = Preparation { plan, job, machine, host, guard, used, value: &value };
    let mut items = Vec::new();
    items.extend(shell.of_leg(leg).map(|text| item("leg", text)));
    items.extend(shell.of_job().map(|text| item("begin", text)));
    let checks = checks(plan, job, leg, machine, host);
    if !checks.is_empty() {
        let text = checks.join("\n");
        let text = match host {
            Shell::Pwsh => format!("$ErrorActionPreference = 'Stop'\n{text}"),
            Shell::Bash | Shell::Sh => posix(leg, &format!("{}\n{text}", script::strict(host)), leg.allow_failure),
        };
        items.push(item("check", text));
    }
    let key = if job.kind == JobKind::Run { "run" } else { "test" };
    let parts = [("install", &install, 0), (key, &main, job.retry)];
    for (name, part, retry) in parts.into_iter().filter(|(_, part, _)| !part.text.is_empty()) {
        let text = commands::complete(job, part, retry, &value);
        // The item before must not lead the next one elsewhere, nor end the step with its own `exit 0`.
        let apart = name == "install" && job.shell != Shell::Pwsh;
        let text = match host {
            Shell::Pwsh => on_windows(job, leg, name, &text, out),
            Shell::Bash | Shell::Sh if job.shell == Shell::Pwsh => posix(leg, &with_pwsh(name, &text), apart),
            Shell::Bash | Shell::Sh => posix(leg, &text, apart),
        };
        items.push(item(name, text));
    }
    items
}

/// Values that are known while the file is written: services share the step's network.
/// <https://support.atlassian.com/bitbucket-cloud/docs/databases-and-service-containers/>
fn known(plan: &Plan, expr: &Expr) -> Option<String> {
    match expr {
        Expr::ServiceHost(_) => Some("localhost".to_owned()),
        Expr::ServicePort(name) => plan.services.get(name)?.ports.first().map(u16::to_string),
        _ => None,
    }
}

/// The variable that holds a value; Bitbucket's own ones are empty exactly where ours would be.
/// <https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/>
fn variable(expr: &Expr) -> String {
    match expr {
        Expr::GitSha => "BITBUCKET_COMMIT".to_owned(),
        Expr::GitBranch => "BITBUCKET_BRANCH".to_owned(),
        Expr::GitTag => "BITBUCKET_TAG".to_owned(),
        other => commands::variable(other),
    }
}

/// What a script begins with.
struct Preparation<'a> {
    plan: &'a Plan,
    job: &'a Job,
    machine: &'a Machine,
    host: Shell,
    guard: Option<&'a Guard>,
    /// The values that the rest of the script reads.
    used: Vec<Expr>,
    value: &'a dyn Fn(&Expr) -> Insert,
}

impl Preparation<'_> {
    fn export(&self, name: &str, text: &Text) -> String {
        let word = word(text, self.host, self.value);
        match self.host {
            Shell::Bash | Shell::Sh => format!("export {name}={word}"),
            Shell::Pwsh => format!("$env:{name} = {word}"),
        }
    }

    /// What differs from leg to leg.
    fn of_leg(&self, leg: &Leg) -> Option<String> {
        let mut values: Vec<(String, String)> = self
            .job
            .matrix_keys()
            .into_iter()
            .map(|key| (variable(&Expr::Matrix(key.clone())), leg.value(&key).to_owned()))
            .collect();
        if let Some(shard) = leg.shard {
            values.push(("CI_GEN_SHARD_INDEX".to_owned(), shard.index.to_string()));
            values.push(("CI_GEN_SHARD_TOTAL".to_owned(), shard.total.to_string()));
        }
        if let Some(version) = leg.setup.get(&Toolchain::Rust).filter(|_| self.machine.kind == Kind::Shell) {
            values.push(("RUSTUP_TOOLCHAIN".to_owned(), version.clone()));
        }
        let lines: Vec<String> =
            values.into_iter().map(|(name, text)| self.export(&name, &Text::literal(text))).collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    /// What all legs have in common.
    fn of_job(&self) -> Option<String> {
        let mut lines = Vec::new();
        for (name, input) in self.plan.inputs() {
            let expr = Expr::Input(name.clone());
            if self.used.contains(&expr) {
                lines.extend(default(&variable(&expr), &input.default, self.host));
            }
        }
        lines.extend(self.branch());
        lines.extend(self.guard.iter().flat_map(|it| it.lines(self.host)));
        lines.extend(self.plan.env_of(self.job).iter().map(|(name, text)| self.export(name, text)));
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    /// The documentation has said that custom pipelines have no branch; the checkout knows it in any case.
    fn branch(&self) -> Vec<String> {
        let triggers = &self.plan.triggers;
        let custom = triggers.manual.is_some() || !triggers.schedule.is_empty();
        let asks = self.used.contains(&Expr::GitBranch) || self.guard.is_some_and(Guard::asks_branch);
        if !custom || !asks {
            return Vec::new();
        }
        if self.host == Shell::Pwsh {
            let head =
                "if ((Get-Content .git/HEAD) -match '^ref: refs/heads/(.+)$') { $env:BITBUCKET_BRANCH = $Matches[1] }";
            return vec![
                "if (-not ($env:BITBUCKET_BRANCH -or $env:BITBUCKET_TAG)) {".to_owned(),
                format!("  {head} else {{ throw 'BITBUCKET_BRANCH is not known' }}"),
                "}".to_owned(),
            ];
        }
        let mut lines = vec!["if [ -z \"${BITBUCKET_BRANCH-}${BITBUCKET_TAG-}\" ]; then".to_owned()];
        if self.job.checkout.is_some() {
            lines.push("  BITBUCKET_BRANCH=$(sed -n 's|^ref: refs/heads/||p' .git/HEAD)".to_owned());
        }
        // Nothing is skipped because of a name that nobody knows.
        lines.push("  export BITBUCKET_BRANCH=\"${BITBUCKET_BRANCH:?is not known}\"".to_owned());
        lines.push("fi".to_owned());
        lines
    }
}

/// What somebody chose stays, even if it is empty; otherwise the variable gets the default.
fn default(name: &str, default: &str, host: Shell) -> Vec<String> {
    let plain = default.chars().all(|c| c.is_ascii_alphanumeric() || " _-./:=,@%+".contains(c));
    match host {
        Shell::Pwsh => {
            vec![format!("if (-not (Test-Path Env:{name})) {{ $env:{name} = {} }}", quote(default, host))]
        }
        Shell::Bash | Shell::Sh if plain => vec![format!("export {name}=\"${{{name}-{default}}}\"")],
        Shell::Bash | Shell::Sh => {
            vec![format!("[ -n \"${{{name}+chosen}}\" ] || {name}={}", quote(default, host)), format!("export {name}")]
        }
    }
}

/// Submodules, toolchains and services.
fn checks(plan: &Plan, job: &Job, leg: &Leg, machine: &Machine, host: Shell) -> Vec<String> {
    let mut lines = Vec::new();
    if job.checkout.as_ref().is_some_and(|it| it.submodules) {
        lines.push("git submodule update --init --recursive".to_owned());
    }
    let from_toolchain = leg.image.is_none() && matches!(leg_image(leg), LegImage::Image(_));
    for (toolchain, version) in &leg.setup {
        match (machine.kind, toolchain) {
            (Kind::Shell, Toolchain::Rust) => {
                let version = quote(version, host);
                lines.push(format!("rustup toolchain install {version} --profile minimal --component clippy,rustfmt"));
            }
            (Kind::Shell, toolchain) => lines.push(toolchain::check(*toolchain, &quote(version, host), host)),
            // The official images have the minimal profile.
            (Kind::Container, Toolchain::Rust) if from_toolchain => {
                lines.push("rustup component add clippy rustfmt".to_owned());
            }
            (Kind::Container, _) => {}
        }
    }
    for service in leg.services.iter().filter_map(|name| plan.services.get(name)) {
        let shell = if job.shell == Shell::Sh { Shell::Sh } else { host };
        lines.extend(service.ports.iter().map(|port| wait_for_port(shell, &service.name, "localhost", *port)));
    }
    lines
}

/// An item for bash or sh; a leg that may fail ends the step with success and says so.
fn posix(leg: &Leg, text: &str, apart: bool) -> String {
    match (leg.allow_failure, apart) {
        (true, _) => format!(
            "set +e\n(\n{text}\n)\nci_gen_status=$?\nset -e\n\
             if [ \"$ci_gen_status\" -ne 0 ]; then\n\
             \x20 echo \"FAILED with exit code $ci_gen_status, which this step is allowed to\" >&2\n\
             \x20 exit 0\n\
             fi"
        ),
        (false, true) => format!("(\n{text}\n)"),
        (false, false) => text.to_owned(),
    }
}

/// Commands that run PowerShell from bash or sh.
fn with_pwsh(name: &str, text: &str) -> String {
    let mut end = "CI_GEN_END".to_owned();
    while text.lines().any(|line| line == end) {
        end.push('_');
    }
    let file = format!("\"${{TMPDIR:-/tmp}}\"/ci-gen-{name}.ps1");
    format!("cat > {file} <<'{end}'\n{text}\n{end}\npwsh -NoProfile -NonInteractive -File {file}")
}

/// An item for Windows, whose own shell may be a PowerShell that goes on after failing programs.
fn on_windows(job: &Job, leg: &Leg, name: &str, text: &str, out: &mut Lowering<'_>) -> String {
    if text.lines().any(|line| line.starts_with("'@")) {
        let message = "a line that begins with `'@` would end the script on Windows";
        out.refuse(&job.place.key(name), message, "begin the line with a blank, or move the commands into a file");
    }
    let after = match leg.allow_failure {
        true => "Write-Host \"FAILED with exit code $LASTEXITCODE, which this step is allowed to\"; exit 0",
        false => "exit $LASTEXITCODE",
    };
    format!(
        "$ciGenFile = Join-Path ([System.IO.Path]::GetTempPath()) 'ci-gen-{name}.ps1'\n\
         Set-Content -LiteralPath $ciGenFile -Encoding UTF8 -Value @'\n{text}\n'@\n\
         pwsh -NoProfile -NonInteractive -File $ciGenFile\n\
         if ($LASTEXITCODE -ne 0) {{ {after} }}"
    )
}

/// Scripts on Windows run in PowerShell: <https://support.atlassian.com/bitbucket-cloud/docs/set-up-runners-for-windows/>
fn check_windows(job: &Job, leg: &Leg, out: &mut Lowering<'_>) {
    if job.shell != Shell::Pwsh {
        let message = format!("the leg `{}` runs on Windows, where Bitbucket has PowerShell only", leg.id);
        out.refuse(&job.place.key("shell"), message, "set `shell = \"pwsh\"`, in a job of its own for Windows");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chosen_values_stay_and_missing_ones_get_the_default() {
        for (text, chosen) in [("fast", None), ("it's $x `y` \"z\" }", None), ("fast", Some("")), ("a b", Some("c"))] {
            let lines = default("INPUT_X", text, Shell::Sh).join("\n");
            let mut command = std::process::Command::new("sh");
            command.env_remove("INPUT_X").arg("-c").arg(format!("set -e\n{lines}\nprintenv INPUT_X"));
            if let Some(chosen) = chosen {
                command.env("INPUT_X", chosen);
            }
            let output = command.output().unwrap();
            assert_eq!(String::from_utf8_lossy(&output.stdout).trim_end_matches('\n'), chosen.unwrap_or(text));
        }
    }
}
