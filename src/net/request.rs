//! What is asked, as data, before anything is sent.

use reqwest::{Method, Url};
use serde_json::Value;

/// When a request may be sent again by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// It does the same however often it is sent.
    Always,
    /// Only when the server surely did not take it up: it creates something, and twice would be one too many.
    Unprocessed,
    /// Never: what it says depends on what was there when it was made. Whoever made it reads again first.
    Never,
}

/// What a request carries.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// Nothing.
    Empty,
    /// JSON.
    Json(Value),
    /// The fields of a form, percent-encoded.
    Form(Vec<(String, String)>),
    /// Plain text.
    Text(String),
}

/// Which redirects are part of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redirects {
    /// They are followed: reads anywhere, but with credentials only at the same place; writes at the same place alone.
    Follow,
    /// A redirect is the answer.
    Keep,
}

/// What the body of a good answer has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expects {
    /// JSON, or nothing at all. Anything else is the answer of somebody in between, or a part of one.
    Json,
    /// Whatever it is.
    Anything,
}

impl Body {
    /// The body as it is sent.
    pub(super) fn text(&self) -> String {
        match self {
            Body::Empty => String::new(),
            Body::Json(value) => value.to_string(),
            Body::Form(fields) => form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish(),
            Body::Text(text) => text.clone(),
        }
    }

    /// What the body is.
    pub(super) fn content_type(&self) -> Option<&'static str> {
        match self {
            Body::Empty => None,
            Body::Json(_) => Some("application/json"),
            Body::Form(_) => Some("application/x-www-form-urlencoded"),
            Body::Text(_) => Some("text/plain; charset=utf-8"),
        }
    }
}

/// A request before it is sent; the vendor's own headers and the credentials are added when it is.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Where to; without credentials.
    pub url: Url,
    /// What it carries.
    pub body: Body,
    /// What it is for, as the rest of `cannot …`.
    pub operation: String,
    /// When it may be sent again.
    pub repeat: Repeat,
    /// Which redirects are part of the answer.
    pub redirects: Redirects,
    /// What a good answer has to be.
    pub expects: Expects,
    /// Headers of this request alone.
    pub headers: Vec<(&'static str, String)>,
}

impl Request {
    /// A read.
    pub fn get(url: Url, operation: impl Into<String>) -> Self {
        Request::new(Method::GET, url, Body::Empty, operation)
    }

    /// A request that does the same however often it is sent.
    pub fn put(url: Url, body: Body, operation: impl Into<String>) -> Self {
        Request::new(Method::PUT, url, body, operation)
    }

    /// A change of something that is there, the same however often it is sent.
    pub fn patch(url: Url, body: Body, operation: impl Into<String>) -> Self {
        Request::new(Method::PATCH, url, body, operation)
    }

    /// Something new: not sent again unless the server surely did not take it up.
    pub fn post(url: Url, body: Body, operation: impl Into<String>) -> Self {
        Request::new(Method::POST, url, body, operation).repeat(Repeat::Unprocessed)
    }

    /// A removal.
    pub fn delete(url: Url, operation: impl Into<String>) -> Self {
        Request::new(Method::DELETE, url, Body::Empty, operation)
    }

    /// Any other request.
    pub fn new(method: Method, url: Url, body: Body, operation: impl Into<String>) -> Self {
        Request {
            method,
            url,
            body,
            operation: operation.into(),
            repeat: Repeat::Always,
            redirects: Redirects::Follow,
            expects: Expects::Json,
            headers: Vec::new(),
        }
    }

    /// The same with another rule of when it may be sent again.
    #[must_use]
    pub fn repeat(self, repeat: Repeat) -> Self {
        Request { repeat, ..self }
    }

    /// The same with redirects as answers.
    #[must_use]
    pub fn keep_redirects(self) -> Self {
        Request { redirects: Redirects::Keep, ..self }
    }

    /// The same with any body as a good answer.
    #[must_use]
    pub fn expects_anything(self) -> Self {
        Request { expects: Expects::Anything, ..self }
    }

    /// The same with another header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Whether it changes anything at the server.
    pub fn writes(&self) -> bool {
        self.method != Method::GET && self.method != Method::HEAD
    }
}
