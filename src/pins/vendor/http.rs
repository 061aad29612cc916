//! Requests to vendors, and what is said when one fails.

use std::time::Duration;

use reqwest::{header::HeaderMap, Client, RequestBuilder, Response, StatusCode, Url};
use serde_json::Value;

/// No vendor takes longer to take up a connection, or to answer.
const CONNECT: Duration = Duration::from_secs(10);
const ANSWER: Duration = Duration::from_secs(30);

/// Longer messages of vendors are cut.
const LONGEST_MESSAGE: usize = 200;

/// Why a vendor gave no version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Nobody answered.
    #[error("cannot reach {host}: {why}")]
    Unreachable {
        /// The vendor's host.
        host: String,
        /// In words.
        why: &'static str,
    },
    /// The vendor said no.
    #[error("{host} answered {status}{message}")]
    Refused {
        /// The vendor's host.
        host: String,
        /// The status, in digits.
        status: u16,
        /// The vendor's own words behind `: `, or nothing.
        message: String,
    },
    /// The answer is not what the vendor's documentation promises.
    #[error("{host} gave no {what}")]
    Strange {
        /// The vendor's host.
        host: String,
        /// What was looked for.
        what: &'static str,
    },
}

impl Failure {
    /// The way out, if there is one.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Failure::Refused { host, status: 403 | 429, .. } if host.contains("github") => {
                Some("a token in GITHUB_TOKEN raises the rate limit")
            }
            Failure::Refused { status: 401 | 404, .. } => Some("private things need a token, and names must be right"),
            _ => None,
        }
    }
}

/// A client for all vendors.
///
/// # Errors
/// What keeps it from being made, such as no certificates to trust.
pub(crate) fn client() -> Result<Client, String> {
    // Whoever was first has chosen the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let agent = concat!("ci-gen/", env!("CARGO_PKG_VERSION"));
    let client = Client::builder().user_agent(agent).connect_timeout(CONNECT).timeout(ANSWER);
    client.build().map_err(|error| format!("no connection can be made: {error}"))
}

/// Sends a request; every status is an answer.
pub(crate) async fn send(request: RequestBuilder, url: &Url) -> Result<Response, Failure> {
    request.send().await.map_err(|error| Failure::Unreachable {
        host: host(url),
        why: if error.is_timeout() { "it did not answer in time" } else { "no connection" },
    })
}

/// The JSON of an answer; a status other than 2xx is a failure with the vendor's own words.
pub(crate) async fn json(response: Response) -> Result<Value, Failure> {
    let (status, url) = (response.status(), response.url().clone());
    let body: Option<Value> = response.bytes().await.ok().and_then(|it| serde_json::from_slice(&it).ok());
    match (status.is_success(), body) {
        (true, Some(body)) => Ok(body),
        (true, None) => Err(strange(&url, "JSON")),
        (false, body) => Err(refused(&url, status, body.as_ref())),
    }
}

/// A failure with what the vendor has to say about it.
pub(crate) fn refused(url: &Url, status: StatusCode, body: Option<&Value>) -> Failure {
    let words =
        body.and_then(|it| it.get("message").or_else(|| it.pointer("/errors/0/message"))).and_then(Value::as_str);
    let words: Option<String> = words.map(|it| it.chars().filter(|c| !c.is_control()).take(LONGEST_MESSAGE).collect());
    let message = words.map(|it| format!(": {it}")).unwrap_or_default();
    Failure::Refused { host: host(url), status: status.as_u16(), message }
}

/// A failure for an answer that lacks something.
pub(crate) fn strange(url: &Url, what: &'static str) -> Failure {
    Failure::Strange { host: host(url), what }
}

/// The next page of a list, as its `Link` header names it: <https://www.rfc-editor.org/rfc/rfc8288>
pub(crate) fn next_page(headers: &HeaderMap, url: &Url) -> Option<Url> {
    let link = headers.get("link")?.to_str().ok()?;
    let next = link.split(',').find(|it| it.contains("rel=\"next\""))?;
    let target = next.split_once('<')?.1.split_once('>')?.0;
    url.join(target).ok().filter(|it| it.host() == url.host())
}

fn host(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}
