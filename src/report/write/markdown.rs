//! Markdown for job summaries, comments and `report.md`: the most important things first, within a budget of bytes.
//!
//! What does not fit is left out by importance and named, with the place where it can be read. Nothing is ever cut inside a
//! character, a fence or a tag. Whatever tests and files are called, no name becomes markup, a mention or a link.

mod escape;
mod items;

use std::io::{self, Write};

pub(crate) use self::escape::prose;
use self::items::Section;
use super::text;
use crate::report::Report;

/// How Markdown is written.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// The most bytes of UTF-8 that come out; less than [`MINIMUM`] counts as that.
    pub budget: usize,
    /// Whether HTML may be used to fold things away. Bitbucket shows tags as text:
    /// <https://support.atlassian.com/bitbucket-cloud/docs/markup-comments/>
    pub html: bool,
    /// Where the whole report is, such as `report.html in the artifacts` or an address; cut to 300 characters.
    pub whole: &'a str,
}

/// The least budget: room for a headline, what was left out and where it is.
pub const MINIMUM: usize = 4096;

/// Bytes of `report.md`: a job summary of GitHub may have 1 MiB,
/// <https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits>
const FILE_BUDGET: usize = 1_000_000;

/// Writes `report.md`; what nobody sees in it tells whose file it is.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let options = Options { budget: FILE_BUDGET, html: true, whole: "report.json" };
    write!(out, "{}\n<!-- Written by ci-gen -->\n", text(report, &options))
}

/// A report as Markdown.
///
/// ```
/// use ci_gen::report::{write::markdown, Case, Report};
///
/// let mut report = Report::default();
/// report.verdict.passed = true;
/// report.totals.count(&Case { name: "adds".to_owned(), duration: Some(0.2), ..Case::default() });
/// let options = markdown::Options { budget: 65_536, html: true, whole: "report.html" };
/// assert_eq!(markdown::text(&report, &options), "### ✅ 1 test passed\n\n200 ms of tests\n");
/// ```
pub fn text(report: &Report, options: &Options<'_>) -> String {
    let budget = options.budget.max(MINIMUM);
    let mut out = format!("### {} {}\n", text::mark(report), prose(&text::headline(report)));
    let facts: Vec<String> = text::facts(report).iter().map(|it| prose(it)).collect();
    if !facts.is_empty() {
        out.push_str(&format!("\n{}\n", facts.join(" · ")));
    }
    let whole = prose(&text::line(options.whole, 300));
    let mut sections = items::of(report, options.html);
    let room = budget.saturating_sub(out.len() + longest_remainder(&sections, &whole));
    fill(&mut sections, room);
    sections.iter().for_each(|section| section.print(&mut out));
    let left = remainder(&sections);
    if !left.is_empty() {
        out.push_str(&format!("\n_Left out: {}. All of it is in {whole}._\n", left.join(", ")));
    }
    out
}

/// Takes the most important sections in short first, then everything at length, as far as it fits.
fn fill(sections: &mut [Section], room: usize) {
    let mut room = room;
    let mut order: Vec<usize> = (0..sections.len()).collect();
    order.sort_by_key(|index| sections[*index].rank);
    for index in &order {
        let section = &mut sections[*index];
        let frame = section.frame();
        let mut used = frame;
        for item in &mut section.items {
            // A small item may still fit where a large one did not, but then the order would lie about importance.
            if used + item.short.len() > room {
                break;
            }
            used += item.short.len();
            item.shown = items::Shown::Short;
        }
        if used > frame {
            room -= used;
        }
    }
    for index in order {
        for item in &mut sections[index].items {
            let Some(surplus) = item.surplus() else { continue };
            if item.shown == items::Shown::Short && surplus <= room {
                room -= surplus;
                item.shown = items::Shown::Long;
            }
        }
    }
}

/// What was left out: `12 failing tests`, `the details of 3 failing tests`.
fn remainder(sections: &[Section]) -> Vec<String> {
    let mut left = Vec::new();
    for section in sections {
        let count = |wanted: fn(&&items::Item) -> bool| section.items.iter().filter(wanted).count() as u64;
        let hidden = count(|it| it.shown == items::Shown::No) + section.more;
        let bare = count(|it| it.shown == items::Shown::Short && it.long.is_some());
        left.extend((hidden > 0).then(|| section.named(hidden)));
        left.extend((bare > 0).then(|| format!("details of {}", section.named(bare))));
    }
    left
}

/// Bytes of the longest line on what was left out.
fn longest_remainder(sections: &[Section], whole: &str) -> usize {
    let longest = |it: &Section| 2 * it.named(u64::MAX).len() + "details of ".len() + 4;
    sections.iter().map(longest).sum::<usize>() + whole.len() + 60
}
