//! Patterns of the spec in Bitbucket's notation and as a shell's `case`.

use crate::plan::{Glob, Rest, Token};
use crate::script::{quote, Shell};

/// The patterns that together match what the glob matches.
///
/// `*`, `**` and `?` are the same, but `**/` always stands for at least one directory there:
/// <https://support.atlassian.com/bitbucket-cloud/docs/use-glob-patterns-on-the-pipelines-yaml-file/>
pub(super) fn native(glob: &Glob) -> Vec<String> {
    let text = |token: &Token| match token {
        Token::Literal(text) => text.clone(),
        Token::Star => "*".to_owned(),
        Token::DoubleStar => "**".to_owned(),
        Token::AnyChar => "?".to_owned(),
        Token::Directories => String::new(),
    };
    expand(glob.tokens(), text, "**/")
}

/// Every combination of leaving directories out and having some.
fn expand(tokens: &[Token], text: impl Fn(&Token) -> String, directories: &str) -> Vec<String> {
    let mut patterns = vec![String::new()];
    for token in tokens {
        if *token == Token::Directories {
            let with: Vec<String> = patterns.iter().map(|it| format!("{it}{directories}")).collect();
            patterns.extend(with);
        } else {
            let text = text(token);
            patterns.iter_mut().for_each(|pattern| pattern.push_str(&text));
        }
    }
    patterns
}

/// The keys under which one pipeline stands: all patterns in one pair of braces where they fit in there.
pub(super) fn keys(patterns: &[String]) -> Vec<String> {
    let (apart, mut together): (Vec<String>, Vec<String>) = patterns.iter().cloned().partition(|it| it.contains(','));
    if together.len() > 1 {
        together = vec![format!("{{{}}}", together.join(","))];
    }
    together.extend(apart);
    together
}

/// Whether every name that `narrow` matches is matched by `wide`, as far as that can be told.
pub(super) fn covers(wide: &Glob, narrow: &Glob) -> bool {
    if wide == narrow || wide.is_any() {
        return true;
    }
    let (prefix, rest) = narrow.literal_prefix();
    match (wide.literal_prefix(), rest) {
        (_, Rest::Nothing) => wide.matches(prefix),
        ((start, Rest::DoubleStar), _) => prefix.starts_with(start),
        ((start, Rest::Star), Rest::Star) => prefix.strip_prefix(start).is_some_and(|it| !it.contains('/')),
        _ => false,
    }
}

/// Whether no name is matched by both, as far as that can be told.
pub(super) fn disjoint(left: &Glob, right: &Glob) -> bool {
    let (a, b) = (left.literal_prefix(), right.literal_prefix());
    match (a, b) {
        ((name, Rest::Nothing), _) => !right.matches(name),
        (_, (name, Rest::Nothing)) => !left.matches(name),
        _ => !a.0.starts_with(b.0) && !b.0.starts_with(a.0),
    }
}

/// One line of a `case`, and whether names that it matches are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Arm {
    pub(super) pattern: String,
    pub(super) wanted: bool,
}

/// The lines of a `case` that accept exactly what the globs match, `prefix` before each name.
///
/// In a `case` a `*` also matches `/`. So names with more slashes than a pattern has are turned away first, beginning
/// with the pattern of most slashes.
///
/// # Errors
/// A glob that has both `*` and `**`.
pub(super) fn arms<'a>(prefix: &str, globs: &[&'a Glob]) -> Result<Vec<Arm>, &'a Glob> {
    let mut wide = Vec::new();
    let mut flat: Vec<(usize, String)> = Vec::new();
    for glob in globs {
        let any = |wanted: &[Token]| glob.tokens().iter().any(|token| wanted.contains(token));
        let crosses = any(&[Token::DoubleStar, Token::Directories]);
        let stays = any(&[Token::Star, Token::AnyChar]);
        match (crosses, stays) {
            (true, true) => return Err(glob),
            (false, true) => {
                let slashes = glob.tokens().iter().map(|token| match token {
                    Token::Literal(text) => text.matches('/').count(),
                    _ => 0,
                });
                flat.extend(words(prefix, glob).into_iter().map(|word| (slashes.clone().sum(), word)));
            }
            _ => wide.extend(words(prefix, glob)),
        }
    }
    flat.sort_by_key(|(slashes, _)| std::cmp::Reverse(*slashes));
    let mut arms: Vec<Arm> = wide.into_iter().map(|pattern| Arm { pattern, wanted: true }).collect();
    let mut turned_away = None;
    for (slashes, pattern) in flat {
        if turned_away != Some(slashes) {
            let start = if prefix.is_empty() { String::new() } else { quote(prefix, Shell::Sh) };
            arms.push(Arm { pattern: format!("{start}*{}", "/*".repeat(slashes + 1)), wanted: false });
            turned_away = Some(slashes);
        }
        arms.push(Arm { pattern, wanted: true });
    }
    Ok(arms)
}

/// The glob as patterns of a `case`: literal parts quoted, stars bare.
fn words(prefix: &str, glob: &Glob) -> Vec<String> {
    let bare = |token: &Token| match token {
        // Marks that no name holds part the literal text from the stars, so that it is quoted in one piece.
        Token::Star | Token::DoubleStar => "\u{0}*\u{0}".to_owned(),
        Token::AnyChar => "\u{0}?\u{0}".to_owned(),
        Token::Literal(text) => text.clone(),
        Token::Directories => String::new(),
    };
    let patterns = expand(glob.tokens(), bare, "\u{0}*\u{0}/");
    let word = |pattern: String| -> String {
        let pattern = format!("{prefix}{pattern}");
        let parts = pattern.split('\u{0}').enumerate();
        let parts = parts.map(|(index, part)| match (index % 2, part) {
            (0, "") => String::new(),
            (0, literal) => quote(literal, Shell::Sh),
            (_, star) => star.to_owned(),
        });
        parts.collect()
    };
    patterns.into_iter().map(word).collect()
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn glob(text: &str) -> Glob {
        Glob::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    const PATTERNS: &[&str] = &[
        "main",
        "**",
        "*",
        "release/**",
        "release/*",
        "v?.*",
        "**/hotfix",
        "a/**/b",
        "it's-*",
        "x&y;z",
        "feature/*/x",
        "**x**",
    ];
    const NAMES: &[&str] = &[
        "main",
        "main2",
        "release/1",
        "release/1/2",
        "release",
        "v1.2",
        "v1.2/3",
        "v/.x",
        "hotfix",
        "a/hotfix",
        "ahotfix",
        "a/b",
        "a/c/b",
        "a/c/d/b",
        "it's-1",
        "x&y;z",
        "feature/a/x",
        "feature/a/b/x",
    ];

    #[test]
    fn a_case_accepts_what_the_globs_match() {
        for left in PATTERNS {
            let mut script = String::new();
            let mut expected = String::new();
            for right in PATTERNS {
                let globs = [&glob(left), &glob(right)];
                let arms = arms("branch ", &globs).unwrap();
                for name in NAMES {
                    script.push_str(&format!("case {} in\n", quote(&format!("branch {name}"), Shell::Sh)));
                    for arm in &arms {
                        script.push_str(&format!("  {}) echo {} ;;\n", arm.pattern, arm.wanted));
                    }
                    script.push_str("  *) echo false ;;\nesac\n");
                    expected.push_str(&format!("{}\n", globs.iter().any(|it| it.matches(name))));
                }
            }
            let output = Command::new("sh").arg("-c").arg(&script).output().unwrap();
            assert_eq!(String::from_utf8_lossy(&output.stderr), "");
            assert_eq!(String::from_utf8_lossy(&output.stdout), expected, "{left}");
        }
    }

    #[test]
    fn mixed_stars_are_refused() {
        let mixed = glob("feature/*/**");
        assert_eq!(arms("", &[&mixed]), Err(&mixed));
    }

    #[test]
    fn covering_and_disjoint_agree_with_matching() {
        for left in PATTERNS.iter().map(|it| glob(it)) {
            for right in PATTERNS.iter().map(|it| glob(it)) {
                let names = || NAMES.iter().filter(|name| right.matches(name));
                assert!(!covers(&left, &right) || names().all(|it| left.matches(it)), "{left:?} {right:?}");
                assert!(!disjoint(&left, &right) || !names().any(|it| left.matches(it)), "{left:?} {right:?}");
            }
        }
        assert!(covers(&glob("release/**"), &glob("release/1.*")) && disjoint(&glob("release/**"), &glob("main")));
        assert!(disjoint(&glob("release/**"), &glob("feature/*")));
    }

    #[test]
    fn directories_that_may_be_missing_are_two_patterns() {
        assert_eq!(native(&glob("**/docs/**")), ["docs/**", "**/docs/**"]);
        assert_eq!(native(&glob("release/**")), ["release/**"]);
        assert_eq!(keys(&["main".into(), "v*".into(), "a,b".into()]), ["{main,v*}", "a,b"]);
    }
}
