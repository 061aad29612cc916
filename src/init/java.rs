//! Java: which build tool a repository has, and the JDKs that there are.

use super::{
    folder::Folder,
    gradle, maven,
    versions::{parts, plain},
    Findings,
};
use crate::files::Tree;

/// Versions with long-term support: <https://adoptium.net/support/>.
pub(super) const LONG_TERM: &[&str] = &["8", "11", "17", "21", "25"];

pub(super) fn detect(tree: &Tree, findings: &mut Findings) {
    let is_gradle =
        |name: &str| matches!(name, "settings.gradle" | "settings.gradle.kts" | "build.gradle" | "build.gradle.kts");
    let mut taken: Vec<Folder<'_>> = Vec::new();
    for folder in Folder::with(tree, |name| name == "pom.xml" || is_gradle(name)) {
        if taken.iter().any(|it| folder.is_in(*it)) {
            continue;
        }
        taken.push(folder);
        if folder.has("pom.xml") {
            maven::package(folder, findings);
        } else {
            gradle::package(folder, findings);
        }
    }
}

/// The feature version of a JDK: `1.8` is 8, `17.0.9` is 17.
pub(super) fn feature(version: &str) -> Option<String> {
    let version = plain(version)?;
    let version = version.strip_prefix("1.").unwrap_or(&version);
    Some(parts(version).first()?.to_string())
}

/// What the repository's own files for version managers say.
pub(super) fn pinned(folder: Folder<'_>) -> Option<(String, String)> {
    folder.ancestors().find_map(|above| {
        if let Some(version) = above.text(".java-version").and_then(|it| feature(it.trim())) {
            return Some((version, above.join(".java-version")));
        }
        let line = above.text(".sdkmanrc")?.lines().find_map(|it| it.trim().strip_prefix("java="))?;
        Some((feature(line)?, above.join(".sdkmanrc")))
    })
}

/// The oldest long-term version from `version` on; the version itself if it is newer than all.
pub(super) fn long_term(version: &str) -> String {
    let fitting = LONG_TERM.iter().find(|it| parts(it) >= parts(version));
    fitting.map_or_else(|| version.to_owned(), |it| (*it).to_owned())
}
