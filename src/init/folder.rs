//! One directory of a repository, its manifests read in the forms that they come in.

use serde_json::Value;

use crate::files::Tree;

/// Directories whose manifests belong to something that is shown, tried out or compared, not to the project.
const ASIDE: &[&str] = &[
    "bench",
    "benches",
    "benchmark",
    "benchmarks",
    "demo",
    "demos",
    "doc",
    "docs",
    "e2e",
    "example",
    "examples",
    "fixture",
    "fixtures",
    "fuzz",
    "playground",
    "sample",
    "samples",
    "site",
    "template",
    "templates",
    "test",
    "test-fixtures",
    "testdata",
    "tests",
    "website",
];

/// A directory of a repository.
#[derive(Clone, Copy)]
pub(super) struct Folder<'a> {
    tree: &'a Tree,
    /// Relative to the repository's root; empty for the root itself.
    pub(super) path: &'a str,
}

impl<'a> Folder<'a> {
    /// Directories in which a file has a name that `is_manifest`, those near the root first.
    ///
    /// Left out are examples and the like, and paths that a shell or a pipeline would not take as they are.
    pub(super) fn with(tree: &'a Tree, is_manifest: impl Fn(&str) -> bool) -> Vec<Folder<'a>> {
        let mut paths: Vec<&str> = tree
            .paths()
            .map(|path| path.rsplit_once('/').unwrap_or(("", path)))
            .filter(|(directory, name)| is_manifest(name) && is_usual(directory))
            .map(|(directory, _)| directory)
            .collect();
        paths.sort_by_key(|path| (path.split('/').filter(|it| !it.is_empty()).count(), *path));
        paths.dedup();
        paths.into_iter().map(|path| Folder { tree, path }).collect()
    }

    /// The path of a file in this directory, from the repository's root.
    pub(super) fn join(self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}/{name}", self.path)
        }
    }

    pub(super) fn is_root(self) -> bool {
        self.path.is_empty()
    }

    /// Whether this directory is `other` or below it.
    pub(super) fn is_in(self, other: Folder<'_>) -> bool {
        other.is_root()
            || self.path == other.path
            || self.path.strip_prefix(other.path).is_some_and(|it| it.starts_with('/'))
    }

    pub(super) fn has(self, name: &str) -> bool {
        self.tree.has(&self.join(name))
    }

    /// The first of some names that is there.
    pub(super) fn first(self, names: &[&'static str]) -> Option<&'static str> {
        names.iter().copied().find(|name| self.has(name))
    }

    pub(super) fn text(self, name: &str) -> Option<&'a str> {
        self.tree.text(&self.join(name))
    }

    /// The text of a file, or nothing to search in.
    pub(super) fn text_or_empty(self, name: &str) -> &'a str {
        self.text(name).unwrap_or_default()
    }

    pub(super) fn toml(self, name: &str) -> Option<toml::Table> {
        self.text(name)?.parse().ok()
    }

    pub(super) fn json(self, name: &str) -> Option<Value> {
        serde_json::from_str(self.text(name)?).ok()
    }

    pub(super) fn yaml(self, name: &str) -> Option<Value> {
        serde_saphyr::from_str(self.text(name)?).ok()
    }

    /// Paths of everything below, relative to this directory.
    pub(super) fn below(self) -> impl Iterator<Item = &'a str> {
        let prefix = self.join("");
        self.tree.paths().filter_map(move |path| path.strip_prefix(prefix.as_str()))
    }

    /// Names of the files in this directory.
    pub(super) fn names(self) -> impl Iterator<Item = &'a str> {
        self.below().filter(|path| !path.contains('/'))
    }

    /// This directory, then those above it up to the root.
    pub(super) fn ancestors(self) -> impl Iterator<Item = Folder<'a>> {
        let mut next = Some(self.path);
        std::iter::from_fn(move || {
            let path = next?;
            next = match path.rsplit_once('/') {
                Some((parent, _)) => Some(parent),
                None if path.is_empty() => None,
                None => Some(""),
            };
            Some(Folder { tree: self.tree, path })
        })
    }
}

fn is_usual(directory: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-');
    directory.is_empty()
        || (directory.chars().all(plain)
            && directory.split('/').all(|it| !ASIDE.contains(&it) && !it.starts_with(['.', '-'])))
}

/// Walks down the keys of nested TOML tables.
pub(super) fn at<'t>(table: &'t toml::Table, keys: &[&str]) -> Option<&'t toml::Value> {
    let (first, rest) = keys.split_first()?;
    rest.iter().try_fold(table.get(*first)?, |value, key| value.get(key))
}

/// The texts of a TOML array, or the one text in its place.
pub(super) fn texts(value: Option<&toml::Value>) -> Vec<&str> {
    match value {
        Some(toml::Value::String(text)) => vec![text],
        Some(toml::Value::Array(array)) => array.iter().filter_map(toml::Value::as_str).collect(),
        _ => Vec::new(),
    }
}
