//! `ci-gen doctor`: where this runs, what is known of it, and what stands in the way.

mod access;
mod files;
mod here;
mod text;

use std::path::Path;

use serde_json::{json, Map, Value};

use super::{
    data,
    environment::{self, provider},
    exit,
    format::Format,
    terminal::Terminal,
};
use crate::{
    context::{Context, Env, Field},
    systems::Wanted,
};

/// Show where this runs, what is known of the change, and what stands in the way of a run
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ci-gen doctor                       on your own machine, or as a step of a pipeline
  ci-gen doctor --format json | jq .context.head_sha
  ci-gen doctor --provider gitlab     read the variables of GitLab CI, whoever set them

It asks no server and shows no credential. Every fact has its source: a variable, a key of the event, git.
The exit code is 0 also where there are problems, so that a step that only looks fails no pipeline; look at
`.checks[].status` (`ok`, `warning`, `problem`) to decide.")]
pub(super) struct Arguments {
    /// How it is written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// The CI system: auto, local, or the name of one [default: $CI_GEN_PROVIDER, else auto]
    #[arg(long, value_name = "SYSTEM")]
    provider: Option<Wanted>,
}

/// How serious something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Status {
    Problem,
    Warning,
    Ok,
}

impl Status {
    fn word(self) -> &'static str {
        match self {
            Status::Problem => "problem",
            Status::Warning => "warning",
            Status::Ok => "ok",
        }
    }
}

/// Something that was looked at.
struct Check {
    name: &'static str,
    status: Status,
    message: String,
    help: Option<String>,
}

impl Check {
    fn ok(name: &'static str, message: impl Into<String>) -> Self {
        Check { name, status: Status::Ok, message: message.into(), help: None }
    }

    fn warning(name: &'static str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Check { name, status: Status::Warning, message: message.into(), help: Some(help.into()) }
    }

    fn problem(name: &'static str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Check { status: Status::Problem, ..Check::warning(name, message, help) }
    }
}

pub(super) fn run(arguments: &Arguments, spec: Option<&Path>, terminal: &mut Terminal) -> Result<(), u8> {
    let env = environment::capture();
    let detected = environment::context(&env, arguments.provider).map_err(|why| {
        terminal.problem(&format!("error: {why}"));
        exit::USAGE
    })?;
    let context = &detected.context;
    let mut checks = here::checks(&env, &detected);
    checks.extend(access::checks(&env, context));
    checks.extend(files::checks(&env, spec, terminal));
    let facts = facts(context);
    let hide = |text: &str| access::hidden(text, &env);
    match arguments.format {
        Format::Json => data(&format!("{:#}\n", to_json(&facts, &checks, &hide)), terminal),
        Format::Text => data(&hide(&text::text(&facts, &mut checks, terminal.colors_data())), terminal),
    }
}

/// A name of the JSON and what is known; the order is that of the output.
type Fact = (&'static str, Option<Field<Value>>);

fn facts(context: &Context) -> Vec<Fact> {
    let text = |field: &Option<Field>| field.clone().map(|it| it.map(Value::from));
    let number = |field: &Option<Field<u32>>| field.clone().map(|it| it.map(Value::from));
    vec![
        ("provider", Some(provider(context).map(Value::from))),
        ("repository", text(&context.repository)),
        ("host", text(&context.host)),
        ("event", text(&context.event)),
        ("branch", text(&context.branch)),
        ("tag", text(&context.tag)),
        ("head_sha", text(&context.head_sha)),
        ("tested_sha", text(&context.tested_sha)),
        ("tree_sha", text(&context.tree_sha)),
        ("change_number", context.change_number.clone().map(|it| it.map(Value::from))),
        ("base_branch", text(&context.base_branch)),
        ("base_sha", text(&context.base_sha)),
        ("fork", context.fork.clone().map(|it| it.map(Value::from))),
        ("build_id", text(&context.build_id)),
        ("build_attempt", number(&context.build_attempt)),
        ("build_url", text(&context.build_url)),
        ("job", text(&context.job)),
        ("shard_index", number(&context.shard_index)),
        ("shard_total", number(&context.shard_total)),
    ]
}

fn to_json(facts: &[Fact], checks: &[Check], hide: &dyn Fn(&str) -> String) -> Value {
    let safe = |value: &Value| value.as_str().map_or_else(|| value.clone(), |it| hide(it).into());
    let context: Map<String, Value> = facts
        .iter()
        .map(|(name, field)| {
            let field = field.as_ref().map(|it| json!({ "value": safe(&it.value), "source": it.source }));
            ((*name).to_owned(), field.into())
        })
        .collect();
    let checks: Vec<Value> = checks
        .iter()
        .map(|it| {
            json!({
                "name": it.name,
                "status": it.status.word(),
                "message": hide(&it.message),
                "help": it.help.as_deref().map(hide),
            })
        })
        .collect();
    json!({ "context": context, "checks": checks })
}

/// The variables that this command reads beside those of detection.
fn set<'a>(env: &'a Env, name: &str, default: &'a str) -> &'a str {
    env.get(name).unwrap_or(default)
}
