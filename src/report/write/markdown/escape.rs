//! Foreign text in Markdown: as prose, as code in a line, as a block, and as HTML.

use crate::report::write::text::seen;

/// Between `@` and a name no system sees a mention, between `#` and a number none sees an issue.
const NOTHING: char = '\u{200b}';

/// Text in a line of Markdown: no emphasis, no links, no HTML, nobody mentioned.
pub(crate) fn prose(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '$' => {
                out.push('\\');
                out.push(c);
            }
            // In these words a separate escape would be shown by some system.
            '&' => out.push_str("\\&"),
            '@' | '#' | '!' => {
                out.push(c);
                if chars.peek().is_some_and(|next| next.is_alphanumeric() || *next == '_') {
                    out.push(NOTHING);
                }
            }
            ':' if chars.peek() == Some(&'/') => out.push_str("\\:"),
            c => out.push(c),
        }
    }
    out
}

/// A sentence in which backticks stand around names, as ours do.
pub(super) fn sentence(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    // Fences next to each other would be one.
    let touching = parts.iter().skip(1).rev().skip(1).any(|it| it.is_empty());
    if parts.len().is_multiple_of(2) || touching {
        return prose(text);
    }
    let print = |(index, part): (usize, &&str)| if index % 2 == 0 { prose(part) } else { code(part) };
    parts.iter().enumerate().map(print).collect()
}

/// Text as code in a line: nothing in it is markup, in tables and without them.
pub(super) fn code(text: &str) -> String {
    let text = text.replace('\n', " ");
    if text.trim().is_empty() {
        return "(empty)".to_owned();
    }
    let fence = "`".repeat(longest_run(&text) + 1);
    // One blank at each end is taken away again, and needed where a backtick is next to it.
    let blank = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{blank}{text}{blank}{fence}")
}

/// Text as a block of its own.
pub(super) fn block(text: &str) -> String {
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    format!("{fence}text\n{text}\n{fence}\n")
}

/// Text as code inside of HTML, where Markdown is not read.
pub(super) fn html(text: &str) -> String {
    let mut out = String::from("<code>");
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push(' '),
            c => out.push(c),
        }
    }
    out.push_str("</code>");
    out
}

/// Text of several lines that may hold anything.
pub(super) fn legible(text: &str) -> String {
    seen(&super::super::ansi::plain(text))
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_becomes_markup() {
        assert_eq!(prose("a_b*c <b> [x](y) `z` | &amp;"), "a\\_b\\*c \\<b\\> \\[x\\](y) \\`z\\` \\| \\&amp;");
        assert_eq!(prose("@root fixes #12, a @ b"), "@\u{200b}root fixes #\u{200b}12, a @ b");
        assert_eq!(prose("https://x"), "https\\://x");
        assert_eq!(sentence("no `a*` in *b*"), "no `a*` in \\*b\\*");
        assert_eq!(sentence("odd ` one"), "odd \\` one");
        assert_eq!(sentence("`a``b`"), "\\`a\\`\\`b\\`");
        assert_eq!(code("a`b``c"), "```a`b``c```");
        assert_eq!(code("`a"), "`` `a ``");
        assert_eq!(code(" "), "(empty)");
        assert_eq!(block("x\n```\ny"), "````text\nx\n```\ny\n````\n");
        assert_eq!(html("<b>&\"\n"), "<code>&lt;b&gt;&amp;&quot; </code>");
    }
}
