//! Pipelines that a repository has already, of any of the eight systems.

use crate::{
    files::{owner, Tree},
    id::SystemId,
    systems,
};

/// What a repository has of one system.
pub(super) struct Existing {
    pub(super) system: SystemId,
    pub(super) files: Vec<String>,
    /// A path that `render` may write to, where the usual one is taken by a file that is not ours.
    pub(super) aside: Option<String>,
    /// Whether the system reads its usual path only, and that is taken.
    pub(super) is_stuck: bool,
}

impl Existing {
    /// The files in a line, or as many as fit into one.
    pub(super) fn shown(&self) -> String {
        let first = self.files.iter().take(MOST_SHOWN).cloned().collect::<Vec<_>>().join(", ");
        match self.files.len().saturating_sub(MOST_SHOWN) {
            0 => first,
            more => format!("{first} and {more} more"),
        }
    }
}

const MOST_SHOWN: usize = 3;

/// Whether a file is a pipeline of some system.
pub(super) fn is_one(path: &str) -> bool {
    SystemId::ALL.iter().any(|id| belongs(path, *id))
}

/// Every system with files here, in the order in which systems are listed.
pub(super) fn existing(tree: &Tree) -> Vec<Existing> {
    let of = |id: &SystemId| {
        let files: Vec<String> = tree.paths().filter(|path| belongs(path, *id)).map(str::to_owned).collect();
        let usual = systems::get(*id).path();
        let foreign = tree.has(usual) && tree.text(usual).and_then(owner).is_none();
        let aside = foreign.then(|| aside(tree, usual));
        (!files.is_empty()).then_some(Existing { system: *id, files, aside, is_stuck: false })
    };
    SystemId::ALL.iter().filter_map(of).collect()
}

/// A file in the directory that the system keeps for itself, or beginning with the name of its usual file:
/// `azure-pipelines.release.yml`, `.azure-pipelines/test.yml`.
fn belongs(path: &str, id: SystemId) -> bool {
    let usual = systems::get(id).path();
    match usual.rsplit_once('/') {
        Some((directory, _)) => path.strip_prefix(directory).is_some_and(|it| it.starts_with('/')),
        None => {
            let stem = usual.trim_start_matches('.').split('.').next().unwrap_or(usual);
            let first = path.trim_start_matches('.');
            let is_file = !path.contains('/') || path.starts_with('.');
            is_file && first.strip_prefix(stem).is_some_and(|it| it.is_empty() || it.starts_with(['.', '/', '-']))
        }
    }
}

/// `.circleci/ci-gen.yml` beside `.circleci/config.yml`; with a number where that is taken, too.
fn aside(tree: &Tree, usual: &str) -> String {
    let (directory, name) = usual.rsplit_once('/').map_or(("", usual), |(directory, name)| (directory, name));
    let candidate = |number: usize| {
        let mark = if number == 1 { "ci-gen".to_owned() } else { format!("ci-gen-{number}") };
        let name = match (directory.is_empty(), name.trim_start_matches('.').split_once('.')) {
            (true, Some((stem, end))) => format!("{}{stem}.{mark}.{end}", if name.starts_with('.') { "." } else { "" }),
            (true, None) => format!("{name}.{mark}"),
            (false, Some((_, end))) => format!("{mark}.{end}"),
            (false, None) => mark,
        };
        if directory.is_empty() {
            name
        } else {
            format!("{directory}/{name}")
        }
    };
    // A tree has fewer files than that.
    (1..usize::MAX).map(candidate).find(|it| !tree.has(it)).unwrap_or_else(|| candidate(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn systems_of(path: &str) -> Vec<&'static str> {
        SystemId::ALL.iter().filter(|id| belongs(path, **id)).map(|id| id.key()).collect()
    }

    #[test]
    fn files_are_known_by_place_and_name() {
        assert_eq!(systems_of(".github/workflows/test.yaml"), ["github"]);
        assert_eq!(systems_of(".gitlab-ci.yml"), ["gitlab"]);
        assert_eq!(systems_of("Jenkinsfile"), ["jenkins"]);
        assert_eq!(systems_of("Jenkinsfile.release"), ["jenkins"]);
        assert_eq!(systems_of("azure-pipelines.release.yml"), ["azure"]);
        assert_eq!(systems_of(".azure-pipelines/test.yml"), ["azure"]);
        assert_eq!(systems_of(".circleci/config.yml"), ["circleci"]);
        assert_eq!(systems_of(".teamcity/pom.xml"), ["teamcity"]);
        assert_eq!(systems_of("travis/readme.md"), [""; 0]);
        assert_eq!(systems_of("src/Jenkinsfile"), [""; 0]);
    }

    #[test]
    fn another_path_is_free() {
        let tree = Tree::from_texts([(".gitlab-ci.ci-gen.yml", "")]);
        assert_eq!(aside(&tree, ".gitlab-ci.yml"), ".gitlab-ci.ci-gen-2.yml");
        assert_eq!(aside(&tree, "Jenkinsfile"), "Jenkinsfile.ci-gen");
        assert_eq!(aside(&tree, ".circleci/config.yml"), ".circleci/ci-gen.yml");
    }
}
