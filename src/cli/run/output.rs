//! The reports on disk: all of them or none, and nobody else's files.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::results::Match;
use crate::{
    files::{self, slashed, File, Overwrite},
    report::{
        read::read,
        write::{Format, FORMATS},
        Report,
    },
};

/// The directory that reports go to.
#[derive(Debug)]
pub(super) struct Output {
    directory: PathBuf,
    formats: Vec<&'static Format>,
}

impl Output {
    /// Looks whether the reports can be written; nothing is written yet.
    ///
    /// # Errors
    /// What stands in the way, and the way out.
    pub(super) fn open(directory: &Path, formats: Vec<&'static Format>) -> Result<Output, String> {
        let shown = slashed(directory);
        if directory.exists() && !directory.is_dir() {
            return Err(format!("`{shown}` is a file\nhelp: name a directory with `--output-dir DIR`"));
        }
        takes_files(directory).map_err(|why| {
            format!("cannot write to `{shown}`: {why}\nhelp: name another directory with `--output-dir DIR`")
        })?;
        let output = Output { directory: directory.to_owned(), formats };
        match output.foreign() {
            Some(path) => Err(format!(
                "`{}` is no report of ci-gen and would be overwritten\nhelp: name another directory with `--output-dir DIR`",
                slashed(&path)
            )),
            None => Ok(output),
        }
    }

    /// The first file that is in the way and not ours.
    fn foreign(&self) -> Option<PathBuf> {
        let paths = self.formats.iter().map(|format| self.directory.join(format.file));
        paths.into_iter().find(|path| fs::metadata(path).is_ok_and(|it| it.len() > 0) && !is_ours(path))
    }

    /// The reports that [`Output::write`] writes, as people find them.
    pub(super) fn paths(&self) -> Vec<String> {
        self.formats.iter().map(|format| slashed(&self.directory.join(format.file))).collect()
    }

    /// Whether a file that a pattern matches is a report of an earlier run, and not meant.
    pub(super) fn is_own(&self, file: &Match) -> bool {
        let named = |path: &Path| FORMATS.iter().any(|it| path.file_name().is_some_and(|name| name == it.file));
        !file.literal && named(&file.path) && self.holds(&file.path) && is_ours(&file.path)
    }

    /// Whether something lies in the directory itself.
    pub(super) fn holds(&self, path: &Path) -> bool {
        let (Some(parent), Ok(own)) = (path.parent(), dunce::canonicalize(&self.directory)) else { return false };
        dunce::canonicalize(parent).is_ok_and(|it| it == own)
    }

    /// Writes every report or none. Links out of the directory are not followed.
    ///
    /// # Errors
    /// Everything that went wrong.
    pub(super) fn write(&self, report: &Report) -> Result<(), Vec<String>> {
        if let Some(path) = self.foreign() {
            return Err(vec![format!("cannot write `{}`: the command wrote it itself", slashed(&path))]);
        }
        let mut written = Vec::new();
        for format in &self.formats {
            let mut bytes = Vec::new();
            (format.write)(report, &mut bytes).map_err(|error| vec![failure(format, &error)])?;
            let text = String::from_utf8_lossy(&bytes).into_owned();
            written.push(File { path: format.file.to_owned(), text });
        }
        let errors = files::write(&self.directory, &written, Overwrite::Anything).err().unwrap_or_default();
        match errors.is_empty() {
            true => Ok(()),
            false => Err(errors.iter().map(ToString::to_string).collect()),
        }
    }
}

/// Whether reports could be written to a directory that may be still to make: better asked before an hour of tests.
fn takes_files(directory: &Path) -> io::Result<()> {
    let there = directory.ancestors().find(|it| it.exists()).unwrap_or(Path::new("."));
    if !there.is_dir() {
        return Err(io::Error::other(format!("`{}` is no directory", slashed(there))));
    }
    tempfile::tempfile_in(there).map(|_| ())
}

fn failure(format: &Format, error: &io::Error) -> String {
    format!("cannot write `{}`: {error}", format.file)
}

/// Whether a file is a report that ci-gen wrote: data tells where it ran, pages name ci-gen. Markdown says neither, and
/// nothing else is written under that name.
fn is_ours(path: &Path) -> bool {
    let Ok(bytes) = fs::read(path) else { return false };
    path.extension().is_some_and(|it| it == "md")
        || String::from_utf8_lossy(&bytes).contains(WRITTEN)
        || read(&path.display().to_string(), bytes.as_slice()).run.is_some()
}

/// What `junit.xml` and `report.html` of ours hold.
const WRITTEN: &str = "Written by ci-gen";
