//! What Git knows of a repository: its default branch and where it is hosted.

use crate::files::Tree;

/// The files that are read, besides those of the repository itself.
pub const FILES: &[&str] = &[
    ".git/HEAD",
    ".git/config",
    ".git/packed-refs",
    ".git/refs/heads/main",
    ".git/refs/heads/master",
    ".git/refs/remotes/origin/HEAD",
];

/// The branch that others start from.
pub(super) struct Branch {
    pub(super) name: String,
    /// For the comment.
    pub(super) from: &'static str,
    pub(super) is_guess: bool,
}

/// The default branch: that of the remote, else `main` or `master` if there is one, else the one checked out.
pub(super) fn default_branch(tree: &Tree) -> Branch {
    let pointed = |file: &str, prefix: &str| {
        let name = tree.text(file)?.trim().strip_prefix("ref: ")?.strip_prefix(prefix)?.to_owned();
        is_branch(&name).then_some(name)
    };
    if let Some(name) = pointed(".git/refs/remotes/origin/HEAD", "refs/remotes/origin/") {
        return Branch { name, from: ".git/refs/remotes/origin/HEAD", is_guess: false };
    }
    let packed = tree.text(".git/packed-refs").unwrap_or_default();
    let head = pointed(".git/HEAD", "refs/heads/");
    for name in ["main", "master"] {
        let reference = format!("refs/heads/{name}");
        let exists = tree.has(&format!(".git/{reference}")) || packed.lines().any(|it| it.ends_with(&reference));
        if exists || head.as_deref() == Some(name) {
            return Branch { name: name.to_owned(), from: "a branch of that name is there", is_guess: false };
        }
    }
    match head {
        Some(name) => Branch { name, from: ".git/HEAD, the branch that is checked out", is_guess: true },
        None => Branch { name: "main".to_owned(), from: "a guess: Git names no branch", is_guess: true },
    }
}

/// A branch that stands in a glob for itself.
fn is_branch(name: &str) -> bool {
    !name.is_empty()
        && name.len() < 200
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-'))
}

/// The host of the remote `origin`: of `https://github.com/a/b` and of `git@github.com:a/b`.
pub(super) fn host(tree: &Tree) -> Option<String> {
    let config = tree.text(".git/config")?;
    let section = config.split("[remote \"origin\"]").nth(1)?;
    let url = section.lines().take_while(|it| !it.trim_start().starts_with('[')).find_map(|line| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == "url").then(|| value.trim())
    })?;
    let rest = url.split_once("://").map_or(url, |(_, it)| it);
    let place = rest.split('/').next()?.rsplit('@').next()?;
    let host = place.split(':').next()?.to_lowercase();
    (host.contains('.')
        && !host.starts_with('.')
        && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-')))
    .then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_every_kind_of_address() {
        for (url, expected) in [
            ("https://github.com/a/b.git", Some("github.com")),
            ("https://user:secret@gitlab.example.org:8443/a/b", Some("gitlab.example.org")),
            ("git@bitbucket.org:a/b.git", Some("bitbucket.org")),
            ("ssh://git@ssh.dev.azure.com:22/v3/a/b", Some("ssh.dev.azure.com")),
            ("../elsewhere", None),
        ] {
            let config = format!("[core]\n\tbare = false\n[remote \"origin\"]\n\turl = {url}\n[branch \"main\"]\n");
            let tree = Tree::from_texts([(".git/config", config)]);
            assert_eq!(host(&tree).as_deref(), expected, "{url}");
        }
    }

    #[test]
    fn the_default_branch_is_that_of_the_remote() {
        let tree = Tree::from_texts([
            (".git/HEAD", "ref: refs/heads/feature\n"),
            (".git/refs/remotes/origin/HEAD", "ref: refs/remotes/origin/trunk\n"),
        ]);
        assert_eq!(default_branch(&tree).name, "trunk");
        let tree = Tree::from_texts([
            (".git/HEAD", "ref: refs/heads/feature\n"),
            (".git/packed-refs", "0 refs/heads/master\n"),
        ]);
        assert_eq!(default_branch(&tree).name, "master");
        assert!(default_branch(&Tree::default()).is_guess);
    }
}
