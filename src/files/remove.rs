//! Generated files off the disk, all or none.

use std::path::Path;

use crate::files::{
    changes::{put, Changes, Previous, Put, Wanted},
    destination::{Destination, Found, Root},
    owner, Error, Operation,
};

/// Removes orphans that [`drift`](crate::files::drift()) found, or none of them.
///
/// One that is already gone is fine. Directories stay, even empty ones.
///
/// # Errors
///
/// All problems at once, found before anything is touched: paths that leave the root, directories, symbolic links,
/// files without a header of ours, whatever the system refuses. If it refuses at the very end, the files that were
/// already removed are put back.
pub fn remove(root: &Path, orphans: &[String]) -> Result<(), Vec<Error>> {
    remove_by(root, orphans, &mut put)
}

/// [`remove()`], with the last step in the caller's hands.
pub(super) fn remove_by(root: &Path, orphans: &[String], put: &mut Put<'_>) -> Result<(), Vec<Error>> {
    let root = Root::open(root, Operation::Remove).map_err(|error| vec![error])?;
    let mut errors = Vec::new();
    let mut ready = Vec::new();
    for followed in root.follow_files(orphans.iter().map(String::as_str)) {
        match followed.and_then(|(path, destination)| inspect(path, destination)) {
            Ok(it) => ready.extend(it),
            Err(error) => errors.push(error),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    Changes::stage(Operation::Remove, &ready)?.apply(put)
}

fn inspect(path: &str, destination: Destination) -> Result<Option<Wanted<'_>>, Error> {
    let operation = Operation::Remove;
    if destination.found == Found::Nothing {
        return Ok(None);
    }
    if destination.linked {
        return Err(Error::NotAFile { operation, path: path.to_owned() });
    }
    let previous = Previous::read(&destination.real).map_err(|cause| Error::Io {
        operation,
        path: path.to_owned(),
        step: "reading it",
        cause,
    })?;
    match previous.text().and_then(owner) {
        Some(_) => Ok(Some(Wanted { path, real: destination.real, text: None, previous: Some(previous) })),
        None => Err(Error::NotOurs { operation, path: path.to_owned() }),
    }
}
