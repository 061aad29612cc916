//! Reads `settings.kts` as TeamCity does: Kotlin's strings, then `%…%` references.
//!
//! <https://www.jetbrains.com/help/teamcity/using-build-parameters.html>

use std::collections::BTreeMap;

use super::{
    braces::{all, body, head, parse, texts, Dialect, Piece, Token},
    shell::Script,
    Input, Seen,
};

type Params = BTreeMap<String, String>;

pub fn read(files: &BTreeMap<String, String>) -> Seen {
    let file = parse(&files[".teamcity/settings.kts"], Dialect::Kotlin);
    let mut seen = Seen::default();
    let project = body(all(&file, "project").next().unwrap());
    let top = params(project, Params::new());
    for object in all(&file, "object") {
        let block = body(object);
        let Some(name) = block.iter().find(|it| head(it) == ["name"]) else { continue };
        let name = resolved(&text(texts(name)[0]), &Params::new());
        if block.iter().any(|it| head(it) == ["type"]) {
            seen.name = Some(name);
            for input in all(block, "params").flat_map(body) {
                let strings: Vec<String> = texts(input).iter().map(|it| resolved(&text(it), &Params::new())).collect();
                let description = behind(input, "description").map(|it| resolved(&it, &Params::new()));
                let listed = input.iter().position(|it| *it == Token::Word("listOf".into()));
                let options = texts(&input[listed.unwrap_or(input.len())..]);
                let key = strings[0].rsplit("INPUT_").next().unwrap().to_lowercase();
                let options = options.iter().map(|it| resolved(&text(it), &Params::new())).collect();
                seen.inputs.insert(key, Input { default: strings[1].clone(), options, description });
            }
            continue;
        }
        let params = params(block, top.clone());
        let env: Vec<(String, String)> = params
            .iter()
            .filter_map(|(name, value)| Some((name.strip_prefix("env.")?.to_owned(), resolved(value, &params))))
            .collect();
        for feature in all(block, "features").flat_map(body) {
            for rules in body(feature).iter().filter(|it| head(it) == ["rules"] && head(feature) == ["xmlReport"]) {
                let rules = resolved(&value(rules), &params);
                seen.results = rules.lines().map(|it| it.strip_prefix("+:").unwrap_or(it).to_owned()).collect();
            }
        }
        let mut scripts = Vec::new();
        for step in all(block, "steps").flat_map(body) {
            let image = body(step).iter().find(|it| head(it) == ["dockerImage"]);
            seen.images.extend(image.map(|it| resolved(&value(it), &params)));
            if let Some(script) = body(step).iter().find(|it| head(it) == ["scriptContent"]) {
                scripts.push(Script::file(resolved(&value(script), &params), &env));
            }
        }
        let name = name.split(" (").next().unwrap().to_owned();
        seen.jobs.insert(name, scripts);
    }
    seen
}

fn params(block: &[Vec<Token>], around: Params) -> Params {
    let mut all_params = around;
    for param in all(block, "params").flat_map(body) {
        assert_eq!(head(param), ["param"], "unknown: {param:?}");
        let [name, value] = texts(param)[..] else { panic!("unknown: {param:?}") };
        all_params.insert(text(name), text(value));
    }
    all_params
}

/// The string of `name = …`.
fn behind(call: &[Token], name: &str) -> Option<String> {
    call.windows(3).find_map(|it| match it {
        [Token::Word(word), Token::Sign('='), Token::Text(pieces)] if word == name => Some(text(pieces)),
        _ => None,
    })
}

/// The string of an assignment, with `trimIndent` applied.
fn value(assignment: &[Token]) -> String {
    let text = text(texts(assignment)[0]);
    match assignment.contains(&Token::Word("trimIndent".into())) {
        true => trim_indent(&text),
        false => text,
    }
}

/// `${'$'}` is all the code that generated strings hold.
fn text(pieces: &[Piece]) -> String {
    let texts = pieces.iter().map(|piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Code(code) if code == "'$'" => "$".to_owned(),
        Piece::Code(code) => panic!("unknown code: {code}"),
    });
    texts.collect()
}

/// Kotlin's `trimIndent`, which the compiler runs on the whole text, values included.
fn trim_indent(text: &str) -> String {
    let blank = |c: char| matches!(c, '\t'..='\r' | '\u{1c}'..=' ' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{3000}');
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = text.split('\n').collect();
    let indent = |line: &&str| line.chars().take_while(|c| blank(*c)).count();
    let is_blank = |line: &&str| line.chars().all(blank);
    let least = lines.iter().filter(|it| !is_blank(it)).map(indent).min().unwrap_or(0);
    let last = lines.len() - 1;
    let kept = lines.iter().enumerate().filter(|(n, line)| !((*n == 0 || *n == last) && is_blank(line)));
    let cut = |line: &str| line.chars().skip(least).collect::<String>();
    kept.map(|(_, line)| cut(line)).collect::<Vec<_>>().join("\n")
}

/// `%%` is one percent sign; `%name%` is a reference, and one that nothing answers keeps the build from starting.
fn resolved(text: &str, params: &Params) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let behind = &rest[at + 1..];
        if let Some(more) = behind.strip_prefix('%') {
            out.push('%');
            rest = more;
            continue;
        }
        let (name, more) = behind.split_once('%').unwrap_or_else(|| panic!("one percent sign in {text:?}"));
        let value = params.get(name).unwrap_or_else(|| panic!("no agent has `{name}`: {text:?}"));
        out.push_str(&resolved(value, params));
        rest = more;
    }
    out + rest
}

#[test]
fn references_and_margins() {
    let params = Params::from([("a".into(), "1%%".into())]);
    assert_eq!(resolved("%%a%% %a%", &params), "%a% 1%");
    assert!(std::panic::catch_unwind(|| resolved("%b%", &Params::new())).is_err());
    assert_eq!(trim_indent("\n    a\n\n      b\n   "), "a\n\n  b");
}
