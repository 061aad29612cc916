//! Where paths lead on disk, without ever leaving the root.

use std::{
    collections::hash_map::{Entry, HashMap},
    fs, io,
    path::{self, Path, PathBuf},
};

use crate::files::{Error, Operation};

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Nothing,
    File,
    Directory,
    /// A device, a pipe, a socket: reading one may never end.
    Other,
}

/// A path with every symbolic link followed.
#[derive(Debug)]
pub(super) struct Destination {
    pub(super) real: PathBuf,
    pub(super) found: Found,
    /// Whether the path's last part is a symbolic link.
    pub(super) linked: bool,
}

/// The directory that nothing leaves.
#[derive(Debug)]
pub(super) struct Root {
    real: PathBuf,
    operation: Operation,
}

impl Root {
    /// `root` need not exist yet, so that a new output directory is created and undone like any other.
    pub(super) fn open(root: &Path, operation: Operation) -> Result<Root, Error> {
        match canonical(root) {
            Ok(real) => Ok(Root { real, operation }),
            Err(cause) => {
                Err(Error::Io { operation, path: root.display().to_string(), step: "finding the root", cause })
            }
        }
    }

    /// The root as a destination of its own.
    pub(super) fn itself(&self) -> Destination {
        let found = if self.real.is_dir() { Found::Directory } else { Found::Nothing };
        Destination { real: self.real.clone(), found, linked: false }
    }

    /// Follows one path; a directory at its end is no error here.
    pub(super) fn follow(&self, path: &str) -> Result<Destination, Error> {
        let operation = self.operation;
        check(path).map_err(|reason| Error::Path { operation, path: path.to_owned(), reason })?;
        let mut real = self.real.clone();
        let mut found = Found::Directory;
        let mut linked = false;
        let mut walked = 0;
        for name in path.split('/') {
            if matches!(found, Found::File | Found::Other) {
                let parent = path[..walked - 1].to_owned();
                return Err(Error::NotADirectory { operation, path: path.to_owned(), parent });
            }
            walked += name.len() + 1;
            real.push(name);
            if found == Found::Nothing {
                continue;
            }
            match self.look(&mut real) {
                Ok((what, through_link)) => (found, linked) = (what, through_link),
                Err(fault) => return Err(self.error(fault, path, &path[..walked - 1])),
            }
        }
        Ok(Destination { real, found, linked })
    }

    /// Follows paths that must be files, or nothing yet, and that may not get into each other's way.
    pub(super) fn follow_files<'a>(
        &self,
        paths: impl IntoIterator<Item = &'a str>,
    ) -> Vec<Result<(&'a str, Destination), Error>> {
        let operation = self.operation;
        let mut taken: HashMap<String, &str> = HashMap::new();
        let mut followed: Vec<Result<(&str, Destination), Error>> = Vec::new();
        for path in paths {
            followed.push(self.follow(path).and_then(|destination| {
                match destination.found {
                    Found::Directory => return Err(Error::Directory { operation, path: path.to_owned() }),
                    Found::Other => return Err(Error::NotAFile { operation, path: path.to_owned() }),
                    Found::Nothing | Found::File => {}
                }
                match taken.entry(folded(&destination.real)) {
                    Entry::Occupied(other) => {
                        Err(Error::Duplicate { operation, path: path.to_owned(), other: (*other.get()).to_owned() })
                    }
                    Entry::Vacant(free) => {
                        free.insert(path);
                        Ok((path, destination))
                    }
                }
            }));
        }
        // Only now is it known which files will stand where others need a directory.
        followed
            .into_iter()
            .map(|it| {
                let (path, destination) = it?;
                let mut above = destination.real.ancestors().skip(1).take_while(|dir| *dir != self.real);
                match above.find_map(|dir| taken.get(&folded(dir))) {
                    Some(parent) => {
                        Err(Error::NotADirectory { operation, path: path.to_owned(), parent: (*parent).to_owned() })
                    }
                    None => Ok((path, destination)),
                }
            })
            .collect()
    }

    /// What stands at `real`; a symbolic link is replaced by what it leads to.
    fn look(&self, real: &mut PathBuf) -> Result<(Found, bool), Fault> {
        let mut metadata = match fs::symlink_metadata(&*real) {
            Ok(metadata) => metadata,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok((Found::Nothing, false)),
            Err(cause) => return Err(Fault::Refused(cause)),
        };
        let linked = metadata.is_symlink();
        if linked {
            let target = dunce::canonicalize(&*real).map_err(|cause| match cause.kind() {
                io::ErrorKind::NotFound => Fault::Dangling,
                _ => Fault::Refused(cause),
            })?;
            if !target.starts_with(&self.real) {
                return Err(Fault::Outside(target));
            }
            metadata = fs::metadata(&target).map_err(Fault::Refused)?;
            *real = target;
        }
        let found = if metadata.is_dir() {
            Found::Directory
        } else if metadata.is_file() {
            Found::File
        } else {
            Found::Other
        };
        Ok((found, linked))
    }

    fn error(&self, fault: Fault, path: &str, link: &str) -> Error {
        let (operation, path, link) = (self.operation, path.to_owned(), link.to_owned());
        match fault {
            Fault::Dangling => Error::Dangling { operation, path, link },
            Fault::Outside(target) => Error::Outside { operation, path, link, target },
            Fault::Refused(cause) => Error::Io { operation, path, step: "looking it up", cause },
        }
    }
}

enum Fault {
    Dangling,
    Outside(PathBuf),
    Refused(io::Error),
}

/// The root without links; parts of it that do not exist stay as they are.
fn canonical(root: &Path) -> io::Result<PathBuf> {
    let absolute = path::absolute(root)?;
    for existing in absolute.ancestors() {
        match fs::symlink_metadata(existing) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => continue,
            _ => {}
        }
        let real = dunce::canonicalize(existing)?;
        if !real.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        let rest = absolute.strip_prefix(existing).unwrap_or(Path::new(""));
        if rest.components().any(|it| !matches!(it, path::Component::Normal(_))) {
            return Err(io::ErrorKind::NotFound.into());
        }
        // Joining an empty rest would append a separator.
        return Ok(if rest.as_os_str().is_empty() { real } else { real.join(rest) });
    }
    Err(io::ErrorKind::NotFound.into())
}

/// Refuses what means different files, or places outside the root, on different systems.
fn check(path: &str) -> Result<(), &'static str> {
    if path.is_empty() {
        return Err("the path is empty");
    }
    if path.starts_with('/') {
        return Err("the path is absolute");
    }
    if path.contains('\\') {
        return Err("the path contains a backslash");
    }
    if path.contains(char::is_control) {
        return Err("the path contains a control character");
    }
    for name in path.split('/') {
        match name {
            "" => return Err("the path has an empty part"),
            "." | ".." => return Err("the path contains `.` or `..`"),
            _ if name.eq_ignore_ascii_case(".git") => return Err("`.git` belongs to Git"),
            _ if has_drive(name) => return Err("the path names a drive"),
            _ => {}
        }
    }
    Ok(())
}

fn has_drive(name: &str) -> bool {
    matches!(name.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic())
}

/// One key for all spellings that a file system without case takes for one file.
fn folded(path: &Path) -> String {
    path.to_string_lossy().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_relative_paths_pass() {
        for path in ["Jenkinsfile", ".github/workflows/ci.yml", "a b/ü.yml", "..a/b..", ".gitlab-ci.yml", "1:2"] {
            assert_eq!(check(path), Ok(()), "{path}");
        }
        for path in [
            "",
            "/etc/passwd",
            "../x",
            "a/../b",
            "./a",
            "a//b",
            "a/",
            "a\\b",
            "C:/x",
            "c:x",
            "a/C:x",
            "a\0b",
            "a\nb",
            ".git/hooks/x",
            "a/.GIT/x",
        ] {
            assert!(check(path).is_err(), "{path:?}");
        }
    }

    #[test]
    fn a_root_that_does_not_exist_is_placed_below_what_does() {
        let temp = tempfile::tempdir().unwrap();
        let real = dunce::canonicalize(temp.path()).unwrap();
        assert_eq!(canonical(&temp.path().join("a/b")).unwrap(), real.join("a/b"));
        assert_eq!(canonical(temp.path()).unwrap().as_os_str(), real.as_os_str());
        // Windows resolves `..` by the text alone, whatever is there.
        assert_eq!(canonical(&temp.path().join("a/../b")).is_err(), cfg!(unix));
        fs::write(temp.path().join("file"), "").unwrap();
        let error = canonical(&temp.path().join("file")).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotADirectory);
        assert!(canonical(&temp.path().join("file/x")).is_err());
    }
}
