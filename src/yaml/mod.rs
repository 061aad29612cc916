//! Edits YAML in the style that the templates print, touching no line but those that are meant.
//!
//! [`Document::read`] takes a rendered file apart and remembers where everything stands; edits are splices of the
//! text, so that comments and all other lines stay as they are. It reads what the templates and [`print`] write:
//! block style with two blanks, lists and tables on one line, literal blocks, anchors. It is no reader of YAML in
//! general, and refuses what it does not know.

mod edit;
mod node;
mod print;
mod read;
#[cfg(test)]
mod tests;

pub(crate) use self::{
    edit::{Edits, Fault, Mode, Place},
    node::{Kind, Node},
};

/// A YAML file with the place of everything in it.
pub(crate) struct Document {
    text: String,
    root: Node,
}

impl Document {
    /// Takes a file apart.
    ///
    /// # Errors
    /// The line (from 1) and what is wrong with it: a key that comes twice, an alias without its anchor, or something
    /// that the templates never write.
    pub(crate) fn read(text: String) -> Result<Document, (usize, String)> {
        let root = read::read(&text)?;
        Ok(Document { text, root })
    }

    /// The whole of it.
    pub(crate) fn root(&self) -> &Node {
        &self.root
    }

    /// The text as it is now.
    pub(crate) fn into_text(self) -> String {
        self.text
    }
}
