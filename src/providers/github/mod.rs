//! GitHub: check runs, comments on pull requests and commit statuses, on github.com and on servers of one's own.
//!
//! | what | how | what makes it the same when it is sent again |
//! |---|---|---|
//! | test run | check run | `external_id`; annotations are counted before more are sent |
//! | comment | comment on the pull request | the marker in its text |
//! | status | commit status | its context, of which the latest counts |
//!
//! Check runs are made only when somebody asks for them: GitHub shows those of a job's token under any workflow that ran for
//! the commit, <https://github.com/EnricoMi/publish-unit-test-result-action/issues/12>

mod annotations;
mod check;
mod comments;
mod dialect;
mod place;
mod status;

use async_trait::async_trait;

use self::{dialect::Ways, place::Token};
use super::{change::Change, upsert, BuildStatus, Capability, Comment, Posted, Provider, RunId, Setting, TestRun};
use crate::{
    net::{Api, Error, Kind, Url},
    report::TestRunResult,
};

/// The variable of the token.
const TOKEN: &str = "GITHUB_TOKEN";
/// What the vendor is called.
const NAME: &str = "GitHub";

/// Makes the provider of a repository.
///
/// # Errors
/// There is no token, no repository, or no address.
pub(super) fn make(setting: &Setting<'_>) -> Result<Box<dyn Provider>, Error> {
    let context = setting.context;
    let token = setting.token(TOKEN, NAME)?;
    let named = context.repository.as_ref().map(|it| it.value.as_str());
    let Some((owner, repository)) = named.and_then(place::repository) else {
        let words = match named {
            Some(named) => format!("`{named}` is no repository; those of GitHub are called `OWNER/NAME`"),
            None => "nothing says which repository this is".to_owned(),
        };
        let error = Error::new(Kind::Configuration, format!("publish at {NAME}"), NAME).words(words);
        return Err(error.help("set CI_GEN_REPOSITORY to `OWNER/NAME`"));
    };
    let kind = Token::of(&token);
    let fork = context.fork.as_ref().is_some_and(|it| it.value);
    let base = place::address(setting);
    let api = Api::new(setting.client.clone(), Ways::new(&token, fork), &base)?;
    Ok(Box::new(Github {
        api,
        owner: owner.to_owned(),
        repository: repository.to_owned(),
        head_sha: context.head_sha.as_ref().map(|it| it.value.clone()),
        page: context.build_url.as_ref().map(|it| it.value.clone()).filter(|it| is_page(it)),
        change: Change::of(context),
        token: kind,
    }))
}

/// A repository at GitHub, a commit of it and the pull request.
struct Github {
    api: Api,
    owner: String,
    repository: String,
    head_sha: Option<String>,
    /// The page of the CI system's run.
    page: Option<String>,
    change: Change,
    token: Token,
}

impl Github {
    /// The address of something in the repository.
    fn url(&self, segments: &[&str]) -> Url {
        self.api.url(["repos", &self.owner, &self.repository].into_iter().chain(segments.iter().copied()))
    }

    /// The commit that everything belongs to.
    fn sha(&self, operation: &str) -> Result<&str, Error> {
        self.head_sha.as_deref().ok_or_else(|| {
            let error = self.api.error(Kind::Configuration, operation);
            error.words("nothing says which commit this is").help("set CI_GEN_HEAD_SHA to the whole hash of the commit")
        })
    }
}

#[async_trait]
impl Provider for Github {
    fn name(&self) -> &str {
        "github"
    }

    fn capabilities(&self) -> Vec<Capability> {
        let mut can = Vec::new();
        if self.head_sha.is_some() {
            can.extend(self.token.makes_checks().then_some(Capability::TestRuns));
            can.push(Capability::Statuses);
        }
        can.extend((self.change != Change::None).then_some(Capability::Comments));
        can
    }

    fn opt_in(&self) -> Vec<Capability> {
        vec![Capability::TestRuns]
    }

    async fn create_test_run(&self, run: &TestRun<'_>) -> Result<RunId, Error> {
        self.create_check(run).await
    }

    async fn update_test_run(&self, id: &RunId, run: &TestRun<'_>) -> Result<(), Error> {
        self.update_check(id, run).await
    }

    async fn get_test_run_status(&self, id: &RunId) -> Result<TestRunResult, Error> {
        self.check_status(id).await
    }

    async fn add_pr_comment(&self, comment: &Comment<'_>) -> Result<Posted, Error> {
        let thread = self.thread().await?;
        upsert(&thread, comment, self.api.client()).await
    }

    async fn set_build_status(&self, status: &BuildStatus) -> Result<(), Error> {
        self.set_status(status).await
    }
}

/// Whether something can be the address of a page; others are refused with the whole request.
fn is_page(text: &str) -> bool {
    Url::parse(text).is_ok_and(|it| matches!(it.scheme(), "http" | "https"))
}

/// A text that GitHub takes in every place: without control characters, and characters of four bytes written out as
/// `[U+1F389]`. Annotations and descriptions of statuses with such are turned away, comments and summaries are not:
/// <https://github.com/ouzi-dev/commit-status-updater/issues/526>,
/// <https://github.com/mikepenz/action-junit-report/issues/440>
fn basic(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => out.push(c),
            c if c.is_control() => {}
            c if u32::from(c) > 0xffff => out.push_str(&format!("[U+{:X}]", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}
