//! Files of Java properties, in which CI systems keep what they do not put into the environment.
//!
//! Format: <https://docs.oracle.com/javase/8/docs/api/java/util/Properties.html#load-java.io.Reader->

use std::collections::BTreeMap;

/// The pairs of a file; of equal keys the last one counts.
pub(crate) fn parse(text: &str) -> BTreeMap<String, String> {
    let mut pairs = BTreeMap::new();
    let mut lines = text.split(['\n', '\r']).map(|line| line.trim_start_matches([' ', '\t', '\u{c}']));
    while let Some(line) = lines.next() {
        if line.is_empty() || line.starts_with(['#', '!']) {
            continue;
        }
        let mut logical = line.to_owned();
        // A line whose last backslash escapes nothing goes on in the next one, without the blanks there.
        while is_continued(&logical) {
            logical.pop();
            let Some(next) = lines.next() else { break };
            logical.push_str(next);
        }
        let (key, value) = split(&logical);
        pairs.insert(unescape(key), unescape(value));
    }
    pairs
}

fn is_continued(line: &str) -> bool {
    line.chars().rev().take_while(|it| *it == '\\').count() % 2 == 1
}

/// A key ends at the first `=`, `:` or blank that no backslash stands before.
fn split(line: &str) -> (&str, &str) {
    let mut escaped = false;
    for (at, c) in line.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '=' | ':' | ' ' | '\t' | '\u{c}' => {
                let rest = line[at..].trim_start_matches([' ', '\t', '\u{c}']);
                let value = rest.strip_prefix(['=', ':']).unwrap_or(rest);
                return (&line[..at], value.trim_start_matches([' ', '\t', '\u{c}']));
            }
            _ => {}
        }
    }
    (line, "")
}

fn unescape(text: &str) -> String {
    // Java's characters are units of UTF-16: two escapes may be one character.
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut unit = [0; 2];
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let plain = match c {
            '\\' => match chars.next() {
                Some('u') => {
                    let digits: String = chars.clone().take(4).collect();
                    match u16::from_str_radix(&digits, 16) {
                        Ok(code) if digits.chars().count() == 4 => {
                            units.push(code);
                            chars.nth(3);
                            continue;
                        }
                        _ => 'u',
                    }
                }
                Some('t') => '\t',
                Some('n') => '\n',
                Some('r') => '\r',
                Some('f') => '\u{c}',
                Some(other) => other,
                None => continue,
            },
            other => other,
        };
        units.extend_from_slice(plain.encode_utf16(&mut unit));
    }
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_escape() {
        let text = "# comment\n! another = one\r\n  a.b=https\\://ci.example.com\\:8443/x\\=y\r\nkey\\ with\\:all\\=three : v\n\
                    long = one,\\\n    two\\\\\nempty\nblank value\nu=caf\\u00e9 \\uD83D\\uDE00 \\u00 \\q\\t.\na.b=last";
        let pairs = parse(text);
        let expected = [
            ("a.b", "last"),
            ("blank", "value"),
            ("empty", ""),
            ("key with:all=three", "v"),
            ("long", "one,two\\"),
            ("u", "café 😀 u00 q\t."),
        ];
        assert_eq!(pairs.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect::<Vec<_>>(), expected);
        assert_eq!(parse("a.b=https\\://ci.example.com\\:8443/x")["a.b"], "https://ci.example.com:8443/x");
        assert_eq!(parse("a=b\\")["a"], "b");
    }
}
