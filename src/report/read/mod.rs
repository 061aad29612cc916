//! Result files in: the format is told by content, what can be read is kept, everything odd is said with its line.

mod own;

use std::io::BufRead;

pub use self::own::take_reasons;
use super::{Case, Note, Run, Suite};

/// What was read from one file or several.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// The suites, in the order of the file.
    pub suites: Vec<Suite>,
    /// The tests; [`Case::suite`] is a position in [`Reading::suites`].
    pub cases: Vec<Case>,
    /// Everything odd, with its line.
    pub problems: Vec<Problem>,
    /// Where the tests ran, if the file says so; only ci-gen's own formats do.
    pub run: Option<Run>,
}

/// Something odd in a result file.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// Whether the run fails because of it.
    pub weight: Weight,
    /// What is odd and where.
    pub note: Note,
}

/// How much a [`Problem`] weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Worth saying; the results stand.
    Warning,
    /// Results are missing or cannot be trusted: the run fails.
    Error,
}

/// A format of result files.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// The word that messages use: `junit`.
    pub name: &'static str,
    /// Whether a file that begins like this is of the format; the text is UTF-8, at most some kilobytes long, and may end
    /// anywhere.
    pub sniff: fn(&str) -> bool,
    /// Reads a file as UTF-8 to its end and adds to the reading what is in it. Whatever the bytes are, it never fails: what
    /// is wrong becomes a [`Problem`].
    pub read: fn(&mut dyn BufRead, &mut Reading),
}

/// Every format, the most particular first.
pub const FORMATS: &[Format] = &[];
