//! GitHub: the newest tag of an action, and its commit.

use reqwest::{Client, Url};
use serde_json::Value;

use super::http::{json, next_page, send, strange, Failure};
use crate::pins::{is_commit, update::Majors, version, Pin};

/// GitHub's REST API: <https://docs.github.com/en/rest>
#[derive(Clone, Debug)]
pub(crate) struct Github {
    pub(crate) client: Client,
    /// `https://api.github.com`, or that of an enterprise.
    pub(crate) base: Url,
    /// Never shown, and sent to `base` only.
    pub(crate) token: Option<String>,
}

/// More tags of tags than anybody makes.
const DEEPEST_TAG: usize = 5;

/// More pages of tags are not read.
const MOST_PAGES: usize = 10;

impl Github {
    /// A newer version of an action; `None` if there is none.
    pub(crate) async fn newer(&self, action: &str, current: &Pin, majors: Majors) -> Result<Option<Pin>, Failure> {
        // What follows the repository is a directory in it.
        let repository: Vec<&str> = action.split('/').take(2).collect();
        let repository = repository.join("/");
        let Some(tag) = self.newest_tag(&repository, &current.version, majors).await? else { return Ok(None) };
        let commit = self.commit(&repository, &tag).await?;
        Ok(Some(Pin { version: tag, hash: Some(commit) }))
    }

    async fn newest_tag(&self, repository: &str, current: &str, majors: Majors) -> Result<Option<String>, Failure> {
        let major = majors == Majors::Cross;
        // <https://docs.github.com/en/rest/releases/releases#get-the-latest-release>
        let latest = match self.get(&format!("repos/{repository}/releases/latest")).await {
            Ok((latest, _)) => latest.get("tag_name").and_then(Value::as_str).map(str::to_owned),
            Err(Failure::Refused { status: 404, .. }) => None,
            Err(failure) => return Err(failure),
        };
        if let Some(latest) = &latest {
            let newest = version::newest(current, std::iter::once(latest.as_str()), major);
            let is_newer = version::order(current, latest).is_some_and(|it| it.is_lt());
            if newest.is_some() || !is_newer {
                return Ok(newest.map(str::to_owned));
            }
        }
        // The latest release has another major, or there are no releases.
        // <https://docs.github.com/en/rest/repos/repos#list-repository-tags>
        let mut tags: Vec<String> = Vec::new();
        let mut page = self.url(&format!("repos/{repository}/tags?per_page=100")).ok();
        for _ in 0..MOST_PAGES {
            let Some(url) = page else { break };
            let (list, next) = self.get_url(url).await?;
            let names = list.as_array().into_iter().flatten().filter_map(|it| it.get("name")?.as_str());
            tags.extend(names.map(str::to_owned));
            page = next;
        }
        Ok(version::newest(current, tags.iter().map(String::as_str), major).map(str::to_owned))
    }

    /// The commit of a tag, also of an annotated one: <https://docs.github.com/en/rest/git/refs#get-a-reference>
    async fn commit(&self, repository: &str, tag: &str) -> Result<String, Failure> {
        let mut path = format!("repos/{repository}/git/ref/tags/{tag}");
        for _ in 0..DEEPEST_TAG {
            let (found, _) = self.get(&path).await?;
            let text = |key: &str| found.pointer(&format!("/object/{key}")).and_then(Value::as_str);
            match (text("type"), text("sha")) {
                (Some("commit"), Some(commit)) if is_commit(commit) => return Ok(commit.to_owned()),
                (Some("tag"), Some(object)) if is_commit(object) => {
                    path = format!("repos/{repository}/git/tags/{object}")
                }
                _ => break,
            }
        }
        Err(strange(&self.base, "commit for the tag"))
    }

    fn url(&self, path: &str) -> Result<Url, Failure> {
        let joined = Url::parse(&format!("{}/{path}", self.base.as_str().trim_end_matches('/')));
        joined.map_err(|_| strange(&self.base, "address"))
    }

    async fn get(&self, path: &str) -> Result<(Value, Option<Url>), Failure> {
        self.get_url(self.url(path)?).await
    }

    async fn get_url(&self, url: Url) -> Result<(Value, Option<Url>), Failure> {
        let request = self.client.get(url.clone()).header("accept", "application/vnd.github+json");
        let mut request = request.header("x-github-api-version", "2022-11-28");
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let response = send(request, &url).await?;
        let next = next_page(response.headers(), &url);
        Ok((json(response).await?, next))
    }
}
