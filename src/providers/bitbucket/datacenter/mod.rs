//! Bitbucket Data Center, on a server of one's own: reports of Code Insights, comments on pull requests and build statuses.
//!
//! | what | how | what makes it the same when it is sent again |
//! |---|---|---|
//! | test run | report of Code Insights | its key; annotations are counted before more are sent |
//! | comment | comment on the pull request | the marker in its text; a change names the version that it changes |
//! | status | build status | its key, of which the latest counts |
//!
//! Version 7.4 is the first that has build statuses of repositories. The token is an HTTP access token, in `BITBUCKET_TOKEN`.

mod annotations;
mod comments;
mod dialect;
mod pages;
mod place;
mod reports;
mod status;

use async_trait::async_trait;

use self::{comments::Comments, dialect::Ways, place::Place, reports::Reports};
use super::{
    super::{change::Change, upsert, BuildStatus, Capability, Comment, Posted, Provider, RunId, Setting, TestRun},
    NAME, TOKEN, VENDOR,
};
use crate::{
    net::{Api, Error},
    report::TestRunResult,
};

/// A server, for one commit and its pull request.
struct DataCenter {
    api: Api,
    place: Place,
}

/// The provider of a repository at the server `host`, `https://git.example.com` or with a path behind it.
///
/// # Errors
/// There is no token, or one that cannot be sent; the repository or an address is none.
pub(super) fn create(setting: &Setting<'_>, host: &str) -> Result<Box<dyn Provider>, Error> {
    let token = setting.token(TOKEN, VENDOR).map_err(|error| match setting.env.get(TOKEN).is_some() {
        true => error,
        false => error.help(dialect::GRANT),
    })?;
    let place = Place::of(setting, host)?;
    let api = Api::new(setting.client.clone(), Ways { token }, &place::api(setting.api.unwrap_or(host)))?;
    Ok(Box::new(DataCenter { api, place }))
}

impl DataCenter {
    fn reports(&self) -> Result<Reports<'_>, Error> {
        let commit = self.place.commit.as_deref().ok_or_else(|| self.cannot(Capability::TestRuns))?;
        Ok(Reports { api: &self.api, place: &self.place, commit })
    }
}

#[async_trait]
impl Provider for DataCenter {
    fn name(&self) -> &str {
        NAME
    }

    fn capabilities(&self) -> Vec<Capability> {
        let of_commit = self.place.commit.iter().flat_map(|_| [Capability::TestRuns, Capability::Statuses]);
        of_commit.chain((self.place.change != Change::None).then_some(Capability::Comments)).collect()
    }

    async fn create_test_run(&self, run: &TestRun<'_>) -> Result<RunId, Error> {
        self.reports()?.create(run).await
    }

    async fn update_test_run(&self, id: &RunId, run: &TestRun<'_>) -> Result<(), Error> {
        self.reports()?.update(id, run).await
    }

    async fn get_test_run_status(&self, id: &RunId) -> Result<TestRunResult, Error> {
        self.reports()?.status(id).await
    }

    async fn add_pr_comment(&self, comment: &Comment<'_>) -> Result<Posted, Error> {
        let DataCenter { api, place } = self;
        let change = place.change.number(api, place.commit.as_deref(), place.find_change(api)).await?;
        upsert(&Comments::new(api, place, change), comment, api.client()).await
    }

    async fn set_build_status(&self, status: &BuildStatus) -> Result<(), Error> {
        let commit = self.place.commit.as_deref().ok_or_else(|| self.cannot(Capability::Statuses))?;
        status::set(&self.api, &self.place, commit, status).await
    }
}
