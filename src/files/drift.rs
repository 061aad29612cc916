//! Generated files against the disk.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashSet},
    fs, io,
    io::Read,
    path::{Path, PathBuf},
};

use similar::{DiffTag, TextDiff};

use crate::files::{
    destination::{Destination, Found, Root},
    owner, staged, Error, File, Operation,
};

/// More than the lines in which a header may stand ever take up.
const HEAD_BYTES: u64 = 64 * 1024;
const CONTEXT_LINES: usize = 3;

/// How a file on disk differs from what the spec makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DriftKind {
    /// It says something else.
    Changed,
    /// It names other versions of actions, images or the like, and differs in nothing else.
    PinOnly,
    /// It says the same in another layout.
    FormattingOnly,
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
    /// Who wrote what is on disk.
    pub author: Author,
    /// From the file on disk (`a/`, empty if missing) to the expected text (`b/`); empty for an orphan.
    pub diff: String,
    /// The parts of `diff`, in its order.
    pub hunks: Vec<Hunk>,
}

/// Who wrote a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    /// The file has a header of ours, or does not exist yet.
    CiGen,
    /// The file has no header of ours, and so is never written to.
    SomebodyElse,
}

/// One place at which a file differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunk {
    /// The first line on disk that differs, or behind which lines are missing, from 1.
    pub first_line: usize,
    /// The last line on disk that differs; `first_line` where lines are only missing.
    pub last_line: usize,
    /// The lines of the diff, without `@@`.
    pub text: String,
}

/// Which way a file that exists differs, given what the spec makes and what is there: `Changed`, `PinOnly` or
/// `FormattingOnly`.
pub type Classify<'a> = &'a dyn Fn(&File, &str) -> DriftKind;

/// Compares `files` with the disk; gives what differs, by path.
///
/// `classify` tells kinds of change apart; a file that somebody else wrote is always changed.
/// CRLF and LF are the same here, because Git may check files out with either. `candidates` are the paths, relative
/// to the root, of files and directories (looked into, but into theirs only with `/**` behind; `.` is the root) where
/// generated files may lie: a regular file there whose header names `spec` and which is not one of `files` is an orphan. Those that
/// do not exist are passed over, and so are symbolic links in directories.
///
/// # Errors
///
/// All problems at once: paths that are absolute, leave the root or get into each other's way, also by a symbolic
/// link; directories where a file is expected; what cannot be read.
pub fn drift(
    root: &Path,
    files: &[File],
    candidates: &[String],
    spec: &str,
    classify: Classify<'_>,
) -> Result<Vec<Drift>, Vec<Error>> {
    let root = Root::open(root, Operation::Compare).map_err(|error| vec![error])?;
    let mut errors = Vec::new();
    let mut drifts = BTreeMap::new();
    let mut known = HashSet::new();
    for (file, followed) in files.iter().zip(root.follow_files(files.iter().map(|it| it.path.as_str()))) {
        let compared = followed.and_then(|(path, destination)| {
            known.insert(identity(&destination.real));
            compare(file, &destination, classify).map_err(refused(path))
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
                let (kind, author) = (DriftKind::Orphaned, Author::CiGen);
                drifts.insert(path.clone(), Drift { path, kind, author, diff: String::new(), hunks: Vec::new() });
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
    dunce::canonicalize(real).unwrap_or_else(|_| real.to_owned())
}

/// The text with LF at the ends of its lines, as it is committed: Git may have checked it out with CRLF.
pub fn with_line_feeds(text: &str) -> Cow<'_, str> {
    if text.contains("\r\n") {
        Cow::Owned(text.replace("\r\n", "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

fn compare(file: &File, destination: &Destination, classify: Classify<'_>) -> io::Result<Option<Drift>> {
    let bytes = match destination.found {
        Found::Nothing => None,
        _ => Some(fs::read(&destination.real)?),
    };
    // Whatever is no UTF-8 cannot be equal, and still is shown as well as it can be.
    let text = String::from_utf8_lossy(bytes.as_deref().unwrap_or_default());
    let text = with_line_feeds(&text);
    let (kind, author) = match bytes {
        None => (DriftKind::Missing, Author::CiGen),
        Some(_) if text == file.text => return Ok(None),
        Some(_) if owner(&text).is_none() => (DriftKind::Changed, Author::SomebodyElse),
        Some(_) => (classify(file, &text), Author::CiGen),
    };
    let (diff, hunks) = unified(&file.path, &text, &file.text);
    Ok(Some(Drift { path: file.path.clone(), kind, author, diff, hunks }))
}

fn unified(path: &str, old: &str, new: &str) -> (String, Vec<Hunk>) {
    // Split here, because `similar` would also end lines at a lone CR, which the diff then could not show.
    let old: Vec<&str> = old.split_inclusive('\n').collect();
    let new: Vec<&str> = new.split_inclusive('\n').collect();
    let diff = TextDiff::configure().newline_terminated(true).diff_slices(&old, &new);
    let mut unified = diff.unified_diff();
    unified.context_radius(CONTEXT_LINES);
    let hunks = unified.iter_hunks().map(|hunk| {
        let changes = || hunk.ops().iter().filter(|op| op.tag() != DiffTag::Equal).map(|op| op.old_range());
        let first = changes().map(|it| it.start).min().unwrap_or(0);
        let last = changes().map(|it| it.end).max().unwrap_or(0);
        let text = hunk.to_string();
        let text = text.split_once('\n').map_or("", |(_, lines)| lines).to_owned();
        let only_missing = changes().all(|it| it.is_empty());
        // Behind the line before; at the top there is none.
        let first_line = if only_missing { first.max(1) } else { first + 1 };
        Hunk { first_line, last_line: last.max(first_line), text }
    });
    let hunks = hunks.collect();
    (unified.header(&format!("a/{path}"), &format!("b/{path}")).to_string(), hunks)
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
