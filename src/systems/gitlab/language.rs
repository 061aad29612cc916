//! What a pipeline may say, for overrides.
//!
//! Syntax: <https://docs.gitlab.com/ci/yaml/>

use serde_json::{Map, Value};

use crate::{
    systems::{outline::path, Form, Jobs, Language, RawJob, Table},
    yaml::Node,
};

const SOURCE: &str = "https://docs.gitlab.com/ci/yaml/";

/// Everything else at the top is a job.
const DOCUMENT: Table = Table {
    at: "",
    what: "a pipeline",
    keys: &[
        (Form::TABLE, "default workflow variables spec"),
        (Form::LIST, "stages services"),
        (Form::TEXTS.or(Form::TABLE), "include"),
        (Form::TEXT.or(Form::TABLE), "image"),
        (Form::LIST.or(Form::TABLE), "cache"),
        (Form::TEXTS, "before_script after_script"),
    ],
    source: SOURCE,
};

const TABLES: &[Table] = &[
    DOCUMENT,
    Table { at: "variables", what: "the variables", keys: &[(Form::SCALAR.or(Form::TABLE), "*")], source: SOURCE },
    Table {
        at: "default",
        what: "the defaults",
        keys: &[
            (Form::TEXTS, "after_script before_script"),
            (Form::TABLE, "artifacts hooks id_tokens"),
            (Form::LIST.or(Form::TABLE), "cache"),
            (Form::TEXT.or(Form::TABLE), "image"),
            (Form::TRUTH, "interruptible"),
            (Form::NUMBER.or(Form::TABLE), "retry"),
            (Form::LIST, "services tags"),
            (Form::TEXT, "timeout identity"),
        ],
        source: SOURCE,
    },
    Table {
        at: "workflow",
        what: "the workflow",
        keys: &[(Form::TEXT, "name"), (Form::TABLE, "auto_cancel"), (Form::LIST, "rules")],
        source: SOURCE,
    },
    // What else is a table at the top and no job.
    Table { at: "spec", what: "the header", keys: &[(Form::TABLE, "inputs")], source: SOURCE },
    Table { at: "include", what: "an include", keys: &[(Form::ANY, "*")], source: SOURCE },
    Table { at: "image", what: "an image", keys: &[(Form::ANY, "*")], source: SOURCE },
    Table { at: "cache", what: "a cache", keys: &[(Form::ANY, "*")], source: SOURCE },
    Table {
        at: "*",
        what: "a job",
        keys: &[
            (Form::TEXTS, "after_script before_script script extends"),
            (Form::TRUTH.or(Form::TABLE), "allow_failure"),
            (Form::TABLE, "artifacts dast_configuration hooks id_tokens inherit release secrets variables"),
            (Form::LIST.or(Form::TABLE), "cache except only"),
            (Form::TEXT, "coverage resource_group stage start_in timeout when manual_confirmation identity publish"),
            (Form::LIST, "dependencies needs rules services tags run"),
            (Form::TEXT.or(Form::TABLE), "environment image trigger"),
            (Form::TRUTH, "interruptible"),
            (Form::TRUTH.or(Form::TABLE), "pages"),
            (Form::NUMBER.or(Form::TABLE), "parallel retry"),
        ],
        source: SOURCE,
    },
];

pub(super) const LANGUAGE: Language = Language {
    tables: TABLES,
    last: &["before_script", "script", "after_script"],
    spaced: &[""],
    of_use: &[],
    jobs,
    raw,
    step_is: "an item of `before_script` or `script`",
    texts_only: false,
    step: Form::TEXTS,
    jobs_at_root: true,
    name_characters: "*",
};

fn jobs(document: &Node) -> Jobs {
    let mut jobs = Jobs::default();
    for job in document.children().iter().filter(|it| LANGUAGE.is_job(&it.key)) {
        jobs.names.push(job.key.clone());
        for key in ["needs", "dependencies", "extends"] {
            let Some(node) = job.value.get(&[key]) else { continue };
            let names = node.texts().into_iter();
            // Jobs of other projects and pipelines are none of this file.
            let foreign = |need: &Node| ["project", "pipeline"].iter().any(|it| need.child(it).is_some());
            let tables = node.children().iter().map(|it| &it.value).filter(|it| !foreign(it));
            let names = names.chain(tables.filter_map(|it| it.get(&["job"])?.text()));
            // What is extended may come from an included file.
            let names = names.filter(|_| key != "extends" || document.child("include").is_none());
            let at = path(&[&job.key, key]);
            jobs.references.extend(names.map(|name| (at.clone(), name.to_owned())));
        }
    }
    jobs
}

fn raw(name: &str, body: &Map<String, Value>, _document: &Node) -> Vec<RawJob> {
    vec![RawJob::Entry(path(&[name]), Value::Object(body.clone()))]
}
