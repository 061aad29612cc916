//! Reports out: one file per format.

use std::io;

use super::Report;

/// A format that reports are written in.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// The word of `--report-formats`.
    pub name: &'static str,
    /// The file's name in the output directory.
    pub file: &'static str,
    /// Writes a report.
    pub write: fn(&Report, &mut dyn io::Write) -> io::Result<()>,
}

/// Every format, in the order in which they are listed.
pub const FORMATS: &[Format] = &[];
