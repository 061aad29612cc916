//! What was sent and answered, as an HTTP archive that every browser's developer tools open.
//!
//! <http://www.softwareishard.com/blog/har-12-spec/>

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use reqwest::header::HeaderMap;
use serde_json::{json, Value};

use super::{secrets::HIDDEN, Secrets};

/// Bytes of a body that are kept.
const BODY: usize = 256 * 1024;

/// Headers whose values nobody may see, whatever they are.
const SECRET_HEADERS: &[&str] = &[
    "authorization",
    "proxy-authorization",
    "private-token",
    "job-token",
    "circle-token",
    "cookie",
    "set-cookie",
    "jenkins-crumb",
    "x-tc-csrf-token",
];

/// A request and its answer.
#[derive(Clone, Debug)]
pub(super) struct Exchange {
    pub(super) start: SystemTime,
    pub(super) time: Duration,
    pub(super) method: String,
    pub(super) url: String,
    pub(super) headers: HeaderMap,
    pub(super) content_type: Option<&'static str>,
    pub(super) body: String,
    /// Status, headers and body; `None` where nobody answered.
    pub(super) answer: Option<(u16, HeaderMap, Vec<u8>)>,
    /// Why nobody answered.
    pub(super) failure: Option<String>,
}

/// The archive of some exchanges, without any secret.
pub(super) fn archive(exchanges: &[Exchange], secrets: &Secrets) -> Value {
    let entries: Vec<Value> = exchanges.iter().map(|it| entry(it, secrets)).collect();
    json!({ "log": {
        "version": "1.2",
        "creator": { "name": "ci-gen", "version": env!("CARGO_PKG_VERSION") },
        "entries": entries,
    } })
}

fn entry(exchange: &Exchange, secrets: &Secrets) -> Value {
    let milliseconds = exchange.time.as_secs_f64() * 1000.0;
    let mut request = json!({
        "method": exchange.method,
        "url": secrets.hide(&exchange.url),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": headers(&exchange.headers, secrets),
        "queryString": [],
        "headersSize": -1,
        "bodySize": exchange.body.len(),
    });
    if let Some(kind) = exchange.content_type {
        request["postData"] = json!({ "mimeType": kind, "text": text(exchange.body.as_bytes(), secrets) });
    }
    let response = match &exchange.answer {
        Some((status, fields, body)) => json!({
            "status": status,
            "statusText": "",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": headers(fields, secrets),
            "content": { "size": body.len(), "mimeType": kind(fields), "text": text(body, secrets) },
            "redirectURL": fields.get("location").and_then(|it| it.to_str().ok()).map(|it| secrets.hide(it)),
            "headersSize": -1,
            "bodySize": body.len(),
        }),
        None => json!({
            "status": 0,
            "statusText": "",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": [],
            "content": { "size": 0, "mimeType": "" },
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": -1,
            "_error": exchange.failure.as_deref().map(|it| secrets.hide(it)),
        }),
    };
    let start = exchange.start.duration_since(UNIX_EPOCH).unwrap_or_default();
    let start = Timestamp::from_millisecond(i64::try_from(start.as_millis()).unwrap_or_default());
    let start = start.map(|it| format!("{it:.3}")).unwrap_or_default();
    json!({
        "startedDateTime": start,
        "time": milliseconds,
        "request": request,
        "response": response,
        "cache": {},
        "timings": { "send": 0, "wait": milliseconds, "receive": 0 },
    })
}

pub(super) fn headers(headers: &HeaderMap, secrets: &Secrets) -> Vec<Value> {
    headers
        .iter()
        .map(|(name, value)| {
            let shown = match SECRET_HEADERS.contains(&name.as_str()) {
                true => HIDDEN.to_owned(),
                false => secrets.hide(&String::from_utf8_lossy(value.as_bytes())).into_owned(),
            };
            json!({ "name": name.as_str(), "value": shown })
        })
        .collect()
}

fn kind(headers: &HeaderMap) -> &str {
    headers.get("content-type").and_then(|it| it.to_str().ok()).unwrap_or_default()
}

fn text(body: &[u8], secrets: &Secrets) -> String {
    // Hidden before it is cut, so that no half of a secret stays.
    let text = secrets.hide(&String::from_utf8_lossy(body)).into_owned();
    match text.len() > BODY {
        true => {
            let at = (0..=BODY).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
            format!("{}… ({} bytes in all)", &text[..at], text.len())
        }
        false => text,
    }
}
