//! What a job keeps: artifacts after it, caches from one run to the next.

use indexmap::IndexMap;

use super::{
    builder::{duration, elements, texts, Builder, Check, Home},
    registry::{slug, Registry},
    Artifact, Cache,
};
use crate::{
    diag::{Diagnostic, Place},
    spec::{self, ArtifactTable, CacheUse, OneOrMany},
};

/// Resolves `artifacts`.
pub(super) fn artifacts(
    builder: &mut Builder<'_>,
    artifacts: &Option<IndexMap<String, spec::Artifact>>,
    at: &Place,
    check: Check<'_>,
) -> Vec<Artifact> {
    let mut resolved: Vec<Artifact> = Vec::new();
    for (name, artifact) in artifacts.iter().flatten() {
        let place = at.key(name);
        let valid = !name.is_empty()
            && !name.starts_with('.')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
        if !valid {
            let help = "use letters, digits, `_`, `-` and `.`".to_owned();
            let message = format!("`{name}` cannot be the name of an artifact");
            builder.diagnostics.push(Diagnostic::error("artifact-name", place.clone(), message).on_key().help(help));
        }
        let (table, path_at) = match artifact {
            spec::Artifact::Path(path) => {
                (ArtifactTable { path: OneOrMany::One(path.clone()), when: None, keep: None }, place.clone())
            }
            spec::Artifact::Table(table) => (table.clone(), place.key("path")),
        };
        let paths = texts(builder, &Some(table.path), &path_at, check);
        if paths.is_empty() {
            builder.error("empty-list", path_at.clone(), format!("`{path_at}` must not be empty"), None);
        }
        for path in &paths {
            builder.check_path(path, &path_at, Home::Refused);
        }
        let keep = duration(builder, &table.keep, &place.key("keep"));
        resolved.push(Artifact { name: name.clone(), paths, when: table.when.unwrap_or_default(), keep, place });
    }
    resolved
}

/// Resolves `cache`; the same name always stands for the same paths and keys.
pub(super) fn caches(
    builder: &mut Builder<'_>,
    registry: &mut Registry,
    caches: &Option<OneOrMany<CacheUse>>,
    matrix: Check<'_>,
    job_at: &Place,
) -> Vec<Cache> {
    let mut resolved: Vec<Cache> = Vec::new();
    for (cache, used_at) in elements(caches, &job_at.key("cache")) {
        let at = used_at.clone();
        let (wanted, cache, at) = match cache {
            CacheUse::Inline(cache) => (None, cache, at),
            CacheUse::Name(name) => match builder.spec.cache.get(name) {
                Some(cache) => (Some(slug(name)), cache, Place::root().key("cache").key(name)),
                None => {
                    let known = builder.spec.cache.keys().map(String::as_str);
                    let diagnostic = Diagnostic::error("unknown-cache", at, format!("there is no cache `{name}`"));
                    let diagnostic = match builder.spec.cache.is_empty() {
                        true => diagnostic
                            .help(format!("add `[cache.{name}]`, or write `{{ path = \"{name}\", key = \"…\" }}`")),
                        false => diagnostic.suggest(name, known),
                    };
                    builder.diagnostics.push(diagnostic);
                    continue;
                }
            },
        };
        let paths = texts(builder, &Some(cache.path.clone()), &at.key("path"), matrix);
        let keys = texts(builder, &Some(cache.key.clone()), &at.key("key"), matrix);
        for (list, key, home) in [(&paths, "path", Home::Allowed), (&keys, "key", Home::Refused)] {
            let place = at.key(key);
            if list.is_empty() {
                builder.error("empty-list", place.clone(), format!("`{place}` must not be empty"), None);
            }
            for path in list {
                builder.check_path(path, &place, home);
            }
        }
        let wanted = wanted.unwrap_or_else(|| {
            let last = paths.first().map(|it| it.write(str::to_owned, |_| String::new())).unwrap_or_default();
            slug(&format!("{}-{}", job_at.segments().last().unwrap_or_default(), last.rsplit('/').next().unwrap_or("")))
        });
        let content = (paths, keys);
        let mut name = if wanted.is_empty() { "cache".to_owned() } else { wanted.clone() };
        let mut number = 2;
        while registry.caches.get(&name).is_some_and(|it| *it != content) {
            name = format!("{wanted}-{number}");
            number += 1;
        }
        registry.caches.insert(name.clone(), content.clone());
        if resolved.iter().any(|it| it.name == name) {
            builder.error("duplicate", used_at, format!("the cache `{name}` is listed twice"), None);
            continue;
        }
        resolved.push(Cache { name, paths: content.0, keys: content.1, place: at });
    }
    resolved
}
