//! The file of `--http-log`.

use std::{fs, io, path::Path};

use serde_json::Value;

use crate::files::{self, File, Overwrite};

/// Whether a log may be written there: better asked before an hour of tests.
///
/// # Errors
/// What stands in the way.
pub(super) fn check(path: &Path) -> Result<(), String> {
    match fs::read(path) {
        Ok(bytes) if bytes.is_empty() || is_ours(&bytes) => Ok(()),
        Ok(_) => Err(format!("`{}` exists and is no log of ci-gen", path.display())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(format!("`{}` cannot be written: {error}", path.display())),
    }
}

fn is_ours(bytes: &[u8]) -> bool {
    let archive: Option<Value> = serde_json::from_slice(bytes).ok();
    archive.is_some_and(|it| it["log"]["creator"]["name"] == "ci-gen")
}

/// Writes an archive.
///
/// # Errors
/// Why it cannot be written.
pub(super) fn write(path: &Path, archive: &Value) -> Result<(), String> {
    let name = path.file_name().ok_or_else(|| format!("`{}` is no file", path.display()))?;
    let directory = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let text = serde_json::to_string_pretty(archive).unwrap_or_default() + "\n";
    let file = File { path: name.to_string_lossy().into_owned(), text };
    let written = files::write(directory, &[file], Overwrite::Anything);
    written.map(|_| ()).map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
}
