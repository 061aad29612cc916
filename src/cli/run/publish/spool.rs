//! The file with what could not be published: found beside results, written, removed.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    files::{self, File, Overwrite},
    publish::{Unpublished, SPOOL},
};

/// What lies beside the report whose results these are: only where that is all there is.
///
/// # Errors
/// Why the file cannot be read.
pub(super) fn find(results: &[PathBuf]) -> Result<Option<(PathBuf, Unpublished)>, String> {
    let [only] = results else { return Ok(None) };
    let Some(directory) = only.parent().filter(|_| only.file_name().is_some_and(|it| it == "report.json")) else {
        return Ok(None);
    };
    Ok(Unpublished::read(directory)?.map(|it| (directory.to_owned(), it)))
}

/// Writes what is left to publish, or removes what an earlier run left; `true` if there is something left.
///
/// # Errors
/// Why that cannot be done.
pub(super) fn settle(directory: &Path, left: &Unpublished) -> Result<bool, String> {
    if left.things.is_empty() {
        return match fs::remove_file(Unpublished::path(directory)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(format!(
                "`{}` is done with, but cannot be removed: {error}",
                Unpublished::path(directory).display()
            )),
            _ => Ok(false),
        };
    }
    let file = File { path: SPOOL.to_owned(), text: left.text() };
    let written = files::write(directory, &[file], Overwrite::Anything);
    written.map(|_| true).map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
}
