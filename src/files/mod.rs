//! Generated files: the only place that puts them on disk and compares them with it.
//!
//! ```
//! use ci_gen::files::{drift, header, write, DriftKind, File, Outcome, Overwrite};
//!
//! let root = tempfile::tempdir()?;
//! let [origin, change] = header("ci-gen.toml");
//! let files = [File { path: ".gitlab-ci.yml".to_owned(), text: format!("# {origin}\n# {change}\nstages: [test]\n") }];
//!
//! let changed = |_: &File, _: &str| DriftKind::Changed;
//! assert_eq!(drift(root.path(), &files, &[], "ci-gen.toml", &changed).unwrap()[0].kind, DriftKind::Missing);
//! let written = write(root.path(), &files, Overwrite::Ours).unwrap();
//! assert_eq!(written, [(".gitlab-ci.yml".to_owned(), Outcome::Created)]);
//! assert_eq!(drift(root.path(), &files, &[], "ci-gen.toml", &changed).unwrap(), []);
//! # Ok::<(), std::io::Error>(())
//! ```

mod changes;
mod destination;
mod drift;
mod error;
mod header;
mod remove;
mod staged;
#[cfg(test)]
mod tests;
mod tree;
mod write;

use std::path::{Path, PathBuf};

pub use self::{
    drift::{drift, with_line_feeds, Author, Classify, Drift, DriftKind, Hunk},
    error::{Error, Operation},
    header::{header, owner, DEFAULT_SPEC},
    remove::remove,
    tree::Tree,
    write::{write, Outcome, Overwrite},
};

/// A path with `/` on every system, as generated files, reports and messages have it. A `.` within it is left out.
///
/// ```
/// use std::path::Path;
/// let path = Path::new("a").join("b").join(".").join("c.xml");
/// assert_eq!(ci_gen::files::slashed(&path), "a/b/c.xml");
/// ```
pub fn slashed(path: &Path) -> String {
    let path: PathBuf = path.components().collect();
    let text = path.to_string_lossy();
    match cfg!(windows) {
        true => text.replace('\\', "/"),
        false => text.into_owned(),
    }
}

/// A file as the spec makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Where it belongs, relative to the root, `/`-separated.
    pub path: String,
    /// Its content, with LF at the ends of its lines.
    pub text: String,
}
