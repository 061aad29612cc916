//! The same files as quick-xml reads them: both must see the same, wherever the pieces of the file end.

use std::io::BufReader;

use proptest::prelude::*;
use quick_xml::{
    escape::unescape,
    events::{BytesStart, Event},
    Reader,
};

use super::{Piece, Xml};
use crate::report::read::Reading;

/// What stands in a file, text put together.
#[derive(Debug, PartialEq)]
enum Seen {
    Open(String, Vec<(String, String)>),
    Text(String),
    Close,
}

fn add(seen: &mut Vec<Seen>, text: &str) {
    match seen.last_mut() {
        Some(Seen::Text(before)) => before.push_str(text),
        _ => seen.push(Seen::Text(text.to_owned())),
    }
}

fn ours(text: &str, piece: usize) -> (Vec<Seen>, Reading) {
    let mut source = BufReader::with_capacity(piece, text.as_bytes());
    let mut reading = Reading::default();
    let mut xml = Xml::new(&mut source, &mut reading);
    let (mut seen, mut depth) = (Vec::new(), 0_u32);
    loop {
        let piece = match depth {
            0 => xml.root().map_or(Piece::Close, Piece::Open),
            _ => xml.next(),
        };
        match piece {
            Piece::Open(element) => {
                depth += 1;
                let attributes = element.attributes.iter();
                let attributes =
                    attributes.map(|it| (it.name(&element).to_owned(), element.text[it.value.clone()].to_owned()));
                seen.push(Seen::Open(element.full_name().to_owned(), attributes.collect()));
            }
            Piece::Text(text) => add(&mut seen, text),
            Piece::Close if depth == 0 => break,
            Piece::Close => {
                depth -= 1;
                seen.push(Seen::Close);
            }
        }
    }
    (seen, reading)
}

fn theirs(text: &str) -> Vec<Seen> {
    let open = |start: &BytesStart<'_>| {
        let attribute = |it: quick_xml::events::attributes::Attribute<'_>| {
            (it.key.as_ref().to_owned(), unescape(&it.value).unwrap().into_owned())
        };
        Seen::Open(start.name().as_ref().to_owned(), start.attributes().map(|it| attribute(it.unwrap())).collect())
    };
    let mut reader = Reader::from_str(text);
    let mut seen = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => seen.push(open(&start)),
            Event::Empty(start) => seen.extend([open(&start), Seen::Close]),
            Event::End(_) => seen.push(Seen::Close),
            Event::Text(text) => add(&mut seen, &text),
            Event::CData(text) if text.is_empty() => {}
            Event::CData(text) => add(&mut seen, &text),
            Event::GeneralRef(name) => add(&mut seen, &unescape(&format!("&{};", &*name)).unwrap()),
            Event::Eof => return seen,
            Event::Comment(_) | Event::PI(_) | Event::Decl(_) | Event::DocType(_) => {}
        }
    }
}

/// What a file is made of; the numbers choose among layouts.
#[derive(Clone, Debug)]
enum Part {
    Open(String, Vec<String>, u8),
    Close,
    Text(String),
    Other(String, u8),
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&#34;").replace('\'', "&apos;")
}

fn document(parts: &[Part]) -> String {
    let (mut text, mut open) =
        ("<?xml version='1.0'?><!DOCTYPE r [<!ENTITY a \">\"><!-- ' > -->]><r>".to_owned(), Vec::new());
    for part in parts {
        match part {
            Part::Open(name, values, layout) => {
                let space = [" ", "\n\t", "  "][usize::from(layout % 3)];
                let quote = if layout & 4 == 0 { '"' } else { '\'' };
                let equals = if layout & 8 == 0 { "=" } else { " = " };
                let values = values.iter().enumerate();
                let values = values.map(|(at, it)| format!("{space}a{at}{equals}{quote}{}{quote}", escaped(it)));
                let is_empty = layout & 16 == 0;
                let end = if is_empty { "/>" } else { ">" };
                text.push_str(&format!("<{name}{}{end}", values.collect::<String>()));
                open.extend((!is_empty).then_some(name));
            }
            Part::Close => text.extend(open.pop().map(|name| format!("</{name}>"))),
            Part::Text(content) => text.push_str(&escaped(content)),
            Part::Other(content, 0) => text.push_str(&format!("<!--{}-->", content.replace('-', "~"))),
            Part::Other(content, 1) => text.push_str(&format!("<?p {}?>", content.replace('?', "!"))),
            Part::Other(content, _) => text.push_str(&format!("<![CDATA[{}]]>", content.replace('>', ""))),
        }
    }
    open.iter().rev().for_each(|name| text.push_str(&format!("</{name}>")));
    text + "</r>"
}

fn part() -> impl Strategy<Value = Part> {
    let text = || "[-a-c<>&'\"\\]?! \nä🎉]{1,12}";
    prop_oneof![
        ("(x:)?[a-cä]{1,9}", proptest::collection::vec(text(), 0..4), any::<u8>())
            .prop_map(|(a, b, c)| Part::Open(a, b, c)),
        Just(Part::Close),
        text().prop_map(Part::Text),
        (text(), 0..3_u8).prop_map(|(a, b)| Part::Other(a, b)),
    ]
}

proptest! {
    #[test]
    fn what_is_seen_is_what_quick_xml_sees(parts in proptest::collection::vec(part(), 0..24), piece in 1..200_usize) {
        let text = document(&parts);
        let (seen, reading) = ours(&text, piece);
        prop_assert!(reading.problems.is_empty(), "{:?} in {text}", reading.problems);
        prop_assert_eq!(seen, theirs(&text), "{}", text);
    }

    /// Cut anywhere, what was seen before is the same, and something is said.
    #[test]
    fn what_is_cut_is_seen_up_to_there(
        parts in proptest::collection::vec(part(), 0..24), piece in 1..200_usize, end in any::<prop::sample::Index>()
    ) {
        let text = document(&parts);
        let end = crate::report::boundary::floor(&text, end.index(text.len()));
        let (seen, reading) = ours(&text[..end], piece);
        prop_assert!(!reading.problems.is_empty(), "{}", &text[..end]);
        let whole = theirs(&text);
        for (one, other) in seen.iter().zip(&whole) {
            match (one, other) {
                // An entity that was cut is its `&` and letters.
                (Seen::Text(some), Seen::Text(all)) => {
                    let some = some.rsplit_once('&').map_or(some.as_str(), |(before, _)| before);
                    prop_assert!(all.starts_with(some), "{}", &text[..end]);
                }
                // What is open is closed.
                (Seen::Close, _) if one != other => break,
                _ => prop_assert_eq!(one, other, "{}", &text[..end]),
            }
        }
    }
}
