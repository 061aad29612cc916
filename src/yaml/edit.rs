//! Edits as splices of the text.

use std::ops::Range;

use serde_json::{json, Value};

use super::{
    node::{Child, Kind, Node, Style},
    print, Document,
};

/// What happens to a value that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Tables are merged, everything else is replaced.
    Merge,
    /// It is replaced.
    Replace,
}

/// Where an element goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Before the element that is named
    Before,
    /// Behind it
    After,
}

/// Why an edit is not possible.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The path leads nowhere from this segment on; these keys are there.
    Missing { depth: usize, known: Vec<String> },
    /// What stands at this depth of the path is of another kind.
    Shape { depth: usize, found: &'static str },
}

/// Whether new keys of the table at that path may follow this key; if not, they go before it.
pub(crate) type Leads<'a> = &'a dyn Fn(&[String], &str) -> bool;

/// Edits of one document, none of which may touch what another one touches.
pub(crate) struct Edits<'a> {
    document: &'a Document,
    splices: Vec<(Range<usize>, String)>,
    leads: Leads<'a>,
    /// Whether lists and tables at a path have empty lines between their children, where they do not show it.
    spaced: &'a dyn Fn(&[String]) -> bool,
}

impl<'a> Edits<'a> {
    pub(crate) fn of(document: &'a Document, leads: Leads<'a>, spaced: &'a dyn Fn(&[String]) -> bool) -> Self {
        Edits { document, splices: Vec::new(), leads, spaced }
    }

    /// The document with all edits.
    ///
    /// # Errors
    /// As for [`Document::read`]: the result is read again.
    pub(crate) fn apply(mut self) -> Result<Document, (usize, String)> {
        self.splices.sort_by_key(|(range, _)| range.start);
        let text = &self.document.text;
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for (range, new) in &self.splices {
            if range.start < at {
                return Err((0, "two edits touch the same text".to_owned()));
            }
            out.push_str(&text[at..range.start]);
            out.push_str(new);
            at = range.end;
        }
        out.push_str(&text[at..]);
        Document::read(out)
    }

    /// Gives the node at a path a value; tables that are missing on the way are added.
    pub(crate) fn set(&mut self, path: &[String], value: &Value, mode: Mode) -> Result<(), Fault> {
        let mut node = &self.document.root;
        let mut holder: Option<&Child> = None;
        for (depth, key) in path.iter().enumerate() {
            match node.child(key) {
                Some(child) => {
                    holder = Some(child);
                    node = &child.value;
                }
                None => {
                    let rest = nested(&path[depth + 1..], value);
                    return self.add(&path[..depth], node, holder, key, &rest, depth);
                }
            }
        }
        self.put(path, holder, value, mode)
    }

    /// A key that a node lacks.
    fn add(
        &mut self,
        path: &[String],
        node: &Node,
        holder: Option<&Child>,
        key: &str,
        value: &Value,
        depth: usize,
    ) -> Result<(), Fault> {
        match &node.kind {
            Kind::Table(Style::Block, children) => {
                self.insert_entry(path, children, node.column, &print::entry(key, value, node.column));
                Ok(())
            }
            // `[a: {}]` in a line of its own opens up; a table with something in it stays on its line.
            Kind::Table(Style::Flow, children) if children.is_empty() && node.column > 0 => {
                self.put(path, holder, &json!({ key: value }), Mode::Replace)
            }
            Kind::Table(Style::Flow, children) => {
                let end = children.last().map_or(node.span.start + 1, |it| it.value.span.end);
                let comma = if children.is_empty() { "" } else { "," };
                self.splices.push((end..end, format!("{comma} {}: {}", print::scalar(key), print::flow(value))));
                Ok(())
            }
            Kind::Null if holder.is_some() => self.put(path, holder, &json!({ key: value }), Mode::Replace),
            // A step without settings, `- checkout`, gets its first.
            Kind::Text(word) if word == key && value.is_object() => {
                self.splices.push((node.span.clone(), print::entry(key, value, node.column)));
                Ok(())
            }
            Kind::List(..) => Err(Fault::Missing { depth, known: known(node) }),
            _ => Err(Fault::Shape { depth, found: found(node) }),
        }
    }

    fn put(&mut self, path: &[String], holder: Option<&Child>, value: &Value, mode: Mode) -> Result<(), Fault> {
        let Some(child) = holder else { return Err(Fault::Shape { depth: 0, found: "the document" }) };
        if let (Mode::Merge, Value::Object(table), Kind::Table(..)) = (mode, value, &child.value.kind) {
            if child.value.children().is_empty() && child.value.column > 0 {
                if !table.is_empty() {
                    self.replace(child, value);
                }
                return Ok(());
            }
            for (key, value) in table {
                let mut path = path.to_vec();
                path.push(key.clone());
                match child.value.child(key) {
                    Some(inner) => self.put(&path, Some(inner), value, mode)?,
                    None => self.add(&path[..path.len() - 1], &child.value, Some(child), key, value, path.len() - 1)?,
                }
            }
            return Ok(());
        }
        self.replace(child, value);
        Ok(())
    }

    fn replace(&mut self, child: &Child, value: &Value) {
        let node = &child.value;
        if node.column == 0 {
            // Inside brackets.
            self.splices.push((node.span.clone(), print::flow(value)));
            return;
        }
        let text = &self.document.text;
        let first = child.colon..line_end(text, child.colon);
        // The comment of a value that takes one line stands behind it, else behind the key.
        let after = match &node.kind {
            _ if node.span.start > first.end => Some(child.colon),
            _ if node.span.end <= first.end => Some(node.span.end.max(child.colon)),
            Kind::Text(_) => Some(child.colon),
            _ => None,
        };
        let comment = after.and_then(|from| Some(text[from + text[from..first.end].find('#')?..first.end].trim_end()));
        let comment = comment.and_then(still_true);
        let end = node.span.end.max(first.end);
        let printed = print::behind(value, node.column - 2);
        let comment = comment.map(|it| format!(" {it}")).unwrap_or_default();
        let new = match printed.split_once('\n') {
            None => format!("{printed}{comment}"),
            Some((head, rest)) => format!("{head}{comment}\n{rest}"),
        };
        self.splices.push((child.colon..end, new));
    }

    /// An entry behind the last one that leads.
    fn insert_entry(&mut self, path: &[String], children: &[Child], column: usize, entry: &str) {
        let led = children.iter().take_while(|it| (self.leads)(path, &it.key)).count();
        let before = if led == 0 { children.len() } else { led };
        let Some(child) = children.get(before - 1) else { return };
        let apart = self.is_spaced(path, children);
        let apart = match children.get(before) {
            Some(next) => self.blank_between(child, next),
            None => apart,
        };
        let at = self.behind(child);
        let blank = if apart { "\n" } else { "" };
        self.splices.push((at..at, format!("{blank}{}{entry}\n", " ".repeat(column))));
    }

    /// Adds elements to the list at a path. A scalar is taken for a list of one, nothing for an empty one.
    pub(crate) fn append(&mut self, path: &[String], values: &[Value]) -> Result<(), Fault> {
        let (holder, node) = self.find(path)?;
        let all = || Value::Array(values.to_vec());
        match &node.kind {
            Kind::List(Style::Block, children) => {
                let Some(last) = children.last() else { return Ok(()) };
                let (at, blank) = (self.behind(last), if self.is_spaced(path, children) { "\n" } else { "" });
                let margin = " ".repeat(node.column);
                let items = values.iter().map(|it| format!("{blank}{margin}{}\n", print::item(it, node.column)));
                self.splices.push((at..at, items.collect()));
            }
            Kind::List(Style::Flow, children) if children.is_empty() => self.replace(holder, &all()),
            Kind::List(Style::Flow, children) => {
                let simple = |it: &Value| !matches!(it, Value::Object(_) | Value::Array(_));
                if node.column == 0 || values.iter().all(simple) {
                    let end = children.last().map_or(node.span.start + 1, |it| it.value.span.end);
                    let more = values.iter().map(|it| format!(", {}", print::flow(it)));
                    self.splices.push((end..end, more.collect()));
                } else {
                    let raw = children.iter().map(|it| self.document.text[it.value.span.clone()].to_owned());
                    self.unfold(holder, raw.collect(), &[], values);
                }
            }
            Kind::Null => self.replace(holder, &all()),
            Kind::Text(_) => self.unfold(holder, vec![self.raw(node)], &[], values),
            Kind::Table(..) | Kind::Alias => {
                return Err(Fault::Shape { depth: path.len().saturating_sub(1), found: found(node) });
            }
        }
        Ok(())
    }

    /// Adds elements beside one of a list. A scalar is taken for a list of one.
    pub(crate) fn insert(
        &mut self,
        list: &[String],
        index: usize,
        place: Place,
        values: &[Value],
    ) -> Result<(), Fault> {
        if values.is_empty() {
            return Ok(());
        }
        let (holder, node) = self.find(list)?;
        let Kind::List(Style::Block, children) = &node.kind else {
            match place {
                Place::Before => self.unfold(holder, vec![self.raw(node)], values, &[]),
                Place::After => self.unfold(holder, vec![self.raw(node)], &[], values),
            }
            return Ok(());
        };
        let Some(child) = children.get(index) else {
            return Err(Fault::Missing { depth: list.len(), known: known(node) });
        };
        let (blank, margin) = (if self.is_spaced(list, children) { "\n" } else { "" }, " ".repeat(node.column));
        let item = |value: &Value| format!("{margin}{}\n", print::item(value, node.column));
        match place {
            Place::Before => {
                let at = self.with_comments(child, node.column);
                self.splices.push((at..at, values.iter().map(|it| format!("{}{blank}", item(it))).collect()));
            }
            Place::After => {
                let at = self.behind(child);
                self.splices.push((at..at, values.iter().map(|it| format!("{blank}{}", item(it))).collect()));
            }
        }
        Ok(())
    }

    /// A value that stands on one line becomes a list on several.
    fn unfold(&mut self, holder: &Child, raw: Vec<String>, before: &[Value], after: &[Value]) {
        let column = holder.value.column;
        let margin = " ".repeat(column);
        let item = |value: &Value| format!("\n{margin}{}", print::item(value, column));
        let new: String = before
            .iter()
            .map(item)
            .chain(raw.iter().map(|it| format!("\n{margin}- {it}")))
            .chain(after.iter().map(item))
            .collect();
        self.splices.push((holder.colon..holder.value.span.end, new));
    }

    /// A value as it is written, as an element of a list on lines of its own.
    fn raw(&self, node: &Node) -> String {
        self.document.text[node.span.clone()].to_owned()
    }

    /// Takes a node out, and what is empty then.
    pub(crate) fn remove(&mut self, path: &[String]) -> Result<(), Fault> {
        let (child, _) = self.find(path)?;
        let parent = &path[..path.len() - 1];
        let Some(holder) = self.document.root.get(parent) else {
            return Err(Fault::Missing { depth: 0, known: Vec::new() });
        };
        let siblings = holder.children();
        if siblings.len() == 1 && !parent.is_empty() {
            return self.remove(parent);
        }
        let index = siblings.iter().position(|it| it.start == child.start).unwrap_or_default();
        let (previous, next) = (index.checked_sub(1).and_then(|it| siblings.get(it)), siblings.get(index + 1));
        if matches!(holder.kind, Kind::List(Style::Flow, _) | Kind::Table(Style::Flow, _)) {
            // Inside brackets: with the comma before it, or else behind it.
            let range = match (previous, next) {
                (Some(previous), _) => previous.value.span.end..child.value.span.end,
                (None, Some(next)) => self.first_of(child)..self.first_of(next),
                (None, None) => child.value.span.clone(),
            };
            self.splices.push((range, String::new()));
            return Ok(());
        }
        let text = &self.document.text;
        let line = text[..child.start].rfind('\n').map_or(0, |at| at + 1);
        let range = match (previous, next) {
            // The first key behind a dash leaves the dash to the next one.
            (_, Some(next)) if !text[line..child.start].trim().is_empty() => child.start..next.start,
            (_, Some(next)) => self.with_comments(child, holder.column)..self.with_comments(next, holder.column),
            (Some(previous), None) => self.behind(previous)..self.behind(child),
            (None, None) => self.with_comments(child, holder.column)..self.behind(child),
        };
        self.splices.push((range, String::new()));
        Ok(())
    }

    /// Where a child between brackets begins.
    fn first_of(&self, child: &Child) -> usize {
        child.start.min(child.value.span.start)
    }

    fn find(&self, path: &[String]) -> Result<(&'a Child, &'a Node), Fault> {
        let mut node = &self.document.root;
        let mut holder = None;
        for (depth, key) in path.iter().enumerate() {
            match node.child(key) {
                Some(child) => {
                    holder = Some(child);
                    node = &child.value;
                }
                None if node.children().is_empty() => return Err(Fault::Shape { depth, found: found(node) }),
                None => return Err(Fault::Missing { depth, known: known(node) }),
            }
        }
        holder.map(|child| (child, node)).ok_or(Fault::Shape { depth: 0, found: "the document" })
    }

    /// Where the line behind a child begins.
    fn behind(&self, child: &Child) -> usize {
        let text = &self.document.text;
        (line_end(text, child.value.span.end.max(child.colon)) + 1).min(text.len())
    }

    /// Where the line of a child begins, or the first of the comments that stand right above it.
    fn with_comments(&self, child: &Child, column: usize) -> usize {
        let text = &self.document.text;
        let mut start = text[..child.start].rfind('\n').map_or(0, |at| at + 1);
        loop {
            let above = text[..start.saturating_sub(1)].rfind('\n').map_or(0, |at| at + 1);
            let is_comment = start > 0 && text[above..start].starts_with(&format!("{}#", " ".repeat(column)));
            if !is_comment || above == 0 {
                return start;
            }
            start = above;
        }
    }

    fn blank_between(&self, child: &Child, next: &Child) -> bool {
        self.document.text[child.value.span.end..next.start].contains("\n\n")
    }

    fn is_spaced(&self, path: &[String], children: &[Child]) -> bool {
        match children {
            [.., first, second] => self.blank_between(first, second),
            _ => (self.spaced)(path),
        }
    }
}

/// A value below some keys.
fn nested(keys: &[String], value: &Value) -> Value {
    keys.iter().rev().fold(value.clone(), |value, key| json!({ key: value }))
}

fn known(node: &Node) -> Vec<String> {
    node.children().iter().map(|it| it.key.clone()).collect()
}

fn found(node: &Node) -> &'static str {
    match &node.kind {
        Kind::Null => "nothing",
        Kind::Text(_) => "a text",
        Kind::Alias => "an alias",
        Kind::List(..) => "a list",
        Kind::Table(..) => "a table",
    }
}

fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |length| at + length)
}

/// A comment without the version that a pin stood for: the value beside it is another one now.
fn still_true(comment: &str) -> Option<&str> {
    let version = |word: &str| {
        let digits = word.strip_prefix('v').unwrap_or(word);
        digits.contains('.') && digits.chars().all(|c| c.is_ascii_digit() || c == '.')
    };
    let words = comment.trim_start_matches('#').trim_start();
    let (first, rest) = words.split_once(' ').unwrap_or((words, ""));
    match version(first) {
        true => Some(rest.trim_start()).filter(|it| it.starts_with('#')),
        false => Some(comment),
    }
}
