//! Patterns for branches, tags and paths.

/// A pattern over the whole name of a branch or tag, or over a path from the root of the repository.
///
/// | part | matches |
/// |---|---|
/// | `*` | any characters other than `/`, also none |
/// | `**` | any characters, also `/`, also none |
/// | `**/` at the start or behind a `/` | any number of whole directories, also none |
/// | `?` | one character other than `/` |
/// | anything else | itself |
///
/// The stars follow GitHub's filter patterns, where `**/README.md` also matches `README.md` and `docs/**/*.md` also
/// `docs/a.md`; `?` is that of shells and Ant, not theirs (there it makes the character before it optional):
/// <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet>
///
/// ```
/// use ci_gen::plan::Glob;
/// let docs = Glob::parse("docs/**/*.md").unwrap();
/// assert!(docs.matches("docs/a.md") && docs.matches("docs/x/y/a.md") && !docs.matches("docs/a.txt"));
/// assert_eq!(docs.regex(), r"docs/(?:[^/]+/)*[^/]*\.md");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Glob {
    text: String,
    tokens: Vec<Token>,
}

/// One part of a [`Glob`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Token {
    /// Matches itself; never empty, and never next to another one.
    Literal(String),
    /// `*`
    Star,
    /// `**`, other than before a `/`.
    DoubleStar,
    /// `**/`, always at the start of the pattern or behind a `/`.
    Directories,
    /// `?`
    AnyChar,
}

/// What follows the literal beginning of a [`Glob`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rest {
    /// Nothing: names are equal to the prefix.
    Nothing,
    /// One `*`: names start with the prefix and have no `/` behind it.
    Star,
    /// One `**`: names start with the prefix.
    DoubleStar,
    /// Anything else.
    Complex,
}

/// What [`Glob::parse`] found wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct GlobError {
    /// What is wrong.
    pub message: String,
    /// The way out.
    pub help: String,
}

impl Glob {
    /// Reads a pattern.
    ///
    /// # Errors
    /// An empty pattern, a leading `!`, brackets, braces, backslashes, blanks and control characters, three or more
    /// stars in a row, `**` between other characters and a `/`, and paths that no repository has: absolute, with
    /// empty, `.` or `..` parts, or ending in `/`.
    pub fn parse(text: &str) -> Result<Glob, GlobError> {
        check_characters(text)?;
        check_segments(text)?;
        Ok(Glob { text: text.to_owned(), tokens: tokens(text) })
    }

    /// The pattern as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its parts, in order.
    pub fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// Whether it matches one name alone.
    pub fn is_literal(&self) -> bool {
        matches!(self.tokens.as_slice(), [Token::Literal(_)])
    }

    /// Whether it is `**`, which matches every name.
    pub fn is_any(&self) -> bool {
        self.tokens == [Token::DoubleStar]
    }

    /// Whether the pattern matches the whole name. Takes at most the product of both lengths in steps.
    pub fn matches(&self, name: &str) -> bool {
        let states = states(&self.tokens);
        let mut here = vec![false; states.len() + 1];
        if let Some(start) = here.first_mut() {
            *start = true;
        }
        skip(&states, &mut here);
        for c in name.chars() {
            let mut next = vec![false; states.len() + 1];
            for (at, state) in states.iter().enumerate().filter(|(at, _)| here[*at]) {
                if let Some(to) = state.step(at, c) {
                    next[to] = true;
                }
            }
            skip(&states, &mut next);
            here = next;
        }
        here.last().copied().unwrap_or_default()
    }

    /// A regular expression for the same names, without anchors and without delimiters: callers anchor it, and
    /// escape `/` where it delimits.
    ///
    /// It means the same to RE2, Ruby, Java, Python and Rust, for names without line breaks.
    pub fn regex(&self) -> String {
        let mut out = String::new();
        for token in &self.tokens {
            match token {
                Token::Literal(text) => {
                    for c in text.chars() {
                        if r"\.+*?()|[]{}^$".contains(c) {
                            out.push('\\');
                        }
                        out.push(c);
                    }
                }
                Token::Star => out.push_str("[^/]*"),
                Token::DoubleStar => out.push_str(".*"),
                Token::Directories => out.push_str("(?:[^/]+/)*"),
                Token::AnyChar => out.push_str("[^/]"),
            }
        }
        out
    }

    /// The text that every matching name starts with, and what follows it, for systems that only know equality and
    /// "starts with".
    ///
    /// ```
    /// use ci_gen::plan::{Glob, Rest};
    /// let releases = Glob::parse("release/**").unwrap();
    /// assert_eq!(releases.literal_prefix(), ("release/", Rest::DoubleStar));
    /// ```
    pub fn literal_prefix(&self) -> (&str, Rest) {
        let (prefix, tail) = match self.tokens.as_slice() {
            [Token::Literal(text), tail @ ..] => (text.as_str(), tail),
            tail => ("", tail),
        };
        let rest = match tail {
            [] => Rest::Nothing,
            [Token::Star] => Rest::Star,
            [Token::DoubleStar] => Rest::DoubleStar,
            _ => Rest::Complex,
        };
        (prefix, rest)
    }
}

fn check_characters(text: &str) -> Result<(), GlobError> {
    let fail = |message: &str, help: &str| {
        Err(GlobError { message: format!("the pattern `{}` {message}", text.escape_debug()), help: help.to_owned() })
    };
    if text.is_empty() {
        return Err(GlobError { message: "the pattern is empty".into(), help: "write `**` for every name".into() });
    }
    if text.starts_with('!') {
        return fail("starts with `!`", "use the key that ends in `-ignore`, or list only what is wanted");
    }
    for c in text.chars() {
        match c {
            '[' | ']' => return fail("has brackets", "list one pattern per case, or put `?` for the character"),
            '{' | '}' => return fail("has braces", "list one pattern per case: `a` and `b` for `{a,b}`"),
            '\\' => return fail("has a backslash", "part directories with `/`; nothing needs an escape"),
            c if c.is_whitespace() => return fail("has a blank in it", "put `?` for the blank"),
            c if c.is_control() => return fail("has a control character", "put `?` for the character"),
            _ => {}
        }
    }
    Ok(())
}

fn check_segments(text: &str) -> Result<(), GlobError> {
    let fail =
        |message: &str, help: String| Err(GlobError { message: format!("the pattern `{text}` {message}"), help });
    if let Some(bare) = text.strip_prefix('/').or_else(|| text.strip_prefix("./")) {
        return fail(
            "starts outside the names it is matched with",
            match bare {
                "" => "write `**` for everything".into(),
                _ => format!("leave the beginning out: `{bare}`"),
            },
        );
    }
    if let Some(directory) = text.strip_suffix('/') {
        return fail("ends in `/`, which no name does", format!("write `{directory}/**` for everything below it"));
    }
    let segments: Vec<&str> = text.split('/').collect();
    if segments.iter().any(|it| matches!(*it, "" | "." | "..")) {
        return fail("has an empty, `.` or `..` part", "write the path as git shows it".into());
    }
    if text.contains("***") {
        return fail("has three stars in a row", "write `*` for anything but `/`, `**` for anything".into());
    }
    // Readers disagree about `a**/b`: some let it match `ab`.
    let parts = segments.split_last().map_or(&[][..], |(_, directories)| directories);
    if let Some(part) = parts.iter().find(|it| it.len() > 2 && it.ends_with("**")) {
        let meant = text.replacen(&format!("{part}/"), &format!("{}*/**/", part.trim_end_matches('*')), 1);
        return fail(&format!("has `**/` behind `{}`", part.trim_end_matches('*')), format!("write `{meant}`"));
    }
    Ok(())
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (token, length) = match c {
            '*' if rest.starts_with("**/") => (Token::Directories, 3),
            '*' if rest.starts_with("**") => (Token::DoubleStar, 2),
            '*' => (Token::Star, 1),
            '?' => (Token::AnyChar, 1),
            _ => {
                let end = rest.find(['*', '?']).unwrap_or(rest.len());
                (Token::Literal(rest[..end].to_owned()), end)
            }
        };
        tokens.push(token);
        rest = &rest[length..];
    }
    tokens
}

/// A place in the pattern while a name is read; the name matches when it ends behind the last one.
enum State {
    Char(char),
    AnyChar,
    Star,
    DoubleStar,
    /// Between two directories; the state behind is their inside, the one behind that what follows them.
    Directories,
    InDirectory,
}

impl State {
    /// Where `c` leads from this state, which is number `at`.
    fn step(&self, at: usize, c: char) -> Option<usize> {
        match self {
            State::Char(expected) => (*expected == c).then_some(at + 1),
            State::AnyChar => (c != '/').then_some(at + 1),
            State::Star => (c != '/').then_some(at),
            State::DoubleStar => Some(at),
            State::Directories => (c != '/').then_some(at + 1),
            State::InDirectory => Some(if c == '/' { at - 1 } else { at }),
        }
    }

    /// How many states further the match may be without a character.
    fn skip(&self) -> Option<usize> {
        match self {
            State::Star | State::DoubleStar => Some(1),
            State::Directories => Some(2),
            State::Char(_) | State::AnyChar | State::InDirectory => None,
        }
    }
}

fn states(tokens: &[Token]) -> Vec<State> {
    let mut states = Vec::new();
    for token in tokens {
        match token {
            Token::Literal(text) => states.extend(text.chars().map(State::Char)),
            Token::Star => states.push(State::Star),
            Token::DoubleStar => states.push(State::DoubleStar),
            Token::Directories => states.extend([State::Directories, State::InDirectory]),
            Token::AnyChar => states.push(State::AnyChar),
        }
    }
    states
}

/// Adds the states that need no character. One pass is enough, since they all lie behind.
fn skip(states: &[State], here: &mut [bool]) {
    for (at, state) in states.iter().enumerate() {
        if let Some(further) = state.skip().filter(|_| here[at]) {
            here[at + further] = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn glob(text: &str) -> Glob {
        Glob::parse(text).unwrap_or_else(|error| panic!("{text}: {error}; {}", error.help))
    }

    /// Tries every way to share the name out among the tokens.
    fn brute(tokens: &[Token], name: &str) -> bool {
        let Some((token, rest)) = tokens.split_first() else {
            return name.is_empty();
        };
        let ends = (0..=name.len()).filter(|end| name.is_char_boundary(*end));
        let fits = |part: &str| match token {
            Token::Literal(text) => part == text,
            Token::Star => !part.contains('/'),
            Token::DoubleStar => true,
            Token::Directories => {
                part.is_empty() || part.strip_suffix('/').is_some_and(|it| it.split('/').all(|name| !name.is_empty()))
            }
            Token::AnyChar => part.chars().count() == 1 && part != "/",
        };
        ends.into_iter().any(|end| fits(&name[..end]) && brute(rest, &name[end..]))
    }

    fn anchored(glob: &Glob) -> regex::Regex {
        regex::Regex::new(&format!("^(?:{})$", glob.regex())).unwrap()
    }

    #[test]
    fn names_that_match_and_names_that_do_not() {
        let table: [(&str, &[&str], &[&str]); 19] = [
            ("main", &["main"], &["main2", "xmain", "main/", "Main", ""]),
            ("feature/*", &["feature/a"], &["feature/a/b", "feature", "xfeature/a"]),
            ("feature/**", &["feature/a", "feature/a/b"], &["feature", "features/a"]),
            ("*", &["main", "a.b"], &["a/b"]),
            ("**", &["main", "a/b/c"], &[]),
            ("*feature", &["feature", "my-feature"], &["a/feature", "feature2"]),
            ("v2*", &["v2", "v2.0"], &["v1", "v2/x"]),
            ("v?.?", &["v1.2"], &["v1.22", "v1.", "v1x2", "v/./"]),
            ("**.js", &["index.js", "src/js/app.js", ".js"], &["index.jsx", "src/app-js"]),
            ("docs/*", &["docs/a.md"], &["docs/a/b.md"]),
            ("docs/**", &["docs/a.md", "docs/a/b.md"], &["docs", "a/docs/b"]),
            ("docs/**/*.md", &["docs/a.md", "docs/a/b/c.md"], &["docs/a.txt", "docsa.md", "a.md"]),
            ("**/docs/**", &["docs/a", "x/docs/a", "x/y/docs/a/b"], &["docs", "xdocs/a", "x/docs"]),
            ("**/README.md", &["README.md", "js/README.md", "a/b/README.md"], &["xREADME.md", "README.mdx"]),
            ("**/*src/**", &["a/src/app.js", "my-src/code/js/app.js", "src/a"], &["src", "src-x/a"]),
            ("**/migrate-*.sql", &["migrate-1.sql", "db/sept/migrate-v1.sql"], &["db/migrate.sql", "migrate-/1.sql"]),
            ("a/**/b/**/c", &["a/b/c", "a/x/b/y/z/c", "a/b/b/c"], &["a/c", "a/bx/c", "ab/c"]),
            ("c++/(x)|^$", &["c++/(x)|^$"], &["ccc/x"]),
            ("é?/*ß", &["éü/ß", "éx/ßß"], &["é/ß", "éüü/ß"]),
        ];
        for (text, yes, no) in table {
            let glob = glob(text);
            let regex = anchored(&glob);
            for (names, expected) in [(yes, true), (no, false)] {
                for name in names {
                    assert_eq!(glob.matches(name), expected, "{text} on {name}");
                    assert_eq!(regex.is_match(name), expected, "{} on {name}", glob.regex());
                    assert_eq!(brute(glob.tokens(), name), expected, "{text} on {name}, by brute force");
                }
            }
        }
    }

    #[test]
    fn tokens_regex_and_prefix() {
        let table = [
            ("main", "main", "main", Rest::Nothing),
            ("**", ".*", "", Rest::DoubleStar),
            ("*", "[^/]*", "", Rest::Star),
            ("v*", "v[^/]*", "v", Rest::Star),
            ("v1.*", r"v1\.[^/]*", "v1.", Rest::Star),
            ("release/**", "release/.*", "release/", Rest::DoubleStar),
            ("release-?", "release-[^/]", "release-", Rest::Complex),
            ("a/**/b", "a/(?:[^/]+/)*b", "a/", Rest::Complex),
            ("**/b", "(?:[^/]+/)*b", "", Rest::Complex),
            ("c++", r"c\+\+", "c++", Rest::Nothing),
        ];
        for (text, regex, prefix, rest) in table {
            let glob = glob(text);
            assert_eq!(glob.regex(), regex, "{text}");
            assert_eq!(glob.literal_prefix(), (prefix, rest), "{text}");
            assert_eq!(glob.is_literal(), rest == Rest::Nothing, "{text}");
            assert_eq!(glob.is_any(), text == "**", "{text}");
            assert_eq!(glob.text(), text);
        }
        let literal = |text: &str| Token::Literal(text.to_owned());
        assert_eq!(
            glob("**/a?/b**.c*").tokens(),
            [
                Token::Directories,
                literal("a"),
                Token::AnyChar,
                literal("/b"),
                Token::DoubleStar,
                literal(".c"),
                Token::Star
            ]
        );
    }

    #[test]
    fn faults_show_the_way_out() {
        let table = [
            ("", "empty", "`**`"),
            ("!main", "starts with `!`", "-ignore"),
            ("v[0-9]", "brackets", "list"),
            ("a]", "brackets", "list"),
            ("{main,dev}", "braces", "list"),
            ("docs\\a", "backslash", "`/`"),
            ("my docs/**", "blank", "`?`"),
            ("a\tb", "`a\\tb` has a blank", "`?`"),
            ("a\u{7}", "control", "`?`"),
            ("/docs/**", "starts outside", "`docs/**`"),
            ("/", "starts outside", "`**`"),
            ("./docs", "starts outside", "`docs`"),
            ("docs/", "ends in `/`", "`docs/**`"),
            ("a//b", "empty", "git"),
            ("../a", "`..`", "git"),
            ("a/./b", "`.`", "git"),
            ("a***", "three stars", "`**`"),
            ("src/a**/b", "`**/` behind `a`", "write `src/a*/**/b`"),
        ];
        for (text, message, help) in table {
            let error = Glob::parse(text).expect_err(text);
            assert!(error.message.contains(message), "{text}: {}", error.message);
            assert!(error.help.contains(help), "{text}: {}", error.help);
        }
    }

    #[test]
    fn the_rewriting_offered_matches_the_same() {
        assert!(["a/b", "ax/b", "ax/y/b"].iter().all(|name| glob("a*/**/b").matches(name)));
        assert!(!glob("a*/**/b").matches("ab"));
    }

    #[test]
    fn many_stars_stay_quick() {
        let pattern = "**/*a".repeat(30);
        assert!(!glob(&format!("{}b", pattern.replace("a**/", "a/**/"))).matches(&"a/".repeat(2000)));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn matcher_regex_and_brute_force_agree(
            pattern in prop::collection::vec(prop::sample::select(vec!["a", "b", ".", "+", "é", "/", "*", "**", "**/", "?"]), 1..8),
            names in prop::collection::vec("[ab.+é/]{0,9}", 1..12),
        ) {
            let Ok(glob) = Glob::parse(&pattern.concat()) else {
                return Ok(());
            };
            let regex = anchored(&glob);
            for name in names {
                let expected = brute(glob.tokens(), &name);
                prop_assert_eq!(glob.matches(&name), expected, "{} on {}", glob.text(), name);
                prop_assert_eq!(regex.is_match(&name), expected, "{} on {}", glob.regex(), name);
            }
        }

        #[test]
        fn a_name_made_from_the_pattern_matches(
            parts in prop::collection::vec(prop::sample::select(vec![
                ("a", "a"), ("/", "/"), ("*", "b.b"), ("**", "x/y"), ("?", "é"), ("**/", ""), ("**/", "x/y/"), ("+", "+"),
            ]), 1..8),
        ) {
            let (pattern, name): (String, String) = parts.into_iter().unzip();
            if let Ok(glob) = Glob::parse(&pattern) {
                prop_assert!(glob.matches(&name), "{pattern} on {name}");
                prop_assert!(anchored(&glob).is_match(&name), "{} on {name}", glob.regex());
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,12}") {
            if let Ok(glob) = Glob::parse(&text) {
                anchored(&glob);
                let _ = glob.matches(&text);
            }
        }
    }
}
