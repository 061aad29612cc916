//! The end of a command's output, in bounded memory.

use std::collections::VecDeque;

/// So many bytes of output are kept at most.
pub const TAIL: usize = 64 * 1024;

/// The last bytes of both streams, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Tail {
    bytes: VecDeque<u8>,
}

impl Tail {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let kept = &bytes[bytes.len().saturating_sub(TAIL)..];
        let over = (self.bytes.len() + kept.len()).saturating_sub(TAIL);
        self.bytes.drain(..over);
        self.bytes.extend(kept);
    }

    /// The text without control sequences; a line that lost its beginning is left out, if there are others.
    pub(super) fn text(&self) -> String {
        let (first, second) = self.bytes.as_slices();
        let bytes = [first, second].concat();
        let whole =
            if bytes.len() < TAIL { 0 } else { bytes.iter().position(|it| *it == b'\n').map_or(0, |at| at + 1) };
        let text = String::from_utf8_lossy(&bytes[whole..]).into_owned();
        anstream::adapter::strip_str(&text).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_kept_and_colours_are_not() {
        let mut tail = Tail::default();
        for number in 0..50_000 {
            tail.push(format!("line \x1b[31m{number}\x1b[0m\n").as_bytes());
        }
        let text = tail.text();
        assert!(text.len() <= TAIL && text.ends_with("line 49998\nline 49999\n"), "{}", &text[text.len() - 99..]);
        assert!(text.starts_with("line "), "{}", &text[..20]);
    }

    #[test]
    fn a_chunk_longer_than_everything_is_cut() {
        let mut tail = Tail::default();
        tail.push(b"before");
        tail.push(&[b'x'; TAIL + 5]);
        assert_eq!(tail.text().len(), TAIL);
    }
}
