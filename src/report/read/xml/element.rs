//! The beginning of an element: its tag, taken apart in one pass.

use std::ops::Range;

use memchr::memchr3;

/// As many attributes of an element are kept.
pub(super) const ATTRIBUTES: usize = 100;

/// An element's beginning.
#[derive(Debug, Default)]
pub(in crate::report::read) struct Element {
    /// The line that it begins in.
    pub(in crate::report::read) line: u64,
    /// The tag, from which the parts are cut.
    pub(super) text: String,
    name: Name,
    pub(super) attributes: Vec<Attribute>,
    /// The marks of its attributes, all in one: most that it lacks are known by that alone.
    marks: u64,
    /// Whether it ends with its tag.
    pub(super) is_empty: bool,
    /// Whether there is an `&` in a value.
    pub(super) is_escaped: bool,
    /// What is wrong with it, and at which byte.
    pub(super) flaws: Vec<(Flaw, usize)>,
}

/// A name with the prefix of a namespace, which ends before `local`.
#[derive(Clone, Copy, Debug, Default)]
struct Name {
    begin: usize,
    local: usize,
    end: usize,
}

#[derive(Debug)]
pub(super) struct Attribute {
    name: Name,
    pub(super) value: Range<usize>,
}

#[cfg(test)]
impl Attribute {
    /// Its name as it stands.
    pub(super) fn name<'a>(&self, element: &'a Element) -> &'a str {
        &element.text[self.name.begin..self.name.end]
    }
}

/// What can be wrong with a tag.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Flaw {
    /// An attribute without a name.
    NoName,
    /// An attribute without a value.
    NoValue,
    /// A value without quotes.
    Unquoted,
    /// An attribute that was there before.
    Twice,
    /// `<` in a value.
    LessThan,
    /// More than [`ATTRIBUTES`] attributes.
    Many,
}

impl Element {
    /// Its name without the prefix of a namespace.
    pub(in crate::report::read) fn name(&self) -> &str {
        &self.text[self.name.local..self.name.end]
    }

    /// Its name as it stands.
    pub(super) fn full_name(&self) -> &str {
        &self.text[self.name.begin..self.name.end]
    }

    /// The first of these attributes that it has and that is not blank.
    pub(in crate::report::read) fn any(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.get(name))
    }

    /// The attribute, unless it is blank.
    #[inline]
    pub(in crate::report::read) fn get(&self, name: &str) -> Option<&str> {
        if self.marks & mark(name.as_bytes()) == 0 {
            return None;
        }
        self.find(name)
    }

    fn find(&self, name: &str) -> Option<&str> {
        let is_it = |it: &&Attribute| {
            it.name.end - it.name.local == name.len()
                && self.text.as_bytes()[it.name.local..it.name.end] == *name.as_bytes()
        };
        let attribute = self.attributes.iter().find(is_it)?;
        let value = &self.text[attribute.value.clone()];
        match value.as_bytes() {
            // Nothing to be trimmed, as nearly always.
            [b'!'..=b'~', .., b'!'..=b'~'] => Some(value),
            _ => Some(value.trim()).filter(|value| !value.is_empty()),
        }
    }

    /// The attribute as a text of the report, unless it is blank.
    pub(in crate::report::read) fn text(&self, names: &[&str]) -> Option<String> {
        self.any(names).map(str::to_owned)
    }

    /// The attribute as a count, which some tools write with grouped digits.
    pub(in crate::report::read) fn count(&self, name: &str) -> Option<u64> {
        let value = self.get(name)?;
        value.parse().ok().or_else(|| value.replace(',', "").parse().ok())
    }

    /// Takes apart the tag at the beginning of a text, and says how long it is; `None` where it does not end in the text.
    pub(super) fn parse(&mut self, text: &str) -> Option<usize> {
        self.attributes.clear();
        self.flaws.clear();
        (self.is_escaped, self.marks) = (false, 0);
        let bytes = text.as_bytes();
        self.name = name(bytes, 1)?;
        let mut at = self.name.end;
        loop {
            at = skip(bytes, at)?;
            match bytes[at] {
                b'>' => {
                    self.is_empty = false;
                    break;
                }
                b'/' if *bytes.get(at + 1)? == b'>' => {
                    self.is_empty = true;
                    at += 1;
                    break;
                }
                b'/' => {
                    self.flaw(Flaw::NoName, at);
                    at += 1;
                }
                _ => at = self.attribute(bytes, at)?,
            }
        }
        at += 1;
        self.text.clear();
        self.text.push_str(&text[..at]);
        Some(at)
    }

    /// Takes an attribute, and says where it ends.
    fn attribute(&mut self, bytes: &[u8], at: usize) -> Option<usize> {
        let name = name(bytes, at)?;
        let at = skip(bytes, name.end)?;
        if bytes[at] != b'=' {
            self.flaw(Flaw::NoValue, name.begin);
            // A quote that is no part of anything is passed over.
            return Some(at.max(name.begin + 1));
        }
        let begin = skip(bytes, at + 1)?;
        let quote = bytes[begin];
        if !matches!(quote, b'"' | b'\'') {
            self.flaw(Flaw::Unquoted, begin);
            let is_end =
                |at: usize| bytes[at] == b'>' || bytes[at].is_ascii_whitespace() || bytes[at..].starts_with(b"/>");
            return (begin..bytes.len()).find(|at| is_end(*at));
        }
        let begin = begin + 1;
        let mut end = begin;
        loop {
            end += memchr3(quote, b'&', b'<', bytes.get(end..)?)?;
            match bytes[end] {
                b'&' => self.is_escaped = true,
                b'<' => self.flaw(Flaw::LessThan, end),
                _ => break,
            }
            end += 1;
        }
        self.keep(bytes, Attribute { name, value: begin..end });
        Some(end + 1)
    }

    fn keep(&mut self, bytes: &[u8], attribute: Attribute) {
        let Name { begin, local, end } = attribute.name;
        let mark = mark(&bytes[local..end]);
        let is_new = self.marks & mark == 0;
        if is_new && begin < end && self.attributes.len() < ATTRIBUTES {
            self.marks |= mark;
            return self.attributes.push(attribute);
        }
        let known = |it: &Attribute| bytes[it.name.begin..it.name.end] == bytes[begin..end];
        if begin == end {
            self.flaw(Flaw::NoName, begin);
        } else if self.attributes.len() == ATTRIBUTES {
            self.flaw(Flaw::Many, begin);
        } else if self.attributes.iter().any(known) {
            self.flaw(Flaw::Twice, begin);
        } else {
            self.attributes.push(attribute);
        }
    }

    /// Notes what is wrong, the first time.
    fn flaw(&mut self, flaw: Flaw, at: usize) {
        if self.flaws.iter().all(|(it, _)| *it != flaw) {
            self.flaws.push((flaw, at));
        }
    }
}

/// One bit out of 64 for a name.
#[inline]
fn mark(name: &[u8]) -> u64 {
    let first = name.first().copied().unwrap_or_default();
    1 << ((usize::from(first) + 5 * name.len()) % 64)
}

/// Bytes that may end a name, or its prefix.
const ENDS: [bool; 256] = {
    let mut ends = [false; 256];
    let mut at = 0;
    while at < 11 {
        ends[b"=>/: \t\r\n<\"'"[at] as usize] = true;
        at += 1;
    }
    ends
};

/// The name that begins there; `None` where it may go on after the text.
fn name(bytes: &[u8], begin: usize) -> Option<Name> {
    let (mut local, mut end) = (begin, begin);
    loop {
        end += bytes.get(end..)?.iter().position(|byte| ENDS[usize::from(*byte)])?;
        if bytes[end] != b':' {
            return Some(Name { begin, local, end });
        }
        end += 1;
        if local == begin {
            local = end;
        }
    }
}

/// The first byte from there on that is no blank.
fn skip(bytes: &[u8], from: usize) -> Option<usize> {
    let blank = |byte: u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let mut at = from;
    while blank(*bytes.get(at)?) {
        at += 1;
    }
    Some(at)
}
