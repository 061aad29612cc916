//! Toolchains: the language that Travis sets up, and a check of those that it does not.

use super::{env, script, BASH, SCRIPTS};
use crate::{
    plan::{Expr, Job, Leg, Plan},
    script::{self as shell, Insert, Shell},
    spec::{Os, Toolchain},
    systems::{toolchain, variant::variants, Lowering},
};

/// A leg's `language` with the keys that choose its version.
pub(super) struct Language {
    pub(super) name: &'static str,
    pub(super) versions: Vec<(String, String)>,
}

/// Where the language of a job without any toolchain is needed: <https://docs.travis-ci.com/user/languages/minimal-and-generic/>
const NONE: &str = "shell";

fn os(plan: &Plan, leg: &Leg) -> Os {
    plan.runner_of(leg).map_or(Os::Linux, |runner| runner.os)
}

/// The one toolchain that Travis sets up on the leg's machine. An image brings its own.
fn native(plan: &Plan, leg: &Leg) -> Option<Toolchain> {
    if leg.image.is_some() {
        return None;
    }
    // https://docs.travis-ci.com/user/reference/windows/#supported-languages
    let here = |toolchain: &Toolchain| match os(plan, leg) {
        Os::Linux => true,
        Os::Windows | Os::Macos => matches!(toolchain, Toolchain::Go | Toolchain::Node | Toolchain::Rust),
    };
    // No version of Rust can be checked by its channel, so it comes first.
    let rust = leg.setup.contains_key(&Toolchain::Rust).then_some(Toolchain::Rust);
    rust.or_else(|| leg.setup.keys().copied().find(here))
}

/// Languages and their keys: <https://docs.travis-ci.com/user/languages/>
pub(super) fn language(plan: &Plan, job: &Job, leg: &Leg, out: &mut Lowering<'_>) -> Language {
    let Some((toolchain, version)) = native(plan, leg).and_then(|it| leg.setup.get(&it).map(|version| (it, version)))
    else {
        return Language { name: NONE, versions: Vec::new() };
    };
    let (name, key, version) = match toolchain {
        Toolchain::Python => ("python", "python", version.clone()),
        Toolchain::Node => ("node_js", "node_js", version.clone()),
        Toolchain::Rust => ("rust", "rust", version.clone()),
        Toolchain::Go => ("go", "go", any_patch(version)),
        Toolchain::Java => ("java", "jdk", format!("openjdk{version}")),
        Toolchain::Ruby => ("ruby", "rvm", version.clone()),
        Toolchain::Php => ("php", "php", version.clone()),
        Toolchain::Dotnet => ("csharp", "dotnet", dotnet(job, version, out)),
    };
    let mut versions = vec![(key.to_owned(), version)];
    if toolchain == Toolchain::Dotnet {
        // https://docs.travis-ci.com/user/languages/csharp/#net-core
        versions.insert(0, ("mono".to_owned(), "none".to_owned()));
    }
    Language { name, versions }
}

/// `1.24` names no release since Go 1.21, `1.24.x` the newest of them: <https://docs.travis-ci.com/user/languages/go/>
fn any_patch(version: &str) -> String {
    let parts: Vec<&str> = version.split('.').collect();
    match parts.len() == 2 && parts.iter().all(|it| it.parse::<u32>().is_ok()) {
        true => format!("{version}.x"),
        false => version.to_owned(),
    }
}

/// The installer wants `N.N`, with one digit in front:
/// <https://github.com/travis-ci/travis-build/blob/master/lib/travis/build/script/csharp.rb>
fn dotnet(job: &Job, version: &str, out: &mut Lowering<'_>) -> String {
    let full = if version.contains('.') { version.to_owned() } else { format!("{version}.0") };
    let major = full.split('.').next().unwrap_or_default();
    if major.len() != 1 || !major.chars().all(|c| c.is_ascii_digit()) {
        let at = job.place.key("setup").key("dotnet");
        let message = format!("Travis installs .NET up to 9, not `{version}`");
        out.refuse(&at, message, format!("set `image = \"mcr.microsoft.com/dotnet/sdk:{full}\"`"));
    }
    full
}

/// The toolchains of a leg whose version must be checked before anything else.
fn checked(plan: &Plan, leg: &Leg) -> Vec<Toolchain> {
    if leg.image.is_some() {
        return Vec::new();
    }
    let native = native(plan, leg);
    // Travis goes on with another version of Java when the one asked for cannot be installed:
    // https://github.com/travis-ci/travis-build/blob/master/lib/travis/build/bash/travis_install_jdk.bash
    leg.setup.keys().copied().filter(|it| Some(*it) != native || *it == Toolchain::Java).collect()
}

/// Commands that come before the installation, one list per leg.
pub(super) fn before_install(plan: &Plan, job: &Job, out: &mut Lowering<'_>) -> Vec<Vec<String>> {
    let mut commands: Vec<Vec<String>> = Vec::new();
    for leg in &job.legs {
        let mut list = Vec::new();
        if native(plan, leg) == Some(Toolchain::Rust) {
            // https://docs.travis-ci.com/user/languages/rust/#choose-a-rust-version
            list.push("rustup component add clippy rustfmt".to_owned());
        }
        commands.push(list);
        report(plan, job, leg, out);
    }
    let word = |leg: &Leg| checked(plan, leg).iter().map(|it| it.key()).collect::<Vec<_>>().join("-");
    for variant in variants(job, |leg| checked(plan, leg), word) {
        let toolchains = checked(plan, variant.legs[0]);
        if toolchains.is_empty() {
            continue;
        }
        let suffix = if variant.suffix.is_empty() { String::new() } else { format!("-{}", variant.suffix) };
        let path = format!("{SCRIPTS}/{}/toolchains{suffix}.sh", job.slug);
        let value = |expr: &Expr| Insert::Variable(env::variable(expr));
        let mut lines = vec![shell::strict(Shell::Bash).to_owned()];
        for toolchain in toolchains {
            let version = shell::word(&job.setup[&toolchain], Shell::Bash, &value);
            lines.push(toolchain::check(toolchain, &version, Shell::Bash));
        }
        script(out, &path, BASH, &lines.join("\n"));
        for (leg, list) in job.legs.iter().zip(&mut commands) {
            if variant.legs.iter().any(|it| it.id == leg.id) {
                list.push(format!("bash {path}"));
            }
        }
    }
    commands
}

fn report(plan: &Plan, job: &Job, leg: &Leg, out: &mut Lowering<'_>) {
    // macOS is refused as a whole.
    if os(plan, leg) == Os::Macos {
        return;
    }
    let native = native(plan, leg);
    for toolchain in checked(plan, leg).into_iter().filter(|it| Some(*it) != native) {
        let at = job.place.key("setup").key(toolchain.key());
        let title = toolchain.title();
        let message = match native {
            Some(native) => {
                format!("Travis sets up one language, here {}; {title} is only checked for", native.title())
            }
            None => format!("Travis sets up no {title} on {}; it is only checked for", os(plan, leg).key()),
        };
        out.degrade(&at, message, "install it in `install`, or set `image` to one that has it all");
    }
}
