//! Toolchains as GitHub's set-up actions.

use super::{
    expression,
    step::{uses, Step},
};
use crate::{
    plan::{Job, Plan, Text},
    spec::Toolchain,
};

/// The actions of other steps. Their versions, and those of the set-up actions below, are pins of the plan.
pub(super) const CHECKOUT: &str = "actions/checkout";
pub(super) const CACHE: &str = "actions/cache";
pub(super) const UPLOAD: &str = "actions/upload-artifact";
pub(super) const DOWNLOAD: &str = "actions/download-artifact";

/// The steps that install a job's toolchains.
pub(super) fn lower(plan: &Plan, job: &Job) -> Vec<Step> {
    let named = |toolchain: &Toolchain, step: Step| step.named(format!("setup-{}", toolchain.key()));
    job.setup.iter().map(|(toolchain, version)| named(toolchain, step(plan, job, *toolchain, version))).collect()
}

fn step(plan: &Plan, job: &Job, toolchain: Toolchain, version: &Text) -> Step {
    // Caches are the spec's business: an action that keeps one by itself is told not to.
    let (action, input, more): (&str, &str, &[(&str, &str)]) = match toolchain {
        Toolchain::Python => ("actions/setup-python", "python-version", &[]),
        Toolchain::Node => ("actions/setup-node", "node-version", &[("package-manager-cache", "false")]),
        Toolchain::Go => ("actions/setup-go", "go-version", &[("cache", "false")]),
        Toolchain::Java => ("actions/setup-java", "java-version", &[("distribution", "temurin")]),
        Toolchain::Dotnet => ("actions/setup-dotnet", "dotnet-version", &[]),
        Toolchain::Ruby => ("ruby/setup-ruby", "ruby-version", &[]),
        Toolchain::Php => ("shivammathur/setup-php", "php-version", &[]),
        Toolchain::Rust => return rust(plan, version),
    };
    let mut version = version.clone();
    if toolchain == Toolchain::Dotnet && job.legs.iter().all(|leg| needs_patch(leg, &version)) {
        version.push_lit(".x");
    }
    let mut step = uses(&format!("Set up {}", toolchain.title()), plan, action);
    if job.matrix.is_some() && job.legs.iter().any(|leg| !leg.setup.contains_key(&toolchain)) {
        step.condition =
            version.exprs().next().map(|expr| format!("${{{{ {} != '' }}}}", expression::value(plan, expr)));
    }
    step.with.push((input.to_owned(), expression::text(plan, &version)));
    step.with.extend(more.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
    step
}

/// `8.0` names no SDK, `8.0.x` does: <https://github.com/actions/setup-dotnet#supported-version-syntax>
fn needs_patch(leg: &crate::plan::Leg, version: &Text) -> bool {
    let version = leg.fill(version);
    let version = version.as_literal().unwrap_or_default();
    version.split('.').count() == 2 && version.split('.').all(|it| it.parse::<u32>().is_ok())
}

/// Every hosted image has rustup, which needs no action: <https://rust-lang.github.io/rustup/>
fn rust(plan: &Plan, version: &Text) -> Step {
    let env = vec![("RUSTUP_TOOLCHAIN".to_owned(), expression::text(plan, version))];
    Step {
        name: "Set up Rust".to_owned(),
        shell: Some("bash".to_owned()),
        env,
        run: Some(
            "rustup toolchain install \"${RUSTUP_TOOLCHAIN}\" --profile minimal --component clippy,rustfmt --no-self-update\n\
             rustup default \"${RUSTUP_TOOLCHAIN}\""
                .to_owned(),
        ),
        ..Step::default()
    }
}
