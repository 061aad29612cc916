//! Text to nodes.

use std::collections::HashSet;

use super::node::{Child, Kind, Node, Style};

type Read<T> = Result<T, (usize, String)>;

/// Reads a whole file.
pub(super) fn read(text: &str) -> Read<Node> {
    let mut reader = Reader { text, at: 0, anchors: HashSet::new() };
    let Some(column) = reader.next_line() else {
        return Ok(Node { kind: Kind::Null, span: text.len()..text.len(), column: 0 });
    };
    let root = reader.block(column)?;
    match reader.next_line() {
        None => Ok(root),
        Some(_) => reader.fault("nothing can stand here"),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    anchors: HashSet<String>,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn fault<T>(&self, message: impl Into<String>) -> Read<T> {
        let line = self.text[..self.at.min(self.text.len())].matches('\n').count() + 1;
        Err((line, message.into()))
    }

    /// Where the line of the current place begins.
    fn line_start(&self) -> usize {
        self.text[..self.at].rfind('\n').map_or(0, |at| at + 1)
    }

    fn column(&self) -> usize {
        self.at - self.line_start()
    }

    fn blanks(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start_matches(' ').len();
    }

    /// Goes to the first character of the next line that is neither empty nor a comment, from the beginning of a line.
    fn next_line(&mut self) -> Option<usize> {
        loop {
            let line = self.rest().split('\n').next().unwrap_or_default();
            let content = line.trim_start_matches(' ');
            if self.rest().is_empty() {
                return None;
            }
            if !content.is_empty() && !content.starts_with('#') {
                let column = line.len() - content.len();
                self.at += column;
                return Some(column);
            }
            self.at = (self.at + line.len() + 1).min(self.text.len());
        }
    }

    /// The same without going there.
    fn peek(&mut self) -> Option<(usize, bool)> {
        let at = self.at;
        let column = self.next_line();
        let dash = is_dash(self.rest());
        self.at = at;
        column.map(|column| (column, dash))
    }

    /// A list or a table whose first child begins here.
    fn block(&mut self, column: usize) -> Read<Node> {
        let list = is_dash(self.rest());
        let start = self.at;
        let mut children: Vec<Child> = Vec::new();
        loop {
            let start = self.at;
            let key = if list { children.len().to_string() } else { self.key()? };
            if !list && children.iter().any(|it| it.key == key) {
                self.at = start;
                return self.fault(format!("the key `{key}` comes twice"));
            }
            self.at += 1;
            let colon = self.at;
            let value = self.value(column, list)?;
            children.push(Child { key, start, colon, value });
            match self.peek() {
                Some((next, dash)) if next == column && dash == list => self.next_line(),
                Some((next, _)) if next >= column => return self.fault("the line is indented too far"),
                _ => break,
            };
        }
        let end = children.last().map_or(start, |it| it.value.span.end);
        let kind = if list { Kind::List(Style::Block, children) } else { Kind::Table(Style::Block, children) };
        Ok(Node { kind, span: start..end, column })
    }

    /// A key; its colon is next.
    fn key(&mut self) -> Read<String> {
        match key_at(self.rest()) {
            Some((key, length)) => {
                self.at += length;
                Ok(key)
            }
            None => self.fault("a key and a colon should stand here"),
        }
    }

    /// What stands behind a colon or a dash; the next line is next.
    fn value(&mut self, column: usize, in_list: bool) -> Read<Node> {
        let empty = self.at;
        self.blanks();
        if let Some(rest) = self.rest().strip_prefix('&') {
            let name: String = rest.chars().take_while(|c| !c.is_whitespace()).collect();
            self.at += 1 + name.len();
            self.anchors.insert(name);
            self.blanks();
        }
        let rest = self.rest();
        let start = self.at;
        let first = rest.chars().next().unwrap_or('\n');
        if first == '\n' || first == '#' {
            self.end_of_line()?;
            return match self.peek() {
                Some((next, _)) if next > column => {
                    self.next_line();
                    self.block(next)
                }
                _ => Ok(Node { kind: Kind::Null, span: empty..empty, column: column + 2 }),
            };
        }
        if first == '|' {
            return self.literal(column);
        }
        if in_list && key_at(rest).is_some() {
            return self.block(self.column());
        }
        let kind = match first {
            '[' | '{' => self.flow()?,
            _ => self.scalar("")?,
        };
        let span = start..self.at;
        self.end_of_line()?;
        Ok(Node { kind, span, column: column + 2 })
    }

    /// Goes to the next line, over blanks and a comment.
    fn end_of_line(&mut self) -> Read<()> {
        self.blanks();
        let rest = self.rest();
        let length = rest.find('\n').unwrap_or(rest.len());
        if length > 0 && !rest.starts_with('#') {
            return self.fault(format!("`{}` should not stand here", &rest[..length]));
        }
        self.at = (self.at + length + 1).min(self.text.len());
        Ok(())
    }

    /// A literal block.
    fn literal(&mut self, column: usize) -> Read<Node> {
        let start = self.at;
        let header = self.rest().split('\n').next().unwrap_or_default();
        let marks = header.split(" #").next().unwrap_or_default().trim_end();
        self.at += header.len();
        let mut end = self.at;
        self.at = (self.at + 1).min(self.text.len());
        let mut lines: Vec<&str> = Vec::new();
        let mut indent = marks.contains('2').then_some(column + 2);
        while !self.rest().is_empty() {
            let line = self.rest().split('\n').next().unwrap_or_default();
            let blanks = line.len() - line.trim_start_matches(' ').len();
            let empty = blanks == line.len();
            if !empty && blanks < *indent.get_or_insert(blanks.max(column + 1)) {
                break;
            }
            lines.push(line.get(indent.unwrap_or(blanks)..).unwrap_or_default());
            if !empty {
                end = self.at + line.len();
            }
            self.at = (self.at + line.len() + 1).min(self.text.len());
        }
        let mut text = lines.join("\n").trim_end_matches('\n').to_owned();
        if !marks.ends_with('-') {
            text.push('\n');
        }
        // Empty lines behind the block belong to nobody.
        self.at = (end + 1).min(self.text.len());
        Ok(Node { kind: Kind::Text(text), span: start..end, column: column + 2 })
    }

    /// A list or a table between brackets.
    fn flow(&mut self) -> Read<Kind> {
        let list = self.rest().starts_with('[');
        let close = if list { ']' } else { '}' };
        self.at += 1;
        let mut children: Vec<Child> = Vec::new();
        loop {
            self.blanks();
            if self.rest().starts_with(close) {
                self.at += 1;
                break;
            }
            let start = self.at;
            let key = if list { children.len().to_string() } else { self.key()? };
            if !list {
                self.at += 1;
            }
            let colon = self.at;
            self.blanks();
            let from = self.at;
            let kind = match self.rest().chars().next() {
                Some('[' | '{') => self.flow()?,
                _ => self.scalar(",]}")?,
            };
            children.push(Child { key, start, colon, value: Node { kind, span: from..self.at, column: 0 } });
            self.blanks();
            if self.rest().starts_with(',') {
                self.at += 1;
            } else if !self.rest().starts_with(close) {
                return self.fault("a bracket is not closed in its line");
            }
        }
        Ok(if list { Kind::List(Style::Flow, children) } else { Kind::Table(Style::Flow, children) })
    }

    /// A scalar that ends before one of `ends`, a comment or the line.
    fn scalar(&mut self, ends: &str) -> Read<Kind> {
        let rest = self.rest();
        if rest.starts_with(['"', '\'']) {
            let Some((text, length)) = quoted(rest) else { return self.fault("a quote is not closed in its line") };
            self.at += length;
            return Ok(Kind::Text(text));
        }
        let line = rest.split('\n').next().unwrap_or_default();
        let line = line.split(" #").next().unwrap_or_default();
        let length = line.find(|c| ends.contains(c)).unwrap_or(line.len());
        let text = line[..length].trim_end();
        self.at += text.len();
        let Some(name) = text.strip_prefix('*') else { return Ok(Kind::Text(text.to_owned())) };
        match self.anchors.contains(name) {
            true => Ok(Kind::Alias),
            false => self.fault(format!("nothing before is called `&{name}`")),
        }
    }
}

fn is_dash(rest: &str) -> bool {
    rest.starts_with("- ") || rest.starts_with("-\n") || rest == "-"
}

/// A key that a colon follows, and its length.
fn key_at(rest: &str) -> Option<(String, usize)> {
    let line = rest.split('\n').next().unwrap_or_default();
    let (key, length) = match line.starts_with(['"', '\'']) {
        true => quoted(line)?,
        false => {
            let end = line.match_indices(':').map(|(at, _)| at).find(|at| is_colon(&line[*at..]))?;
            let key = &line[..end];
            if key.is_empty() || key.starts_with(['[', '{', '#', '&', '*', '|', ']', '}']) || key.contains(" #") {
                return None;
            }
            (key.to_owned(), end)
        }
    };
    is_colon(&line[length..]).then_some((key, length))
}

fn is_colon(rest: &str) -> bool {
    rest == ":" || rest.starts_with(": ")
}

/// What stands in quotes, and how long that is with them.
fn quoted(rest: &str) -> Option<(String, usize)> {
    let single = rest.starts_with('\'');
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '\n' => return None,
            '\'' if single && chars.peek().is_some_and(|(_, next)| *next == '\'') => {
                chars.next();
                text.push(c);
            }
            '\'' if single => return Some((text, at + 1)),
            '"' if !single => return Some((text, at + 1)),
            '\\' if !single => text.push(match chars.next()?.1 {
                'n' => '\n',
                't' => '\t',
                'u' => {
                    let digits: String = chars.by_ref().take(4).map(|(_, c)| c).collect();
                    char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?
                }
                other => other,
            }),
            c => text.push(c),
        }
    }
    None
}
