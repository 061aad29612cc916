//! Toolchains as GitHub's set-up actions, each pinned to a commit.

use super::{
    expression,
    step::{uses, Step},
};
use crate::{
    plan::{Job, Plan, Text},
    spec::Toolchain,
};

/// An action at a commit; the tag is for people.
///
/// The commits are those of the tags in the actions' repositories on GitHub.
pub(super) struct Action {
    pub(super) name: &'static str,
    pub(super) commit: &'static str,
    pub(super) tag: &'static str,
}

macro_rules! actions {
    ($($constant:ident = $name:literal $commit:literal $tag:literal;)*) => {
        $(pub(super) const $constant: Action = Action { name: $name, commit: $commit, tag: $tag };)*
    };
}

actions! {
    CHECKOUT = "actions/checkout" "3d3c42e5aac5ba805825da76410c181273ba90b1" "v7.0.1";
    CACHE = "actions/cache" "27d5ce7f107fe9357f9df03efb73ab90386fccae" "v5.0.5";
    UPLOAD = "actions/upload-artifact" "bbbca2ddaa5d8feaa63e36b76fdaad77386f024f" "v7.0.0";
    DOWNLOAD = "actions/download-artifact" "3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c" "v8.0.1";
    PYTHON = "actions/setup-python" "5fda3b95a4ea91299a34e894583c3862153e4b97" "v7.0.0";
    NODE = "actions/setup-node" "820762786026740c76f36085b0efc47a31fe5020" "v7.0.0";
    GO = "actions/setup-go" "b7ad1dad31e06c5925ef5d2fc7ad053ef454303e" "v7.0.0";
    JAVA = "actions/setup-java" "b6effb05e454b25005698d916606bdc6ffcbf961" "v5.7.0";
    DOTNET = "actions/setup-dotnet" "a98b56852c35b8e3190ac28c8c2271da59106c68" "v6.0.0";
    RUBY = "ruby/setup-ruby" "0dafeac902942906541bc140009cdbf32665b601" "v1.315.0";
    PHP = "shivammathur/setup-php" "f3e473d116dcccaddc5834248c87452386958240" "2.37.2";
}

/// The steps that install a job's toolchains.
pub(super) fn lower(plan: &Plan, job: &Job) -> Vec<Step> {
    let named = |toolchain: &Toolchain, step: Step| step.named(format!("setup-{}", toolchain.key()));
    job.setup.iter().map(|(toolchain, version)| named(toolchain, step(plan, job, *toolchain, version))).collect()
}

fn step(plan: &Plan, job: &Job, toolchain: Toolchain, version: &Text) -> Step {
    // Caches are the spec's business: an action that keeps one by itself is told not to.
    let (action, input, more): (&Action, &str, &[(&str, &str)]) = match toolchain {
        Toolchain::Python => (&PYTHON, "python-version", &[]),
        Toolchain::Node => (&NODE, "node-version", &[("package-manager-cache", "false")]),
        Toolchain::Go => (&GO, "go-version", &[("cache", "false")]),
        Toolchain::Java => (&JAVA, "java-version", &[("distribution", "temurin")]),
        Toolchain::Dotnet => (&DOTNET, "dotnet-version", &[]),
        Toolchain::Ruby => (&RUBY, "ruby-version", &[]),
        Toolchain::Php => (&PHP, "php-version", &[]),
        Toolchain::Rust => return rust(plan, version),
    };
    let mut version = version.clone();
    if toolchain == Toolchain::Dotnet && job.legs.iter().all(|leg| needs_patch(leg, &version)) {
        version.push_lit(".x");
    }
    let mut step = uses(&format!("Set up {}", toolchain.title()), action);
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
