//! How a vendor speaks: who it is, what it wants to see in every request, and what its answers mean.

use std::time::{Duration, SystemTime};

use reqwest::header::{HeaderName, HeaderValue};

use super::{Answer, Kind, Request};

/// What an answer means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// It is what was asked for.
    Fine,
    /// Not now: the same request may do later.
    Later {
        /// What is in the way.
        kind: Kind,
        /// How long the server asks to wait.
        wait: Option<Duration>,
        /// Whether the server did it or not.
        processed: Processed,
    },
    /// No.
    No(Kind),
}

/// Whether a server did what it was asked for although it does not say so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Processed {
    /// It turned the request away.
    No,
    /// Nobody knows.
    Maybe,
}

impl Judgement {
    /// Too many requests.
    pub fn rate_limit(wait: Option<Duration>) -> Self {
        Judgement::Later { kind: Kind::RateLimit, wait, processed: Processed::No }
    }

    /// The server is in trouble.
    pub fn trouble(wait: Option<Duration>) -> Self {
        Judgement::Later { kind: Kind::Connection, wait, processed: Processed::Maybe }
    }
}

/// A vendor's ways. Everything is a function of what was asked and answered.
pub trait Dialect: Send + Sync {
    /// The vendor's name, as people write it.
    fn vendor(&self) -> &str;

    /// What stands in every request beside the credentials.
    fn headers(&self) -> Vec<(HeaderName, HeaderValue)> {
        Vec::new()
    }

    /// The header that holds the credentials, if there are any. It is sent to the vendor's own address alone, and is never
    /// shown.
    fn credentials(&self) -> Option<(HeaderName, HeaderValue)>;

    /// What an answer means.
    fn judge(&self, _request: &Request, answer: &Answer, now: SystemTime) -> Judgement {
        by_status(answer, now)
    }

    /// The least time between two writes.
    fn gap(&self) -> Duration {
        Duration::ZERO
    }

    /// How long to wait before the next request although this answer is fine.
    fn pause(&self, _answer: &Answer, _now: SystemTime) -> Option<Duration> {
        None
    }

    /// The way out of a failure, as far as the vendor or its answer tells.
    fn help(&self, _kind: Kind, _request: &Request, _answer: Option<&Answer>) -> Option<String> {
        None
    }
}

/// What a status means where a vendor has no meaning of its own for it: <https://www.rfc-editor.org/rfc/rfc9110#section-15>
pub fn by_status(answer: &Answer, now: SystemTime) -> Judgement {
    let wait = answer.retry_after(now);
    match answer.status {
        200..=399 => Judgement::Fine,
        401 => Judgement::No(Kind::Authentication),
        403 => Judgement::No(Kind::Permission),
        404 | 410 => Judgement::No(Kind::NotFound),
        429 => Judgement::rate_limit(wait),
        // A proxy between here and there does not know who asks.
        407 => Judgement::No(Kind::Configuration),
        // Somebody else changes the same thing just now.
        409 => Judgement::Later { kind: Kind::Connection, wait, processed: Processed::No },
        408 | 425 => Judgement::Later { kind: Kind::Connection, wait, processed: Processed::No },
        // Not ready, and saying so with a time: nothing was taken up.
        503 if wait.is_some() => Judgement::Later { kind: Kind::Connection, wait, processed: Processed::No },
        500..=599 => Judgement::trouble(wait),
        _ => Judgement::No(Kind::Configuration),
    }
}
