//! What the header of a suite promises, against what is in it: results must not get lost in silence.

use super::xml::Xml;

/// What is in a suite.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Found {
    /// Elements of tests.
    pub(super) tests: u64,
    /// Those of them that failed or broke.
    pub(super) failures: u64,
    /// Failures of the suite itself, each of which became a test.
    pub(super) suite_errors: u64,
    /// Elements for further attempts inside of tests.
    pub(super) reruns: u64,
    /// Failures of tests beyond their first one, and those of tests that are still to do.
    pub(super) further: u64,
    /// Those of the elements that the header may leave out, because they are attempts of another test or part of one.
    pub(super) merged: u64,
    /// Tests and failures that were already found missing.
    pub(super) missing: u64,
}

impl Found {
    pub(super) fn add(&mut self, other: Found) {
        self.tests += other.tests;
        self.failures += other.failures;
        self.suite_errors += other.suite_errors;
        self.reruns += other.reruns;
        self.further += other.further;
        self.merged += other.merged;
        self.missing = self.missing.saturating_add(other.missing);
    }
}

/// What a header says, and of which element.
#[derive(Clone, Debug, Default)]
pub(super) struct Header {
    pub(super) line: u64,
    /// How messages call it: ``<testsuite> `name` ``.
    pub(super) what: String,
    pub(super) tests: Option<u64>,
    /// Failures and errors.
    pub(super) failures: Option<u64>,
    /// Whether pytest wrote it.
    pub(super) pytest: bool,
}

/// How many more tests a header may promise than there are elements, by everybody who is known to do that.
const EXCEPTIONS: &[fn(&Header, &Found) -> u64] = &[
    // pytest 9 counts subtests, and writes an element only for the test around them.
    |header, found| if header.pytest && found.tests > 0 { u64::MAX } else { 0 },
    // Surefire counts every rerun, which is an element inside of the test.
    |_, found| found.reruns,
];

/// Compares and says what does not fit; `own` is what the suite itself holds, `all` also what is in suites inside of it,
/// since some tools count the one and some the other.
pub(super) fn compare(xml: &mut Xml<'_>, header: &Header, own: Found, all: &mut Found) {
    let Header { line, what, .. } = header;
    if let Some(promised) = header.tests {
        let most = (all.tests + all.suite_errors).saturating_add(all.missing);
        let excused = EXCEPTIONS.iter().map(|more| more(header, all)).max().unwrap_or(0);
        let fits = |found: Found| {
            (found.tests.saturating_sub(found.merged)..=found.tests + found.suite_errors).contains(&promised)
        };
        if promised > most.saturating_add(excused) {
            let message = match most {
                0 => format!("{what} promises {promised} tests, but lists none"),
                _ => format!("{what} promises {promised} tests, but lists only {most}"),
            };
            xml.reading.error("fewer-tests", *line, message);
            all.missing = all.missing.saturating_add(promised - most);
        } else if promised < most && !fits(own) && !fits(*all) {
            let message = format!("{what} counts {promised} tests, but lists {most}; the listed ones count");
            xml.reading.warn("header", *line, message);
        }
    }
    let Some(promised) = header.failures else { return };
    let found = all.failures + all.suite_errors;
    if promised > 0 && found == 0 && all.reruns == 0 && all.further == 0 && all.missing == 0 {
        let message = format!("{what} counts {promised} failures, but no test in it failed");
        xml.reading.error("lost-failures", *line, message);
        all.missing = all.missing.saturating_add(promised);
    } else if promised != found && promised != own.failures + own.suite_errors && promised != all.failures {
        let within = found..=(found + all.reruns + all.further).saturating_add(all.missing);
        if !within.contains(&promised) {
            let message = format!("{what} counts {promised} failures, but lists {found}; the listed ones count");
            xml.reading.warn("header", *line, message);
        }
    }
}
