//! Text with everything masked that differs from run to run: numbers, addresses, times, paths, long values.

use std::{borrow::Cow, sync::LazyLock};

use regex::{Captures, Regex};

use super::boundary::floor;

/// Quoted values longer than this are data rather than names.
const LONGEST_QUOTED: usize = 24;

/// Masks are longer than this only where the text is.
const LONGEST: usize = 400;

/// Lines of a message that tell failures apart; what follows is data.
const MOST_LINES: usize = 3;

/// Text without terminal escapes: colours, cursor movements, titles and links.
///
/// <https://ecma-international.org/publications-and-standards/standards/ecma-48/>
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    static ESCAPES: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new("\u{1b}(?:\\[[0-?]*[ -/]*[@-~]|\\][^\u{7}\u{1b}]*(?:\u{7}|\u{1b}\\\\)?|[@-Z\\\\^_])|\u{9b}[0-?]*[ -/]*[@-~]|[\u{1b}\u{9b}]").ok()
    });
    match (text.contains(['\u{1b}', '\u{9b}']), &*ESCAPES) {
        (true, Some(escapes)) => escapes.replace_all(text, ""),
        _ => Cow::Borrowed(text),
    }
}

/// The first lines of a message, without terminal escapes, in one line, masked. Masking twice changes nothing more.
pub(super) fn mask(text: &str) -> String {
    let text = plain(text);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty()).take(MOST_LINES);
    let mut joined = String::new();
    for word in lines.flat_map(str::split_whitespace) {
        if joined.len() > LONGEST * 10 {
            break;
        }
        if !joined.is_empty() {
            joined.push(' ');
        }
        joined.push_str(cut(word, LONGEST * 10));
    }
    let mut masked = varying(&joined).into_owned();
    // What is masked ends a word, and what follows may be a word of its own then.
    while let Cow::Owned(again) = varying(&masked) {
        if again == masked {
            break;
        }
        masked = again;
    }
    cut(&quoted(&masked), LONGEST).trim_end().to_owned()
}

/// Text cut to at most so many bytes, on the boundary of a character.
pub(super) fn cut(text: &str, most: usize) -> &str {
    &text[..floor(text, most)]
}

/// Each thing that varies, and what stands for it.
fn varying(text: &str) -> Cow<'_, str> {
    static MASKS: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(concat!(
            r#"(?P<url>\b[A-Za-z][A-Za-z0-9+.-]*://[^\s"'<>`]+)"#,
            r"|(?P<uuid>\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b)",
            r"|(?P<time>\b[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?:[.,][0-9]+)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?",
            r"|\b[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]+)?)",
            r#"|(?P<path>\b[A-Za-z]:[\\/][^\s"'<>|*?()`,;]*|(?:[\w.@~+-]*[\\/]){2,}[\w.@~+-]*)"#,
            r"|(?P<hex>0[xX][0-9a-fA-F]+|@[0-9a-f]{5,}\b|\b[0-9a-fA-F]{7,}\b)",
            r"|(?P<n>[+-]?[0-9]+(?:[.,_][0-9]+)*(?:[eE][+-]?[0-9]+)?)",
        ))
        .ok()
    });
    let Some(masks) = &*MASKS else { return Cow::Borrowed(text) };
    if !text.contains(|c: char| c.is_ascii_digit() || matches!(c, '/' | '\\' | '-' | '@')) {
        return Cow::Borrowed(text);
    }
    masks.replace_all(text, |found: &Captures<'_>| {
        let all = &found[0];
        let name = ["url", "uuid", "time", "path", "hex", "n"].into_iter().find(|name| found.name(name).is_some());
        match name {
            // A long word of a to f is a word; a long number a number.
            Some("hex") if !all.contains(|c: char| c.is_ascii_digit()) => all.to_owned(),
            Some("hex") if all.chars().all(|c| c.is_ascii_digit()) => "<n>".to_owned(),
            Some(name) => format!("<{name}>"),
            None => all.to_owned(),
        }
    })
}

/// Long quoted values masked. A quote opens only where no word ends, so that an apostrophe does not.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = ' ';
    while let Some(at) = rest.find(['"', '\'', '`']) {
        let quote = rest[at..].chars().next().unwrap_or('"');
        let previous = rest[..at].chars().next_back().unwrap_or(before);
        let content = &rest[at + 1..];
        out.push_str(&rest[..=at]);
        rest = content;
        before = quote;
        if previous.is_alphanumeric() {
            continue;
        }
        let Some(end) = content.find(quote) else { continue };
        match content[..end].chars().nth(LONGEST_QUOTED) {
            Some(_) => out.push_str("<text>"),
            None => out.push_str(&content[..end]),
        }
        out.push(quote);
        rest = &content[end + 1..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{mask, plain};

    #[test]
    fn what_varies_is_masked() {
        let cases = [
            ("expected 3 but was -4.5e-3", "expected <n> but was <n>"),
            ("port 127.0.0.1:54321 in use", "port <n>:<n> in use"),
            ("at 2026-07-30T10:35:18.6503557Z sharp", "at <time> sharp"),
            ("at 10:35:18,123 sharp", "at <time> sharp"),
            ("no file /tmp/x1/a.txt here", "no file <path> here"),
            (r"no file C:\Users\me\a.txt here", "no file <path> here"),
            (r"0A:\x", "<n><path>"),
            ("no file src/a/b.rs here", "no file <path> here"),
            ("either and/or", "either and/or"),
            ("get https://a.example/x?y=1 failed", "get <url> failed"),
            ("id 6f9619ff-8b86-d011-b42d-00cf4fc964ff gone", "id <uuid> gone"),
            ("object Foo@1b2c3d4 at 0x7ffee", "object Foo<hex> at <hex>"),
            ("commit deadbeef1 of decade facade", "commit <hex> of decade facade"),
            ("\u{1b}[31mred\u{1b}[0m\n\n  two \n three\n four", "red two three"),
            ("'short' and 'a value that is longer than that'", "'short' and '<text>'"),
            ("it doesn't work, don't 'try it'", "it doesn't work, don't 'try it'"),
            ("größer als 12 Ä", "größer als <n> Ä"),
        ];
        for (text, masked) in cases {
            assert_eq!(mask(text), masked);
        }
    }

    #[test]
    fn escapes_of_terminals_go() {
        assert_eq!(plain("\u{1b}]8;;https://a.example\u{7}link\u{1b}]8;;\u{7} \u{1b}[1;31mx\u{1b}[K"), "link x");
    }

    proptest! {
        #[test]
        fn masking_twice_changes_nothing(text in "[-a-fA-F0-9'\"`/\\\\:.,@~ xTZ<>\n\u{1b}\\[mé]{0,80}|\\PC{0,600}") {
            let once = mask(&text);
            prop_assert_eq!(mask(&once), once);
        }

        #[test]
        fn numbers_and_paths_do_not_matter(a: u32, b: u32, file in "[a-z]{1,8}") {
            let of = |number: u32, file: &str| mask(&format!("got {number} in /work/{file}/{number}.txt"));
            prop_assert_eq!(of(a, &file), of(b, "x"));
        }
    }
}
