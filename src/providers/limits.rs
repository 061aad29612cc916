//! How much vendors take, in one table, each with where that is said.

use std::borrow::Cow;

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Bytes of UTF-8.
    Bytes,
    /// Characters.
    Characters,
    /// Things.
    Items,
}

/// A limit of a vendor's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Whose limit it is.
    pub vendor: &'static str,
    /// What of.
    pub what: &'static str,
    /// The most that is taken.
    pub most: usize,
    /// What is counted.
    pub unit: Unit,
    /// Where it is said.
    pub source: &'static str,
}

impl Limit {
    /// A text that is not longer than the limit; one that was cut ends in `…`.
    ///
    /// ```
    /// use ci_gen::providers::{Limit, Unit};
    ///
    /// let limit = Limit { vendor: "", what: "", most: 5, unit: Unit::Bytes, source: "" };
    /// assert_eq!(limit.cut("short"), "short");
    /// assert_eq!(limit.cut("ääää"), "ä…");
    /// ```
    pub fn cut<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let fits = match self.unit {
            Unit::Bytes => text.len() <= self.most,
            Unit::Characters | Unit::Items => text.chars().count() <= self.most,
        };
        if fits {
            return Cow::Borrowed(text);
        }
        let mut room = match self.unit {
            Unit::Bytes => self.most.saturating_sub('…'.len_utf8()),
            Unit::Characters | Unit::Items => self.most.saturating_sub(1),
        };
        let mut out = String::new();
        for c in text.chars() {
            let size = if self.unit == Unit::Bytes { c.len_utf8() } else { 1 };
            if size > room {
                break;
            }
            room -= size;
            out.push(c);
        }
        if self.most >= '…'.len_utf8() {
            out.push('…');
        }
        Cow::Owned(out)
    }
}

/// Results of tests that are added to a run at once; what hangs under a result does not count.
pub(crate) const AZURE_RESULTS: Limit = Limit {
    vendor: "Azure DevOps",
    what: "results in a request",
    most: 1000,
    unit: Unit::Items,
    source: "https://github.com/dotnet/arcade/pull/17322",
};
/// Test runs of a list that are given at once.
pub(crate) const AZURE_RUNS: Limit = Limit {
    vendor: "Azure DevOps",
    what: "test runs in an answer",
    most: 100,
    unit: Unit::Items,
    source: "https://learn.microsoft.com/rest/api/azure/devops/test/runs/query",
};
/// Results of tests that are given at once.
pub(crate) const AZURE_LIST: Limit = Limit {
    vendor: "Azure DevOps",
    what: "results in an answer",
    most: 1000,
    unit: Unit::Items,
    source: "https://learn.microsoft.com/rest/api/azure/devops/test/results/list",
};
/// The name of a run, a test, a job or a file.
pub(crate) const AZURE_NAME: Limit = Limit {
    vendor: "Azure DevOps",
    what: "a name",
    most: 256,
    unit: Unit::Characters,
    source: "https://learn.microsoft.com/rest/api/azure/devops/test/runs/create#jobreference",
};
/// What went wrong in a test or in a run.
pub(crate) const AZURE_MESSAGE: Limit = Limit {
    vendor: "Azure DevOps",
    what: "an error message",
    most: 4000,
    unit: Unit::Characters,
    source: "https://github.com/microsoft/azure-pipelines-tasks/issues/16696",
};
/// The stack trace of a test.
pub(crate) const AZURE_TRACE: Limit = Limit {
    vendor: "Azure DevOps",
    what: "a stack trace",
    most: 1000,
    unit: Unit::Characters,
    source: "https://learn.microsoft.com/rest/api/azure/devops/test/results/add#testcaseresult",
};
/// A file that is attached to a test run: as base64 it has 100 MiB.
pub(crate) const AZURE_ATTACHMENT: Limit = Limit {
    vendor: "Azure DevOps",
    what: "an attachment",
    most: 75 * 1024 * 1024,
    unit: Unit::Bytes,
    source: "https://github.com/microsoft/azure-pipelines-agent/blob/master/src/Agent.Worker/TestResults/TestRunPublisher.cs",
};
/// A comment on a pull request.
pub(crate) const AZURE_COMMENT: Limit = Limit {
    vendor: "Azure DevOps",
    what: "a comment",
    most: 150_000,
    unit: Unit::Characters,
    source: "https://github.com/runatlantis/atlantis/issues/1585",
};
/// What a build problem says.
pub(crate) const TEAMCITY_PROBLEM: Limit = Limit {
    vendor: "TeamCity",
    what: "a build problem",
    most: 4000,
    unit: Unit::Characters,
    source: "https://www.jetbrains.com/help/teamcity/service-messages.html#Reporting+Build+Problems",
};
/// What tells a build problem from others.
pub(crate) const TEAMCITY_PROBLEM_ID: Limit = Limit {
    vendor: "TeamCity",
    what: "the identity of a build problem",
    most: 60,
    unit: Unit::Characters,
    source: "https://www.jetbrains.com/help/teamcity/service-messages.html#Reporting+Build+Problems",
};

/// Every limit.
pub const LIMITS: &[&Limit] = &[
    &AZURE_RESULTS,
    &AZURE_RUNS,
    &AZURE_LIST,
    &AZURE_NAME,
    &AZURE_MESSAGE,
    &AZURE_TRACE,
    &AZURE_ATTACHMENT,
    &AZURE_COMMENT,
    &TEAMCITY_PROBLEM,
    &TEAMCITY_PROBLEM_ID,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_says_where_it_is_from() {
        for limit in LIMITS {
            assert!(limit.source.starts_with("https://") && limit.most > 0, "{limit:?}");
        }
    }

    #[test]
    fn a_cut_text_is_never_longer() {
        for unit in [Unit::Bytes, Unit::Characters] {
            for most in 0..12 {
                let limit = Limit { vendor: "", what: "", most, unit, source: "" };
                for text in ["", "a", "äöüß", "😀😀😀😀", "abcdefghijklmnop"] {
                    let cut = limit.cut(text);
                    let size = if unit == Unit::Bytes { cut.len() } else { cut.chars().count() };
                    assert!(size <= most, "{most} {unit:?} {text} {cut}");
                }
            }
        }
    }
}
