//! Globs as branch filters and as trigger rules.

use super::text;
use crate::{
    diag::Place,
    plan::{Glob, Paths, Token},
    systems::Lowering,
};

/// The rules that let exactly the names of a glob pass; `prefix` is what TeamCity shows in front of every one of them.
///
/// A rule has one `*` at most, which stands for one character or more, `/` included:
/// <https://www.jetbrains.com/help/teamcity/branch-filter.html>
pub(super) fn rules(glob: &Glob, prefix: &str, at: &Place, out: &mut Lowering<'_>) -> Vec<String> {
    let literal = |text: &str| text::escape(&format!("{prefix}{text}"));
    let (before, wildcard, behind) = match glob.tokens() {
        [Token::Literal(name)] => return vec![format!("+:{}", literal(name))],
        [wildcard] => ("", wildcard, ""),
        [wildcard, Token::Literal(behind)] => ("", wildcard, behind.as_str()),
        [Token::Literal(before), wildcard] => (before.as_str(), wildcard, ""),
        [Token::Literal(before), wildcard, Token::Literal(behind)] => (before.as_str(), wildcard, behind.as_str()),
        _ => ("", &Token::AnyChar, ""),
    };
    let behind_directories = format!("/{behind}");
    let (before, pattern_behind) = match wildcard {
        Token::Star => {
            let message = format!("`*` also stands for `/` on TeamCity, so `{}` starts for more names", glob.text());
            out.degrade(at, message, "write `**` where that is meant, or list the names");
            (before, behind)
        }
        Token::DoubleStar => (before, behind),
        Token::Directories => (before, behind_directories.as_str()),
        Token::AnyChar | Token::Literal(_) => {
            let message =
                format!("TeamCity's branch filters know one `*`, which `{}` does not come down to", glob.text());
            out.refuse(at, message, "use a name, or one `*` or `**`");
            return Vec::new();
        }
    };
    let mut rules = vec![format!("+:{}", literal(&format!("{before}*{pattern_behind}")))];
    // The `*` is never empty, while that of a glob may be. No name ends in `/`, and none is empty.
    let shortest = format!("{before}{behind}");
    if !shortest.is_empty() && !shortest.ends_with('/') {
        rules.push(format!("+:{}", literal(&shortest)));
    }
    rules
}

/// The rules on changed files, one a line; `None` without a filter.
///
/// The wildcards are Ant's, but there is no `?`: <https://www.jetbrains.com/help/teamcity/configuring-vcs-triggers.html>
pub(super) fn paths(paths: &Paths, at: &Place, out: &mut Lowering<'_>) -> Option<String> {
    let (globs, sign, key) = match paths.include.is_empty() {
        true => (&paths.ignore, '-', "paths-ignore"),
        false => (&paths.include, '+', "paths"),
    };
    let mut rules = Vec::new();
    for (index, glob) in globs.iter().enumerate() {
        match ant(glob) {
            Some(patterns) => rules.extend(patterns.iter().map(|it| format!("{sign}:{}", text::escape(it)))),
            None => {
                let message = format!("TeamCity's trigger rules have no wildcard for `{}`", glob.text());
                out.refuse(&at.key(key).index(index), message, "use `*`, and `**` only for whole directories");
            }
        }
    }
    (!rules.is_empty()).then(|| rules.join("\n"))
}

/// Ant's patterns for the same paths; a `**` that is not a whole segment means no more than `*` to it.
fn ant(glob: &Glob) -> Option<Vec<String>> {
    let mut pattern = String::new();
    for (index, token) in glob.tokens().iter().enumerate() {
        match token {
            Token::Literal(text) => pattern.push_str(text),
            Token::Star => pattern.push('*'),
            Token::Directories => pattern.push_str("**/"),
            Token::DoubleStar if index + 1 < glob.tokens().len() => return None,
            Token::DoubleStar if pattern.is_empty() || pattern.ends_with('/') => pattern.push_str("**"),
            Token::DoubleStar => return Some(vec![format!("{pattern}*"), format!("{pattern}*/**")]),
            Token::AnyChar => return None,
        }
    }
    Some(vec![pattern])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{files, id::SystemId};

    fn lowered(pattern: &str) -> (Vec<String>, usize, bool) {
        let mut out = Lowering::new(SystemId::Teamcity, String::new(), files::header("ci-gen.toml"), None);
        let rules = rules(&Glob::parse(pattern).unwrap(), "", &Place::root(), &mut out);
        (rules, out.diagnostics.len(), out.is_refused())
    }

    /// What TeamCity does with one rule.
    fn matches(rule: &str, name: &str) -> bool {
        let rule = rule.strip_prefix("+:").unwrap();
        match rule.split_once('*') {
            None => rule == name,
            Some((before, behind)) => {
                name.len() > before.len() + behind.len() && name.starts_with(before) && name.ends_with(behind)
            }
        }
    }

    #[test]
    fn filters_accept_what_globs_accept() {
        let names =
            ["main", "release", "release/", "release/1", "release/1/x", "v", "v1", "v/1", "a/v", "x/a/v", "a-v"];
        for pattern in ["main", "**", "release/**", "v**", "**/v", "x/**/v", "a**v", "release**"] {
            let (rules, said, _) = lowered(pattern);
            assert_eq!(said, 0, "{pattern}");
            let glob = Glob::parse(pattern).unwrap();
            for name in names.iter().filter(|name| !name.ends_with('/')) {
                assert_eq!(rules.iter().any(|rule| matches(rule, name)), glob.matches(name), "{pattern} {name}");
            }
        }
    }

    #[test]
    fn more_names_are_never_accepted_in_silence() {
        for (pattern, refused) in [("v*", false), ("*", false), ("v?", true), ("*-*", true), ("**/a/*", true)] {
            let (_, said, is_refused) = lowered(pattern);
            assert_eq!((said, is_refused), (1, refused), "{pattern}");
        }
    }

    #[test]
    fn double_stars_inside_a_segment_become_two_patterns() {
        let ant = |pattern: &str| ant(&Glob::parse(pattern).unwrap());
        assert_eq!(ant("docs/**/*.md"), Some(vec!["docs/**/*.md".to_owned()]));
        assert_eq!(ant("docs**"), Some(vec!["docs*".to_owned(), "docs*/**".to_owned()]));
        assert_eq!(ant("a**b"), None);
        assert_eq!(ant("a?"), None);
    }
}
