//! `report.html`: one file for people, without any request to anywhere, that also works without JavaScript.
//!
//! Failing tests are HTML; all tests are data, of which the page's script draws only the rows that are seen, so a hundred
//! thousand tests scroll like ten. What tests and files are called is text wherever it stands: the template escapes it, and a
//! content security policy allows no script but the page's own.
//!
//! # Size
//!
//! A test costs about 60 bytes of data. Failing tests are shown at length up to [`FULL`] of them and [`TEXTS`] bytes of
//! their texts; all tests are listed up to [`LISTED`]. So a file stays below 60 MB, whatever came in, and says what it lacks.

mod case;
mod charts;
mod data;
mod page;
mod policy;

use std::io::{self, Write};

use crate::{
    render::{render, Language, Template},
    report::Report,
};

/// Failing tests that are shown with what they said; further ones are in the list of all tests.
const FULL: usize = 1000;
/// Bytes of all texts together.
const TEXTS: usize = 20_000_000;
/// Tests in the list; failing ones come before the others if there are more.
const LISTED: usize = 200_000;

static TEMPLATE: Template =
    Template::new("report/report.html.j2", include_str!("../../../templates/report/report.html.j2"), Language::Html);
static STYLE: &str = include_str!("../../../templates/report/report.css.j2");
static SCRIPT: &str = include_str!("../../../templates/report/report.js.j2");

/// Writes the report as one page.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let page = page::of(report).map_err(io::Error::from)?;
    let text = render(&TEMPLATE, &page).map_err(io::Error::other)?;
    out.write_all(text.as_bytes())
}
