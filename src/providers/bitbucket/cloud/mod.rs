//! Bitbucket Cloud: reports of Code Insights, comments on pull requests and build statuses.
//!
//! In a step of Bitbucket Pipelines reports need no token: a proxy beside the step signs the requests. Comments and statuses
//! need one everywhere. Variables: `BITBUCKET_TOKEN`, beside it `BITBUCKET_EMAIL` where it is an API token of a person, and
//! `CI_GEN_BITBUCKET_PROXY` where the proxy is not at `http://localhost:29418`, as seen from another container.

mod annotations;
mod comments;
mod dialect;
mod place;
mod reports;
mod status;

use async_trait::async_trait;

use self::{comments::Comments, dialect::Bitbucket as Ways, place::Place, reports::Reports};
use super::{
    super::{change::Change, upsert, BuildStatus, Capability, Comment, Posted, Provider, RunId, Setting, TestRun},
    TOKEN, VENDOR,
};
use crate::{
    net::{Api, Error},
    report::TestRunResult,
};

/// Bitbucket Cloud, for one commit and its pull request.
struct Bitbucket {
    api: Api,
    place: Place,
    /// Whether requests go through the proxy of a step, which signs those about reports alone.
    proxied: bool,
}

/// The provider of a repository at Bitbucket Cloud.
///
/// # Errors
/// There is no token and no step of a pipeline, or a token that cannot be sent; an address is none.
pub(super) fn create(setting: &Setting<'_>) -> Result<Box<dyn Provider>, Error> {
    let place = Place::of(setting)?;
    let (client, proxied, authorization) = match setting.token(TOKEN, VENDOR) {
        Ok(token) => (setting.client.clone(), false, Some(dialect::authorization(setting.env, &token))),
        Err(error) if setting.env.get(TOKEN).is_some() => return Err(error),
        Err(_) if place::is_step(setting.env) => (place::through_proxy(setting)?, true, None),
        Err(error) => return Err(error.help(dialect::GRANT)),
    };
    let api = Api::new(client, Ways { authorization }, &place::api(setting, proxied))?;
    Ok(Box::new(Bitbucket { api, place, proxied }))
}

impl Bitbucket {
    fn reports(&self) -> Result<Reports<'_>, Error> {
        let commit = self.place.commit.as_deref().ok_or_else(|| self.cannot(Capability::TestRuns))?;
        Ok(Reports { api: &self.api, place: &self.place, commit })
    }
}

#[async_trait]
impl Provider for Bitbucket {
    fn name(&self) -> &str {
        super::NAME
    }

    fn capabilities(&self) -> Vec<Capability> {
        let mut all = Vec::new();
        if self.place.commit.is_some() {
            all.push(Capability::TestRuns);
            all.extend((!self.proxied).then_some(Capability::Statuses));
        }
        all.extend((self.place.change != Change::None && !self.proxied).then_some(Capability::Comments));
        all
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
        if self.proxied {
            return Err(self.cannot(Capability::Comments).help(dialect::GRANT));
        }
        let Bitbucket { api, place, .. } = self;
        let change = place.change.number(api, place.commit.as_deref(), place.find_change(api)).await?;
        upsert(&Comments { api, place, change }, comment, api.client()).await
    }

    async fn set_build_status(&self, status: &BuildStatus) -> Result<(), Error> {
        let commit = self.place.commit.as_deref().filter(|_| !self.proxied);
        let commit = commit.ok_or_else(|| self.cannot(Capability::Statuses).help(dialect::GRANT))?;
        status::set(&self.api, &self.place, commit, status).await
    }
}
