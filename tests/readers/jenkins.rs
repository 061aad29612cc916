//! Reads the legs back from a declarative Jenkinsfile.
//!
//! It knows as much Groovy as that takes: blocks, calls, assignments and strings.

use std::collections::BTreeMap;

use super::Leg;

/// The legs that the pipeline starts; stages under a condition count as if it held.
///
/// # Panics
/// On everything that it does not know.
pub fn legs(files: &BTreeMap<String, String>) -> Vec<Leg> {
    let [text] = files.values().map(String::as_str).collect::<Vec<_>>()[..] else {
        panic!("one Jenkinsfile was expected, there are {}", files.len());
    };
    let tokens = tokens(text);
    let start = tokens
        .windows(2)
        .position(|pair| pair == [Token::Word("pipeline".into()), Token::Sign('{')])
        .expect("there is no `pipeline {`");
    let mut parser = Parser { tokens: &tokens, at: start + 2 };
    let pipeline = parser.block();
    assert_eq!(parser.at, tokens.len(), "something follows the pipeline");
    let mut legs = Vec::new();
    for statement in &pipeline {
        match statement.name.as_str() {
            "agent" | "options" | "triggers" | "parameters" | "tools" | "post" => {}
            "environment" => assert!(variables(statement).is_empty(), "legs cannot differ at the top"),
            "stages" => statement.body.iter().flatten().for_each(|stage| walk(stage, &BTreeMap::new(), &mut legs)),
            other => panic!("`{other}` in the pipeline"),
        }
    }
    legs
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    /// A string without expressions.
    Text(String),
    /// A string that Groovy puts together.
    Interpolated,
    Sign(char),
    Line,
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '\n' => {
                tokens.push(Token::Line);
                1
            }
            c if c.is_whitespace() => c.len_utf8(),
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '\'' | '"' => string(rest, &mut tokens),
            c if c.is_alphanumeric() || c == '_' => {
                let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
                tokens.push(Token::Word(rest[..end].to_owned()));
                end
            }
            sign => {
                tokens.push(Token::Sign(sign));
                sign.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    // Line breaks inside brackets separate nothing, and the last ones nothing at all.
    let mut depth = 0;
    tokens.retain(|token| {
        match token {
            Token::Sign('(' | '[') => depth += 1,
            Token::Sign(')' | ']') => depth -= 1,
            _ => {}
        }
        depth == 0 || *token != Token::Line
    });
    while tokens.last() == Some(&Token::Line) {
        tokens.pop();
    }
    tokens
}

/// Reads one string and gives its length in the source.
fn string(source: &str, tokens: &mut Vec<Token>) -> usize {
    let quote = &source[..1];
    let triple = quote.repeat(3);
    let delimiter = if source.starts_with(&triple) { triple.as_str() } else { quote };
    let mut value = String::new();
    let mut interpolated = false;
    let mut at = delimiter.len();
    loop {
        let rest = &source[at..];
        if rest.starts_with(delimiter) {
            break;
        }
        let c = rest.chars().next().expect("a string never ends");
        at += c.len_utf8();
        match c {
            '\\' => {
                let escaped = source[at..].chars().next().expect("a string ends in a backslash");
                at += escaped.len_utf8();
                value.push(match escaped {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'u' => {
                        let code = u32::from_str_radix(&source[at..at + 4], 16).expect("`\\u` without a number");
                        at += 4;
                        char::from_u32(code).expect("half a character")
                    }
                    '\\' | '\'' | '"' | '$' => escaped,
                    other => panic!("`\\{other}` in a string"),
                });
            }
            '$' if quote == "\"" => interpolated = true,
            c => value.push(c),
        }
    }
    tokens.push(if interpolated { Token::Interpolated } else { Token::Text(value) });
    at + delimiter.len()
}

/// `name arguments { body }`.
#[derive(Debug)]
struct Statement {
    name: String,
    arguments: Vec<Token>,
    body: Option<Vec<Statement>>,
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
}

impl Parser<'_> {
    /// The statements up to and including the closing brace.
    fn block(&mut self) -> Vec<Statement> {
        let mut statements = Vec::new();
        loop {
            match self.next() {
                Token::Line => {}
                Token::Sign('}') => return statements,
                Token::Word(name) => statements.push(self.statement(name)),
                other => panic!("a statement begins with {other:?}"),
            }
        }
    }

    fn statement(&mut self, name: String) -> Statement {
        let mut arguments = Vec::new();
        loop {
            match self.tokens.get(self.at).expect("a block never ends") {
                Token::Line | Token::Sign('}') => return Statement { name, arguments, body: None },
                Token::Sign('{') => {
                    self.at += 1;
                    return Statement { name, arguments, body: Some(self.block()) };
                }
                token => {
                    arguments.push(token.clone());
                    self.at += 1;
                }
            }
        }
    }

    fn next(&mut self) -> Token {
        let token = self.tokens.get(self.at).expect("a block never ends").clone();
        self.at += 1;
        token
    }
}

impl Statement {
    fn child(&self, name: &str) -> Option<&Statement> {
        self.body.iter().flatten().find(|it| it.name == name)
    }

    fn stages(&self) -> impl Iterator<Item = &Statement> {
        self.body.iter().flatten()
    }

    /// The strings among the arguments.
    fn texts(&self) -> Vec<String> {
        let texts = self.arguments.iter().filter_map(|token| match token {
            Token::Text(text) => Some(text.clone()),
            Token::Sign('(' | ')' | ',') => None,
            other => panic!("{other:?} among the arguments of `{}`", self.name),
        });
        texts.collect()
    }
}

/// The variables of `environment` that make the difference between legs.
fn variables(environment: &Statement) -> BTreeMap<String, String> {
    let mut variables = BTreeMap::new();
    for statement in environment.stages() {
        let name = statement.name.clone();
        if !(name.starts_with("MATRIX_") || name == "CI_GEN_SHARD_INDEX" || name == "CI_GEN_SHARD_TOTAL") {
            continue;
        }
        match statement.arguments.as_slice() {
            [Token::Sign('='), Token::Text(value)] => {
                if !value.is_empty() {
                    variables.insert(name, value.clone());
                }
            }
            other => panic!("`{name}` is {other:?}"),
        }
    }
    variables
}

fn walk(stage: &Statement, around: &BTreeMap<String, String>, legs: &mut Vec<Leg>) {
    assert_eq!(stage.name, "stage", "only stages can stand among stages");
    let name = stage.texts().pop().expect("a stage without a name");
    for part in stage.stages() {
        let around = ["when", "failFast", "agent", "options", "tools", "environment", "post"];
        let known = [&around[..], &["steps", "stages", "parallel", "matrix"]].concat();
        assert!(known.contains(&part.name.as_str()), "`{}` in the stage `{name}`", part.name);
    }
    let mut env = around.clone();
    env.extend(stage.child("environment").map(variables).unwrap_or_default());
    let job = name.split(" (").next().unwrap_or_default().to_owned();
    if let Some(parallel) = stage.child("parallel") {
        parallel.stages().for_each(|it| walk(it, &env, legs));
    } else if let Some(matrix) = stage.child("matrix") {
        for cell in cells(matrix) {
            let mut env = env.clone();
            env.extend(cell.into_iter().filter(|(_, value)| !value.is_empty()));
            let inside = matrix.child("stages").expect("a matrix without stages");
            let mut found = Vec::new();
            inside.stages().for_each(|it| walk(it, &env, &mut found));
            let [leg] = found.as_slice() else { panic!("a cell of `{name}` has {} legs", found.len()) };
            legs.push(Leg { job: job.clone(), env: leg.env.clone() });
        }
    } else if let Some(stages) = stage.child("stages") {
        // A leg in two steps: what is prepared on the machine, and what runs in the container.
        let names: Vec<String> = stages.stages().flat_map(Statement::texts).collect();
        if names.iter().all(|it| it.ends_with(": prepare") || it.ends_with(": run")) {
            assert!(stage.child("agent").is_some(), "`{name}` runs nowhere");
            legs.push(Leg { job, env });
        } else {
            stages.stages().for_each(|it| walk(it, &env, legs));
        }
    } else {
        assert!(stage.child("steps").is_some() && stage.child("agent").is_some(), "`{name}` does nothing");
        if name != "what changed" {
            legs.push(Leg { job, env });
        }
    }
}

/// The product of the axes without what the excludes match.
fn cells(matrix: &Statement) -> Vec<BTreeMap<String, String>> {
    for part in matrix.stages() {
        assert!(["axes", "excludes", "stages"].contains(&part.name.as_str()), "`{}` in a matrix", part.name);
    }
    let mut cells = vec![BTreeMap::new()];
    for (name, values) in axes(matrix.child("axes").expect("a matrix without axes")) {
        let longer = |cell: &BTreeMap<String, String>| {
            let cell = cell.clone();
            let name = name.clone();
            values.clone().into_iter().map(move |value| {
                let mut cell = cell.clone();
                cell.insert(name.clone(), value);
                cell
            })
        };
        cells = cells.iter().flat_map(longer).collect();
    }
    for exclude in matrix.child("excludes").into_iter().flat_map(Statement::stages) {
        assert_eq!(exclude.name, "exclude");
        let axes = axes(exclude);
        cells.retain(|cell| !axes.iter().all(|(name, values)| cell.get(name).is_some_and(|it| values.contains(it))));
    }
    cells
}

fn axes(around: &Statement) -> Vec<(String, Vec<String>)> {
    let axes = around.stages().map(|axis| {
        assert_eq!(axis.name, "axis");
        let name = axis.child("name").expect("an axis without a name").texts().remove(0);
        (name, axis.child("values").expect("an axis without values").texts())
    });
    axes.collect()
}
