//! Reads a declarative `Jenkinsfile` as Jenkins does: Groovy's strings, then variables in `environment`.
//!
//! The values of `environment` go through `EnvVars.overrideExpandingAll`: `$NAME` and `${NAME}` that are known are
//! replaced, `$$` is one `$`, all else stays.

use std::collections::BTreeMap;

use super::{
    braces::{all, body, head, literal, parse, texts, Dialect, Piece, Token},
    shell::Script,
    Input, Seen,
};

type Env = Vec<(String, String)>;

pub fn read(files: &BTreeMap<String, String>) -> Seen {
    let file = parse(&files["Jenkinsfile"], Dialect::Groovy);
    let mut reader = Reader { seen: Seen::default(), functions: BTreeMap::new() };
    for function in all(&file, "def") {
        reader.functions.insert(head(function)[1].to_owned(), body(function).to_vec());
    }
    let pipeline = body(all(&file, "pipeline").next().unwrap());
    for parameter in body(all(pipeline, "parameters").next().unwrap()) {
        let named = named(parameter);
        let one = |name: &str| named.get(name).map(|it| it[0].clone());
        let choices = named.get("choices").cloned().unwrap_or_default();
        let default = one("defaultValue").or(choices.first().cloned()).unwrap();
        let options = choices.clone();
        let name = one("name").unwrap().trim_start_matches("INPUT_").to_lowercase();
        reader.seen.inputs.insert(name, Input { default, options, description: one("description") });
    }
    let env = reader.environment(pipeline, agent());
    reader.stages(body(all(pipeline, "stages").next().unwrap()), &env);
    reader.seen
}

/// What an agent has, too; no script here is to see it.
fn agent() -> Env {
    [("HOME", "/root"), ("PATH", "/bin")].map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

/// The strings behind each `name:`.
fn named(call: &[Token]) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut name = String::new();
    for pair in call.windows(2) {
        match pair {
            [Token::Word(word), Token::Sign(':')] => name = word.clone(),
            [_, Token::Text(text)] => found.entry(name.clone()).or_default().push(literal(text)),
            _ => {}
        }
    }
    found
}

struct Reader {
    seen: Seen,
    functions: BTreeMap<String, Vec<Vec<Token>>>,
}

impl Reader {
    /// The variables around a block with those of its `environment`.
    fn environment(&self, block: &[Vec<Token>], around: Env) -> Env {
        let mut env = around;
        for assignment in all(block, "environment").flat_map(body) {
            let [Token::Word(name), Token::Sign('='), Token::Text(value)] = assignment.as_slice() else {
                panic!("unknown: {assignment:?}")
            };
            let value: String = value.iter().map(|it| self.evaluated(it, &env)).collect();
            let value = expand(&value, &env);
            env.retain(|(other, _)| other != name);
            env.push((name.clone(), value));
        }
        env
    }

    fn evaluated(&self, piece: &Piece, env: &Env) -> String {
        let code = match piece {
            Piece::Text(text) => return text.clone(),
            Piece::Code(code) => code,
        };
        let (inner, escape) = match code.strip_suffix(").toString().replace('$', '$$')") {
            Some(inner) => (inner.strip_prefix('(').unwrap(), true),
            None => (code.as_str(), false),
        };
        let value = match inner.strip_prefix("params.INPUT_") {
            Some(name) => self.seen.inputs[&name.to_lowercase()].default.clone(),
            None => {
                let name = inner.strip_prefix("env.").unwrap_or_else(|| panic!("unknown code: {code}"));
                let name = name.strip_suffix(" ?: ''").unwrap_or(name);
                env.iter().find(|(other, _)| other == name).map(|it| it.1.clone()).unwrap_or_default()
            }
        };
        if escape {
            value.replace('$', "$$")
        } else {
            value
        }
    }

    fn stages(&mut self, stages: &[Vec<Token>], around: &Env) {
        for stage in all(stages, "stage") {
            let name = literal(texts(stage)[0]);
            let name = name.split([' ', ':']).next().unwrap().to_owned();
            let block = body(stage);
            let env = self.environment(block, around.clone());
            if let Some(matrix) = all(block, "matrix").next() {
                let mut env = env.clone();
                for axis in all(body(matrix), "axes").flat_map(body).map(|it| body(it)) {
                    let one = |key: &str| {
                        let [value] = texts(all(axis, key).next().unwrap())[..] else { panic!("several values") };
                        literal(value)
                    };
                    env.push((one("name"), expand(&one("values"), &env)));
                }
                self.stages(body(all(body(matrix), "stages").next().unwrap()), &env);
            }
            for inner in ["stages", "parallel"].iter().filter_map(|it| all(block, it).next()) {
                self.stages(body(inner), &env);
            }
            for image in all(block, "agent").flat_map(body).flat_map(|it| body(it)) {
                if head(image) == ["image"] {
                    self.seen.images.push(literal(texts(image)[0]));
                }
            }
            let mut scripts = Vec::new();
            for steps in all(block, "steps") {
                self.steps(body(steps), &env, &mut scripts);
            }
            for post in all(block, "post").flat_map(body) {
                self.steps(body(post), &env, &mut Vec::new());
            }
            if !scripts.is_empty() {
                scripts.iter_mut().for_each(|it| it.env.retain(|pair| !agent().contains(pair)));
                self.seen.jobs.insert(name, scripts);
            }
        }
    }

    fn steps(&mut self, steps: &[Vec<Token>], env: &Env, scripts: &mut Vec<Script>) {
        for step in steps {
            let name = head(step)[0].to_owned();
            match name.as_str() {
                "sh" if !matches!(step.get(1), Some(Token::Word(_))) => {
                    let text = literal(texts(step)[0]);
                    if !text.starts_with("chown") {
                        scripts.push(Script::file(text, env));
                    }
                }
                "startServices" => scripts.push(Script::file(literal(texts(step)[0]), env)),
                "junit" => {
                    let patterns = named(step)["testResults"][0].clone();
                    self.seen.results = patterns.split(',').map(|it| it.trim().to_owned()).collect();
                }
                "saveArtifact" => {
                    let [_, name, files] =
                        texts(step).iter().map(|it| literal(it)).collect::<Vec<_>>().try_into().unwrap();
                    let name = name.rsplit("--").next().unwrap().to_owned();
                    self.seen.artifacts.insert(name, vec![files]);
                }
                _ => {
                    if let Some(function) = self.functions.get(&name).cloned() {
                        self.steps(&function, env, scripts);
                    }
                    self.steps(body(step), env, scripts);
                }
            }
        }
    }
}

/// `hudson.Util.replaceMacro`.
fn expand(text: &str, env: &Env) -> String {
    let known = |name: &str| env.iter().find(|(other, _)| other == name).map(|it| it.1.clone());
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let behind = &rest[at + 1..];
        let (length, value) = if behind.starts_with('$') {
            (2, Some("$".to_owned()))
        } else if let Some(braced) = behind.strip_prefix('{') {
            let end = braced.find(|c: char| !is_name(c) && c != '.').unwrap_or(braced.len());
            match end > 0 && braced[end..].starts_with('}') {
                true => (end + 3, known(&braced[..end])),
                false => (1, None),
            }
        } else {
            let end = behind.find(|c: char| !is_name(c)).unwrap_or(behind.len());
            (end + 1, known(&behind[..end]))
        };
        out.push_str(&value.unwrap_or_else(|| rest[at..at + length].to_owned()));
        rest = &rest[at + length..];
    }
    out + rest
}

#[test]
fn variables_are_replaced() {
    let env = Env::from([("A".to_owned(), "1".to_owned())]);
    assert_eq!(expand("$A ${A} $$A $B ${B} $( $ $$$$", &env), "1 1 $A $B ${B} $( $ $$");
}
