//! Values as parameter references, and text that must not become one.

use crate::{
    plan::{Expr, Text},
    systems::commands,
};

/// Text that TeamCity leaves as it is: it reads a name between two `%` as a parameter.
///
/// <https://www.jetbrains.com/help/teamcity/configuring-build-parameters.html>
pub(super) fn escape(text: &str) -> String {
    text.replace('%', "%%")
}

/// A text with its values as `%…%`; service values must be filled in before, and no value may be one that
/// [`is_known_to_shell_only`].
pub(super) fn text(text: &Text) -> String {
    text.write(escape, reference)
}

fn reference(expr: &Expr) -> String {
    match expr {
        Expr::GitSha => "%build.vcs.number%".to_owned(),
        other => format!("%env.{}%", commands::variable(other)),
    }
}

/// Whether the text holds a value that no parameter has: TeamCity knows the full name of what is built, from which
/// only a script can take the branch or the tag.
pub(super) fn is_known_to_shell_only(text: &Text) -> bool {
    text.exprs().any(|expr| matches!(expr, Expr::GitBranch | Expr::GitTag))
}
