//! Output of a command that the CI system must not take for commands to itself.

/// What a CI system reads in a log as a command. See [`Filter`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Guard {
    /// Texts that begin a command wherever they stand: `##vso[`. ASCII, without blanks and line ends.
    pub anywhere: &'static [&'static str],
    /// Texts that begin a command as the first thing of a line, blanks aside: `::`. Likewise.
    pub line_start: &'static [&'static str],
}

/// Breaks commands in a stream by a blank before the last character of what begins them; all else passes unchanged and
/// at once, whatever the chunks are.
///
/// GitHub's `::stop-commands::` is no way to do this: its runner reads standard output and error without order between
/// them, so the line that lets commands in again may come before the last lines of the other stream. A blank works
/// on every system, for each stream by itself, also when the output does not end with a line end.
///
/// ```
/// use ci_gen::exec::{Filter, Guard};
/// let mut filter = Filter::new(&Guard { anywhere: &["##["], line_start: &["::"] });
/// let mut out = Vec::new();
/// filter.pass(b"a::b\n  :", &mut out);
/// filter.pass(b":error::no #", &mut out);
/// filter.pass(b"#[endgroup]\n", &mut out);
/// assert_eq!(out, b"a::b\n  : :error::no ## [endgroup]\n");
/// ```
#[derive(Clone, Debug)]
pub struct Filter {
    anywhere: Vec<Pattern>,
    line_start: Vec<Pattern>,
    line: Line,
    /// Whether the last byte ended a line, or there was none.
    fresh: bool,
    guarded: bool,
}

/// Where in a line the stream is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Line {
    /// Only blanks so far, and the bytes of a character that is not complete yet.
    Blank(Vec<u8>),
    /// In what may begin a command.
    Prefix,
    /// Behind it.
    Body,
}

/// A text that is looked for byte by byte.
#[derive(Clone, Debug)]
struct Pattern {
    text: &'static [u8],
    /// How many bytes of it the stream ends with.
    seen: usize,
}

impl Pattern {
    fn new(text: &&'static str) -> Pattern {
        Pattern { text: text.as_bytes(), seen: 0 }
    }

    /// How many bytes of the text the stream ends with once `byte` is added.
    fn next(&self, byte: u8) -> usize {
        let mut seen = self.seen;
        loop {
            if self.text[seen] == byte {
                return seen + 1;
            }
            if seen == 0 {
                return 0;
            }
            // The longest shorter beginning that the text so far also ends with.
            seen = (0..seen).rev().find(|it| self.text[..seen].ends_with(&self.text[..*it])).unwrap_or(0);
        }
    }
}

impl Filter {
    /// A filter at the beginning of a stream.
    pub fn new(guard: &Guard) -> Filter {
        let patterns = |texts: &[&'static str]| texts.iter().filter(|it| !it.is_empty()).map(Pattern::new).collect();
        let (anywhere, line_start): (Vec<_>, Vec<_>) = (patterns(guard.anywhere), patterns(guard.line_start));
        let guarded = !anywhere.is_empty() || !line_start.is_empty();
        Filter { anywhere, line_start, line: Line::Blank(Vec::new()), fresh: true, guarded }
    }

    /// Adds to `out` what may be written of the next bytes of the stream.
    pub fn pass(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        if let Some(last) = bytes.last() {
            self.fresh = matches!(last, b'\n' | b'\r');
        }
        if !self.guarded {
            out.extend_from_slice(bytes);
            return;
        }
        let mut rest = bytes;
        while let Some(first) = rest.first() {
            let plain = self.plain(rest);
            if plain > 0 {
                out.extend_from_slice(&rest[..plain]);
                rest = &rest[plain..];
                continue;
            }
            self.byte(*first, out);
            rest = &rest[1..];
        }
    }

    /// Adds what has to stand at the end: a line end if it is missing, so that the next line, which may be a command of
    /// ci-gen's own, is one.
    pub fn end(&mut self, out: &mut Vec<u8>) {
        if self.guarded && !self.fresh {
            self.fresh = true;
            out.push(b'\n');
        }
    }

    /// How many bytes cannot begin anything.
    fn plain(&self, bytes: &[u8]) -> usize {
        if self.line != Line::Body || self.anywhere.iter().any(|it| it.seen > 0) {
            return 0;
        }
        let special = |byte: &u8| matches!(byte, b'\n' | b'\r') || self.anywhere.iter().any(|it| it.text[0] == *byte);
        bytes.iter().position(special).unwrap_or(bytes.len())
    }

    fn byte(&mut self, byte: u8, out: &mut Vec<u8>) {
        let at_start = self.at_start(byte);
        let mut is_command = at_start;
        for pattern in &mut self.anywhere {
            pattern.seen = pattern.next(byte);
            is_command |= pattern.seen == pattern.text.len();
        }
        if is_command {
            out.push(b' ');
            for pattern in &mut self.anywhere {
                pattern.seen = 0;
                pattern.seen = pattern.next(byte);
                // A pattern of a single byte stays broken by the blank before it.
                pattern.seen %= pattern.text.len();
            }
        }
        out.push(byte);
    }

    /// Follows the line, and says whether a command at its beginning would be complete with this byte.
    fn at_start(&mut self, byte: u8) -> bool {
        if matches!(byte, b'\n' | b'\r') {
            self.line = Line::Blank(Vec::new());
            self.line_start.iter_mut().for_each(|it| it.seen = 0);
            return false;
        }
        if let Line::Blank(partial) = &mut self.line {
            partial.push(byte);
            match std::str::from_utf8(partial) {
                Ok(text) if text.chars().all(is_blank) => {
                    partial.clear();
                    return false;
                }
                Err(error) if error.error_len().is_none() => return false,
                _ if partial.len() > 1 => self.line = Line::Body,
                _ => self.line = Line::Prefix,
            }
        }
        if self.line != Line::Prefix {
            return false;
        }
        let mut open = false;
        let mut complete = false;
        for pattern in &mut self.line_start {
            if pattern.text.get(pattern.seen) == Some(&byte) {
                pattern.seen += 1;
                complete |= pattern.seen == pattern.text.len();
                open |= pattern.seen < pattern.text.len();
            } else {
                // It never gets on in this line.
                pattern.seen = pattern.text.len();
            }
        }
        if complete || !open {
            self.line = Line::Body;
        }
        complete
    }
}

/// What a runner may drop before it looks at a line.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || c.is_control() || c == '\u{feff}'
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: Guard = Guard { anywhere: &["##[", "##vso[", "##teamcity["], line_start: &["::"] };

    fn passed(guard: &Guard, chunks: &[&[u8]]) -> Vec<u8> {
        let mut filter = Filter::new(guard);
        let mut out = Vec::new();
        chunks.iter().for_each(|it| filter.pass(it, &mut out));
        out
    }

    /// Whether a runner would find a command: written without the filter's own ideas.
    fn has_command(bytes: &[u8]) -> bool {
        let text = String::from_utf8_lossy(bytes);
        let anywhere = ALL.anywhere.iter().any(|it| text.contains(it));
        anywhere || text.split(['\n', '\r']).any(|line| line.trim_start_matches(is_blank).starts_with("::"))
    }

    #[test]
    fn commands_are_broken_wherever_they_begin() {
        for (text, expected) in [
            ("::error::x", ": :error::x"),
            (" \t\u{a0}\u{3000}::x", " \t\u{a0}\u{3000}: :x"),
            ("10%\r::x", "10%\r: :x"),
            (":::x", ": ::x"),
            ("###[x", "### [x"),
            ("#####vso[x", "#####vso [x"),
            ("##teamcity[##[##vso[", "##teamcity [## [##vso ["),
        ] {
            assert_eq!(String::from_utf8(passed(&ALL, &[text.as_bytes()])).unwrap(), expected);
        }
    }

    #[test]
    fn all_else_stays() {
        for text in
            ["a ::b", ": :x", "x::y::z\n: x", "## [x", "##vso", "##\n[", "\u{e9}::x", "#[derive(X)]", "std::mem"]
        {
            assert_eq!(String::from_utf8(passed(&ALL, &[text.as_bytes()])).unwrap(), text);
        }
        let any: Vec<u8> = (0..=255).collect();
        assert_eq!(passed(&Guard::default(), &[&any, b"::x"]), [&any[..], b"::x"].concat());
    }

    #[test]
    fn a_line_end_is_added_where_commands_are_read() {
        for (guard, text, expected) in
            [(ALL, "x", "x\n"), (ALL, "x\n", "x\n"), (ALL, "", ""), (Guard::default(), "x", "x")]
        {
            let mut filter = Filter::new(&guard);
            let mut out = Vec::new();
            filter.pass(text.as_bytes(), &mut out);
            filter.end(&mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }

    /// Text in which commands are likely.
    fn pieces() -> impl Strategy<Value = Vec<Vec<u8>>> {
        let likely = prop::sample::select(vec![
            "#",
            "##",
            "[",
            "##[",
            "vso[",
            "##vso",
            "teamcity[",
            "##team",
            ":",
            "::",
            "::error::",
            "\n",
            "\r",
            " ",
            "\t",
            "\u{a0}",
            "\u{2028}",
            "\u{feff}",
            "\u{e9}",
            "\0",
            "\u{1b}[0m",
            "x",
        ]);
        let bytes = prop::collection::vec(any::<u8>(), 0..4);
        prop::collection::vec(prop_oneof![4 => likely.prop_map(|it| it.as_bytes().to_vec()), 1 => bytes], 0..40)
    }

    proptest! {
        #[test]
        fn no_command_survives_and_nothing_is_lost(chunks in pieces()) {
            let whole = chunks.concat();
            let parts: Vec<&[u8]> = chunks.iter().map(Vec::as_slice).collect();
            let out = passed(&ALL, &parts);
            prop_assert!(!has_command(&out), "{}", String::from_utf8_lossy(&out));
            prop_assert_eq!(&out, &passed(&ALL, &[&whole]), "chunks make a difference");
            if !has_command(&whole) {
                prop_assert_eq!(&out, &whole);
            }
            // What was added is blanks, and nothing but them.
            let mut given = whole.iter().peekable();
            for byte in &out {
                if given.peek() == Some(&byte) {
                    given.next();
                } else {
                    prop_assert_eq!(*byte, b' ');
                }
            }
            prop_assert!(given.next().is_none());
        }
    }
}
