//! What is kept of the output of a test: its beginning and its end.

use super::text::LONG;
use crate::report::boundary::floor;

/// What a test wrote, piece by piece. Where it is longer than [`LONG`] the middle is left out: what went wrong stands at the
/// end.
#[derive(Debug, Default)]
pub(super) struct Kept {
    head: String,
    tail: String,
    left_out: usize,
}

impl Kept {
    /// Adds a piece at the end.
    pub(super) fn push(&mut self, text: &str) {
        let mut rest = text;
        if self.tail.is_empty() && self.left_out == 0 {
            let room = floor(text, (LONG / 2).saturating_sub(self.head.len()));
            self.head.push_str(&text[..room]);
            rest = &text[room..];
        }
        self.tail.push_str(rest);
        if self.tail.len() > LONG {
            let out = floor(&self.tail, self.tail.len() - LONG / 2);
            self.left_out += out;
            self.tail.drain(..out);
        }
    }

    /// The text; `None` where it is blank.
    pub(super) fn text(mut self) -> Option<String> {
        if self.tail.len() > LONG / 2 {
            let out = floor(&self.tail, self.tail.len() - LONG / 2);
            self.left_out += out;
            self.tail.drain(..out);
        }
        let text = match self.left_out {
            0 => self.head + &self.tail,
            bytes => format!("{}\n… {bytes} bytes left out\n{}", self.head, self.tail),
        };
        (!text.trim().is_empty()).then_some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_keep_both_ends() {
        let mut kept = Kept::default();
        kept.push(&format!("begin{}end", "ä".repeat(LONG)));
        let text = kept.text().unwrap_or_default();
        assert!(text.starts_with("begin") && text.ends_with("end") && text.len() < LONG + 100);
        let mut pieces = Kept::default();
        for _ in 0..LONG {
            pieces.push("piece ");
        }
        let text = pieces.text().unwrap_or_default();
        assert!(text.len() < LONG + 100 && text.ends_with("piece "));
        let mut fits = Kept::default();
        fits.push(&"x".repeat(LONG));
        assert_eq!(fits.text(), Some("x".repeat(LONG)));
        assert_eq!(Kept::default().text(), None);
    }
}
