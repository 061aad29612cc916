//! Where a step of Bitbucket Pipelines runs.
//!
//! Variables: <https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/>

use super::Bitbucket;
use crate::{
    context::{Address, Context, Env, Field},
    systems::{Access, Detect},
};

/// The only one of its kind.
const HOST: &str = "https://bitbucket.org";

impl Detect for Bitbucket {
    fn marker(&self, env: &Env) -> Option<String> {
        env.first(&["BITBUCKET_BUILD_NUMBER", "BITBUCKET_COMMIT"]).map(|it| it.source)
    }

    fn workspace(&self, env: &Env) -> Option<String> {
        env.get("BITBUCKET_CLONE_DIR").map(str::to_owned)
    }

    fn hosts(&self, address: &Address) -> Option<Address> {
        let name = address.host.split("://").nth(1)?;
        let host = HOST.to_owned();
        matches!(name, "bitbucket.org" | "altssh.bitbucket.org").then(|| Address { host, path: address.path.clone() })
    }

    /// <https://support.atlassian.com/bitbucket-cloud/docs/access-tokens/>
    fn access(&self) -> Access {
        Access {
            tokens: &["BITBUCKET_TOKEN"],
            grants:
                "comments on pull requests, sets build statuses and writes reports, as far as the token's scopes go",
            help: "make a repository access token with `pullrequest:write` and `repository:write` and set it as the \
                   secured variable BITBUCKET_TOKEN",
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
    env.first(&["BITBUCKET_GIT_HTTP_ORIGIN", "BITBUCKET_BUILD_NUMBER"]).map(|it| it.map(|_| HOST.to_owned()))
}

/// No variable has the page; its form is that of the link in the web interface.
fn page(env: &Env) -> Option<Field> {
    let repository = repository(env)?.value;
    let address = |number: String| format!("{HOST}/{repository}/pipelines/results/{number}");
    env.field("BITBUCKET_BUILD_NUMBER").map(|it| it.map(address))
}
