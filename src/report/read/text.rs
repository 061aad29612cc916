//! How much text of a result file is kept, and the mark where some was left out.

use crate::report::{boundary::floor, digits::grouped};

/// As many bytes of a message or property are kept, where it stands in an element of its own.
pub(super) const SHORT: usize = 16 * 1024;

/// As many bytes of a trace, or of what a test wrote, are kept.
pub(super) const LONG: usize = 64 * 1024;

/// As many bytes of traces and outputs are kept per file before [`SPARE`] takes the place of [`LONG`].
pub(super) const BUDGET: usize = 64 * 1024 * 1024;

/// As many bytes of a trace or output are kept once the [`BUDGET`] is used up.
pub(super) const SPARE: usize = 512;

/// Text that is kept up to a limit.
#[derive(Debug)]
pub(super) struct Text {
    kept: String,
    limit: usize,
    left_out: u64,
}

impl Text {
    pub(super) fn new(limit: usize) -> Self {
        Text { kept: String::new(), limit, left_out: 0 }
    }

    /// Adds text; U+0000 becomes U+FFFD, because hardly anything downstream can hold it.
    pub(super) fn push(&mut self, text: &str) {
        let room = if self.left_out > 0 { 0 } else { self.limit - self.kept.len().min(self.limit) };
        let end = floor(text, room);
        if text[..end].contains('\0') {
            self.kept.push_str(&text[..end].replace('\0', "\u{fffd}"));
        } else {
            self.kept.push_str(&text[..end]);
        }
        self.left_out += (text.len() - end) as u64;
    }

    /// Says that there was more text, which nobody kept.
    pub(super) fn leave_out(&mut self, bytes: u64) {
        self.left_out += bytes;
    }

    /// The text without blank ends of lines around it, or nothing where there is only blank; with a mark where some was
    /// left out.
    pub(super) fn finish(self) -> Option<String> {
        let mut text = self.kept;
        text.truncate(text.trim_end().len());
        let blank = text.len() - text.trim_start_matches(['\r', '\n']).len();
        text.drain(..blank);
        if self.left_out > 0 {
            text.push_str(&format!("\n… {} bytes left out", grouped(self.left_out)));
        }
        text.shrink_to_fit();
        Some(text).filter(|it| !it.trim().is_empty())
    }
}

/// Text that is kept up to a limit.
pub(super) fn clipped(text: &str, limit: usize) -> String {
    let mut kept = Text::new(limit);
    kept.push(text);
    kept.finish().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_between_characters_and_says_so() {
        let mut text = Text::new(7);
        text.push("\nää");
        text.push("äää");
        text.push("x");
        text.leave_out(12_340);
        assert_eq!(text.finish().unwrap(), "äää\n… 12,345 bytes left out");
        assert_eq!(clipped("  \n", 10), "");
        assert_eq!(clipped("a\0b", 10), "a\u{fffd}b");
    }

    #[test]
    fn digits_are_grouped() {
        assert_eq!([1, 12, 123, 1234, 1_234_567].map(grouped), ["1", "12", "123", "1,234", "1,234,567"]);
    }
}
