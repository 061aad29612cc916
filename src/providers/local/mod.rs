//! Files in place of a vendor: what would be published, in a directory, for who has no server or wants to look first.
//!
//! `CI_GEN_PUBLISH_DIR` names the directory, `test_results/published` without it:
//!
//! | what | file |
//! |---|---|
//! | a comment | `comments/KEY.md`, with a part for each leg |
//! | statuses | `statuses.json`, the latest of each name |
//! | a test run | `runs/IDENTITY.json`, a [`TestRunResult`] |
//! | a file | `artifacts/NAME`, of a run in a directory of its own |

mod store;

use std::path::PathBuf;

use async_trait::async_trait;
use serde_json::{json, Map, Value};

use self::store::{word, Store};
use super::{
    Artifact, BuildStatus, Capability, Comment, Document, Markup, Phase, Posted, Provider, RunId, Section, Setting,
    State, TestRun,
};
use crate::{
    net::{Error, Kind},
    report::{RunStatus, TestRunResult},
};

const VENDOR: &str = "the local directory";
const DIRECTORY: &str = "CI_GEN_PUBLISH_DIR";
const DEFAULT: &str = "test_results/published";

/// Bytes of a comment, so that many legs leave something that can be read.
const COMMENT: usize = 1_000_000;

const STATUSES: &str = "statuses.json";

/// A directory.
pub(super) struct Local {
    store: Store,
    dry: bool,
}

impl Local {
    /// The provider for the directory; nothing is written yet.
    ///
    /// # Errors
    /// None.
    pub(super) fn make(setting: &Setting<'_>) -> Result<Box<dyn Provider>, Error> {
        let root = PathBuf::from(setting.env.get(DIRECTORY).unwrap_or(DEFAULT));
        Ok(Box::new(Local { store: Store::new(root), dry: setting.client.is_dry() }))
    }

    fn save(&self, run: &TestRun<'_>) -> Result<(), Error> {
        let mut result = TestRunResult::from(run.report);
        result.test_run_id = run.identity.to_owned();
        if run.phase == Phase::Running {
            result.status = RunStatus::Running;
        }
        result.metadata.insert("title".to_owned(), run.title.into());
        self.write(&run_file(run.identity), &json(&result), "write the test run")
    }

    fn write(&self, file: &str, text: &str, operation: &str) -> Result<(), Error> {
        match self.dry {
            true => Ok(()),
            false => self.store.write(file, text.as_bytes()).map_err(|it| self.error(operation, file, &it)),
        }
    }

    fn error(&self, operation: &str, file: &str, error: &std::io::Error) -> Error {
        let path = self.store.path(file);
        Error::new(Kind::Configuration, operation, VENDOR)
            .words(format!("`{}`: {error}", path.display()))
            .help(format!("name a directory in {DIRECTORY} that can be written"))
    }

    fn there(&self, file: &str) -> Posted {
        Posted::There { id: self.store.path(file).display().to_string(), url: None }
    }
}

fn run_file(identity: &str) -> String {
    format!("runs/{}.json", word(identity))
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

#[async_trait]
impl Provider for Local {
    fn name(&self) -> &str {
        "local"
    }

    fn capabilities(&self) -> Vec<Capability> {
        Capability::ALL.to_vec()
    }

    async fn create_test_run(&self, run: &TestRun<'_>) -> Result<RunId, Error> {
        if !self.store.path(&run_file(run.identity)).is_file() {
            self.save(run)?;
        }
        Ok(RunId(run.identity.to_owned()))
    }

    async fn update_test_run(&self, _id: &RunId, run: &TestRun<'_>) -> Result<(), Error> {
        self.save(run)
    }

    async fn get_test_run_status(&self, id: &RunId) -> Result<TestRunResult, Error> {
        let operation = "read the test run";
        if self.dry {
            return Ok(TestRunResult { test_run_id: id.0.clone(), ..TestRunResult::default() });
        }
        let file = run_file(&id.0);
        let text = self.store.read(&file).map_err(|it| self.error(operation, &file, &it))?;
        let text = text.ok_or_else(|| {
            let path = self.store.path(&file);
            Error::new(Kind::NotFound, operation, VENDOR).words(format!("there is no `{}`", path.display()))
        })?;
        serde_json::from_str(&text)
            .map_err(|it| Error::new(Kind::Configuration, operation, VENDOR).words(format!("it holds none: {it}")))
    }

    async fn add_pr_comment(&self, comment: &Comment<'_>) -> Result<Posted, Error> {
        let operation = "write the comment";
        let file = format!("comments/{}.md", word(comment.key));
        if self.dry {
            return Ok(self.there(&file));
        }
        let _lock = self.store.lock().map_err(|it| self.error(operation, &file, &it))?;
        let before = self.store.read(&file).map_err(|it| self.error(operation, &file, &it))?;
        let before = before.and_then(|it| Document::parse(comment.key, &it, Markup::Html));
        let mut document = before.unwrap_or_else(|| Document::new(comment.key));
        let share = COMMENT / (document.legs().count() + 1);
        if !document.put(Section::of(comment, Markup::Html, share)) {
            return Ok(Posted::Outdated);
        }
        self.write(&file, &document.text(Markup::Html, COMMENT), operation)?;
        Ok(self.there(&file))
    }

    async fn upload_artifact(&self, artifact: &Artifact<'_>) -> Result<Posted, Error> {
        let directory = artifact.run.map(|it| format!("{}/", word(&it.0))).unwrap_or_default();
        let file = format!("artifacts/{directory}{}", word(artifact.name));
        if !self.dry {
            let operation = format!("copy `{}`", artifact.path.display());
            self.store.copy(artifact.path, &file).map_err(|it| self.error(&operation, &file, &it))?;
        }
        Ok(self.there(&file))
    }

    async fn set_build_status(&self, status: &BuildStatus) -> Result<(), Error> {
        let operation = "write the status";
        if self.dry {
            return Ok(());
        }
        let _lock = self.store.lock().map_err(|it| self.error(operation, STATUSES, &it))?;
        let before = self.store.read(STATUSES).map_err(|it| self.error(operation, STATUSES, &it))?;
        let mut all: Map<String, Value> = before.and_then(|it| serde_json::from_str(&it).ok()).unwrap_or_default();
        let state = match status.state {
            State::Pending => "pending",
            State::Success => "success",
            State::Failure => "failure",
            State::Error => "error",
        };
        let entry = json!({ "state": state, "description": status.description, "url": status.url });
        all.insert(status.name.clone(), entry);
        self.write(STATUSES, &json(&all), operation)
    }
}
