//! Where the pipeline is, and where the code is: two projects in general, and not always at the same vendor.

use super::VENDOR;
use crate::{
    net::{Error, Kind},
    providers::Setting,
};

/// Where everything is.
pub(super) struct Place {
    /// The address of the organisation or of the server's collection.
    pub(super) collection: String,
    /// The pipeline that runs, if one does.
    pub(super) pipeline: Option<Pipeline>,
    /// The repository, if it is in Azure Repos.
    pub(super) code: Option<Code>,
}

/// A pipeline's run.
pub(super) struct Pipeline {
    /// Its project.
    pub(super) project: String,
    /// The id of the build.
    pub(super) build: String,
    /// Stage, phase and job, each with the attempt that it is.
    pub(super) parts: [(Option<String>, Option<u32>); 3],
    /// The page of the build.
    pub(super) page: Option<String>,
}

/// A repository of Azure Repos.
pub(super) struct Code {
    /// Its project.
    pub(super) project: String,
    /// Its id, or its name.
    pub(super) repository: String,
    /// The commit that a status belongs to.
    pub(super) sha: Option<String>,
    /// The number of the pull request.
    pub(super) change: Option<u64>,
    /// The page of the build.
    pub(super) page: Option<String>,
}

impl Place {
    /// What the variables and the context say.
    ///
    /// Variables: <https://learn.microsoft.com/azure/devops/pipelines/build/variables>
    pub(super) fn of(setting: &Setting<'_>) -> Result<Place, Error> {
        let (env, context) = (setting.env, setting.context);
        let own = env.first(&["SYSTEM_COLLECTIONURI", "SYSTEM_TEAMFOUNDATIONCOLLECTIONURI"]).map(|it| it.value);
        let runs_here = own.is_some();
        let host = context.host.as_ref().map(|it| it.value.clone()).filter(|it| is_hosted(it));
        let collection = setting.api.map(str::to_owned).or(own).or(host).ok_or_else(|| {
            Error::new(Kind::Configuration, format!("publish at {VENDOR}"), VENDOR)
                .words("nothing says where the organisation or the collection is")
                .help("name its address in CI_GEN_API_URL: `https://dev.azure.com/ORGANISATION`")
        })?;
        let page = context.build_url.as_ref().map(|it| it.value.clone());
        let value = |name: &str| env.get(name).map(str::to_owned);
        let part = |name: &str| {
            let attempt = env.get(&format!("SYSTEM_{name}ATTEMPT")).and_then(|it| it.parse().ok());
            (value(&format!("SYSTEM_{name}NAME")), attempt)
        };
        let project = env.first(&["SYSTEM_TEAMPROJECT", "SYSTEM_TEAMPROJECTID"]).map(|it| it.value);
        let pipeline = value("BUILD_BUILDID").zip(project).filter(|_| runs_here).map(|(build, project)| Pipeline {
            project,
            build,
            parts: [part("STAGE"), part("PHASE"), part("JOB")],
            page: page.clone(),
        });
        // For code at other hosts their own providers speak; outside of pipelines nobody says, and the address does.
        let in_repos = env.get("BUILD_REPOSITORY_PROVIDER").map_or(!runs_here, |it| it == "TfsGit");
        let named = context.repository.as_ref().and_then(|it| repository(&it.value)).filter(|_| in_repos);
        let code = named.map(|(project, name)| Code {
            project,
            repository: value("BUILD_REPOSITORY_ID").filter(|_| runs_here).unwrap_or(name),
            sha: context.head_sha.as_ref().map(|it| it.value.clone()),
            change: context.change_number.as_ref().map(|it| it.value),
            page,
        });
        Ok(Place { collection, pipeline, code })
    }
}

/// <https://learn.microsoft.com/azure/devops/release-notes/2018/sep-10-azure-devops-launch#administration>
fn is_hosted(host: &str) -> bool {
    let name = host.split("://").nth(1).unwrap_or(host).split('/').next().unwrap_or_default();
    name == "dev.azure.com" || name.ends_with(".visualstudio.com")
}

/// Project and name of a repository: of `project/name`, and of `collection/project/_git/name`, where a repository of its
/// project's name stands without the project.
fn repository(path: &str) -> Option<(String, String)> {
    let segments: Vec<String> = path.split('/').filter(|it| !it.is_empty()).map(decoded).collect();
    match segments.iter().position(|it| it == "_git") {
        Some(at) => {
            let name = segments.get(at + 1)?.clone();
            let project = at.checked_sub(1).and_then(|it| segments.get(it)).unwrap_or(&name);
            Some((project.clone(), name))
        }
        None => match segments.as_slice() {
            [.., project, name] => Some((project.clone(), name.clone())),
            _ => None,
        },
    }
}

/// A segment of an address as it is spoken.
fn decoded(segment: &str) -> String {
    let field = format!("x={}", segment.replace('+', "%2B").replace('&', "%26"));
    form_urlencoded::parse(field.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repositories_are_found_in_every_form_of_address() {
        let two = |project: &str, name: &str| Some((project.to_owned(), name.to_owned()));
        assert_eq!(repository("shop/api"), two("shop", "api"));
        assert_eq!(repository("tfs/DefaultCollection/My%20Shop/_git/a+b"), two("My Shop", "a+b"));
        assert_eq!(repository("DefaultCollection/shop/_git/shop/"), two("shop", "shop"));
        assert_eq!(repository("_git/shop"), two("shop", "shop"));
        assert_eq!(repository("shop"), None);
        assert_eq!(repository("shop/_git"), None);
    }

    #[test]
    fn only_the_vendors_own_hosts_are_known() {
        assert!(is_hosted("https://dev.azure.com/acme") && is_hosted("https://acme.visualstudio.com"));
        assert!(!is_hosted("https://github.com") && !is_hosted("https://dev.azure.com.example.org"));
    }
}
