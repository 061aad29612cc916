//! A dry run: requests as they would be sent, with nothing sent.

use std::fmt::Write;

use reqwest::header::HeaderMap;

use super::{har, Body, Request, Secrets};

/// What stands for an id that only the server can give.
pub const ID: &str = "ID";

/// A request that would be made.
#[derive(Clone, Debug)]
pub(super) struct Planned {
    pub(super) request: Request,
    pub(super) headers: HeaderMap,
}

impl Planned {
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
