//! JSON documents as a stream: what is wanted of them is handed out while they are read, so a document that was cut off
//! still yields what stands before the cut.

use std::{
    cell::Cell,
    fmt,
    io::{self, BufRead, Read},
};

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::Reading;

/// How far a line is looked into for the beginning of a document, in bytes.
const LOOK: usize = 4096;

/// What a format takes from its documents.
pub(super) trait Document: Default {
    /// Places of values: `summary`, `results.tool`; with `[]` at the end each element of a list by itself.
    const WANTED: &'static [&'static str];

    /// A key that stands near the beginning, where programs write other text before the document.
    const FIRST: Option<&'static str> = None;

    /// Takes a wanted value, in the order of the file, with the line that it ends on.
    fn take(&mut self, place: &'static str, value: Value, line: u64, reading: &mut Reading);

    /// Called at the end, also of a document that was cut off, with the line of the end.
    fn end(self, line: u64, reading: &mut Reading);
}

/// Reads the documents of a file, usually one.
pub(super) fn read<D: Document>(source: &mut dyn BufRead, reading: &mut Reading) {
    let line = Cell::new(1);
    let mut source = Source { again: Vec::new(), source, line: &line };
    let mut documents = 0;
    while source.seek(D::FIRST, documents > 0, reading) {
        documents += 1;
        let mut document = D::default();
        let walk = Walk { place: String::new(), document: &mut document, line: &line, reading };
        let result = walk.deserialize(&mut serde_json::Deserializer::from_reader(&mut source));
        if let Err(cause) = &result {
            let (code, what) = if cause.is_eof() {
                ("truncated", "the file ends in the middle of the JSON")
            } else {
                ("ill-formed", "the JSON is broken here")
            };
            // The parser counts from the beginning of the document, the reader of the message from that of the file.
            let cause = cause.to_string();
            let cause = cause.split(" at line ").next().unwrap_or_default();
            reading.error(code, line.get(), format!("{what} ({cause}); what stands before was read"));
        }
        document.end(line.get(), reading);
        if result.is_err() {
            return;
        }
    }
    if documents == 0 {
        reading.error("no-document", line.get(), "there is no JSON document of this format in the file".to_owned());
    }
}

/// A source that counts lines and into which can be looked ahead.
struct Source<'a> {
    /// What was looked at and comes again, backwards.
    again: Vec<u8>,
    source: &'a mut dyn BufRead,
    line: &'a Cell<u64>,
}

impl Source<'_> {
    /// Goes to where a document begins; what stands before it is passed over with a warning.
    fn seek(&mut self, first: Option<&str>, after: bool, reading: &mut Reading) -> bool {
        let mut noise = None;
        let found = loop {
            let start = self.line.get();
            let mut look = self.look();
            if look.is_empty() {
                break false;
            }
            let text = look.trim_ascii_start();
            if text.first() == Some(&b'{') {
                let Some(first) = first else {
                    self.unread(&look);
                    break true;
                };
                // `{` alone on its line: the key is on the next one.
                let more = if look.ends_with(b"\n") { self.look() } else { Vec::new() };
                let whole = [look.as_slice(), &more].concat();
                if String::from_utf8_lossy(&whole).contains(&format!("\"{first}\"")) {
                    self.unread(&whole);
                    break true;
                }
                self.unread(&more);
            } else if text.is_empty() {
                continue;
            }
            noise.get_or_insert(start);
            while !look.is_empty() && !look.ends_with(b"\n") {
                look = self.look();
            }
        };
        if let Some(line) = noise {
            let place = if after { "after" } else { "before" };
            reading.warn("other-text", line, format!("there is other text {place} the JSON; it was passed over"));
        }
        found
    }

    /// The next line, or as much of it as is looked at.
    fn look(&mut self) -> Vec<u8> {
        let mut look = Vec::new();
        while look.len() < LOOK {
            let Some(byte) = self.byte() else { break };
            look.push(byte);
            if byte == b'\n' {
                break;
            }
        }
        look
    }

    fn unread(&mut self, bytes: &[u8]) {
        self.line.set(self.line.get() - bytes.iter().filter(|byte| **byte == b'\n').count() as u64);
        self.again.extend(bytes.iter().rev());
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = match self.again.pop() {
            Some(byte) => byte,
            None => {
                let byte = *self.source.fill_buf().ok()?.first()?;
                self.source.consume(1);
                byte
            }
        };
        self.line.set(self.line.get() + u64::from(byte == b'\n'));
        Some(byte)
    }
}

impl Read for Source<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // One at a time, as the parser asks: it must not take more than its document.
        Ok(match (buffer.first_mut(), self.byte()) {
            (Some(place), Some(byte)) => {
                *place = byte;
                1
            }
            _ => 0,
        })
    }
}

/// Goes through a document and hands out what is wanted.
struct Walk<'a, D> {
    place: String,
    document: &'a mut D,
    line: &'a Cell<u64>,
    reading: &'a mut Reading,
}

impl<D: Document> Walk<'_, D> {
    fn inner(&mut self, place: String) -> Walk<'_, D> {
        Walk { place, document: &mut *self.document, line: self.line, reading: &mut *self.reading }
    }
}

impl<'de, D: Document> DeserializeSeed<'de> for Walk<'_, D> {
    type Value = ();

    fn deserialize<P: Deserializer<'de>>(self, parser: P) -> Result<(), P::Error> {
        if let Some(place) = D::WANTED.iter().find(|it| **it == self.place) {
            let value = serde::Deserialize::deserialize(parser)?;
            self.document.take(place, value, self.line.get(), self.reading);
            return Ok(());
        }
        let outer = |it: &&&str| {
            self.place.is_empty()
                || it.strip_prefix(self.place.as_str()).is_some_and(|rest| rest.starts_with(['.', '[']))
        };
        match D::WANTED.iter().find(outer) {
            Some(_) => parser.deserialize_any(self),
            None => parser.deserialize_ignored_any(IgnoredAny).map(|_| ()),
        }
    }
}

impl<'de, D: Document> Visitor<'de> for Walk<'_, D> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("anything")
    }

    fn visit_map<M: MapAccess<'de>>(mut self, mut map: M) -> Result<(), M::Error> {
        while let Some(key) = map.next_key::<String>()? {
            let place = if self.place.is_empty() { key } else { format!("{}.{key}", self.place) };
            map.next_value_seed(self.inner(place))?;
        }
        Ok(())
    }

    fn visit_seq<S: SeqAccess<'de>>(mut self, mut list: S) -> Result<(), S::Error> {
        let place = format!("{}[]", self.place);
        while list.next_element_seed(self.inner(place.clone()))?.is_some() {}
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }
}
