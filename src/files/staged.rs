//! Texts that wait next to their destination until all of them are there.

use std::{
    collections::BTreeSet,
    fs::{self, OpenOptions, Permissions},
    io::{self, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use tempfile::{Builder, TempPath};

const PREFIX: &str = ".ci-gen-";
const RANDOM: usize = 12;
const SUFFIX: &str = ".tmp";

/// A staged file that was not written to for so long is taken for a killed run's.
///
/// Nothing portable tells whether the run that staged it still lives, and its age need not be right: a run that is
/// slower than this and loses a staged file to another run finds out at the rename, sets back what it has already
/// changed, and fails with an error. So the limit only has to be longer than a healthy run takes from its first
/// staged file to its last rename.
const ABANDONED_AFTER: Duration = Duration::from_secs(60);

/// When a staged text has to be on the disk itself, and no longer just in the system's cache.
///
/// The cache outlives this process however it ends, but not a power cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sync {
    /// Before it is used, as it replaces something that would be lost with it.
    Now,
    /// When the system likes: nothing is lost with it. Waiting for a disk takes longer than all the rest of a render.
    Later,
}

/// Puts `bytes` into a new file of `dir` that is removed when dropped.
///
/// Without `permissions` the file gets those that any new file gets. It is created here rather than by `tempfile`,
/// which would keep other users from reading it.
pub(super) fn stage(dir: &Path, bytes: &[u8], permissions: Option<&Permissions>, sync: Sync) -> io::Result<TempPath> {
    let (mut file, path) = Builder::new()
        .prefix(PREFIX)
        .rand_bytes(RANDOM)
        .suffix(SUFFIX)
        .make_in(dir, |path| OpenOptions::new().write(true).create_new(true).open(path))?
        .into_parts();
    file.write_all(bytes)?;
    if let Some(permissions) = permissions {
        file.set_permissions(permissions.clone())?;
    }
    if sync == Sync::Now {
        file.sync_all()?;
    }
    Ok(path)
}

/// Whether a file of that name was staged by a run of ours.
pub(super) fn is_staged(name: &str) -> bool {
    name.strip_prefix(PREFIX)
        .and_then(|it| it.strip_suffix(SUFFIX))
        .is_some_and(|it| it.len() == RANDOM && it.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// Removes what killed runs left in these directories.
///
/// What cannot be read or removed stays: the caller's own work is done and must not fail for somebody else's.
pub(super) fn sweep(directories: &BTreeSet<PathBuf>) {
    for entry in directories.iter().filter_map(|dir| fs::read_dir(dir).ok()).flatten().flatten() {
        if entry.file_name().to_str().is_some_and(is_staged) && is_abandoned(&entry) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn is_abandoned(entry: &fs::DirEntry) -> bool {
    // An entry's metadata is that of the link itself; a time in the future is no age at all.
    entry.metadata().is_ok_and(|it| {
        it.is_file() && it.modified().is_ok_and(|at| at.elapsed().is_ok_and(|age| age > ABANDONED_AFTER))
    })
}
