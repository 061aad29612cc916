//! The one comment of a suite: found again by its marker, with a part for each leg, never doubled and nothing lost.

mod document;
#[cfg(test)]
mod tests;
mod thread;

pub use self::{
    document::{Document, Markup, Section},
    thread::{upsert, Author, Found, Thread},
};
