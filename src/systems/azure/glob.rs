//! Globs of triggers as Azure's include and exclude lists.

use crate::plan::{Glob, Rest, Token};

/// Lists for branches or tags.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Lists {
    pub(super) include: Vec<String>,
    pub(super) exclude: Vec<String>,
    /// Indices of globs that match more on Azure than they should.
    pub(super) wide: Vec<usize>,
}

/// Branches or tags. A star of Azure's also matches `/`, so what has one `/` too many is excluded again.
///
/// Includes come first, then excludes are taken off, so an exclude may not touch what another glob means.
/// <https://learn.microsoft.com/azure/devops/pipelines/repos/github#wildcards>
pub(super) fn lists(globs: &[Glob]) -> Lists {
    let mut lists = Lists::default();
    for (index, glob) in globs.iter().enumerate() {
        let others = || globs.iter().enumerate().filter(|(at, _)| *at != index).map(|(_, other)| other);
        if others().any(|other| covers(other, glob)) {
            continue;
        }
        lists.include.extend(patterns(glob.tokens(), None));
        for (at, token) in glob.tokens().iter().enumerate() {
            if !matches!(token, Token::Star | Token::AnyChar) {
                continue;
            }
            for pattern in patterns(glob.tokens(), Some(at)) {
                if others().any(|other| overlaps(&pattern, other)) {
                    if !lists.wide.contains(&index) {
                        lists.wide.push(index);
                    }
                } else {
                    lists.exclude.push(pattern);
                }
            }
        }
    }
    lists
}

/// A glob in Azure's words. With `slash`, that token has a `/` in what it matches.
fn patterns(tokens: &[Token], slash: Option<usize>) -> Vec<String> {
    let mut patterns = vec![String::new()];
    for (at, token) in tokens.iter().enumerate() {
        let text = match token {
            Token::Literal(text) => text.as_str(),
            Token::Star if slash == Some(at) => "*/*",
            Token::AnyChar if slash == Some(at) => "/",
            Token::Star | Token::DoubleStar => "*",
            Token::AnyChar => "?",
            Token::Directories => {
                let deeper: Vec<String> = patterns.iter().map(|pattern| format!("{pattern}*/")).collect();
                patterns.extend(deeper);
                continue;
            }
        };
        patterns.iter_mut().for_each(|pattern| pattern.push_str(text));
    }
    patterns
}

/// Whether everything that `glob` matches is matched by `other`, a prefix with `**`.
fn covers(other: &Glob, glob: &Glob) -> bool {
    let (prefix, rest) = other.literal_prefix();
    rest == Rest::DoubleStar && other != glob && glob.literal_prefix().0.starts_with(prefix)
}

/// Whether a pattern of Azure's may match something that the glob matches.
fn overlaps(pattern: &str, glob: &Glob) -> bool {
    let (name, rest) = glob.literal_prefix();
    if rest == Rest::Nothing {
        return matches(pattern.as_bytes(), name.as_bytes());
    }
    let fixed = pattern.split(['*', '?']).next().unwrap_or_default();
    fixed.starts_with(name) || name.starts_with(fixed)
}

/// `*` matches anything, `?` one byte.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p + 1, n));
                p += 1;
            }
            Some(c) if *c == b'?' || *c == name[n] => {
                p += 1;
                n += 1;
            }
            _ => match star {
                Some((behind, from)) => {
                    star = Some((behind, from + 1));
                    p = behind;
                    n = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == b'*')
}

/// A path filter: `dir/*` is everything below a directory, however deep.
///
/// Wildcards: <https://learn.microsoft.com/azure/devops/release-notes/2021/sprint-192-update#support-for-wild-cards-in-path-filters>
pub(super) fn path(glob: &Glob) -> String {
    let text = glob.text();
    match text.strip_suffix("**") {
        Some(before) if before.is_empty() || before.ends_with('/') => format!("{before}*"),
        _ => text.to_owned(),
    }
}

/// Whether a path filter matches more on Azure: a last `*` does not stop at `/`.
pub(super) fn path_is_wide(glob: &Glob) -> bool {
    let directory = |text: &str| text.is_empty() || text.ends_with('/');
    glob.tokens().last() == Some(&Token::Star) && glob.text().strip_suffix('*').is_some_and(directory)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lower(globs: &[&str]) -> Lists {
        let globs: Vec<Glob> = globs.iter().map(|text| Glob::parse(text).unwrap()).collect();
        lists(&globs)
    }

    #[test]
    fn a_star_does_not_cross_a_slash() {
        let lists = lower(&["main", "release/*"]);
        assert_eq!(lists.include, ["main", "release/*"]);
        assert_eq!(lists.exclude, ["release/*/*"]);
        assert!(lists.wide.is_empty());
    }

    #[test]
    fn an_exclude_never_takes_what_another_glob_means() {
        let lists = lower(&["release/*", "release/old/1"]);
        assert!(lists.exclude.is_empty());
        assert_eq!(lists.wide, [0]);
        let lists = lower(&["v*", "release/**"]);
        assert_eq!((lists.exclude.as_slice(), lists.wide.len()), (["v*/*".to_owned()].as_slice(), 0));
    }

    #[test]
    fn what_another_glob_covers_is_left_out() {
        let lists = lower(&["release/*", "release/**", "**"]);
        assert_eq!((lists.include, lists.exclude, lists.wide), (vec!["*".to_owned()], vec![], vec![]));
    }

    #[test]
    fn directories_may_be_none() {
        assert_eq!(lower(&["**/x"]).include, ["x", "*/x"]);
        assert_eq!(lower(&["v?"]).exclude, ["v/"]);
    }

    #[test]
    fn paths_keep_their_meaning_where_azure_can() {
        let path = |text: &str| path(&Glob::parse(text).unwrap());
        assert_eq!([path("docs/**"), path("**"), path("src/**/*.rs")], ["docs/*", "*", "src/**/*.rs"]);
        let wide = |text: &str| path_is_wide(&Glob::parse(text).unwrap());
        assert_eq!([wide("docs/*"), wide("*"), wide("docs/**"), wide("docs/a*")], [true, true, false, false]);
    }
}
