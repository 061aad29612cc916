//! Caches through the Job Cacher plugin, as a step around all that uses them.

use super::{
    kind::Kind,
    stage::{CacheEntry, Step},
    value::{self, Value},
};
use crate::{
    plan::{Cache, Job, Part, Plan, Text},
    spec::Os,
    systems::Lowering,
};

/// Puts the steps into the job's caches, if it has any.
///
/// <https://github.com/jenkinsci/jobcacher-plugin/blob/master/README.md>
pub(super) fn wrap(plan: &Plan, job: &Job, kind: &Kind, mut steps: Vec<Step>) -> Vec<Step> {
    if job.caches.is_empty() {
        return steps;
    }
    steps.extend(kind.contained.then(|| Step::call("giveToAgent")));
    let entries = job.caches.iter().flat_map(|cache| of_cache(job, kind, cache)).collect();
    // A new branch starts with what the first branch of the spec has.
    let push = plan.triggers.push.as_ref().and_then(|it| it.branches.iter().find(|glob| glob.is_literal()));
    vec![Step::Cache { default_branch: push.map(|it| it.text().to_owned()), entries, steps }]
}

/// Whether the job keeps something below the home directory of its container.
///
/// Only what lies in the workspace, or beside it, is there for Jenkins to see.
pub(super) fn uses_home(job: &Job, kind: &Kind) -> bool {
    let below_home = |path: &Text| matches!(path.parts.first(), Some(Part::Lit(text)) if text.starts_with("~/"));
    kind.contained && job.caches.iter().flat_map(|it| &it.paths).any(below_home)
}

fn of_cache(job: &Job, kind: &Kind, cache: &Cache) -> Vec<CacheEntry> {
    let mut name = Value::from(format!("{}-{}", cache.name, kind.os.key()));
    for toolchain in &kind.toolchains {
        if let Some(version) = job.setup.get(toolchain) {
            name = name.with("-").with(Value::text(version, &value::code));
        }
    }
    let keys = Value::join(cache.keys.iter().map(|key| Value::text(key, &value::code)), ",");
    let entry = |path: &Text| CacheEntry { path: self::path(kind, path), name: name.clone(), keys: keys.clone() };
    cache.paths.iter().map(entry).collect()
}

/// The plugin replaces `$NAME` itself, which gives the cache the same name in every workspace.
fn path(kind: &Kind, path: &Text) -> Value {
    let mut escaped = Text::default();
    for (index, part) in path.parts.iter().enumerate() {
        match part {
            Part::Expr(expr) => escaped.push_expr(expr.clone()),
            Part::Lit(text) => match text.strip_prefix("~/").filter(|_| index == 0) {
                Some(rest) => {
                    escaped.push_lit(if kind.os == Os::Windows { "$USERPROFILE/" } else { "$HOME/" });
                    escaped.push_lit(&rest.replace('$', "$$"));
                }
                None => escaped.push_lit(&text.replace('$', "$$")),
            },
        }
    }
    Value::text(&escaped, &value::code)
}

/// A comma parts the files of a list.
pub(super) fn check(job: &Job, out: &mut Lowering<'_>) {
    for cache in &job.caches {
        let comma = |key: &Text| key.parts.iter().any(|part| matches!(part, Part::Lit(text) if text.contains(',')));
        if cache.keys.iter().any(comma) {
            let message = "Jenkins takes a comma in a path for the end of it";
            out.refuse(&cache.place.key("key"), message, "put `?` for the comma");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plugin_sees_the_home_directory_and_no_other_variable() {
        let kind = |os| Kind { os, contained: false, services: Vec::new(), toolchains: Vec::new() };
        let of = |os, text: &str| path(&kind(os), &Text::parse(text).unwrap());
        assert_eq!(of(Os::Linux, "~/.cache/$x"), Value::from("$HOME/.cache/$$x"));
        assert_eq!(of(Os::Windows, "~/npm"), Value::from("$USERPROFILE/npm"));
        assert_eq!(of(Os::Macos, "a/~/$HOME"), Value::from("a/~/$$HOME"));
    }
}
