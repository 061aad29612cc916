//! What a run tells the CI system that it runs on, in its log and in the files that variables name.

use crate::report::Report;

/// What an announcement is made from.
#[derive(Clone, Copy, Debug)]
pub struct Announced<'a> {
    /// What happened.
    pub report: &'a Report,
    /// The absolute path of `report.md`, if it was written.
    pub markdown: Option<&'a str>,
    /// A word that nobody can foresee, letters and digits, where a format needs a mark that no value may hold.
    pub token: &'a str,
}

/// What a run tells its system. Lines and texts are in the system's own language, with everything escaped that came from
/// tests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Announcement {
    /// Lines for the log, without line breaks.
    pub log: Vec<String>,
    /// A file that takes the report as Markdown.
    pub summary: Option<Summary>,
    /// Texts to append to files.
    pub files: Vec<Append>,
}

/// A file that takes the report as Markdown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The variable that names it.
    pub variable: &'static str,
    /// Bytes that it may have in the end, what others wrote there included.
    pub limit: u64,
}

/// A text to append to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Append {
    /// The variable that names the file.
    pub variable: &'static str,
    /// The text, with its line breaks.
    pub text: String,
}
