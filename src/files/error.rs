//! What can keep files from being written, compared or removed.

use std::{fmt, io, path::PathBuf};

/// What was to be done with a file when an [`Error`] came up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// [`write`](crate::files::write())
    Write,
    /// [`drift`](crate::files::drift())
    Compare,
    /// [`remove`](crate::files::remove())
    Remove,
}

impl Operation {
    fn done(self) -> &'static str {
        match self {
            Operation::Write => "overwritten",
            Operation::Compare => "compared",
            Operation::Remove => "removed",
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Operation::Write => "write",
            Operation::Compare => "compare",
            Operation::Remove => "remove",
        })
    }
}

/// Why files were not written, compared or removed; [`Error::help`] gives the way out.
///
/// Unless one of them is [`Error::NotRestored`], nothing on disk was changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The path itself cannot be used, whatever is on disk.
    #[error("cannot {operation} `{path}`: {reason}")]
    Path {
        /// What was to be done.
        operation: Operation,
        /// The path as it was given.
        path: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Two paths are one file, at least where the file system ignores case.
    #[error("cannot {operation} `{path}`: `{other}` is the same file")]
    Duplicate {
        /// What was to be done.
        operation: Operation,
        /// The later path.
        path: String,
        /// The earlier path.
        other: String,
    },
    /// A directory is in the way.
    #[error("cannot {operation} `{path}`: it is a directory")]
    Directory {
        /// What was to be done.
        operation: Operation,
        /// The path that should be a file.
        path: String,
    },
    /// A file is, or will be, where the path needs a directory.
    #[error("cannot {operation} `{path}`: `{parent}` is a file, not a directory")]
    NotADirectory {
        /// What was to be done.
        operation: Operation,
        /// The path that should be a file.
        path: String,
        /// The part of it that should be a directory.
        parent: String,
    },
    /// A device, a pipe or the like is in the way, or for [`Operation::Remove`] a symbolic link.
    #[error("cannot {operation} `{path}`: it is not a regular file")]
    NotAFile {
        /// What was to be done.
        operation: Operation,
        /// The path that should be a file.
        path: String,
    },
    /// A symbolic link leads out of the root.
    #[error("cannot {operation} `{path}`: the symbolic link `{link}` leads out of the root, to `{}`", .target.display())]
    Outside {
        /// What was to be done.
        operation: Operation,
        /// The path that should be a file.
        path: String,
        /// The part of it that is the link.
        link: String,
        /// Where the link leads.
        target: PathBuf,
    },
    /// A symbolic link leads to nothing.
    #[error("cannot {operation} `{path}`: the symbolic link `{link}` leads nowhere")]
    Dangling {
        /// What was to be done.
        operation: Operation,
        /// The path that should be a file.
        path: String,
        /// The part of it that is the link.
        link: String,
    },
    /// The file carries no header of ours.
    #[error("`{path}` was not {}: ci-gen did not generate it", .operation.done())]
    NotOurs {
        /// What was to be done.
        operation: Operation,
        /// The file.
        path: String,
    },
    /// The operating system refused.
    #[error("cannot {operation} `{path}`: {step} failed: {cause}")]
    Io {
        /// What was to be done.
        operation: Operation,
        /// The file.
        path: String,
        /// Which part of it was refused, such as "staging the text".
        step: &'static str,
        /// The refusal in the system's words.
        cause: io::Error,
    },
    /// Another file could not be put in place, and this one, already changed, could not be set back.
    #[error("cannot set `{path}` back to what it was: {cause}")]
    NotRestored {
        /// The file that stays changed.
        path: String,
        /// Where its previous text was kept; absent if there was none.
        kept: Option<PathBuf>,
        /// The refusal in the system's words.
        cause: io::Error,
    },
}

impl Error {
    /// The way out, in one line without a full stop.
    pub fn help(&self) -> Option<String> {
        let help = match self {
            Error::Path { .. } => {
                "name a file inside the root with `/` between directories, such as `.github/workflows/ci.yml`"
            }
            Error::Duplicate { .. } => "give each output a path of its own",
            Error::Directory { .. } | Error::NotAFile { .. } => "move it away, or choose another path",
            Error::NotADirectory { parent, .. } => {
                return Some(format!("move `{parent}` away, or choose another path"));
            }
            Error::Outside { link, .. } => {
                return Some(format!("let `{link}` lead to a place inside the root, or choose another path"));
            }
            Error::Dangling { link, .. } => return Some(format!("remove `{link}`, or create what it leads to")),
            Error::NotOurs { operation: Operation::Write, .. } => {
                "move the file away or choose another path; `--force` overwrites it"
            }
            Error::NotOurs { .. } => "remove it by hand if nobody needs it",
            Error::Io { cause, .. } => return refused(cause.kind()).map(str::to_owned),
            Error::NotRestored { kept: Some(kept), .. } => {
                return Some(format!("its previous text is in `{}`", kept.display()));
            }
            Error::NotRestored { kept: None, .. } => "it is new: remove it by hand",
        };
        Some(help.to_owned())
    }
}

fn refused(kind: io::ErrorKind) -> Option<&'static str> {
    match kind {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Some("free some space and try again"),
        io::ErrorKind::PermissionDenied => Some("give yourself the right to read and write there"),
        io::ErrorKind::ReadOnlyFilesystem => Some("choose a root on a file system that can be written to"),
        io::ErrorKind::NotFound => Some("another program may have changed the files meanwhile: try again"),
        _ => None,
    }
}
