//! The piece of a file that is at hand: it is read on where a token needs more, its lines are counted only up to where
//! somebody asks, and what was taken is let go with the next piece, so that little is ever held.

use std::io::{BufRead, ErrorKind};

/// Characters that no XML holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Forbidden {
    /// U+0000; U+FFFD takes its place.
    Nul,
    /// Any other control character.
    Control,
}

/// See the module.
pub(super) struct Window<'a> {
    source: &'a mut dyn BufRead,
    text: String,
    /// What stands before was taken.
    at: usize,
    /// The line of the byte at `counted`, from 1.
    line: u64,
    counted: usize,
    /// The beginning of a character whose end is in the next piece.
    split: Vec<u8>,
    /// What was noticed, each kind once per piece of the file, with its line.
    pub(super) forbidden: Vec<(Forbidden, u64)>,
}

impl<'a> Window<'a> {
    pub(super) fn new(source: &'a mut dyn BufRead) -> Self {
        Window { source, text: String::new(), at: 0, line: 1, counted: 0, split: Vec::new(), forbidden: Vec::new() }
    }

    /// What is at hand and was not taken.
    pub(super) fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    /// Takes so many bytes, which end between characters.
    pub(super) fn take(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// The bytes that were taken last.
    pub(super) fn taken(&self, bytes: usize) -> &str {
        &self.text[self.at - bytes..self.at]
    }

    /// The line of the next byte.
    pub(super) fn line(&mut self) -> u64 {
        self.line += breaks(&self.text.as_bytes()[self.counted..self.at]);
        self.counted = self.at;
        self.line
    }

    /// Leaves out a part of the rest; its line breaks count.
    pub(super) fn leave_out(&mut self, from: usize, to: usize) {
        self.line();
        let (from, to) = (self.at + from, self.at + to);
        self.line += breaks(&self.text.as_bytes()[from..to]);
        self.text.drain(from..to);
    }

    /// Reads the next piece, whatever it brings; false at the end of the file.
    pub(super) fn more(&mut self) -> bool {
        self.line();
        self.text.drain(..self.at);
        (self.at, self.counted) = (0, 0);
        let before = self.text.len();
        let bytes = loop {
            match self.source.fill_buf() {
                Ok(bytes) => break bytes,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // Files that cannot be read to their end are told of by whoever opened them.
                Err(_) => break &[],
            }
        };
        let length = bytes.len();
        match std::str::from_utf8(bytes) {
            Ok(text) if self.split.is_empty() => self.text.push_str(text),
            _ => append(&mut self.text, &mut self.split, bytes),
        }
        self.source.consume(length);
        if has_forbidden(&self.text.as_bytes()[before..]) {
            self.forbid(before);
        }
        length > 0 || self.text.len() > before
    }

    fn forbid(&mut self, from: usize) {
        let mut line = self.line + breaks(&self.text.as_bytes()[..from]);
        let mut seen = [false; 2];
        for byte in self.text.bytes().skip(from) {
            line += u64::from(byte == b'\n');
            let kind = if byte == 0 { Forbidden::Nul } else { Forbidden::Control };
            if is_forbidden(byte) && !std::mem::replace(&mut seen[kind as usize], true) {
                self.forbidden.push((kind, line));
            }
        }
        if seen[Forbidden::Nul as usize] {
            let clean = self.text[from..].replace('\0', "\u{fffd}");
            self.text.replace_range(from.., &clean);
        }
    }
}

/// Sums that fit into a byte, which takes few steps for short texts, too.
fn breaks(bytes: &[u8]) -> u64 {
    let sum = |some: &[u8]| some.iter().map(|byte| u8::from(*byte == b'\n')).sum::<u8>();
    bytes.chunks(255).map(|some| u64::from(sum(some))).sum()
}

fn is_forbidden(byte: u8) -> bool {
    (byte < b' ') & (byte != b'\t') & (byte != b'\n') & (byte != b'\r')
}

/// Looks at 64 bytes in one go, which takes no branch for each of them.
fn has_forbidden(bytes: &[u8]) -> bool {
    bytes.chunks(64).any(|some| some.iter().fold(false, |any, byte| any | is_forbidden(*byte)))
}

/// Adds bytes that are text but for where they begin and end, which may be inside of a character.
fn append(text: &mut String, split: &mut Vec<u8>, bytes: &[u8]) {
    split.extend_from_slice(bytes);
    let mut waiting = 0;
    let mut chunks = split.utf8_chunks().peekable();
    while let Some(chunk) = chunks.next() {
        text.push_str(chunk.valid());
        let invalid = chunk.invalid();
        let unfinished =
            chunks.peek().is_none() && std::str::from_utf8(invalid).is_err_and(|it| it.error_len().is_none());
        if unfinished && !bytes.is_empty() {
            waiting = invalid.len();
        } else if !invalid.is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    split.drain(..split.len() - waiting);
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    #[test]
    fn pieces_may_end_anywhere() {
        let text = "a\nä🎉\n\0\u{1b}ß\n\u{1}";
        for capacity in 1..text.len() + 1 {
            let mut source = BufReader::with_capacity(capacity, text.as_bytes());
            let mut window = Window::new(&mut source);
            let mut all = String::new();
            while window.more() {
                all.push_str(window.rest());
                window.take(window.rest().len());
            }
            assert_eq!(all, text.replace('\0', "\u{fffd}"), "{capacity}");
            assert_eq!(window.line(), 4);
            assert!(window.forbidden.starts_with(&[(Forbidden::Nul, 3), (Forbidden::Control, 3)]), "{capacity}");
        }
        let mut source = BufReader::with_capacity(2, &b"a\xc3\xff\xf0\x9f"[..]);
        let mut window = Window::new(&mut source);
        while window.more() {}
        assert_eq!(window.rest(), "a\u{fffd}\u{fffd}\u{fffd}");
    }

    #[test]
    fn what_is_left_out_counts_as_lines() {
        let mut source = &b"a\nb\nc\nd"[..];
        let mut window = Window::new(&mut source);
        assert!(window.more());
        window.take(2);
        window.leave_out(1, 3);
        assert_eq!(window.line(), 3);
        assert_eq!(window.rest(), "b\nd");
    }
}
