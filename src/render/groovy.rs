//! Strings as Groovy literals without interpolation.

/// `'…'`
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from('\'');
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            c => escape(c, &mut out),
        }
    }
    out.push('\'');
    out
}

/// `'''…'''` over several lines; one line stays `'…'`.
///
/// Lines are not indented: what stands between the quotes is the script itself.
pub(super) fn block(text: &str) -> String {
    if !text.contains('\n') {
        return quoted(text);
    }
    let mut out = String::from("'''");
    for c in text.chars() {
        match c {
            '\n' => out.push('\n'),
            c => escape(c, &mut out),
        }
    }
    out.push_str("'''");
    out
}

fn escape(c: char, out: &mut String) {
    match c {
        '\'' => out.push_str("\\'"),
        '\\' => out.push_str("\\\\"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push('\t'),
        c if super::is_plain_char(c) => out.push(c),
        c => out.push_str(&format!("\\u{:04x}", u32::from(c))),
    }
}
