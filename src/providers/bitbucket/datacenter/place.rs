//! Where things go at a server: its API, the repository, the commit, the pull request.

use serde_json::Value;

use super::{
    super::super::{change::Change, Setting},
    pages::all,
    VENDOR,
};
use crate::net::{Api, Error, Kind, Url};

/// What is published about.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// Where people see it, without a slash at the end.
    web: String,
    /// The project's key; of a person's own repositories `~` and the person's name.
    project: String,
    /// The repository's name in addresses.
    slug: String,
    pub(super) commit: Option<String>,
    /// The branch; unknown where it is one of a fork, which says nothing in the repository that the change goes to.
    pub(super) branch: Option<String>,
    pub(super) change: Change,
    /// The page of the run.
    pub(super) page: Option<String>,
}

impl Place {
    pub(super) fn of(setting: &Setting<'_>, host: &str) -> Result<Place, Error> {
        let context = setting.context;
        let name = context.repository.as_ref().map(|it| it.value.as_str()).unwrap_or_default();
        let Some((project, slug)) = repository(name) else {
            let error = Error::new(Kind::Configuration, format!("publish at {VENDOR}"), VENDOR);
            return Err(error
                .words(format!("`{name}` is no `PROJECT/repository`"))
                .help("name the repository in CI_GEN_REPOSITORY; a person's own is `~person/repository`"));
        };
        let forked = context.fork.as_ref().is_some_and(|it| it.value);
        Ok(Place {
            web: host.trim_end_matches('/').to_owned(),
            project: project.to_owned(),
            slug: slug.to_owned(),
            commit: context.head_sha.as_ref().map(|it| it.value.clone()),
            branch: context.branch.as_ref().map(|it| it.value.clone()).filter(|_| !forked),
            change: Change::of(context),
            page: context.build_url.as_ref().map(|it| it.value.clone()),
        })
    }

    /// The address of something of the repository in the API `part`.
    pub(super) fn url<'a>(&'a self, api: &Api, part: &'a str, rest: &[&'a str]) -> Url {
        let repository = [part, "1.0", "projects", self.project.as_str(), "repos", self.slug.as_str()];
        api.url(repository.into_iter().chain(rest.iter().copied()))
    }

    /// The page of something of the repository.
    pub(super) fn web(&self, rest: &str) -> String {
        let Place { web, project, slug, .. } = self;
        match project.strip_prefix('~') {
            Some(person) => format!("{web}/users/{person}/repos/{slug}/{rest}"),
            None => format!("{web}/projects/{project}/repos/{slug}/{rest}"),
        }
    }

    /// The open pull request whose newest commit this is, else one that holds it.
    ///
    /// <https://developer.atlassian.com/server/bitbucket/rest/v905/api-group-pull-requests/>
    pub(super) async fn find_change(&self, api: &Api) -> Result<Option<u64>, Error> {
        let Some(commit) = &self.commit else { return Ok(None) };
        let url = self.url(api, "api", &["commits", commit, "pull-requests"]);
        let all = all(api, url, "find the pull request of the commit").await?;
        let open: Vec<&Value> = all.iter().filter(|it| it["state"] == "OPEN").collect();
        let tip = open.iter().find(|it| it["fromRef"]["latestCommit"].as_str() == Some(commit));
        Ok(tip.or(open.first()).and_then(|it| it["id"].as_u64()))
    }
}

/// The address of a server's API, from that of the server or of any of its APIs.
pub(super) fn api(address: &str) -> String {
    let address = address.trim().trim_end_matches('/');
    let server = match address.rfind("/rest/") {
        Some(at) => &address[..at],
        None => address.strip_suffix("/rest").unwrap_or(address),
    };
    format!("{server}/rest")
}

/// Project and name of a repository: `ACME/shop`, `~ada/shop` or, as in the addresses of pages, `projects/ACME/repos/shop`.
fn repository(name: &str) -> Option<(&str, &str)> {
    let parts: Vec<&str> = name.split('/').collect();
    match parts.as_slice() {
        ["projects", project, "repos", slug] | [project, slug] => Some((*project, *slug)),
        _ => None,
    }
    .filter(|(project, slug)| [project, slug].iter().all(|it| !matches!(**it, "" | "~" | "." | "..")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_api_is_found_from_any_address() {
        for address in [
            "https://git.example.com/bitbucket",
            "https://git.example.com/bitbucket/",
            "https://git.example.com/bitbucket/rest",
            "https://git.example.com/bitbucket/rest/api/1.0",
            "https://git.example.com/bitbucket/rest/api/latest/",
        ] {
            assert_eq!(api(address), "https://git.example.com/bitbucket/rest");
        }
        assert_eq!(api("http://git.example.com:7990"), "http://git.example.com:7990/rest");
    }

    #[test]
    fn repositories_have_two_parts() {
        for (name, parts) in [
            ("ACME/shop", Some(("ACME", "shop"))),
            ("projects/ACME/repos/shop", Some(("ACME", "shop"))),
            ("~ada/shop", Some(("~ada", "shop"))),
            ("projects/~ada/repos/shop", Some(("~ada", "shop"))),
            ("ACME", None),
            ("ACME/..", None),
            ("/shop", None),
            ("~/shop", None),
            ("a/b/c", None),
            ("", None),
        ] {
            assert_eq!(repository(name), parts, "{name}");
        }
    }
}
