//! Where strings, comments and brackets of Groovy and Kotlin end: all that a text of somebody else is checked for.

/// What is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    Bracket(char),
    /// A comment between `/*` and `*/`.
    Comment,
    /// A string, by its quote; `true` for three of them.
    Text(char, bool),
}

/// Where each line begins, and what is still open at the end.
struct Scan {
    /// Whether a line begins inside a string, so that its blanks count.
    in_text: Vec<bool>,
    fault: Option<(usize, String)>,
}

/// The first line (from 1) that leaves something open, or closes what is not, and what that is.
pub(crate) fn unbalanced(text: &str) -> Option<(usize, String)> {
    scan(text).fault
}

/// Text as it is, each line behind `indent` blanks, but for those that go on with a string.
pub(super) fn verbatim(text: &str, indent: usize) -> String {
    let text = text.trim_matches('\n');
    let in_text = scan(text).in_text;
    let margin = " ".repeat(indent);
    let lines = text.split('\n').zip(in_text).map(|(line, in_text)| match in_text || line.trim().is_empty() {
        true => line.to_owned(),
        false => format!("{margin}{line}").trim_end().to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn scan(text: &str) -> Scan {
    let mut open: Vec<(Open, usize)> = Vec::new();
    let mut in_text = vec![false];
    let mut line = 1;
    let mut rest = text;
    let fault = |line: usize, what: String| Some((line, what));
    let mut found = None;
    while let Some(c) = rest.chars().next() {
        let mut length = c.len_utf8();
        let now = open.last().map(|(it, _)| *it);
        match (now, c) {
            (_, '\n') => {
                if let Some(Open::Text(quote, false)) = now {
                    found = found.or(fault(line, format!("the quote {quote} is not closed")));
                    open.pop();
                }
                line += 1;
                let inside = open.iter().any(|(it, _)| matches!(it, Open::Text(_, true)));
                in_text.push(inside);
            }
            (Some(Open::Comment), '*') if rest.starts_with("*/") => {
                open.pop();
                length = 2;
            }
            (Some(Open::Comment), _) => {}
            (Some(Open::Text(quote, three)), _) => {
                let end = if three { quote.to_string().repeat(3) } else { quote.to_string() };
                if c == '\\' {
                    length += rest[1..].chars().next().filter(|c| *c != '\n').map_or(0, char::len_utf8);
                } else if rest.starts_with(&end) {
                    open.pop();
                    length = end.len();
                } else if quote == '"' && rest.starts_with("${") {
                    open.push((Open::Bracket('{'), line));
                    length = 2;
                }
            }
            (_, '/') if rest.starts_with("//") => length = rest.find('\n').unwrap_or(rest.len()),
            (_, '/') if rest.starts_with("/*") => {
                open.push((Open::Comment, line));
                length = 2;
            }
            (_, '\'' | '"') => {
                let three = rest.starts_with(&c.to_string().repeat(3));
                open.push((Open::Text(c, three), line));
                length = if three { 3 } else { 1 };
            }
            (_, '(' | '[' | '{') => open.push((Open::Bracket(c), line)),
            (now, ')' | ']' | '}') => {
                let opener = match c {
                    ')' => '(',
                    ']' => '[',
                    _ => '{',
                };
                match now {
                    Some(Open::Bracket(it)) if it == opener => drop(open.pop()),
                    _ => found = found.or(fault(line, format!("the bracket `{c}` closes nothing"))),
                }
            }
            _ => {}
        }
        rest = &rest[length..];
    }
    let left = open.first().map(|(it, line)| {
        let what = match it {
            Open::Bracket(bracket) => format!("the bracket `{bracket}` is not closed"),
            Open::Comment => "the comment is not closed".to_owned(),
            Open::Text(quote, _) => format!("the quote {quote} is not closed"),
        };
        (*line, what)
    });
    Scan { in_text, fault: found.or(left) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_closed_is_fine() {
        for text in [
            "",
            "options { timeout(time: 1) }",
            "echo \"a ${x ? \"b\" : '}'} c\" // it's }",
            "/* it's ( */ x['}'] = '''\n}'\"\n'''",
            "val s = \"\"\"\n  { ${\"}\"}\n\"\"\".trimIndent()",
            "'\\'' + \"\\\"\"",
        ] {
            assert_eq!(unbalanced(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_open_is_found_with_its_line() {
        let line = |text: &str| unbalanced(text).map(|(line, _)| line);
        assert_eq!(line("a {\n b\n"), Some(1));
        assert_eq!(line("a\n}"), Some(2));
        assert_eq!(line("a (]\n)"), Some(1));
        assert_eq!(line("x\n'it\ny"), Some(2));
        assert_eq!(line("'''\nx"), Some(1));
        assert_eq!(line("/* x"), Some(1));
        assert_eq!(line("\"${ x\""), Some(1));
    }

    #[test]
    fn lines_of_strings_are_not_indented() {
        assert_eq!(verbatim("a {\n  x = '''\nb\n'''\n}\n", 2), "  a {\n    x = '''\nb\n'''\n  }");
    }
}
