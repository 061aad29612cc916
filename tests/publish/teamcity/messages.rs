//! Service messages, read as TeamCity reads them: <https://www.jetbrains.com/help/teamcity/service-messages.html>

use std::collections::BTreeMap;

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub kind: String,
    pub fields: BTreeMap<String, String>,
}

/// Reads a line that is one message; says what is wrong with it.
pub fn parse(line: &str) -> Result<Message, String> {
    let wrong = |why: &str| format!("{why}: {line}");
    if !line.is_ascii() {
        return Err(wrong("only ASCII is sure to arrive"));
    }
    let body =
        line.strip_prefix("##teamcity[").and_then(|it| it.strip_suffix(']')).ok_or_else(|| wrong("no message"))?;
    let (kind, mut rest) = body.split_once(' ').unwrap_or((body, ""));
    let mut fields = BTreeMap::new();
    while !rest.is_empty() {
        let (name, value) = rest.split_once("='").ok_or_else(|| wrong("no value"))?;
        let (value, after) = unescape(value).ok_or_else(|| wrong("a value that does not end"))?;
        fields.insert(name.trim().to_owned(), value);
        rest = after.trim_start();
    }
    Ok(Message { kind: kind.to_owned(), fields })
}

/// A value up to its quote, and what stands behind it.
fn unescape(text: &str) -> Option<(String, &str)> {
    let mut units: Vec<u16> = Vec::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        let plain = match c {
            '\'' => return Some((String::from_utf16(&units).ok()?, &text[at + 1..])),
            '[' | ']' => return None,
            '|' => match chars.next()?.1 {
                'n' => '\n',
                'r' => '\r',
                '0' => {
                    let hex: String = chars.by_ref().take(5).map(|(_, c)| c).collect();
                    units.push(u16::from_str_radix(hex.strip_prefix('x')?, 16).ok()?);
                    continue;
                }
                c @ ('|' | '\'' | '[' | ']') => c,
                _ => return None,
            },
            c => c,
        };
        units.push(u16::try_from(u32::from(plain)).ok()?);
    }
    None
}
