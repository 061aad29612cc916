//! How a job checks the repository out, as `git`.
//!
//! <https://docs.travis-ci.com/user/customizing-the-build/#git-clone-depth>

use serde::Serialize;
use serde_json::Value;

use super::job::JobModel;
use crate::{plan::Job, systems::Lowering};

/// A key of `git`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Setting {
    key: &'static str,
    value: Value,
}

/// Travis by itself brings submodules and LFS files along; a spec has to ask for them.
pub(super) fn lower(job: &Job, windows: bool, out: &mut Lowering<'_>) -> Vec<Setting> {
    if job.checkout.is_none() {
        let help = "nothing to do, unless the commands mind the files";
        out.degrade(&job.place.key("checkout"), "the repository is there anyway: Travis needs its scripts", help);
    }
    let checkout = job.checkout.clone().unwrap_or_default();
    let mut settings = Vec::new();
    let mut set = |key, value| settings.push(Setting { key, value });
    match checkout.depth {
        None => {}
        Some(0) => set("depth", false.into()),
        Some(depth) => set("depth", depth.into()),
    }
    if !checkout.submodules {
        set("submodules", false.into());
    }
    if !checkout.lfs {
        set("lfs_skip_smudge", true.into());
    }
    if windows {
        // Git for Windows would end the lines of the scripts as no bash can read them.
        set("autocrlf", "input".into());
    }
    settings
}

/// What all jobs agree on stands once at the top, and no more in the jobs.
pub(super) fn shared(jobs: &mut [JobModel]) -> Vec<Setting> {
    let Some(first) = jobs.first().map(|job| job.git.clone()) else { return Vec::new() };
    if jobs.iter().any(|job| job.git != first) {
        return Vec::new();
    }
    for job in jobs {
        job.git.clear();
    }
    first
}
