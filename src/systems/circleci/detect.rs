//! Where a job of CircleCI runs.
//!
//! Variables: <https://circleci.com/docs/reference/variables/#built-in-environment-variables>

use super::Circleci;
use crate::{
    context::{change_of, Address, Context, Env, Field},
    systems::{code_host, detect::repository, Access, Detect},
};

impl Detect for Circleci {
    fn marker(&self, env: &Env) -> Option<String> {
        env.is_true("CIRCLECI").then(|| "CIRCLECI".to_owned())
    }

    fn workspace(&self, env: &Env) -> Option<String> {
        env.get("CIRCLE_WORKING_DIRECTORY").map(str::to_owned)
    }

    /// <https://circleci.com/docs/guides/toolkit/managing-api-tokens/>
    fn access(&self) -> Access {
        Access {
            tokens: &["CIRCLE_TOKEN"],
            grants: "asks CircleCI for what the environment lacks: the pull request and its base",
            help: "set a personal API token as CIRCLE_TOKEN in the project or in a context",
            forks: Some("builds of forks get no secrets unless the project passes them on"),
        }
    }

    fn read(&self, env: &Env) -> Context {
        let address = address(env);
        let from_zero = |it: Field<u32>| it.map(|index| index.saturating_add(1));
        Context {
            // Names are opaque ids for organisations that came over GitLab or a GitHub App; the address never is.
            repository: address.clone().map(|it| it.map(|it| it.path)).or_else(|| project(env)),
            host: address.map(|it| it.map(|it| it.host)),
            // Unset for tags; of forks it is `pull/7`.
            branch: env.field("CIRCLE_BRANCH").and_then(Field::branch),
            tag: env.field("CIRCLE_TAG"),
            head_sha: env.field("CIRCLE_SHA1"),
            change_number: change_number(env),
            fork: fork(env),
            build_id: env.first(&["CIRCLE_WORKFLOW_ID", "CIRCLE_BUILD_NUM"]),
            build_url: env.field("CIRCLE_BUILD_URL").or_else(|| page(env)).map(Field::page),
            job: env.field("CIRCLE_JOB"),
            shard_index: env.field("CIRCLE_NODE_INDEX").and_then(Field::number).map(from_zero),
            shard_total: env.field("CIRCLE_NODE_TOTAL").and_then(Field::number),
            ..Context::default()
        }
    }
}

/// Of a fork, else out of the address; which one of several that is, nobody knows. None of them is there for GitHub Apps.
fn change_number(env: &Env) -> Option<Field<u64>> {
    let forked = env.field("CIRCLE_PR_NUMBER").and_then(Field::number);
    let last = |url: String| url.rsplit('/').next()?.parse().ok();
    let linked = |name: &str| env.field(name)?.and_then(last);
    let of_branch = || env.field("CIRCLE_BRANCH").and_then(|it| it.and_then(|name| change_of(&name)));
    forked.or_else(|| linked("CIRCLE_PULL_REQUEST")).or_else(|| linked("CI_PULL_REQUEST")).or_else(of_branch)
}

/// The repository that the change goes to, else the one that was cloned.
fn address(env: &Env) -> Option<Field<Address>> {
    let of_change = |url: String| {
        let (address, _) = Address::of_change(&url)?;
        Some(code_host(&address).map_or(address, |(_, address)| address))
    };
    let change = env.field("CIRCLE_PULL_REQUEST").and_then(|it| it.and_then(of_change));
    change.or_else(|| env.field("CIRCLE_REPOSITORY_URL")?.and_then(|url| repository(&url)))
}

fn project(env: &Env) -> Option<Field> {
    let (owner, name) = (env.get("CIRCLE_PROJECT_USERNAME")?, env.get("CIRCLE_PROJECT_REPONAME")?);
    Some(Field::new(format!("{owner}/{name}"), "CIRCLE_PROJECT_USERNAME, CIRCLE_PROJECT_REPONAME"))
}

/// `CIRCLE_PR_…` is set for forks alone.
fn fork(env: &Env) -> Option<Field<bool>> {
    let of_branch = || env.field("CIRCLE_BRANCH").filter(|it| change_of(&it.value).is_some());
    if let Some(owner) = env.field("CIRCLE_PR_USERNAME") {
        let own = env.get("CIRCLE_PROJECT_USERNAME");
        return Some(owner.map(|owner| Some(owner.as_str()) != own));
    }
    if let Some(branch) = of_branch() {
        return Some(branch.map(|_| true));
    }
    env.field("CIRCLE_PULL_REQUEST").filter(|_| env.get("CIRCLE_PR_NUMBER").is_none()).map(|it| it.map(|_| false))
}

fn page(env: &Env) -> Option<Field> {
    let address = |id: String| format!("https://app.circleci.com/pipelines/workflows/{id}");
    env.field("CIRCLE_WORKFLOW_ID").map(|it| it.map(address))
}
