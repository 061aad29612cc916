//! The steps of a job as CircleCI knows them.

use serde::Serialize;

use super::Pair;

/// One step; exactly one of these is there.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Step {
    /// What overrides call it.
    #[serde(skip)]
    pub(super) id: String,
    pub(super) checkout: Option<Checkout>,
    pub(super) run: Option<Run>,
    pub(super) restore_cache: Option<RestoreCache>,
    pub(super) save_cache: Option<SaveCache>,
    pub(super) attach_workspace: Option<String>,
    pub(super) persist_to_workspace: Option<Persist>,
    pub(super) store_artifacts: Option<StoreArtifacts>,
    pub(super) store_test_results: Option<String>,
}

impl Step {
    /// The step under the name that overrides call it by.
    pub(super) fn named(self, id: impl Into<String>) -> Self {
        Step { id: id.into(), ..self }
    }

    /// The key that says what it is.
    pub(super) fn key(&self) -> &'static str {
        let keys = [
            (self.checkout.is_some(), "checkout"),
            (self.run.is_some(), "run"),
            (self.restore_cache.is_some(), "restore_cache"),
            (self.save_cache.is_some(), "save_cache"),
            (self.attach_workspace.is_some(), "attach_workspace"),
            (self.persist_to_workspace.is_some(), "persist_to_workspace"),
            (self.store_artifacts.is_some(), "store_artifacts"),
        ];
        keys.iter().find(|(is, _)| *is).map_or("store_test_results", |(_, key)| key)
    }
}

/// <https://circleci.com/docs/reference/configuration-reference/#checkout>
#[derive(Clone, Debug, Serialize)]
pub(super) struct Checkout {
    pub(super) method: Option<&'static str>,
}

/// <https://circleci.com/docs/reference/configuration-reference/#run>
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Run {
    pub(super) name: String,
    pub(super) when: Option<&'static str>,
    pub(super) shell: Option<String>,
    pub(super) working_directory: Option<String>,
    pub(super) environment: Vec<Pair>,
    pub(super) no_output_timeout: Option<String>,
    pub(super) max_auto_reruns: Option<u32>,
    pub(super) command: String,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct RestoreCache {
    pub(super) name: String,
    pub(super) candidates: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct SaveCache {
    pub(super) name: String,
    pub(super) key: String,
    pub(super) paths: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Persist {
    pub(super) root: String,
    pub(super) paths: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct StoreArtifacts {
    pub(super) path: String,
    pub(super) destination: String,
}

impl From<Run> for Step {
    fn from(run: Run) -> Self {
        Step { run: Some(run), ..Step::default() }
    }
}

/// A step of our own in the job's default shell.
pub(super) fn run(name: impl Into<String>, command: impl Into<String>) -> Run {
    Run { name: name.into(), command: command.into(), ..Run::default() }
}
