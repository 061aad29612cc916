//! What a workflow may say, for overrides.
//!
//! Syntax: <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax>

use serde_json::{Map, Value};

use crate::{
    systems::{outline::path, Form, Jobs, Language, RawJob, Table},
    yaml::Node,
};

const SOURCE: &str = "https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax";

const TABLES: &[Table] = &[
    Table {
        at: "",
        what: "a workflow",
        keys: &[
            (Form::TEXT, "name run-name"),
            (Form::ANY, "on"),
            (Form::TEXT.or(Form::TABLE), "permissions concurrency env"),
            (Form::TABLE, "defaults jobs"),
        ],
        source: SOURCE,
    },
    Table {
        at: "jobs/*",
        what: "a job",
        keys: &[
            (Form::TEXT, "name uses"),
            (Form::TEXTS, "needs"),
            (Form::LOGICAL, "if continue-on-error"),
            (Form::TEXTS.or(Form::TABLE), "runs-on"),
            (Form::NUMERIC, "timeout-minutes"),
            (Form::TEXT.or(Form::TABLE), "permissions environment concurrency container env secrets"),
            (Form::TABLE, "outputs defaults strategy services with snapshot"),
            (Form::LIST, "steps"),
        ],
        source: SOURCE,
    },
    Table {
        at: "jobs/*/strategy",
        what: "a strategy",
        keys: &[(Form::TEXT.or(Form::TABLE), "matrix"), (Form::LOGICAL, "fail-fast"), (Form::NUMERIC, "max-parallel")],
        source: SOURCE,
    },
    Table {
        at: "jobs/*/environment",
        what: "an environment",
        keys: &[(Form::TEXT, "name url"), (Form::LOGICAL, "deployment")],
        source: SOURCE,
    },
    Table {
        at: "jobs/*/container",
        what: "a container",
        keys: &[
            (Form::TEXT, "image options"),
            (Form::TABLE, "credentials"),
            (Form::TEXT.or(Form::TABLE), "env"),
            (Form::LIST, "ports volumes"),
        ],
        source: SOURCE,
    },
    Table {
        at: "jobs/*/steps/*",
        what: "a step",
        keys: &[
            (Form::TEXT, "id name uses run working-directory shell"),
            (Form::LOGICAL, "if continue-on-error"),
            (Form::TABLE, "with"),
            (Form::TEXT.or(Form::TABLE), "env"),
            (Form::NUMERIC, "timeout-minutes"),
        ],
        source: SOURCE,
    },
];

pub(super) const LANGUAGE: Language = Language {
    tables: TABLES,
    last: &["jobs", "steps"],
    spaced: &["", "jobs", "jobs/*/steps"],
    of_use: &[],
    jobs,
    raw,
    step_is: "",
    texts_only: false,
    step: Form::TABLE,
    jobs_at_root: false,
    name_characters: "-",
};

fn jobs(document: &Node) -> Jobs {
    let mut jobs = Jobs::default();
    for job in document.get(&["jobs"]).map(Node::children).unwrap_or_default() {
        jobs.names.push(job.key.clone());
        let needs = job.value.get(&["needs"]).map(Node::texts).unwrap_or_default();
        let at = path(&["jobs", &job.key, "needs"]);
        jobs.references.extend(needs.into_iter().map(|name| (at.clone(), name.to_owned())));
    }
    jobs
}

fn raw(name: &str, body: &Map<String, Value>, _document: &Node) -> Vec<RawJob> {
    vec![RawJob::Entry(path(&["jobs", name]), Value::Object(body.clone()))]
}
