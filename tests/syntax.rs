//! Kotlin outputs parse. Groovy itself parses the Jenkinsfiles in `.ci/run`: the free grammars lag behind it.

use tree_sitter::{Node, Parser};

use crate::examples::outputs;

fn faults(text: &str, language: &tree_sitter::Language) -> Vec<String> {
    let mut parser = Parser::new();
    parser.set_language(language).unwrap();
    let tree = parser.parse(text, None).unwrap();
    let mut faults = Vec::new();
    collect(tree.root_node(), text, &mut faults);
    faults
}

fn collect(node: Node<'_>, text: &str, faults: &mut Vec<String>) {
    if node.is_error() || node.is_missing() {
        let line = node.start_position().row;
        faults.push(format!("line {}: {}", line + 1, text.lines().nth(line).unwrap_or_default()));
        return;
    }
    for index in 0..node.child_count() {
        collect(node.child(index.try_into().unwrap()).unwrap(), text, faults);
    }
}

#[test]
fn kotlin_outputs_parse() {
    let kotlin = tree_sitter_kotlin_ng::LANGUAGE.into();
    assert!(!faults("object X : Y({ name = ", &kotlin).is_empty(), "the parser sees what is broken");
    let mut count = 0;
    for ((example, system), files) in outputs() {
        for (path, text) in files.iter().filter(|(path, _)| path.ends_with(".kts")) {
            let faults = faults(text, &kotlin);
            assert!(faults.is_empty(), "{example}, {system}, {path}:\n{}\n{text}", faults.join("\n"));
            count += 1;
        }
    }
    assert!(count >= 5, "only {count} outputs were parsed");
}
