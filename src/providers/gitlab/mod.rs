//! GitLab: notes on merge requests and statuses of commits.
//!
//! Runs of tests are not created here. GitLab has no API that takes results: it reads the JUnit files that a job names under
//! `artifacts:reports:junit`, which needs no token, <https://docs.gitlab.com/ci/testing/unit_test_reports/>

mod dialect;
mod notes;
mod place;
mod status;

use std::sync::OnceLock;

use async_trait::async_trait;

use self::{
    dialect::{Gitlab as Ways, GRANT},
    notes::Notes,
    place::{Change, Commit},
};
use super::{upsert, BuildStatus, Capability, Comment, Posted, Provider, Setting};
use crate::net::{Api, Error, Kind};

/// The vendor, as people write it.
const VENDOR: &str = "GitLab";
/// The variable that holds the token.
const TOKEN: &str = "GITLAB_TOKEN";

/// GitLab, for one commit and its merge request.
struct Gitlab {
    /// The API, or why nothing can be sent to it.
    api: Result<Api, Error>,
    commit: Option<Commit>,
    /// Known from the variables, or found by the commit.
    change: OnceLock<Change>,
}

/// The provider of that name.
///
/// # Errors
/// There is no token, or one that cannot be sent; the address of the API is none.
pub(super) fn create(setting: &Setting<'_>) -> Result<Box<dyn Provider>, Error> {
    let api = match setting.token(TOKEN, VENDOR) {
        Ok(token) => Ok(Api::new(setting.client.clone(), Ways { token }, &place::api(setting))?),
        Err(error) if setting.env.get(TOKEN).is_some() => return Err(error),
        // The job's own token reads, and may write neither: <https://docs.gitlab.com/ci/jobs/ci_job_token/>
        Err(error) if setting.env.get("CI_JOB_TOKEN").is_some() => Err(error
            .words(format!("{TOKEN} is not set, and the job's own CI_JOB_TOKEN may write neither notes nor statuses"))
            .help(GRANT)),
        Err(error) => return Err(error.help(GRANT)),
    };
    let change = OnceLock::new();
    if let Some(known) = place::change(setting) {
        let _ = change.set(known);
    }
    Ok(Box::new(Gitlab { api, commit: place::commit(setting), change }))
}

impl Gitlab {
    fn api(&self) -> Result<&Api, Error> {
        self.api.as_ref().map_err(Clone::clone)
    }
}

#[async_trait]
impl Provider for Gitlab {
    fn name(&self) -> &str {
        "gitlab"
    }

    fn capabilities(&self) -> Vec<Capability> {
        let mut all = Vec::new();
        if self.api.is_ok() {
            all.extend(self.commit.as_ref().map(|_| Capability::Statuses));
            all.extend(self.change.get().map(|_| Capability::Comments));
        }
        all
    }

    /// Looks for the merge request where the variables do not name it. That there is none, or that it is not seen, is no
    /// failure; that the token does not count is.
    async fn initialize(&self) -> Result<(), Error> {
        let api = self.api()?;
        let (Some(commit), None) = (&self.commit, self.change.get()) else { return Ok(()) };
        match place::find(api, commit).await {
            Ok(Some(change)) => {
                let _ = self.change.set(change);
                Ok(())
            }
            Err(error) if error.kind == Kind::Authentication => Err(error),
            Ok(None) | Err(_) => Ok(()),
        }
    }

    async fn add_pr_comment(&self, comment: &Comment<'_>) -> Result<Posted, Error> {
        let api = self.api()?;
        let change = self.change.get().ok_or_else(|| self.cannot(Capability::Comments))?;
        upsert(&Notes { api, change }, comment, api.client()).await
    }

    async fn set_build_status(&self, status: &BuildStatus) -> Result<(), Error> {
        let api = self.api()?;
        let commit = self.commit.as_ref().ok_or_else(|| self.cannot(Capability::Statuses))?;
        status::set(api, commit, status).await
    }
}
