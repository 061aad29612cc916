//! Why a request to a vendor did not do what it was for, in six kinds, with the server's own words and the way out.

use std::{fmt, time::Duration};

/// What kind of failure something is; the table of `docs/publishing.md` says which answer of which vendor is which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// The server does not know who asks: a token is missing, wrong or has ended.
    Authentication,
    /// There is no such thing, or the token may not see it.
    NotFound,
    /// The server knows who asks, and the token may not do this.
    Permission,
    /// Too many requests, also after waiting for as long as could be waited.
    RateLimit,
    /// Nobody answered, or the server is in trouble; later it may work.
    Connection,
    /// The request cannot work: a wrong address, a name that cannot be, an answer that is none.
    Configuration,
}

impl Kind {
    /// The kind in words, as the rest of `it is …`.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Authentication => "authentication",
            Kind::NotFound => "not-found",
            Kind::Permission => "permission",
            Kind::RateLimit => "rate-limit",
            Kind::Connection => "connection",
            Kind::Configuration => "configuration",
        }
    }

    /// Whether the same request may work later although nobody changes anything.
    pub fn is_transient(self) -> bool {
        matches!(self, Kind::RateLimit | Kind::Connection)
    }
}

/// Why something could not be published.
///
/// ```
/// use ci_gen::net::{Error, Kind};
///
/// let error = Error::new(Kind::Permission, "create the comment", "GitHub")
///     .status(403)
///     .words("Resource not accessible by integration")
///     .help("give the job `pull-requests: write`");
/// assert_eq!(
///     error.to_string(),
///     "cannot create the comment: GitHub answered 403: Resource not accessible by integration"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What kind of failure it is.
    pub kind: Kind,
    /// What was to be done, as the rest of `cannot …`.
    pub operation: String,
    /// Who was asked.
    pub vendor: String,
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// What was said about it: the server's own words, or ours where nobody answered.
    pub words: String,
    /// The way out.
    pub help: Option<String>,
    /// How long the server asked to wait before the next try.
    pub wait: Option<Duration>,
    /// Whether the server may have done it all the same: the answer was lost.
    pub unsure: bool,
}

impl std::error::Error for Error {}

impl Error {
    /// An error without any words yet.
    pub fn new(kind: Kind, operation: impl Into<String>, vendor: impl Into<String>) -> Self {
        Error {
            kind,
            operation: operation.into(),
            vendor: vendor.into(),
            status: None,
            words: String::new(),
            help: None,
            wait: None,
            unsure: false,
        }
    }

    /// The same with the status of the answer.
    #[must_use]
    pub fn status(self, status: u16) -> Self {
        Error { status: Some(status), ..self }
    }

    /// The same with something said about it.
    #[must_use]
    pub fn words(self, words: impl Into<String>) -> Self {
        Error { words: words.into(), ..self }
    }

    /// The same with the way out.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        Error { help: Some(help.into()), ..self }
    }

    /// An answer that is not what the vendor's documentation promises.
    pub fn strange(operation: impl Into<String>, vendor: impl Into<String>, what: &str) -> Self {
        Error::new(Kind::Configuration, operation, vendor).words(format!("the answer holds no {what}"))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {}", self.operation)?;
        if let Some(status) = self.status {
            write!(f, ": {} answered {status}", self.vendor)?;
        }
        if !self.words.is_empty() {
            write!(f, ": {}", self.words)?;
        }
        Ok(())
    }
}
