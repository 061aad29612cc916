//! Strings as YAML scalars that YAML 1.1 and 1.2 readers agree on.

use super::is_plain_char;

/// Words that some YAML reader takes for something other than a string.
const WORDS: &[&str] = &["true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf", "undefined"];

/// One line: plain where no reader can misunderstand it, else in quotes.
pub(crate) fn scalar(text: &str) -> String {
    if is_plain(text) {
        text.to_owned()
    } else if (text.contains('"') || text.contains('\\')) && !text.contains('\'') && text.chars().all(is_plain_char) {
        format!("'{text}'")
    } else {
        double_quoted(text)
    }
}

/// A literal block whose lines are indented by `indent` spaces; one line stays a scalar.
pub(crate) fn block(text: &str, indent: usize) -> String {
    let body = text.trim_end_matches('\n');
    let literal = body.contains('\n')
        && text.len() - body.len() <= 1
        && body.chars().all(|c| c == '\n' || c == '\t' || is_plain_char(c))
        && !body.starts_with(['\n', '\t']);
    if !literal {
        return scalar(text);
    }
    let margin = " ".repeat(indent);
    let chomp = if text.ends_with('\n') { "" } else { "-" };
    // A block that begins with a space must say how far it is indented itself.
    let indicator = if body.starts_with(' ') { "2" } else { "" };
    let lines = body.split('\n').map(|line| if line.is_empty() { String::new() } else { format!("{margin}{line}") });
    format!("|{indicator}{chomp}\n{}", lines.collect::<Vec<_>>().join("\n"))
}

/// Whether every reader takes the text for a string, also without quotes.
pub(super) fn is_plain(text: &str) -> bool {
    let first = text.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '/' || c == '_');
    first
        && !text.ends_with(' ')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || " _./@+=()-".contains(c))
        && !WORDS.contains(&text.to_ascii_lowercase().as_str())
}

fn double_quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if is_plain_char(c) => out.push(c),
            c => out.push_str(&format!("\\u{:04x}", u32::from(c))),
        }
    }
    out.push('"');
    out
}
