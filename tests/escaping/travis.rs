//! Reads `.travis.yml` as Travis does: YAML, entries of `env` by two parsers, then one shell for everything.
//!
//! An entry passes the parser of travis-yml (gem `sh_vars`) and the pattern of travis-build
//! (`lib/travis/build/env/var.rb`); what both leave over is the value of an `export`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    places::word,
    shell::Script,
    yaml::{self, one_or_many, string},
    Seen,
};

pub fn read(files: &BTreeMap<String, String>) -> Seen {
    let document = yaml::read(&files[".travis.yml"]);
    let mut seen = Seen { files: files.clone(), ..Seen::default() };
    let global = exports(document.pointer("/env/global"));
    for job in document["jobs"]["include"].as_array().unwrap() {
        let name = string(&job["name"]).split(" (").next().unwrap().to_owned();
        let mut lines = vec![global.clone(), exports(job.get("env"))];
        for phase in ["before_install", "install", "script"] {
            for command in one_or_many(job.get(phase)) {
                if command == "skip" || command.contains("artifacts.sh") {
                    continue;
                }
                // Each line is evaluated by itself, and `script` goes on after a failure.
                lines.push(format!("eval {} || exit 1", word(&command)));
            }
        }
        seen.jobs.insert(name, vec![Script::new("bash --noprofile --norc", lines.join("\n"), &[])]);
    }
    seen
}

fn exports(list: Option<&Value>) -> String {
    let lines: Vec<String> = one_or_many(list)
        .iter()
        .map(|entry| {
            let (name, value) = entry.split_once('=').unwrap_or_else(|| panic!("no variable: {entry}"));
            assert_eq!(search(entry), [(name.to_owned(), value.to_owned())], "travis-build reads {entry:?} otherwise");
            assert_eq!(parse(entry), [(name.to_owned(), value.to_owned())], "travis-yml reads {entry:?} otherwise");
            format!("export {entry}")
        })
        .collect();
    lines.join("\n")
}

/// The regular expression of travis-build, which is searched for until the end of the line.
fn search(line: &str) -> Vec<(String, String)> {
    let chars: Vec<char> = line.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let end = at + chars[at..].iter().take_while(|c| c.is_ascii_alphanumeric() || **c == '_').count();
        if end == at || chars.get(end) != Some(&'=') {
            at += 1;
            continue;
        }
        let start = end + 1;
        let Some(stop) = quoted_run(&chars, start)
            .or_else(|| substitutions(&chars, start))
            .or_else(|| bare(&chars, start))
            .or_else(|| (start == chars.len() || chars[start].is_whitespace()).then_some(start))
        else {
            at += 1;
            continue;
        };
        found.push((chars[at..end].iter().collect(), chars[start..stop].iter().collect()));
        at = stop.max(at + 1);
    }
    found
}

/// Quoted pieces, each perhaps behind one other character; a quote behind a backslash does not close.
fn quoted_run(chars: &[char], start: usize) -> Option<usize> {
    let is_quote = |c: &char| "\"'`".contains(*c);
    let mut at = start;
    loop {
        let open = match (chars.get(at), chars.get(at + 1)) {
            (Some(c), Some(next)) if !is_quote(c) && *c != ' ' && is_quote(next) => at + 1,
            (Some(c), _) if is_quote(c) => at,
            _ => break,
        };
        let close = (open + 1..chars.len())
            .take_while(|it| chars[*it] != '\n')
            .find(|it| chars[*it] == chars[open] && chars[it - 1] != '\\');
        match close {
            Some(close) => at = close + 1,
            None => break,
        }
    }
    (at > start).then_some(at)
}

fn substitutions(chars: &[char], start: usize) -> Option<usize> {
    let mut at = start;
    loop {
        let open = |it: usize| chars.get(it) == Some(&'$') && chars.get(it + 1) == Some(&'(');
        let from = match chars.get(at) {
            Some(c) if *c != '$' && open(at + 1) => at + 1,
            _ if open(at) => at,
            _ => break,
        };
        match (from..chars.len()).take_while(|it| chars[*it] != '\n').find(|it| chars[*it] == ')') {
            Some(close) => at = close + 1,
            None => break,
        }
    }
    (at > start).then_some(at)
}

fn bare(chars: &[char], start: usize) -> Option<usize> {
    let length = chars[start..].iter().take_while(|c| !"\"' ".contains(**c)).count();
    (length > 0).then_some(start + length)
}

/// The scanner of travis-yml: `NAME=` and any number of quoted pieces and words without blanks.
fn parse(entry: &str) -> Vec<(String, String)> {
    let fail = |what: &str| -> ! { panic!("{what} in {entry:?}") };
    let (name, value) = entry.split_once('=').unwrap();
    let chars: Vec<char> = value.chars().collect();
    let mut at = 0;
    while at < chars.len() {
        match chars[at] {
            quote @ ('"' | '\'' | '`') => {
                let inside = chars[at + 1..].iter().position(|c| *c == quote);
                let inside = inside.unwrap_or_else(|| fail("a quote that never ends"));
                // There it tries to understand what is nested, as no shell does.
                if quote == '"' && chars[at + 1..at + 1 + inside].contains(&'\\') {
                    fail("a backslash between double quotes");
                }
                at += inside + 2;
            }
            c if c.is_ascii_whitespace() || c == '\u{b}' => fail("a blank"),
            '$' if matches!(chars.get(at + 1), Some('(' | '{')) => fail("a bare substitution"),
            '\\' => at += 2,
            _ => at += 1,
        }
    }
    vec![(name.to_owned(), value.to_owned())]
}

#[test]
fn what_travis_reads_otherwise_is_seen() {
    let one = |value: &str| search(&format!("A={value}")).first().map(|it| it.1.clone());
    for kept in ["x", "'a b'", "\"a b\"", "$'a\\x27b'", "'a'\"${B}\"", "", "$(date)"] {
        assert_eq!(one(kept).as_deref(), Some(kept));
    }
    for cut in ["'it'\\''s'", "abc'd e'", "a b", "'x\\'"] {
        assert_ne!(one(cut).as_deref(), Some(cut), "{cut}");
    }
}
