//! What starts a build: the `if` and the branches at the top, and the script that looks at the changed files.

use super::{condition, script, BASH, SCRIPTS};
use crate::{
    diag::Place,
    plan::{Coarse, Glob, Paths, Plan, Refs, Triggers},
    spec::Event,
    systems::Lowering,
};

/// The condition of the whole build; `None` when every build is wanted.
pub(super) fn condition(triggers: &Triggers) -> Option<String> {
    // Events that share a condition stand together.
    let mut groups: Vec<(Option<String>, Vec<Event>)> = Vec::new();
    for event in Event::ALL.iter().copied().filter(|event| triggers.has(*event)) {
        let condition = of_event(triggers, event);
        match groups.iter_mut().find(|(it, _)| *it == condition) {
            Some((_, events)) => events.push(event),
            None => groups.push((condition, vec![event])),
        }
    }
    match groups.as_slice() {
        [(condition, events)] if events.len() == Event::ALL.len() => condition.clone(),
        groups => {
            let alternatives: Vec<String> = groups
                .iter()
                .map(|(condition, events)| match condition {
                    Some(condition) => format!("{} AND {condition}", condition::types(events)),
                    None => condition::types(events),
                })
                .collect();
            Some(alternatives.join(" OR "))
        }
    }
}

/// What must hold besides the type of the event.
fn of_event(triggers: &Triggers, event: Event) -> Option<String> {
    let push = triggers.push.as_ref();
    let pushed = push.and_then(|it| condition::refs(&Refs { branches: it.branches.clone(), tags: it.tags.clone() }));
    let target = match (event, &triggers.pull_request) {
        (Event::Push, _) => return pushed,
        (Event::PullRequest, Some(it)) if !it.branches.is_empty() => condition::names("branch", &it.branches),
        _ => None,
    };
    // Only pushes have tags, so the others may share their condition.
    let no_tag = push.is_some_and(|it| it.tags.is_empty()) && pushed.is_some();
    match (no_tag, target) {
        (true, Some(target)) if pushed == Some(format!("tag IS blank AND {target}")) => pushed,
        (true, None) if pushed.as_deref() == Some("tag IS blank") => pushed,
        (_, target) => target,
    }
}

/// The list of branches and tags. Where other builds start on any branch it names all of them, `gh-pages` too, which
/// Travis leaves out of builds otherwise: <https://docs.travis-ci.com/user/customizing-the-build/#safelist-or-blocklist-branches>
pub(super) fn branches(triggers: &Triggers) -> Vec<String> {
    let anywhere = !triggers.schedule.is_empty()
        || triggers.manual.is_some()
        || triggers.pull_request.as_ref().is_some_and(|it| it.branches.is_empty());
    let pushed = triggers.push.iter().flat_map(|it| it.branches.iter().chain(&it.tags));
    let mut globs: Vec<&Glob> = pushed.chain(triggers.pull_request.iter().flat_map(|it| &it.branches)).collect();
    if anywhere || globs.iter().any(|it| it.is_any()) {
        return vec!["gh-pages".to_owned(), "/.*/".to_owned()];
    }
    let mut seen: Vec<&str> = Vec::new();
    globs.retain(|it| {
        let new = !seen.contains(&it.text());
        seen.push(it.text());
        new
    });
    let pages = globs.iter().any(|it| !it.is_literal() && it.matches("gh-pages"));
    let pages = pages && !seen.contains(&"gh-pages");
    let list = globs.iter().map(|it| match it.is_literal() {
        true => it.text().to_owned(),
        false => format!("/^{}$/", condition::regex(it)),
    });
    pages.then(|| "gh-pages".to_owned()).into_iter().chain(list).collect()
}

/// Says which of Travis's intervals is nearest: <https://docs.travis-ci.com/user/cron-jobs/>
pub(super) fn schedule(plan: &Plan, out: &mut Lowering<'_>) {
    for (index, cron) in plan.triggers.schedule.iter().enumerate() {
        let at = Place::root().key("on").key("schedule").index(index);
        let interval = match cron.coarse() {
            Coarse::Daily => "daily",
            Coarse::Weekly => "weekly",
            Coarse::Monthly => "monthly",
        };
        let message = format!("Travis reads no schedule from the file; nearest to `{}` is {interval}", cron.text());
        out.degrade(&at, message, format!("add a cron job, {interval}, for the default branch in the settings"));
    }
}

/// The script that fails when nothing of interest has changed.
pub(super) const CHANGES: &str = ".travis/changes.sh";

/// Whether a trigger asks for certain files.
pub(super) fn has_paths(triggers: &Triggers) -> bool {
    let push = triggers.push.as_ref().is_some_and(|it| !it.paths.is_empty());
    push || triggers.pull_request.as_ref().is_some_and(|it| !it.paths.is_empty())
}

/// Writes [`CHANGES`]. What cannot be known counts as changed: tags, new branches, commits that are not there.
pub(super) fn changes(plan: &Plan, out: &mut Lowering<'_>) {
    let triggers = &plan.triggers;
    if !has_paths(triggers) {
        return;
    }
    debug_assert!(CHANGES.starts_with(SCRIPTS));
    let mut cases = String::new();
    let paths = [
        ("push", triggers.push.as_ref().map(|it| &it.paths)),
        ("pull_request", triggers.pull_request.as_ref().map(|it| &it.paths)),
    ];
    for (event, paths) in paths {
        if let Some(paths) = paths.filter(|it| !it.is_empty()) {
            cases.push_str(&format!("  {event}) {} ;;\n", search(paths)));
        }
    }
    let text = format!(
        r#"# Succeeds if a file has changed that matters, or if that cannot be known.
if [ -n "$TRAVIS_TAG" ] || [ -z "$TRAVIS_COMMIT_RANGE" ]; then
  exit 0
fi
files=$(git -c core.quotePath=false diff --name-only "$TRAVIS_COMMIT_RANGE") || exit 0
case $TRAVIS_EVENT_TYPE in
{cases}esac"#
    );
    script(out, CHANGES, BASH, &text);
}

fn search(paths: &Paths) -> String {
    let (globs, invert) = if paths.include.is_empty() { (&paths.ignore, "v") } else { (&paths.include, "") };
    let patterns: Vec<String> = globs
        .iter()
        .map(|glob| {
            // POSIX knows groups of one kind only; a literal `(` is escaped.
            let pattern = glob.regex().replace("(?:", "(");
            format!("-e {}", crate::script::quote(&pattern, crate::script::Shell::Bash))
        })
        .collect();
    format!("grep -Exq{invert} {} <<<\"$files\"", patterns.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{PullRequest, Push};

    fn globs(texts: &[&str]) -> Vec<Glob> {
        texts.iter().map(|it| Glob::parse(it).unwrap()).collect()
    }

    fn triggers(branches: &[&str], tags: &[&str], targets: &[&str]) -> Triggers {
        let paths = Paths::default();
        Triggers {
            push: Some(Push { branches: globs(branches), tags: globs(tags), paths: paths.clone() }),
            pull_request: Some(PullRequest { branches: globs(targets), paths }),
            ..Triggers::default()
        }
    }

    #[test]
    fn events_with_the_same_condition_stand_together() {
        let same = triggers(&["main"], &[], &["main"]);
        assert_eq!(condition(&same).unwrap(), "type IN (push, pull_request) AND tag IS blank AND branch = main");
        assert_eq!(branches(&same), ["main"]);
        let any = triggers(&["**"], &[], &[]);
        assert_eq!(condition(&any).unwrap(), "type IN (push, pull_request) AND tag IS blank");
        assert_eq!(branches(&any), ["gh-pages", "/.*/"]);
    }

    #[test]
    fn each_event_has_its_own_branches() {
        let some = triggers(&["main"], &["v*"], &["dev"]);
        assert_eq!(
            condition(&some).unwrap(),
            r"type = push AND (tag IS blank AND branch = main OR tag =~ /^v[^\/]*$/) OR type = pull_request AND branch = dev"
        );
        assert_eq!(branches(&some), ["main", r"/^v[^\/]*$/", "dev"]);
        assert_eq!(branches(&triggers(&["gh-*"], &[], &["main"]))[0], "gh-pages");
    }
}
