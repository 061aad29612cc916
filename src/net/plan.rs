//! A dry run: requests as they would be sent, with nothing sent.

use std::{
    fmt::Write,
    time::{Duration, SystemTime},
};

use reqwest::header::HeaderMap;

use super::{
    har::{self, Exchange},
    Body, Request, Secrets,
};

/// What stands for an id that only the server can give.
pub const ID: &str = "ID";

/// A request that would be made.
#[derive(Clone, Debug)]
pub(super) struct Planned {
    pub(super) request: Request,
    pub(super) headers: HeaderMap,
}

impl Planned {
    /// The request for an archive, with no answer.
    pub(super) fn exchange(&self, now: SystemTime) -> Exchange {
        Exchange {
            start: now,
            time: Duration::ZERO,
            method: self.request.method.to_string(),
            url: self.request.url.to_string(),
            headers: self.headers.clone(),
            content_type: self.request.body.content_type(),
            body: self.request.body.text(),
            answer: None,
            failure: Some("a dry run: nothing was sent".to_owned()),
        }
    }

    /// The request as text: what it is for, its line, its headers, its body.
    pub(super) fn text(&self, secrets: &Secrets) -> String {
        let Request { method, url, body, operation, .. } = &self.request;
        let mut out = format!("# {operation}\n{method} {}\n", secrets.hide(url.as_str()));
        for header in har::headers(&self.headers, secrets) {
            let field = |name: &str| header[name].as_str().unwrap_or_default().to_owned();
            let _ = writeln!(out, "{}: {}", field("name"), field("value"));
        }
        let body = match body {
            Body::Empty => return out,
            Body::Json(value) => serde_json::to_string_pretty(value).unwrap_or_default(),
            Body::Form(_) | Body::Text(_) => body.text(),
        };
        let _ = write!(out, "\n{}\n", secrets.hide(&body));
        out
    }
}
