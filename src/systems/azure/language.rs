//! What a pipeline may say, for overrides.
//!
//! Syntax: <https://learn.microsoft.com/azure/devops/pipelines/yaml-schema/>

use serde_json::{Map, Value};

use crate::{
    systems::{outline::path, Form, Jobs, Language, RawJob, Table},
    yaml::Node,
};

const TABLES: &[Table] = &[
    Table {
        at: "",
        what: "a pipeline",
        keys: &[
            (Form::TEXT, "name lockBehavior"),
            (Form::TEXTS.or(Form::TABLE), "trigger pr"),
            (Form::LIST, "schedules parameters jobs"),
            (Form::TABLE, "resources extends"),
            (Form::LIST.or(Form::TABLE), "variables"),
            (Form::TEXT.or(Form::TABLE), "pool"),
            (Form::LOGICAL, "appendCommitMessageToRunName"),
        ],
        source: "https://learn.microsoft.com/azure/devops/pipelines/yaml-schema/pipeline",
    },
    Table {
        at: "jobs/*",
        what: "a job",
        keys: &[
            (Form::TEXT, "job deployment template displayName condition"),
            (Form::TEXTS, "dependsOn"),
            (Form::LOGICAL, "continueOnError"),
            (Form::NUMERIC, "timeoutInMinutes cancelTimeoutInMinutes"),
            (Form::LIST.or(Form::TABLE), "variables"),
            (Form::TABLE, "strategy services workspace uses parameters templateContext"),
            (Form::TEXT.or(Form::TABLE), "pool container environment"),
            (Form::LIST, "steps"),
            (Form::ANY, "${{*"),
        ],
        source: "https://learn.microsoft.com/azure/devops/pipelines/yaml-schema/jobs-job",
    },
    Table {
        at: "jobs/*/steps/*",
        what: "a step",
        keys: &[
            (
                Form::TEXT,
                "task script bash pwsh powershell checkout download downloadBuild getPackage publish template",
            ),
            (
                Form::TEXT,
                "reviewApp displayName name condition workingDirectory artifact path patterns errorActionPreference",
            ),
            (Form::TEXT, "fetchFilter sparseCheckoutDirectories sparseCheckoutPatterns"),
            (Form::LOGICAL, "continueOnError enabled failOnStderr ignoreLASTEXITCODE clean lfs persistCredentials"),
            (Form::LOGICAL, "fetchTags workspaceRepo submodules upload"),
            (Form::NUMERIC, "timeoutInMinutes retryCountOnTaskFailure fetchDepth"),
            (Form::TEXT.or(Form::TABLE), "target"),
            (Form::TABLE, "env inputs parameters"),
            (Form::ANY, "${{*"),
        ],
        source: "https://learn.microsoft.com/azure/devops/pipelines/yaml-schema/steps",
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
    texts_only: true,
    step: Form::TABLE,
    jobs_at_root: false,
    name_characters: "",
};

fn jobs(document: &Node) -> Jobs {
    let mut jobs = Jobs::default();
    for job in document.get(&["jobs"]).map(Node::children).unwrap_or_default() {
        let name = ["job", "deployment"].iter().find_map(|key| job.value.get(&[key])?.text());
        jobs.names.extend(name.map(str::to_owned));
        let needs = job.value.get(&["dependsOn"]).map(Node::texts).unwrap_or_default();
        let at = path(&["jobs", &job.key, "dependsOn"]);
        jobs.references.extend(needs.into_iter().map(|name| (at.clone(), name.to_owned())));
    }
    jobs
}

/// A table that says `deployment` is a deployment job: <https://learn.microsoft.com/azure/devops/pipelines/yaml-schema/jobs-deployment>
fn raw(name: &str, body: &Map<String, Value>, _document: &Node) -> Vec<RawJob> {
    let mut job = Map::new();
    if !["job", "deployment", "template"].iter().any(|key| body.contains_key(*key)) {
        job.insert("job".to_owned(), Value::from(name));
    }
    job.extend(body.clone());
    vec![RawJob::Element(path(&["jobs"]), Value::Object(job))]
}
