//! Scripts for the shell of a machine, complete from the first line on.

use super::text;
use crate::{
    diag::Place,
    plan::{Expr, Job, Leg, Plan, Text},
    script::{self, Insert},
    spec::{Os, Shell, Toolchain},
    systems::{
        commands::{self, Script},
        toolchain, Lowering,
    },
};

/// What a job's scripts have in common.
pub(super) struct Scripts<'a> {
    pub(super) plan: &'a Plan,
    pub(super) job: &'a Job,
    pub(super) os: Os,
    /// Whether they run in a container, which begins anew with every step.
    pub(super) container: bool,
}

/// The variable with the full name of what is built.
pub(super) const REF: &str = "CI_GEN_REF";

impl Scripts<'_> {
    /// The scripts of the steps by title: in a container all commands run in one.
    ///
    /// `links` are the lines that put caches in their places.
    pub(super) fn steps(&self, leg: &Leg, links: Vec<String>, out: &mut Lowering<'_>) -> Vec<(&'static str, String)> {
        let job = self.job;
        let install = self.commands(&job.install);
        let main = self.commands(&job.commands);
        let mut start = links;
        start.extend(self.toolchains(leg));
        let title = match job.kind {
            crate::plan::Kind::Run => "Run",
            crate::plan::Kind::Test => "Test",
        };
        let tried = match job.retry {
            0 => main.text.clone(),
            tries => script::retry(&main.text, job.shell, tries),
        };
        let mut steps = Vec::new();
        if job.install.is_empty() {
            steps.push((title, self.complete(start, vec![tried], out)));
        } else if self.container {
            let apart = match job.shell {
                Shell::Bash | Shell::Sh => format!("(\n{}\n)", install.text),
                // `exit` ends a script file only, while in a script block it would end everything.
                Shell::Pwsh => format!(
                    "$ciGenInstall = {{\n{}\n{}\n}}\n\
                     $ciGenFile = Join-Path ([System.IO.Path]::GetTempPath()) 'ci-gen-install.ps1'\n\
                     Set-Content -LiteralPath $ciGenFile -Value $ciGenInstall.ToString()\n\
                     & $ciGenFile\n\
                     if (-not $?) {{ exit $(if ($LASTEXITCODE) {{ $LASTEXITCODE }} else {{ 1 }}) }}",
                    script::strict(Shell::Pwsh),
                    install.text
                ),
            };
            steps.push((title, self.complete(start, vec![apart, tried], out)));
        } else {
            steps.push(("Install", self.complete(start, vec![install.text], out)));
            steps.push((title, self.complete(Vec::new(), vec![tried], out)));
        }
        steps
    }

    /// The commands, with references to variables in place of values.
    pub(super) fn commands(&self, list: &[Text]) -> Script {
        commands::script(self.job, list, &|expr| self.known(expr), &commands::variable)
    }

    /// What is fixed while the file is written.
    pub(super) fn known(&self, expr: &Expr) -> Option<String> {
        match expr {
            Expr::ServiceHost(_) => Some("localhost".to_owned()),
            Expr::ServicePort(name) => self.plan.services.get(name)?.ports.first().map(u16::to_string),
            Expr::ShardTotal => self.job.shards.map(|total| total.to_string()),
            _ => None,
        }
    }

    pub(super) fn insert(&self, expr: &Expr) -> Insert {
        match self.known(expr) {
            Some(literal) => Insert::Literal(literal),
            None => Insert::Variable(commands::variable(expr)),
        }
    }

    /// The whole script: strict, with what only a shell can tell, in the job's directory.
    fn complete(&self, start: Vec<String>, body: Vec<String>, out: &mut Lowering<'_>) -> String {
        let job = self.job;
        let value = |expr: &Expr| self.insert(expr);
        let mut lines = vec![script::strict(job.shell).to_owned()];
        lines.extend(self.branch_and_tag());
        lines.extend(start);
        let directory = job.working_directory.as_ref();
        lines.extend(directory.map(|it| format!("cd {}", script::path_word(it, job.shell, &value))));
        lines.extend(body);
        let at = job.place.key("shell");
        text::escape(&interpreted(&lines.join("\n"), job.shell, self.os, &at, out))
    }

    /// The variables of the environment that hold a branch or a tag.
    fn shell_env(&self) -> Vec<(String, Text)> {
        let env = self.plan.env_of(self.job).into_iter();
        env.filter(|(_, value)| text::is_known_to_shell_only(value)).collect()
    }

    /// Where the spec asks for the branch.
    pub(super) fn branch_places(&self) -> Vec<Place> {
        let job = self.job;
        let asks = |text: &Text| text.exprs().any(|expr| *expr == Expr::GitBranch);
        let mut places = Vec::new();
        if job.commands.iter().chain(&job.install).any(asks) {
            places.push(job.place.clone());
        }
        let own = job.env.iter().filter(|(_, value)| asks(value));
        places.extend(own.map(|(name, _)| job.place.key("env").key(name)));
        let shared = self.plan.env.iter().filter(|(name, value)| asks(value) && !job.env.contains_key(*name));
        places.extend(shared.map(|(name, _)| Place::root().key("env").key(name)));
        places
    }

    /// Whether some script needs the full name of what is built.
    pub(super) fn needs_ref(&self) -> bool {
        let env = self.shell_env();
        let mut texts = self.job.commands.iter().chain(&self.job.install).chain(env.iter().map(|(_, value)| value));
        texts.any(text::is_known_to_shell_only)
    }

    fn branch_and_tag(&self) -> Vec<String> {
        let env = self.shell_env();
        let texts: Vec<&Text> =
            self.job.commands.iter().chain(&self.job.install).chain(env.iter().map(|(_, value)| value)).collect();
        let uses = |wanted: Expr| texts.iter().flat_map(|it| it.exprs()).any(|it| *it == wanted);
        let mut lines = Vec::new();
        let posix = self.job.shell != Shell::Pwsh;
        if uses(Expr::GitBranch) {
            lines.push(match posix {
                true => format!(
                    "case \"${REF}\" in\n\
                     \x20 refs/heads/*) CI_GEN_BRANCH=\"${{{REF}#refs/heads/}}\" ;;\n\
                     \x20 refs/tags/*) CI_GEN_BRANCH= ;;\n\
                     \x20 *) CI_GEN_BRANCH=\"${{{REF}#refs/}}\" ;;\n\
                     esac\n\
                     export CI_GEN_BRANCH"
                ),
                false => format!("$env:CI_GEN_BRANCH = $env:{REF} -replace '^refs/(heads/|tags/.*)?', ''"),
            });
        }
        if uses(Expr::GitTag) {
            lines.push(match posix {
                true => format!(
                    "case \"${REF}\" in\n\
                     \x20 refs/tags/*) CI_GEN_TAG=\"${{{REF}#refs/tags/}}\" ;;\n\
                     \x20 *) CI_GEN_TAG= ;;\n\
                     esac\n\
                     export CI_GEN_TAG"
                ),
                false => format!("$env:CI_GEN_TAG = $env:{REF} -replace '^refs/(tags/|.*)', ''"),
            });
        }
        for (name, value) in &env {
            let word = script::word(value, self.job.shell, &|expr| self.insert(expr));
            lines.push(match posix {
                true => format!("export {name}={word}"),
                false => format!("$env:{name} = {word}"),
            });
        }
        lines
    }

    /// What makes sure that the machine has the leg's toolchains.
    fn toolchains(&self, leg: &Leg) -> Vec<String> {
        if self.container {
            return Vec::new();
        }
        let shell = self.job.shell;
        let setup = self.job.setup.iter().filter(|(toolchain, _)| leg.setup.contains_key(*toolchain));
        setup
            .map(|(toolchain, version)| {
                let word = script::word(version, shell, &|expr| self.insert(expr));
                match toolchain {
                    Toolchain::Rust => format!(
                        "rustup toolchain install {word} --profile minimal --component clippy,rustfmt --no-self-update"
                    ),
                    other => toolchain::check(*other, &word, shell),
                }
            })
            .collect()
    }
}

/// The script for the machine: behind the line that names its interpreter or, where only PowerShell is certain to be
/// there, inside a script that hands it to the bash of Git.
///
/// <https://www.jetbrains.com/help/teamcity/command-line.html>
fn interpreted(script: &str, shell: Shell, os: Os, at: &Place, out: &mut Lowering<'_>) -> String {
    let interpreter = match shell {
        Shell::Pwsh => return script.to_owned(),
        Shell::Bash if os != Os::Windows => return format!("#!/usr/bin/env bash\n{script}"),
        Shell::Sh if os != Os::Windows => return format!("#!/bin/sh\n{script}"),
        Shell::Bash => "bash",
        Shell::Sh => "sh",
    };
    if script.lines().any(|line| line.starts_with("'@")) {
        let message = "on Windows no line of the commands can begin with `'@`, which ends PowerShell's strings";
        out.refuse(at, message, "indent the line, or put the commands into a file of the repository");
    }
    format!(
        "$script = Join-Path $env:TEMP 'ci-gen.sh'\n\
         [System.IO.File]::WriteAllText($script, @'\n{script}\n'@.Replace(\"`r\", ''))\n\
         & \"$env:ProgramFiles\\Git\\bin\\{interpreter}.exe\" $script\n\
         exit $LASTEXITCODE"
    )
}
