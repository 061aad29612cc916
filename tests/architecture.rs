//! Keeps the shape of the crate: who may import whom, how long a file may grow, what templates may do.

use std::{collections::BTreeMap, fs};

use crate::support::{project, slashed, walk};

/// Each module of `src/` and the modules it may name; lower layers first.
const LAYERS: &[(&str, &[&str])] = &[
    ("id", &[]),
    ("diag", &[]),
    ("pins", &[]),
    ("side_by_side", &[]),
    ("files", &["side_by_side"]),
    ("render", &[]),
    ("spec", &["id", "diag"]),
    ("plan", &["id", "diag", "pins", "spec"]),
    ("script", &["spec", "plan"]),
    ("yaml", &["render"]),
    ("context", &["id"]),
    ("report", &["render"]),
    ("exec", &[]),
    ("net", &[]),
    ("providers", &["context", "report", "net"]),
    ("publish", &["context", "report", "net", "providers"]),
    (
        "systems",
        &["id", "context", "report", "diag", "exec", "files", "pins", "render", "spec", "plan", "script", "yaml"],
    ),
    ("init", &["id", "diag", "files", "spec", "plan", "systems"]),
    (
        "cli",
        &[
            "id",
            "diag",
            "files",
            "pins",
            "render",
            "spec",
            "plan",
            "script",
            "systems",
            "init",
            "context",
            "report",
            "exec",
            "side_by_side",
            "net",
            "providers",
            "publish",
        ],
    ),
];

/// Longer files have more than one job.
const LONGEST_FILE: usize = 600;

fn sources() -> Vec<(String, String)> {
    let root = project().join("src");
    let files = walk(&root).into_iter().filter(|path| path.extension().is_some_and(|it| it == "rs"));
    files.map(|path| (slashed(path.strip_prefix(&root).unwrap()), fs::read_to_string(&path).unwrap())).collect()
}

fn module(path: &str) -> &str {
    path.split('/').next().unwrap().trim_end_matches(".rs")
}

/// The first segment of every path that begins with `crate::`, also inside braces.
fn imports(text: &str) -> Vec<String> {
    let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut names = Vec::new();
    for rest in code.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            None => names.push(identifier(rest)),
            Some(group) => {
                let mut depth = 0;
                let mut item = String::new();
                for c in group.chars() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => names.push(identifier(&std::mem::take(&mut item))),
                        c if depth == 0 => item.push(c),
                        _ => {}
                    }
                }
                names.push(identifier(&item));
            }
        }
    }
    names.retain(|name| name.starts_with(|c: char| c.is_ascii_lowercase()));
    names
}

fn identifier(text: &str) -> String {
    text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

#[test]
fn imports_of_groups_are_seen() {
    let text = "use crate::{\n    plan::{Plan, Job},\n    render::{self, File},\n    SystemId,\n};\ncrate::cli::x()";
    assert_eq!(imports(text), ["plan", "render", "cli"]);
}

#[test]
fn modules_import_downwards_only() {
    let layers: BTreeMap<_, _> = LAYERS.iter().copied().collect();
    let mut broken = Vec::new();
    for (path, text) in sources() {
        let module = module(&path);
        if matches!(module, "lib" | "main") {
            continue;
        }
        let Some(allowed) = layers.get(module) else {
            broken.push(format!("{path}: `{module}` has no layer"));
            continue;
        };
        for name in imports(&text) {
            if name != module && !allowed.contains(&name.as_str()) {
                broken.push(format!("{path}: `{module}` may not import `{name}`"));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_layer_exists() {
    let modules: Vec<String> = sources().iter().map(|(path, _)| module(path).to_owned()).collect();
    for (layer, _) in LAYERS {
        assert!(modules.iter().any(|it| it == layer), "there is no module `{layer}`");
    }
}

#[test]
fn files_are_short_and_say_what_they_are_for() {
    for (path, text) in sources() {
        assert!(text.starts_with("//! "), "{path} does not begin with a sentence on its job");
        let lines = text.lines().count();
        assert!(lines <= LONGEST_FILE, "{path} has {lines} lines");
    }
}

/// A vendor's name belongs into its own directory, the list of systems and nowhere else.
#[test]
fn systems_are_named_at_home_only() {
    let variants = ["Github", "Gitlab", "Jenkins", "Azure", "Circleci", "Travis", "Bitbucket", "Teamcity"];
    for (path, text) in sources() {
        if path == "id.rs" || path == "systems/mod.rs" {
            continue;
        }
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        for variant in variants {
            let home = format!("systems/{}/", variant.to_lowercase());
            assert!(
                path.starts_with(&home) || !code.contains(&format!("SystemId::{variant}")),
                "{path} treats {variant} apart"
            );
            for other in variants.iter().map(|it| it.to_lowercase()).filter(|it| !path.contains(it.as_str())) {
                let inside = path.starts_with("systems/") && path.matches('/').count() > 1;
                assert!(!inside || !code.contains(&format!("{other}::")), "{path} uses {other}");
            }
        }
    }
}

/// Our templates; the one other file there is the component, which GitLab finds by its path.
fn templates() -> impl Iterator<Item = std::path::PathBuf> {
    let component = project().join("templates/ci-gen.yml");
    walk(&project().join("templates")).into_iter().filter(move |path| *path != component)
}

/// GitLab takes `templates/NAME.yml` for a component, so everything else there ends in `.j2`.
#[test]
fn templates_end_in_j2() {
    for path in templates() {
        assert!(path.extension().is_some_and(|it| it == "j2"), "{}", path.display());
    }
}

/// Templates loop, test names and print; everything else is decided before.
#[test]
fn templates_do_not_decide() {
    for path in templates() {
        let text = fs::read_to_string(&path).unwrap();
        for block in text.split("{{%").skip(1) {
            let block = block.split("%}}").next().unwrap().trim().trim_matches('-').trim();
            let words: Vec<&str> = block.split_whitespace().collect();
            let fine = match words.as_slice() {
                ["if" | "elif", condition @ ..] => condition.split(|it| matches!(*it, "and" | "or")).all(is_test),
                ["for", names @ .., "in", list] => {
                    is_name(list) && names.iter().all(|it| is_name(it.trim_end_matches(',')))
                }
                // A macro is a piece of layout that stands in several places.
                ["macro", call @ ..] => is_call(&call.join(" ")),
                ["else"] | ["endif"] | ["endfor"] | ["endmacro"] => true,
                _ => false,
            };
            assert!(fine, "{}: `{block}` decides something", path.display());
        }
        for print in text.split("{{{").skip(1) {
            let print = print.split("}}}").next().unwrap().trim();
            let mut parts = print.split('|').map(str::trim);
            let printed = parts.next().unwrap();
            assert!(is_name(printed) || is_call(printed), "{}: `{print}`", path.display());
            for filter in parts {
                let name = filter.split('(').next().unwrap();
                assert!(
                    ["script", "comment", "flow", "identifier", "interpolated", "verbatim"].contains(&name),
                    "{}: the filter `{name}`",
                    path.display()
                );
            }
        }
    }
}

/// A test of a name: whether it is there, or which of several kinds of thing it stands for.
fn is_test(words: &[&str]) -> bool {
    match words {
        [name] | ["not", name] | [name, "is", "none"] | [name, "is", "not", "none"] => is_name(name),
        [literal, "in", name] => literal.starts_with('"') && is_name(name),
        [name, "==", kind] => name.ends_with(".kind") && is_name(name) && kind.starts_with('"'),
        _ => false,
    }
}

fn is_call(text: &str) -> bool {
    text.strip_suffix(')')
        .and_then(|it| it.split_once('('))
        .is_some_and(|(name, arguments)| is_name(name) && arguments.split(',').all(|it| is_name(it.trim())))
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.')
}

/// Names that are devices on Windows, whatever stands behind a dot:
/// <https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file>
const DEVICES: &[&str] = &["con", "prn", "aux", "nul"];

/// Git refuses to check out anything there if one name cannot be.
#[test]
fn every_file_has_a_name_that_windows_takes() {
    for directory in ["src", "tests", "templates", "examples", "schemas", "scripts", "docs", "benches", "fuzz"] {
        for path in walk(&project().join(directory)) {
            let path = slashed(path.strip_prefix(project()).unwrap());
            // What tools leave behind is not committed.
            for name in path.split('/').filter(|_| !path.starts_with("fuzz/target/")) {
                let stem = name.split('.').next().unwrap_or_default().to_lowercase();
                let port = matches!(stem.as_bytes(), [b'c', b'o', b'm', b'0'..=b'9'] | [b'l', b'p', b't', b'0'..=b'9']);
                let device = port || DEVICES.contains(&stem.as_str());
                let bad =
                    device || name.contains(['<', '>', ':', '"', '|', '?', '*', '\\']) || name.ends_with(['.', ' ']);
                assert!(!bad, "{path}");
            }
        }
    }
}
