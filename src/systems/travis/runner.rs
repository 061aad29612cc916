//! The machine that a leg runs on.

use serde::Deserialize;
use serde_json::{json, Value};

use crate::{
    plan::{Leg, Plan},
    spec::Os,
    systems::Lowering,
};

/// `travis = { os, dist, arch }`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    os: Option<String>,
    dist: Option<String>,
    arch: Option<String>,
}

/// What a job says about its machine.
#[derive(Clone, Debug)]
pub(super) struct Machine {
    pub(super) os: &'static str,
    pub(super) dist: Option<String>,
    pub(super) arch: Option<String>,
}

/// Values: <https://docs.travis-ci.com/user/reference/overview/>
pub(super) fn schema() -> Value {
    json!({
        "description": "The machine on Travis CI.",
        "type": "object",
        "properties": {
            "os": { "description": "The operating system", "enum": ["linux", "windows"] },
            "dist": {
                "description": "The release of Linux",
                "enum": ["xenial", "bionic", "focal", "jammy", "noble", "rhel8"]
            },
            "arch": {
                "description": "The processor of a Linux machine",
                "enum": ["amd64", "arm64", "ppc64le", "s390x"]
            }
        },
        "minProperties": 1,
        "additionalProperties": false
    })
}

/// The machine of a leg; a runner without an entry is refused.
pub(super) fn of(plan: &Plan, leg: &Leg, out: &mut Lowering<'_>) -> Machine {
    let Some(runner) = plan.runner_of(leg) else { return machine(Os::Linux, Entry::default()) };
    let Some(entry) = out.runner::<Entry>(runner) else {
        if runner.name != runner.os.key() {
            out.no_runner(runner);
        }
        return machine(runner.os, Entry::default());
    };
    let at = runner.place.key("travis");
    if entry.os.as_ref().is_some_and(|os| os != runner.os.key()) {
        let message = format!("the runner `{}` is for {}, its machine on Travis is not", runner.name, runner.os.key());
        out.refuse(&at.key("os"), message, "name the same operating system in both, or leave the second one out");
    }
    if runner.os != Os::Linux && (entry.dist.is_some() || entry.arch.is_some()) {
        let message = format!("`dist` and `arch` are for Linux, the runner `{}` is not", runner.name);
        out.refuse(&at, message, "leave them out");
    }
    machine(runner.os, entry)
}

fn machine(os: Os, entry: Entry) -> Machine {
    match os {
        Os::Linux => {
            Machine { os: "linux", dist: Some(entry.dist.unwrap_or_else(|| "noble".to_owned())), arch: entry.arch }
        }
        // macOS is refused as a whole.
        Os::Windows | Os::Macos => Machine { os: "windows", dist: None, arch: None },
    }
}
