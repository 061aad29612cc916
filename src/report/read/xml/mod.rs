//! XML as a stream of elements and text that never fails and never holds much: what is wrong becomes a problem with its
//! line, after which there either is more or everything open is closed.
//!
//! Nothing is fetched and no entity is expanded but the five of XML and numeric ones.

mod guard;

use std::io::BufRead;

use quick_xml::{
    escape::resolve_xml_entity,
    events::{attributes::Attributes, BytesStart, Event},
    Error, Reader,
};

use self::guard::{Fault, Guard, LONGEST_VALUE};
use super::{
    text::{clipped, Text, BUDGET, LONG, SPARE},
    time::{self, Odd},
    Reading,
};

/// Elements may be nested as deep; deeper ones end the file.
const DEEPEST: usize = 128;

/// As many attributes of an element are kept.
const ATTRIBUTES: usize = 100;

/// An element's beginning.
#[derive(Debug)]
pub(super) struct Element {
    /// Its name without the prefix of a namespace.
    pub(super) name: String,
    /// The line that it begins in.
    pub(super) line: u64,
    attributes: Vec<(String, String)>,
}

impl Element {
    /// The first of these attributes that it has and that is not blank.
    pub(super) fn any(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.get(name))
    }

    /// The attribute, unless it is blank.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let value = &self.attributes.iter().find(|(it, _)| it == name)?.1;
        Some(value.trim()).filter(|value| !value.is_empty())
    }

    /// The attribute as a text of the report, unless it is blank.
    pub(super) fn text(&self, names: &[&str]) -> Option<String> {
        self.any(names).map(str::to_owned)
    }

    /// The attribute as a count, which some tools write with grouped digits.
    pub(super) fn count(&self, name: &str) -> Option<u64> {
        self.get(name)?.replace(',', "").parse().ok()
    }
}

/// What comes next inside of an element.
#[derive(Debug)]
pub(super) enum Piece {
    /// An element begins.
    Open(Element),
    /// Text, and how many bytes of it were left out.
    Text(String, u64),
    /// The element ends, or the file.
    Close,
}

/// See the module. The reading is what problems go to.
pub(super) struct Xml<'a> {
    parser: Reader<Guard<'a>>,
    buffer: Vec<u8>,
    /// Names and lines of the elements that are open.
    open: Vec<(String, u64)>,
    /// The file ended, or broke; what is open is closed now.
    ended: bool,
    /// There was a document type declaration.
    doctype: bool,
    /// There was a root element.
    rooted: bool,
    /// Bytes of text that were kept.
    kept: usize,
    /// What is read into.
    pub(super) reading: &'a mut Reading,
}

impl<'a> Xml<'a> {
    /// Reads from a text.
    pub(super) fn new(source: &'a mut dyn BufRead, reading: &'a mut Reading) -> Self {
        let mut parser = Reader::from_reader(Guard::new(source));
        let config = parser.config_mut();
        config.expand_empty_elements = true;
        config.allow_dangling_amp = true;
        Xml {
            parser,
            buffer: Vec::new(),
            open: Vec::new(),
            ended: false,
            doctype: false,
            rooted: false,
            kept: 0,
            reading,
        }
    }

    /// The next root element; a good file has one.
    pub(super) fn root(&mut self) -> Option<Element> {
        loop {
            match self.next() {
                Piece::Close => return None,
                Piece::Text(text, _) if text.trim_matches(['\u{feff}', ' ', '\t', '\r', '\n']).is_empty() => {}
                Piece::Text(..) => self.ill_formed("there is text outside of the root element"),
                Piece::Open(element) => {
                    if std::mem::replace(&mut self.rooted, true) {
                        let message = format!("a second root element <{}>", element.name);
                        self.reading.error("ill-formed", element.line, message);
                    }
                    return Some(element);
                }
            }
        }
    }

    /// The next piece of the element that is open.
    pub(super) fn next(&mut self) -> Piece {
        while !self.ended {
            let line = self.parser.get_ref().line();
            self.buffer.clear();
            let mut buffer = std::mem::take(&mut self.buffer);
            let piece = match self.parser.read_event_into(&mut buffer) {
                Ok(event) => self.piece(event, line),
                Err(error) => {
                    self.broken(&error, line);
                    None
                }
            };
            self.buffer = buffer;
            self.faults();
            if let Some(piece) = piece {
                return piece;
            }
        }
        self.open.pop();
        Piece::Close
    }

    /// Passes over the rest of the element that is open.
    pub(super) fn skip(&mut self) {
        let mut depth = 1;
        while depth > 0 {
            match self.next() {
                Piece::Open(_) => depth += 1,
                Piece::Close => depth -= 1,
                Piece::Text(..) => {}
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
                Piece::Text(piece, left_out) => {
                    text.push(&piece);
                    text.leave_out(left_out);
                }
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
        let message = format!("the time `{}` of <{}> is {what}", clipped(text, 40), element.name);
        self.reading.warn("time", element.line, message);
        value
    }

    /// The line that was reached.
    pub(super) fn line(&self) -> u64 {
        self.parser.get_ref().line()
    }

    fn piece(&mut self, event: Event<'_>, line: u64) -> Option<Piece> {
        match event {
            Event::Start(start) | Event::Empty(start) => {
                let element = self.element(&start, line);
                if self.open.len() == DEEPEST {
                    let message = format!("elements are nested deeper than {DEEPEST}; what comes after is missing");
                    self.reading.error("too-deep", line, message);
                    self.ended = true;
                    return None;
                }
                self.open.push((element.name.clone(), line));
                Some(Piece::Open(element))
            }
            Event::End(_) => {
                self.open.pop();
                Some(Piece::Close)
            }
            Event::Text(text) => {
                if text.starts_with('&') {
                    self.ill_formed("`&` must be written `&amp;`");
                }
                let left_out = self.parser.get_mut().take_left_out();
                Some(Piece::Text(text.to_string(), left_out))
            }
            Event::CData(text) => {
                let left_out = self.parser.get_mut().take_left_out();
                Some(Piece::Text(text.to_string(), left_out))
            }
            Event::GeneralRef(reference) => Some(Piece::Text(self.entity(&reference), 0)),
            Event::DocType(_) => {
                self.doctype = true;
                None
            }
            Event::Eof => {
                self.ended = true;
                if let Some((name, since)) = self.open.last() {
                    let message = format!(
                        "the file ends inside of <{name}>, which begins in line {since}; what comes after is missing"
                    );
                    self.reading.error("truncated", line, message);
                } else if !self.rooted {
                    self.reading.error("truncated", line, "the file ends before its root element".to_owned());
                }
                None
            }
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => None,
        }
    }

    fn element(&mut self, start: &BytesStart<'_>, line: u64) -> Element {
        let name = start.local_name().into_inner().to_owned();
        let left_out = self.parser.get_mut().take_left_out();
        let mut attributes = Vec::new();
        for attribute in Attributes::new(start, start.name().into_inner().len()) {
            match attribute {
                Ok(_) if attributes.len() == ATTRIBUTES => {
                    let message = format!("<{name}> has more than {ATTRIBUTES} attributes; the others were left out");
                    self.reading.warn("attributes", line, message);
                    break;
                }
                Ok(attribute) => {
                    let mut value = self.unescaped(&attribute.value).replace('\0', "\u{fffd}");
                    if left_out > 0 && attribute.value.len() >= LONGEST_VALUE {
                        let mut text = Text::new(LONGEST_VALUE);
                        text.push(&value);
                        text.leave_out(left_out);
                        value = text.finish().unwrap_or_default();
                    }
                    attributes.push((attribute.key.local_name().into_inner().to_owned(), value));
                }
                Err(error) => {
                    self.reading.error("ill-formed", line, format!("<{name}> is not well-formed: {error}"));
                }
            }
        }
        Element { name, line, attributes }
    }

    fn unescaped(&mut self, raw: &str) -> String {
        let mut parts = raw.split('&');
        let mut text = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            match part.split_once(';') {
                Some((name, rest)) if name.len() < 64 => {
                    text.push_str(&self.entity(name));
                    text.push_str(rest);
                }
                // What was cut may end inside of an entity.
                _ if raw.len() >= LONGEST_VALUE => {}
                _ => {
                    self.ill_formed("`&` must be written `&amp;`");
                    text.push('&');
                    text.push_str(part);
                }
            }
        }
        text
    }

    /// The text behind `&name;`.
    fn entity(&mut self, name: &str) -> String {
        if let Some(text) = resolve_xml_entity(name) {
            return text.to_owned();
        }
        // Surefire writes control characters as `&amp#27;`.
        let number = name.strip_prefix("amp#").or_else(|| name.strip_prefix('#')).and_then(|digits| {
            match digits.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16).ok(),
                None => digits.parse().ok(),
            }
        });
        if let Some(number) = number {
            // A surrogate or zero stands for no character.
            return char::from_u32(number).filter(|c| *c != '\0').unwrap_or(char::REPLACEMENT_CHARACTER).to_string();
        }
        let line = self.line();
        let name = clipped(name, 64);
        if self.doctype {
            let message = format!("the entity `&{name};` of the document type was not expanded");
            self.reading.warn("entity", line, message);
        } else {
            self.reading.error("ill-formed", line, format!("the entity `&{name};` is nowhere declared"));
        }
        format!("&{name};")
    }

    fn broken(&mut self, error: &Error, line: u64) {
        self.ended = true;
        let inside = match self.open.last() {
            Some((name, since)) => format!(" inside of <{name}>, which begins in line {since}"),
            None => String::new(),
        };
        if matches!(error, Error::Syntax(_)) {
            let message = format!("the file is cut off{inside} ({error}); what comes after is missing");
            self.reading.error("truncated", line, message);
        } else {
            let message = format!("the file is not well-formed{inside} ({error}); what comes after is missing");
            self.reading.error("ill-formed", line, message);
        }
    }

    fn faults(&mut self) {
        for (fault, line) in self.parser.get_mut().take_faults() {
            match fault {
                Fault::Nul => {
                    let message = "the file is not well-formed: it holds the character U+0000".to_owned();
                    self.reading.error("ill-formed", line, message);
                }
                Fault::Control => {
                    let message = "the file holds control characters, which XML cannot hold".to_owned();
                    self.reading.warn("control-character", line, message);
                }
                Fault::LessThan => {
                    let message = "the file is not well-formed: `<` must be written `&lt;` in an attribute".to_owned();
                    self.reading.error("ill-formed", line, message);
                }
                // The element around it says so too.
                Fault::OpenCData if !self.open.is_empty() => {}
                Fault::OpenCData => {
                    let message = "the file ends inside of a CDATA section; what comes after is missing".to_owned();
                    self.reading.error("truncated", line, message);
                }
                Fault::LongTag => {
                    let message = "a tag is too long; what comes after is missing".to_owned();
                    self.reading.error("too-long", line, message);
                }
            }
        }
    }

    fn ill_formed(&mut self, what: &str) {
        let line = self.line();
        self.reading.error("ill-formed", line, format!("the file is not well-formed: {what}"));
    }
}

/// The name of the root element of a file that begins like this.
pub(super) fn root_name(head: &str) -> Option<&str> {
    let mut rest = head.trim_start_matches('\u{feff}').trim_start();
    loop {
        rest = rest.strip_prefix('<')?;
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = comment.split_once("-->")?.1;
        } else if let Some(instruction) = rest.strip_prefix('?') {
            rest = instruction.split_once("?>")?.1;
        } else if rest.starts_with('!') {
            // A document type may hold declarations between brackets.
            let end = rest.find('>')?;
            rest = match rest.find('[').filter(|bracket| *bracket < end) {
                Some(_) => rest.split_once(']')?.1.trim_start().strip_prefix('>')?,
                None => &rest[end + 1..],
            };
        } else {
            let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '>' | '/'))?;
            let name = &rest[..end];
            return Some(name.rsplit(':').next().unwrap_or(name));
        }
        rest = rest.trim_start();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::read::read;

    fn codes(reading: &Reading) -> Vec<(&str, u64)> {
        reading.problems.iter().map(|it| (it.note.code.as_str(), it.note.line.unwrap_or(0))).collect()
    }

    /// How many bytes the mark at the end of a text speaks of, and how long the text before it is.
    fn mark(text: &str) -> (usize, usize) {
        let (kept, mark) = text.rsplit_once("\n… ").unwrap();
        (mark.split(' ').next().unwrap().replace(',', "").parse().unwrap(), kept.len())
    }

    #[test]
    fn long_text_is_cut_wherever_it_stands() {
        let lines = 40_000;
        let long = "ä]]&gt;-?x\n".repeat(lines);
        let raw = "ä]]-?'x\n".repeat(lines);
        let xml = format!(
            "<testsuite><!--{raw}--><?p {raw}?><testcase name='a'><failure>{long}</failure>\
             <system-out><![CDATA[{raw}]]></system-out><system-err>{}</system-err></testcase>\n\
             <testcase name='b'><failure message=\"{raw}\" type='t'/></testcase><testcase/></testsuite>",
            raw.trim_end(),
        );
        let reading = read("x", xml.as_bytes());
        let last = xml.lines().count() as u64;
        assert_eq!(codes(&reading), [("unnamed", last)]);
        let [a, b, _] = &reading.cases[..] else { panic!("{} cases", reading.cases.len()) };
        assert!(mark(a.details.trace.as_ref().unwrap()).1 <= LONG);
        let (left_out, kept) = mark(a.details.stdout.as_ref().unwrap());
        assert!(left_out + kept >= raw.len() - 2 && left_out + kept <= raw.len(), "{left_out} {kept} {}", raw.len());
        let (left_out, kept) = mark(a.details.stderr.as_ref().unwrap());
        assert!(left_out + kept >= raw.len() - 3 && left_out + kept <= raw.len(), "{left_out} {kept} {}", raw.len());
        let (left_out, kept) = mark(b.details.message.as_ref().unwrap());
        assert!(left_out + kept >= raw.len() - 2 && left_out + kept <= raw.len(), "{left_out} {kept} {}", raw.len());
        assert_eq!(b.details.kind.as_deref(), Some("t"));
    }

    #[test]
    fn nesting_attributes_and_tags_are_bounded() {
        let deep = format!("<testsuite>{}", "<testsuite>".repeat(100_000));
        assert_eq!(codes(&read("x", deep.as_bytes())), [("too-deep", 1)]);
        let attributes: String = (0..1000).map(|it| format!(" a{it}='1'")).collect();
        let wide = format!("<testsuite><testcase name='a'{attributes}/></testsuite>");
        assert_eq!(codes(&read("x", wide.as_bytes())), [("attributes", 1)]);
        let long = format!("<testsuite>\n<testcase {}/></testsuite>", "a".repeat(5_000_000));
        let codes = read("x", long.as_bytes()).problems;
        assert!(codes.iter().any(|it| it.note.code == "too-long"), "{codes:?}");
    }

    #[test]
    fn entities_of_a_document_type_are_never_expanded() {
        let xml = "<!DOCTYPE t [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><testsuite name='&b;'>\n\
                   <testcase name='&lt;&#65;&#x42;&amp;'/></testsuite>";
        let reading = read("x", xml.as_bytes());
        assert_eq!(codes(&reading), [("entity", 1)]);
        assert_eq!((reading.suites[0].name.as_str(), reading.cases[0].name.as_str()), ("&b;", "<AB&"));
    }

    #[test]
    fn root_elements_are_found_behind_everything_that_may_precede() {
        let before = "\u{feff} <?xml version='1.0'?> <!-- <no/> --><!DOCTYPE a [<!ENTITY b '>'>] ><!DOCTYPE c>";
        assert_eq!(root_name(&format!("{before}<x:testsuite name='a'>")), Some("testsuite"));
        for none in ["", "<", "<testsuit", "text <a>", "<!-- <a>", "{}"] {
            assert_eq!(root_name(none), None, "{none}");
        }
    }
}
