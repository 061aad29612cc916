//! What could not be published, as a file beside the reports, so that a later run can do it.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::Thing;
use crate::{
    context::{Context, Field},
    report::Run,
};

/// The file's name in the directory of the reports.
pub const SPOOL: &str = "unpublished.json";

/// What could not be published of the run whose `report.json` lies beside it. `ci-gen run --results DIR/report.json`
/// publishes it and removes the file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Unpublished {
    /// Version of this format; 1 is the only one.
    pub schema: u32,
    /// What is still to be published.
    pub things: Vec<Thing>,
    /// Why it could not be.
    #[serde(default)]
    pub reasons: Vec<String>,
    /// What the project is called.
    #[serde(default)]
    pub project: String,
    /// The job of the spec.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suite: Option<String>,
    /// The code host's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Where and when it ran.
    pub run: Run,
}

impl Unpublished {
    /// The path in a directory of reports.
    pub fn path(directory: &Path) -> PathBuf {
        directory.join(SPOOL)
    }

    /// What lies in a directory of reports.
    ///
    /// # Errors
    /// Why the file cannot be read.
    pub fn read(directory: &Path) -> Result<Option<Unpublished>, String> {
        let path = Unpublished::path(directory);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("cannot read `{}`: {error}", path.display())),
        };
        let read: Unpublished =
            serde_json::from_str(&text).map_err(|error| format!("`{}` is none of ours: {error}", path.display()))?;
        match read.schema {
            1 => Ok(Some(read)),
            other => Err(format!("`{}` is of version {other}, which a newer ci-gen wrote", path.display())),
        }
    }

    /// The file's text.
    pub fn text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Where the run took place, as far as publishing needs to know; what is known of here and now does not count.
    pub fn context(&self, here: &Context) -> Context {
        let run = &self.run;
        let field = |value: &Option<String>| value.clone().map(|it| Field::new(it, SPOOL));
        Context {
            system: here.system.clone(),
            repository: field(&run.repository),
            host: field(&self.host),
            branch: field(&run.branch),
            head_sha: field(&run.head_sha),
            base_branch: field(&run.base),
            change_number: run.change_number.map(|it| Field::new(it, SPOOL)),
            build_id: Some(run.id.clone()).filter(|it| !it.is_empty()).map(|it| Field::new(it, SPOOL)),
            build_attempt: Some(Field::new(run.attempt, SPOOL)),
            build_url: field(&run.url),
            job: field(&run.job),
            ..Context::default()
        }
    }
}
