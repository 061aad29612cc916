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

/// Every limit.
pub const LIMITS: &[&Limit] = &[
    &GITLAB_NOTE,
    &GITLAB_STATUS,
    &BITBUCKET_COMMENT,
    &BITBUCKET_STATUS_KEY,
    &BITBUCKET_STATUS_NAME,
    &BITBUCKET_STATUS_URL,
    &BITBUCKET_TEXT,
    &BITBUCKET_DETAILS,
    &BITBUCKET_DATA,
    &BITBUCKET_ANNOTATIONS,
    &BITBUCKET_BATCH,
];

/// A note of GitLab's may have 1,000,000 characters, <https://docs.gitlab.com/administration/instance_limits/>, but of what
/// takes longer than some seconds to render, nothing is shown. Each leg reads all notes with each write, too.
pub(crate) const GITLAB_NOTE: Limit = Limit {
    vendor: "GitLab",
    what: "a note on a merge request",
    most: 100_000,
    unit: Unit::Bytes,
    source: "https://docs.gitlab.com/user/markdown_troubleshooting/",
};

/// Name, description, reference and address of a status have the same limit.
pub(crate) const GITLAB_STATUS: Limit = Limit {
    vendor: "GitLab",
    what: "each text of a commit status",
    most: 255,
    unit: Unit::Characters,
    source: "https://docs.gitlab.com/api/commits/#set-commit-pipeline-status",
};

/// Bitbucket Cloud names no limit, and answers long comments with a page that says nothing; servers of one's own take 32,768
/// characters.
pub(crate) const BITBUCKET_COMMENT: Limit = Limit {
    vendor: "Bitbucket",
    what: "a comment on a pull request",
    most: 31_000,
    unit: Unit::Bytes,
    source: "https://github.com/runatlantis/atlantis/issues/1251",
};

/// The key of a build status; longer ones are hashed.
pub(crate) const BITBUCKET_STATUS_KEY: Limit = Limit {
    vendor: "Bitbucket",
    what: "the key of a build status",
    most: 40,
    unit: Unit::Characters,
    source: "https://github.com/buildbot/buildbot/issues/7049",
};

/// The name of a build status has to be shorter than 255; the description is kept as short.
pub(crate) const BITBUCKET_STATUS_NAME: Limit = Limit {
    vendor: "Bitbucket",
    what: "the name of a build status",
    most: 254,
    unit: Unit::Characters,
    source: "https://github.com/jenkinsci/bitbucket-branch-source-plugin/pull/928",
};

/// The address of a build status has to be shorter than 450.
pub(crate) const BITBUCKET_STATUS_URL: Limit = Limit {
    vendor: "Bitbucket",
    what: "the address of a build status",
    most: 449,
    unit: Unit::Characters,
    source: "https://github.com/jenkinsci/bitbucket-branch-source-plugin/pull/928",
};

/// The title of a report and the summary of an annotation. What the server counts are units of UTF-16, of which a text never
/// has more than bytes.
pub(crate) const BITBUCKET_TEXT: Limit = Limit {
    vendor: "Bitbucket",
    what: "the title of a report, the summary of an annotation",
    most: 450,
    unit: Unit::Bytes,
    source: "https://github.com/reviewdog/reviewdog/issues/1285",
};

/// Details of a report and of an annotation; the path of an annotation.
pub(crate) const BITBUCKET_DETAILS: Limit = Limit {
    vendor: "Bitbucket",
    what: "the details of a report or annotation",
    most: 2000,
    unit: Unit::Bytes,
    source: "https://docs.atlassian.com/bitbucket-server/rest/6.3.0/bitbucket-code-insights-rest.html",
};

/// The fields of data of a report.
pub(crate) const BITBUCKET_DATA: Limit = Limit {
    vendor: "Bitbucket",
    what: "the data of a report",
    most: 10,
    unit: Unit::Items,
    source: "https://developer.atlassian.com/cloud/bitbucket/rest/api-group-reports/",
};

/// The annotations of a report.
pub(crate) const BITBUCKET_ANNOTATIONS: Limit = Limit {
    vendor: "Bitbucket",
    what: "the annotations of a report",
    most: 1000,
    unit: Unit::Items,
    source: "https://developer.atlassian.com/cloud/bitbucket/rest/api-group-reports/",
};

/// The annotations of a request.
pub(crate) const BITBUCKET_BATCH: Limit = Limit {
    vendor: "Bitbucket",
    what: "the annotations of a request",
    most: 100,
    unit: Unit::Items,
    source: "https://developer.atlassian.com/cloud/bitbucket/rest/api-group-reports/",
};

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
