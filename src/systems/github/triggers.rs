//! Triggers as the workflow's `on`.

use serde::Serialize;
use serde_json::Value;

use super::{finding, Pair};
use crate::{
    diag::Place,
    plan::{Cron, Glob, Paths, Plan, Token},
    spec::InputKind,
    systems::Lowering,
};

#[derive(Default, Serialize)]
pub(super) struct On {
    push: Option<Filter>,
    pull_request: Option<Filter>,
    schedule: Vec<String>,
    dispatch: bool,
    inputs: Vec<Input>,
    after: Option<After>,
}

/// Other workflows, by name, whose end starts this one, and why that is safe here.
#[derive(Serialize)]
struct After {
    workflows: [String; 1],
    finding: String,
}

/// The end of a run of that workflow.
pub(super) fn after(workflow: String) -> On {
    On { after: Some(After { workflows: [workflow], finding: finding::after() }), ..On::default() }
}

/// A filter on branches, tags and paths; empty lists are no filter.
#[derive(Serialize)]
struct Filter {
    branches: Vec<String>,
    tags: Vec<String>,
    paths: Vec<String>,
    paths_ignore: Vec<String>,
    any: bool,
}

#[derive(Serialize)]
struct Input {
    name: String,
    fields: Vec<Pair>,
    default: Value,
    options: Vec<String>,
}

pub(super) fn lower(plan: &Plan, out: &mut Lowering<'_>) -> On {
    let triggers = &plan.triggers;
    for (index, cron) in triggers.schedule.iter().enumerate() {
        // https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#schedule
        if cron.smallest_gap_minutes() < 5 {
            let at = Place::root().key("on").key("schedule").index(index);
            out.degrade(&at, "GitHub starts schedules every 5 minutes at most", "use `*/5` or a larger step");
        }
    }
    let at = Place::root().key("on");
    On {
        push: triggers.push.as_ref().map(|it| filter(&it.branches, &it.tags, &it.paths, &at.key("push"), out)),
        pull_request: triggers
            .pull_request
            .as_ref()
            .map(|it| filter(&it.branches, &[], &it.paths, &at.key("pull-request"), out)),
        schedule: triggers.schedule.iter().flat_map(Cron::alternatives).map(|cron| cron.posix()).collect(),
        dispatch: triggers.manual.is_some(),
        after: None,
        inputs: plan.inputs().map(|(name, input)| self::input(name, input, &at, out)).collect(),
    }
}

fn filter(branches: &[Glob], tags: &[Glob], paths: &Paths, at: &Place, out: &mut Lowering<'_>) -> Filter {
    let mut texts = |globs: &[Glob], key: &str| -> Vec<String> {
        globs.iter().enumerate().map(|(index, glob)| pattern(glob, &at.key(key).index(index), out)).collect()
    };
    let filter = Filter {
        branches: texts(branches, "branches"),
        tags: texts(tags, "tags"),
        paths: texts(&paths.include, "paths"),
        paths_ignore: texts(&paths.ignore, "paths-ignore"),
        any: false,
    };
    let any = [&filter.branches, &filter.tags, &filter.paths, &filter.paths_ignore].iter().any(|it| !it.is_empty());
    Filter { any, ..filter }
}

/// A `+` repeats the character before it and is escaped; one character but `/` cannot be written.
///
/// <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet>
fn pattern(glob: &Glob, at: &Place, out: &mut Lowering<'_>) -> String {
    let mut pattern = String::new();
    for token in glob.tokens() {
        match token {
            Token::Literal(text) => pattern.push_str(&text.replace('+', "\\+")),
            Token::Star => pattern.push('*'),
            Token::DoubleStar => pattern.push_str("**"),
            Token::Directories => pattern.push_str("**/"),
            Token::AnyChar => {
                let message = format!("GitHub's `?` means something else, so it cannot match `{}`", glob.text());
                out.refuse(at, message, "use `*`, or list the names");
            }
        }
    }
    pattern
}

fn input(name: &str, input: &crate::plan::Input, at: &Place, out: &mut Lowering<'_>) -> Input {
    // Nothing below `on` may hold expressions, and nothing there escapes them.
    let texts = input.options.iter().chain([&input.default]).chain(&input.description);
    if texts.into_iter().any(|text| text.contains("${{")) {
        let at = at.key("manual").key("inputs").key(name);
        out.refuse(&at, "GitHub allows no `${{` in inputs of manual runs", "write the text without it");
    }
    let kind = match input.kind {
        InputKind::Choice => "choice",
        InputKind::String => "string",
        InputKind::Boolean => "boolean",
        InputKind::Number => "number",
    };
    let mut fields = Vec::new();
    if let Some(description) = &input.description {
        fields.push(("description".to_owned(), description.clone()));
    }
    fields.push(("type".to_owned(), kind.to_owned()));
    let default = match input.kind {
        InputKind::Boolean => Value::Bool(input.default == "true"),
        InputKind::Number => serde_json::from_str(&input.default).unwrap_or_default(),
        InputKind::Choice | InputKind::String => Value::String(input.default.clone()),
    };
    Input { name: name.to_owned(), fields, default, options: input.options.clone() }
}
