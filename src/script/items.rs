//! A command as one row of characters and values, which is what the scanners read.

use crate::plan::{Expr, Part, Text};

/// One character or one value of a command.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<'a> {
    pub(super) what: What<'a>,
    /// The backslashes that enclosing backquotes ask for in front of the character.
    pub(super) escapes: usize,
    /// From 1.
    pub(super) line: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What<'a> {
    Char(char),
    Value(&'a Expr),
}

impl Item<'_> {
    pub(super) fn is(&self, wanted: char) -> bool {
        self.what == What::Char(wanted)
    }
}

/// Takes a command apart.
pub(super) fn items(command: &Text) -> Vec<Item<'_>> {
    let mut line = 1;
    let mut out = Vec::new();
    for part in &command.parts {
        match part {
            Part::Expr(expr) => out.push(Item { what: What::Value(expr), escapes: 0, line }),
            Part::Lit(text) => {
                for c in text.chars() {
                    out.push(Item { what: What::Char(c), escapes: 0, line });
                    line += usize::from(c == '\n');
                }
            }
        }
    }
    out
}
