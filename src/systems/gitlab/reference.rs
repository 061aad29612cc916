//! Values as references to GitLab's variables, and text that must not become one.

use crate::{
    plan::{Expr, Part, Text},
    systems::commands,
};

/// The variables whose values, one behind the other, are the value.
///
/// A branch stands in one of two, of which the other does not exist: GitLab makes nothing of that one. Of a merge
/// request it is the source branch.
/// <https://docs.gitlab.com/ci/variables/predefined_variables/>
fn variables(expr: &Expr) -> Vec<String> {
    match expr {
        Expr::GitBranch => vec!["CI_COMMIT_BRANCH".to_owned(), "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME".to_owned()],
        // Filled in before.
        Expr::ServiceHost(_) | Expr::ServicePort(_) => Vec::new(),
        other => vec![variable(other)],
    }
}

/// The variable from which commands read a value: GitLab's own where it means the same.
pub(super) fn variable(expr: &Expr) -> String {
    match expr {
        Expr::GitSha => "CI_COMMIT_SHA".to_owned(),
        Expr::GitTag => "CI_COMMIT_TAG".to_owned(),
        other => commands::variable(other),
    }
}

/// A text with its values as `$NAME`; literals pass through `escape`.
pub(super) fn text(text: &Text, escape: impl Fn(&str) -> String) -> String {
    let mut out = String::new();
    // Whether what stands last in `out` is a name that a letter behind it would prolong.
    let mut open: Option<usize> = None;
    for part in &text.parts {
        match part {
            Part::Lit(literal) => {
                let literal = escape(literal);
                let prolongs = literal.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
                if let Some(start) = open.take().filter(|_| prolongs) {
                    out.insert(start, '{');
                    out.push('}');
                }
                out.push_str(&literal);
            }
            Part::Expr(expr) => {
                for name in variables(expr) {
                    out.push('$');
                    open = Some(out.len());
                    out.push_str(&name);
                }
            }
        }
    }
    out
}

/// A literal in what the runner expands: images, variables, keys of caches.
///
/// <https://docs.gitlab.com/ci/variables/where_variables_can_be_used/#gitlab-runner-internal-variable-expansion-mechanism>
pub(super) fn escape(literal: &str) -> String {
    literal.replace('$', "$$")
}

/// A path or glob in the project directory.
///
/// These are expanded as a shell does it between double quotes, where a set or `?` holds what would be special:
/// <https://gitlab.com/gitlab-org/gitlab-runner/-/merge_requests/3752>
pub(super) fn path(path: &Text) -> String {
    text(path, |literal| literal.replace('$', "[$]").replace(['`', '\\'], "?"))
}

/// The first `%NAME%` in a literal, which GitLab reads as a variable.
///
/// <https://docs.gitlab.com/ci/variables/where_variables_can_be_used/#gitlab-internal-variable-expansion-mechanism>
pub(super) fn percent(literal: &str) -> Option<&str> {
    literal.match_indices('%').map(|(at, _)| &literal[at..]).find_map(|rest| {
        let name = rest[1..].find('%').map(|end| &rest[1..=end])?;
        let first = name.chars().next()?;
        let valid = (first.is_ascii_alphabetic() || first == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        valid.then(|| &rest[..name.len() + 2])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(source: &str) -> Text {
        Text::parse(source).unwrap()
    }

    #[test]
    fn names_end_where_the_value_does() {
        let table = [
            ("python:{{ matrix.python }}", "python:$MATRIX_PYTHON"),
            ("{{ matrix.a }}_{{ matrix.b }}/x", "${MATRIX_A}_$MATRIX_B/x"),
            ("{{ matrix.a }}{{ matrix.b }}1", "$MATRIX_A${MATRIX_B}1"),
            ("at {{ git.branch }}x", "at $CI_COMMIT_BRANCH${CI_MERGE_REQUEST_SOURCE_BRANCH_NAME}x"),
            ("{{ git.tag }} costs 1$ $X", "$CI_COMMIT_TAG costs 1$$ $$X"),
        ];
        for (source, expected) in table {
            assert_eq!(text(&parse(source), escape), expected, "{source}");
        }
    }

    #[test]
    fn paths_hold_nothing_that_a_shell_expands() {
        assert_eq!(path(&parse("a$b/`c`/{{ matrix.x }}.xml")), "a[$]b/?c?/$MATRIX_X.xml");
    }

    #[test]
    fn percent_signs_around_a_name() {
        let table = [("100% of %d", None), ("%PATH%", Some("%PATH%")), ("5%a%%b", Some("%a%")), ("%1%x%", Some("%x%"))];
        for (literal, expected) in table {
            assert_eq!(percent(literal), expected, "{literal}");
        }
    }
}
