//! What is said about a file that is not as it should be, with the line.

use super::{
    element::{Element, Flaw, ATTRIBUTES},
    scan::Break,
    window::Forbidden,
    Xml,
};

pub(super) const AMPERSAND: &str = "`&` must be written `&amp;`";

impl Xml<'_> {
    pub(super) fn eof(&mut self) {
        let line = self.line();
        self.ended = true;
        if let Some((name, since)) = self.innermost() {
            let message =
                format!("the file ends inside of <{name}>, which begins in line {since}; what comes after is missing");
            self.reading.error("truncated", line, message);
        } else if !self.rooted {
            self.reading.error("truncated", line, "the file ends before its root element".to_owned());
        }
    }

    pub(super) fn broken(&mut self, reason: Break) {
        match reason {
            Break::Cut(what) => self.fail("truncated", "is cut off", &format!("it ends in the middle of {what}")),
            // The element around it says so too.
            Break::OpenCData if !self.open.is_empty() => self.eof(),
            Break::OpenCData => self.fail("truncated", "is cut off", "it ends in the middle of a CDATA section"),
            Break::Declaration => {
                self.fail("ill-formed", "is not well-formed", "XML knows no such declaration with `<!`")
            }
            Break::LongTag => self.fail("too-long", "cannot be read on", "a tag is too long"),
        }
    }

    /// Ends the file and says why.
    pub(super) fn fail(&mut self, code: &str, what: &str, why: &str) {
        let line = self.line();
        let inside = match self.innermost() {
            Some((name, since)) => format!(" inside of <{name}>, which begins in line {since}"),
            None => String::new(),
        };
        self.reading.error(code, line, format!("the file {what}{inside} ({why}); what comes after is missing"));
        self.ended = true;
    }

    /// Name and line of the innermost element that is open.
    fn innermost(&self) -> Option<(&str, u64)> {
        let (begin, line) = *self.open.last()?;
        let name = &self.names[begin..];
        Some((name.split_once(':').map_or(name, |(_, local)| local), line))
    }

    /// Says what is wrong with a tag.
    pub(super) fn flaws(&mut self, element: &Element) {
        let name = element.name();
        for (flaw, at) in &element.flaws {
            let what = match flaw {
                Flaw::LessThan => {
                    let line = element.line + element.text[..*at].matches('\n').count() as u64;
                    let message = "the file is not well-formed: `<` must be written `&lt;` in an attribute".to_owned();
                    self.reading.error("ill-formed", line, message);
                    continue;
                }
                Flaw::Many => {
                    let message = format!("<{name}> has more than {ATTRIBUTES} attributes; the others were left out");
                    self.reading.warn("attributes", element.line, message);
                    continue;
                }
                Flaw::NoName => "an attribute has no name",
                Flaw::NoValue => "an attribute has no value",
                Flaw::Unquoted => "the value of an attribute is not in quotes",
                Flaw::Twice => "an attribute is there twice",
            };
            self.reading.error("ill-formed", element.line, format!("<{name}> is not well-formed: {what}"));
        }
    }

    pub(super) fn forbidden(&mut self) {
        for (character, line) in std::mem::take(&mut self.scan.window.forbidden) {
            match character {
                Forbidden::Nul => {
                    let message = "the file is not well-formed: it holds the character U+0000".to_owned();
                    self.reading.error("ill-formed", line, message);
                }
                Forbidden::Control => {
                    let message = "the file holds control characters, which XML cannot hold".to_owned();
                    self.reading.warn("control-character", line, message);
                }
            }
        }
    }

    pub(super) fn ill_formed(&mut self, what: &str) {
        let line = self.line();
        self.reading.error("ill-formed", line, format!("the file is not well-formed: {what}"));
    }
}
