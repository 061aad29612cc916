//! Strings as Groovy literals, and the indentation of a Groovy file.

/// One piece of a string that Groovy puts together when the pipeline runs.
pub(super) enum Piece {
    /// Text, printed as it is.
    Text(String),
    /// An expression, without `${` and `}` around it.
    Code(String),
}

/// `'…'`
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from('\'');
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            c => escape(c, '\'', &mut out),
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
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\n' => out.push('\n'),
            // A single quote is itself; it must not become one of three.
            '\'' if out.len() > 3 && !matches!(chars.peek(), None | Some('\'')) => out.push(c),
            c => escape(c, '\'', &mut out),
        }
    }
    out.push_str("'''");
    out
}

/// `"…${…}…"`; a string without expressions is [`quoted`].
pub(super) fn interpolated(pieces: &[Piece]) -> String {
    let mut out = String::from('"');
    let mut literal = String::new();
    let mut plain = true;
    for piece in pieces {
        match piece {
            Piece::Text(text) => {
                literal.push_str(text);
                for c in text.chars() {
                    match c {
                        '\n' => out.push_str("\\n"),
                        '$' => out.push_str("\\$"),
                        c => escape(c, '"', &mut out),
                    }
                }
            }
            Piece::Code(code) => {
                plain = false;
                out.push_str(&format!("${{{code}}}"));
            }
        }
    }
    out.push('"');
    if plain {
        quoted(&literal)
    } else {
        out
    }
}

/// Text for a comment, where Groovy reads `\u` as anywhere else: `C:\users` would be an error, `\u000a` the end.
pub(super) fn comment(text: &str) -> String {
    text.replace("\\u", "\\ u")
}

/// Groovy replaces `\u` with four digits before it looks for strings, but not behind a second backslash, so doubling is enough:
/// <https://groovy-lang.org/syntax.html#_string_summary_table>
fn escape(c: char, quote: char, out: &mut String) {
    match c {
        c if c == quote => {
            out.push('\\');
            out.push(c);
        }
        '\\' => out.push_str("\\\\"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push('\t'),
        c if super::is_plain_char(c) => out.push(c),
        c => out.push_str(&format!("\\u{:04x}", u32::from(c))),
    }
}

/// What encloses the place that [`layout`] has come to.
#[derive(Clone, Copy, PartialEq)]
enum Within {
    Code,
    Comment,
    Single,
    Double,
    Triple,
    TripleDouble,
    LongComment,
}

impl Within {
    /// Whether it goes on in the next line, whose blanks then count.
    fn spans_lines(self) -> bool {
        matches!(self, Within::Triple | Within::TripleDouble | Within::LongComment)
    }
}

/// Indents every line by its depth in braces, brackets and parentheses, and keeps one blank line where there are
/// several, none at the edges of a block. What stands in strings stays as it is.
///
/// Templates repeat the same block at different depths, and cannot know how deep it lies.
pub(super) fn layout(text: &str) -> String {
    let mut out = String::new();
    let mut within = Within::Code;
    // For every bracket that is open, whether it indents: only the first of a line does.
    let mut open: Vec<bool> = Vec::new();
    let mut blank = false;
    let mut opened = true;
    for line in text.split('\n') {
        if within.spans_lines() {
            out.push_str(line);
            scan(line, &mut within, &mut open);
            out.push('\n');
            continue;
        }
        let line = line.trim_start();
        if line.trim_end().is_empty() {
            blank = true;
            continue;
        }
        let closers = line.chars().take_while(|c| matches!(c, '}' | ']' | ')')).count();
        if blank && !opened && closers == 0 {
            out.push('\n');
        }
        let around = &open[..open.len().saturating_sub(closers)];
        out.push_str(&"  ".repeat(around.iter().filter(|indents| **indents).count()));
        scan(line, &mut within, &mut open);
        out.push_str(if within.spans_lines() { line } else { line.trim_end() });
        out.push('\n');
        blank = false;
        opened = within == Within::Code && line.trim_end().ends_with(['{', '[', '(']);
    }
    out
}

/// Reads one line: where it leaves off, and which brackets it leaves open.
fn scan(line: &str, within: &mut Within, open: &mut Vec<bool>) {
    let mut rest = line;
    let mut before = open.len();
    while let Some(c) = rest.chars().next() {
        let mut length = c.len_utf8();
        match (*within, c) {
            (Within::Code, '/') if rest.starts_with("//") => *within = Within::Comment,
            (Within::Code, '/') if rest.starts_with("/*") => {
                *within = Within::LongComment;
                length = 2;
            }
            (Within::LongComment, '*') if rest.starts_with("*/") => {
                *within = Within::Code;
                length = 2;
            }
            (Within::Code, '"') if rest.starts_with("\"\"\"") => {
                *within = Within::TripleDouble;
                length = 3;
            }
            (Within::TripleDouble, '"') if rest.starts_with("\"\"\"") => {
                *within = Within::Code;
                length = 3;
            }
            (Within::Code, '\'') if rest.starts_with("'''") => {
                *within = Within::Triple;
                length = 3;
            }
            (Within::Code, '\'') => *within = Within::Single,
            (Within::Code, '"') => *within = Within::Double,
            (Within::Code, '{' | '[' | '(') => open.push(open.len() == before),
            (Within::Code, '}' | ']' | ')') => {
                open.pop();
                before = before.min(open.len());
            }
            (Within::Single | Within::Double | Within::Triple | Within::TripleDouble, '\\') => {
                length += rest[1..].chars().next().map_or(0, char::len_utf8);
            }
            (Within::Single, '\'') | (Within::Double, '"') => *within = Within::Code,
            (Within::Triple, '\'') if rest.starts_with("'''") => {
                *within = Within::Code;
                length = 3;
            }
            _ => {}
        }
        rest = &rest[length..];
    }
    // Only strings in three quotes and long comments go on in the next line.
    if !within.spans_lines() {
        *within = Within::Code;
    }
}

#[cfg(test)]
mod tests {
    use std::{path::Path, process::Command};

    use super::*;

    /// Everything that a reader of Groovy may take for something else.
    const NASTY: &[&str] = &[
        "",
        "plain",
        "it's",
        "''' and \"\"\"",
        "ends with '",
        "ends with \\",
        "$x ${y} $$ \\$z ${{ w }}",
        "\\u0041 \\\\u0041 \\\\\\u0041 \\\\\\\\u0041 \\uuu0041 \\u",
        "back \\n slash \\t \\' \\\" \\\\",
        "two\nlines",
        "continued \\\nline \\\\\nand \\\\\\\nmore",
        "\n'\n''\n'''\n''''\n",
        "// no comment /* nor this */ {[(",
        "tab\there\r\nreturn\rbell\u{7}nul-free\u{1}",
        "ünï © 日本 😀 \u{2028} \u{2029} \u{feff} \u{85}",
        "#!/usr/bin/env bash\nset -eo pipefail\ncat <<'EOF'\n\\u0027 '''\nEOF\n",
    ];

    /// What Groovy makes of some expressions, one per line in hexadecimal UTF-16; `None` without Groovy.
    fn groovy(expressions: &[String]) -> Option<Vec<String>> {
        let jars = Path::new("/usr/share/groovy/lib");
        if !jars.exists() {
            return None;
        }
        let lines: Vec<String> = expressions
            .iter()
            .map(|it| {
                format!(
                    "println(({it}).toString().toCharArray().collect {{ c -> String.format('%04x', (int) c) }}.join())"
                )
            })
            .collect();
        let script = tempfile::Builder::new().suffix(".groovy").tempfile().ok()?;
        let text = format!("def env = [A: 'v$1']\n{}\n", lines.join("\n"));
        std::fs::write(script.path(), text).ok()?;
        let output = Command::new("java")
            .args(["-Dfile.encoding=UTF-8", "-cp", "/usr/share/groovy/lib/*", "groovy.ui.GroovyMain"])
            .arg(script.path())
            .output()
            .ok()?;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Some(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
    }

    fn hexadecimal(text: &str) -> String {
        text.encode_utf16().map(|unit| format!("{unit:04x}")).collect()
    }

    #[test]
    fn every_string_comes_back_from_groovy() {
        let mut expressions = Vec::new();
        let mut expected = Vec::new();
        for text in NASTY {
            expressions.push(quoted(text));
            expected.push(hexadecimal(text));
            expressions.push(block(text));
            expected.push(hexadecimal(text));
            let pieces =
                [Piece::Text((*text).to_owned()), Piece::Code("env.A".to_owned()), Piece::Text("\"$".to_owned())];
            expressions.push(interpolated(&pieces));
            expected.push(hexadecimal(&format!("{text}v$1\"$")));
            // The layout must not touch strings either.
            let laid_out = layout(&format!("\n    {}\n", block(text)));
            expressions.push(laid_out.trim_end_matches('\n').to_owned());
            expected.push(hexadecimal(text));
        }
        if let Some(found) = groovy(&expressions) {
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn a_string_without_code_needs_no_double_quotes() {
        assert_eq!(interpolated(&[Piece::Text("a$b".into()), Piece::Text("'".into())]), r"'a$b\''");
        assert_eq!(interpolated(&[Piece::Text("a$".into()), Piece::Code("env.B".into())]), r#""a\$${env.B}""#);
    }

    #[test]
    fn blocks_are_indented_and_scripts_are_not() {
        let text = "a {\n\nb([\n'{', \"(\", // [\n]) {\nd\n}\n\n\n  sh '''#!/bin/sh\n  if x; then {\n'''\n\n}\nc\n";
        let expected =
            "a {\n  b([\n    '{', \"(\", // [\n  ]) {\n    d\n  }\n\n  sh '''#!/bin/sh\n  if x; then {\n'''\n}\nc\n";
        assert_eq!(layout(text), expected);
    }
}
