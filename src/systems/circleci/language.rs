//! What a config may say, for overrides.
//!
//! Syntax: <https://circleci.com/docs/reference/configuration-reference/>

use serde_json::{json, Map, Value};

use crate::{
    systems::{outline::path, Form, Jobs, Language, RawJob, Table},
    yaml::Node,
};

const SOURCE: &str = "https://circleci.com/docs/reference/configuration-reference/";

const TABLES: &[Table] = &[
    Table {
        at: "",
        what: "a config",
        keys: &[
            (Form::SCALAR, "version"),
            (Form::TRUTH, "setup"),
            (Form::TABLE, "orbs commands executors jobs parameters workflows"),
        ],
        source: SOURCE,
    },
    Table {
        at: "jobs/*",
        what: "a job",
        keys: &[
            (Form::LIST, "docker steps"),
            (Form::TRUTH.or(Form::TEXT).or(Form::TABLE), "machine"),
            (Form::TABLE, "macos parameters retention"),
            (Form::TEXT.or(Form::TABLE), "executor"),
            (Form::LIST.or(Form::TABLE), "environment"),
            (Form::TEXT, "shell working_directory description type plan_name"),
            (Form::SCALAR, "resource_class"),
            (Form::NUMERIC, "parallelism"),
            (Form::LOGICAL, "circleci_ip_ranges"),
        ],
        source: SOURCE,
    },
    Table {
        at: "jobs/*/steps/*/run",
        what: "a `run` step",
        keys: &[
            (Form::TEXT, "command name shell working_directory no_output_timeout when auto_rerun_delay"),
            (Form::LOGICAL, "background"),
            (Form::NUMERIC, "max_auto_reruns"),
            (Form::LIST.or(Form::TABLE), "environment"),
        ],
        source: SOURCE,
    },
    Table {
        at: "jobs/*/steps/*/checkout",
        what: "a `checkout` step",
        keys: &[(Form::TEXT, "path method"), (Form::LOGICAL, "fetch_tags")],
        source: SOURCE,
    },
    Table {
        at: "jobs/*/steps/*",
        what: "a step",
        keys: &[
            (Form::TEXT.or(Form::TABLE), "run"),
            (Form::TABLE, "checkout setup_remote_docker save_cache restore_cache store_artifacts store_test_results"),
            (Form::TABLE, "persist_to_workspace attach_workspace add_ssh_keys when unless deploy"),
            (Form::ANY, "*/*"),
        ],
        source: SOURCE,
    },
];

/// Keys of a job that stand where a workflow runs it.
const OF_USE: &[&str] =
    &["context", "filters", "requires", "matrix", "name", "pre-steps", "post-steps", "serial-group", "override-with"];

pub(super) const LANGUAGE: Language = Language {
    tables: TABLES,
    last: &["jobs", "workflows", "steps"],
    spaced: &["", "jobs"],
    of_use: OF_USE,
    jobs,
    raw,
    step_is: "",
    texts_only: false,
    step: Form::TEXT.or(Form::TABLE),
    jobs_at_root: false,
    name_characters: "-",
};

/// What workflows run, by the names that `requires` knows.
fn jobs(document: &Node) -> Jobs {
    let mut jobs = Jobs::default();
    let workflows = document.get(&["workflows"]).map(Node::children).unwrap_or_default();
    for workflow in workflows {
        for used in workflow.value.get(&["jobs"]).map(Node::children).unwrap_or_default() {
            jobs.names.extend(used.value.text().map(str::to_owned));
            let Some(job) = used.value.children().first() else { continue };
            let text = |keys: &[&str]| job.value.get(keys).and_then(Node::text).map(str::to_owned);
            let named = [text(&["name"]), text(&["matrix", "alias"])];
            let plain = if named.iter().any(Option::is_some) { None } else { Some(job.key.clone()) };
            jobs.names.extend(named.into_iter().flatten().chain(plain));
            let Some(requires) = job.value.get(&["requires"]) else { continue };
            let at = path(&["workflows", &workflow.key, "jobs", &used.key, &job.key, "requires"]);
            let tables = requires.children().iter().filter_map(|it| it.value.children().first());
            let names = requires.texts().into_iter().map(str::to_owned).chain(tables.map(|it| it.key.clone()));
            jobs.references.extend(names.map(|name| (at.clone(), name)));
        }
    }
    jobs
}

/// A job, and its use in the first workflow; one that only asks for approval has no definition.
fn raw(name: &str, body: &Map<String, Value>, document: &Node) -> Vec<RawJob> {
    let approval = body.get("type").is_some_and(|it| it == "approval");
    let is_use = |key: &String| approval || OF_USE.contains(&key.as_str());
    let (used, defined): (Map<String, Value>, Map<String, Value>) =
        body.clone().into_iter().partition(|(key, _)| is_use(key));
    let element = if used.is_empty() { Value::from(name) } else { json!({ name: used }) };
    let workflow = document.get(&["workflows"]).and_then(|it| it.children().first());
    let workflow = workflow.map(|it| it.key.clone()).unwrap_or_default();
    let mut parts = vec![RawJob::Element(path(&["workflows", &workflow, "jobs"]), element)];
    if !approval {
        parts.insert(0, RawJob::Entry(path(&["jobs", name]), Value::Object(defined)));
    }
    parts
}
