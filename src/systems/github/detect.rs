//! Where a job of GitHub Actions runs.
//!
//! Variables: <https://docs.github.com/en/actions/reference/workflows-and-actions/variables>, events:
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows>

use serde_json::Value;

use super::{condition, Github};
use crate::{
    context::{Address, Context, Env, Field},
    spec,
    systems::{Access, Detect},
};

/// The file with the event, as webhooks send it.
const EVENT: &str = "GITHUB_EVENT_PATH";

impl Detect for Github {
    fn marker(&self, env: &Env) -> Option<String> {
        let here = env.is_true("GITHUB_ACTIONS") && self.double(env).is_none();
        here.then(|| "GITHUB_ACTIONS".to_owned())
    }

    /// Gitea and Forgejo run the same workflows and set the same variables beside their own.
    fn double(&self, env: &Env) -> Option<Field> {
        // Forgejo sets the other one's variable, too.
        let names = [("FORGEJO_ACTIONS", "forgejo"), ("GITEA_ACTIONS", "gitea")];
        names
            .into_iter()
            .find(|(variable, _)| env.is_true(variable))
            .map(|(variable, name)| Field::new(name.to_owned(), variable))
    }

    fn words(&self, event: spec::Event) -> Vec<&'static str> {
        vec![condition::event_name(event)]
    }

    fn workspace(&self, env: &Env) -> Option<String> {
        env.get("GITHUB_WORKSPACE").map(str::to_owned)
    }

    fn files_wanted(&self, env: &Env) -> Vec<String> {
        env.get(EVENT).map(str::to_owned).into_iter().collect()
    }

    fn faults(&self, env: &Env) -> Vec<String> {
        let error = env.file(EVENT).and_then(|text| serde_json::from_str::<Value>(text).err());
        error.map(|error| format!("the file of {EVENT} is no JSON: {error}")).into_iter().collect()
    }

    fn hosts(&self, address: &Address) -> Option<Address> {
        let name = address.host.trim_start_matches("https://").trim_start_matches("http://");
        // ssh over the port of https goes to a name of its own.
        let host = if name == "ssh.github.com" { "https://github.com".to_owned() } else { address.host.clone() };
        name.contains("github").then(|| Address { host, path: address.path.clone() })
    }

    fn keeps_code(&self, _env: &Env) -> bool {
        true
    }

    /// <https://docs.github.com/en/actions/tutorials/authenticate-with-github_token>
    fn access(&self) -> Access {
        Access {
            tokens: &["GITHUB_TOKEN"],
            grants: "comments on pull requests and sets commit statuses, as far as the job's `permissions` go",
            help: "give the step `env: GITHUB_TOKEN: ${{ github.token }}` and the job `pull-requests: write` and \
                   `statuses: write`",
            forks: Some(
                "GitHub gives runs of pull requests from forks a token that only reads; publish from a second workflow \
                 on `workflow_run`",
            ),
        }
    }

    fn read(&self, env: &Env) -> Context {
        let event = Event(env.file(EVENT).and_then(|it| serde_json::from_str(it).ok()).unwrap_or_default());
        let mut context = Context {
            repository: env.field("GITHUB_REPOSITORY"),
            host: env.field("GITHUB_SERVER_URL").map(Field::page),
            event: env.field("GITHUB_EVENT_NAME"),
            build_id: env.field("GITHUB_RUN_ID"),
            build_attempt: env.field("GITHUB_RUN_ATTEMPT").and_then(Field::number),
            build_url: page(env),
            // The id in the workflow's file, the same for all legs of a matrix.
            job: env.field("GITHUB_JOB"),
            ..Context::default()
        };
        let named = |prefix: &str| env.get("GITHUB_EVENT_NAME").is_some_and(|it| it.starts_with(prefix));
        let of_change = event.has("pull_request")
            || named("pull_request")
            || env.get("GITHUB_HEAD_REF").is_some()
            || env.get("GITHUB_REF").is_some_and(|it| it.starts_with("refs/pull/"));
        let other_run = ["workflow_run", "check_suite", "check_run.check_suite"].into_iter().find(|it| event.has(it));
        if of_change {
            pull_request(env, &event, &mut context);
        } else if let Some(run) = other_run {
            run_of(run, &event, &mut context);
        } else if event.has("merge_group") {
            merge_group(env, &event, &mut context);
        } else if event.has("issue.pull_request") {
            // The ref and the commit are the default branch's, whatever the comment is about.
            context.change_number = event.number("issue.number");
            context.tested_sha = env.field("GITHUB_SHA");
        } else if ["workflow_run", "check_", "issue_comment"].into_iter().any(named) && !event.is_there() {
            // Which commit it is about stands in the file alone.
            context.tested_sha = env.field("GITHUB_SHA");
        } else {
            context.branch = branch(env);
            context.tag = tag(env);
            context.head_sha = env.field("GITHUB_SHA");
        }
        context
    }
}

/// `pull_request`, `pull_request_target`, reviews: the commit is a merge or the base's tip, the head is in the event.
fn pull_request(env: &Env, event: &Event, context: &mut Context) {
    let number = || env.field("GITHUB_REF").and_then(Field::change);
    context.change_number = event.number("pull_request.number").or_else(number);
    context.branch = env.field("GITHUB_HEAD_REF").or_else(|| event.text("pull_request.head.ref"));
    context.base_branch =
        env.field("GITHUB_BASE_REF").or_else(|| event.text("pull_request.base.ref")).and_then(Field::branch);
    context.head_sha = event.text("pull_request.head.sha");
    context.base_sha = event.text("pull_request.base.sha");
    context.tested_sha = env.field("GITHUB_SHA");
    if event.has("pull_request.head") {
        // A fork that was deleted since is null.
        let (head, base) = ("pull_request.head.repo.full_name", "pull_request.base.repo.full_name");
        let differs = event.text(head).map(|it| it.value) != event.text(base).map(|it| it.value);
        context.fork = Some(Field::new(differs, format!("event: {head}")));
    }
}

/// An event about something that ran for another commit than the one of this run, which is the default branch's tip.
fn run_of(run: &str, event: &Event, context: &mut Context) {
    let of = |key: &str| format!("{run}.{key}");
    context.head_sha = event.text(&of("head_sha"));
    context.branch = event.text(&of("head_branch"));
    // Empty for forks. With several, nobody knows which one is meant.
    if event.at(&of("pull_requests")).and_then(Value::as_array).is_some_and(|it| it.len() == 1) {
        context.change_number = event.number(&of("pull_requests.0.number"));
        context.base_branch = event.text(&of("pull_requests.0.base.ref"));
        context.base_sha = event.text(&of("pull_requests.0.base.sha"));
    }
    let (head, base) = (of("head_repository.full_name"), "repository.full_name");
    if let (Some(head), Some(base)) = (event.text(&head), event.text(base)) {
        context.fork = Some(Field::new(head.value != base.value, head.source));
    }
}

/// A merge queue tests a merge that will be the base's next tip; statuses belong to it.
///
/// <https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#merge_group>
fn merge_group(env: &Env, event: &Event, context: &mut Context) {
    let plain = |it: Field| it.branch();
    context.head_sha = event.text("merge_group.head_sha").or_else(|| env.field("GITHUB_SHA"));
    context.branch = branch(env).or_else(|| event.text("merge_group.head_ref").and_then(plain));
    context.base_branch = event.text("merge_group.base_ref").and_then(plain);
    context.base_sha = event.text("merge_group.base_sha");
    // `gh-readonly-queue/main/pr-104-0123abc`
    context.change_number = context.branch.clone().and_then(|it| {
        it.and_then(|name| name.rsplit('/').next()?.strip_prefix("pr-")?.split('-').next()?.parse().ok())
    });
}

fn branch(env: &Env) -> Option<Field> {
    let named = env.field("GITHUB_REF").and_then(Field::branch);
    // Without the ref, its short name; of a tag that is the tag's.
    let short = || env.field("GITHUB_REF_NAME").filter(|_| env.get("GITHUB_REF_TYPE") == Some("branch"));
    named.or_else(|| short().filter(|_| env.get("GITHUB_REF").is_none()))
}

fn tag(env: &Env) -> Option<Field> {
    let named = env.field("GITHUB_REF").and_then(Field::tag);
    named.or_else(|| env.field("GITHUB_REF_NAME").filter(|_| env.get("GITHUB_REF_TYPE") == Some("tag")))
}

/// No variable has the page; its form is that of the link in the web interface.
fn page(env: &Env) -> Option<Field> {
    let server = env.get("GITHUB_SERVER_URL").unwrap_or("https://github.com").trim_end_matches('/');
    let repository = env.get("GITHUB_REPOSITORY")?;
    env.field("GITHUB_RUN_ID").map(|run| {
        let attempt = env.get("GITHUB_RUN_ATTEMPT").map(|it| format!("/attempts/{it}")).unwrap_or_default();
        run.map(|id| format!("{server}/{repository}/actions/runs/{id}{attempt}")).page()
    })
}

/// What started the run; null where the file is not there, as in some containers.
struct Event(Value);

impl Event {
    /// What is at `a.b.0.c`, unless that is null.
    fn at(&self, path: &str) -> Option<&Value> {
        self.0.pointer(&format!("/{}", path.replace('.', "/"))).filter(|it| !it.is_null())
    }

    fn is_there(&self) -> bool {
        self.0.is_object()
    }

    fn has(&self, path: &str) -> bool {
        self.at(path).is_some()
    }

    fn text(&self, path: &str) -> Option<Field> {
        let text = self.at(path)?.as_str().filter(|it| !it.is_empty())?;
        Some(Field::new(text.to_owned(), format!("event: {path}")))
    }

    fn number(&self, path: &str) -> Option<Field<u64>> {
        let value = self.at(path)?;
        let number = value.as_u64().or_else(|| value.as_str()?.parse().ok())?;
        Some(Field::new(number, format!("event: {path}")))
    }
}
