//! YAML blocks under TAP's test points. Only their outermost keys matter here, so they are not parsed as a whole: what
//! writers put there is often no YAML at all.

use super::Kept;
use crate::report::{Case, Status};

/// A block that is being read.
pub(super) struct Block {
    indent: usize,
    /// The indentation of the test that it belongs to.
    around: usize,
    whole: bool,
    text: Kept,
}

impl Block {
    pub(super) fn new(indent: usize, around: usize) -> Self {
        Block { indent, around, whole: false, text: Kept::default() }
    }

    /// Takes a line; `false` where the block ended, by its mark or because a test stands here.
    pub(super) fn take(&mut self, indent: usize, bare: &str) -> bool {
        if indent == self.indent && bare == "..." {
            self.whole = true;
            return false;
        }
        let test = super::Point::parse(bare).is_some() || super::plan::parse(bare).is_some();
        if indent <= self.around && test {
            return false;
        }
        self.text.push(&" ".repeat(indent.saturating_sub(self.indent)));
        self.text.push(bare);
        self.text.push("\n");
        true
    }

    pub(super) fn is_whole(&self) -> bool {
        self.whole
    }

    /// Gives a test what the block says about it, and says whether it is no test but a suite.
    pub(super) fn explain(self, case: &mut Case) -> bool {
        let Some(text) = self.text.text() else { return false };
        let fields = fields(&text);
        let field = |names: &[&str]| {
            let found = names.iter().find_map(|name| fields.iter().find(|(key, _)| key == name));
            found.map(|(_, value)| value.clone()).filter(|it| !it.trim().is_empty())
        };
        let milliseconds = field(&["duration_ms"]).and_then(|it| it.parse::<f64>().ok()).filter(|it| it.is_finite());
        case.duration = milliseconds.map(|it| it.max(0.0) / 1000.0).or(case.duration);
        // `/a/b.js:4:11`, or a file and a line by themselves.
        if let Some(location) = field(&["location"]) {
            let mut parts = location.rsplitn(3, ':');
            if let (Some(_), Some(line), Some(file)) = (parts.next(), parts.next(), parts.next()) {
                case.file = Some(file.to_owned());
                case.line = line.parse().ok();
            }
        }
        case.file = field(&["at.file", "at.fileName", "file"]).or(case.file.take());
        case.line = field(&["at.line", "at.lineNumber", "line"]).and_then(|it| it.parse().ok()).or(case.line);
        if case.status != Status::Passed && case.status != Status::Skipped {
            case.details.message = field(&["message", "error"]).or(case.details.message.take());
            case.details.kind = field(&["name", "type"]);
            case.details.trace = Some(text.trim_end().to_owned());
        }
        field(&["type"]).as_deref() == Some("suite")
    }
}

/// The scalars of the outermost keys, and those of maps in them as `at.file`.
fn fields(text: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    let mut outer = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let bare = line.trim_start();
        let indent = line.len() - bare.len();
        let Some((key, value)) = bare.split_once(':').filter(|(key, _)| !key.contains(char::is_whitespace)) else {
            continue;
        };
        let name = match indent {
            0 => key.to_owned(),
            2 if !outer.is_empty() => format!("{outer}.{key}"),
            _ => continue,
        };
        let value = value.trim();
        if value.starts_with(['|', '>']) {
            let mut scalar = Vec::new();
            while let Some(next) = lines.next_if(|it| it.trim().is_empty() || it.len() - it.trim_start().len() > indent)
            {
                scalar.push(next.get(indent + 2..).unwrap_or_default());
            }
            fields.push((name, scalar.join("\n").trim().to_owned()));
        } else if value.is_empty() && indent == 0 {
            outer = key.to_owned();
        } else {
            if indent == 0 {
                outer.clear();
            }
            fields.push((name, unquoted(value)));
        }
    }
    fields
}

fn unquoted(value: &str) -> String {
    let inside = |quote| value.strip_prefix(quote).and_then(|it| it.strip_suffix(quote));
    if let Some(text) = inside('\'') {
        text.replace("''", "'")
    } else if let Some(text) = inside('"') {
        serde_json::from_str(value).unwrap_or_else(|_| text.to_owned())
    } else {
        value.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outermost_keys_are_told() {
        let text = "message: 'it''s'\nat:\n  file: a.js\n  line: 8\nstack: |-\n  one\n  two: 2\ncode: \"a\\nb\"\n";
        let fields = fields(text);
        let expected =
            [("message", "it's"), ("at.file", "a.js"), ("at.line", "8"), ("stack", "one\ntwo: 2"), ("code", "a\nb")];
        assert_eq!(fields, expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
    }
}
