//! Text that programs wrote to a terminal: colours kept as spans, every other escape and control character dropped.

/// How a terminal would show a piece of text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) foreground: Option<Color>,
    pub(super) background: Option<Color>,
    pub(super) bold: bool,
    pub(super) dim: bool,
    pub(super) italic: bool,
    pub(super) underline: bool,
    pub(super) strike: bool,
    inverse: bool,
}

impl Style {
    /// The colours as they are seen, foreground first.
    pub(super) fn colors(self) -> (Option<Color>, Option<Color>) {
        match self.inverse {
            true => (self.background, self.foreground),
            false => (self.foreground, self.background),
        }
    }
}

/// A colour of a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Color {
    /// One of the sixteen that a theme gives a meaning to.
    Named(u8),
    /// Any other: red, green, blue.
    Exact(u8, u8, u8),
}

/// Text of one style.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) style: Style,
    pub(super) text: String,
}

/// The text without escapes and without characters that are none: what is left is legal in XML.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    read(text, |piece| match piece {
        Piece::Char(c) => out.push(c),
        Piece::Style(_) => {}
    });
    out
}

/// The text in pieces of one style each.
pub(super) fn spans(text: &str) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    let mut style = Style::default();
    read(text, |piece| match piece {
        Piece::Style(codes) => apply(codes, &mut style),
        Piece::Char(c) => match spans.last_mut() {
            Some(span) if span.style == style => span.text.push(c),
            _ => spans.push(Span { style, text: c.to_string() }),
        },
    });
    spans
}

enum Piece<'a> {
    Char(char),
    /// The parameters of a change of style: `1;31`.
    Style(&'a str),
}

/// An escape that is longer than this is taken for a lone escape character, so that one that never ends hides nothing.
const LONGEST_ESCAPE: usize = 4096;

fn read<'a>(text: &'a str, mut each: impl FnMut(Piece<'a>)) {
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        rest = match c {
            '\u{1b}' => escape(after, &mut each),
            '\u{9b}' => control(after, &mut each).unwrap_or(after),
            '\u{90}' | '\u{98}' | '\u{9d}' | '\u{9e}' | '\u{9f}' => string(after).unwrap_or(after),
            '\r' => {
                // A carriage return draws over the line: what was drawn before is kept as a line of its own.
                if !after.starts_with('\n') {
                    each(Piece::Char('\n'));
                }
                after
            }
            '\n' | '\t' => {
                each(Piece::Char(c));
                after
            }
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => after,
            c => {
                each(Piece::Char(c));
                after
            }
        };
    }
}

/// What follows the escape whose first character has been read.
fn escape<'a>(text: &'a str, each: &mut impl FnMut(Piece<'a>)) -> &'a str {
    let Some(c) = text.chars().next() else { return text };
    let after = &text[c.len_utf8()..];
    match c {
        '[' => control(after, each).unwrap_or(after),
        ']' | 'P' | 'X' | '^' | '_' => string(after).unwrap_or(after),
        // A choice of the character set has one character more.
        ' '..='/' => match after.chars().next() {
            Some(last) if last.is_ascii_graphic() => &after[1..],
            _ => after,
        },
        '0'..='~' => after,
        _ => text,
    }
}

/// `1;31m`: parameters, then one letter that says what they are for.
fn control<'a>(text: &'a str, each: &mut impl FnMut(Piece<'a>)) -> Option<&'a str> {
    let end = text.bytes().take(LONGEST_ESCAPE).position(|b| !(0x20..=0x3f).contains(&b))?;
    let last = text.as_bytes()[end];
    if !(0x40..=0x7e).contains(&last) {
        return Some(&text[end..]);
    }
    if last == b'm' {
        each(Piece::Style(&text[..end]));
    }
    Some(&text[end + 1..])
}

/// A text for the terminal itself, such as a window's title or a link: up to a bell or `ESC \`.
fn string(text: &str) -> Option<&str> {
    let (at, c) = text
        .char_indices()
        .take_while(|(at, _)| *at < LONGEST_ESCAPE)
        .find(|(_, c)| matches!(c, '\u{7}' | '\u{9c}' | '\u{1b}' | '\n'))?;
    match c {
        '\n' => None,
        '\u{1b}' => text[at + 1..].strip_prefix('\\').or(Some(&text[at..])),
        c => Some(&text[at + c.len_utf8()..]),
    }
}

/// Codes: <https://en.wikipedia.org/wiki/ANSI_escape_code#Select_Graphic_Rendition_parameters>
fn apply(codes: &str, style: &mut Style) {
    let mut codes = codes.split([';', ':']).map(|it| if it.is_empty() { Some(0) } else { it.parse::<u16>().ok() });
    while let Some(code) = codes.next() {
        match code {
            Some(0) => *style = Style::default(),
            Some(1) => style.bold = true,
            Some(2) => style.dim = true,
            Some(3) => style.italic = true,
            Some(4 | 21) => style.underline = true,
            Some(7) => style.inverse = true,
            Some(9) => style.strike = true,
            Some(22) => (style.bold, style.dim) = (false, false),
            Some(23) => style.italic = false,
            Some(24) => style.underline = false,
            Some(27) => style.inverse = false,
            Some(29) => style.strike = false,
            Some(code @ 30..=37) => style.foreground = named(code - 30),
            Some(38) => style.foreground = extended(&mut codes),
            Some(39) => style.foreground = None,
            Some(code @ 40..=47) => style.background = named(code - 40),
            Some(48) => style.background = extended(&mut codes),
            Some(49) => style.background = None,
            Some(code @ 90..=97) => style.foreground = named(code - 90 + 8),
            Some(code @ 100..=107) => style.background = named(code - 100 + 8),
            _ => {}
        }
    }
}

fn named(index: u16) -> Option<Color> {
    u8::try_from(index).ok().map(Color::Named)
}

/// `5;N`, one of 256, or `2;R;G;B`.
fn extended(codes: &mut impl Iterator<Item = Option<u16>>) -> Option<Color> {
    let mut byte = || codes.next().flatten().and_then(|it| u8::try_from(it).ok());
    match byte()? {
        2 => Some(Color::Exact(byte()?, byte()?, byte()?)),
        5 => byte().map(of_256),
        _ => None,
    }
}

/// Sixteen names, a cube of six steps a side, and 24 greys.
fn of_256(index: u8) -> Color {
    let step = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
    match index {
        0..=15 => Color::Named(index),
        16..=231 => {
            let n = index - 16;
            Color::Exact(step(n / 36), step(n / 6 % 6), step(n % 6))
        }
        232..=255 => {
            let grey = 8 + 10 * (index - 232);
            Color::Exact(grey, grey, grey)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_text_is_left() {
        for (text, expected) in [
            ("plain ünï 😀", "plain ünï 😀"),
            ("\u{1b}[1;31mred\u{1b}[0m end", "red end"),
            ("a\r\nb\rc", "a\nb\nc"),
            ("\u{1b}]0;title\u{7}x \u{1b}]8;;http://a\u{1b}\\link\u{1b}]8;;\u{1b}\\", "x link"),
            ("nul\0 bell\u{7} back\u{8}space \u{fffe}\u{ffff}", "nul bell backspace "),
            ("\u{1b}(Bset \u{1b}cclear \u{9b}2Jc1", "set clear c1"),
            ("\u{1b}", ""),
            ("\u{1b}[", ""),
            ("\u{1b}[31", "31"),
            ("\u{1b}]never ends\nnext", "never ends\nnext"),
            ("\u{1b}[3\u{e4}1m", "\u{e4}1m"),
        ] {
            assert_eq!(plain(text), expected, "{text:?}");
        }
    }

    #[test]
    fn colours_become_spans() {
        let color = |text: &str| spans(text)[0].style.colors();
        assert_eq!(color("\u{1b}[31mx"), (Some(Color::Named(1)), None));
        assert_eq!(color("\u{1b}[97;44mx"), (Some(Color::Named(15)), Some(Color::Named(4))));
        assert_eq!(color("\u{1b}[38;5;196mx"), (Some(Color::Exact(255, 0, 0)), None));
        assert_eq!(color("\u{1b}[48;5;244mx"), (None, Some(Color::Exact(128, 128, 128))));
        assert_eq!(color("\u{1b}[38;2;1;2;3;1mx"), (Some(Color::Exact(1, 2, 3)), None));
        assert_eq!(color("\u{1b}[7;31mx"), (None, Some(Color::Named(1))));
        assert_eq!(color("\u{1b}[31;39mx"), (None, None));
        assert_eq!(spans("a\u{1b}[1mb\u{1b}[1mc\u{1b}[md").len(), 3);
    }
}
