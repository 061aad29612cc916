//! Conditions of builds and jobs, as their `if`.
//!
//! Grammar: <https://docs.travis-ci.com/user/conditions-v1>, and how it is really read:
//! <https://github.com/travis-ci/travis-conditions/tree/master/lib/travis/conditions/v1>

use super::env;
use crate::{
    plan::{Expr, Glob, Job, Plan, Refs},
    spec::Event,
    systems::{commands, feature::restricts_events, Lowering},
};

/// Words that stand for an attribute of the build.
const ATTRIBUTES: &[&str] = &[
    "type",
    "repo",
    "head_repo",
    "os",
    "dist",
    "group",
    "sudo",
    "language",
    "sender",
    "fork",
    "draft",
    "branch",
    "head_branch",
    "tag",
    "commit_message",
];

/// The condition of a job; `None` when it always runs.
pub(super) fn lower(plan: &Plan, job: &Job, out: &mut Lowering<'_>) -> Option<String> {
    let mut all = Vec::new();
    if restricts_events(plan, job) {
        let events = Event::ALL.iter().copied();
        all.push(types(&events.filter(|it| job.only.allows(*it) && plan.triggers.has(*it)).collect::<Vec<_>>()));
    }
    all.extend(job.only.refs.iter().filter_map(refs));
    for (name, value) in &job.only.inputs {
        let variable = commands::variable(&Expr::Input(name.clone()));
        let at = job.place.key("only").key("inputs").key(name);
        let default = plan.inputs().find(|(it, _)| *it == name).map_or("", |(_, input)| input.default.as_str());
        match word(value) {
            Some(word) if !env::quote(default).starts_with('$') => all.push(format!("env({variable}) = {word}")),
            _ => {
                let help = "leave out quotes, backslashes and control characters";
                out.refuse(&at, format!("Travis's conditions cannot compare the input `{name}` as it is"), help);
            }
        }
    }
    (!all.is_empty()).then(|| all.join(" AND "))
}

/// That the build is of one of these types.
pub(super) fn types(events: &[Event]) -> String {
    let names: Vec<&str> = events.iter().map(|event| event_name(*event)).collect();
    match names.as_slice() {
        [] => "false".to_owned(),
        [one] => format!("type = {one}"),
        _ => format!("type IN ({})", names.join(", ")),
    }
}

/// What `TRAVIS_EVENT_TYPE` and conditions call an event.
///
/// <https://docs.travis-ci.com/user/environment-variables/#default-environment-variables>
pub(super) fn event_name(event: Event) -> &'static str {
    match event {
        Event::Push => "push",
        Event::PullRequest => "pull_request",
        Event::Schedule => "cron",
        Event::Manual => "api",
    }
}

/// That one of the branches or one of the tags matches; `None` when every branch and every tag does.
///
/// `branch` is the target branch of a pull request, and the tag's name when a tag is built.
pub(super) fn refs(refs: &Refs) -> Option<String> {
    let mut either = Vec::new();
    if !refs.branches.is_empty() {
        either.push(match names("branch", &refs.branches) {
            Some(branch) => format!("tag IS blank AND {branch}"),
            None => "tag IS blank".to_owned(),
        });
    }
    if !refs.tags.is_empty() {
        either.push(names("tag", &refs.tags).unwrap_or_else(|| "tag IS present".to_owned()));
    }
    match either.as_slice() {
        [branches, tags] if branches == "tag IS blank" && tags == "tag IS present" => None,
        [one] => Some(one.clone()),
        _ => Some(format!("({})", either.join(" OR "))),
    }
}

/// That the attribute matches one of the globs; `None` when every name does.
pub(super) fn names(attribute: &str, globs: &[Glob]) -> Option<String> {
    if globs.iter().any(Glob::is_any) {
        return None;
    }
    let words: Option<Vec<String>> =
        globs.iter().map(|glob| if glob.is_literal() { word(glob.text()) } else { None }).collect();
    Some(match (words.as_deref(), globs) {
        (Some([one]), _) => format!("{attribute} = {one}"),
        (Some(words), _) => format!("{attribute} IN ({})", words.join(", ")),
        (None, [one]) => format!("{attribute} =~ /^{}$/", regex(one)),
        (None, globs) => {
            let globs: Vec<String> = globs.iter().map(regex).collect();
            format!("{attribute} =~ /^(?:{})$/", globs.join("|"))
        }
    })
}

/// The glob as a Ruby regular expression between slashes, in ASCII: Travis counts its bytes.
pub(super) fn regex(glob: &Glob) -> String {
    let mut out = String::new();
    for c in glob.regex().chars() {
        match c {
            '/' => out.push_str("\\/"),
            c if c.is_ascii() => out.push(c),
            c => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
        }
    }
    out
}

/// A string of the grammar, which knows no escapes: plain where nothing else begins like it.
fn word(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let plain = !text.is_empty()
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-./".contains(c))
        && !["env", "concat", "not"].iter().any(|it| lower.starts_with(it))
        && !ATTRIBUTES.contains(&lower.as_str());
    match text {
        _ if text.chars().any(char::is_control) => None,
        _ if plain => Some(text.to_owned()),
        _ if !text.contains('"') => Some(format!("\"{text}\"")),
        _ if !text.contains('\'') => Some(format!("'{text}'")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn globs(texts: &[&str]) -> Vec<Glob> {
        texts.iter().map(|it| Glob::parse(it).unwrap()).collect()
    }

    #[test]
    fn names_become_the_shortest_sound_test() {
        assert_eq!(names("branch", &globs(&["main"])).unwrap(), "branch = main");
        assert_eq!(names("branch", &globs(&["main", "env-x"])).unwrap(), "branch IN (main, \"env-x\")");
        assert_eq!(names("tag", &globs(&["v*"])).unwrap(), r"tag =~ /^v[^\/]*$/");
        assert_eq!(names("branch", &globs(&["a", "é/**"])).unwrap(), r"branch =~ /^(?:a|\u{e9}\/.*)$/");
        assert_eq!(names("branch", &globs(&["main", "**"])), None);
    }

    #[test]
    fn tags_and_branches_are_told_apart() {
        let some = Refs { branches: globs(&["main"]), tags: globs(&["**"]) };
        assert_eq!(refs(&some).unwrap(), "(tag IS blank AND branch = main OR tag IS present)");
        assert_eq!(refs(&Refs { branches: globs(&["**"]), tags: globs(&["**"]) }), None);
    }

    #[test]
    fn words_that_mean_something_else_are_quoted() {
        assert_eq!(word("branch").unwrap(), "\"branch\"");
        assert_eq!(word("say \"x\"").unwrap(), "'say \"x\"'");
        assert_eq!(word("it's \"x\""), None);
    }
}
