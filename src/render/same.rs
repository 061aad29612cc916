//! Whether two texts of a file say the same in the file's language, however they are laid out.

use granit_parser::{Event, Parser, ScalarStyle};

use super::{yaml, Language};

/// Whether two texts of the file at `path` differ in layout alone: YAML gives the same tree (comments do not count),
/// Groovy, Kotlin and XML differ only in blanks and blank lines outside of strings.
///
/// A text that cannot be read, and a file in a language in which blanks may mean something, such as a shell script,
/// is never the same.
///
/// ```
/// use ci_gen::render::same;
/// assert!(same(".gitlab-ci.yml", "a: [b]\n", "a:\n  - 'b' # c\n"));
/// assert!(!same(".gitlab-ci.yml", "a: [no]\n", "a: ['no']\n"));
/// assert!(same("Jenkinsfile", "node {\n\n\tsh 'a  b' \n}", "node {\n  sh 'a  b'\n}\n"));
/// assert!(!same("Jenkinsfile", "sh 'a  b'", "sh 'a b'"));
/// ```
pub fn same(path: &str, one: &str, other: &str) -> bool {
    match language(path) {
        Some(Language::Yaml) => nodes(one).is_some_and(|one| nodes(other).is_some_and(|other| one == other)),
        Some(Language::Groovy | Language::Kotlin) => lines(one) == lines(other),
        Some(Language::Xml) => pieces(one) == pieces(other),
        // No file that is generated into a repository is HTML.
        Some(Language::Html) | None => false,
    }
}

/// The language of a file by its name.
fn language(path: &str) -> Option<Language> {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rsplit_once('.') {
        _ if name.starts_with("Jenkinsfile") => Some(Language::Groovy),
        Some((_, "yml" | "yaml")) => Some(Language::Yaml),
        Some((_, "groovy" | "jenkinsfile")) => Some(Language::Groovy),
        Some((_, "kts" | "kt")) => Some(Language::Kotlin),
        Some((_, "xml")) => Some(Language::Xml),
        _ => None,
    }
}

/// What a YAML text is made of, in its order.
#[derive(Debug, PartialEq)]
enum Node {
    Document,
    List(Option<String>),
    Map(Option<String>),
    End,
    Alias(usize),
    /// A scalar without quotes whose type readers guess, not always in the same way.
    Guessed(String, Option<String>),
    Text(String, Option<String>),
}

/// The nodes of a YAML text; `None` if it is none.
fn nodes(text: &str) -> Option<Vec<Node>> {
    let mut nodes = Vec::new();
    for event in Parser::new_from_str(text) {
        let tag = |tag: Option<std::borrow::Cow<'_, granit_parser::Tag>>| {
            tag.map(|it| format!("{}{}", it.handle(), it.suffix()))
        };
        nodes.push(match event.ok()?.0 {
            Event::DocumentStart(..) => Node::Document,
            Event::SequenceStart(_, _, it) => Node::List(tag(it)),
            Event::MappingStart(_, _, it) => Node::Map(tag(it)),
            Event::SequenceEnd | Event::MappingEnd => Node::End,
            Event::Alias(id) => Node::Alias(id),
            Event::Scalar(text, ScalarStyle::Plain, _, it) if !yaml::is_plain(&text) => {
                Node::Guessed(text.into_owned(), tag(it))
            }
            Event::Scalar(text, _, _, it) => Node::Text(text.into_owned(), tag(it)),
            _ => continue,
        });
    }
    Some(nodes)
}

/// Lines of Groovy or Kotlin that hold anything, blanks outside of strings as few as possible.
///
/// The end of a line ends a statement, so lines are kept apart. Slashes around strings are not known: what ci-gen
/// writes has none, and a text that has them is not the same anyway.
fn lines(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '\'' | '"' => string(rest, c),
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |at| at + 2),
            c => c.len_utf8(),
        };
        let (piece, behind) = rest.split_at(length);
        rest = behind;
        if c == '\n' {
            lines.push(String::new());
        } else if let Some(line) = lines.last_mut() {
            match c.is_whitespace() {
                true if line.is_empty() || line.ends_with(' ') => {}
                true => line.push(' '),
                false => line.push_str(piece.trim_end()),
            }
        }
    }
    lines.iter().map(|line| line.trim_end().to_owned()).filter(|line| !line.is_empty()).collect()
}

/// The length of the string that a text begins with, in one or three quotes; a string in one ends with its line.
fn string(text: &str, quote: char) -> usize {
    let triple: String = [quote; 3].iter().collect();
    let end = if text.starts_with(&triple) { triple } else { quote.to_string() };
    let mut at = end.len();
    while let Some(c) = text[at..].chars().next() {
        if text[at..].starts_with(&end) {
            return at + end.len();
        }
        if c == '\n' && end.len() == 1 {
            return at;
        }
        at += c.len_utf8();
        if c == '\\' {
            at += text[at..].chars().next().map_or(0, char::len_utf8);
        }
    }
    text.len()
}

/// Marks and texts of XML, without the blanks between marks.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let length = if rest.starts_with("<!--") {
            rest.find("-->").map_or(rest.len(), |at| at + 3)
        } else if rest.starts_with('<') {
            rest.find('>').map_or(rest.len(), |at| at + 1)
        } else {
            rest.find('<').unwrap_or(rest.len())
        };
        let (piece, behind) = rest.split_at(length);
        rest = behind;
        pieces.extend((!piece.trim().is_empty()).then_some(piece));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layouts_of_one_yaml_tree_are_the_same() {
        let text = "# c\non:\n  push: {}\njobs:\n  a: 'x y'\n  b: |\n    one\n    two\n";
        for other in [
            "on: {push: {}}\njobs: {a: \"x y\", b: \"one\\ntwo\\n\"}\n",
            "---\non:\n    push: {} # why\n\njobs:\n    a: x y\n    b: |\n        one\n        two\n",
        ] {
            assert!(same("a.yml", text, other), "{other}");
        }
        for other in [
            "on:\n  push: {}\njobs:\n  b: |\n    one\n    two\n  a: x y\n",
            "on:\n  push: {}\njobs:\n  a: x  y\n  b: |\n    one\n    two\n",
            "'on':\n  push: {}\njobs:\n  a: x y\n  b: |\n    one\n    two\n",
            "on:\n  push: {}\njobs:\n  a: !x x y\n  b: |\n    one\n    two\n",
            "on:\n  push: []\njobs:\n  a: x y\n  b: |\n    one\n    two\n",
            "on: [",
        ] {
            assert!(!same("a.yml", text, other), "{other}");
        }
        for (one, other) in [("a: 1", "a: '1'"), ("a: yes", "a: 'yes'"), ("a: &x b\nc: *x", "a: b\nc: b")] {
            assert!(!same("a.yml", one, other), "{one}");
        }
        assert!(same("a.yml", "a: ~", "a:"));
        assert!(same("a.yml", "a: &x b\nc: *x\n", "a:   &y b\nc: *y\n"));
        assert!(!same("a.yml", "a: [", "a: ["), "what cannot be read");
    }

    #[test]
    fn blanks_outside_of_strings_do_not_count_in_code() {
        let text = "// don't\nnode {\n  sh 'a  b // c'\n  echo \"\"\"x\n   y\n\"\"\" /* it's\n  all */\n}\n";
        assert!(same("Jenkinsfile", text, &text.replace("  sh", "\t\tsh").replace("node {", "\nnode  { \n\n")));
        assert!(same("x/settings.kts", text, &text.replace("// don't", "// don't  ")));
        for (from, to) in
            [("a  b", "a b"), ("   y", "  y"), ("node {\n", "node {"), ("don't", "do not"), ("sh '", "sh'")]
        {
            assert!(!same("Jenkinsfile", text, &text.replace(from, to)), "{from:?}");
        }
        assert!(!same("run.sh", "a\n", "a \n"), "blanks may mean something in shell");
        assert!(same("Jenkinsfile", "x = 'a\\'  b'  \n", "x = 'a\\'  b'"));
        assert!(!same("Jenkinsfile", "x = 'a\\'  b'", "x = 'a\\' b'"));
    }

    #[test]
    fn blanks_between_marks_do_not_count_in_xml() {
        let text = "<!-- a > b -->\n<p>\n  <a>x  y</a>\n</p>\n";
        assert!(same("pom.xml", text, "<!-- a > b --><p><a>x  y</a></p>"));
        for (from, to) in [("x  y", "x y"), ("a > b", "a >  b"), ("<a>x", "<a> x")] {
            assert!(!same("pom.xml", text, &text.replace(from, to)), "{from}");
        }
    }
}
