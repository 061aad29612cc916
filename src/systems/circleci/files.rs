//! Globs as shell commands that print the matching files, for steps that take one path only.
//!
//! `*` and `?` are the shell's own; only bash knows `**`, and not every one of them, so `find` looks for those.

use super::native::Native;
use crate::{
    plan::{Expr, Part, Text},
    script::Insert,
};

/// Stands for a value while a pattern is taken apart.
const VALUE: char = '\u{f8ff}';

/// A glob with marks in place of its values.
struct Pattern {
    text: String,
    variables: Vec<String>,
}

impl Pattern {
    fn new(insert: &dyn Fn(&Expr) -> Insert, text: &Text) -> Self {
        let mut pattern = Pattern { text: String::new(), variables: Vec::new() };
        for part in &text.parts {
            match part {
                Part::Lit(literal) => pattern.text.push_str(literal),
                Part::Expr(expr) => match insert(expr) {
                    Insert::Literal(literal) => pattern.text.push_str(&literal),
                    Insert::Variable(name) => {
                        pattern.text.push(VALUE);
                        pattern.variables.push(name);
                    }
                },
            }
        }
        if let Some(rest) = pattern.text.strip_prefix("./") {
            pattern.text = rest.to_owned();
        }
        pattern
    }

    /// Some part of the pattern, every character but `VALUE` printed by `print`.
    fn write(&self, range: std::ops::Range<usize>, value: (&str, &str), print: impl Fn(char) -> String) -> String {
        let before = self.text[..range.start].matches(VALUE).count();
        let mut variables = self.variables.iter().skip(before);
        let part = self.text[range].chars();
        part.map(|c| match c {
            VALUE => format!("{}${{{}}}{}", value.0, variables.next().map_or("", String::as_str), value.1),
            c => print(c),
        })
        .collect()
    }

    /// A word that the shell expands.
    fn expanded(&self, end: usize) -> String {
        let start = if self.text.starts_with('-') { "./" } else { "" };
        let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=,@%+*?".contains(c);
        let word = self.write(0..end, ("\"", "\""), |c| if plain(c) { c.to_string() } else { format!("\\{c}") });
        format!("{start}{word}")
    }

    /// A command that prints the files.
    fn command(&self) -> Option<String> {
        let stars = self.text.find("**")?;
        let slash = self.text[..stars].rfind('/');
        let root = slash.map_or_else(|| ".".to_owned(), |end| self.expanded(end));
        let hidden = if slash.is_none() { " -not -path './.git/*'" } else { "" };
        let from = slash.map_or(0, |slash| slash + 1);
        let rest = &self.text[from..];
        let name = rest.strip_prefix("**/").filter(|it| !it.contains('/') && !it.contains("**"));
        let filter = match (rest, name) {
            ("**", _) => String::new(),
            (_, Some(name)) => format!(" -name {}", self.quoted(self.text.len() - name.len()..self.text.len())),
            _ => {
                let dot = if slash.is_none() { "[.]/" } else { "" };
                format!(" 2>/dev/null | grep -Ex {}", self.regex(dot))
            }
        };
        let silent = if filter.contains("2>") { "" } else { " 2>/dev/null" };
        Some(format!("find {root} -type f{hidden}{filter}{silent} || true"))
    }

    /// A pattern for `find` in quotes.
    fn quoted(&self, range: std::ops::Range<usize>) -> String {
        if !self.text[range.clone()].contains(VALUE) {
            let text: String =
                self.text[range].chars().map(|c| if c == '[' { "[[]".into() } else { c.to_string() }).collect();
            return format!("'{}'", text.replace('\'', r"'\''"));
        }
        let print = |c: char| match c {
            '[' => "[[]".to_owned(),
            '\\' | '$' | '`' | '"' => format!("\\{c}"),
            c => c.to_string(),
        };
        format!("\"{}\"", self.write(range, ("", ""), print))
    }

    /// An extended regular expression for the whole path, in quotes.
    fn regex(&self, before: &str) -> String {
        let mut out = String::from(before);
        let mut variables = self.variables.iter();
        let mut rest = self.text.as_str();
        while let Some(c) = rest.chars().next() {
            let (piece, length) = match c {
                '*' if rest.starts_with("**/") => ("([^/]+/)*".to_owned(), 3),
                '*' if rest.starts_with("**") => (".*".to_owned(), 2),
                '*' => ("[^/]*".to_owned(), 1),
                '?' => ("[^/]".to_owned(), 1),
                VALUE => (format!("${{{}}}", variables.next().map_or("", String::as_str)), c.len_utf8()),
                '^' | '\\' | ']' => (format!("\\{c}"), c.len_utf8()),
                c if ".+()|[{}$".contains(c) => (format!("[{c}]"), c.len_utf8()),
                c => (c.to_string(), c.len_utf8()),
            };
            out.push_str(&piece);
            rest = &rest[length..];
        }
        match self.variables.is_empty() {
            true => format!("'{}'", out.replace('\'', r"'\''")),
            // Beside the values only these mean something in double quotes.
            false => {
                let out = out.replace('\\', r"\\").replace("[$]", r"[\$]");
                format!("\"{}\"", out.replace('"', "\\\"").replace('`', "\\`"))
            }
        }
    }
}

/// Commands that print the files that match, one a line. Patterns that match nothing may be printed, too.
fn list(patterns: &[Pattern]) -> String {
    let mut commands: Vec<String> = patterns.iter().filter_map(Pattern::command).collect();
    let words = words(patterns);
    if !words.is_empty() {
        commands.push(format!("printf '%s\\n' {words}"));
    }
    match commands.as_slice() {
        [one] if !one.contains("||") => one.clone(),
        _ => format!("{{\n  {}\n}}", commands.join("\n  ")),
    }
}

fn patterns(native: &Native<'_>, globs: &[Text]) -> Vec<Pattern> {
    globs.iter().map(|it| Pattern::new(&|expr| native.insert(expr), it)).collect()
}

fn words(patterns: &[Pattern]) -> String {
    let flat = patterns.iter().filter(|it| !it.text.contains("**"));
    flat.map(|it| it.expanded(it.text.len())).collect::<Vec<_>>().join(" ")
}

/// Commands that copy the files that match below a directory, at the paths they have.
pub(super) fn copy(native: &Native<'_>, globs: &[Text], to: &str) -> String {
    format!(
        "mkdir -p {to}\n\
         {} | while IFS= read -r file; do\n\
         \x20 if [ -e \"$file\" ]; then\n\
         \x20   mkdir -p \"{to}/$(dirname \"$file\")\"\n\
         \x20   cp -R \"$file\" \"{to}/$(dirname \"$file\")\"\n\
         \x20 fi\n\
         done",
        list(&patterns(native, globs))
    )
}

/// Commands that put the files that match into one.
pub(super) fn concatenate(native: &Native<'_>, globs: &[Text], to: &str) -> String {
    let patterns = patterns(native, globs);
    if patterns.iter().all(|it| !it.text.contains("**")) {
        return format!("cat {} > {to} || true", words(&patterns));
    }
    format!(
        "{} | LC_ALL=C sort | while IFS= read -r file; do\n\
         \x20 if [ -f \"$file\" ]; then cat \"$file\"; fi\n\
         done > {to}",
        list(&patterns)
    )
}

/// Whether the path is one file or directory.
pub(super) fn is_single(glob: &Text) -> bool {
    glob.parts.iter().all(|part| match part {
        Part::Lit(literal) => !literal.contains(['*', '?', '[']),
        Part::Expr(_) => true,
    })
}

/// The one directory in which everything matches that the globs name; `None` if there is no such directory.
pub(super) fn directory(globs: &[Text], below: &[&str]) -> Option<Text> {
    let mut directory: Option<Text> = None;
    for glob in globs {
        let Some(Part::Lit(last)) = glob.parts.last() else { return None };
        let ending = below.iter().find(|it| last.ends_with(**it))?;
        let mut text = Text { parts: glob.parts[..glob.parts.len() - 1].to_vec() };
        text.push_lit(&last[..last.len() - ending.len()]);
        let here = is_single(&text) && !text.is_empty() && text.exprs().all(|expr| matches!(expr, Expr::Matrix(_)));
        if !here || directory.as_ref().is_some_and(|it| *it != text) {
            return None;
        }
        directory = Some(text);
    }
    directory
}

#[cfg(test)]
mod tests {
    use std::{fs, process::Command};

    use super::*;
    use crate::plan::Glob;

    const FILES: &[&str] = &[
        "a.xml",
        "b.txt",
        "x/a.xml",
        "x/y/a.xml",
        "x/y/z/b.xml",
        "x/my file.xml",
        "x/it's.xml",
        "x/1.2/c.xml",
        "x/1x2/c.xml",
        "src/target/app.jar",
        "m/target/app.jar",
        "m/target/deep/app.jar",
        "-dash.xml",
        "x/we[ird].xml",
    ];

    /// What the commands print that is there, in every shell that may run them.
    fn matched(globs: &[&str]) -> Vec<String> {
        let directory = tempfile::tempdir().unwrap();
        for file in FILES {
            let path = directory.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let texts = globs.iter().map(|it| Text::parse(it).unwrap());
        let patterns: Vec<Pattern> = texts.map(|it| Pattern::new(&|_| Insert::Variable("VALUE".into()), &it)).collect();
        let script = format!(
            "{} | while IFS= read -r file; do if [ -e \"$file\" ]; then echo \"$file\"; fi; done",
            list(&patterns)
        );
        let output = Command::new("bash")
            .args(["-eo", "pipefail", "-c", &script])
            .env("VALUE", "1.2")
            .env("LC_ALL", "C")
            .current_dir(directory.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{script}\n{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        let mut files: Vec<String> = text.lines().map(|it| it.strip_prefix("./").unwrap_or(it).to_owned()).collect();
        files.sort();
        files
    }

    #[test]
    fn shells_find_what_the_patterns_match() {
        let globs = [
            "*.xml",
            "**/*.xml",
            "x/**",
            "x/*.xml",
            "x/**/*.xml",
            "**/target/*.jar",
            "**/target/**/*.jar",
            "x/?/a.xml",
            "none/**",
            "none/*.xml",
            "-dash.xml",
            "x/**/z/*",
            "**/a.xml",
            "x/y/z**",
            "m/**/app.jar",
        ];
        for text in globs {
            let glob = Glob::parse(text).unwrap();
            let mut expected: Vec<&str> = FILES.iter().copied().filter(|it| glob.matches(it)).collect();
            expected.sort_unstable();
            assert_eq!(matched(&[text]), expected, "{text}");
        }
    }

    #[test]
    fn values_and_odd_names_are_plain_text() {
        assert_eq!(matched(&["x/{{ matrix.v }}/*.xml"]), ["x/1.2/c.xml"]);
        assert_eq!(
            matched(&["**/{{ matrix.v }}/c.*", "x/my file.xml"]),
            ["x/1.2/c.xml", "x/1x2/c.xml", "x/my file.xml"]
        );
        assert_eq!(matched(&["x/it's.xml", "x/we[ird].xml", "x/$(touch y).xml"]), ["x/it's.xml", "x/we[ird].xml"]);
        assert_eq!(matched(&["x/**/it's.*"]), ["x/it's.xml"]);
    }

    #[test]
    fn one_directory_is_found_where_there_is_one() {
        let texts = |globs: &[&str]| globs.iter().map(|it| Text::parse(it).unwrap()).collect::<Vec<_>>();
        let below = ["/**/*.xml", "/*.xml", "/**"];
        assert_eq!(directory(&texts(&["out/a/*.xml", "out/a/**/*.xml"]), &below), Some(Text::literal("out/a")));
        for globs in
            [&["a/*.xml", "b/*.xml"][..], &["*.xml"], &["a*/x/*.xml"], &["a/x.xml"], &["a/{{ shard.index }}/*.xml"]]
        {
            assert_eq!(directory(&texts(globs), &below), None, "{globs:?}");
        }
    }
}
