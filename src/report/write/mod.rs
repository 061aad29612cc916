//! Reports out: one file per format.
//!
//! | format | file | for whom |
//! |---|---|---|
//! | `junit` | `junit.xml` | the CI systems, which show tests natively |
//! | `json` | `report.json` | tools, merging, whoever wants everything |
//! | `html` | `report.html` | people, in one file without any request |
//! | `markdown` | `report.md` | people, in a job summary or a comment |
//!
//! ```
//! use ci_gen::report::{write, Report};
//!
//! let names: Vec<&str> = write::FORMATS.iter().map(|it| it.name).collect();
//! assert_eq!(names, ["junit", "json", "html", "markdown"]);
//! let mut json = Vec::new();
//! (write::FORMATS[1].write)(&Report::default(), &mut json)?;
//! assert!(json.starts_with(b"{\n  \"schema\": 1,"));
//! # Ok::<(), std::io::Error>(())
//! ```

mod ansi;
mod html;
pub mod issues;
mod json;
mod junit;
pub mod mark;
pub mod markdown;
pub mod text;

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
pub const FORMATS: &[Format] = &[
    Format { name: "junit", file: "junit.xml", write: junit::write },
    Format { name: "json", file: "report.json", write: json::write },
    Format { name: "html", file: "report.html", write: html::write },
    Format { name: "markdown", file: "report.md", write: markdown::write },
];
