//! Strings as XML text.

/// Escapes what XML would read as markup; characters that XML 1.0 cannot hold become `?`.
pub(super) fn text(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            c if super::is_plain_char(c) => out.push(c),
            _ => out.push('?'),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_what_xml_cannot_hold_never_get_through() {
        assert_eq!(text("a<b>&\"c\" ]]> \u{1}\u{fffe} 🦀"), "a&lt;b&gt;&amp;&quot;c&quot; ]]&gt; ?? 🦀");
    }
}
