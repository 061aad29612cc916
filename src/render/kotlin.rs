//! Strings as Kotlin literals without interpolation.

/// `"…"`
pub(super) fn quoted(text: &str) -> String {
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
pub(super) fn block(text: &str, indent: usize) -> String {
    let lines: Vec<&str> = text.split('\n').collect();
    let blank = |line: &&str| line.trim().is_empty();
    let survives = lines.len() > 1
        && !text.contains("\"\"\"")
        && text.chars().all(|c| c == '\n' || c == '\t' || super::is_plain_char(c))
        && !lines.first().is_some_and(blank)
        && !lines.last().is_some_and(blank)
        && lines.iter().filter(|line| blank(line)).all(|line| line.is_empty())
        && lines.iter().any(|line| !line.is_empty() && !line.starts_with([' ', '\t']));
    if !survives {
        return quoted(text);
    }
    let margin = " ".repeat(indent);
    let body = lines.iter().map(|line| match line.is_empty() {
        true => String::new(),
        false => format!("{margin}{}", line.replace('$', "${'$'}")),
    });
    let closing = " ".repeat(indent.saturating_sub(4));
    format!("\"\"\"\n{}\n{closing}\"\"\".trimIndent()", body.collect::<Vec<_>>().join("\n"))
}
