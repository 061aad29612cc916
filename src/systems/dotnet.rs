//! Arguments in a command line that .NET takes apart, as the agents of GitHub and Azure do for `docker`.

/// One argument. A backslash is one, except in front of a double quote.
///
/// <https://learn.microsoft.com/dotnet/api/system.diagnostics.processstartinfo.arguments>
pub(super) fn argument(word: &str) -> String {
    if !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c)) {
        return word.to_owned();
    }
    let mut out = String::from("\"");
    let mut backslashes = 0;
    for c in word.chars() {
        if c == '"' {
            out.push_str(&"\\".repeat(backslashes + 1));
        }
        backslashes = if c == '\\' { backslashes + 1 } else { 0 };
        out.push(c);
    }
    out.push_str(&"\\".repeat(backslashes));
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::argument;

    #[test]
    fn arguments_are_quoted() {
        assert_eq!(argument("pg_isready"), "pg_isready");
        assert_eq!(argument(r#"a "b" \d"#), r#""a \"b\" \d""#);
        assert_eq!(argument(r#"x \" y\"#), r#""x \\\" y\\""#);
    }
}
