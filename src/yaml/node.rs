//! What stands where in a file.

use std::ops::Range;

/// A value and where it stands.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    /// From its first to behind its last character, without what follows in the line; empty where there is no value.
    pub(super) span: Range<usize>,
    /// The column of the keys or dashes in it, or where they would go.
    pub(super) column: usize,
}

/// What a value is.
#[derive(Debug)]
pub(crate) enum Kind {
    /// Nothing
    Null,
    /// Anything but a list or a table, as the text that it stands for
    Text(String),
    /// A reference to what an anchor names
    Alias,
    /// A list, whose children have numbers for keys
    List(Style, Vec<Child>),
    /// A table
    Table(Style, Vec<Child>),
}

/// How a list or a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// A line or more for each child
    Block,
    /// Between brackets
    Flow,
}

/// An entry of a table, or an element of a list.
#[derive(Debug)]
pub(crate) struct Child {
    pub(crate) key: String,
    /// Where the key, or the dash, begins.
    pub(super) start: usize,
    /// Behind the colon or the dash.
    pub(super) colon: usize,
    pub(crate) value: Node,
}

impl Node {
    /// The children of a list or a table.
    pub(crate) fn children(&self) -> &[Child] {
        match &self.kind {
            Kind::List(_, children) | Kind::Table(_, children) => children,
            Kind::Null | Kind::Text(_) | Kind::Alias => &[],
        }
    }

    /// The child of that key, or of that number.
    pub(crate) fn child(&self, key: &str) -> Option<&Child> {
        self.children().iter().find(|it| it.key == key)
    }

    /// What a path of keys and numbers leads to.
    pub(crate) fn get<S: AsRef<str>>(&self, path: &[S]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| Some(&node.child(key.as_ref())?.value))
    }

    /// The text of a scalar.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The texts of a list, or of a scalar that stands for a list of one.
    pub(crate) fn texts(&self) -> Vec<&str> {
        match &self.kind {
            Kind::List(_, children) => children.iter().filter_map(|it| it.value.text()).collect(),
            _ => self.text().into_iter().collect(),
        }
    }
}
