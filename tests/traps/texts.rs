//! What becomes of a text on its way to the shell: each system's own replacement, played by the rules it publishes.

use std::collections::BTreeMap;

/// GitHub puts in the value of each `${{ … }}`; the only one in a command may be the literal text `${{`.
///
/// <https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#literals>
pub fn github(text: &str) -> String {
    literals(text, "GitHub")
}

/// Azure does the same with `${{ }}`, and then replaces `$(name)` of variables that exist, once.
///
/// <https://learn.microsoft.com/azure/devops/pipelines/process/variables#understand-variable-syntax>
pub fn azure(text: &str, variables: &BTreeMap<String, String>) -> String {
    let text = literals(text, "Azure");
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some((before, behind)) = rest.split_once("$(") {
        out += before;
        let name = behind.split(')').next().unwrap_or_default();
        // Names with a point are the system's own: <https://learn.microsoft.com/azure/devops/pipelines/build/variables>.
        assert!(
            !["Build.", "System.", "Agent."].iter().any(|it| name.starts_with(it)),
            "Azure would replace $({name})"
        );
        let value = variables.iter().find(|(it, _)| it.eq_ignore_ascii_case(name));
        rest = match value {
            Some((_, value)) => {
                out += value;
                &behind[name.len() + 1..]
            }
            None => {
                out += "$(";
                behind
            }
        };
    }
    out + rest
}

fn literals(text: &str, system: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("${{") {
        let (inside, after) = behind.split_once("}}").unwrap_or_else(|| panic!("{system}: no end: {text}"));
        let quoted = inside.trim().strip_prefix('\'').and_then(|it| it.strip_suffix('\''));
        let literal = quoted.unwrap_or_else(|| panic!("{system} would replace `{inside}`: {text}"));
        out += before;
        out += &literal.replace("''", "'");
        rest = after;
    }
    out + rest
}

/// CircleCI replaces `<< … >>`, and `\<<` is `<<`; a job's own parameters are no text of a command.
///
/// <https://circleci.com/docs/reference/reusing-config/#the-parameters-declaration>
pub fn circleci(text: &str) -> String {
    let unescaped = text.replace("\\<<", "");
    assert!(!unescaped.contains("<<"), "CircleCI would replace something: {text}");
    text.replace("\\<<", "<<")
}

/// TeamCity replaces `%name%`, and `%%` is `%`.
///
/// <https://www.jetbrains.com/help/teamcity/configuring-build-parameters.html>
pub fn teamcity(text: &str) -> String {
    assert!(!text.replace("%%", "").contains('%'), "TeamCity would replace something: {text}");
    text.replace("%%", "%")
}

/// The values of `name = "…"` and `name = """…""".trimIndent()` in Kotlin, in order.
///
/// <https://kotlinlang.org/docs/strings.html>
pub fn kotlin_values(source: &str, name: &str) -> Vec<String> {
    let mark = format!("{name} = ");
    source.split(&mark).skip(1).map(|behind| kotlin(behind).0).collect()
}

/// The string at the start of the source, and what is behind it.
fn kotlin(source: &str) -> (String, &str) {
    if let Some(raw) = source.strip_prefix("\"\"\"") {
        // Nothing is escaped in a raw string but by `${"…"}` and `${'…'}`, whose three quotes come escaped.
        let mut end = 0;
        while !raw[end..].starts_with("\"\"\"") {
            end += match raw[end..].starts_with("${\"") {
                true => raw[end..].find("\"}").expect("an open template") + 2,
                false => raw[end..].chars().next().expect("an open string").len_utf8(),
            };
        }
        let rest = &raw[end + 3..];
        let text = templates(&raw[..end]);
        return match rest.strip_prefix(".trimIndent()") {
            Some(rest) => (unindented(&text), rest),
            None => (text, rest),
        };
    }
    let inside = source.strip_prefix('"').unwrap_or_else(|| panic!("no string: {source}"));
    let mut text = String::new();
    let mut chars = inside.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (text, &inside[at + 1..]),
            '$' => panic!("a template: {inside}"),
            '\\' => text.push(match chars.next().expect("an open escape").1 {
                'n' => '\n',
                't' => '\t',
                c @ ('"' | '\\' | '$') => c,
                c => panic!("the escape \\{c}"),
            }),
            c => text.push(c),
        }
    }
    panic!("an open string: {source}")
}

fn templates(raw: &str) -> String {
    let mut out = String::new();
    let mut rest = raw;
    while let Some((before, behind)) = rest.split_once('$') {
        out += before;
        let inside = behind.strip_prefix('{').unwrap_or_else(|| panic!("Kotlin would replace ${behind}"));
        if let Some(after) = inside.strip_prefix("'$'}") {
            out.push('$');
            rest = after;
        } else {
            let (text, after) = kotlin(inside);
            out += &text;
            rest = after.strip_prefix('}').expect("a template of one string");
        }
    }
    out + rest
}

/// `trimIndent`: without the first and last line if they are blank, and without the common margin.
fn unindented(text: &str) -> String {
    let mut lines: Vec<&str> = text.split('\n').collect();
    if lines.first().is_some_and(|it| it.trim().is_empty()) {
        lines.remove(0);
    }
    if lines.last().is_some_and(|it| it.trim().is_empty()) {
        lines.pop();
    }
    let filled = lines.iter().filter(|it| !it.trim().is_empty());
    let margin = filled.map(|it| it.len() - it.trim_start().len()).min().unwrap_or_default();
    lines.iter().map(|line| line.get(margin..).unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The string that follows each call of a step in a Jenkinsfile, as Groovy reads it.
///
/// <https://groovy-lang.org/syntax.html#_string_summary_table>
pub fn groovy_arguments(source: &str, step: &str) -> Vec<String> {
    let call = format!("{step} '");
    let mut found = Vec::new();
    let mut rest = source;
    while let Some(at) = rest.find(&call) {
        let word = rest[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let (text, length) = groovy(&rest[at + call.len() - 1..]);
        if !word {
            found.push(text);
        }
        rest = &rest[at + call.len() - 1 + length..];
    }
    found
}

/// A string in single quotes, and its length in the source.
pub fn groovy(source: &str) -> (String, usize) {
    let delimiter = if source.starts_with("'''") { "'''" } else { "'" };
    let mut text = String::new();
    let mut at = delimiter.len();
    while !source[at..].starts_with(delimiter) {
        let c = source[at..].chars().next().expect("an open string");
        at += c.len_utf8();
        if c == '\\' {
            let escaped = source[at..].chars().next().expect("an open escape");
            at += escaped.len_utf8();
            match escaped {
                'n' => text.push('\n'),
                't' => text.push('\t'),
                // A backslash in front of a line break takes both away.
                '\n' => {}
                '\\' | '\'' | '"' | '$' => text.push(escaped),
                other => panic!("the escape \\{other}"),
            }
        } else {
            text.push(c);
        }
    }
    (text, at + delimiter.len())
}
