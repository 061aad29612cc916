//! Result files in: the format is told by content, what can be read is kept, everything odd is said with its line.

mod attempts;
mod ctrf;
mod dart;
mod decode;
mod go;
mod header;
mod json;
mod junit;
mod keep;
mod libtest;
mod lines;
mod mocha;
mod nunit;
mod own;
mod reasons;
mod rspec;
mod tap;
mod test_run_result;
mod text;
mod time;
mod trx;
mod value;
mod xml;
mod xunit;

use std::io::{self, BufRead};

use serde::Serialize;

use self::decode::Decoded;
pub use self::reasons::take_reasons;
use super::{Case, Note, Run, Suite, Totals};

/// What was read from one file or several.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Reading {
    /// The suites, in the order of the file.
    pub suites: Vec<Suite>,
    /// The tests; [`Case::suite`] is a position in [`Reading::suites`].
    pub cases: Vec<Case>,
    /// Everything odd, with its line.
    pub problems: Vec<Problem>,
    /// Where the tests ran, if the file says so; only ci-gen's own formats do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<Run>,
}

/// Something odd in a result file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Problem {
    /// Whether the run fails because of it.
    pub weight: Weight,
    /// What is odd and where.
    #[serde(flatten)]
    pub note: Note,
}

/// How much a [`Problem`] weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
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
    /// is wrong becomes a [`Problem`]. [`Suite::file`], [`Suite::totals`] and the file of problems are filled in by [`read()`].
    pub read: fn(&mut dyn BufRead, &mut Reading),
}

/// Every format, the most particular first.
pub const FORMATS: &[Format] = &[
    junit::FORMAT,
    nunit::FORMAT,
    xunit::FORMAT,
    trx::FORMAT,
    own::FORMAT,
    test_run_result::FORMAT,
    ctrf::FORMAT,
    mocha::FORMAT,
    rspec::FORMAT,
    dart::FORMAT,
    libtest::FORMAT,
    go::FORMAT,
    tap::FORMAT,
];

/// Of problems with the same code in the same file, as many are listed.
const LISTED: usize = 20;

/// Reads a result file. Its format and encoding are told by its content; the name is only written into what was read.
///
/// It never fails. What is odd or missing stands in [`Reading::problems`], a file that is no result file at all as an
/// error there: `empty-file`, `binary-file` or `unknown-format`.
///
/// ```
/// use ci_gen::report::read;
///
/// let reading = read::read("a.xml", "".as_bytes());
/// assert_eq!(reading.problems[0].note.code, "empty-file");
/// ```
pub fn read(name: &str, source: impl io::Read) -> Reading {
    read_as(FORMATS, name, source)
}

fn read_as(formats: &[Format], name: &str, source: impl io::Read) -> Reading {
    let mut reading = Reading::default();
    let mut text = Decoded::new(source);
    let head = text.head();
    match formats.iter().find(|format| (format.sniff)(head)) {
        Some(format) => (format.read)(&mut text, &mut reading),
        None if text.is_whole() && is_blank(head) => {
            reading.error("empty-file", 1, "the file is empty: whatever should write it did not".to_owned());
        }
        None if head.contains('\0') => {
            reading.error("binary-file", 1, "the file holds binary data, not test results".to_owned());
        }
        None => {
            let names: Vec<&str> = formats.iter().map(|format| format.name).collect();
            let root = xml::root_name(head).map(|root| format!(" with the root element <{root}>")).unwrap_or_default();
            let message = format!("the file{root} is in no format that is known: {}", names.join(", "));
            reading.error("unknown-format", 1, message);
        }
    }
    text.tell(&mut reading);
    take_reasons(&mut reading);
    for suite in &mut reading.suites {
        // Our own report says where its suites were read from.
        suite.file.get_or_insert_with(|| name.to_owned());
        suite.totals = Totals::default();
    }
    for case in &reading.cases {
        if let Some(suite) = reading.suites.get_mut(case.suite) {
            suite.totals.count(case);
        }
    }
    for problem in &mut reading.problems {
        // A reason that our own report gives back has its own place.
        problem.note.file.get_or_insert_with(|| name.to_owned());
    }
    reading.problems.sort_by_key(|problem| problem.note.line);
    reading
}

/// A file that was made longer and never written is full of zeros.
fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || matches!(c, '\0' | '\u{feff}'))
}

impl Reading {
    /// Says something that is worth saying, while the results stand; lines are counted from 1.
    pub(super) fn warn(&mut self, code: &str, line: u64, message: String) {
        self.add(Weight::Warning, code, line, message);
    }

    /// Says why results are missing or cannot be trusted; lines are counted from 1.
    pub(super) fn error(&mut self, code: &str, line: u64, message: String) {
        self.add(Weight::Error, code, line, message);
    }

    fn add(&mut self, weight: Weight, code: &str, line: u64, message: String) {
        let same = self.problems.iter().filter(|it| it.note.code == code && it.weight == weight).count();
        let message = match same {
            ..LISTED => message,
            LISTED => format!("there is more of this; only the first {LISTED} are listed"),
            _ => return,
        };
        let note = Note { code: code.to_owned(), message, file: None, line: Some(line) };
        self.problems.push(Problem { weight, note });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(bytes: &[u8]) -> String {
        let reading = read("x", bytes);
        assert_eq!(reading.problems.len(), 1, "{:?}", reading.problems);
        let problem = &reading.problems[0];
        assert_eq!((problem.weight, problem.note.file.as_deref()), (Weight::Error, Some("x")));
        assert!(reading.suites.is_empty() && reading.cases.is_empty());
        problem.note.code.clone()
    }

    #[test]
    fn what_is_no_result_file_is_an_error() {
        assert_eq!(code(b""), "empty-file");
        assert_eq!(code(b"\xef\xbb\xbf \r\n\t"), "empty-file");
        assert_eq!(code(&[0; 40_000]), "binary-file");
        assert_eq!(code(&[0; 40]), "empty-file");
        assert_eq!(code(b"PK\x03\x04\0\0\0\0"), "binary-file");
        assert_eq!(code(b"Hello, world\n"), "unknown-format");
    }

    #[test]
    fn formats_are_told_by_content_and_the_name_is_stamped() {
        let format = Format {
            name: "lines",
            sniff: |head| head.starts_with("lines"),
            read: |text, reading| {
                let mut all = String::new();
                text.read_to_string(&mut all).unwrap();
                reading.suites.push(Suite { name: all, ..Suite::default() });
                reading.warn("odd", 2, "two".to_owned());
                reading.error("odd", 1, "one".to_owned());
            },
        };
        let reading = read_as(&[format], "a/b", "lines\nä\n".as_bytes());
        assert_eq!(reading.suites[0].name, "lines\nä\n");
        assert_eq!(reading.suites[0].file.as_deref(), Some("a/b"));
        assert_eq!(reading.problems.iter().map(|it| it.note.line).collect::<Vec<_>>(), [Some(1), Some(2)]);
    }

    #[test]
    fn problems_of_one_kind_do_not_fill_the_memory() {
        let mut reading = Reading::default();
        for line in 1..1000 {
            reading.warn("odd", line, "odd".to_owned());
        }
        assert_eq!(reading.problems.len(), LISTED + 1);
        assert!(reading.problems[LISTED].note.message.contains("more"));
    }
}
