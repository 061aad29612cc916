//! Reads the legs back from TeamCity's `settings.kts`: build configurations, matrices and lists of instances.

use std::collections::BTreeMap;

use super::Leg;

/// Every build that the settings define and that is no composite.
pub fn legs(files: &BTreeMap<String, String>) -> Vec<Leg> {
    let (_, text) = files.iter().find(|(path, _)| path.ends_with(".kts")).expect("there is no settings.kts");
    let declarations = declarations(text);
    let project = &declarations.iter().find(|it| it.head.starts_with("project {")).expect("there is no project").body;
    let mut legs = Vec::new();
    for declaration in &declarations {
        let Some((kind, rest)) = declaration.head.split_once(' ') else { panic!("unknown: {}", declaration.head) };
        let name: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        let behind = &rest[name.len()..];
        match (kind, behind) {
            ("project", _) | ("object", " : Template({") => {}
            ("object", " : BuildType({") => {
                assert!(project.contains(&format!("    buildType({name})\n")), "{name} is not registered");
                if !declaration.body.contains("    type = BuildTypeSettings.Type.COMPOSITE\n") {
                    legs.extend(configuration(&declaration.body));
                }
            }
            // Counted where its instances are.
            ("class", behind) if behind.ends_with(") : BuildType({") => {}
            ("object", " {") => {
                let all = format!("    {name}.all.forEach {{ buildType(it) }}\n");
                assert!(project.contains(&all), "{name} is not registered");
                legs.extend(instances(&declaration.body, &declarations));
            }
            _ => panic!("unknown: {}", declaration.head),
        }
    }
    legs
}

struct Declaration {
    head: String,
    body: String,
}

/// What stands at the left margin, with all that is indented below it.
fn declarations(text: &str) -> Vec<Declaration> {
    let mut declarations: Vec<Declaration> = Vec::new();
    let mut open = false;
    for line in text.lines() {
        if line.is_empty() || line.starts_with("//") || line.starts_with("import ") || line.starts_with("version = ") {
            continue;
        }
        if line == "})" || line == "}" {
            assert!(open, "a brace closes nothing");
            open = false;
        } else if line.starts_with(' ') {
            assert!(open, "outside of everything: {line}");
            let body = &mut declarations.last_mut().unwrap().body;
            body.push_str(line);
            body.push('\n');
        } else {
            assert!(!open, "`{line}` begins inside another declaration");
            open = true;
            declarations.push(Declaration { head: line.to_owned(), body: String::new() });
        }
    }
    declarations
}

/// The lines of a block directly inside a declaration, without its head and end.
fn block<'a>(body: &'a str, head: &str, indent: usize) -> Vec<&'a str> {
    let margin = " ".repeat(indent);
    let mut lines = body.lines().skip_while(|line| *line != format!("{margin}{head} {{"));
    lines.next();
    lines.take_while(|line| *line != format!("{margin}}}")).collect()
}

fn job(body: &str) -> String {
    let line = body.lines().find_map(|line| line.strip_prefix("    name = ")).expect("a build without a name");
    job_of(&literals(line).concat())
}

/// `unit (3.12, 1/2)` is a leg of `unit`.
fn job_of(name: &str) -> String {
    name.split(" (").next().unwrap_or_default().to_owned()
}

/// The parameters that all instances share.
fn params(body: &str) -> Vec<(String, String)> {
    let lines = block(body, "params", 4);
    let lines = lines.iter().filter(|line| !line.contains("values.forEach") && !line.contains("${DslContext."));
    lines
        .map(|line| {
            assert!(line.starts_with("        param("), "unknown: {line}");
            let [name, value] = literals(line).try_into().unwrap_or_else(|_| panic!("unknown: {line}"));
            (name, value)
        })
        .collect()
}

fn configuration(body: &str) -> Vec<Leg> {
    let mut legs = vec![params(body)];
    for line in block(body, "matrix", 8) {
        let (head, values) = line.split_once(", listOf(").unwrap_or_else(|| panic!("unknown: {line}"));
        assert!(head.trim_start().starts_with("param("), "unknown: {line}");
        assert_eq!(values.matches("value(\"").count(), literals(values).len(), "unknown: {line}");
        let name = literals(head).concat();
        let product = legs.iter().flat_map(|leg| {
            literals(values).into_iter().map(|value| [leg.clone(), vec![(name.clone(), value)]].concat())
        });
        legs = product.collect();
    }
    legs.into_iter().map(|params| leg(job(body), params)).collect()
}

fn instances(body: &str, declarations: &[Declaration]) -> Vec<Leg> {
    let mut legs = Vec::new();
    for line in body.lines() {
        if let Some(list) = line.strip_prefix("    val ") {
            assert!(list.ends_with(" = listOf(") || list == "all = required + mayFail", "unknown: {line}");
            continue;
        } else if line == "    )" {
            continue;
        }
        let (class, arguments) = line.trim_start().split_once('(').unwrap_or_else(|| panic!("unknown: {line}"));
        let class = declarations.iter().find(|it| it.head.starts_with(&format!("class {class}(")));
        let class = class.unwrap_or_else(|| panic!("no class for {line}"));
        let mut arguments = literals(arguments).into_iter();
        let (_, title) = (arguments.next(), arguments.next().expect("an instance without a title"));
        let mut all = params(&class.body);
        while let Some(name) = arguments.next() {
            all.push((name, arguments.next().unwrap_or_else(|| panic!("unknown: {line}"))));
        }
        assert!(block(&class.body, "matrix", 8).is_empty(), "a matrix in a class");
        legs.push(leg(job_of(&title), all));
    }
    legs
}

fn leg(job: String, params: Vec<(String, String)>) -> Leg {
    let mut env = BTreeMap::new();
    for (name, value) in params {
        let Some(name) = name.strip_prefix("env.") else { continue };
        if !name.starts_with("MATRIX_") && !name.starts_with("CI_GEN_SHARD_") {
            continue;
        }
        let value = resolved(&value);
        assert!(!env.contains_key(name), "{name} is there twice");
        if !value.is_empty() {
            env.insert(name.to_owned(), value);
        }
    }
    Leg { job, env }
}

/// What TeamCity makes of a value: `%%` is a percent sign, and a reference is no constant.
fn resolved(value: &str) -> String {
    let literal = value.replace("%%", "");
    assert!(!literal.contains('%'), "{value} is not known before the build");
    value.replace("%%", "%")
}

/// The string literals on a line.
fn literals(line: &str) -> Vec<String> {
    let mut literals = Vec::new();
    let mut chars = line.chars();
    while chars.by_ref().any(|c| c == '"') {
        let mut literal = String::new();
        loop {
            match chars.next().unwrap_or_else(|| panic!("an open string: {line}")) {
                '"' => break,
                '$' => panic!("a template in a string: {line}"),
                '\\' => literal.push(match chars.next() {
                    Some('n') => '\n',
                    Some('r') => '\r',
                    Some('t') => '\t',
                    Some('u') => {
                        let digits: String = chars.by_ref().take(4).collect();
                        u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32).expect("an escaped character")
                    }
                    Some(c) => c,
                    None => panic!("an open escape: {line}"),
                }),
                c => literal.push(c),
            }
        }
        literals.push(literal);
    }
    literals
}
