//! XML as a stream of elements and text that never fails and never holds much: what is wrong becomes a problem with its
//! line, after which there either is more or everything open is closed.
//!
//! Nothing is fetched and no entity is expanded but the five of XML and numeric ones.

#[cfg(test)]
mod against;
mod element;
mod entity;
mod root;
mod say;
mod scan;
#[cfg(test)]
mod tests;
mod window;

use std::io::BufRead;

pub(super) use self::{element::Element, root::root_name};
use self::{
    say::AMPERSAND,
    scan::{Scan, Token, LONGEST_VALUE},
    window::Window,
};
use super::{
    text::{clipped, Text, BUDGET, LONG, SPARE},
    time::{self, Odd},
    Reading,
};

/// Elements may be nested as deep; deeper ones end the file.
const DEEPEST: usize = 128;

/// What comes next inside of an element.
#[derive(Debug)]
pub(super) enum Piece<'a> {
    /// An element begins.
    Open(Box<Element>),
    /// Text, which may come in several pieces.
    Text(&'a str),
    /// The element ends, or the file.
    Close,
}

/// See the module. The reading is what problems go to.
pub(super) struct Xml<'a> {
    scan: Scan<'a>,
    /// Names of the elements that are open, one after the other.
    names: String,
    /// Where their names begin, and their lines.
    open: Vec<(usize, u64)>,
    /// The element that was handed out last ends with its tag.
    is_empty: bool,
    /// The file ended, or broke; what is open is closed now.
    ended: bool,
    /// There was a document type declaration.
    doctype: bool,
    /// There was a root element.
    rooted: bool,
    /// Bytes of text that were kept.
    kept: usize,
    /// Text in place of a reference.
    resolved: String,
    /// Elements to be used again.
    #[expect(clippy::vec_box, reason = "they come and go as boxes, which are moved faster than what is in them")]
    spare: Vec<Box<Element>>,
    /// What is read into.
    pub(super) reading: &'a mut Reading,
}

impl<'a> Xml<'a> {
    /// Reads from a text.
    pub(super) fn new(source: &'a mut dyn BufRead, reading: &'a mut Reading) -> Self {
        Xml {
            scan: Scan::new(Window::new(source)),
            names: String::new(),
            open: Vec::new(),
            is_empty: false,
            ended: false,
            doctype: false,
            rooted: false,
            kept: 0,
            resolved: String::new(),
            spare: Vec::new(),
            reading,
        }
    }

    /// The next root element; a good file has one.
    pub(super) fn root(&mut self) -> Option<Box<Element>> {
        let mut stray = false;
        loop {
            match self.next() {
                Piece::Close => return None,
                Piece::Text(text) => {
                    let blank = text.trim_matches(['\u{feff}', ' ', '\t', '\r', '\n']).is_empty();
                    if !blank && !std::mem::replace(&mut stray, true) {
                        self.ill_formed("there is text outside of the root element");
                    }
                }
                Piece::Open(element) => {
                    if std::mem::replace(&mut self.rooted, true) {
                        let message = format!("a second root element <{}>", element.name());
                        self.reading.error("ill-formed", element.line, message);
                    }
                    return Some(element);
                }
            }
        }
    }

    /// The next element in the one that is open, whatever text stands before it; nothing at the end.
    pub(super) fn child(&mut self) -> Option<Box<Element>> {
        loop {
            match self.next() {
                Piece::Close => return None,
                Piece::Text(_) => {}
                Piece::Open(child) => return Some(child),
            }
        }
    }

    /// The next piece of the element that is open.
    pub(super) fn next(&mut self) -> Piece<'_> {
        if std::mem::take(&mut self.is_empty) {
            return Piece::Close;
        }
        while !self.ended {
            let token = self.scan.next();
            if !self.scan.window.forbidden.is_empty() {
                self.forbidden();
            }
            match token {
                Token::Text(length) => return Piece::Text(self.scan.window.taken(length)),
                Token::Begin => {
                    if let Some(element) = self.begin() {
                        return Piece::Open(element);
                    }
                }
                Token::End(length) => {
                    if self.end(length) {
                        return Piece::Close;
                    }
                }
                Token::Reference(length) => {
                    let reference = self.scan.window.taken(length);
                    let name = reference[1..length - 1].to_owned();
                    self.resolved = self.entity(&name);
                    return Piece::Text(&self.resolved);
                }
                Token::Stray(character) => {
                    let what = if character == '&' { AMPERSAND } else { "`<` must be written `&lt;`" };
                    self.ill_formed(what);
                    return Piece::Text(self.scan.window.taken(1));
                }
                Token::Doctype => self.doctype = true,
                Token::Broken(reason) => self.broken(reason),
                Token::Eof => self.eof(),
            }
        }
        self.open.pop();
        Piece::Close
    }

    /// Takes back an element, so that the next one needs no memory of its own.
    pub(super) fn give_back(&mut self, element: Box<Element>) {
        if self.spare.len() < DEEPEST && element.text.capacity() <= LONGEST_VALUE {
            self.spare.push(element);
        }
    }

    /// Goes to the end of the element that is open.
    pub(super) fn skip(&mut self) {
        let mut depth = 1;
        while depth > 0 {
            match self.next() {
                Piece::Open(element) => {
                    depth += 1;
                    self.give_back(element);
                }
                Piece::Close => depth -= 1,
                Piece::Text(_) => {}
            }
        }
    }

    /// The text of the element that is open, to its end, with that of elements in it.
    pub(super) fn content(&mut self, limit: usize) -> Option<String> {
        let mut text = Text::new(self.affordable(limit));
        let mut depth = 1;
        while depth > 0 {
            match self.next() {
                Piece::Open(_) => depth += 1,
                Piece::Close => depth -= 1,
                Piece::Text(piece) => text.push(piece),
            }
        }
        self.keep(text)
    }

    /// How much text may be kept where a limit is given.
    pub(super) fn affordable(&self, limit: usize) -> usize {
        if limit == LONG && self.kept > BUDGET {
            SPARE
        } else {
            limit
        }
    }

    /// Finishes a text and counts it against what may be kept of the file.
    pub(super) fn keep(&mut self, text: Text) -> Option<String> {
        let text = text.finish();
        let before = self.kept;
        self.kept += text.as_ref().map_or(0, String::len);
        if before <= BUDGET && self.kept > BUDGET {
            let message = format!("the file holds more than {BUDGET} bytes of output; of what follows little is kept");
            let line = self.line();
            self.reading.warn("output-limit", line, message);
        }
        text
    }

    /// The seconds in the first of these attributes, with a warning where they make no sense.
    pub(super) fn seconds(&mut self, element: &Element, names: &[&str]) -> Option<f64> {
        let text = element.any(names)?;
        let (value, what) = match time::seconds(text) {
            Ok(value) => return value,
            Err(Odd::Negative) => (Some(0.0), "below zero and counts as zero"),
            Err(Odd::Nonsense) => (None, "not a time and was left out"),
        };
        let message = format!("the time `{}` of <{}> is {what}", clipped(text, 40), element.name());
        self.reading.warn("time", element.line, message);
        value
    }

    /// The line that was reached.
    pub(super) fn line(&mut self) -> u64 {
        self.scan.window.line()
    }

    fn begin(&mut self) -> Option<Box<Element>> {
        let line = self.scan.element.line;
        if self.open.len() == DEEPEST {
            let message = format!("elements are nested deeper than {DEEPEST}; what comes after is missing");
            self.reading.error("too-deep", line, message);
            self.ended = true;
            return None;
        }
        let spare = self.spare.pop().unwrap_or_default();
        let mut element = std::mem::replace(&mut self.scan.element, spare);
        if !element.flaws.is_empty() {
            self.flaws(&element);
        }
        if element.is_escaped || self.scan.left_out > 0 {
            self.unescape(&mut element);
        }
        self.is_empty = element.is_empty;
        if !self.is_empty {
            self.open.push((self.names.len(), line));
            self.names.push_str(element.full_name());
        }
        Some(element)
    }

    /// Whether the tag closes the element that is open; one that closes another ends the file.
    fn end(&mut self, length: usize) -> bool {
        let tag = self.scan.window.taken(length);
        let found = tag[2..length - 1].trim_ascii_end();
        let Some(&(begin, _)) = self.open.last() else {
            let what =
                format!("ill-formed document: close tag `</{}>` does not match any open tag", clipped(found, 64));
            self.fail("ill-formed", "is not well-formed", &what);
            return false;
        };
        let expected = &self.names[begin..];
        if found == expected {
            self.names.truncate(begin);
            self.open.pop();
            return true;
        }
        let what = format!(
            "ill-formed document: expected `</{}>`, but `</{}>` was found",
            clipped(expected, 64),
            clipped(found, 64)
        );
        self.fail("ill-formed", "is not well-formed", &what);
        false
    }
}
