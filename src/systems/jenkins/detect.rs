//! Where a build of Jenkins runs. Every kind of job says it in its own way, and none says everything.
//!
//! - all: <https://github.com/jenkinsci/jenkins/blob/master/core/src/main/java/jenkins/model/CoreEnvironmentContributor.java>
//! - multibranch: <https://github.com/jenkinsci/branch-api-plugin/blob/master/src/main/java/jenkins/branch/BranchNameContributor.java>
//! - Git: <https://plugins.jenkins.io/git/#plugin-content-environment-variables>
//! - pull request builder: <https://plugins.jenkins.io/ghprb/#plugin-content-environment-variables>
//! - GitLab plugin: <https://plugins.jenkins.io/gitlab-plugin/#plugin-content-defined-variables>

use super::Jenkins;
use crate::{
    context::{tag_of, Address, Context, Env, Field},
    systems::{detect::repository, Access, Detect},
};

impl Detect for Jenkins {
    /// The address is set only where an administrator configured it. `BUILD_ID` alone is set by others, too.
    fn marker(&self, env: &Env) -> Option<String> {
        let home = || env.get("JENKINS_HOME").is_some();
        let built = || env.get("EXECUTOR_NUMBER").is_some() || env.get("BUILD_TAG").is_some();
        match env.get("JENKINS_URL") {
            Some(_) => Some("JENKINS_URL".to_owned()),
            None => (home() && built()).then(|| "JENKINS_HOME".to_owned()),
        }
    }

    fn workspace(&self, env: &Env) -> Option<String> {
        env.get("WORKSPACE").map(str::to_owned)
    }

    /// <https://www.jenkins.io/doc/book/system-administration/authenticating-scripted-clients/>
    fn access(&self) -> Access {
        Access {
            tokens: &["JENKINS_USER", "JENKINS_TOKEN"],
            grants: "describes the build on its page, if the user may update it",
            help: "store a user's API token as a credential and bind it to JENKINS_USER and JENKINS_TOKEN",
            forks: Some("multibranch jobs may build changes from forks without the credentials of the repository"),
        }
    }

    fn read(&self, env: &Env) -> Context {
        let tag = tag(env);
        let address = address(env);
        let merge_request = env.get("gitlabMergeRequestIid").is_some();
        let head = env.first(&["ghprbActualCommit", "gitlabMergeRequestLastCommit"]);
        Context {
            repository: address.clone().map(|it| it.map(|it| it.path)).or_else(|| env.field("ghprbGhRepository")),
            host: address.map(|it| it.map(|it| it.host)),
            branch: branch(env, tag.is_some()),
            tag,
            // Of a change this may be a merge that the controller made and that exists nowhere else.
            head_sha: head.or_else(|| env.field("GIT_COMMIT")),
            tested_sha: env.field("GIT_COMMIT"),
            base_branch: env
                .first(&["CHANGE_TARGET", "ghprbTargetBranch"])
                .or_else(|| env.field("gitlabTargetBranch").filter(|_| merge_request)),
            change_number: env
                .first(&["CHANGE_ID", "ghprbPullId", "gitlabMergeRequestIid"])
                .and_then(Field::number)
                .or_else(|| env.field("BRANCH_NAME").and_then(|it| it.and_then(|name| change(&name)))),
            fork: fork(env),
            event: env.field("gitlabActionType"),
            build_id: env.field("BUILD_TAG").or_else(|| numbered(env)),
            build_url: env.first(&["BUILD_URL", "RUN_DISPLAY_URL"]).map(Field::page),
            job: env.first(&["STAGE_NAME", "JOB_NAME"]),
            ..Context::default()
        }
    }
}

/// Multibranch jobs call a change `PR-24` or `MR-24`; with both strategies at once `PR-24-merge`.
fn change(name: &str) -> Option<u64> {
    let rest = name.strip_prefix("PR-").or_else(|| name.strip_prefix("MR-"))?;
    rest.split('-').next()?.parse().ok()
}

fn branch(env: &Env, is_tag: bool) -> Option<Field> {
    let of_change = env.first(&["CHANGE_BRANCH", "ghprbSourceBranch"]);
    let pushed = || {
        let named = env.field("BRANCH_NAME").filter(|it| change(&it.value).is_none());
        let hosted = || env.field("gitlabSourceBranch");
        // Names of the plugin's own: `origin/main`, `refs/remotes/origin/main`, and `detached` for none.
        let checked = || env.first(&["GIT_LOCAL_BRANCH", "GIT_BRANCH"]);
        named.or_else(hosted).or_else(checked).filter(|it| it.value != "detached")
    };
    let plain = |name: String| {
        let name = name.trim_start_matches("refs/remotes/").trim_start_matches("origin/");
        let is_name = !name.starts_with("tags/") && !name.starts_with("pr/") && change(name).is_none();
        crate::context::branch_of(name).filter(|_| is_name).map(str::to_owned)
    };
    of_change.or_else(|| pushed().filter(|_| !is_tag)).and_then(|it| it.and_then(plain))
}

fn tag(env: &Env) -> Option<Field> {
    let of_ref = |name: &str| env.field(name).and_then(|it| it.and_then(|it| tag_of(&it).map(str::to_owned)));
    env.field("TAG_NAME").or_else(|| of_ref("gitlabSourceBranch")).or_else(|| of_ref("GIT_BRANCH"))
}

/// The repository that a change goes to, else the one that was cloned; with several remotes they are numbered.
fn address(env: &Env) -> Option<Field<Address>> {
    let of_change = |name: &str| {
        let field = env.field(name)?;
        field.and_then(|url| Address::of_change(&url).map(|(address, _)| hosted(address)))
    };
    let of_remote = |name: &str| env.field(name).and_then(|it| it.and_then(|url| repository(&url)));
    of_change("CHANGE_URL")
        .or_else(|| of_change("ghprbPullLink"))
        .or_else(|| of_remote("gitlabTargetRepoHttpUrl"))
        .or_else(|| of_remote("GIT_URL"))
        .or_else(|| of_remote("GIT_URL_1"))
}

fn hosted(address: Address) -> Address {
    crate::systems::code_host(&address).map_or(address, |(_, address)| address)
}

fn fork(env: &Env) -> Option<Field<bool>> {
    if let Some(fork) = env.field("CHANGE_FORK") {
        return Some(fork.map(|_| true));
    }
    if let Some(change) = env.field("CHANGE_ID") {
        // The other variable is there for forks alone.
        return Some(Field::new(false, format!("{}, without CHANGE_FORK", change.source)));
    }
    if let (Some(target), Some(source)) = (env.get("ghprbGhRepository"), env.field("ghprbAuthorRepoGitUrl")) {
        return source.and_then(|url| Address::parse(&url).map(|it| it.path != target));
    }
    let of =
        |side: &str| Some((env.get(&format!("gitlab{side}Namespace"))?, env.get(&format!("gitlab{side}RepoName"))?));
    let (source, target) = (of("Source")?, of("Target")?);
    Some(Field::new(source != target, "gitlabSourceNamespace"))
}

/// Numbers count per job.
fn numbered(env: &Env) -> Option<Field> {
    let number = env.field("BUILD_NUMBER")?;
    Some(match env.get("JOB_NAME") {
        Some(job) => Field::new(format!("{job}#{}", number.value), "JOB_NAME, BUILD_NUMBER"),
        None => number,
    })
}
