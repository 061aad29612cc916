//! Single words for a script: quoted where they are known, referenced where they are values.

use crate::plan::{Expr, Part, Text};
use crate::script::{Insert, Shell};

/// The literal text as one word.
///
/// bash and sh: in single quotes, or plain where nothing in it means anything to a shell. PowerShell: always in
/// single quotes, so that it reads the same as an argument and behind `=`.
///
/// The word is meant to be an argument. Where a command name is expected, a plain `a=b` is an assignment and `if` a
/// keyword, and PowerShell needs `&` in front.
///
/// ```
/// use ci_gen::script::{quote, Shell};
/// assert_eq!(quote("results/unit-1.xml", Shell::Bash), "results/unit-1.xml");
/// assert_eq!(quote("pg_isready -U postgres", Shell::Bash), "'pg_isready -U postgres'");
/// assert_eq!(quote("it's", Shell::Sh), r"'it'\''s'");
/// assert_eq!(quote("it's", Shell::Pwsh), "'it''s'");
/// ```
pub fn quote(text: &str, shell: Shell) -> String {
    match shell {
        Shell::Bash | Shell::Sh if is_plain(text) => text.to_owned(),
        Shell::Bash | Shell::Sh => format!("'{}'", text.replace('\'', r"'\''")),
        Shell::Pwsh => {
            let mut out = String::from("'");
            for c in text.chars() {
                out.push(c);
                if is_pwsh_single_quote(c) {
                    out.push(c);
                }
            }
            out.push('\'');
            out
        }
    }
}

/// The text as exactly one word; see [`quote`] for what a word is.
///
/// A text with values becomes one string in double quotes. A leading `~/` is data: it is not expanded.
///
/// ```
/// use ci_gen::plan::Text;
/// use ci_gen::script::{word, Insert, Shell};
/// let text = Text::parse("results-{{ matrix.python }}.xml").unwrap();
/// let value = |_: &_| Insert::Variable("PYTHON".into());
/// assert_eq!(word(&text, Shell::Bash, &value), r#""results-${PYTHON}.xml""#);
/// assert_eq!(word(&text, Shell::Pwsh, &value), r#""results-${env:PYTHON}.xml""#);
/// ```
pub fn word(text: &Text, shell: Shell, value: &dyn Fn(&Expr) -> Insert) -> String {
    match pieces(text, value) {
        Pieces::Known(known) => quote(&known, shell),
        Pieces::Mixed(pieces) => format!("\"{}\"", double_quoted(&pieces, shell)),
    }
}

/// Like [`word`], but a leading `~/` (or a lone `~`) is the home directory.
///
/// ```
/// use ci_gen::plan::Text;
/// use ci_gen::script::{path_word, Insert, Shell};
/// let value = |_: &_| Insert::Literal(String::new());
/// assert_eq!(path_word(&Text::literal("~/.cache/pip"), Shell::Bash, &value), r#""$HOME"/.cache/pip"#);
/// assert_eq!(path_word(&Text::literal("~/.cache/pip"), Shell::Pwsh, &value), r#""$HOME/.cache/pip""#);
/// ```
pub fn path_word(text: &Text, shell: Shell, value: &dyn Fn(&Expr) -> Insert) -> String {
    let Some(rest) = below_home(text) else {
        return word(text, shell, value);
    };
    match shell {
        Shell::Bash | Shell::Sh if rest.is_empty() => "\"$HOME\"".to_owned(),
        Shell::Bash | Shell::Sh if rest == Text::literal("/") => "\"$HOME\"/".to_owned(),
        Shell::Bash | Shell::Sh => {
            let below = rest_below(&rest);
            format!("\"$HOME\"/{}", word(&below, shell, value))
        }
        // PowerShell takes what follows a closing quote for the next argument, so here it is one string.
        Shell::Pwsh => {
            let known = match pieces(&rest, value) {
                Pieces::Known(known) => vec![Piece::Known(known)],
                Pieces::Mixed(pieces) => pieces,
            };
            format!("\"$HOME{}\"", double_quoted(&known, shell))
        }
    }
}

/// What follows the `~` when the text is a path below the home directory.
fn below_home(text: &Text) -> Option<Text> {
    let (Part::Lit(first), others) = text.parts.split_first()? else { return None };
    let rest = first.strip_prefix('~')?;
    let is_home = rest.starts_with('/') || (rest.is_empty() && others.is_empty());
    is_home.then(|| {
        let mut out = Text::literal(rest);
        out.push(&Text { parts: others.to_vec() });
        out
    })
}

/// The text without its leading slash.
fn rest_below(rest: &Text) -> Text {
    let mut parts = rest.parts.clone();
    if let Some(Part::Lit(first)) = parts.first_mut() {
        first.remove(0);
    }
    let mut out = Text::default();
    out.push(&Text { parts });
    out
}

enum Piece {
    Known(String),
    Variable(String),
}

enum Pieces {
    Known(String),
    Mixed(Vec<Piece>),
}

fn pieces(text: &Text, value: &dyn Fn(&Expr) -> Insert) -> Pieces {
    let mut known = String::new();
    let mut pieces = Vec::new();
    for part in &text.parts {
        match part {
            Part::Lit(text) => known.push_str(text),
            Part::Expr(expr) => match value(expr) {
                Insert::Literal(text) => known.push_str(&text),
                Insert::Variable(name) => {
                    pieces.push(Piece::Known(std::mem::take(&mut known)));
                    pieces.push(Piece::Variable(name));
                }
            },
        }
    }
    if pieces.is_empty() {
        return Pieces::Known(known);
    }
    pieces.push(Piece::Known(known));
    Pieces::Mixed(pieces)
}

/// What goes between double quotes.
fn double_quoted(pieces: &[Piece], shell: Shell) -> String {
    let mut out = String::new();
    for piece in pieces {
        match (piece, shell) {
            (Piece::Variable(name), Shell::Bash | Shell::Sh) => out.push_str(&format!("${{{name}}}")),
            (Piece::Variable(name), Shell::Pwsh) => out.push_str(&format!("${{env:{name}}}")),
            (Piece::Known(text), Shell::Bash | Shell::Sh) => {
                for c in text.chars() {
                    if matches!(c, '\\' | '$' | '`' | '"') {
                        out.push('\\');
                    }
                    out.push(c);
                }
            }
            (Piece::Known(text), Shell::Pwsh) => {
                for c in text.chars() {
                    if matches!(c, '`' | '$') || is_pwsh_double_quote(c) {
                        out.push('`');
                    }
                    out.push(c);
                }
            }
        }
    }
    out
}

fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-./:=,@%+".contains(c))
}

/// PowerShell takes typographic quotes for quotes.
/// <https://learn.microsoft.com/en-us/powershell/scripting/lang-spec/chapter-02#2352-string-literals>
pub(super) fn is_pwsh_single_quote(c: char) -> bool {
    matches!(c, '\'' | '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}')
}

/// See [`is_pwsh_single_quote`].
pub(super) fn is_pwsh_double_quote(c: char) -> bool {
    matches!(c, '"' | '\u{201c}' | '\u{201d}' | '\u{201e}')
}
