//! Strings as text and attributes of HTML.

/// Escapes what HTML would read as markup, in text and between either quotes; control characters become `�`.
pub(super) fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_control_characters_never_get_through() {
        assert_eq!(text("</script>'\"&\0\u{85} ü"), "&lt;/script&gt;&#39;&quot;&amp;\u{fffd}\u{fffd} ü");
    }
}
