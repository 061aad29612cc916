//! The files of a repository, as paths and the texts of those that somebody wants to read.

use std::{
    collections::{BTreeMap, VecDeque},
    fs,
    io::{self, Read},
    path::Path,
};

use crate::files::with_line_feeds;

/// Directories that hold what was fetched or built, not what a project is made of.
const SKIPPED: &[&str] = &[
    ".git",
    ".hg",
    ".svn",
    ".gradle",
    ".mypy_cache",
    ".nox",
    ".pytest_cache",
    ".tox",
    ".venv",
    ".yarn",
    "__pycache__",
    "bower_components",
    "node_modules",
    "site-packages",
    "target",
    "vendor",
    "venv",
];
/// Deeper directories hold no manifest that a pipeline would start from.
const DEPTH: usize = 8;
/// After so many entries a listing ends; directories near the root come first.
const ENTRIES: usize = 50_000;
/// Longer texts are not written by people.
const LONGEST: u64 = 1 << 20;

/// The files below a directory, by path relative to it, `/`-separated and sorted.
///
/// ```
/// use ci_gen::files::Tree;
/// let tree = Tree::from_texts([("go.mod", "module example.com/a\n")]);
/// assert!(tree.has("go.mod") && tree.text("go.sum").is_none());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Tree {
    files: BTreeMap<String, Option<String>>,
    cut: bool,
}

impl Tree {
    /// A tree that is on no disk.
    pub fn from_texts<P: Into<String>, T: Into<String>>(files: impl IntoIterator<Item = (P, T)>) -> Tree {
        let files = files.into_iter().map(|(path, text)| (path.into(), Some(text.into()))).collect();
        Tree { files, cut: false }
    }

    /// Lists what is below `root` and reads the files that `wanted` names, and `more` even where directories are
    /// skipped.
    ///
    /// Symbolic links are not followed; directories of dependencies and build results, files that are no UTF-8 or
    /// have more than a mebibyte, and names that are no UTF-8 are left out. Nothing is executed.
    ///
    /// # Errors
    /// `root` itself cannot be listed; what cannot be read below it is left out.
    pub fn read(root: &Path, wanted: &dyn Fn(&str) -> bool, more: &[&str]) -> io::Result<Tree> {
        let mut tree = Tree::default();
        let mut seen = 0;
        let mut directories = VecDeque::from([(String::new(), 0)]);
        fs::read_dir(root)?;
        while let Some((directory, depth)) = directories.pop_front() {
            let Ok(entries) = fs::read_dir(root.join(&directory)) else { continue };
            let mut names: Vec<(String, fs::FileType)> = entries
                .flatten()
                .filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry.file_type().ok()?)))
                .collect();
            names.sort_by(|a, b| a.0.cmp(&b.0));
            for (name, kind) in names {
                seen += 1;
                if seen > ENTRIES {
                    tree.cut = true;
                    break;
                }
                let path = if directory.is_empty() { name.clone() } else { format!("{directory}/{name}") };
                if kind.is_file() {
                    let text = if wanted(&path) { text(&root.join(&path)) } else { None };
                    tree.files.insert(path, text);
                } else if kind.is_dir() && depth < DEPTH && !SKIPPED.contains(&name.as_str()) {
                    directories.push_back((path, depth + 1));
                }
            }
        }
        for path in more {
            let real = root.join(path);
            if fs::symlink_metadata(&real).is_ok_and(|it| it.is_file()) {
                tree.files.insert((*path).to_owned(), text(&real));
            }
        }
        Ok(tree)
    }

    /// Whether there is such a file.
    pub fn has(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// The text of a file that was read.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path)?.as_deref()
    }

    /// Every file.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// Whether there are more files than were listed.
    pub fn is_cut(&self) -> bool {
        self.cut
    }
}

fn text(path: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    fs::File::open(path).ok()?.take(LONGEST + 1).read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8(bytes).ok().filter(|it| it.len() as u64 <= LONGEST)?;
    Some(with_line_feeds(text.strip_prefix('\u{feff}').unwrap_or(&text)).into_owned())
}
