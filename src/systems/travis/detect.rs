//! Where a job of Travis CI runs.
//!
//! Variables: <https://docs.travis-ci.com/user/environment-variables/#default-environment-variables>

use super::{condition, Travis};
use crate::{
    context::{Context, Env, Field},
    spec,
    systems::{Access, Detect},
};

impl Detect for Travis {
    fn marker(&self, env: &Env) -> Option<String> {
        env.is_true("TRAVIS").then(|| "TRAVIS".to_owned())
    }

    fn words(&self, event: spec::Event) -> Vec<&'static str> {
        vec![condition::event_name(event)]
    }

    fn workspace(&self, env: &Env) -> Option<String> {
        env.get("TRAVIS_BUILD_DIR").map(str::to_owned)
    }

    /// <https://developer.travis-ci.com/authentication>
    fn access(&self) -> Access {
        Access {
            tokens: &["TRAVIS_TOKEN"],
            grants: "asks Travis CI for the other jobs of the build",
            help: "set an API token as TRAVIS_TOKEN in the repository's settings",
            forks: Some("builds of pull requests from forks get no secret variables"),
        }
    }

    fn read(&self, env: &Env) -> Context {
        // `false` where there is none.
        let number = env.field("TRAVIS_PULL_REQUEST").and_then(Field::number::<u64>);
        let is_change = number.is_some();
        let tag = env.field("TRAVIS_TAG");
        // The target of a change, the tag of a tag, else the branch.
        let named = env.field("TRAVIS_BRANCH");
        let of_tag = |it: &Field| tag.as_ref().is_some_and(|tag| tag.value == it.value);
        let commit = env.field("TRAVIS_COMMIT");
        Context {
            // Which code host it is on, no variable says.
            repository: env.field("TRAVIS_REPO_SLUG"),
            branch: match is_change {
                true => env.field("TRAVIS_PULL_REQUEST_BRANCH"),
                false => named.clone().filter(|it| !of_tag(it)),
            },
            base_branch: named.filter(|_| is_change),
            head_sha: match is_change {
                true => env.field("TRAVIS_PULL_REQUEST_SHA"),
                false => commit.clone(),
            },
            // Of a change, a merge with the target.
            tested_sha: commit,
            fork: fork(env).filter(|_| is_change),
            change_number: number,
            tag,
            event: env.field("TRAVIS_EVENT_TYPE"),
            build_id: env.field("TRAVIS_BUILD_ID"),
            build_url: env.field("TRAVIS_BUILD_WEB_URL").map(Field::page),
            job: env.first(&["TRAVIS_JOB_NAME", "TRAVIS_JOB_NUMBER"]),
            ..Context::default()
        }
    }
}

fn fork(env: &Env) -> Option<Field<bool>> {
    let target = env.get("TRAVIS_REPO_SLUG")?;
    env.field("TRAVIS_PULL_REQUEST_SLUG").map(|it| it.map(|source| source != target))
}
