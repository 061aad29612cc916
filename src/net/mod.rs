//! One HTTP client for everything that is published: retries, pacing, deadlines, redirects, redaction, a log.
//!
//! A [`Client`] is made once per run from a [`Config`]. A vendor's [`Dialect`] and its address make an [`Api`] of it, which
//! sends [`Request`]s and gives [`Answer`]s or [`Error`]s of six [`Kind`]s.
//!
//! | what | by default |
//! |---|---|
//! | tries of one request | 5, half a second apart, then twice as long each time, with chance in it |
//! | one try | 30 seconds |
//! | everything together | 120 seconds; a wait that would end later is not begun |
//! | a body | 16 MiB |
//! | redirects | 5; credentials go to the vendor's own address alone |

mod answer;
mod api;
mod client;
mod clock;
mod dialect;
mod error;
mod har;
mod pace;
mod plan;
mod request;
mod secrets;
#[cfg(test)]
mod tests;
mod wire;

pub use reqwest::{
    header::{HeaderName, HeaderValue},
    Method, Url,
};

pub use self::{
    answer::Answer,
    api::{linked, Api},
    client::{Client, Config, Mode},
    clock::{Clock, SystemClock},
    dialect::{by_status, Dialect, Judgement, Processed},
    error::{Error, Kind},
    plan::ID,
    request::{Body, Expects, Redirects, Repeat, Request},
    secrets::{Secrets, HIDDEN},
};
