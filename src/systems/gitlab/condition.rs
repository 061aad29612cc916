//! Conditions of pipelines and jobs as expressions of `rules`.
//!
//! <https://docs.gitlab.com/ci/jobs/job_rules/#cicd-variable-expressions>

use serde::Serialize;

use super::reference;
use crate::{
    plan::{Expr, Glob, Job, Plan, Refs},
    spec::Event,
    systems::feature::restricts_events,
};

/// One rule; the first that holds decides, and without any there is no pipeline or job.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Rule {
    pub(super) condition: Option<String>,
    pub(super) changes: Vec<String>,
    pub(super) never: bool,
}

/// The branch of a branch pipeline.
pub(super) const BRANCH: &str = "$CI_COMMIT_BRANCH";
/// The tag of a tag pipeline.
pub(super) const TAG: &str = "$CI_COMMIT_TAG";
/// The target branch of a merge request pipeline.
pub(super) const TARGET: &str = "$CI_MERGE_REQUEST_TARGET_BRANCH_NAME";

/// The rules of a job; none when it always runs.
pub(super) fn lower(plan: &Plan, job: &Job) -> Vec<Rule> {
    let mut all = Vec::new();
    if restricts_events(plan, job) {
        let events: Vec<Event> = Event::ALL.iter().copied().filter(|it| plan.triggers.has(*it)).collect();
        let allowed: Vec<&str> =
            events.into_iter().filter(|event| job.only.allows(*event)).flat_map(sources).copied().collect();
        if allowed.is_empty() {
            return vec![Rule { condition: None, changes: Vec::new(), never: true }];
        }
        all.push(source(&allowed));
    }
    let merge_requests = plan.triggers.has(Event::PullRequest) && job.only.allows(Event::PullRequest);
    all.extend(job.only.refs.iter().map(|refs| self::refs(refs, merge_requests)));
    for (input, value) in &job.only.inputs {
        all.push(equals(&format!("${}", reference::variable(&Expr::Input(input.clone()))), value));
    }
    match all.is_empty() {
        true => Vec::new(),
        false => vec![Rule { condition: Some(join(&all)), changes: Vec::new(), never: false }],
    }
}

/// What `CI_PIPELINE_SOURCE` says on an event.
///
/// <https://docs.gitlab.com/ci/jobs/job_rules/#ci_pipeline_source-predefined-variable>
pub(super) fn sources(event: Event) -> &'static [&'static str] {
    match event {
        Event::Push => &["push"],
        Event::PullRequest => &["merge_request_event"],
        Event::Schedule => &["schedule"],
        Event::Manual => &["web", "api"],
    }
}

/// Whether the pipeline comes from that event.
pub(super) fn event(event: Event) -> String {
    source(sources(event))
}

fn source(names: &[&str]) -> String {
    match names {
        [one] => format!("$CI_PIPELINE_SOURCE == \"{one}\""),
        _ => format!("$CI_PIPELINE_SOURCE =~ /^(?:{})$/", names.join("|")),
    }
}

/// One of the branches or one of the tags; a variable that does not exist matches nothing.
fn refs(refs: &Refs, merge_requests: bool) -> String {
    let mut either = Vec::new();
    if !refs.branches.is_empty() {
        either.push(matches(BRANCH, &refs.branches));
        if merge_requests {
            either.push(matches(TARGET, &refs.branches));
        }
    }
    if !refs.tags.is_empty() {
        either.push(matches(TAG, &refs.tags));
    }
    either.join(" || ")
}

/// Whether the variable matches one of the globs.
pub(super) fn matches(variable: &str, globs: &[Glob]) -> String {
    if globs.iter().any(Glob::is_any) {
        return variable.to_owned();
    }
    match globs {
        [one] if one.is_literal() => equals(variable, one.text()),
        _ => format!("{variable} =~ {}", regex(globs)),
    }
}

/// A regular expression (RE2) for the whole of a name that matches one of the globs.
pub(super) fn regex(globs: &[Glob]) -> String {
    let bodies: Vec<String> = globs.iter().map(|glob| glob.regex().replace('/', r"\/")).collect();
    match bodies.as_slice() {
        [one] => format!("/^{one}$/"),
        _ => format!("/^(?:{})$/", bodies.join("|")),
    }
}

/// Whether the variable has that value.
///
/// Strings have no escapes, and until GitLab 18.5 variables in them were expanded.
fn equals(variable: &str, value: &str) -> String {
    if !value.contains(['"', '$', '%', '\\']) {
        return format!("{variable} == \"{value}\"");
    }
    let mut regex = String::new();
    for c in value.chars() {
        if r"\.+*?()|[]{}^$/".contains(c) {
            regex.push('\\');
        }
        regex.push(c);
    }
    format!("{variable} =~ /^{regex}$/")
}

/// All of the conditions.
pub(super) fn join(all: &[String]) -> String {
    let alone = all.len() == 1;
    let parts = all.iter().map(|part| match part.contains(" || ") && !alone {
        true => format!("({part})"),
        false => part.clone(),
    });
    parts.collect::<Vec<_>>().join(" && ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn globs(texts: &[&str]) -> Vec<Glob> {
        texts.iter().map(|it| Glob::parse(it).unwrap()).collect()
    }

    #[test]
    fn globs_are_anchored_and_their_slashes_escaped() {
        let table: [(&[&str], &str); 5] = [
            (&["main"], r#"$X == "main""#),
            (&["**"], "$X"),
            (&["v*"], r"$X =~ /^v[^\/]*$/"),
            (&["main", "release/**"], r"$X =~ /^(?:main|release\/.*)$/"),
            (&["a$b"], r"$X =~ /^a\$b$/"),
        ];
        for (texts, expected) in table {
            assert_eq!(matches("$X", &globs(texts)), expected);
        }
    }

    #[test]
    fn values_that_a_string_cannot_hold_become_a_pattern() {
        assert_eq!(equals("$X", "it's"), r#"$X == "it's""#);
        assert_eq!(equals("$X", ""), r#"$X == """#);
        assert_eq!(equals("$X", r#"say "1/2" $HOME"#), r#"$X =~ /^say "1\/2" \$HOME$/"#);
    }

    #[test]
    fn alternatives_stay_together() {
        let parts = ["a || b".to_owned(), "c".to_owned()];
        assert_eq!(join(&parts), "(a || b) && c");
        assert_eq!(join(&parts[..1]), "a || b");
    }
}
