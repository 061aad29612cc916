//! What a system's YAML may say, as far as overrides are checked against it.

use serde_json::{Map, Value};

use crate::{systems::outline::Path, yaml::Node};

/// The keys that a system's language knows, and where its jobs are.
pub struct Language {
    /// The tables whose keys are known; of several that fit, the first counts.
    pub(in crate::systems) tables: &'static [Table],
    /// Keys that stand behind all others of their table, such as `steps`: new keys go before them.
    pub(in crate::systems) last: &'static [&'static str],
    /// Lists and tables with empty lines between their children.
    pub(in crate::systems) spaced: &'static [&'static str],
    /// Keys of a job that stand where the job is used, for a system that defines and uses jobs apart.
    pub(in crate::systems) of_use: &'static [&'static str],
    /// How native jobs are called, and where others are named.
    pub(in crate::systems) jobs: fn(&Node) -> Jobs,
    /// What adding a native job to a document means.
    pub(in crate::systems) raw: fn(&str, &Map<String, Value>, &Node) -> Vec<RawJob>,
    /// What a step is where it has no keys of its own; empty where steps have keys.
    pub(in crate::systems) step_is: &'static str,
    /// Whether the generated file has every scalar in quotes, because the vendor's schema knows strings only.
    pub(in crate::systems) texts_only: bool,
    /// The forms of a step.
    pub(in crate::systems) step: Form,
    /// Whether jobs are keys of the document itself, beside those of the language.
    pub(in crate::systems) jobs_at_root: bool,
    /// What names of jobs may hold beside letters, digits and `_`; `*` for everything.
    pub(in crate::systems) name_characters: &'static str,
}

/// The keys of the tables at a path.
pub struct Table {
    /// Keys separated by `/`, `*` for any.
    pub(in crate::systems) at: &'static str,
    /// What it is, as in "no key of a job".
    pub(in crate::systems) what: &'static str,
    /// Forms of values, and the keys that take them, separated by blanks; `*/*` stands for every key with a `/` in it.
    pub(in crate::systems) keys: &'static [(Form, &'static str)],
    /// The page of the vendor's documentation that lists them.
    pub(in crate::systems) source: &'static str,
}

/// Forms of values, added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form(u8);

impl Form {
    /// A string.
    pub(in crate::systems) const TEXT: Form = Form(1);
    /// `true` or `false`.
    pub(in crate::systems) const TRUTH: Form = Form(2);
    /// A number.
    pub(in crate::systems) const NUMBER: Form = Form(4);
    /// A list.
    pub(in crate::systems) const LIST: Form = Form(8);
    /// A table.
    pub(in crate::systems) const TABLE: Form = Form(16);
    /// A string, or a list of them.
    pub(in crate::systems) const TEXTS: Form = Form::TEXT.or(Form::LIST);
    /// A number, or a string that stands for one.
    pub(in crate::systems) const NUMERIC: Form = Form::TEXT.or(Form::NUMBER);
    /// `true` or `false`, or a string that stands for them.
    pub(in crate::systems) const LOGICAL: Form = Form::TEXT.or(Form::TRUTH);
    /// Anything in one piece.
    pub(in crate::systems) const SCALAR: Form = Form::NUMERIC.or(Form::TRUTH);
    /// Anything.
    pub(in crate::systems) const ANY: Form = Form(31);

    /// One form or the other.
    pub(in crate::systems) const fn or(self, other: Form) -> Form {
        Form(self.0 | other.0)
    }

    /// Whether a value has one of the forms.
    pub(super) fn has(self, value: &Value) -> bool {
        let form = match value {
            Value::String(_) => Form::TEXT,
            Value::Bool(_) => Form::TRUTH,
            Value::Number(_) => Form::NUMBER,
            Value::Array(_) => Form::LIST,
            Value::Object(_) => Form::TABLE,
            Value::Null => return false,
        };
        self.0 & form.0 != 0
    }

    /// The forms in words.
    pub(super) fn words(self) -> String {
        let words = [
            (Form::TEXT, "a string"),
            (Form::TRUTH, "`true` or `false`"),
            (Form::NUMBER, "a number"),
            (Form::LIST, "a list"),
            (Form::TABLE, "a table"),
        ];
        let words: Vec<&str> = words.iter().filter(|(it, _)| self.0 & it.0 != 0).map(|(_, word)| *word).collect();
        match words.as_slice() {
            [head @ .., last] if !head.is_empty() => format!("{} or {last}", head.join(", ")),
            words => words.concat(),
        }
    }
}

/// The native jobs of a document.
#[derive(Debug, Default)]
pub struct Jobs {
    /// What they are called where others name them.
    pub(in crate::systems) names: Vec<String>,
    /// Where a job names another one, and which.
    pub(in crate::systems) references: Vec<(Path, String)>,
}

/// A part of adding a native job.
pub enum RawJob {
    /// The value of a new key.
    Entry(Path, Value),
    /// A new element of a list.
    Element(Path, Value),
}

impl Language {
    /// The table whose keys stand at a path.
    pub(super) fn table(&self, path: &[String]) -> Option<&'static Table> {
        self.tables.iter().find(|table| fits(table.at, path))
    }

    /// A value as the file has it.
    pub(super) fn written(&self, value: &Value) -> Value {
        match value {
            Value::Bool(_) | Value::Number(_) if self.texts_only => Value::String(value.to_string()),
            Value::Array(list) => list.iter().map(|it| self.written(it)).collect(),
            Value::Object(table) => {
                Value::Object(table.iter().map(|(key, it)| (key.clone(), self.written(it))).collect())
            }
            _ => value.clone(),
        }
    }

    /// Whether a key of the document is a job rather than a key of the language.
    pub(in crate::systems) fn is_job(&self, key: &str) -> bool {
        self.table(&[]).is_some_and(|table| !table.knows(key))
    }

    /// Whether new keys may follow that key in the table at a path.
    pub(super) fn leads(&self, path: &[String], key: &str) -> bool {
        let known = self.table(path).is_none_or(|table| table.knows(key));
        known && !self.last.contains(&key)
    }

    /// Whether empty lines stand between the children at a path.
    pub(super) fn is_spaced(&self, path: &[String]) -> bool {
        self.spaced.iter().any(|it| fits(it, path))
    }
}

impl Table {
    fn knows(&self, key: &str) -> bool {
        self.form(key).is_some()
    }

    /// The form of a key's value; `None` if there is no such key.
    pub(super) fn form(&self, key: &str) -> Option<Form> {
        let has = |keys: &str| keys.split(' ').any(|pattern| matches(pattern, key));
        self.keys.iter().find(|(_, keys)| has(keys)).map(|(form, _)| *form)
    }

    /// Every key, but for patterns.
    pub(super) fn known(&self) -> Vec<&'static str> {
        self.keys.iter().flat_map(|(_, keys)| keys.split(' ')).filter(|it| !it.contains('*')).collect()
    }
}

/// `*` stands for any characters, one at least.
fn matches(pattern: &str, key: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == key,
        Some((before, after)) => key.strip_prefix(before).is_some_and(|rest| {
            let mut ends = rest.char_indices().map(|(at, c)| at + c.len_utf8());
            ends.any(|end| matches(after, &rest[end..]) || after.is_empty() && end == rest.len())
        }),
    }
}

fn fits(pattern: &str, path: &[String]) -> bool {
    let segments: Vec<&str> = if pattern.is_empty() { Vec::new() } else { pattern.split('/').collect() };
    segments.len() == path.len() && segments.iter().zip(path).all(|(it, key)| *it == "*" || it == key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_may_be_patterns() {
        let table = Table { at: "", what: "", keys: &[(Form::TEXT, "run */* ${{*"), (Form::ANY, "with")], source: "" };
        for key in ["run", "with", "slack/notify", "${{ if x }}"] {
            assert!(table.knows(key), "{key}");
        }
        for key in ["", "runs", "$", "slack", "slack/"] {
            assert!(!table.knows(key), "{key}");
        }
        assert_eq!(table.known(), ["run", "with"]);
    }

    #[test]
    fn forms_are_said_in_words() {
        assert_eq!(Form::TEXTS.words(), "a string or a list");
        assert_eq!(Form::NUMBER.words(), "a number");
        assert!(Form::NUMERIC.has(&Value::from(3)) && !Form::NUMERIC.has(&Value::from(true)));
    }
}
