//! Globs of changed files as GitLab's patterns.

use crate::{
    diag::Place,
    plan::{Glob, Paths, Token},
    systems::Lowering,
};

/// `changes` takes at most so many patterns.
///
/// <https://docs.gitlab.com/ci/yaml/#ruleschanges>
const MOST_PATTERNS: usize = 50;

/// The patterns of a filter; empty for none. `at` is the table that holds the filter.
pub(super) fn lower(paths: &Paths, at: &Place, out: &mut Lowering<'_>) -> Vec<String> {
    if !paths.ignore.is_empty() {
        let message = "GitLab cannot leave out changed files: the pipeline starts for those, too";
        out.degrade(&at.key("paths-ignore"), message, "name the files that count in `paths`");
    }
    let mut patterns: Vec<String> = Vec::new();
    for pattern in paths.include.iter().flat_map(patterns_of) {
        if !patterns.contains(&pattern) {
            patterns.push(pattern);
        }
    }
    if patterns.len() > MOST_PATTERNS {
        let message = format!("{} patterns for changed files; GitLab allows {MOST_PATTERNS}", patterns.len());
        out.limit(&at.key("paths"), message, "https://docs.gitlab.com/ci/yaml/#ruleschanges");
    }
    patterns
}

/// Patterns of Ruby's `File.fnmatch` (with `FNM_PATHNAME`, `FNM_DOTMATCH` and `FNM_EXTGLOB`), of which one matches
/// wherever the glob does.
///
/// There `**` crosses directories only as a whole part before a `/`. A `**` elsewhere becomes two patterns: within
/// one part, and with directories between.
/// <https://docs.ruby-lang.org/en/3.4/File.html#method-c-fnmatch>
fn patterns_of(glob: &Glob) -> Vec<String> {
    let mut patterns = vec![String::new()];
    for token in glob.tokens() {
        match token {
            // A set keeps `$NAME` from being a variable; braces and brackets are in no glob.
            Token::Literal(text) => append(&mut patterns, &text.replace('$', "[$]")),
            Token::Star => append(&mut patterns, "*"),
            Token::AnyChar => append(&mut patterns, "?"),
            Token::Directories => append(&mut patterns, "**/"),
            Token::DoubleStar => {
                let both = patterns.iter().flat_map(|pattern| match pattern.as_str() {
                    it if it.is_empty() || it.ends_with('/') => vec![format!("{it}**/*")],
                    it => vec![format!("{it}*"), format!("{it}*/**/*")],
                });
                patterns = both.collect();
            }
        }
    }
    patterns
}

fn append(patterns: &mut [String], text: &str) {
    for pattern in patterns {
        pattern.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn double_stars_cross_directories() {
        let table: [(&str, &[&str]); 7] = [
            ("src/**", &["src/**/*"]),
            ("**", &["**/*"]),
            ("**.js", &["**/*.js"]),
            ("docs/**/*.md", &["docs/**/*.md"]),
            ("src**", &["src*", "src*/**/*"]),
            ("a**b?", &["a*b?", "a*/**/*b?"]),
            ("cost$x", &["cost[$]x"]),
        ];
        for (glob, expected) in table {
            assert_eq!(patterns_of(&Glob::parse(glob).unwrap()), expected, "{glob}");
        }
    }
}
