//! Where things go at GitLab: the API, the project and commit of a status, the merge request.

use serde_json::Value;

use super::super::Setting;
use crate::{
    context::{Context, Env, Field},
    net::{Api, Error},
};

/// Where GitLab itself is.
const PUBLIC: &str = "https://gitlab.com/api/v4";

/// What a status is set on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Commit {
    /// The project's number or path.
    pub(super) project: String,
    pub(super) sha: String,
    /// The branch or tag; a status of a pipeline takes the pipeline's.
    pub(super) reference: Option<String>,
    /// The pipeline that the commit is of.
    pub(super) pipeline: Option<u64>,
    /// A page that tells more, where a status names none.
    pub(super) page: Option<String>,
}

/// A merge request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    /// The number or path of the project that it goes to.
    pub(super) project: String,
    pub(super) number: u64,
    /// Its page.
    pub(super) page: Option<String>,
}

/// The address of the API: what the user says, then the job's variable, then the code host's.
///
/// <https://docs.gitlab.com/ci/variables/predefined_variables/>
pub(super) fn api(setting: &Setting<'_>) -> String {
    let host = || setting.context.host.as_ref().map(|it| format!("{}/api/v4", it.value.trim_end_matches('/')));
    let named = setting.api.or_else(|| setting.env.get("CI_API_V4_URL")).map(str::to_owned);
    named.or_else(host).unwrap_or_else(|| PUBLIC.to_owned())
}

/// The commit that statuses are set on.
///
/// A status is a job of a pipeline. In a job of GitLab's it goes into that job's own pipeline, whose commit may be a merge
/// that GitLab made, in a project that may be a fork: on any other commit GitLab would begin a second pipeline beside it,
/// <https://docs.gitlab.com/ci/ci_cd_for_external_repos/external_commit_statuses/>
pub(super) fn commit(setting: &Setting<'_>) -> Option<Commit> {
    let Setting { env, context, .. } = setting;
    let page = context.build_url.as_ref().map(|it| it.value.clone());
    if let (Some(id), false) = (pipeline(env), overridden(context)) {
        let project = env.first(&["CI_PROJECT_ID", "CI_PROJECT_PATH"])?.value;
        let sha = env.get("CI_COMMIT_SHA")?.to_owned();
        return Some(Commit { project, sha, reference: None, pipeline: Some(id), page });
    }
    let reference = context.branch.as_ref().or(context.tag.as_ref()).map(|it| it.value.clone());
    let project = project(env, &context.repository.as_ref()?.value);
    Some(Commit { project, sha: context.head_sha.as_ref()?.value.clone(), reference, pipeline: None, page })
}

fn pipeline(env: &Env) -> Option<u64> {
    env.get("CI_PIPELINE_ID").filter(|_| env.is_true("GITLAB_CI"))?.parse().ok()
}

/// Whether the user says that the results are of another commit or repository than the job's.
fn overridden(context: &Context) -> bool {
    let own = |field: &Option<Field>| field.as_ref().is_some_and(|it| it.source.starts_with("CI_GEN_"));
    own(&context.head_sha) || own(&context.repository)
}

/// The number of a project where the variables tell it, else its path. Proxies that take `%2F` for a slash cannot harm a
/// number.
fn project(env: &Env, path: &str) -> String {
    let pairs =
        [("CI_MERGE_REQUEST_PROJECT_PATH", "CI_MERGE_REQUEST_PROJECT_ID"), ("CI_PROJECT_PATH", "CI_PROJECT_ID")];
    let known = pairs.iter().find(|(name, _)| env.get(name) == Some(path)).and_then(|(_, id)| env.get(id));
    known.unwrap_or(path).to_owned()
}

/// The merge request that the variables name: the pipeline's own, else the first that is open for its branch.
pub(super) fn change(setting: &Setting<'_>) -> Option<Change> {
    let Setting { env, context, .. } = setting;
    // A pull request of another code host, whose pipelines run here.
    let foreign = |it: &&Field<u64>| !it.source.starts_with("CI_EXTERNAL_PULL_REQUEST");
    let host = context.host.as_ref().map(|it| it.value.trim_end_matches('/').to_owned());
    let make = |path: &str, number: u64| Change {
        project: project(env, path),
        number,
        page: host.as_ref().map(|host| format!("{host}/{path}/-/merge_requests/{number}")),
    };
    match (&context.change_number, &context.repository) {
        (Some(number), Some(path)) => Some(number).filter(foreign).map(|it| make(&path.value, it.value)),
        _ => open(env).map(|(path, number)| make(path, number)),
    }
}

/// `group/project!12,group/project!13`: those of the project itself go before those that it is a fork of.
fn open(env: &Env) -> Option<(&str, u64)> {
    let list = env.get("CI_OPEN_MERGE_REQUESTS")?;
    let pairs = list.split(',').filter_map(|it| it.trim().split_once('!'));
    let all: Vec<(&str, u64)> = pairs.filter_map(|(path, id)| Some((path, id.parse().ok()?))).collect();
    let own = all.iter().find(|(path, _)| Some(*path) == env.get("CI_PROJECT_PATH"));
    own.or(all.first()).copied()
}

/// The open merge request whose newest commit this is, else that of the branch.
///
/// <https://docs.gitlab.com/api/commits/#list-merge-requests-associated-with-a-commit>
pub(super) async fn find(api: &Api, commit: &Commit) -> Result<Option<Change>, Error> {
    let mut url = api.url(["projects", &commit.project, "repository", "commits", &commit.sha, "merge_requests"]);
    url.query_pairs_mut().append_pair("per_page", "100");
    let answer = api.get(url, "find the merge request").await?.json();
    let open: Vec<&Value> = answer.as_array().into_iter().flatten().filter(|it| it["state"] == "opened").collect();
    let newest = open.iter().find(|it| it["sha"].as_str() == Some(&commit.sha));
    let branch = commit.reference.as_deref();
    let found = newest.or_else(|| open.iter().find(|it| branch.is_some() && it["source_branch"].as_str() == branch));
    Ok(found.and_then(|it| {
        let project = it["project_id"].as_u64().map_or_else(|| commit.project.clone(), |it| it.to_string());
        Some(Change { project, number: it["iid"].as_u64()?, page: it["web_url"].as_str().map(str::to_owned) })
    }))
}
