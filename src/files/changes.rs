//! Changes to several files that happen together or not at all.

use std::{
    fs::{self, OpenOptions, Permissions},
    io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use tempfile::TempPath;

use crate::{
    files::{
        staged::{stage, Sync},
        Error, Operation,
    },
    side_by_side::side_by_side,
};

/// Threads that stage files that replace others: whoever syncs a file waits for the disk, which syncs several almost as fast as one.
const THREADS: usize = 16;

/// What a file was before, as far as a change to it must keep or restore it.
pub(super) struct Previous {
    pub(super) bytes: Vec<u8>,
    permissions: Permissions,
    modified: Option<SystemTime>,
}

impl Previous {
    /// Reads a regular file.
    pub(super) fn read(real: &Path) -> io::Result<Previous> {
        let metadata = fs::metadata(real)?;
        let bytes = fs::read(real)?;
        Ok(Previous { bytes, permissions: metadata.permissions(), modified: metadata.modified().ok() })
    }

    /// The file as text; a file in another encoding than UTF-8 has none.
    pub(super) fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes).ok()
    }
}

/// A file that is to become `text`, or to go if there is none.
pub(super) struct Wanted<'a> {
    pub(super) path: &'a str,
    pub(super) real: PathBuf,
    pub(super) text: Option<&'a str>,
    /// What is there now; absent if there is no such file.
    pub(super) previous: Option<Previous>,
}

impl Wanted<'_> {
    fn directory(&self) -> &Path {
        self.real.parent().unwrap_or(&self.real)
    }

    /// Puts the previous and the new text on disk, next to the destination.
    fn stage(&self, operation: Operation) -> Result<Change, Error> {
        let permissions = self.previous.as_ref().map(|it| &it.permissions);
        let staged = |bytes: &[u8], sync, step| {
            stage(self.directory(), bytes, permissions, sync).map_err(self.refused(operation, step))
        };
        let old = match &self.previous {
            // Only this process ever goes back to it.
            Some(it) => Some((staged(&it.bytes, Sync::Later, "keeping a copy")?, it.modified)),
            None => None,
        };
        let sync = if old.is_some() { Sync::Now } else { Sync::Later };
        let new = match self.text {
            Some(text) => Some(staged(text.as_bytes(), sync, "staging the text")?),
            None => None,
        };
        Ok(Change { path: self.path.to_owned(), real: self.real.clone(), new, old })
    }

    fn refused(&self, operation: Operation, step: &'static str) -> impl FnOnce(io::Error) -> Error {
        let path = self.path.to_owned();
        move |cause| Error::Io { operation, path, step, cause }
    }
}

struct Change {
    path: String,
    real: PathBuf,
    /// The new text; absent if the file is to go.
    new: Option<TempPath>,
    /// The previous text and its time; absent if there is no such file.
    old: Option<(TempPath, Option<SystemTime>)>,
}

/// Changes that are staged, but not yet visible; dropping them leaves the disk as it was.
///
/// New and previous texts are both on disk before the first destination is touched, so that neither going forward
/// nor going back needs more than renaming.
pub(super) struct Changes {
    operation: Operation,
    list: Vec<Change>,
    created_directories: Vec<PathBuf>,
}

impl Changes {
    /// Prepares all changes, or none; gives all problems at once.
    pub(super) fn stage(operation: Operation, wanted: &[Wanted<'_>]) -> Result<Changes, Vec<Error>> {
        let mut changes = Changes { operation, list: Vec::new(), created_directories: Vec::new() };
        let mut errors = Vec::new();
        let mut ready = Vec::new();
        for it in wanted {
            // One after another, so that each directory is noted behind the one that it is in.
            let created = create_directories(it.directory(), &mut changes.created_directories);
            match created.map_err(it.refused(operation, "creating its directory")) {
                Ok(()) => ready.push(it),
                Err(error) => errors.push(error),
            }
        }
        let threads = if ready.iter().any(|it| it.previous.is_some()) { THREADS } else { 1 };
        for staged in side_by_side(threads, &ready, |it| it.stage(operation)) {
            match staged {
                Ok(change) => changes.list.push(change),
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() {
            Ok(changes)
        } else {
            Err(errors)
        }
    }

    /// Makes every change visible by `put`, or none.
    pub(super) fn apply(mut self, put: &mut Put<'_>) -> Result<(), Vec<Error>> {
        for at in 0..self.list.len() {
            let change = &mut self.list[at];
            if let Err(cause) = put(change.new.as_deref(), &change.real) {
                let path = change.path.clone();
                let mut errors =
                    vec![Error::Io { operation: self.operation, path, step: "putting it in place", cause }];
                errors.extend(self.list.drain(..at).rev().filter_map(|done| restore(done).err()));
                return Err(errors);
            }
            if let Some(new) = &mut change.new {
                new.disable_cleanup(true);
            }
        }
        self.created_directories.clear();
        Ok(())
    }
}

impl Drop for Changes {
    fn drop(&mut self) {
        // What is staged goes first: only an empty directory can be removed.
        self.list.clear();
        for dir in self.created_directories.iter().rev() {
            let _ = fs::remove_dir(dir);
        }
    }
}

/// Renames the staged file over the destination, or removes the destination if nothing is staged for it.
pub(super) type Put<'a> = dyn FnMut(Option<&Path>, &Path) -> io::Result<()> + 'a;

pub(super) fn put(staged: Option<&Path>, real: &Path) -> io::Result<()> {
    match staged {
        Some(staged) => fs::rename(staged, real),
        None => fs::remove_file(real),
    }
}

fn restore(change: Change) -> Result<(), Error> {
    let Change { path, real, old, .. } = change;
    let Some((mut copy, modified)) = old else {
        return fs::remove_file(&real).map_err(|cause| Error::NotRestored { path, kept: None, cause });
    };
    if let Some(modified) = modified {
        // The text is what matters; its time only spares build tools some work.
        let _ = OpenOptions::new().append(true).open(&copy).and_then(|file| file.set_modified(modified));
    }
    let restored = fs::rename(&copy, &real);
    copy.disable_cleanup(true);
    restored.map_err(|cause| Error::NotRestored { path, kept: Some(keep(&copy)), cause })
}

/// Gives the copy a name that no later run takes for a leftover.
fn keep(copy: &Path) -> PathBuf {
    let kept = copy.with_extension("kept");
    match fs::rename(copy, &kept) {
        Ok(()) => kept,
        Err(_) => copy.to_owned(),
    }
}

fn create_directories(dir: &Path, created: &mut Vec<PathBuf>) -> io::Result<()> {
    let missing: Vec<&Path> = dir.ancestors().take_while(|it| !it.is_dir()).collect();
    for dir in missing.into_iter().rev() {
        match fs::create_dir(dir) {
            Ok(()) => created.push(dir.to_owned()),
            // Another run was faster.
            Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists && dir.is_dir() => {}
            Err(cause) => return Err(cause),
        }
    }
    Ok(())
}
