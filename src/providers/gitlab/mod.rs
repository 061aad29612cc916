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
    api: Api,
    commit: Option<Commit>,
    /// Known from the variables, or found by the commit.
    change: OnceLock<Change>,
}

/// The provider of that name.
///
/// # Errors
/// There is no token, or one that cannot be sent; the address of the API is none.
pub(super) fn create(setting: &Setting<'_>) -> Result<Box<dyn Provider>, Error> {
    let token = setting.token(TOKEN, VENDOR).map_err(|error| match setting.env.get(TOKEN).is_some() {
        true => error,
        false => missing(error, Some("CI_JOB_TOKEN").filter(|it| setting.env.get(it).is_some())),
    })?;
    let api = Api::new(setting.client.clone(), Ways { token }, &place::api(setting))?;
    let change = place::change(setting).map_or_else(OnceLock::new, OnceLock::from);
    Ok(Box::new(Gitlab { api, commit: place::commit(setting), change }))
}

/// What is said where there is no token. `own` tells that the job has its own, which reads but may write neither:
/// <https://docs.gitlab.com/ci/jobs/ci_job_token/>
fn missing(error: Error, own: Option<&str>) -> Error {
    let error = error.help(GRANT);
    match own {
        Some(name) => {
            error.words(format!("{TOKEN} is not set, and the job's own {name} may write neither notes nor statuses"))
        }
        None => error,
    }
}

#[async_trait]
impl Provider for Gitlab {
    fn name(&self) -> &str {
        "gitlab"
    }

    fn capabilities(&self) -> Vec<Capability> {
        let status = self.commit.as_ref().map(|_| Capability::Statuses);
        let comment = self.change.get().map(|_| Capability::Comments);
        status.into_iter().chain(comment).collect()
    }

    /// Looks for the merge request where the variables do not name it. That there is none, or that it is not seen, is no
    /// failure; that the token does not count is.
    async fn initialize(&self) -> Result<(), Error> {
        let (Some(commit), None) = (&self.commit, self.change.get()) else { return Ok(()) };
        match place::find(&self.api, commit).await {
            Ok(Some(change)) => {
                let _ = self.change.set(change);
                Ok(())
            }
            Err(error) if error.kind == Kind::Authentication => Err(error),
            Ok(None) | Err(_) => Ok(()),
        }
    }

    async fn add_pr_comment(&self, comment: &Comment<'_>) -> Result<Posted, Error> {
        let change = self.change.get().ok_or_else(|| self.cannot(Capability::Comments))?;
        upsert(&Notes { api: &self.api, change }, comment, self.api.client()).await
    }

    async fn set_build_status(&self, status: &BuildStatus) -> Result<(), Error> {
        let commit = self.commit.as_ref().ok_or_else(|| self.cannot(Capability::Statuses))?;
        status::set(&self.api, commit, status).await
    }
}
