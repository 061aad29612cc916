//! Toolchains of machines, which no image brings.

use super::{
    native::Native,
    step::{run, Step},
};
use crate::{plan::Expr, script, spec::Toolchain, systems::toolchain};

/// The steps that install a toolchain, or fail unless the machine has it in the right version.
pub(super) fn lower(native: &Native<'_>) -> Vec<Step> {
    if native.host.is_docker() {
        return Vec::new();
    }
    let job = native.job;
    let present = job.setup.iter().filter(|(toolchain, _)| native.legs[0].setup.contains_key(*toolchain));
    present
        .map(|(toolchain, version)| {
            let (title, id) = (toolchain.title(), format!("setup-{}", toolchain.key()));
            if *toolchain == Toolchain::Rust {
                // https://rust-lang.github.io/rustup/
                let install = match job.shell {
                    script::Shell::Pwsh => "$env:RUSTUP_TOOLCHAIN",
                    script::Shell::Bash | script::Shell::Sh => "\"$RUSTUP_TOOLCHAIN\"",
                };
                let install = format!(
                    "rustup toolchain install {install} --profile minimal --component clippy,rustfmt --no-self-update"
                );
                return Step::from(native.own(run(format!("Set up {title}"), install))).named(id);
            }
            let version = script::word(version, job.shell, &|expr: &Expr| native.insert(expr));
            let check = run(format!("Check {title}"), toolchain::check(*toolchain, &version, job.shell));
            Step::from(native.own(check)).named(id)
        })
        .collect()
}
