//! Caches, each defined once for all steps that share it.

use indexmap::IndexMap;
use serde::Serialize;

use super::slug;
use crate::plan::{Cache, Job, Leg, Text};

/// One directory and the files whose change makes a new cache.
///
/// <https://support.atlassian.com/bitbucket-cloud/docs/cache-dependencies/>
#[derive(Clone, Debug, Serialize)]
pub(super) struct Definition {
    name: String,
    path: String,
    files: Vec<String>,
}

/// The definitions so far.
#[derive(Default)]
pub(super) struct Caches {
    definitions: IndexMap<String, Definition>,
}

/// Names with a meaning of their own (same page).
const PREDEFINED: &[&str] =
    &["docker", "composer", "dotnetcore", "gradle", "ivy2", "maven", "node", "pip", "sbt", "yarn"];

impl Caches {
    /// The names of a leg's caches; a cache of several directories is several caches.
    pub(super) fn of(&mut self, job: &Job, leg: &Leg) -> Vec<String> {
        let directories = job.caches.iter().flat_map(|cache| cache.paths.iter().map(move |path| (cache, path)));
        directories.map(|(cache, path)| self.one(cache, path, leg)).collect()
    }

    fn one(&mut self, cache: &Cache, path: &Text, leg: &Leg) -> String {
        let fill = |text: &Text| leg.fill(text).as_literal().unwrap_or_default().to_owned();
        let files: Vec<String> = cache.keys.iter().map(fill).collect();
        let path = fill(path);
        // What one version built may be of no use to another.
        let versions = leg.setup.iter().map(|(toolchain, version)| slug(&format!("{} {version}", toolchain.key())));
        let words: Vec<String> = std::iter::once(cache.name.clone()).chain(versions).collect();
        let mut base = words.join("-");
        if PREDEFINED.contains(&base.as_str()) {
            base.push_str("-files");
        }
        let mut number = 1;
        loop {
            let name = if number == 1 { base.clone() } else { format!("{base}-{number}") };
            match self.definitions.get(&name) {
                None => {
                    self.definitions.insert(name.clone(), Definition { name: name.clone(), path, files });
                    return name;
                }
                Some(it) if it.path == path && it.files == files => return name,
                Some(_) => number += 1,
            }
        }
    }

    pub(super) fn definitions(self) -> Vec<Definition> {
        self.definitions.into_values().collect()
    }
}
