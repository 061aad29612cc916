//! Where a job of Azure Pipelines runs.
//!
//! Variables: <https://learn.microsoft.com/azure/devops/pipelines/build/variables>

use super::{condition, Azure};
use crate::{
    context::{Address, Context, Env, Field},
    spec,
    systems::{detect::repository, Access, Detect},
};

impl Detect for Azure {
    fn marker(&self, env: &Env) -> Option<String> {
        env.is_true("TF_BUILD").then(|| "TF_BUILD".to_owned())
    }

    fn words(&self, event: spec::Event) -> Vec<&'static str> {
        condition::reasons(event).to_vec()
    }

    fn workspace(&self, env: &Env) -> Option<String> {
        env.first(&["BUILD_REPOSITORY_LOCALPATH", "BUILD_SOURCESDIRECTORY"]).map(|it| it.value)
    }

    /// `https://dev.azure.com/ORG/PROJECT/_git/REPO`, the same over ssh, and the address of before 2018.
    ///
    /// <https://learn.microsoft.com/azure/devops/release-notes/2018/sep-10-azure-devops-launch#administration>
    fn hosts(&self, address: &Address) -> Option<Address> {
        let name = address.host.split("://").nth(1)?;
        let segments: Vec<&str> = address.path.split('/').filter(|it| *it != "DefaultCollection").collect();
        let (host, rest) = match (name, segments.as_slice()) {
            ("dev.azure.com", [organisation, rest @ ..]) => (format!("https://dev.azure.com/{organisation}"), rest),
            ("ssh.dev.azure.com" | "vs-ssh.visualstudio.com", ["v3", organisation, rest @ ..]) => {
                (format!("https://dev.azure.com/{organisation}"), rest)
            }
            (name, rest) if name.ends_with(".visualstudio.com") => (address.host.clone(), rest),
            _ => return None,
        };
        let path = match rest {
            [project, "_git", repository] | [project, repository] if *project != "_git" => {
                format!("{project}/{repository}")
            }
            // A repository of its project's name.
            ["_git", repository] => format!("{repository}/{repository}"),
            _ => return None,
        };
        Some(Address { host, path })
    }

    fn keeps_code(&self, env: &Env) -> bool {
        env.get("BUILD_REPOSITORY_PROVIDER").is_none_or(|it| it.starts_with("Tfs"))
    }

    /// <https://learn.microsoft.com/azure/devops/pipelines/process/access-tokens>
    fn access(&self) -> Access {
        Access {
            tokens: &["SYSTEM_ACCESSTOKEN"],
            grants:
                "publishes test runs, and comments on pull requests and sets statuses on Azure Repos, if the build \
                     service may contribute to pull requests",
            help: "give the step `env: SYSTEM_ACCESSTOKEN: $(System.AccessToken)`: it is never handed over by itself",
            forks: Some("builds of forks get a weaker token and no secrets unless the pipeline allows it"),
        }
    }

    fn read(&self, env: &Env) -> Context {
        let built = env.field("BUILD_SOURCEBRANCH");
        let number = change_number(env);
        let is_change = number.is_some() || env.get("SYSTEM_PULLREQUEST_SOURCEBRANCH").is_some();
        let version = env.field("BUILD_SOURCEVERSION");
        let address = env.field("BUILD_REPOSITORY_URI").and_then(|it| it.and_then(|url| repository(&url)));
        let (shard_index, shard_total) = shard(env);
        Context {
            repository: name(env, address.as_ref()),
            host: address.map(|it| it.map(|it| it.host)),
            // `…BRANCHNAME` is the last segment alone.
            branch: env.field("SYSTEM_PULLREQUEST_SOURCEBRANCH").or(built.clone()).and_then(Field::branch),
            tag: built.and_then(Field::tag),
            head_sha: env.field("SYSTEM_PULLREQUEST_SOURCECOMMITID").or_else(|| version.clone().filter(|_| !is_change)),
            // Of a change, a merge with the target.
            tested_sha: version,
            // `refs/heads/x` on Azure Repos, `x` on GitHub.
            base_branch: env.field("SYSTEM_PULLREQUEST_TARGETBRANCH").and_then(Field::branch),
            change_number: number,
            fork: env.field("SYSTEM_PULLREQUEST_ISFORK").map(|it| it.map(|it| it.eq_ignore_ascii_case("true"))),
            event: env.field("BUILD_REASON"),
            build_id: env.field("BUILD_BUILDID"),
            build_attempt: env.field("SYSTEM_JOBATTEMPT").and_then(Field::number),
            build_url: page(env),
            job: env.first(&["SYSTEM_JOBDISPLAYNAME", "AGENT_JOBNAME"]),
            shard_index,
            shard_total,
            ..Context::default()
        }
    }
}

/// On GitHub the id is one of the whole site; the number that people know is in a variable of its own.
fn change_number(env: &Env) -> Option<Field<u64>> {
    let on_github = env.get("BUILD_REPOSITORY_PROVIDER").is_some_and(|it| it.starts_with("GitHub"));
    let number = env.field("SYSTEM_PULLREQUEST_PULLREQUESTNUMBER");
    let id = || env.field("SYSTEM_PULLREQUEST_PULLREQUESTID").filter(|_| !on_github);
    let of_ref = || env.field("BUILD_SOURCEBRANCH").and_then(Field::change);
    number.or_else(id).and_then(Field::number).or_else(of_ref)
}

/// Azure Repos names the repository without its project.
fn name(env: &Env, address: Option<&Field<Address>>) -> Option<Field> {
    let name = env.field("BUILD_REPOSITORY_NAME");
    match (name, address) {
        (Some(name), _) if name.value.contains('/') => Some(name),
        (_, Some(address)) => Some(address.clone().map(|it| it.path)),
        (Some(name), None) => Some(match env.get("SYSTEM_TEAMPROJECT") {
            Some(project) => {
                Field::new(format!("{project}/{}", name.value), "SYSTEM_TEAMPROJECT, BUILD_REPOSITORY_NAME")
            }
            None => name,
        }),
        (None, None) => None,
    }
}

/// No variable has the page.
fn page(env: &Env) -> Option<Field> {
    let collection = env.first(&["SYSTEM_COLLECTIONURI", "SYSTEM_TEAMFOUNDATIONCOLLECTIONURI"])?.value;
    let project = env.first(&["SYSTEM_TEAMPROJECTID", "SYSTEM_TEAMPROJECT"])?.value.replace(' ', "%20");
    let collection = collection.trim_end_matches('/');
    let address = |id: String| format!("{collection}/{project}/_build/results?buildId={id}");
    env.field("BUILD_BUILDID").map(|it| it.map(address).page())
}

/// Positions are from 1. Legs of a matrix (`MultiConfiguration`) are numbered as well, but do not share their tests.
///
/// <https://learn.microsoft.com/azure/devops/pipelines/test/parallel-testing-any-test-runner>
fn shard(env: &Env) -> (Option<Field<u32>>, Option<Field<u32>>) {
    if env.get("SYSTEM_PARALLELEXECUTIONTYPE").is_some_and(|it| it.eq_ignore_ascii_case("MultiConfiguration")) {
        return (None, None);
    }
    let number = |name: &str| env.field(name).and_then(Field::number);
    (number("SYSTEM_JOBPOSITIONINPHASE"), number("SYSTEM_TOTALJOBSINPHASE"))
}
