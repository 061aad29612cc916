//! Lines of a result file, one at a time and never longer than a bound.

use std::io::BufRead;

use serde_json::Value;

use super::Reading;

/// Bytes of one line that are kept, as much as a whole test's output on one line may need; the rest of it is passed over.
const LONGEST: usize = 16 * 1024 * 1024;

/// The lines of a file.
pub(super) struct Lines<'a> {
    source: &'a mut dyn BufRead,
    line: u64,
    bytes: Vec<u8>,
    /// Whether the line that was read last ended with a line break; the last one of a file that was cut off does not.
    pub(super) ended: bool,
    /// Whether the line that was read last was longer than what is kept.
    pub(super) cut: bool,
}

impl<'a> Lines<'a> {
    pub(super) fn new(source: &'a mut dyn BufRead) -> Self {
        Lines { source, line: 0, bytes: Vec::new(), ended: true, cut: false }
    }

    /// Number of the line that was read last, from 1; 1 as long as none was.
    pub(super) fn number(&self) -> u64 {
        self.line.max(1)
    }

    /// The next line without its line break; `None` at the end of the file.
    pub(super) fn next(&mut self) -> Option<String> {
        self.bytes.clear();
        self.cut = false;
        self.ended = false;
        let mut any = false;
        while let Ok(chunk) = self.source.fill_buf() {
            if chunk.is_empty() {
                break;
            }
            any = true;
            let end = chunk.iter().position(|byte| *byte == b'\n');
            let piece = &chunk[..end.unwrap_or(chunk.len())];
            let room = LONGEST - self.bytes.len();
            self.cut |= piece.len() > room;
            self.bytes.extend_from_slice(&piece[..piece.len().min(room)]);
            let used = end.map_or(chunk.len(), |it| it + 1);
            self.source.consume(used);
            if end.is_some() {
                self.ended = true;
                break;
            }
        }
        if !any {
            return None;
        }
        self.line += 1;
        let text = String::from_utf8_lossy(&self.bytes);
        Some(text.strip_suffix('\r').unwrap_or(&text).to_owned())
    }
}

/// A line of a stream of JSON objects.
pub(super) enum Line {
    /// An event.
    Event(Value),
    /// Something that another program wrote between the events.
    Noise(String),
}

/// The next line of a stream of JSON objects that is not blank, with its number. An object that is broken is an error and
/// passed over. `mark` is how an event begins, for those that stand behind the output of a test that did not end its line.
pub(super) fn event(lines: &mut Lines, marks: &[&str], reading: &mut Reading) -> Option<(u64, Line)> {
    loop {
        let text = lines.next()?;
        let number = lines.number();
        let trimmed = text.trim();
        if trimmed.is_empty() {
            continue;
        }
        let start = marks.iter().filter_map(|mark| trimmed.find(mark)).min();
        let Some(start) = start.or_else(|| trimmed.starts_with("{\"").then_some(0)) else {
            return Some((number, Line::Noise(text)));
        };
        match serde_json::from_str::<Value>(&trimmed[start..]) {
            Ok(value) => return Some((number, Line::Event(value))),
            Err(_) if lines.cut => {
                let size = LONGEST / 1024 / 1024;
                let message = format!("the line is longer than {size} MiB and was left out");
                reading.error("long-line", number, message);
            }
            Err(cause) if !lines.ended => {
                reading.error("truncated", number, format!("the file ends in the middle of a line ({cause})"));
            }
            Err(cause) => reading.error("ill-formed", number, format!("the line is no whole JSON ({cause})")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_bounded_and_counted() {
        let mut bytes = vec![b'x'; LONGEST + 5];
        bytes.extend_from_slice(b"\nshort\r\nlast");
        let mut source = bytes.as_slice();
        let mut lines = Lines::new(&mut source);
        assert_eq!(lines.next().map(|it| it.len()), Some(LONGEST));
        assert!(lines.cut && lines.ended);
        assert_eq!(lines.next().as_deref(), Some("short"));
        assert_eq!(lines.next().as_deref(), Some("last"));
        assert_eq!((lines.number(), lines.cut, lines.ended), (3, false, false));
        assert_eq!(lines.next(), None);
    }
}
