//! Strings as Kotlin literals without interpolation.

/// A constant of a class file has at most 65535 bytes, and no character takes more than 1.5 times its bytes here there:
/// <https://docs.oracle.com/javase/specs/jvms/se17/html/jvms-4.html#jvms-4.4.7>
const LONGEST: usize = 40_000;

/// `"…"`; a text that no constant can hold is put together from several.
pub(super) fn quoted(text: &str) -> String {
    if text.len() <= LONGEST {
        return literal(text);
    }
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.char_indices().map(|(at, _)| at).take_while(|at| *at <= LONGEST).last().unwrap_or_default();
        // The last piece ends where the text does, not where its last character begins.
        let (piece, behind) = rest.split_at(if rest.len() <= LONGEST { rest.len() } else { end });
        pieces.push(literal(piece));
        rest = behind;
    }
    // A `+` between constants would be folded into one of them.
    format!("listOf({}).joinToString(\"\")", pieces.join(", "))
}

fn literal(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '$' => out.push_str("\\$"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if super::is_plain_char(c) => out.push(c),
            c => out.push_str(&format!("\\u{:04x}", u32::from(c))),
        }
    }
    out.push('"');
    out
}

/// `"""…""".trimIndent()` with lines indented by `indent` spaces; a text that would not survive that is quoted.
///
/// `trimIndent` takes a blank first and last line away and the indentation that all lines share, where a blank is
/// whatever Unicode calls one: <https://kotlinlang.org/api/core/kotlin-stdlib/kotlin.text/trim-indent.html>
pub(super) fn block(text: &str, indent: usize) -> String {
    let lines: Vec<&str> = text.split('\n').collect();
    let blank = |line: &&str| line.trim().is_empty();
    let survives = lines.len() > 1
        && text.len() + lines.len() * indent <= LONGEST
        && text.chars().all(|c| c == '\n' || c == '\t' || super::is_plain_char(c))
        && !lines.first().is_some_and(blank)
        && !lines.last().is_some_and(blank)
        && lines.iter().filter(|line| blank(line)).all(|line| line.is_empty())
        && lines.iter().any(|line| line.starts_with(|c: char| !c.is_whitespace()));
    if !survives {
        return quoted(text);
    }
    let margin = " ".repeat(indent);
    let body = lines.iter().map(|line| match line.is_empty() {
        true => String::new(),
        // Backslashes mean nothing here, so a dollar and three quotes can only come from inside a template.
        false => format!("{margin}{}", line.replace('$', "${'$'}").replace("\"\"\"", r#"${"\"\"\""}"#)),
    });
    let closing = " ".repeat(indent.saturating_sub(4));
    format!("\"\"\"\n{}\n{closing}\"\"\".trimIndent()", body.collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Reads a literal back, as Kotlin does.
    fn read(printed: &str) -> String {
        if printed.starts_with("listOf(") {
            return pieces(printed).concat();
        }
        let Some(raw) = printed.strip_prefix("\"\"\"").and_then(|it| it.strip_suffix("\"\"\".trimIndent()")) else {
            return unescape(&printed[1..printed.len() - 1]);
        };
        assert!(!raw.replace(r#"${"\"\"\""}"#, "").contains("\"\"\""), "the literal ends early: {raw}");
        let raw = raw.replace(r#"${"\"\"\""}"#, "\"\"\"").replace("${'$'}", "$");
        trim_indent(&raw)
    }

    fn pieces(printed: &str) -> Vec<String> {
        let inner = printed.strip_prefix("listOf(\"").unwrap().strip_suffix("\").joinToString(\"\")").unwrap();
        inner.split("\", \"").map(unescape).collect()
    }

    fn unescape(text: &str) -> String {
        let mut out = String::new();
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            assert!(c != '"' && c != '$' && c != '\n', "not escaped: {text}");
            out.push(match c {
                '\\' => match chars.next().unwrap() {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'u' => {
                        let digits: String = chars.by_ref().take(4).collect();
                        char::from_u32(u32::from_str_radix(&digits, 16).unwrap()).unwrap()
                    }
                    c => c,
                },
                c => c,
            });
        }
        out
    }

    fn trim_indent(text: &str) -> String {
        let lines: Vec<&str> = text.split('\n').collect();
        let full = lines.iter().filter(|line| !line.trim().is_empty());
        let width = full.map(|line| line.chars().take_while(|c| c.is_whitespace()).count()).min().unwrap_or(0);
        let last = lines.len() - 1;
        let kept = lines.iter().enumerate().filter(|(at, line)| !((*at == 0 || *at == last) && line.trim().is_empty()));
        let cut = |line: &str| line.chars().skip(width).collect::<String>();
        kept.map(|(_, line)| if line.trim().is_empty() { String::new() } else { cut(line) })
            .collect::<Vec<_>>()
            .join("\n")
    }

    #[test]
    fn a_script_stays_readable() {
        let script = "set -e\n\necho \"$HOME\" ${x} 'a\\b' \"\"\"\"";
        let printed = block(script, 8);
        let expected = "\"\"\"\n        set -e\n\n        echo \"${'$'}HOME\" ${'$'}{x} 'a\\b' ${\"\\\"\\\"\\\"\"}\"\n    \"\"\".trimIndent()";
        assert_eq!(printed, expected);
        assert_eq!(read(&printed), script);
    }

    #[test]
    fn blanks_that_trim_indent_would_take_are_kept() {
        for text in
            ["\u{a0}a\n\u{a0}b", "\u{3000}a\n\u{2003}b", " a\n  b", "a\n", "\na", "a\n \nb", "a\n\u{a0}\nb", "a\nb"]
        {
            assert_eq!(read(&block(text, 12)), text, "{text:?}");
        }
    }

    #[test]
    fn no_constant_is_longer_than_a_class_file_allows() {
        for text in
            ["x".repeat(200_001), "\u{1f980}".repeat(30_000), "é\n".repeat(40_000) + "z", "$\"\\".repeat(20_000)]
        {
            let printed = block(&text, 16);
            assert!(printed.starts_with("listOf("));
            assert!(pieces(&printed).iter().all(|it| it.len() <= LONGEST));
            assert_eq!(read(&printed).len(), text.len());
        }
    }

    proptest! {
        #[test]
        fn any_text_comes_back(text in "[ab$\\\\\"'{}\n\t \u{a0}\u{1}\u{2028}\u{1f980}é%]{0,40}") {
            prop_assert_eq!(read(&quoted(&text)), text.clone());
            prop_assert_eq!(read(&block(&text, 12)), text);
        }
    }
}
