//! Reads the legs back from `bitbucket-pipelines.yml`: every step that a pipeline starts.

use std::collections::{BTreeMap, BTreeSet};

use serde_saphyr::from_str;

use crate::readers::Leg;

/// The parts of the file that tell legs apart; everything else must only be well-formed.
#[derive(serde::Deserialize)]
struct Document {
    definitions: Definitions,
}

#[derive(serde::Deserialize)]
struct Definitions {
    steps: Vec<Item>,
}

#[derive(serde::Deserialize)]
struct Item {
    step: Step,
}

#[derive(serde::Deserialize)]
struct Step {
    name: String,
    script: Vec<String>,
}

/// One leg per step definition that at least one pipeline names.
///
/// # Panics
/// On anything that the generator is not known to write.
pub fn legs(files: &BTreeMap<String, String>) -> Vec<Leg> {
    assert_eq!(files.keys().collect::<Vec<_>>(), ["bitbucket-pipelines.yml"], "Bitbucket reads one file only");
    let text = &files["bitbucket-pipelines.yml"];
    let at = text.find("\npipelines:\n").expect("the file has pipelines");
    let (definitions, pipelines) = text.split_at(at + 1);

    // Anchors are lost in parsing; they come in the order of the steps.
    let anchors: Vec<&str> = definitions.lines().filter_map(|line| line.trim().strip_prefix("- step: &")).collect();
    let document: Document = from_str(definitions).expect("the definitions are YAML");
    let steps = document.definitions.steps;
    assert_eq!(anchors.len(), steps.len(), "every step is defined with an anchor");
    assert_eq!(anchors.iter().collect::<BTreeSet<_>>().len(), anchors.len(), "anchors are unique");

    let started = started(pipelines);
    let unknown: Vec<_> = started.iter().filter(|it| !anchors.contains(it)).collect();
    assert!(unknown.is_empty(), "pipelines name steps that are not defined: {unknown:?}");
    let unused: Vec<_> = anchors.iter().filter(|it| !started.contains(*it)).collect();
    assert!(unused.is_empty(), "no pipeline starts {unused:?}");

    steps.into_iter().map(leg).collect()
}

/// The anchors of the steps in the pipelines; none may come twice in one of them.
fn started(pipelines: &str) -> BTreeSet<&str> {
    let mut all = BTreeSet::new();
    let mut here = BTreeSet::new();
    let mut in_step = false;
    for line in pipelines.lines().filter(|line| !line.trim_start().starts_with('#')) {
        let word = line.trim();
        let is_key = word.ends_with(':') && !word.starts_with('-') && line.len() - word.len() <= 4;
        if is_key {
            here.clear();
        }
        let alias = match word.strip_prefix("- step: *") {
            Some(alias) => Some(alias),
            None if in_step => {
                Some(word.strip_prefix("<<: *").unwrap_or_else(|| panic!("a step begins with `{word}`")))
            }
            None => None,
        };
        in_step = word == "- step:";
        if let Some(alias) = alias {
            assert!(here.insert(alias), "a pipeline has the step `{alias}` twice");
            all.insert(alias);
        }
    }
    all
}

fn leg(item: Item) -> Leg {
    let name = item.step.name;
    let job = name.split_once(" (").map_or(name.as_str(), |(job, _)| job).to_owned();
    let mut env = BTreeMap::new();
    for line in item.step.script.iter().flat_map(|it| it.lines()) {
        let posix = line.strip_prefix("export ").and_then(|it| it.split_once('=')).map(|it| (it, "'\\''"));
        let windows = line.strip_prefix("$env:").and_then(|it| it.split_once(" = ")).map(|it| (it, "''"));
        let Some(((name, word), quote)) = posix.or(windows) else { continue };
        let counts = name.starts_with("MATRIX_") || matches!(name, "CI_GEN_SHARD_INDEX" | "CI_GEN_SHARD_TOTAL");
        let value = if counts { unquote(word, quote) } else { String::new() };
        if !value.is_empty() {
            let before = env.insert(name.to_owned(), value);
            assert_eq!(before, None, "`{name}` is set twice");
        }
    }
    Leg { job, env }
}

/// A word without values: plain, or in single quotes; `quote` is how the shell writes one inside.
fn unquote(word: &str, quote: &str) -> String {
    let Some(inner) = word.strip_prefix('\'').and_then(|it| it.strip_suffix('\'')) else {
        assert!(!word.contains(['\'', '"', '$', '`', '\\', ' ']), "not a plain word: {word}");
        return word.to_owned();
    };
    inner.replace(quote, "'")
}
