//! The text of a comment as parts, one a leg: read back, merged and written within a budget.

use base64::{engine::general_purpose::URL_SAFE_NO_PAD, Engine};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::super::Comment;
use crate::report::{
    failures,
    write::{markdown, text},
    Report,
};

/// What a vendor's comments understand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Markup {
    /// Markdown with HTML; what is in HTML comments is not seen.
    Html,
    /// Markdown that shows HTML as text; what nobody is to see stands in definitions of links that nobody uses.
    Plain,
}

/// Failing tests that are named where there is no room for more.
const NAMED: usize = 10;
/// Characters of such a name.
const NAME: usize = 120;

/// What a leg says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Section {
    /// The leg; empty for the whole suite.
    #[serde(default)]
    pub leg: String,
    /// Whether the leg has a name; without one, what it said in an earlier attempt cannot be told from another leg's.
    #[serde(default)]
    pub named: bool,
    /// The pipeline's run.
    #[serde(default)]
    pub run: String,
    /// Which attempt of it.
    #[serde(default)]
    pub attempt: u32,
    /// When it started: RFC 3339, in UTC.
    #[serde(default)]
    pub start: String,
    /// Whether it is good.
    #[serde(default)]
    pub passed: bool,
    /// Tests, failing ones, flaky ones.
    #[serde(default)]
    pub counts: (u64, u64, u64),
    /// What is to be said in one line, as Markdown.
    #[serde(default)]
    pub headline: String,
    /// The names of some failing tests, as Markdown.
    #[serde(default)]
    pub failing: Vec<String>,
    /// What there is to say, without the line; empty where there was no room for it.
    #[serde(skip)]
    pub text: String,
}

impl Section {
    /// What a comment says, in at most `budget` bytes.
    pub fn of(comment: &Comment<'_>, markup: Markup, budget: usize) -> Section {
        let Comment { report, whole, leg, .. } = *comment;
        let options = markdown::Options { budget, html: markup == Markup::Html, whole };
        let text = markdown::text(report, &options);
        let (headline, text) = text.split_once('\n').unwrap_or((&text, ""));
        let failing = failures(report);
        let name = |case: &crate::report::Case| markdown::prose(&text::line(&text::name(case), NAME));
        Section {
            leg: leg.map_or_else(|| unnamed(report), str::to_owned),
            named: leg.is_some(),
            run: report.run.id.clone(),
            attempt: report.run.attempt,
            start: report.run.start.clone().unwrap_or_default(),
            passed: report.verdict.passed,
            counts: (report.totals.tests, report.totals.failures(), report.totals.flaky),
            headline: headline.trim_start_matches("### ").to_owned(),
            failing: failing.iter().take(NAMED).map(|it| name(it)).collect(),
            // A test may say what looks like a part of ours.
            text: text.trim().replace("ci-gen:", "ci-gen&#58;"),
        }
    }

    /// Whether another run of the pipeline is the newer one: by its number where both are numbers, else by when it started.
    fn is_older_than(&self, other: &Section) -> bool {
        match (self.run.parse::<u64>(), other.run.parse::<u64>()) {
            (Ok(mine), Ok(theirs)) => mine < theirs,
            _ => self.start < other.start,
        }
    }

    /// Whether another part of the same run no longer holds beside this one: of an earlier attempt only what legs with a name
    /// said does.
    fn outdates(&self, other: &Section) -> bool {
        self.run == other.run && self.attempt > other.attempt && !(self.named && other.named)
    }

    /// The line and the names, for where there is no room.
    fn short(&self) -> String {
        let names: Vec<String> = self.failing.iter().map(|it| format!("- {it}")).collect();
        let more = self.counts.1.saturating_sub(self.failing.len() as u64);
        let more = if more > 0 { vec![format!("- and {more} more")] } else { Vec::new() };
        names.into_iter().chain(more).collect::<Vec<_>>().join("\n")
    }
}

/// The whole suite says nothing about legs. A leg without a name is told by where it ran and what came out.
fn unnamed(report: &Report) -> String {
    if !report.merged.is_empty() {
        return String::new();
    }
    let mut hash = Sha256::new();
    for case in &report.cases {
        for part in [case.class.as_deref().unwrap_or_default(), &case.name, case.status.as_str()] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
    }
    if let Some(shard) = report.run.shard {
        hash.update(format!("{}/{}", shard.index, shard.total));
    }
    hash.finalize().iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

/// A comment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    key: String,
    sections: Vec<Section>,
    /// Whether legs were left out of the text for want of room.
    overflows: bool,
}

impl Document {
    /// An empty one.
    pub fn new(key: &str) -> Self {
        Document { key: key.to_owned(), ..Document::default() }
    }

    /// Reads a comment back; `None` if it is none of ours with this key. What cannot be read of it is left out.
    pub fn parse(key: &str, body: &str, markup: Markup) -> Option<Document> {
        let mut lines = body.lines().map(str::trim_end).skip_while(|it| it.is_empty());
        if lines.next()? != markup.marker(&format!("report:{}", mark(key))) {
            return None;
        }
        let mut document = Document::new(key);
        let mut open: Option<Section> = None;
        for line in lines {
            if let Some(data) = markup.marked(line, "leg:") {
                let json = URL_SAFE_NO_PAD.decode(data).unwrap_or_default();
                open = serde_json::from_slice(&json).ok();
            } else if markup.marked(line, "text").is_some() {
                // What stood before is the heading, which is made anew each time.
                open.iter_mut().for_each(|it| it.text.clear());
            } else if markup.marked(line, "more").is_some() {
                document.overflows = true;
            } else if markup.marked(line, "end").is_some() {
                document.sections.extend(open.take().map(|it| Section { text: it.text.trim().to_owned(), ..it }));
            } else if let Some(section) = &mut open {
                section.text.push_str(line);
                section.text.push('\n');
            }
        }
        Some(document)
    }

    /// Whether it holds what a leg says, or has no room for it.
    pub fn holds(&self, section: &Section) -> bool {
        let same = |it: &Section| {
            (&it.leg, &it.run, it.attempt, it.passed, it.counts)
                == (&section.leg, &section.run, section.attempt, section.passed, section.counts)
        };
        self.overflows || self.covers(section) || self.sections.iter().any(same)
    }

    /// Whether everything that it says is in another one, or newer there.
    pub(super) fn within(&self, other: &Document) -> bool {
        let known = |section: &Section| {
            let newer = |it: &Section| match it.run == section.run {
                true => it.leg == section.leg && it.attempt >= section.attempt,
                false => section.is_older_than(it),
            };
            other.covers(section) || other.overflows || other.sections.iter().any(newer)
        };
        self.sections.iter().all(known)
    }

    /// The legs that it holds.
    pub fn legs(&self) -> impl Iterator<Item = &str> {
        self.sections.iter().map(|it| it.leg.as_str())
    }

    /// Takes in what another comment of the same key says: of each leg the newest.
    pub fn absorb(&mut self, other: Document) {
        for section in other.sections {
            self.put(section);
        }
    }

    /// Takes in what a leg says; `false` if a newer run has spoken already.
    pub fn put(&mut self, section: Section) -> bool {
        if self.sections.iter().any(|it| it.run != section.run && section.is_older_than(it)) {
            return false;
        }
        if self.sections.iter().any(|it| it.outdates(&section)) {
            return true;
        }
        self.sections.retain(|it| it.run == section.run && !section.outdates(it));
        // The whole suite stands for all its legs, and legs that come late say nothing new beside it.
        if section.leg.is_empty() {
            self.sections.retain(|it| it.attempt > section.attempt);
        } else if self.sections.iter().any(|it| it.leg.is_empty() && it.attempt >= section.attempt) {
            return true;
        }
        match self.sections.iter_mut().find(|it| it.leg == section.leg) {
            Some(known) if known.attempt > section.attempt => {}
            Some(known) => *known = section,
            None => self.sections.push(section),
        }
        true
    }

    /// Whether a part for the whole suite stands for that leg, or a later attempt has spoken.
    fn covers(&self, section: &Section) -> bool {
        let whole = |it: &Section| it.leg.is_empty() && it.run == section.run && it.attempt >= section.attempt;
        self.sections.iter().any(|it| whole(it) || it.outdates(section))
    }

    /// The comment, in at most `budget` bytes: failing legs first, then the others in a line each. Where there is no room,
    /// the longest parts are shortened to what failed, and at last parts are only counted.
    pub fn text(&self, markup: Markup, budget: usize) -> String {
        let mut sections: Vec<Section> = self.sections.clone();
        sections.sort_by(|a, b| a.passed.cmp(&b.passed).then_with(|| a.leg.cmp(&b.leg)));
        if sections.len() > 1 {
            // What passed needs no more than its line where others share the comment.
            sections.iter_mut().filter(|it| it.passed).for_each(|it| it.text = String::new());
        }
        let several = sections.len() > 1;
        let mut parts: Vec<String> = sections.iter().map(|it| it.print(markup, several)).collect();
        let head = self.head(&sections, markup);
        let mut size = head.len() + parts.iter().map(String::len).sum::<usize>();
        while size > budget {
            let surplus = |it: &Section| it.text.len().saturating_sub(it.short().len());
            let longest = sections.iter().enumerate().max_by_key(|(_, it)| (surplus(it), it.failing.len()));
            let Some((index, _)) = longest else { break };
            let section = &mut sections[index];
            if surplus(section) == 0 {
                if section.failing.is_empty() {
                    break;
                }
                section.failing.truncate(section.failing.len() / 2);
            }
            section.text = section.short();
            let part = section.print(markup, several);
            size = size + part.len() - parts[index].len();
            parts[index] = part;
        }
        let tail = |left: usize| {
            format!("\n{}\n\nand {left} more legs, for which there is no room here\n", markup.marker("more"))
        };
        if size <= budget {
            return head + &parts.concat();
        }
        let room = budget.saturating_sub(head.len() + tail(sections.len()).len());
        let mut used = 0;
        let fits = |part: &&String| {
            used += part.len();
            used <= room
        };
        let shown: Vec<&String> = parts.iter().take_while(fits).collect();
        let left = parts.len() - shown.len();
        let shown: String = shown.into_iter().map(String::as_str).collect();
        head + &shown + &tail(left)
    }

    /// The marker, and how the legs stand together where there are several.
    fn head(&self, sections: &[Section], markup: Markup) -> String {
        let marker = markup.marker(&format!("report:{}", mark(&self.key)));
        match sections.len() {
            0 | 1 => format!("{marker}\n"),
            _ => format!("{marker}\n\n### {}\n", headline(sections)),
        }
    }
}

impl Section {
    /// The part of the comment; `several` tells that it is not the only one.
    fn print(&self, markup: Markup, several: bool) -> String {
        let data = serde_json::to_vec(self).unwrap_or_default();
        let marker = markup.marker(&format!("leg:{}", URL_SAFE_NO_PAD.encode(data)));
        let leg = match self.named {
            true => markdown::prose(&text::line(&self.leg, NAME)),
            false => format!("a leg without a name ({})", self.leg),
        };
        let heading = match (several, self.named) {
            (false, false) => format!("### {}", self.headline),
            (false, true) => format!("### {} · {leg}", self.headline),
            (true, _) if self.text.is_empty() => format!("- {leg}: {}", self.headline),
            (true, _) => format!("#### {leg}: {}", self.headline),
        };
        let (begin, end) = (markup.marker("text"), markup.marker("end"));
        match self.text.is_empty() {
            true => format!("\n{marker}\n\n{heading}\n\n{begin}\n{end}\n"),
            false => format!("\n{marker}\n\n{heading}\n\n{begin}\n\n{}\n\n{end}\n", self.text),
        }
    }
}

/// How several legs stand together.
fn headline(sections: &[Section]) -> String {
    // Whoever may write comments may write any number.
    let sum = |count: fn(&Section) -> u64| sections.iter().map(count).fold(0, u64::saturating_add);
    let (tests, failed) = (sum(|it| it.counts.0), sum(|it| it.counts.1));
    let bad = sections.iter().filter(|it| !it.passed).count();
    let legs = sections.len();
    match (bad, failed) {
        (0, _) => format!("✅ {tests} tests passed in {legs} legs"),
        (_, 0) => format!("❌ {bad} of {legs} legs proved nothing"),
        _ => format!("❌ {failed} of {tests} tests failed, in {bad} of {legs} legs"),
    }
}

/// A key as it stands in a marker: readable, and different for different keys.
fn mark(key: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "_./".contains(c) { c } else { '_' };
    let word: String = key.chars().take(60).map(plain).collect();
    let hash: String = Sha256::digest(key.as_bytes()).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("{word}:{hash}")
}

impl Markup {
    /// A line that nobody sees.
    fn marker(self, text: &str) -> String {
        match self {
            Markup::Html => format!("<!-- ci-gen:{text} -->"),
            Markup::Plain => format!("[//]: # (ci-gen:{text})"),
        }
    }

    /// What stands behind a word in such a line.
    fn marked(self, line: &str, word: &str) -> Option<String> {
        let (open, close) = match self {
            Markup::Html => ("<!-- ci-gen:", " -->"),
            Markup::Plain => ("[//]: # (ci-gen:", ")"),
        };
        line.strip_prefix(open)?.strip_suffix(close)?.strip_prefix(word).map(str::to_owned)
    }
}
