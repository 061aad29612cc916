//! A file cut into the tokens of XML, of which none is held whole but tags; the values in those are cut first.

use memchr::{memchr, memchr2, memchr3, memmem};

use super::{element::Element, window::Window};
use crate::report::boundary::floor;

/// As many bytes of one attribute's value come through.
pub(super) const LONGEST_VALUE: usize = 16 * 1024;

/// A tag that is longer than this, cut values counted as cut, ends the file.
const LONGEST_TAG: usize = 4 * 1024 * 1024;

/// As long may the name of an entity be, and what else must be seen whole to be known.
const LONGEST_NAME: usize = 64;

/// What comes next in a file. Comments and processing instructions do not come at all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Token {
    /// A tag that begins an element; it is in [`Scan::element`].
    Begin,
    /// `</name>`, of so many bytes.
    End(usize),
    /// Text of so many bytes, with nothing in it that would have to be resolved. Long text comes in several pieces.
    Text(usize),
    /// `&name;`, of so many bytes.
    Reference(usize),
    /// `&` or `<` that begins nothing.
    Stray(char),
    /// A document type declaration.
    Doctype,
    /// The file ends inside of that, or holds what XML does not know there.
    Broken(Break),
    /// The file ends.
    Eof,
}

/// Why a file cannot be read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Break {
    /// It ends inside of what is named.
    Cut(&'static str),
    /// A CDATA section does not end; its text was given out.
    OpenCData,
    /// `<!` begins nothing that XML knows.
    Declaration,
    /// [`LONGEST_TAG`] was reached.
    LongTag,
}

/// See the module.
pub(super) struct Scan<'a> {
    pub(super) window: Window<'a>,
    /// The element that began last.
    pub(super) element: Box<Element>,
    /// How many bytes of its values were left out.
    pub(super) left_out: u64,
    /// Whether the next byte stands in a CDATA section.
    is_cdata: bool,
}

impl<'a> Scan<'a> {
    pub(super) fn new(window: Window<'a>) -> Self {
        Scan { window, element: Box::default(), left_out: 0, is_cdata: false }
    }

    /// The next token. After [`Token::Broken`] and [`Token::Eof`] there is none.
    pub(super) fn next(&mut self) -> Token {
        loop {
            if self.is_cdata {
                if let Some(token) = self.cdata() {
                    return token;
                }
                continue;
            }
            let rest = self.window.rest().as_bytes();
            let begin = memchr2(b'<', b'&', rest).unwrap_or(rest.len());
            if begin > 0 {
                self.window.take(begin);
                return Token::Text(begin);
            }
            let token = match (rest.first().copied(), rest.get(1).copied()) {
                (_, None) if self.window.more() => None,
                (None, _) => Some(Token::Eof),
                (Some(b'&'), None) => Some(self.stray('&')),
                (Some(_), None) => Some(Token::Broken(Break::Cut("markup"))),
                (Some(b'&'), _) => self.reference(),
                (_, Some(b'/')) => self.end(),
                (_, Some(b'!')) => self.declaration(),
                (_, Some(b'?')) => self.pass("<?", "?>", "a processing instruction"),
                (_, Some(b'\0'..=b'9' | b';'..=b'@')) => Some(self.stray('<')),
                _ => Some(self.begin()),
            };
            if let Some(token) = token {
                return token;
            }
        }
    }

    fn begin(&mut self) -> Token {
        self.element.line = self.window.line();
        self.left_out = 0;
        let mut length = self.element.parse(self.window.rest());
        if length.is_none_or(|it| it > LONGEST_VALUE) {
            if let Err(reason) = self.gather() {
                return Token::Broken(reason);
            }
            length = self.element.parse(self.window.rest());
        }
        let Some(length) = length else { return Token::Broken(Break::Cut("a tag")) };
        self.window.take(length);
        Token::Begin
    }

    /// Reads on until a tag is at hand as a whole, and cuts its values.
    fn gather(&mut self) -> Result<(), Break> {
        let (mut at, mut value) = (1, None);
        loop {
            let bytes = self.window.rest().as_bytes();
            let rest = &bytes[at..];
            let found = match value {
                None => memchr3(b'>', b'"', b'\'', rest),
                Some((quote, _)) => memchr(quote, rest),
            };
            let end = at + found.unwrap_or(rest.len());
            match (value, bytes.get(end)) {
                (None, Some(b'>')) => return Ok(()),
                // A quote elsewhere opens no value.
                (None, Some(quote)) if bytes[..end].trim_ascii_end().ends_with(b"=") => value = Some((*quote, end + 1)),
                (None, _) => {}
                (Some((_, begin)), quote) => {
                    if quote.is_some() {
                        value = None;
                    }
                    let most = floor(self.window.rest(), begin + LONGEST_VALUE);
                    if end > most {
                        self.left_out += (end - most) as u64;
                        self.window.leave_out(most, end);
                        at = most + usize::from(found.is_some());
                        continue;
                    }
                }
            }
            at = end + usize::from(found.is_some());
            if at > LONGEST_TAG {
                return Err(Break::LongTag);
            }
            if found.is_none() && !self.window.more() {
                return Err(Break::Cut("a tag"));
            }
        }
    }

    fn end(&mut self) -> Option<Token> {
        let rest = self.window.rest().as_bytes();
        match memchr(b'>', rest) {
            Some(end) => {
                self.window.take(end + 1);
                Some(Token::End(end + 1))
            }
            None if rest.len() > LONGEST_VALUE => Some(Token::Broken(Break::LongTag)),
            None if self.window.more() => None,
            None => Some(Token::Broken(Break::Cut("a tag"))),
        }
    }

    fn reference(&mut self) -> Option<Token> {
        let rest = &self.window.rest().as_bytes()[1..];
        match memchr3(b';', b'&', b'<', &rest[..rest.len().min(LONGEST_NAME)]) {
            Some(end) if rest[end] == b';' => {
                self.window.take(end + 2);
                Some(Token::Reference(end + 2))
            }
            None if rest.len() < LONGEST_NAME && self.window.more() => None,
            _ => Some(self.stray('&')),
        }
    }

    fn stray(&mut self, character: char) -> Token {
        self.window.take(1);
        Token::Stray(character)
    }

    /// What begins with `<!`.
    fn declaration(&mut self) -> Option<Token> {
        const KINDS: [&str; 3] = ["<!--", "<![CDATA[", "<!DOCTYPE"];
        let rest = self.window.rest();
        let begins = |kind: &str| rest.get(..kind.len()).is_some_and(|it| it.eq_ignore_ascii_case(kind));
        let may = |kind: &str| kind.get(..rest.len()).is_some_and(|it| it.eq_ignore_ascii_case(rest));
        if begins(KINDS[0]) {
            return self.pass(KINDS[0], "-->", "a comment");
        }
        if begins(KINDS[1]) {
            self.window.take(KINDS[1].len());
            self.is_cdata = true;
            return None;
        }
        if begins(KINDS[2]) {
            return Some(self.doctype());
        }
        match KINDS.into_iter().any(may) {
            true if self.window.more() => None,
            true => Some(Token::Broken(Break::Cut("markup"))),
            false => Some(Token::Broken(Break::Declaration)),
        }
    }

    /// Goes past what ends so; the end does not overlap the beginning.
    fn pass(&mut self, begin: &str, end: &str, what: &'static str) -> Option<Token> {
        self.window.take(begin.len());
        match self.find(end) {
            true => None,
            false => Some(Token::Broken(Break::Cut(what))),
        }
    }

    /// Takes everything up to and with this; false where the file ends before.
    fn find(&mut self, end: &str) -> bool {
        loop {
            let rest = self.window.rest();
            if let Some(at) = memmem::find(rest.as_bytes(), end.as_bytes()) {
                self.window.take(at + end.len());
                return true;
            }
            // The end may begin here.
            self.window.take(floor(rest, (rest.len() + 1).saturating_sub(end.len())));
            if !self.window.more() {
                return false;
            }
        }
    }

    /// Text of a CDATA section; nothing where it ends, or where there is no more at hand.
    fn cdata(&mut self) -> Option<Token> {
        let rest = self.window.rest();
        let (length, end) = match memmem::find(rest.as_bytes(), b"]]>") {
            Some(at) => (at, 3),
            None => (floor(rest, rest.len().saturating_sub(2)), 0),
        };
        if length > 0 {
            self.window.take(length);
            return Some(Token::Text(length));
        }
        if end > 0 {
            self.window.take(end);
            self.is_cdata = false;
            return None;
        }
        if self.window.more() {
            return None;
        }
        // Brackets at the end of the file are the beginning of what should end the section.
        let length = self.window.rest().trim_end_matches(']').len();
        self.window.take(length);
        match length {
            0 => Some(Token::Broken(Break::OpenCData)),
            _ => Some(Token::Text(length)),
        }
    }

    /// Goes past a document type declaration, whose declarations are between brackets.
    fn doctype(&mut self) -> Token {
        let (mut depth, mut quote) = (0_u32, None);
        self.window.take(2);
        loop {
            let rest = self.window.rest().as_bytes();
            let sign = |byte: &u8| quote.map_or(b"<>[]\"'".contains(byte), |it| it == *byte);
            let Some(at) = rest.iter().position(sign) else {
                self.window.take(rest.len());
                if self.window.more() {
                    continue;
                }
                return Token::Broken(Break::Cut("the document type declaration"));
            };
            let byte = rest[at];
            // Quotes in comments open nothing.
            let is_comment = rest[at..].starts_with(b"<!--");
            if byte == b'<' && rest.len() < at + 4 && self.window.more() {
                continue;
            }
            self.window.take(at + 1);
            match byte {
                b'<' if is_comment => {
                    self.window.take(3);
                    if !self.find("-->") {
                        return Token::Broken(Break::Cut("a comment"));
                    }
                }
                b'<' | b'[' => depth = depth.saturating_add(1),
                b'>' if depth == 0 => return Token::Doctype,
                b'>' | b']' => depth = depth.saturating_sub(1),
                _ => quote = if quote.is_some() { None } else { Some(byte) },
            }
        }
    }
}
