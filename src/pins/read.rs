//! A lock, or the defaults, from text.

use toml::{
    de::{DeTable, DeValue},
    Spanned,
};

use super::{is_commit, is_digest, lock, Image, Kind, Pin, Set};

/// What is wrong with a lock, and in which line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong, in one line without a full stop.
    pub message: String,
}

/// Reads a lock.
///
/// # Errors
/// Everything that is wrong with it, by line.
pub fn read(text: &str) -> Result<Set, Vec<Fault>> {
    let mut reader = Reader { text, faults: Vec::new(), set: Set::new() };
    match DeTable::parse(text) {
        Ok(table) => reader.document(table.get_ref()),
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            reader.fault(at, error.message().lines().next().unwrap_or("it is no TOML").to_owned());
        }
    }
    reader.faults.sort_by_key(|it| it.line);
    match reader.faults.is_empty() {
        true => Ok(reader.set),
        false => Err(reader.faults),
    }
}

type Entry<'a> = Spanned<DeValue<'a>>;

struct Reader<'a> {
    text: &'a str,
    faults: Vec<Fault>,
    set: Set,
}

impl Reader<'_> {
    fn fault(&mut self, at: usize, message: String) {
        let line = self.text.as_bytes()[..at.min(self.text.len())].iter().filter(|it| **it == b'\n').count() + 1;
        self.faults.push(Fault { line, message });
    }

    fn document(&mut self, table: &DeTable<'_>) {
        let mut has_schema = false;
        for (key, value) in table {
            let (name, at) = (key.get_ref().as_ref(), key.span().start);
            if name == "schema" {
                has_schema = true;
                let known = matches!(value.get_ref(), DeValue::Integer(it) if it.as_str().parse() == Ok(lock::SCHEMA));
                if !known {
                    self.fault(at, format!("this ci-gen knows `schema = {}` only", lock::SCHEMA));
                }
                continue;
            }
            match (Kind::ALL.iter().find(|kind| kind.table() == name), value.get_ref()) {
                (None, _) => self.fault(at, format!("unknown key `{name}`")),
                (Some(kind), DeValue::Table(entries)) => {
                    for (name, entry) in entries {
                        self.entry(*kind, name.get_ref(), name.span().start, entry);
                    }
                }
                (Some(_), _) => self.fault(at, format!("`{name}` is no table")),
            }
        }
        if !has_schema {
            self.fault(0, format!("it lacks `schema = {}`", lock::SCHEMA));
        }
    }

    fn entry(&mut self, kind: Kind, name: &str, at: usize, entry: &Entry<'_>) {
        let pin = match (kind, entry.get_ref()) {
            (Kind::Orb, DeValue::String(version)) => Ok(Pin { version: version.to_string(), hash: None }),
            (Kind::Orb, _) => Err(format!("the orb `{name}` needs a version in quotes")),
            (Kind::Action, DeValue::Table(table)) => action(name, table),
            (Kind::Image, DeValue::Table(table)) => image(name, table),
            (Kind::Action | Kind::Image, _) => Err(format!("the {} `{name}` needs a table", kind.key())),
        };
        match pin {
            Ok(pin) => {
                self.set.insert((kind, name.to_owned()), pin);
            }
            Err(message) => self.fault(at, message),
        }
    }
}

/// The values of the keys that a table may have.
fn texts<'a, const N: usize>(
    name: &str,
    table: &'a DeTable<'_>,
    keys: [&str; N],
) -> Result<[Option<&'a str>; N], String> {
    let mut values = [None; N];
    for (key, value) in table {
        let key = key.get_ref().as_ref();
        let index = keys.iter().position(|it| *it == key).ok_or_else(|| format!("unknown key `{key}` of `{name}`"))?;
        match value.get_ref() {
            DeValue::String(text) => values[index] = Some(text.as_ref()),
            _ => return Err(format!("`{key}` of `{name}` is no string")),
        }
    }
    Ok(values)
}

fn action(name: &str, table: &DeTable<'_>) -> Result<Pin, String> {
    let [tag, commit] = texts(name, table, ["tag", "commit"])?;
    match (tag, commit) {
        (Some(tag), Some(commit)) if is_commit(commit) => {
            Ok(Pin { version: tag.to_owned(), hash: Some(commit.to_owned()) })
        }
        (_, Some(commit)) if !is_commit(commit) => {
            Err(format!("`commit` of `{name}` is not 40 hexadecimal digits, but `{commit}`"))
        }
        _ => Err(format!("the action `{name}` needs `tag` and `commit`")),
    }
}

fn image(name: &str, table: &DeTable<'_>) -> Result<Pin, String> {
    let [tag, digest] = texts(name, table, ["tag", "digest"])?;
    if let Some(digest) = digest.filter(|it| !is_digest(it)) {
        return Err(format!("`digest` of `{name}` is not `sha256:` and 64 hexadecimal digits, but `{digest}`"));
    }
    let hash = digest.map(str::to_owned);
    match (Image::parse(name), tag) {
        (Some(Image { digest: None, tag: Some(tag), .. }), None) => Ok(Pin { version: tag.to_owned(), hash }),
        (Some(Image { digest: None, tag: None, .. }), Some(tag)) => Ok(Pin { version: tag.to_owned(), hash }),
        (Some(_), _) => Err(format!("the image `{name}` needs one tag, in its name or as `tag`")),
        (None, _) => Err(format!("`{name}` is no image")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pins::to_text;

    #[test]
    fn what_is_written_is_read_back() {
        let digest = format!("sha256:{}", "ab".repeat(32));
        let pin =
            |version: &str, hash: Option<&str>| Pin { version: version.to_owned(), hash: hash.map(str::to_owned) };
        let set = Set::from([
            ((Kind::Action, "a/b/c".to_owned()), pin("v1", Some(&"12".repeat(20)))),
            ((Kind::Image, "localhost:5000/x".to_owned()), pin("2", None)),
            ((Kind::Image, "y:3".to_owned()), pin("3", Some(&digest))),
            ((Kind::Image, "z:3".to_owned()), pin("3", None)),
            ((Kind::Orb, "o/p".to_owned()), pin("1.2.3", None)),
        ]);
        assert_eq!(read(&to_text(&set, "x")), Ok(set));
    }

    #[test]
    fn faults_have_lines() {
        let text = "schema = 2\n[actions]\n\"a/b\" = { tag = \"v1\" }\n\"c/d\" = { tag = \"v1\", commit = \"1\" }\n\
                    [images]\n\"x\" = {}\n\"y:1\" = { digest = \"z\" }\n[orbs]\n\"o/p\" = 1\n[others]\n";
        let lines: Vec<usize> = read(text).unwrap_err().iter().map(|it| it.line).collect();
        assert_eq!(lines, [1, 3, 4, 6, 7, 9, 10]);
        assert_eq!(read("schema = 1\n<<<<<<< main\n").unwrap_err()[0].line, 2);
    }
}
