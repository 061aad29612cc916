//! What stands between a file and the XML parser: it counts lines, cuts long tokens while they pass, and closes what the
//! end of a damaged file left open, so that nothing large is ever held and nothing that was read is lost.

use std::io::{self, BufRead, Read};

/// As many bytes of one piece of text, CDATA section or comment come through.
const LONGEST_TEXT: usize = 128 * 1024;

/// As many bytes of one attribute's value come through.
pub(super) const LONGEST_VALUE: usize = 16 * 1024;

/// A tag or document type declaration that is longer than this, cut values counted as cut, ends the file.
const LONGEST_TAG: usize = 4 * 1024 * 1024;

/// Where in the grammar the next byte stands.
#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Text,
    /// After `<`, with as many bytes seen, all of them a prefix of `!--` or `![CDATA[`.
    Open(usize),
    Tag,
    Value(u8),
    /// With as many of the bytes `]]` seen.
    CData(usize),
    /// With as many of the bytes `--` seen.
    Comment(usize),
    /// With as many of the bytes `?` seen.
    Instruction(usize),
    /// Inside of as many brackets, and of a quoted value.
    Doctype(u32, Option<u8>),
}

/// Something that is no XML, though the parser would not notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Fault {
    /// U+0000.
    Nul,
    /// Any other control character.
    Control,
    /// `<` in the value of an attribute.
    LessThan,
    /// The file ends inside of a CDATA section.
    OpenCData,
    /// [`LONGEST_TAG`] was reached.
    LongTag,
}

/// See the module.
pub(super) struct Guard<'a> {
    source: &'a mut dyn BufRead,
    state: State,
    /// Bytes of the token so far.
    length: usize,
    /// Bytes of the source that were looked at and may pass.
    ready: usize,
    /// Bytes to hand out before the source goes on.
    inserted: &'static [u8],
    line: u64,
    left_out: u64,
    ended: bool,
    faults: Vec<(Fault, u64)>,
}

impl<'a> Guard<'a> {
    pub(super) fn new(source: &'a mut dyn BufRead) -> Self {
        Guard {
            source,
            state: State::Text,
            length: 0,
            ready: 0,
            inserted: b"",
            line: 1,
            left_out: 0,
            ended: false,
            faults: Vec::new(),
        }
    }

    /// The line of the next byte.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// How many bytes were cut since the last call.
    pub(super) fn take_left_out(&mut self) -> u64 {
        std::mem::take(&mut self.left_out)
    }

    /// What was noticed since the last call, each kind once per piece of the file, with its line.
    pub(super) fn take_faults(&mut self) -> Vec<(Fault, u64)> {
        std::mem::take(&mut self.faults)
    }

    /// Looks at what the source has, and lets pass or cuts.
    fn look(&mut self) -> io::Result<()> {
        let bytes = self.source.fill_buf()?;
        if bytes.is_empty() {
            self.ended = true;
            if let State::CData(brackets) = self.state {
                self.faults.push((Fault::OpenCData, self.line));
                self.inserted = &b"]]>"[brackets.min(2)..];
                self.state = State::Text;
            }
            return Ok(());
        }
        let (mut passed, mut line) = (0, self.line);
        let mut state = self.state;
        let mut length = self.length;
        for byte in bytes {
            if length >= longest(state) && !is_inside_of_a_character(*byte) {
                break;
            }
            if let Some(fault) = fault(state, *byte) {
                if !self.faults.iter().any(|(it, _)| *it == fault) {
                    self.faults.push((fault, line));
                }
            }
            line += u64::from(*byte == b'\n');
            let next = step(state, *byte);
            length = if std::mem::discriminant(&next) == std::mem::discriminant(&state) { length + 1 } else { 0 };
            state = next;
            passed += 1;
        }
        (self.state, self.length, self.ready) = (state, length, passed);
        if passed == 0 {
            self.cut();
        }
        Ok(())
    }

    /// Drops the rest of a token, as far as the source has it at hand.
    fn cut(&mut self) {
        let Ok(bytes) = self.source.fill_buf() else { return };
        if matches!(self.state, State::Tag | State::Doctype(..)) {
            self.faults.push((Fault::LongTag, self.line));
            self.ended = true;
            return;
        }
        let (mut state, mut dropped) = (self.state, 0);
        let mut end: &'static [u8] = b"";
        for byte in bytes {
            let next = step(state, *byte);
            dropped += 1;
            if std::mem::discriminant(&next) != std::mem::discriminant(&state) {
                end = match state {
                    State::CData(_) => b"]]>",
                    State::Comment(_) => b"-->",
                    State::Instruction(_) => b"?>",
                    State::Value(b'"') => b"\"",
                    State::Value(_) => b"'",
                    _ => b"<",
                };
                (state, self.length) = (next, 0);
                break;
            }
            state = next;
        }
        self.line += bytes[..dropped].iter().filter(|byte| **byte == b'\n').count() as u64;
        if !matches!(self.state, State::Comment(_) | State::Instruction(_)) {
            self.left_out += (dropped - end.len().min(dropped)) as u64;
        }
        self.state = state;
        self.inserted = end;
        self.source.consume(dropped);
    }
}

/// After how many bytes a token is cut.
fn longest(state: State) -> usize {
    match state {
        State::Text | State::CData(0) | State::Comment(0) | State::Instruction(0) => LONGEST_TEXT,
        State::Value(_) => LONGEST_VALUE,
        State::Tag | State::Doctype(..) => LONGEST_TAG,
        State::CData(_) | State::Comment(_) | State::Instruction(_) | State::Open(_) => usize::MAX,
    }
}

/// Whether a byte of UTF-8 continues a character.
fn is_inside_of_a_character(byte: u8) -> bool {
    byte & 0b1100_0000 == 0b1000_0000
}

fn fault(state: State, byte: u8) -> Option<Fault> {
    match (state, byte) {
        (_, 0) => Some(Fault::Nul),
        (_, b'\t' | b'\n' | b'\r') => None,
        (_, ..=0x1f) => Some(Fault::Control),
        (State::Value(_), b'<') => Some(Fault::LessThan),
        _ => None,
    }
}

fn step(state: State, byte: u8) -> State {
    match (state, byte) {
        (State::Text, b'<') => State::Open(0),
        (State::Text, _) => State::Text,
        (State::Open(0), b'?') => State::Instruction(0),
        (State::Open(0), b'!') => State::Open(1),
        (State::Open(0), b'>') => State::Text,
        (State::Open(0), _) => State::Tag,
        (State::Open(1), b'-') => State::Open(2),
        (State::Open(2), b'-') => State::Comment(0),
        (State::Open(1), b'[') => State::Open(3),
        (State::Open(seen @ 3..), byte) if b"![CDATA["[seen - 1] == byte => {
            if seen == 8 {
                State::CData(0)
            } else {
                State::Open(seen + 1)
            }
        }
        (State::Open(_), b'>') => State::Text,
        (State::Open(_), _) => State::Doctype(0, None),
        (State::Tag, b'>') => State::Text,
        (State::Tag, quote @ (b'"' | b'\'')) => State::Value(quote),
        (State::Tag, _) => State::Tag,
        (State::Value(quote), byte) if quote == byte => State::Tag,
        (State::Value(quote), _) => State::Value(quote),
        (State::CData(2), b'>') | (State::Comment(2), b'>') | (State::Instruction(1), b'>') => State::Text,
        (State::CData(seen), b']') => State::CData((seen + 1).min(2)),
        (State::CData(_), _) => State::CData(0),
        (State::Comment(seen), b'-') => State::Comment((seen + 1).min(2)),
        (State::Comment(_), _) => State::Comment(0),
        (State::Instruction(_), byte) => State::Instruction(usize::from(byte == b'?')),
        (State::Doctype(depth, Some(quote)), byte) => State::Doctype(depth, Some(quote).filter(|it| *it != byte)),
        (State::Doctype(0, None), b'>') => State::Text,
        (State::Doctype(depth, None), b'[' | b'<') => State::Doctype(depth + 1, None),
        (State::Doctype(depth, None), b']' | b'>') => State::Doctype(depth.saturating_sub(1), None),
        (State::Doctype(depth, None), quote @ (b'"' | b'\'')) => State::Doctype(depth, Some(quote)),
        (State::Doctype(depth, None), _) => State::Doctype(depth, None),
    }
}

impl Read for Guard<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Guard<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.inserted.is_empty() && self.ready == 0 && !self.ended {
            self.look()?;
        }
        if !self.inserted.is_empty() {
            return Ok(self.inserted);
        }
        if self.ready == 0 {
            return Ok(b"");
        }
        Ok(&self.source.fill_buf()?[..self.ready])
    }

    fn consume(&mut self, amount: usize) {
        if !self.inserted.is_empty() {
            self.inserted = &self.inserted[amount.min(self.inserted.len())..];
            return;
        }
        let amount = amount.min(self.ready);
        if let Ok(bytes) = self.source.fill_buf() {
            self.line += bytes[..amount].iter().filter(|byte| **byte == b'\n').count() as u64;
        }
        self.source.consume(amount);
        self.ready -= amount;
    }
}
