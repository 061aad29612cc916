//! Where things go at Bitbucket: the API and how it is reached, the repository, the commit, the pull request.

use serde_json::Value;

use super::super::{
    super::{change::Change, Setting},
    said, TOKEN, VENDOR,
};
use crate::{
    context::Env,
    net::{Answer, Api, Client, Error, Kind, Url},
};

/// Where Bitbucket Cloud's API is.
const PUBLIC: &str = "https://api.bitbucket.org/2.0";
/// The same for the proxy, which can sign only what is not encrypted.
const PROXIED: &str = "http://api.bitbucket.org/2.0";
/// Where the proxy of a step is.
///
/// <https://support.atlassian.com/bitbucket-cloud/docs/code-insights/>
const PROXY: &str = "http://localhost:29418";
/// Where people see repositories.
const WEB: &str = "https://bitbucket.org";
/// Pull requests on a page; with more, Bitbucket says no.
///
/// <https://github.com/decaporg/decap-cms/issues/7144>
const PULL_REQUESTS: &str = "50";

/// What is published about.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The workspace and the repository's name in addresses.
    pub(super) repository: (String, String),
    pub(super) commit: Option<String>,
    pub(super) branch: Option<String>,
    pub(super) change: Change,
    /// Whether the branch is known to be one of another repository.
    forked: bool,
    /// The page of the run.
    pub(super) page: Option<String>,
}

impl Place {
    pub(super) fn of(setting: &Setting<'_>) -> Result<Place, Error> {
        let Setting { env, context, .. } = setting;
        let error = |words: String| Error::new(Kind::Configuration, "publish at Bitbucket", VENDOR).words(words);
        let named = env.get("BITBUCKET_REPO_FULL_NAME");
        // What the user says goes before what the system says.
        let known = context.repository.as_ref().map(|it| it.value.as_str());
        let name = known.or(named).unwrap_or_default();
        let (workspace, slug) =
            name.split_once('/').filter(|(one, other)| !one.is_empty() && !other.is_empty()).ok_or_else(|| {
                error(format!("`{name}` is no `workspace/repository`"))
                    .help("name the repository in CI_GEN_REPOSITORY or BITBUCKET_REPO_FULL_NAME")
            })?;
        Ok(Place {
            repository: (workspace.to_owned(), slug.to_owned()),
            commit: context.head_sha.as_ref().map(|it| it.value.clone()),
            branch: context.branch.as_ref().map(|it| it.value.clone()),
            change: Change::of(context),
            forked: context.fork.as_ref().is_some_and(|it| it.value),
            page: context.build_url.as_ref().map(|it| it.value.clone()),
        })
    }

    /// The segments of something of the repository.
    pub(super) fn of_repository<'a>(&'a self, rest: &[&'a str]) -> Vec<&'a str> {
        let mut all = vec!["repositories", self.repository.0.as_str(), self.repository.1.as_str()];
        all.extend(rest);
        all
    }

    /// The open pull request from the branch whose newest commit this is, else any from the branch of this very repository,
    /// else one that holds the commit. The last are known only where an app of the workspace lists them.
    ///
    /// <https://developer.atlassian.com/cloud/bitbucket/rest/api-group-pullrequests/>
    pub(super) async fn find_change(&self, api: &Api) -> Result<Option<u64>, Error> {
        let (Some(commit), Some(branch)) = (&self.commit, &self.branch) else { return Ok(None) };
        let quoted = branch.replace('\\', "\\\\").replace('"', "\\\"");
        let query = format!("source.branch.name=\"{quoted}\" AND state=\"OPEN\"");
        let mut url = api.url(self.of_repository(&["pullrequests"]));
        url.query_pairs_mut().extend_pairs([("q", query.as_str()), ("pagelen", PULL_REQUESTS)]);
        let open = all(api, url, "find the pull request of the branch").await?;
        let tip = open.iter().find(|it| it["source"]["commit"]["hash"].as_str().is_some_and(|it| is_part(it, commit)));
        let (workspace, slug) = &self.repository;
        let own = || {
            let name = format!("{workspace}/{slug}");
            let is_own = |it: &&Value| {
                it["source"]["repository"]["full_name"].as_str().is_some_and(|it| it.eq_ignore_ascii_case(&name))
            };
            open.iter().find(is_own).filter(|_| !self.forked)
        };
        if let Some(found) = tip.or_else(own) {
            return Ok(found["id"].as_u64());
        }
        let mut url = api.url(self.of_repository(&["commit", commit, "pullrequests"]));
        url.query_pairs_mut().extend_pairs([("fields", "+values.state"), ("pagelen", PULL_REQUESTS)]);
        match all(api, url, "find the pull request of the commit").await {
            Ok(all) => Ok(all.iter().find(|it| it["state"] == "OPEN").and_then(|it| it["id"].as_u64())),
            Err(error) if error.kind == Kind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The page of a commit.
    pub(super) fn commit_page(&self, commit: &str) -> String {
        let (workspace, slug) = &self.repository;
        format!("{WEB}/{workspace}/{slug}/commits/{commit}")
    }
}

/// Whether this is a step of Bitbucket Pipelines.
pub(super) fn is_step(env: &Env) -> bool {
    env.get("BITBUCKET_BUILD_NUMBER").is_some()
}

/// The address of the API.
pub(super) fn api(setting: &Setting<'_>, proxied: bool) -> String {
    setting.api.unwrap_or(if proxied { PROXIED } else { PUBLIC }).to_owned()
}

/// The client through the proxy of the step.
pub(super) fn through_proxy(setting: &Setting<'_>) -> Result<Client, Error> {
    let proxy = setting.env.get("CI_GEN_BITBUCKET_PROXY").unwrap_or(PROXY);
    setting.client.through(proxy).map_err(|words| {
        Error::new(Kind::Configuration, "publish at Bitbucket", VENDOR)
            .words(words)
            .help(format!("correct CI_GEN_BITBUCKET_PROXY, or set {TOKEN}, which needs no proxy"))
    })
}

/// An address that Bitbucket takes for a link: one with a full host name or number, not `http://jenkins/`.
///
/// <https://github.com/jenkinsci/bitbucket-branch-source-plugin>, `BitbucketBuildStatusNotifications.java`
pub(super) fn link(url: &str) -> Option<String> {
    let url = said::page(url)?;
    url.host_str().filter(|it| it.trim_end_matches('.').contains(['.', ':']))?;
    Some(url.to_string())
}

/// Whether two hashes are of one commit. Lists of pull requests have the first characters, and so may variables.
fn is_part(one: &str, other: &str) -> bool {
    one.len().min(other.len()) >= 7 && (one.starts_with(other) || other.starts_with(one))
}

/// Everything in a list, from all its pages.
///
/// <https://developer.atlassian.com/cloud/bitbucket/rest/intro/#pagination>
pub(super) async fn all(api: &Api, first: Url, operation: &str) -> Result<Vec<Value>, Error> {
    // Its place is that of the list. What it begins with need not be how the server is reached: through a proxy that signs,
    // it is not encrypted.
    let next = |answer: &Answer| {
        let next = answer.url.join(answer.json()["next"].as_str()?).ok()?;
        let mut url = answer.url.clone();
        url.set_query(next.query());
        Some(url)
    };
    let mut values = Vec::new();
    for mut page in api.pages(first, operation, next).await? {
        // An answer that is no page of a list has none.
        if let Some(Value::Array(more)) = page.get_mut("values").map(Value::take) {
            values.extend(more);
        }
    }
    Ok(values)
}
