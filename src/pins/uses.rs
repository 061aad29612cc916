//! Lines of a workflow that use an action.

use super::version::is_version;

/// `uses: NAME@REFERENCE # TAG REST`, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Uses<'a> {
    /// Everything in front of the name.
    pub(super) before: &'a str,
    /// Owner, repository and possibly a path.
    pub(super) name: &'a str,
    /// A commit, a tag or a branch.
    pub(super) reference: &'a str,
    /// The version in the comment behind it.
    pub(super) tag: Option<&'a str>,
    /// Everything behind that.
    pub(super) after: &'a str,
}

impl<'a> Uses<'a> {
    /// Takes a line apart; `None` if it uses no action of a repository.
    pub(super) fn parse(line: &'a str) -> Option<Uses<'a>> {
        let start = line.find("uses:").filter(|at| line[..*at].trim_start_matches([' ', '-']).is_empty())? + 5;
        let value = start + line[start..].find(|c: char| !c.is_whitespace() && c != '"' && c != '\'')?;
        let (before, rest) = line.split_at(value);
        let end = rest.find(|c: char| c.is_whitespace() || c == '"' || c == '\'').unwrap_or(rest.len());
        let (name, reference) = rest[..end].split_once('@')?;
        if !name.contains('/') || name.starts_with('.') || name.contains(':') || reference.is_empty() {
            return None;
        }
        let behind = &rest[end..];
        let comment = behind.trim_start_matches(['"', '\'']).trim_start().strip_prefix("# ");
        let tag = comment.and_then(|it| it.split_whitespace().next()).filter(|it| is_version(it));
        let after = match (tag, comment) {
            (Some(tag), Some(comment)) => &comment[comment.find(tag).unwrap_or(0) + tag.len()..],
            _ => behind,
        };
        Some(Uses { before, name, reference, tag, after })
    }
}

/// Whether a text is a full commit: 40 hexadecimal digits.
pub fn is_commit(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|it| it.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_taken_apart() {
        let line = "        uses: actions/cache@27d5ce7f # v5.0.5 # zizmor: ignore";
        let uses = Uses::parse(line).unwrap();
        assert_eq!((uses.name, uses.reference), ("actions/cache", "27d5ce7f"));
        assert_eq!((uses.tag, uses.after), (Some("v5.0.5"), " # zizmor: ignore"));
        let bare = Uses::parse("- uses: \"a/b/c@v8\" # zizmor: ignore").unwrap();
        assert_eq!((bare.name, bare.reference, bare.tag), ("a/b/c", "v8", None));
        for line in ["uses: ./local", "uses: docker://alpine:3", "# uses: a/b@c", "  run: uses: a/b@v1"] {
            assert_eq!(Uses::parse(line), None, "{line}");
        }
    }
}
