//! Names and identifiers that must be unique in the whole plan.

use std::collections::HashMap;

use indexmap::{IndexMap, IndexSet};

use super::{builder::Builder, Text};
use crate::diag::{Diagnostic, Place};

/// Names that must be unique in the whole plan.
pub(super) struct Registry {
    /// Identifiers of legs, and of all jobs from the beginning, so that no leg can take a job's.
    pub(super) leg_ids: IndexSet<String>,
    pub(super) caches: IndexMap<String, (Vec<Text>, Vec<Text>)>,
}

impl Registry {
    /// Gives every job its slug and reports jobs that would share one.
    pub(super) fn new(builder: &mut Builder<'_>) -> Self {
        let mut slugs: HashMap<String, String> = HashMap::new();
        let mut leg_ids = IndexSet::new();
        for name in builder.spec.job.keys() {
            let at = Place::root().key("job").key(name);
            let valid = name.starts_with(|c: char| c.is_ascii_alphanumeric())
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
            if !valid {
                let help = "use letters, digits, `_` and `-`, beginning with a letter or digit";
                let message = format!("`{name}` cannot be the name of a job");
                builder.diagnostics.push(Diagnostic::error("job-name", at.clone(), message).on_key().help(help));
            }
            let slug = slug(name);
            if let Some(twin) = slugs.get(&slug) {
                let message = format!("the jobs `{twin}` and `{name}` would share the identifier `{slug}`");
                let help = "the two may not differ only in case, `_` and `-`";
                builder.diagnostics.push(Diagnostic::error("job-name-collision", at, message).on_key().help(help));
                continue;
            }
            leg_ids.insert(slug.clone());
            slugs.insert(slug, name.clone());
        }
        Registry { leg_ids, caches: IndexMap::new() }
    }
}

/// Small letters, digits and single `-` between them.
pub(super) fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}
