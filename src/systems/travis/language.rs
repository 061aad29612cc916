//! What a build may say, for overrides.
//!
//! Syntax: <https://config.travis-ci.com>

use serde_json::{Map, Value};

use crate::{
    systems::{outline::path, Form, Jobs, Language, RawJob, Table},
    yaml::Node,
};

const SOURCE: &str = "https://config.travis-ci.com";

/// Keys that the build and each of its jobs may have: the machine, the phases, the toolchains.
const MACHINE: &str = "language os dist arch osx_image sudo group virt vm cache git services addons env branches if \
                       workspaces repos";
const PHASES: &str = "before_install install before_script script before_cache after_success after_failure \
                      after_script before_deploy deploy after_deploy";
const TOOLCHAINS: &str =
    "python node_js rust go jdk dotnet ruby rvm php perl r ghc compiler gemfile bundler_args scala \
                          sbt_args lein erlang elixir otp_release julia mono solution crystal d dart haxe neko \
                          smalltalk matlab android xcode_project xcode_scheme xcode_sdk xcode_workspace podfile";

const TABLES: &[Table] = &[
    Table {
        at: "",
        what: "a build",
        keys: &[
            (Form::ANY, MACHINE),
            (Form::ANY, PHASES),
            (Form::ANY, TOOLCHAINS),
            (Form::TEXT, "version"),
            (Form::LIST.or(Form::TABLE), "jobs matrix import"),
            (Form::TEXTS.or(Form::TABLE), "stages"),
            (Form::TRUTH.or(Form::TABLE), "notifications"),
        ],
        source: SOURCE,
    },
    Table {
        at: "jobs",
        what: "the jobs",
        keys: &[(Form::LIST.or(Form::TABLE), "include exclude allow_failures"), (Form::TRUTH, "fast_finish")],
        source: SOURCE,
    },
    Table {
        at: "jobs/include/*",
        what: "a job",
        keys: &[(Form::ANY, MACHINE), (Form::ANY, PHASES), (Form::ANY, TOOLCHAINS), (Form::TEXT, "name stage")],
        source: SOURCE,
    },
    Table {
        at: "jobs/include/*/workspaces",
        what: "the workspaces",
        keys: &[(Form::TABLE, "create"), (Form::TEXTS, "use")],
        source: SOURCE,
    },
];

pub(super) const LANGUAGE: Language = Language {
    tables: TABLES,
    last: &["stages", "jobs", "before_install", "install", "script"],
    spaced: &["", "jobs", "jobs/include"],
    of_use: &[],
    jobs,
    raw,
    step_is: "a command of `before_install`, `install` or `script`",
    texts_only: false,
    step: Form::TEXT,
    jobs_at_root: false,
    name_characters: "*",
};

/// Jobs name no others: they wait for stages.
fn jobs(document: &Node) -> Jobs {
    let jobs = document.get(&["jobs", "include"]).map(Node::children).unwrap_or_default();
    let names = jobs.iter().filter_map(|job| job.value.get(&["name"])?.text().map(str::to_owned));
    Jobs { names: names.collect(), references: Vec::new() }
}

fn raw(name: &str, body: &Map<String, Value>, _document: &Node) -> Vec<RawJob> {
    let mut job = Map::new();
    job.insert("name".to_owned(), Value::from(name));
    job.extend(body.clone());
    vec![RawJob::Element(path(&["jobs", "include"]), Value::Object(job))]
}
