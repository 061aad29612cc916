//! Where a step of Bitbucket Pipelines runs.
//!
//! Variables: <https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/>

use super::{
    address::{called, hosted, on_server, CLOUD, SERVER},
    Bitbucket,
};
use crate::{
    context::{Address, Context, Env, Field},
    systems::{Access, Detect},
};

impl Detect for Bitbucket {
    fn marker(&self, env: &Env) -> Option<String> {
        env.first(&["BITBUCKET_BUILD_NUMBER", "BITBUCKET_COMMIT"]).map(|it| it.source)
    }

    fn workspace(&self, env: &Env) -> Option<String> {
        env.get("BITBUCKET_CLONE_DIR").map(str::to_owned)
    }

    fn hosts(&self, address: &Address) -> Option<Address> {
        hosted(address)
    }

    fn on_server(&self, env: &Env, known: &Address) -> Option<Field<Address>> {
        on_server(env, known).map(|address| Field::new(address, SERVER))
    }

    fn called(&self, path: &str) -> Option<String> {
        called(path)
    }

    fn keeps_code(&self, _env: &Env) -> bool {
        true
    }

    /// <https://support.atlassian.com/bitbucket-cloud/docs/access-tokens/>, and of servers of one's own
    /// <https://confluence.atlassian.com/bitbucketserver091/http-access-tokens-1443038354.html>
    fn access(&self) -> Access {
        Access {
            tokens: &["BITBUCKET_TOKEN"],
            grants:
                "comments on pull requests, sets build statuses and writes reports, as far as the token's scopes go",
            help: "make a repository access token with `pullrequest:write` and `repository:write` and set it as the \
                   secured variable BITBUCKET_TOKEN; on a server of one's own make an HTTP access token with \
                   `Repository write`",
            forks: None,
        }
    }

    fn read(&self, env: &Env) -> Context {
        let from_zero = |it: Field<u32>| it.map(|index| index.saturating_add(1));
        Context {
            repository: repository(env),
            host: host(env),
            // Of a change the branch that it comes from; unset for tags.
            branch: env.field("BITBUCKET_BRANCH").and_then(Field::branch),
            tag: env.field("BITBUCKET_TAG"),
            // The change's own, though a clone of a change is merged with the target. It may be short.
            head_sha: env.field("BITBUCKET_COMMIT"),
            base_branch: env.field("BITBUCKET_PR_DESTINATION_BRANCH"),
            base_sha: env.field("BITBUCKET_PR_DESTINATION_COMMIT"),
            change_number: env.field("BITBUCKET_PR_ID").and_then(Field::number),
            build_id: env.field("BITBUCKET_BUILD_NUMBER"),
            build_attempt: env.field("BITBUCKET_STEP_RUN_NUMBER").and_then(Field::number),
            build_url: page(env),
            shard_index: env.field("BITBUCKET_PARALLEL_STEP").and_then(Field::number).map(from_zero),
            shard_total: env.field("BITBUCKET_PARALLEL_STEP_COUNT").and_then(Field::number),
            ..Context::default()
        }
    }
}

fn repository(env: &Env) -> Option<Field> {
    let parts = || Some(format!("{}/{}", env.get("BITBUCKET_WORKSPACE")?, env.get("BITBUCKET_REPO_SLUG")?));
    let named = env.field("BITBUCKET_REPO_FULL_NAME");
    named.or_else(|| parts().map(|it| Field::new(it, "BITBUCKET_WORKSPACE, BITBUCKET_REPO_SLUG")))
}

/// Servers of one's own have no pipelines, so there is one host.
fn host(env: &Env) -> Option<Field> {
    env.first(&["BITBUCKET_GIT_HTTP_ORIGIN", "BITBUCKET_BUILD_NUMBER"]).map(|it| it.map(|_| CLOUD.to_owned()))
}

/// No variable has the page; its form is that of the link in the web interface.
fn page(env: &Env) -> Option<Field> {
    let repository = repository(env)?.value;
    let address = |number: String| format!("{CLOUD}/{repository}/pipelines/results/{number}");
    env.field("BITBUCKET_BUILD_NUMBER").map(|it| it.map(address))
}
