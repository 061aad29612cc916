//! Toolchains: the image that has them, or a check of the machine.

use super::{native::Native, reference, variable::Variable};
use crate::{
    plan::{Expr, Job, Plan, Text},
    script::{self, Insert},
    spec::{Os, Toolchain},
    systems::{
        toolchain::{self, leg_image, LegImage},
        Lowering,
    },
};

/// Refuses what the machines of a native job cannot do.
pub(super) fn check(plan: &Plan, job: &Job, native: &Native<'_>, out: &mut Lowering<'_>) {
    if native.os == Os::Linux {
        if native.legs.iter().any(|leg| leg_image(leg) == LegImage::Several) {
            let message = "a job on GitLab runs in one image, and no official image has all of these toolchains";
            out.refuse(&job.place.key("setup"), message, "set `image` to one that has them all");
        }
        return;
    }
    let os = native.os.key();
    for leg in &native.legs {
        if leg.image.is_some() {
            let message = format!("the leg `{}` runs on {os}, where GitLab has no containers", leg.id);
            out.refuse(&job.place.key("image"), message, "give that leg no image, or a Linux runner");
        }
        if !leg.services.is_empty() {
            let message = format!("the leg `{}` runs on {os}, where GitLab has no services", leg.id);
            let help = "name the service by a matrix value that is empty on that leg";
            out.refuse(&job.place.key("services"), message, help);
        }
    }
    if uses_machine(native) && native.legs.iter().any(|leg| leg.setup.keys().any(|it| *it != Toolchain::Rust)) {
        let runner = plan.runner_of(native.legs[0]).map_or(os, |it| it.name.as_str());
        let message = format!("GitLab installs no toolchains on `{runner}`: the job fails unless the machine has them");
        out.degrade(&job.place.key("setup"), message, "install the version in `install`, or on the machine");
    }
}

fn uses_machine(native: &Native<'_>) -> bool {
    native.os != Os::Linux
}

/// Commands that make sure of the toolchains on a machine without containers, in the job's shell.
pub(super) fn commands(job: &Job, native: &Native<'_>) -> Vec<String> {
    if !uses_machine(native) {
        return Vec::new();
    }
    let value = |expr: &Expr| Insert::Variable(reference::variable(expr));
    let used = job.setup.iter().filter(|(it, _)| native.legs.iter().any(|leg| leg.setup.contains_key(*it)));
    let line = |(toolchain, version): (&Toolchain, &Text)| {
        let word = script::word(version, job.shell, &value);
        let check = match toolchain {
            Toolchain::Rust => format!("rustup toolchain install {word} --profile minimal --component clippy,rustfmt"),
            other => toolchain::check(*other, &word, job.shell),
        };
        match native.legs.iter().all(|leg| leg.setup.contains_key(toolchain)) {
            true => check,
            false => unless_empty(&check, &word, job.shell),
        }
    };
    used.map(line).collect()
}

/// Legs whose version is empty go without the toolchain.
fn unless_empty(check: &str, word: &str, shell: script::Shell) -> String {
    match shell {
        script::Shell::Bash | script::Shell::Sh => format!("if [ -n {word} ]; then\n{check}\nfi"),
        script::Shell::Pwsh => format!("if ({word}) {{\n{check}\n}}"),
    }
}

/// What chooses the toolchain that [`commands`] installed.
pub(super) fn variables(job: &Job, native: &Native<'_>) -> Option<Variable> {
    let version = job.setup.get(&Toolchain::Rust).filter(|_| uses_machine(native))?;
    let value = reference::text(version, reference::escape);
    Some(super::variable::plain("RUSTUP_TOOLCHAIN", value))
}
