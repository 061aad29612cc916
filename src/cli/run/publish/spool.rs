//! The file with what could not be published: found beside results, written, removed.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use crate::{
    context::Context,
    files::{self, slashed, File, Overwrite},
    publish::{Unpublished, SPOOL},
    report::Run,
};

/// What lies beside the report whose results these are: only where that is all there is.
///
/// # Errors
/// Why the file cannot be read, or does not count.
pub(super) fn find(results: &[PathBuf]) -> Result<Option<(PathBuf, Unpublished)>, String> {
    let [only] = results else { return Ok(None) };
    let Some(directory) = only.parent().filter(|_| only.file_name().is_some_and(|it| it == "report.json")) else {
        return Ok(None);
    };
    let Some(left) = Unpublished::read(directory)? else { return Ok(None) };
    check_run(&left, only)?;
    Ok(Some((directory.to_owned(), left)))
}

/// Whether the report beside the file is still that of its run: a run after it may have replaced the one and not the other.
///
/// # Errors
/// What to say.
fn check_run(left: &Unpublished, report: &Path) -> Result<(), String> {
    #[derive(Deserialize)]
    struct Head {
        run: Run,
    }
    let shown = slashed(report);
    let text = fs::read_to_string(report).map_err(|error| format!("cannot read `{shown}`: {error}"))?;
    let head: Head =
        serde_json::from_str(&text).map_err(|error| format!("`{shown}` is no report of ci-gen: {error}"))?;
    match head.run == left.run {
        true => Ok(()),
        false => Err(format!("`{SPOOL}` is of another run than `{shown}`, so nothing of it is published")),
    }
}

/// Code hosts that everybody may use. A token for one of them goes there and nowhere else.
const PUBLIC: &[&str] = &["https://github.com", "https://gitlab.com", "https://bitbucket.org", "https://dev.azure.com"];

/// Whether the code host that a file names may get a token: a file that came from somewhere must not choose who that is. It is
/// the one that is known here, from variables or the checkout, or one that everybody may use.
///
/// # Errors
/// What to say.
pub(super) fn check_host(left: &Unpublished, here: &Context) -> Result<(), String> {
    let Some(host) = &left.host else { return Ok(()) };
    let known = here.host.as_ref().is_some_and(|it| it.value == *host);
    let is_public = |it: &&str| host.strip_prefix(*it).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    match known || PUBLIC.iter().any(is_public) {
        true => Ok(()),
        false => Err(format!(
            "`{SPOOL}` is of a run at {host}, which is not the code host here, so nothing of it is published\n\
             help: run this in a checkout of that repository"
        )),
    }
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
                slashed(&Unpublished::path(directory))
            )),
            _ => Ok(false),
        };
    }
    let file = File { path: SPOOL.to_owned(), text: left.text() };
    let written = files::write(directory, &[file], Overwrite::Anything);
    written.map(|_| true).map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
}
