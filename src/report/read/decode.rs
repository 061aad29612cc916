//! Bytes to UTF-8: the encoding is told by the byte order mark, else by the XML declaration, else it is UTF-8.

use std::io::{self, BufRead, Read};

use encoding_rs::{DecoderResult, Encoding, REPLACEMENT, UTF_16BE, UTF_16LE, UTF_8};
use memchr::memchr_iter;

use super::Reading;

/// How much of a file is decoded before its format is told, in bytes of UTF-8.
const HEAD: usize = 16 * 1024;

/// How many bytes are read and decoded at once; the encoding is told within the first piece.
const CHUNK: usize = 16 * 1024;

/// In bytes of UTF-8.
const LONGEST_CHARACTER: usize = 4;

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// A file as UTF-8 text. It never fails: what cannot be decoded becomes U+FFFD, a file that cannot be read to its end
/// ends there, and [`Decoded::tell`] says so.
pub(super) struct Decoded<R> {
    source: R,
    decoder: encoding_rs::Decoder,
    /// Bytes that were read; those before `raw_position` were decoded.
    raw: Vec<u8>,
    raw_position: usize,
    /// Text that was decoded; what stands before `position` was consumed.
    text: Vec<u8>,
    position: usize,
    /// The source has no more bytes.
    ended: bool,
    /// All bytes were decoded.
    finished: bool,
    /// Line breaks so far.
    lines: u64,
    faults: Faults,
}

/// What went wrong on the way.
#[derive(Default)]
struct Faults {
    /// A declared encoding that nobody knows.
    unknown: Option<String>,
    /// Line of the first bytes that are no text, and at how many places there are some.
    invalid: Option<(u64, u64)>,
    /// Line at which the file could no longer be read, and why.
    unreadable: Option<(u64, io::Error)>,
}

impl<R: Read> Decoded<R> {
    /// Reads the beginning of a file and tells its encoding.
    pub(super) fn new(source: R) -> Self {
        let mut decoded = Decoded {
            source,
            decoder: UTF_8.new_decoder(),
            raw: vec![0; CHUNK],
            raw_position: 0,
            text: Vec::new(),
            position: 0,
            ended: false,
            finished: false,
            lines: 0,
            faults: Faults::default(),
        };
        decoded.fetch(0);
        let (encoding, unknown) = encoding(&decoded.raw);
        decoded.decoder = encoding.new_decoder_with_bom_removal();
        if encoding == UTF_8 && decoded.raw.starts_with(BYTE_ORDER_MARK) {
            decoded.raw_position = BYTE_ORDER_MARK.len();
        }
        decoded.faults.unknown = unknown;
        while decoded.text.len() < HEAD && !decoded.finished {
            decoded.decode();
        }
        decoded
    }

    /// The beginning of the text, as long as nothing was consumed.
    pub(super) fn head(&self) -> &str {
        // Decoded text is valid; only the compiler cannot know.
        std::str::from_utf8(&self.text[self.position..]).unwrap_or_default()
    }

    /// Whether the head is the whole file.
    pub(super) fn is_whole(&self) -> bool {
        self.finished
    }

    /// Says what went wrong.
    pub(super) fn tell(self, reading: &mut Reading) {
        if let Some(label) = self.faults.unknown {
            reading.warn("encoding", 1, format!("the encoding `{label}` is not known; the file was read as UTF-8"));
        }
        if let Some((line, places)) = self.faults.invalid {
            let name = self.decoder.encoding().name();
            let places = if places > 1 { format!(", here and at {} more places", places - 1) } else { String::new() };
            reading.warn("encoding", line, format!("bytes that are no {name} were replaced by U+FFFD{places}"));
        }
        if let Some((line, error)) = self.faults.unreadable {
            reading.error("unreadable", line, format!("the file cannot be read from here on: {error}"));
        }
    }

    /// Reads the next piece of the file behind so many bytes that are left of the one before; pipes may give their bytes
    /// one by one.
    fn fetch(&mut self, mut length: usize) {
        self.raw.resize(CHUNK, 0);
        self.raw_position = 0;
        while length < CHUNK && !self.ended {
            match self.source.read(&mut self.raw[length..]) {
                Ok(0) => self.ended = true,
                Ok(count) => length += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.faults.unreadable = Some((self.lines + 1, error));
                    self.ended = true;
                }
            }
        }
        self.raw.truncate(length);
    }

    /// Decodes a piece behind the text, up to the next bytes that are no text.
    fn decode(&mut self) {
        if self.decoder.encoding() == UTF_8 {
            return self.check();
        }
        if self.raw_position == self.raw.len() && !self.ended {
            self.fetch(0);
        }
        if self.position == self.text.len() {
            self.text.clear();
            self.position = 0;
        }
        let from = self.text.len();
        self.text.resize(from + CHUNK, 0);
        let raw = &self.raw[self.raw_position..];
        let (result, read, written) =
            self.decoder.decode_to_utf8_without_replacement(raw, &mut self.text[from..], self.ended);
        self.raw_position += read;
        self.text.truncate(from + written);
        self.lines += breaks(&self.text[from..]);
        match result {
            DecoderResult::Malformed(..) => self.malformed(),
            DecoderResult::InputEmpty => self.finished = self.ended,
            DecoderResult::OutputFull => {}
        }
    }

    /// Decodes UTF-8, which is there already. Nearly always a piece is valid as a whole and becomes the text as it is.
    fn check(&mut self) {
        let left = self.raw.len() - self.raw_position;
        if left < LONGEST_CHARACTER && !self.ended {
            self.raw.copy_within(self.raw_position.., 0);
            self.fetch(left);
        }
        let raw = &self.raw[self.raw_position..];
        let (valid, wrong) = match std::str::from_utf8(raw) {
            Ok(_) => (raw.len(), None),
            Err(error) => (error.valid_up_to(), error.error_len().or(Some(raw.len()).filter(|_| self.ended))),
        };
        self.lines += breaks(&raw[..valid]);
        let was_taken = self.position == self.text.len();
        if was_taken && valid == self.raw.len() {
            std::mem::swap(&mut self.text, &mut self.raw);
            (self.position, self.raw_position) = (0, self.raw.len());
        } else {
            if was_taken {
                self.text.clear();
                self.position = 0;
            }
            self.text.extend_from_slice(&raw[..valid]);
            self.raw_position += valid;
        }
        if let Some(wrong) = wrong {
            self.raw_position = (self.raw_position + wrong).min(self.raw.len());
            self.malformed();
        }
        self.finished = self.ended && self.raw_position == self.raw.len();
    }

    fn malformed(&mut self) {
        self.text.extend("\u{fffd}".as_bytes());
        let (_, places) = self.faults.invalid.get_or_insert((self.lines + 1, 0));
        *places += 1;
    }
}

fn breaks(bytes: &[u8]) -> u64 {
    memchr_iter(b'\n', bytes).count() as u64
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

impl<R: Read> BufRead for Decoded<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.position == self.text.len() && !self.finished {
            self.decode();
        }
        Ok(&self.text[self.position..])
    }

    fn consume(&mut self, amount: usize) {
        self.position = (self.position + amount).min(self.text.len());
    }
}

/// The encoding of a file that begins with these bytes, and what it declares where nobody knows that.
fn encoding(bytes: &[u8]) -> (&'static Encoding, Option<String>) {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return (encoding, None);
    }
    match bytes {
        [b'<', 0, ..] => return (UTF_16LE, None),
        [0, b'<', ..] => return (UTF_16BE, None),
        _ => {}
    }
    let Some(label) = declared(bytes) else { return (UTF_8, None) };
    match Encoding::for_label(label.as_bytes()) {
        None => (UTF_8, Some(label)),
        Some(encoding) if encoding == REPLACEMENT => (UTF_8, Some(label)),
        // Whoever could read the declaration so far does not read UTF-16: .NET writes this into files in UTF-8.
        Some(encoding) if encoding == UTF_16LE || encoding == UTF_16BE => (UTF_8, None),
        Some(encoding) => (encoding, None),
    }
}

/// The encoding in the XML declaration.
fn declared(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]).into_owned();
    let (declaration, _) = head.trim_start().strip_prefix("<?xml")?.split_once("?>")?;
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|it| matches!(it, '"' | '\''))?;
    value[1..].split_once(quote).map(|(label, _)| label.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(bytes: &[u8]) -> (String, Vec<String>) {
        let mut decoded = Decoded::new(bytes);
        let mut text = String::new();
        decoded.read_to_string(&mut text).unwrap();
        let mut reading = Reading::default();
        decoded.tell(&mut reading);
        let line = |it: &super::super::Problem| format!("{}: {}", it.note.line.unwrap_or(0), it.note.message);
        (text, reading.problems.iter().map(line).collect())
    }

    fn utf_16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn encodings_are_told_by_mark_then_by_declaration() {
        let declared = "<?xml version='1.0' encoding='ISO-8859-1'?><a>ä</a>";
        let latin: Vec<u8> = declared.chars().map(|c| c as u8).collect();
        let cases: &[(Vec<u8>, &str)] = &[
            (b"\xef\xbb\xbf{\"a\": \"\xc3\xa4\"}".to_vec(), "{\"a\": \"ä\"}"),
            (utf_16("\u{feff}ok 1 - ä 🎉", u16::to_le_bytes), "ok 1 - ä 🎉"),
            (utf_16("\u{feff}ok 1 - ä 🎉", u16::to_be_bytes), "ok 1 - ä 🎉"),
            (utf_16("<a>ä</a>", u16::to_le_bytes), "<a>ä</a>"),
            (utf_16("<a>ä</a>", u16::to_be_bytes), "<a>ä</a>"),
            (latin, declared),
            (
                "<?xml version=\"1.0\" encoding=\"utf-16\"?><a>ä</a>".into(),
                "<?xml version=\"1.0\" encoding=\"utf-16\"?><a>ä</a>",
            ),
            (Vec::new(), ""),
        ];
        for (bytes, text) in cases {
            assert_eq!(decode(bytes), ((*text).to_owned(), vec![]));
        }
    }

    #[test]
    fn what_is_no_text_is_replaced_and_said() {
        let (text, problems) = decode(b"a\n\xff\xfeb\nc\xc3");
        assert_eq!(text, "a\n\u{fffd}\u{fffd}b\nc\u{fffd}");
        assert_eq!(problems, ["2: bytes that are no UTF-8 were replaced by U+FFFD, here and at 2 more places"]);
        let (text, problems) = decode(b"<?xml version='1.0' encoding=\"klingon\"?><a/>");
        assert!(text.ends_with("<a/>"));
        assert_eq!(problems, ["1: the encoding `klingon` is not known; the file was read as UTF-8"]);
    }

    #[test]
    fn long_files_and_slow_sources_come_through() {
        struct Slow<'a>(&'a [u8]);
        impl Read for Slow<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let count = self.0.len().min(buffer.len()).min(7);
                buffer[..count].copy_from_slice(&self.0[..count]);
                self.0 = &self.0[count..];
                Ok(count)
            }
        }
        let long = "ä🎉x\n".repeat(20_000);
        let mut text = String::new();
        Decoded::new(Slow(long.as_bytes())).read_to_string(&mut text).unwrap();
        assert!(text == long);
    }

    #[test]
    fn a_file_that_breaks_off_ends_there() {
        struct Broken(bool);
        impl Read for Broken {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                if std::mem::replace(&mut self.0, true) {
                    return Err(io::Error::other("gone"));
                }
                buffer[..4].copy_from_slice(b"a\nb\n");
                Ok(4)
            }
        }
        let mut decoded = Decoded::new(Broken(false));
        let mut text = String::new();
        decoded.read_to_string(&mut text).unwrap();
        assert_eq!(text, "a\nb\n");
        let mut reading = Reading::default();
        decoded.tell(&mut reading);
        assert_eq!(reading.problems[0].note.code, "unreadable");
    }
}
