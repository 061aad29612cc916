//! Generated files onto the disk, all or none.

use std::{collections::BTreeSet, path::Path};

use crate::files::{
    changes::{put, Changes, Previous, Put, Wanted},
    destination::{Destination, Found, Root},
    drift::with_line_feeds,
    owner, staged, Error, File, Operation,
};

/// Which existing files [`write()`] may replace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overwrite {
    /// Only those that carry a header of ours, whichever spec it names.
    Ours,
    /// Whatever is there (`--force`).
    Anything,
}

/// What [`write()`] did with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// There was no such file.
    Created,
    /// The file had another text.
    Updated,
    /// The file had this text already, if only with CRLF at its line ends, and was not touched.
    Unchanged,
}

/// Writes every file below `root`, or none; gives what happened to each, in the order of `files`.
///
/// Missing directories are created, `root` included. A file keeps its permissions; a new one gets those that any
/// new file gets. A symbolic link that stays inside the root is written through to its file. Every text is first
/// staged on disk next to its destination and then renamed, so that even a killed run leaves each file either old
/// or new; a text that replaces another is on the disk itself by then, so that a power cut does no more. What a
/// killed run leaves behind (`.ci-gen-*.tmp`) is removed by the next successful write to the same
/// directory that comes more than a minute later.
///
/// # Errors
///
/// All problems at once, found before anything is touched: paths that are absolute, leave the root or get into each
/// other's way; directories, foreign files and links out of the root at a destination; whatever the system refuses,
/// such as space or rights. If the system refuses a rename at the very end, the files that were already renamed are
/// set back.
pub fn write(root: &Path, files: &[File], overwrite: Overwrite) -> Result<Vec<(String, Outcome)>, Vec<Error>> {
    write_by(root, files, overwrite, &mut put)
}

/// [`write()`], with the last step in the caller's hands.
pub(super) fn write_by(
    root: &Path,
    files: &[File],
    overwrite: Overwrite,
    put: &mut Put<'_>,
) -> Result<Vec<(String, Outcome)>, Vec<Error>> {
    let root = Root::open(root, Operation::Write).map_err(|error| vec![error])?;
    let mut errors = Vec::new();
    let mut ready = Vec::new();
    for (file, followed) in files.iter().zip(root.follow_files(files.iter().map(|it| it.path.as_str()))) {
        match followed.and_then(|(_, destination)| inspect(file, destination, overwrite)) {
            Ok(it) => ready.push((file, it)),
            Err(error) => errors.push(error),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }

    let mut wanted = Vec::new();
    let mut directories = BTreeSet::new();
    let mut outcomes = Vec::new();
    for (file, Inspected { destination, previous, outcome }) in ready {
        outcomes.push((file.path.clone(), outcome));
        directories.extend(destination.real.parent().map(Path::to_owned));
        if outcome != Outcome::Unchanged {
            wanted.push(Wanted { path: &file.path, real: destination.real, text: Some(&file.text), previous });
        }
    }
    Changes::stage(Operation::Write, &wanted)?.apply(put)?;
    staged::sweep(&directories);
    Ok(outcomes)
}

struct Inspected {
    destination: Destination,
    previous: Option<Previous>,
    outcome: Outcome,
}

fn inspect(file: &File, destination: Destination, overwrite: Overwrite) -> Result<Inspected, Error> {
    if destination.found == Found::Nothing {
        return Ok(Inspected { destination, previous: None, outcome: Outcome::Created });
    }
    let operation = Operation::Write;
    let path = || file.path.clone();
    let previous = Previous::read(&destination.real).map_err(|cause| Error::Io {
        operation,
        path: path(),
        step: "reading what is there",
        cause,
    })?;
    let outcome = match previous.text() {
        Some(text) if with_line_feeds(text) == file.text => Outcome::Unchanged,
        text if overwrite == Overwrite::Ours && text.and_then(owner).is_none() => {
            return Err(Error::NotOurs { operation, path: path() });
        }
        _ => Outcome::Updated,
    };
    Ok(Inspected { destination, previous: Some(previous), outcome })
}
