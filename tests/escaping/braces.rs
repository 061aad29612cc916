//! As much of Groovy and Kotlin as generated files use: blocks of calls and assignments, with the languages' strings.

/// Whose strings are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// <https://groovy-lang.org/syntax.html#all-strings>
    Groovy,
    /// <https://kotlinlang.org/docs/strings.html>
    Kotlin,
}

/// A piece of a string.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    Text(String),
    /// What the language evaluates.
    Code(String),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    Word(String),
    Text(Vec<Piece>),
    Sign(char),
    Block(Vec<Vec<Token>>),
}

/// The statements of a file.
pub fn parse(text: &str, dialect: Dialect) -> Vec<Vec<Token>> {
    let chars = if dialect == Dialect::Groovy { unicode_escapes(text) } else { text.chars().collect() };
    let mut parser = Parser { chars, at: 0, dialect };
    let statements = parser.block();
    assert_eq!(parser.at, parser.chars.len(), "a brace too many");
    statements
}

/// What Groovy does before anything else, in comments too: `\uXXXX` is a character, unless behind a backslash.
fn unicode_escapes(text: &str) -> Vec<char> {
    let mut units = Vec::new();
    let mut rest = text;
    let mut before = ' ';
    while let Some(c) = rest.chars().next() {
        if c == '\\' && before != '\\' && rest[1..].starts_with('u') {
            let digits = rest[1..].trim_start_matches('u');
            let unit = digits.get(..4).and_then(|it| u16::from_str_radix(it, 16).ok());
            units.push(unit.unwrap_or_else(|| panic!("`\\u` without four digits: {:?}", rest.lines().next())));
            rest = &digits[4..];
            before = ' ';
            continue;
        }
        // Of three backslashes the third begins an escape.
        before = if c == '\\' && before == '\\' { ' ' } else { c };
        units.extend(c.encode_utf16(&mut [0; 2]).iter());
        rest = &rest[c.len_utf8()..];
    }
    String::from_utf16(&units).expect("half a character").chars().collect()
}

struct Parser {
    chars: Vec<char>,
    at: usize,
    dialect: Dialect,
}

impl Parser {
    fn starts_with(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(n, c)| self.chars.get(self.at + n) == Some(&c))
    }

    fn next(&mut self) -> char {
        let c = *self.chars.get(self.at).expect("the file ends early");
        self.at += 1;
        c
    }

    /// Statements up to the closing brace, which is left, or the end.
    fn block(&mut self) -> Vec<Vec<Token>> {
        let mut statements = Vec::new();
        let mut statement = Vec::new();
        let mut depth = 0;
        while let Some(c) = self.chars.get(self.at).copied() {
            match c {
                '}' => break,
                // Both languages end a comment at these only.
                '/' if self.starts_with("//") => {
                    while self.chars.get(self.at).is_some_and(|c| !"\r\n".contains(*c)) {
                        self.at += 1;
                    }
                }
                '/' if self.starts_with("/*") => panic!("a long comment"),
                '\n' | '\r' | ';' => {
                    self.at += 1;
                    if depth == 0 && !statement.is_empty() {
                        statements.push(std::mem::take(&mut statement));
                    }
                }
                ' ' => self.at += 1,
                '{' => {
                    self.at += 1;
                    statement.push(Token::Block(self.block()));
                    assert_eq!(self.next(), '}', "a block never ends");
                }
                '\'' | '"' => statement.push(Token::Text(self.string())),
                c if c.is_ascii_alphanumeric() || c == '_' => {
                    let start = self.at;
                    while self.chars.get(self.at).is_some_and(|c| c.is_ascii_alphanumeric() || *c == '_') {
                        self.at += 1;
                    }
                    statement.push(Token::Word(self.chars[start..self.at].iter().collect()));
                }
                c => {
                    assert!(c.is_ascii_graphic(), "{c:?} between tokens");
                    depth += i32::from("([".contains(c)) - i32::from(")]".contains(c));
                    assert!(depth >= 0, "`{c}` closes nothing");
                    statement.push(Token::Sign(c));
                    self.at += 1;
                }
            }
        }
        assert_eq!(depth, 0, "a bracket is open");
        statements.extend((!statement.is_empty()).then_some(statement));
        statements
    }

    fn string(&mut self) -> Vec<Piece> {
        let quote = self.chars[self.at];
        let triple: String = [quote; 3].iter().collect();
        let long = self.starts_with(&triple);
        self.at += if long { 3 } else { 1 };
        let raw = long && self.dialect == Dialect::Kotlin;
        assert!(quote == '"' || self.dialect == Dialect::Groovy, "a character of Kotlin");
        let mut pieces = vec![Piece::Text(String::new())];
        // UTF-16, so that two escapes may be one character.
        let mut units: Vec<u16> = Vec::new();
        let flush = |units: &mut Vec<u16>, pieces: &mut Vec<Piece>| {
            let text = String::from_utf16(&std::mem::take(units)).expect("half a character");
            match pieces.last_mut() {
                Some(Piece::Text(last)) => last.push_str(&text),
                _ => pieces.push(Piece::Text(text)),
            }
        };
        let put = |units: &mut Vec<u16>, c: char| units.extend(c.encode_utf16(&mut [0; 2]).iter());
        loop {
            if long && self.starts_with(&triple) {
                // In Kotlin the last three of several quotes end the string.
                if raw && self.chars.get(self.at + 3) == Some(&quote) {
                    put(&mut units, self.next());
                    continue;
                }
                self.at += 3;
                break;
            }
            let c = self.next();
            match c {
                c if c == quote && !long => break,
                '\n' | '\r' if !long => panic!("a line ends inside a string"),
                // The compilers read every line break as one line feed.
                '\r' => {
                    if self.chars.get(self.at) == Some(&'\n') {
                        self.at += 1;
                    }
                    put(&mut units, '\n');
                }
                '\\' if !raw => match self.escape() {
                    Some(unit) => units.push(unit),
                    None => assert_eq!(self.dialect, Dialect::Groovy, "a line goes on"),
                },
                '$' if quote == '"' => match self.code() {
                    Some(code) => {
                        flush(&mut units, &mut pieces);
                        pieces.extend(code);
                    }
                    None => put(&mut units, '$'),
                },
                c => put(&mut units, c),
            }
        }
        flush(&mut units, &mut pieces);
        // Neighbouring texts are one.
        let mut joined: Vec<Piece> = Vec::new();
        for piece in pieces {
            match (joined.last_mut(), piece) {
                (Some(Piece::Text(last)), Piece::Text(text)) => last.push_str(&text),
                (_, piece) => joined.push(piece),
            }
        }
        joined
    }

    /// What follows a backslash; nothing for a line that goes on.
    fn escape(&mut self) -> Option<u16> {
        let groovy = self.dialect == Dialect::Groovy;
        Some(match self.next() {
            'n' => 10,
            'r' => 13,
            't' => 9,
            'b' => 8,
            'f' if groovy => 12,
            's' if groovy => 32,
            'u' => {
                let digits: String = (0..4).map(|_| self.next()).collect();
                u16::from_str_radix(&digits, 16).expect("four digits")
            }
            '\n' if groovy => return None,
            c @ ('\\' | '\'' | '"' | '$') => c as u16,
            c @ '0'..='7' if groovy => panic!("an octal escape {c}"),
            c => panic!("`\\{c}` in a string of {:?}", self.dialect),
        })
    }

    /// What follows a dollar sign, if it is code.
    fn code(&mut self) -> Option<Vec<Piece>> {
        let first = *self.chars.get(self.at)?;
        if first == '{' {
            self.at += 1;
            if self.starts_with("\"") {
                let literal = self.string();
                assert_eq!(self.next(), '}', "more than a literal");
                return Some(literal);
            }
            let mut code = String::new();
            let mut quoted = false;
            loop {
                match self.next() {
                    '}' if !quoted => return Some(vec![Piece::Code(code)]),
                    c => {
                        quoted ^= c == '\'';
                        assert!(c != '{' && c != '\\', "code that is not known here: {code}{c}");
                        code.push(c);
                    }
                }
            }
        }
        if !(first.is_alphabetic() || first == '_' || first == '`') {
            // Groovy allows a dollar sign only before code, or escaped.
            assert_eq!(self.dialect, Dialect::Kotlin, "a bare `$` in a string of Groovy");
            return None;
        }
        let mut code = String::new();
        while let Some(c) = self.chars.get(self.at).filter(|c| c.is_alphanumeric() || **c == '_') {
            code.push(*c);
            self.at += 1;
        }
        Some(vec![Piece::Code(code)])
    }
}

/// The words in front of the first bracket, block or string.
pub fn head(statement: &[Token]) -> Vec<&str> {
    let words = statement.iter().map_while(|token| match token {
        Token::Word(word) => Some(word.as_str()),
        _ => None,
    });
    words.collect()
}

/// The block at a statement's end, perhaps inside brackets.
pub fn body(statement: &[Token]) -> &[Vec<Token>] {
    let blocks = statement.iter().rev().find_map(|token| match token {
        Token::Block(block) => Some(block.as_slice()),
        _ => None,
    });
    blocks.unwrap_or_default()
}

/// The statements of a block that begin with a word.
pub fn all<'a>(block: &'a [Vec<Token>], word: &'a str) -> impl Iterator<Item = &'a [Token]> {
    block.iter().map(Vec::as_slice).filter(move |it| head(it).first() == Some(&word))
}

/// The strings of a statement outside of blocks.
pub fn texts(statement: &[Token]) -> Vec<&[Piece]> {
    let texts = statement.iter().filter_map(|token| match token {
        Token::Text(pieces) => Some(pieces.as_slice()),
        _ => None,
    });
    texts.collect()
}

/// A string that nothing is put into.
pub fn literal(pieces: &[Piece]) -> String {
    match pieces {
        [Piece::Text(text)] => text.clone(),
        other => panic!("not a literal: {other:?}"),
    }
}

#[test]
fn strings_are_those_of_the_languages() {
    let one = |text: &str, dialect| texts(&parse(text, dialect)[0]).iter().map(|it| it.to_vec()).collect::<Vec<_>>();
    let text = |text: &str| vec![Piece::Text(text.to_owned())];
    assert_eq!(one(r"x 'it\'s $a \\ \u0041' '''a'b\''''", Dialect::Groovy), [text(r"it's $a \ A"), text("a'b'")]);
    assert_eq!(one(r#"x "\$a \uD835\uDCB3 $" """a\n"""""#, Dialect::Kotlin), [text("$a 𝒳 $"), text("a\\n\"")]);
    let template = one(r#"x "a${'$'}b""#, Dialect::Kotlin).remove(0);
    assert_eq!(template[1], Piece::Code("'$'".into()));
    assert!(std::panic::catch_unwind(|| parse("x \"$ \"", Dialect::Groovy)).is_err());
    assert!(std::panic::catch_unwind(|| parse("x 'a\nb'", Dialect::Groovy)).is_err());
    assert!(std::panic::catch_unwind(|| parse("x { y", Dialect::Kotlin)).is_err());
}
