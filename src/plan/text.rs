//! Strings of a spec with their `{{ … }}` values taken apart.

use std::fmt;

/// A value that is known only when the pipeline runs, or only per leg.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Expr {
    /// `{{ matrix.NAME }}`: the leg's value on that axis, empty where the leg has none.
    Matrix(String),
    /// `{{ shard.index }}`: from 1.
    ShardIndex,
    /// `{{ shard.total }}`
    ShardTotal,
    /// `{{ input.NAME }}`: what the person who started the run chose, else the default.
    Input(String),
    /// `{{ git.sha }}`: the commit under test.
    GitSha,
    /// `{{ git.branch }}`: the branch (of a pull request: its source branch), empty for a tag.
    GitBranch,
    /// `{{ git.tag }}`: the tag, empty for a branch.
    GitTag,
    /// `{{ env.NAME }}`: a variable of the spec's or the job's `env`.
    Env(String),
    /// `{{ service.NAME.host }}`: where the job reaches the service.
    ServiceHost(String),
    /// `{{ service.NAME.port }}`
    ServicePort(String),
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expr::Matrix(name) => write!(f, "matrix.{name}"),
            Expr::ShardIndex => f.write_str("shard.index"),
            Expr::ShardTotal => f.write_str("shard.total"),
            Expr::Input(name) => write!(f, "input.{name}"),
            Expr::GitSha => f.write_str("git.sha"),
            Expr::GitBranch => f.write_str("git.branch"),
            Expr::GitTag => f.write_str("git.tag"),
            Expr::Env(name) => write!(f, "env.{name}"),
            Expr::ServiceHost(name) => write!(f, "service.{name}.host"),
            Expr::ServicePort(name) => write!(f, "service.{name}.port"),
        }
    }
}

/// One piece of a [`Text`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// Printed as it is.
    Lit(String),
    /// Filled in later.
    Expr(Expr),
}

/// A string of the spec: literal text and values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Text {
    /// In order; literals are never empty and never adjacent.
    pub parts: Vec<Part>,
}

/// What [`Text::parse`] found wrong between two braces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextError {
    /// One of the codes `expression-syntax`, `expression-unknown`, `secret-in-text`.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// The way out.
    pub help: String,
    /// What stands between the braces.
    pub text: String,
}

impl Text {
    /// A text without values.
    pub fn literal(text: impl Into<String>) -> Self {
        let mut out = Text::default();
        out.push_lit(&text.into());
        out
    }

    /// A text that is one value.
    pub fn expr(expr: Expr) -> Self {
        Text { parts: vec![Part::Expr(expr)] }
    }

    /// Takes `{{ … }}` apart. A `{{` behind a `$` belongs to another language and stays as it is.
    ///
    /// ```
    /// use ci_gen::plan::{Expr, Part, Text};
    /// let text = Text::parse("py{{ matrix.python }} ${{ x }}").unwrap();
    /// assert_eq!(text.parts[1], Part::Expr(Expr::Matrix("python".into())));
    /// assert_eq!(text.parts[2], Part::Lit(" ${{ x }}".into()));
    /// ```
    ///
    /// # Errors
    /// Everything between double braces that is no value, each with the fix.
    pub fn parse(text: &str) -> Result<Text, Vec<TextError>> {
        let mut out = Text::default();
        let mut errors = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find("{{") {
            let (before, tail) = rest.split_at(at);
            let inner = &tail[2..];
            if before.ends_with('$') {
                out.push_lit(&rest[..at + 2]);
                rest = inner;
                continue;
            }
            out.push_lit(before);
            match braces(inner) {
                Braces::Quoted(literal, after) => {
                    out.push_lit(&literal);
                    rest = after;
                }
                Braces::Name(name, after) => {
                    match value(name) {
                        Ok(expr) => out.push_expr(expr),
                        Err(error) => errors.push(error),
                    }
                    rest = after;
                }
                Braces::Open => {
                    errors.push(TextError {
                        code: "expression-syntax",
                        message: "`{{` is never closed".into(),
                        help: "close it with `}}`, or write `{{ \"{{\" }}` for two literal braces".into(),
                        text: inner.trim().to_owned(),
                    });
                    rest = "";
                }
            }
        }
        out.push_lit(rest);
        if errors.is_empty() {
            Ok(out)
        } else {
            Err(errors)
        }
    }

    /// Appends literal text.
    pub fn push_lit(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        match self.parts.last_mut() {
            Some(Part::Lit(last)) => last.push_str(text),
            _ => self.parts.push(Part::Lit(text.to_owned())),
        }
    }

    /// Appends a value.
    pub fn push_expr(&mut self, expr: Expr) {
        self.parts.push(Part::Expr(expr));
    }

    /// Appends another text.
    pub fn push(&mut self, other: &Text) {
        for part in &other.parts {
            match part {
                Part::Lit(text) => self.push_lit(text),
                Part::Expr(expr) => self.push_expr(expr.clone()),
            }
        }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The values in it, in order, with repetitions.
    pub fn exprs(&self) -> impl Iterator<Item = &Expr> {
        self.parts.iter().filter_map(|part| match part {
            Part::Expr(expr) => Some(expr),
            Part::Lit(_) => None,
        })
    }

    /// The text itself, when it holds no values.
    pub fn as_literal(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Lit(text)] => Some(text),
            _ => None,
        }
    }

    /// The text with every value that `known` answers put in its place.
    pub fn fill(&self, known: impl Fn(&Expr) -> Option<Text>) -> Text {
        let mut out = Text::default();
        for part in &self.parts {
            match part {
                Part::Lit(text) => out.push_lit(text),
                Part::Expr(expr) => match known(expr) {
                    Some(text) => out.push(&text),
                    None => out.push_expr(expr.clone()),
                },
            }
        }
        out
    }

    /// The text as a string, with every value printed by `print`; literals pass through `escape`.
    pub fn write(&self, escape: impl Fn(&str) -> String, print: impl Fn(&Expr) -> String) -> String {
        self.parts
            .iter()
            .map(|part| match part {
                Part::Lit(text) => escape(text),
                Part::Expr(expr) => print(expr),
            })
            .collect()
    }
}

enum Braces<'a> {
    Quoted(String, &'a str),
    Name(&'a str, &'a str),
    Open,
}

/// Reads what follows `{{` up to and including `}}`.
fn braces(inner: &str) -> Braces<'_> {
    let trimmed = inner.trim_start();
    if let Some(quote @ ('"' | '\'')) = trimmed.chars().next() {
        let mut literal = String::new();
        let mut chars = trimmed[1..].char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' if quote == '"' => literal.extend(chars.next().map(|(_, escaped)| escaped)),
                c if c == quote => {
                    if let Some(after) = trimmed[1 + at + 1..].trim_start().strip_prefix("}}") {
                        return Braces::Quoted(literal, after);
                    }
                    break;
                }
                c => literal.push(c),
            }
        }
    }
    match inner.find("}}") {
        Some(end) => Braces::Name(inner[..end].trim(), &inner[end + 2..]),
        None => Braces::Open,
    }
}

/// The forms that [`value`] knows, as help shows them.
const FORMS: &str = "matrix.NAME, shard.index, shard.total, input.NAME, git.sha, git.branch, git.tag, env.NAME, \
                     service.NAME.host and service.NAME.port";

fn value(name: &str) -> Result<Expr, TextError> {
    let segments: Vec<&str> = name.split('.').collect();
    let word = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if !segments.iter().all(|it| word(it)) {
        let quoted = format!("{{{{ {name} }}}}").replace('\\', "\\\\").replace('"', "\\\"");
        return Err(TextError {
            code: "expression-syntax",
            message: format!("`{{{{ {name} }}}}` is not a value of ci-gen"),
            help: format!("values are {FORMS}; to print the text itself write {{{{ \"{quoted}\" }}}}"),
            text: name.to_owned(),
        });
    }
    match segments.as_slice() {
        ["matrix", axis] => Ok(Expr::Matrix((*axis).to_owned())),
        ["shard", "index"] => Ok(Expr::ShardIndex),
        ["shard", "total"] => Ok(Expr::ShardTotal),
        ["input", input] => Ok(Expr::Input((*input).to_owned())),
        ["git", "sha"] => Ok(Expr::GitSha),
        ["git", "branch"] => Ok(Expr::GitBranch),
        ["git", "tag"] => Ok(Expr::GitTag),
        ["env", variable] => Ok(Expr::Env((*variable).to_owned())),
        ["service", service, "host"] => Ok(Expr::ServiceHost((*service).to_owned())),
        ["service", service, "port"] => Ok(Expr::ServicePort((*service).to_owned())),
        ["secret" | "secrets", secret] => Err(TextError {
            code: "secret-in-text",
            message: format!("the secret `{secret}` would become part of the text"),
            help: format!(
                "list it under the job's `secrets = [\"{secret}\"]` and read the environment variable {secret}"
            ),
            text: name.to_owned(),
        }),
        _ => Err(TextError {
            code: "expression-unknown",
            message: format!("`{{{{ {name} }}}}` is not a value of ci-gen"),
            help: format!("values are {FORMS}; to print the text itself write {{{{ \"{{{{ {name} }}}}\" }}}}"),
            text: name.to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_string_prints_itself() {
        let text = Text::parse(r#"docker ps --format '{{ "{{.Id}}" }}' {{ '"' }}"#).unwrap();
        assert_eq!(text, Text::literal(r#"docker ps --format '{{.Id}}' ""#));
    }

    #[test]
    fn other_languages_keep_their_braces() {
        let text = Text::parse("a ${{ github.sha }} b }} c").unwrap();
        assert_eq!(text, Text::literal("a ${{ github.sha }} b }} c"));
    }

    #[test]
    fn every_fault_is_reported_with_its_fix() {
        let errors = Text::parse("{{.Id}} {{ secret.X }} {{ matrx.x }} {{ open").unwrap_err();
        let codes: Vec<&str> = errors.iter().map(|it| it.code).collect();
        assert_eq!(codes, ["expression-syntax", "secret-in-text", "expression-unknown", "expression-syntax"]);
        assert!(errors[0].help.contains(r#"{{ "{{ .Id }}" }}"#), "{}", errors[0].help);
    }

    #[test]
    fn filling_merges_literals() {
        let text = Text::parse("a{{ matrix.x }}b").unwrap();
        assert_eq!(text.fill(|_| Some(Text::literal("-"))), Text::literal("a-b"));
    }
}
