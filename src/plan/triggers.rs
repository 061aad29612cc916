//! The triggers of a spec, resolved.

use indexmap::IndexMap;

use super::{builder::elements, builder::Builder, Cron, Glob, Input, Paths, PullRequest, Push, Triggers};
use crate::{
    diag::{Diagnostic, Place},
    spec::{self, Event, InputDefault, InputKind, OneOrMany, Toggle},
};

impl Triggers {
    /// Whether that event starts pipelines.
    pub fn has(&self, event: Event) -> bool {
        match event {
            Event::Push => self.push.is_some(),
            Event::PullRequest => self.pull_request.is_some(),
            Event::Schedule => !self.schedule.is_empty(),
            Event::Manual => self.manual.is_some(),
        }
    }
}

/// Resolves `[on]`.
pub(super) fn build(builder: &mut Builder<'_>) -> Triggers {
    let at = Place::root().key("on");
    let default =
        spec::On { push: Some(Toggle::Switch(true)), pull_request: Some(Toggle::Switch(true)), ..spec::On::default() };
    let on = builder.spec.on.clone().unwrap_or(default);
    let problems = builder.diagnostics.len();
    let triggers = Triggers {
        push: on.push.as_ref().and_then(Toggle::table).map(|it| push(builder, &it, &at.key("push"))),
        pull_request: on
            .pull_request
            .as_ref()
            .and_then(Toggle::table)
            .map(|it| pull_request(builder, &it, &at.key("pull-request"))),
        schedule: schedule(builder, &on.schedule, &at.key("schedule")),
        manual: on.manual.as_ref().and_then(Toggle::table).map(|it| inputs(builder, &it, &at.key("manual"))),
    };
    // A trigger that is faulty was reported already.
    if builder.diagnostics.len() == problems && !Event::ALL.iter().any(|event| triggers.has(*event)) {
        let help = "name one of `push`, `pull-request`, `schedule` and `manual`, or leave out `[on]`".to_owned();
        builder.error("on-nothing", at, "nothing starts the pipeline", Some(help));
    }
    triggers
}

fn push(builder: &mut Builder<'_>, push: &spec::Push, at: &Place) -> Push {
    let mut branches = globs(builder, &push.branches, &at.key("branches"));
    let tags = globs(builder, &push.tags, &at.key("tags"));
    if push.branches.is_none() && push.tags.is_none() {
        branches.extend(Glob::parse("**").ok());
    }
    let none = [&push.branches, &push.tags].into_iter().flatten().all(|it| it.as_slice().is_empty());
    if branches.is_empty() && tags.is_empty() && none && (push.branches.is_some() || push.tags.is_some()) {
        let help = "write `push = false`, or leave the key out, to start nothing".to_owned();
        builder.error("empty-list", at.clone(), "`on.push` matches no branch and no tag", Some(help));
    }
    Push { branches, tags, paths: paths(builder, &push.paths, &push.paths_ignore, at) }
}

fn pull_request(builder: &mut Builder<'_>, pull_request: &spec::PullRequest, at: &Place) -> PullRequest {
    let branches = globs(builder, &pull_request.branches, &at.key("branches"));
    if pull_request.branches.as_ref().is_some_and(|it| it.as_slice().is_empty()) {
        builder.error("empty-list", at.key("branches"), "`on.pull-request.branches` must not be empty", None);
    }
    let all = branches.iter().any(Glob::is_any);
    PullRequest {
        branches: if all { Vec::new() } else { branches },
        paths: paths(builder, &pull_request.paths, &pull_request.paths_ignore, at),
    }
}

fn paths(
    builder: &mut Builder<'_>,
    include: &Option<OneOrMany<String>>,
    ignore: &Option<OneOrMany<String>>,
    at: &Place,
) -> Paths {
    if include.is_some() && ignore.is_some() {
        let help = "keep the one that says it shorter".to_owned();
        builder.error(
            "paths-both",
            at.key("paths-ignore"),
            "`paths` and `paths-ignore` exclude each other",
            Some(help),
        );
    }
    let paths = Paths {
        include: globs(builder, include, &at.key("paths")),
        ignore: globs(builder, ignore, &at.key("paths-ignore")),
    };
    for (list, key) in [(include, "paths"), (ignore, "paths-ignore")] {
        if list.as_ref().is_some_and(|it| it.as_slice().is_empty()) {
            builder.error("empty-list", at.key(key), format!("`{}` must not be empty", at.key(key)), None);
        }
    }
    paths
}

/// Parses globs; the faulty ones are reported and left out.
pub(super) fn globs(builder: &mut Builder<'_>, list: &Option<OneOrMany<String>>, at: &Place) -> Vec<Glob> {
    let mut globs: Vec<Glob> = Vec::new();
    for (text, place) in elements(list, at) {
        match Glob::parse(text) {
            Ok(glob) if globs.iter().any(|it| it.text() == glob.text()) => {
                builder.error("duplicate", place, format!("`{text}` is listed twice"), None);
            }
            Ok(glob) => globs.push(glob),
            Err(error) => builder.error("glob", place, error.message, Some(error.help)),
        }
    }
    globs
}

fn schedule(builder: &mut Builder<'_>, list: &Option<OneOrMany<String>>, at: &Place) -> Vec<Cron> {
    let mut schedule: Vec<Cron> = Vec::new();
    for (text, place) in elements(list, at) {
        match Cron::parse(text) {
            Ok(cron) if schedule.iter().any(|it| it.posix() == cron.posix()) => {
                builder.error("duplicate", place, format!("`{text}` is listed twice"), None);
            }
            Ok(cron) => schedule.push(cron),
            Err(error) => builder.error("cron", place, error.message, Some(error.help)),
        }
    }
    schedule
}

fn inputs(builder: &mut Builder<'_>, manual: &spec::Manual, at: &Place) -> IndexMap<String, Input> {
    let mut inputs: IndexMap<String, Input> = IndexMap::new();
    for (name, input) in manual.inputs.iter().flatten() {
        let place = at.key("inputs").key(name);
        let valid = name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-');
        if !valid {
            let help = "use small letters, digits, `_` and `-`, beginning with a letter";
            let message = format!("`{name}` cannot be the name of an input");
            builder.diagnostics.push(Diagnostic::error("input-name", place.clone(), message).on_key().help(help));
        }
        let twin = inputs.keys().find(|it| it.replace('-', "_") == name.replace('-', "_")).cloned();
        if let Some(twin) = twin {
            let message = format!("the inputs `{twin}` and `{name}` would share one environment variable");
            builder.diagnostics.push(Diagnostic::error("duplicate", place.clone(), message).on_key());
        }
        inputs.insert(name.clone(), self::input(builder, input, &place));
    }
    inputs
}

fn input(builder: &mut Builder<'_>, input: &spec::Input, at: &Place) -> Input {
    let kind = input.kind.unwrap_or(if input.options.is_some() { InputKind::Choice } else { InputKind::String });
    let options = input.options.as_ref().map(|it| it.as_slice().to_vec()).unwrap_or_default();
    let (default, fits) = match (&input.default, kind) {
        (InputDefault::Boolean(truth), kind) => (truth.to_string(), kind == InputKind::Boolean),
        (InputDefault::Number(number), kind) => (number.to_string(), kind == InputKind::Number),
        (InputDefault::Text(text), kind) => (text.clone(), matches!(kind, InputKind::String | InputKind::Choice)),
    };
    if !fits {
        let help = "a `boolean` takes `true` or `false`, a `number` a number, the others a string".to_owned();
        builder.error("input-default", at.key("default"), "the default is not of the input's type", Some(help));
    }
    if default.chars().any(char::is_control) {
        builder.error("input-default", at.key("default"), "the default holds a control character", None);
    }
    match (kind, options.is_empty()) {
        (InputKind::Choice, true) => {
            builder.error("input-options", at.clone(), "an input of type `choice` needs `options`", None);
        }
        (InputKind::Choice, false) if fits && !options.contains(&default) => {
            let known: Vec<&str> = options.iter().map(String::as_str).collect();
            let diagnostic = Diagnostic::error(
                "input-default",
                at.key("default"),
                format!("the default `{default}` is none of the options"),
            );
            builder.diagnostics.push(diagnostic.suggest(&default, known));
        }
        (InputKind::Choice, false) => {}
        (_, false) => {
            let help = "write `type = \"choice\"`".to_owned();
            builder.error("input-options", at.key("options"), "only an input of type `choice` has options", Some(help));
        }
        (_, true) => {}
    }
    for (index, option) in options.iter().enumerate() {
        if options[..index].contains(option) {
            builder.error("duplicate", at.key("options").index(index), format!("`{option}` is listed twice"), None);
        }
        if option.chars().any(char::is_control) {
            builder.error(
                "input-options",
                at.key("options").index(index),
                "the option holds a control character",
                None,
            );
        }
    }
    Input { kind, options, default, description: input.description.clone() }
}
