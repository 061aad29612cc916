//! Generated files against the disk.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashSet},
    fs, io,
    io::Read,
    path::{Path, PathBuf},
};

use similar::TextDiff;

use crate::files::{
    destination::{Destination, Found, Root},
    owner, staged, Error, File, Operation,
};
use crate::pins::only_pins_differ;

/// More than the lines in which a header may stand ever take up.
const HEAD_BYTES: u64 = 64 * 1024;
const CONTEXT_LINES: usize = 3;

/// How a file on disk differs from what the spec makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DriftKind {
    /// It has another text.
    Changed,
    /// Only versions of actions, images or orbs differ, as after a bot's bump.
    PinOnly,
    /// It is not there.
    Missing,
    /// It was generated from this spec, which no longer makes it.
    Orphaned,
}

/// One file that is not as the spec makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    /// The file, relative to the root, `/`-separated.
    pub path: String,
    /// In which way it differs.
    pub kind: DriftKind,
    /// From the file on disk (`a/`, empty if missing) to the expected text (`b/`); empty for an orphan.
    pub diff: String,
}

/// Compares `files` with the disk; gives what differs, by path.
///
/// CRLF and LF are the same here, because Git may check files out with either. `candidates` are the paths, relative
/// to the root, of files and directories (looked into, but into theirs only with `/**` behind; `.` is the root) where
/// generated files may lie: a regular file there whose header names `spec` and which is not one of `files` is an orphan. Those that
/// do not exist are passed over, and so are symbolic links in directories.
///
/// # Errors
///
/// All problems at once: paths that are absolute, leave the root or get into each other's way, also by a symbolic
/// link; directories where a file is expected; what cannot be read.
pub fn drift(root: &Path, files: &[File], candidates: &[String], spec: &str) -> Result<Vec<Drift>, Vec<Error>> {
    let root = Root::open(root, Operation::Compare).map_err(|error| vec![error])?;
    let mut errors = Vec::new();
    let mut drifts = BTreeMap::new();
    let mut known = HashSet::new();
    for (file, followed) in files.iter().zip(root.follow_files(files.iter().map(|it| it.path.as_str()))) {
        let compared = followed.and_then(|(path, destination)| {
            known.insert(identity(&destination.real));
            compare(file, &destination).map_err(refused(path))
        });
        match compared {
            Ok(it) => drifts.extend(it.map(|it| (file.path.clone(), it))),
            Err(error) => errors.push(error),
        }
    }
    for (path, real) in candidates.iter().flat_map(|it| files_at(&root, it, &mut errors)).collect::<Vec<_>>() {
        // Candidates may overlap: a file's first path stands for it.
        if !known.insert(identity(&real)) {
            continue;
        }
        match owner_of(&real) {
            Ok(Some(named)) if named == spec => {
                drifts.insert(path.clone(), Drift { path, kind: DriftKind::Orphaned, diff: String::new() });
            }
            Ok(_) => {}
            Err(cause) => errors.push(refused(&path)(cause)),
        }
    }
    if errors.is_empty() {
        Ok(drifts.into_values().collect())
    } else {
        Err(errors)
    }
}

/// One path for all spellings that the file system takes for one file.
fn identity(real: &Path) -> PathBuf {
    fs::canonicalize(real).unwrap_or_else(|_| real.to_owned())
}

/// The text with LF at the ends of its lines.
pub(super) fn with_line_feeds(text: &str) -> Cow<'_, str> {
    if text.contains("\r\n") {
        Cow::Owned(text.replace("\r\n", "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

fn compare(file: &File, destination: &Destination) -> io::Result<Option<Drift>> {
    let (kind, bytes) = match destination.found {
        Found::Nothing => (DriftKind::Missing, Vec::new()),
        _ => (DriftKind::Changed, fs::read(&destination.real)?),
    };
    // Whatever is no UTF-8 cannot be equal, and still is shown as well as it can be.
    let text = String::from_utf8_lossy(&bytes);
    let text = with_line_feeds(&text);
    if kind == DriftKind::Changed && text == file.text {
        return Ok(None);
    }
    let kind = match only_pins_differ(&file.text, &text) {
        Some(_) if kind == DriftKind::Changed => DriftKind::PinOnly,
        _ => kind,
    };
    Ok(Some(Drift { path: file.path.clone(), kind, diff: unified(&file.path, &text, &file.text) }))
}

fn unified(path: &str, old: &str, new: &str) -> String {
    // Split here, because `similar` would also end lines at a lone CR, which the diff then could not show.
    let old: Vec<&str> = old.split_inclusive('\n').collect();
    let new: Vec<&str> = new.split_inclusive('\n').collect();
    TextDiff::configure()
        .newline_terminated(true)
        .diff_slices(&old, &new)
        .unified_diff()
        .context_radius(CONTEXT_LINES)
        .header(&format!("a/{path}"), &format!("b/{path}"))
        .to_string()
}

/// The regular files that a candidate stands for, by path, with the place where each really is.
fn files_at(root: &Root, candidate: &str, errors: &mut Vec<Error>) -> Vec<(String, PathBuf)> {
    let (candidate, depth) = match candidate.strip_suffix("/**") {
        Some(directory) => (directory, Depth::Everything),
        None => (candidate.trim_end_matches('/'), Depth::Directory),
    };
    let followed = if candidate == "." { Ok(root.itself()) } else { root.follow(candidate) };
    let listed = match followed {
        Ok(Destination { real, found: Found::Directory, .. }) => {
            list(candidate, &real, depth).map_err(refused(candidate))
        }
        Ok(Destination { real, found: Found::File, linked: false }) => Ok(vec![(candidate.to_owned(), real)]),
        Ok(_) => Ok(Vec::new()),
        // Nothing can lie there. Where one of our files should, following that one says so.
        Err(Error::NotADirectory { .. } | Error::Dangling { .. }) => Ok(Vec::new()),
        Err(error) => Err(error),
    };
    listed.unwrap_or_else(|error| {
        errors.push(error);
        Vec::new()
    })
}

/// How far below a directory files are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Depth {
    Directory,
    Everything,
}

fn list(candidate: &str, directory: &Path, depth: Depth) -> io::Result<Vec<(String, PathBuf)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        // No name of ours is anything but UTF-8, and what is staged belongs to a run that may still be at it.
        let Some(name) = entry.file_name().to_str().filter(|it| !staged::is_staged(it)).map(str::to_owned) else {
            continue;
        };
        let path = if candidate == "." { name } else { format!("{candidate}/{name}") };
        let kind = entry.file_type()?;
        if kind.is_file() {
            files.push((path, entry.path()));
        } else if kind.is_dir() && depth == Depth::Everything {
            files.extend(list(&path, &entry.path(), depth)?);
        }
    }
    files.sort();
    Ok(files)
}

fn owner_of(real: &Path) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    fs::File::open(real)?.take(HEAD_BYTES).read_to_end(&mut bytes)?;
    let text = match std::str::from_utf8(&bytes) {
        Ok(text) => text,
        // The last character was cut.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return Ok(None),
    };
    Ok(owner(text))
}

fn refused(path: &str) -> impl FnOnce(io::Error) -> Error + '_ {
    |cause| Error::Io { operation: Operation::Compare, path: path.to_owned(), step: "reading it", cause }
}
