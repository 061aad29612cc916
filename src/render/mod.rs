//! A template and its model to text, every printed value escaped for the file's language.

mod code;
mod groovy;
mod html;
mod kotlin;
mod same;
mod xml;
mod yaml;

use std::sync::OnceLock;

use minijinja::{
    syntax::SyntaxConfig,
    value::{Serde, ValueKind},
    AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value,
};
use serde::Serialize;

pub use self::same::same;
pub(crate) use self::{
    code::unbalanced,
    yaml::{block as yaml_block, scalar as yaml_scalar},
};

/// The language of a generated file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// YAML, read the same by 1.1 and 1.2 parsers
    Yaml,
    /// Groovy, for Jenkins
    Groovy,
    /// Kotlin, for TeamCity
    Kotlin,
    /// XML, for Maven
    Xml,
    /// HTML, for reports
    Html,
}

/// A template that looks like the file it makes; it may loop, test a name and print, nothing else.
///
/// Delimiters are `{{{ }}}`, `{{% %}}` and `{{# #}}`, which collide with none of the eight systems. A printed
/// string becomes a complete scalar or literal of the language, quotes included where it needs them; the filters are
/// `script(indent)` for a string of several lines as a block that continues at that indentation, and
/// `flow` for pairs as a mapping on one line, `comment(mark)` for text behind comment marks, `identifier` for a name
/// without quotes, `verbatim(indent)` for text in the language itself, and `interpolated` for pieces (`Text` or `Code`) as one string of Groovy. Groovy is indented
/// afterwards.
#[derive(Debug)]
pub struct Template {
    /// Its path below `templates/`, for error messages.
    pub name: &'static str,
    source: &'static str,
    language: Language,
    compiled: OnceLock<Result<Environment<'static>, String>>,
}

impl Template {
    /// The template of that name and text, for files in that language.
    pub const fn new(name: &'static str, source: &'static str, language: Language) -> Self {
        Template { name, source, language, compiled: OnceLock::new() }
    }

    /// Compiles it unless that was done before, here or in another thread.
    pub fn compile(&self) {
        let _ = self.compiled();
    }

    fn compiled(&self) -> Result<&Environment<'static>, String> {
        let compiled = self
            .compiled
            .get_or_init(|| environment(self.name, self.source, self.language).map_err(|error| format!("{error:#}")));
        compiled.as_ref().map_err(String::clone)
    }
}

/// Fills in a template.
///
/// # Errors
/// A name that the model lacks, or a template that does not parse: a fault of ci-gen, never of the spec.
pub fn render<M: Serialize>(template: &Template, model: &M) -> Result<String, String> {
    let fill_in =
        |environment: &Environment<'_>| environment.get_template(template.name)?.render(Value::from(Serde(model)));
    let text = fill_in(template.compiled()?).map_err(|error| format!("{error:#}"))?;
    Ok(match template.language {
        Language::Groovy => groovy::layout(&text),
        Language::Yaml | Language::Kotlin | Language::Xml | Language::Html => text,
    })
}

/// What a template is compiled in: our delimiters, strict names, everything printed escaped for the language.
fn environment(name: &'static str, source: &'static str, language: Language) -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    let syntax = SyntaxConfig::builder()
        .block_delimiters("{{%", "%}}")
        .variable_delimiters("{{{", "}}}")
        .comment_delimiters("{{#", "#}}")
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build()?;
    environment.set_syntax(syntax);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Custom("language".into()));
    environment.set_formatter(move |out: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value| {
        let text = print(language, value)?;
        out.write_str(&text).map_err(|error| Error::new(ErrorKind::WriteFailure, error.to_string()))
    });
    environment.add_filter("script", move |text: String, indent: usize| {
        Value::from_safe_string(match language {
            Language::Yaml => yaml::block(&text, indent),
            Language::Groovy => groovy::block(&text),
            Language::Kotlin => kotlin::block(&text, indent),
            Language::Xml => xml::text(&text),
            Language::Html => html::text(&text),
        })
    });
    environment.add_filter("comment", move |text: String, mark: String| {
        let text = if matches!(language, Language::Groovy) { groovy::comment(&text) } else { text };
        Value::from_safe_string(comment(&text, &mark))
    });
    environment.add_filter("flow", move |pairs: Value| flow(language, &pairs).map(Value::from_safe_string));
    environment.add_filter("identifier", |text: String| identifier(text).map(Value::from_safe_string));
    environment.add_filter("verbatim", move |text: String, indent: usize| {
        Value::from_safe_string(match language {
            // Styles and scripts are known to the page by their hash: not a byte may change.
            Language::Html => text,
            _ => code::verbatim(&text, indent),
        })
    });
    environment.add_filter("interpolated", |pieces: Value| interpolated(&pieces).map(Value::from_safe_string));
    environment.add_template(name, source)?;
    Ok(environment)
}

fn print(language: Language, value: &Value) -> Result<String, Error> {
    if value.is_safe() {
        return Ok(value.to_string());
    }
    match (value.kind(), value.as_str()) {
        (_, Some(text)) => Ok(match language {
            Language::Yaml => yaml::scalar(text),
            Language::Groovy => groovy::quoted(text),
            Language::Kotlin => kotlin::quoted(text),
            Language::Xml => xml::text(text),
            Language::Html => html::text(text),
        }),
        (ValueKind::Number, _) => Ok(value.to_string()),
        (ValueKind::Bool, _) => Ok(value.is_true().to_string()),
        (ValueKind::Seq | ValueKind::Iterable, _) => {
            let printed: Result<Vec<String>, Error> = value.try_iter()?.map(|it| print(language, &it)).collect();
            Ok(match language {
                Language::Yaml | Language::Groovy => format!("[{}]", printed?.join(", ")),
                Language::Kotlin => format!("listOf({})", printed?.join(", ")),
                Language::Xml | Language::Html => printed?.concat(),
            })
        }
        (kind, _) => Err(Error::new(ErrorKind::InvalidOperation, format!("a template cannot print a {kind}"))),
    }
}

/// Pairs as a mapping on one line: `{ os: linux, python: "3.12" }`.
fn flow(language: Language, pairs: &Value) -> Result<String, Error> {
    let mut printed = Vec::new();
    for pair in pairs.try_iter()? {
        let (key, value) = (pair.get_item_by_index(0)?, pair.get_item_by_index(1)?);
        printed.push(format!("{}: {}", print(language, &key)?, print(language, &value)?));
    }
    Ok(format!("{{ {} }}", printed.join(", ")))
}

/// A name that a language knows without quotes, alone or behind others as in `a.b.*`.
fn identifier(text: String) -> Result<String, Error> {
    let name = |segment: &str| {
        segment.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && segment.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    if text.strip_suffix(".*").unwrap_or(&text).split('.').all(name) {
        return Ok(text);
    }
    Err(Error::new(ErrorKind::InvalidOperation, format!("`{text}` is no identifier")))
}

/// Pieces of text and code as one string of Groovy.
fn interpolated(pieces: &Value) -> Result<String, Error> {
    let mut parts = Vec::new();
    for piece in pieces.try_iter()? {
        let (text, code) = (piece.get_attr("Text")?, piece.get_attr("Code")?);
        parts.push(match (text.as_str(), code.as_str()) {
            (Some(text), None) => groovy::Piece::Text(text.to_owned()),
            (None, Some(code)) => groovy::Piece::Code(code.to_owned()),
            _ => return Err(Error::new(ErrorKind::InvalidOperation, "a piece is either `Text` or `Code`")),
        });
    }
    Ok(groovy::interpolated(&parts))
}

/// Every line of the text behind a comment mark; control characters become spaces.
///
/// The mark's own leading spaces are repeated, so that a comment keeps its indentation.
fn comment(text: &str, mark: &str) -> String {
    let indent = &mark[..mark.len() - mark.trim_start().len()];
    let lines = text.lines().map(|line| {
        let visible: String = line.chars().map(|c| if is_plain_char(c) { c } else { ' ' }).collect();
        format!("{} {}", mark.trim(), visible.trim_end()).trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join(&format!("\n{indent}"))
}

/// Characters that every reader shows as one character on the same line.
fn is_plain_char(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}
