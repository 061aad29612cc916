//! Toolchains as Azure's tasks, or as a check of what the machine has.
//!
//! Tasks: <https://learn.microsoft.com/azure/devops/pipelines/tasks/reference/>

use super::{
    job::Scope,
    step::{insert, opening, script as script_step, task, Step},
};
use crate::{
    plan::{Expr, Leg, Text},
    script,
    spec::{Shell, Toolchain},
    systems::{toolchain, Lowering},
};

/// The steps that set up a job's toolchains.
pub(super) fn lower(scope: &Scope<'_>, out: &mut Lowering<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    for (toolchain, version) in &scope.job.setup {
        if !scope.legs.iter().any(|leg| leg.setup.contains_key(toolchain)) {
            continue;
        }
        let step = match scope.in_container {
            true => check(scope, *toolchain, version, out),
            false => install(scope, *toolchain, version, out),
        };
        let condition = condition(scope, *toolchain, version);
        let id = format!("setup-{}", toolchain.key());
        steps.extend(step.map(|step| Step { condition, ..step.named(id) }));
    }
    steps
}

fn install(scope: &Scope<'_>, toolchain: Toolchain, version: &Text, out: &mut Lowering<'_>) -> Option<Step> {
    let name = format!("Set up {}", toolchain.title());
    let mut version = version.clone();
    if toolchain == Toolchain::Dotnet {
        complete(scope, &mut version, out);
    }
    let text = scope.values.text(&version);
    let step = match toolchain {
        Toolchain::Python => task(&name, "UsePythonVersion@0", &[("versionSpec", &text)]),
        // UseNode@1, which is to take its place, is a preview that the published schema does not know yet.
        Toolchain::Node => task(&name, "NodeTool@0", &[("versionSpec", &text)]),
        Toolchain::Go => task(&name, "GoTool@0", &[("version", &text)]),
        Toolchain::Java => {
            let inputs =
                [("versionSpec", text.as_str()), ("jdkArchitectureOption", "x64"), ("jdkSourceOption", "PreInstalled")];
            task(&name, "JavaToolInstaller@1", &inputs)
        }
        Toolchain::Dotnet => task(&name, "UseDotNet@2", &[("version", &text)]),
        Toolchain::Ruby => task(&name, "UseRubyVersion@0", &[("versionSpec", &text)]),
        Toolchain::Rust => rust(scope, &name),
        // Azure has no task for it.
        Toolchain::Php => return check(scope, toolchain, &version, out),
    };
    Some(step)
}

/// The variable `RUSTUP_TOOLCHAIN` of the job chooses it for every later step: <https://rust-lang.github.io/rustup/overrides.html>
fn rust(scope: &Scope<'_>, name: &str) -> Step {
    let (shell, version) = match scope.job.shell {
        Shell::Pwsh => (Shell::Pwsh, "$env:RUSTUP_TOOLCHAIN"),
        Shell::Bash | Shell::Sh => (Shell::Bash, "\"$RUSTUP_TOOLCHAIN\""),
    };
    let command =
        format!("rustup toolchain install {version} --profile minimal --component clippy,rustfmt --no-self-update");
    script_step(name, shell, command)
}

/// A step that fails unless the toolchain is there in that version.
fn check(scope: &Scope<'_>, toolchain: Toolchain, version: &Text, out: &mut Lowering<'_>) -> Option<Step> {
    let versions = || scope.legs.iter().filter_map(|leg| leg.setup.get(&toolchain));
    if let Some(word) = versions().find(|it| !it.starts_with(|c: char| c.is_ascii_digit())) {
        let at = scope.job.place.key("setup").key(toolchain.key());
        let message = format!("nothing checks that the image has {} `{word}`", toolchain.title());
        out.degrade(&at, message, "leave it out of `setup`, or name a version number");
        return None;
    }
    let shell = scope.job.shell;
    let version = script::word(version, shell, &insert(scope));
    let text = format!("{}\n{}", opening(shell), toolchain::check(toolchain, &version, shell));
    Some(script_step(&format!("Check {}", toolchain.title()), shell, scope.values.escape(&text)))
}

/// Only where some legs have the toolchain and others not.
fn condition(scope: &Scope<'_>, toolchain: Toolchain, version: &Text) -> Option<String> {
    if scope.legs.iter().all(|leg| leg.setup.contains_key(&toolchain)) {
        return None;
    }
    let variable = version.exprs().find_map(Expr::variable)?;
    Some(format!("and(succeeded(), ne(variables['{variable}'], ''))"))
}

/// `8` and `8.0` name no SDK, `8.x` and `8.0.x` do.
fn complete(scope: &Scope<'_>, version: &mut Text, out: &mut Lowering<'_>) {
    let legs: Vec<&&Leg> = scope.legs.iter().filter(|leg| leg.setup.contains_key(&Toolchain::Dotnet)).collect();
    let short = legs.iter().filter(|leg| is_short(leg.fill(version).as_literal().unwrap_or_default())).count();
    if short == legs.len() {
        version.push_lit(".x");
    } else if short > 0 {
        let at = scope.job.place.key("setup").key("dotnet");
        let help = "write all versions in full, or all of them short";
        out.refuse(&at, "Azure takes `8.0` only as `8.0.x`, and other legs have full versions", help);
    }
}

fn is_short(version: &str) -> bool {
    version.split('.').count() < 3 && version.split('.').all(|it| it.parse::<u32>().is_ok())
}
