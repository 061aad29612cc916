//! What is generated and committed is current; what the documents tell people to type works.

use std::fs;

use ci_gen::{
    providers, report,
    systems::{self, Feature, Support},
    SystemId,
};

use crate::support::{assert_current, project, Sandbox};

#[test]
fn the_schema_is_current() {
    let document = format!("{:#}\n", systems::schema_document());
    assert_current(&project().join("schemas/ci-gen.schema.json"), &document);
    assert_eq!(Sandbox::new().run("schema spec").code(0).stdout, document);
}

#[test]
fn the_schema_of_reports_is_current() {
    let document = format!("{:#}\n", report::schema());
    assert_current(&project().join("schemas/report.schema.json"), &document);
    assert_eq!(Sandbox::new().run("schema report").code(0).stdout, document);
}

#[test]
fn the_table_of_limits_is_current() {
    let path = project().join("docs/publishing.md");
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once("<!-- begin limits -->\n").unwrap();
    let (_, after) = rest.split_once("<!-- end limits -->").unwrap();
    let row = |it: &&providers::Limit| {
        let unit = match it.unit {
            providers::Unit::Bytes => "bytes",
            providers::Unit::Characters => "characters",
            providers::Unit::Items => "",
        };
        let most = format!("{} {unit}", it.most);
        format!("| {} | {} | {} | [source]({}) |\n", it.vendor, it.what, most.trim(), it.source)
    };
    let rows: String = providers::LIMITS.iter().map(row).collect();
    let table = format!("| vendor | of | at most | |\n|---|---|---|---|\n{rows}");
    assert_current(&path, &format!("{before}<!-- begin limits -->\n{table}<!-- end limits -->{after}"));
}

/// An editor shows these on hover.
#[test]
fn every_key_of_the_schemas_is_described() {
    for document in [systems::schema_document(), report::schema()] {
        let mut bare = Vec::new();
        undescribed(&document, &document, "", &mut bare);
        assert!(bare.is_empty(), "without description: {bare:#?}");
    }
}

fn undescribed(document: &serde_json::Value, schema: &serde_json::Value, at: &str, bare: &mut Vec<String>) {
    if let Some(properties) = schema["properties"].as_object() {
        for (key, property) in properties {
            let target = property["$ref"].as_str().map(|it| &document.pointer(&it[1..]).unwrap()["description"]);
            if property["description"].is_null() && target.is_none_or(serde_json::Value::is_null) {
                bare.push(format!("{at}/{key}"));
            }
        }
    }
    match schema {
        serde_json::Value::Object(map) => {
            for (key, value) in map {
                match value {
                    // Keys of this map are names that the schema gives, not words of schemas.
                    serde_json::Value::Object(named) if key == "properties" => {
                        named
                            .iter()
                            .for_each(|(name, it)| undescribed(document, it, &format!("{at}/{key}/{name}"), bare));
                    }
                    _ => undescribed(document, value, &format!("{at}/{key}"), bare),
                }
            }
        }
        serde_json::Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                undescribed(document, value, &format!("{at}/{index}"), bare);
            }
        }
        _ => {}
    }
}

/// The table of what each system can do, from the same source as the diagnostics.
fn support_table() -> String {
    let titles: Vec<&str> = SystemId::ALL.iter().map(|id| id.title()).collect();
    let mut table = format!("| | {} |\n|---|{}\n", titles.join(" | "), "---|".repeat(titles.len()));
    let mut notes = String::new();
    for feature in Feature::ALL {
        let cells: Vec<String> = SystemId::ALL
            .iter()
            .map(|id| match systems::get(*id).support(*feature) {
                Support::Native(_) => "●".to_owned(),
                Support::Emulated(_) => "◐".to_owned(),
                Support::Degraded(_) => "○".to_owned(),
                Support::Unsupported(_) => "–".to_owned(),
            })
            .collect();
        table.push_str(&format!("| {} | {} |\n", feature.title(), cells.join(" | ")));
    }
    for id in SystemId::ALL {
        let lines: Vec<String> = Feature::ALL
            .iter()
            .map(|feature| (feature, systems::get(*id).support(*feature)))
            .filter(|(_, support)| !support.note().is_empty())
            .map(|(feature, support)| {
                format!("- **{}** ({}): {}\n", feature.title(), support.reach().word(), support.note())
            })
            .collect();
        notes.push_str(&format!("\n### {}\n\n{}", id.title(), lines.concat()));
    }
    format!("{table}\n● native · ◐ emulated, same result · ○ degraded, a warning says what is missing · – refused\n\x00{notes}")
}

#[test]
fn the_tables_of_support_are_current() {
    let text = support_table();
    let (table, notes) = text.split_once('\0').unwrap();
    replace_between("README.md", "support", table);
    replace_between("docs/support.md", "support", &format!("{table}{notes}"));
}

/// Checks, or with `UPDATE=1` writes, what stands between two marks of a document.
fn replace_between(document: &str, mark: &str, content: &str) {
    let path = project().join(document);
    let text = fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
    let (begin, end) = (format!("<!-- begin {mark} -->\n"), format!("<!-- end {mark} -->"));
    let (before, rest) = text.split_once(&begin).unwrap_or_else(|| panic!("{document} lacks {begin}"));
    let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("{document} lacks {end}"));
    assert_current(&path, &format!("{before}{begin}\n{content}\n{end}{after}"));
}

/// Every `ci-gen …` line in a block of the documents is run, in a copy of the examples.
#[test]
fn commands_of_the_documents_work() {
    let mut count = 0;
    for document in ["README.md", "CONTRIBUTING.md", "docs/drift.md"] {
        let text = fs::read_to_string(project().join(document)).unwrap();
        for block in text.split("```console\n").skip(1) {
            let block = block.split("```").next().unwrap();
            let sandbox = Sandbox::new();
            let quickstart = fs::read(project().join("examples/quickstart/ci-gen.toml")).unwrap();
            sandbox.write("ci-gen.toml", &quickstart);
            for line in block.lines().filter_map(|line| line.strip_prefix("$ ci-gen ")) {
                let arguments = line.split(['|', '>', '#']).next().unwrap();
                // What drafts a spec begins where there is none.
                let fresh = Sandbox::new();
                let place = if arguments.starts_with("init") { &fresh } else { &sandbox };
                place.run(arguments).code(0);
                count += 1;
            }
        }
    }
    assert!(count >= 3, "only {count} commands were found");
}

/// The spec in the README is a spec.
#[test]
fn specs_of_the_documents_are_valid() {
    let text = fs::read_to_string(project().join("README.md")).unwrap();
    let mut count = 0;
    for block in text.split("```toml\n").skip(1) {
        let spec = block.split("```").next().unwrap();
        Sandbox::with_spec(spec).run("validate").code(0);
        count += 1;
    }
    assert!(count >= 1);
}

/// The project's own pipelines come from its own spec.
#[test]
fn own_pipelines_are_what_the_own_spec_renders() {
    Sandbox::new().run_in(&project().display().to_string(), "check").code(0);
}
