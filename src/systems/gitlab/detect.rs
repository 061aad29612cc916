//! Where a job of GitLab CI runs.
//!
//! Variables: <https://docs.gitlab.com/ci/variables/predefined_variables/>

use super::{condition, Gitlab};
use crate::{
    context::{Address, Context, Env, Field},
    spec,
    systems::{Access, Detect},
};

impl Detect for Gitlab {
    fn marker(&self, env: &Env) -> Option<String> {
        env.is_true("GITLAB_CI").then(|| "GITLAB_CI".to_owned())
    }

    fn words(&self, event: spec::Event) -> Vec<&'static str> {
        condition::sources(event).to_vec()
    }

    fn workspace(&self, env: &Env) -> Option<String> {
        env.get("CI_PROJECT_DIR").map(str::to_owned)
    }

    fn hosts(&self, address: &Address) -> Option<Address> {
        let name = address.host.trim_start_matches("https://").trim_start_matches("http://");
        let host = if name == "altssh.gitlab.com" { "https://gitlab.com".to_owned() } else { address.host.clone() };
        name.contains("gitlab").then(|| Address { host, path: address.path.clone() })
    }

    fn keeps_code(&self, _env: &Env) -> bool {
        true
    }

    /// The job's own token (`CI_JOB_TOKEN`) can do neither: <https://docs.gitlab.com/ci/jobs/ci_job_token/>
    fn access(&self) -> Access {
        Access {
            tokens: &["GITLAB_TOKEN"],
            grants: "writes notes on merge requests and sets commit statuses, if the token has the scope `api`",
            help: "make a project access token with the scope `api` and set it as the masked variable GITLAB_TOKEN",
            forks: Some("pipelines of merge requests from forks run in the fork, with the fork's variables and rights"),
        }
    }

    fn read(&self, env: &Env) -> Context {
        let tag = env.field("CI_COMMIT_TAG");
        let (shard_index, shard_total) = shard(env);
        let mut context = Context {
            // The variable of the clone's address holds the job's token and is never read.
            repository: env.first(&["CI_MERGE_REQUEST_PROJECT_PATH", "CI_PROJECT_PATH"]),
            host: env.field("CI_SERVER_URL").map(Field::page).or_else(|| host(env)),
            // Both are absent in pipelines of tags, the second in those of merge requests.
            branch: env
                .first(&["CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "CI_COMMIT_BRANCH"])
                .or_else(|| env.field("CI_COMMIT_REF_NAME").filter(|_| tag.is_none()))
                .and_then(Field::branch),
            tag,
            // Empty in ordinary pipelines of merge requests; in merged results `CI_COMMIT_SHA` is a merge that is
            // nowhere else: <https://docs.gitlab.com/ci/pipelines/merged_results_pipelines/>
            head_sha: env.first(&["CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", "CI_COMMIT_SHA"]),
            tested_sha: env.field("CI_COMMIT_SHA"),
            base_branch: env.field("CI_MERGE_REQUEST_TARGET_BRANCH_NAME"),
            base_sha: env.first(&["CI_MERGE_REQUEST_TARGET_BRANCH_SHA", "CI_MERGE_REQUEST_DIFF_BASE_SHA"]),
            // `…_ID` is another number, unique on the whole server.
            change_number: env.field("CI_MERGE_REQUEST_IID").and_then(Field::number).or_else(|| open(env)),
            fork: differs(env, "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH", "CI_MERGE_REQUEST_PROJECT_PATH"),
            event: env.field("CI_PIPELINE_SOURCE"),
            build_id: env.field("CI_PIPELINE_ID"),
            build_url: env.field("CI_PIPELINE_URL").or_else(|| page(env)).map(Field::page),
            job: env.field("CI_JOB_NAME"),
            shard_index,
            shard_total,
            ..Context::default()
        };
        if env.get("CI_EXTERNAL_PULL_REQUEST_IID").is_some() {
            external(env, &mut context);
        }
        context
    }
}

/// A pull request of a repository on GitHub whose pipelines run here: the change and its repository are there.
///
/// <https://docs.gitlab.com/ci/ci_cd_for_external_repos/#pipelines-for-external-pull-requests>
fn external(env: &Env, context: &mut Context) {
    let of = |name: &str| env.field(&format!("CI_EXTERNAL_PULL_REQUEST_{name}"));
    context.change_number = of("IID").and_then(Field::number);
    context.repository = of("TARGET_REPOSITORY").or(context.repository.take());
    context.host = of("IID").map(|it| it.map(|_| "https://github.com".to_owned()));
    context.branch = of("SOURCE_BRANCH_NAME").or(context.branch.take());
    context.head_sha = of("SOURCE_BRANCH_SHA").or(context.head_sha.take());
    context.base_branch = of("TARGET_BRANCH_NAME");
    context.base_sha = of("TARGET_BRANCH_SHA");
    let [source, target] = ["CI_EXTERNAL_PULL_REQUEST_SOURCE_REPOSITORY", "CI_EXTERNAL_PULL_REQUEST_TARGET_REPOSITORY"];
    context.fork = differs(env, source, target);
}

/// Pipelines of a branch name the merge requests that come from it, as `group/project!12,group/project!13`.
fn open(env: &Env) -> Option<Field<u64>> {
    let field = env.field("CI_OPEN_MERGE_REQUESTS")?;
    let project = env.get("CI_PROJECT_PATH")?;
    // With several, or in another project, the pipeline is of none of them.
    field.and_then(|list| list.strip_prefix(project)?.strip_prefix('!')?.parse().ok())
}

fn differs(env: &Env, source: &str, target: &str) -> Option<Field<bool>> {
    let target = env.get(target)?;
    env.field(source).map(|it| it.map(|source| source != target))
}

fn host(env: &Env) -> Option<Field> {
    env.field("CI_PROJECT_URL").and_then(|it| it.and_then(|url| Address::parse(&url).map(|it| it.host)))
}

fn page(env: &Env) -> Option<Field> {
    let project = env.get("CI_PROJECT_URL")?;
    env.field("CI_PIPELINE_ID").map(|it| it.map(|id| format!("{project}/-/pipelines/{id}")))
}

/// Jobs with `parallel: 4` are numbered from 1 and named `test 2/4`. Legs of `parallel: matrix` are numbered, too, but do
/// not share their tests: their names end in the values.
///
/// <https://docs.gitlab.com/ci/yaml/#parallel>
fn shard(env: &Env) -> (Option<Field<u32>>, Option<Field<u32>>) {
    let (index, total) = (env.field("CI_NODE_INDEX"), env.field("CI_NODE_TOTAL"));
    let (Some(index), Some(total)) = (index, total) else { return (None, None) };
    let suffix = format!(" {}/{}", index.value, total.value);
    if env.get("CI_JOB_NAME").is_some_and(|it| !it.ends_with(&suffix)) {
        return (None, None);
    }
    (index.number(), total.number())
}
