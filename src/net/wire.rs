//! One try of a request on the wire: redirects by rule, the body up to a limit, and every exchange recorded.

use std::{error::Error as _, time::Duration};

use reqwest::{
    header::{HeaderMap, HeaderValue, CONTENT_TYPE, LOCATION},
    Method, Response, Url,
};

use super::{client::Client, har::Exchange, Answer, Dialect, Expects, Redirects, Request};

/// Redirects of one request.
const REDIRECTS: usize = 5;
/// Bytes of the body of a good answer.
const BODY: usize = 16 * 1024 * 1024;
/// Bytes of the body of an answer that says no.
const ERROR_BODY: usize = 64 * 1024;

/// Why there is no answer.
#[derive(Clone, Debug)]
pub(super) enum Lost {
    /// Nothing reached the server.
    Unsent(String),
    /// The server may have got it.
    Unsure(String),
    /// It cannot work like this.
    Wrong(String),
}

/// Sends a request once.
pub(super) async fn once(
    client: &Client,
    dialect: &dyn Dialect,
    home: &Url,
    request: &Request,
    timeout: Duration,
) -> Result<Answer, Lost> {
    let mut url = request.url.clone();
    for _ in 0..=REDIRECTS {
        let answer = exchange(client, request, headers(dialect, home, &url, request), &url, timeout).await?;
        let follows = request.redirects == Redirects::Follow && matches!(answer.status, 301 | 302 | 303 | 307 | 308);
        let target = answer.header(LOCATION.as_str()).and_then(|it| url.join(it).ok());
        let Some(target) = target.filter(|_| follows) else { return Ok(answer) };
        // What a redirect means may be a matter of the vendor's: some send those away who must sign in.
        if !matches!(dialect.judge(request, &answer, client.now()), super::Judgement::Fine) {
            return Ok(answer);
        }
        if request.writes() && !(matches!(answer.status, 307 | 308) && target.origin() == url.origin()) {
            let host = target.host_str().unwrap_or_default();
            return Err(Lost::Wrong(format!(
                "it answered {} and points to {host}; writes do not go along",
                answer.status
            )));
        }
        if target.scheme() != "https" && target.scheme() != url.scheme() {
            return Err(Lost::Wrong(format!("it points to an address of the kind `{}`", target.scheme())));
        }
        url = target;
    }
    Err(Lost::Wrong(format!("there are more than {REDIRECTS} redirects")))
}

/// The headers of a request to `url`; the credentials only if that is the vendor's own place.
pub(super) fn headers(dialect: &dyn Dialect, home: &Url, url: &Url, request: &Request) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in dialect.headers() {
        headers.insert(name, value);
    }
    if let Some((name, mut value)) = dialect.credentials().filter(|_| url.origin() == home.origin()) {
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    if let Some(kind) = request.body.content_type() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    for (name, value) in &request.headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(*name, value);
        }
    }
    headers
}

async fn exchange(
    client: &Client,
    request: &Request,
    headers: HeaderMap,
    url: &Url,
    timeout: Duration,
) -> Result<Answer, Lost> {
    let start = client.now();
    let body = request.body.text();
    let mut builder =
        client.http().request(request.method.clone(), url.clone()).headers(headers.clone()).timeout(timeout);
    if request.method != Method::GET && request.method != Method::HEAD {
        builder = builder.body(body.clone());
    }
    let result = match builder.send().await {
        Ok(response) => read(response, request, url, timeout).await,
        Err(error) if error.is_builder() => Err(Lost::Wrong(reason(&error))),
        Err(error) if error.is_connect() => Err(Lost::Unsent(reason(&error))),
        Err(error) => Err(Lost::Unsure(why(&error, timeout))),
    };
    let failure = match &result {
        Ok(_) => None,
        Err(Lost::Unsent(why) | Lost::Unsure(why) | Lost::Wrong(why)) => Some(why.clone()),
    };
    client.record(|| Exchange {
        start,
        time: client.now().duration_since(start).unwrap_or_default(),
        method: request.method.to_string(),
        url: url.to_string(),
        headers,
        content_type: request.body.content_type(),
        body,
        answer: result.as_ref().ok().map(|it| (it.status, it.headers.clone(), it.body.clone())),
        failure,
    });
    result
}

async fn read(mut response: Response, request: &Request, url: &Url, timeout: Duration) -> Result<Answer, Lost> {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let good = response.status().is_success();
    let limit = if good { BODY } else { ERROR_BODY };
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= limit => body.extend_from_slice(&chunk),
            // What a server says no with is told by its beginning.
            Ok(Some(chunk)) if !good => {
                body.extend_from_slice(&chunk[..limit - body.len()]);
                break;
            }
            Ok(Some(_)) => return Err(Lost::Wrong(format!("the answer is longer than {} MiB", BODY / 1024 / 1024))),
            Ok(None) => break,
            // A no is a no, also without its last words.
            Err(_) if !good => break,
            // A redirect or a page that nobody wants to read.
            Err(_) if request.expects == Expects::Anything && request.writes() => break,
            Err(error) => return Err(Lost::Unsure(why(&error, timeout))),
        }
    }
    Ok(Answer { status, headers, body, url: url.clone(), dry: false })
}

fn why(error: &reqwest::Error, timeout: Duration) -> String {
    match error.is_timeout() {
        true => format!("no answer within {} s", timeout.as_secs()),
        false => reason(error),
    }
}

/// The innermost reason, which alone says what happened; the outer ones repeat the address.
fn reason(error: &reqwest::Error) -> String {
    let mut cause = error.source();
    let mut text = "the connection failed".to_owned();
    while let Some(inner) = cause {
        text = inner.to_string();
        cause = inner.source();
    }
    text
}
