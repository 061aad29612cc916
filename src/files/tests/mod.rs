//! Writing, comparing and removing on a real file system.

mod comparing;
mod removing;
#[cfg(unix)]
mod unix;
mod writing;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use tempfile::TempDir;

use crate::files::{self, header, write, Drift, DriftKind, Error, File, Overwrite};

const SPEC: &str = "ci-gen.toml";
const STAGED: &str = ".ci-gen-abcDEF123456.tmp";

fn ours(body: &str) -> String {
    format!("# {}\n{body}", header(SPEC)[0])
}

fn file(path: &str, body: &str) -> File {
    File { path: path.to_owned(), text: ours(body) }
}

/// [`files::drift()`] with one kind of change.
fn drift(root: &Path, files: &[File], candidates: &[String], spec: &str) -> Result<Vec<Drift>, Vec<Error>> {
    files::drift(root, files, candidates, spec, &|_, _| DriftKind::Changed)
}

fn root() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn lay(root: &TempDir, path: &str, text: impl AsRef<[u8]>) -> PathBuf {
    let path = root.path().join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    path
}

fn read(root: &TempDir, path: &str) -> String {
    fs::read_to_string(root.path().join(path)).unwrap()
}

fn age(path: &Path, age: Duration) -> SystemTime {
    let then = SystemTime::now() - age;
    fs::File::options().append(true).open(path).unwrap().set_modified(then).unwrap();
    fs::metadata(path).unwrap().modified().unwrap()
}

/// Everything below a directory: what it is, what it holds and, of files, when that was written.
fn snapshot(dir: &Path) -> BTreeMap<PathBuf, (String, Option<SystemTime>)> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let metadata = fs::symlink_metadata(&path).unwrap();
        let seen = if metadata.is_dir() {
            all.extend(snapshot(&path));
            ("directory".to_owned(), None)
        } else if metadata.is_symlink() {
            (format!("link to {}", fs::read_link(&path).unwrap().display()), None)
        } else {
            let mode = format!("{:?}", metadata.permissions());
            (format!("{mode} {:?}", fs::read(&path).unwrap()), metadata.modified().ok())
        };
        all.insert(path, seen);
    }
    all
}

/// Writes, expects to be refused, and proves that the disk is as before.
fn refused(root: &TempDir, files: &[File], overwrite: Overwrite) -> Vec<Error> {
    let before = snapshot(root.path());
    let errors = write(root.path(), files, overwrite).unwrap_err();
    assert_eq!(snapshot(root.path()), before);
    errors
}

fn messages(errors: &[Error]) -> Vec<String> {
    errors.iter().map(Error::to_string).collect()
}
