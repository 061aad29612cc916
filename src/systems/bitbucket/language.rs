//! What pipelines may say, for overrides.
//!
//! Syntax: <https://support.atlassian.com/bitbucket-cloud/docs/bitbucket-pipelines-configuration-reference/>

use serde_json::{json, Map, Value};

use crate::{
    systems::{outline::path, Form, Jobs, Language, RawJob, Table},
    yaml::{Kind, Node},
};

const SOURCE: &str = "https://support.atlassian.com/bitbucket-cloud/docs/bitbucket-pipelines-configuration-reference/";
const STEP_SOURCE: &str = "https://support.atlassian.com/bitbucket-cloud/docs/step-options/";

/// Keys of a step.
const STEP: &[(Form, &str)] = &[
    (Form::TEXT, "name deployment trigger"),
    (Form::TEXT.or(Form::TABLE), "image"),
    (Form::TEXTS, "runs-on"),
    (Form::TEXT, "size"),
    (Form::NUMERIC, "max-time"),
    (Form::TRUTH, "oidc fail-fast"),
    (Form::TABLE, "clone condition runtime output-variables"),
    (Form::LIST, "caches services script after-script"),
    (Form::LIST.or(Form::TABLE), "artifacts"),
    (Form::TEXT.or(Form::TABLE), "on-fail"),
];

const TABLES: &[Table] = &[
    Table {
        at: "",
        what: "the pipelines' file",
        keys: &[
            (Form::TEXT.or(Form::TABLE), "image"),
            (Form::TABLE, "options clone definitions pipelines labels triggers"),
            (Form::TRUTH.or(Form::TABLE), "export"),
        ],
        source: SOURCE,
    },
    Table {
        at: "options",
        what: "the options",
        keys: &[(Form::NUMERIC, "max-time"), (Form::TEXT, "size"), (Form::TRUTH, "docker"), (Form::TABLE, "runtime")],
        source: SOURCE,
    },
    Table {
        at: "definitions",
        what: "the definitions",
        keys: &[
            (Form::TABLE, "caches services pipelines imports"),
            (Form::LIST, "steps"),
            (Form::LIST.or(Form::TEXT), "scripts"),
        ],
        source: SOURCE,
    },
    Table { at: "definitions/steps/*/step", what: "a step", keys: STEP, source: STEP_SOURCE },
    Table {
        at: "definitions/steps/*/step/script/*",
        what: "a pipe",
        keys: &[(Form::TEXT, "pipe name"), (Form::TABLE, "variables")],
        source: STEP_SOURCE,
    },
    Table {
        at: "pipelines",
        what: "the pipelines",
        keys: &[(Form::LIST, "default"), (Form::TABLE, "branches tags bookmarks pull-requests custom")],
        source: SOURCE,
    },
    Table { at: "pipelines/default/*/step", what: "a step", keys: STEP, source: STEP_SOURCE },
    Table { at: "pipelines/*/*/*/step", what: "a step", keys: STEP, source: STEP_SOURCE },
];

pub(super) const LANGUAGE: Language = Language {
    tables: TABLES,
    last: &["pipelines", "steps", "script"],
    spaced: &["", "definitions", "definitions/steps"],
    of_use: &[],
    jobs,
    raw,
    step_is: "an item of `script`",
    texts_only: false,
    step: Form::TEXT.or(Form::TABLE),
    jobs_at_root: false,
    name_characters: "*",
};

/// Steps name no others: they run one after the other.
fn jobs(document: &Node) -> Jobs {
    let steps = document.get(&["definitions", "steps"]).map(Node::children).unwrap_or_default();
    let names = steps.iter().filter_map(|step| step.value.get(&["step", "name"])?.text().map(str::to_owned));
    Jobs { names: names.collect(), references: Vec::new() }
}

/// A step behind all others of every pipeline.
fn raw(name: &str, body: &Map<String, Value>, document: &Node) -> Vec<RawJob> {
    let mut step = Map::new();
    step.insert("name".to_owned(), Value::from(name));
    step.extend(body.clone());
    let element = json!({ "step": step });
    let mut lists = Vec::new();
    for section in document.get(&["pipelines"]).map(Node::children).unwrap_or_default() {
        match &section.value.kind {
            Kind::List(..) => lists.push(path(&["pipelines", &section.key])),
            _ => lists.extend(section.value.children().iter().map(|it| path(&["pipelines", &section.key, &it.key]))),
        }
    }
    lists.into_iter().map(|list| RawJob::Element(list, element.clone())).collect()
}
