//! Names of people, and the identifiers that systems make of them.

use std::collections::BTreeSet;

use ci_gen::SystemId;
use regex::Regex;
use serde_json::Value;

use super::outputs::{generated, rendered, Outputs};

fn ids(outputs: &Outputs) -> Vec<(SystemId, Vec<String>, &'static str)> {
    let keys = |value: &Value| -> Vec<String> { value.as_object().expect("a mapping").keys().cloned().collect() };
    let azure = outputs.yaml(SystemId::Azure);
    let mut azure_ids: Vec<String> = Vec::new();
    for job in azure["jobs"].as_array().expect("jobs") {
        let id = job["job"].as_str().expect("an id").to_owned();
        // Legs are named within their job.
        let legs = job["strategy"]["matrix"].as_object().into_iter().flat_map(|it| it.keys());
        azure_ids.extend(legs.map(|leg| format!("{id}{leg}").chars().take(100).collect::<String>()));
        azure_ids.push(id);
    }
    let circle = outputs.yaml(SystemId::Circleci);
    let parameters = circle["jobs"].as_object().expect("jobs").values().filter_map(|job| job.get("parameters"));
    // Every job has its own parameters, and jobs have names of their own.
    let parameters: BTreeSet<String> = parameters.flat_map(keys).collect();
    let mut circle_ids: Vec<String> = parameters.iter().map(|it| format!("{it}-parameter")).collect();
    circle_ids.extend(keys(&circle["jobs"]).into_iter().map(|it| it.to_lowercase()));
    let kotlin = Regex::new(r"(?m)^(?:object|class) (\S+?)(?:\(| [:{])").unwrap();
    let instance = Regex::new(r#"(?m)^ +\w+\("(\w+)", ""#).unwrap();
    let settings = outputs.text(SystemId::Teamcity);
    let mut objects: Vec<String> = kotlin.captures_iter(settings).map(|it| it[1].to_owned()).collect();
    objects.extend(instance.captures_iter(settings).map(|it| format!("Leg{}", &it[1])));
    let axis = Regex::new(r"(?m)^ +name '([^']*)'$").unwrap();
    let groovy = outputs.text(SystemId::Jenkins);
    let function = Regex::new(r"(?m)^def (\w+)\(").unwrap();
    let assigned = Regex::new(r"(?m)^ +(MATRIX_\S*) = ").unwrap();
    // Each job has its own axes and variables.
    let mut variables: BTreeSet<String> = axis.captures_iter(groovy).map(|it| it[1].to_owned()).collect();
    variables.extend(assigned.captures_iter(groovy).map(|it| it[1].to_owned()));
    let mut variables: Vec<String> = variables.into_iter().collect();
    variables.extend(function.captures_iter(groovy).map(|it| it[1].to_owned()));
    vec![
        (SystemId::Github, keys(&outputs.yaml(SystemId::Github)["jobs"]), "^[A-Za-z_][A-Za-z0-9_-]*$"),
        (SystemId::Azure, azure_ids, "^[A-Za-z][A-Za-z0-9_]{0,99}$"),
        (SystemId::Circleci, circle_ids, "^[a-z][a-z0-9_-]*$"),
        (SystemId::Teamcity, objects, "^[A-Za-z][A-Za-z0-9_]{0,224}$"),
        (SystemId::Jenkins, variables, "^[A-Za-z_][A-Za-z0-9_]*$"),
    ]
}

#[track_caller]
fn valid_and_unique(outputs: &Outputs) {
    for (system, ids, pattern) in ids(outputs) {
        assert!(!ids.is_empty(), "{system} has no identifiers");
        let pattern = Regex::new(pattern).unwrap();
        let mut seen = BTreeSet::new();
        for id in ids {
            assert!(pattern.is_match(&id), "`{id}` is no identifier on {system}");
            assert!(seen.insert(id.to_lowercase()), "`{id}` is there twice on {system}");
        }
    }
    names_of_gitlab(outputs);
    for system in [SystemId::Travis, SystemId::Bitbucket] {
        let yaml = outputs.yaml(system);
        let names: Vec<&Value> = match system {
            SystemId::Travis => {
                yaml["jobs"]["include"].as_array().expect("jobs").iter().map(|it| &it["name"]).collect()
            }
            _ => yaml["definitions"]["steps"].as_array().expect("steps").iter().map(|it| &it["step"]["name"]).collect(),
        };
        let unique: BTreeSet<String> = names.iter().map(|it| it.to_string()).collect();
        assert!(!names.is_empty() && unique.len() == names.len(), "{system}: {names:?}");
    }
}

/// GitLab names a leg after its values only, so two legs of other keys and the same values would be one:
/// <https://docs.gitlab.com/ci/yaml/#parallelmatrix>; names end at 255 characters: <https://docs.gitlab.com/ci/jobs/#job-names>.
#[track_caller]
fn names_of_gitlab(outputs: &Outputs) {
    let yaml = outputs.yaml(SystemId::Gitlab);
    let mut names = Vec::new();
    for (job, keys) in yaml.as_object().expect("a mapping") {
        let Some(entries) = keys["parallel"]["matrix"].as_array() else {
            names.push(job.clone());
            continue;
        };
        for entry in entries {
            let mut rows: Vec<Vec<String>> = vec![Vec::new()];
            for values in entry.as_object().expect("a mapping").values() {
                let values: Vec<&str> =
                    values.as_array().expect("a list").iter().map(|it| it.as_str().unwrap()).collect();
                rows = rows
                    .iter()
                    .flat_map(|row| values.iter().map(|it| [row.clone(), vec![(*it).to_owned()]].concat()))
                    .collect();
            }
            names.extend(rows.into_iter().map(|row| format!("{job}: [{}]", row.join(", "))));
        }
    }
    let unique: BTreeSet<&String> = names.iter().collect();
    assert_eq!(unique.len(), names.len(), "two jobs have one name: {names:#?}");
    assert!(names.iter().all(|it| it.chars().count() <= 255), "too long: {names:#?}");
}

/// Values hold what no identifier may, and two of them can become the same one; Azure refuses such a file and GitLab
/// drops a job: <https://learn.microsoft.com/azure/devops/pipelines/yaml-schema/jobs-job-strategy>.
#[test]
fn trap_07_legs_have_valid_and_different_names() {
    let matrix = "left = [\"ubuntu-24.04/py 3.10\", \"3.1-0\", \"3.1.0\", \"3.1_0\"]\nright = [\"3.1.0\", \"3.1-0\"]\n";
    let spec = format!("[on]\npush = true\n[job.unit]\ntest = \"make\"\n[job.unit.matrix]\n{matrix}");
    let outputs = rendered(&spec);
    valid_and_unique(&outputs);
    let again = rendered(&spec);
    for system in SystemId::ALL {
        assert_eq!(outputs.legs(*system).len(), 8, "{system}");
        assert_eq!(outputs.files(*system), again.files(*system), "{system} changes its mind");
    }
    let azure = outputs.yaml(SystemId::Azure)["jobs"][0]["strategy"]["matrix"].clone();
    assert_eq!(azure.as_object().expect("legs").len(), 8, "{azure}");
}

/// The same with includes of different keys, whose values are all that GitLab shows.
#[test]
fn trap_07_legs_of_different_keys_have_different_names() {
    let outputs = rendered(
        "[on]\npush = true\n[job.unit]\ntest = \"make\"\n[job.unit.matrix]\n\
         include = [{ left = \"x\" }, { right = \"x\" }, { left = \"x\", right = \"x\" }]\n",
    );
    outputs.all_have_the_legs(&["MATRIX_LEFT=x", "MATRIX_RIGHT=x", "MATRIX_LEFT=x MATRIX_RIGHT=x"]);
    valid_and_unique(&outputs);
}

/// Azure ends names of legs at 100 characters, and what is cut off may be what told them apart.
#[test]
fn trap_07_long_values_keep_their_names_apart() {
    let long = "a".repeat(90);
    let outputs = rendered(&format!(
        "[on]\npush = true\n[job.unit]\ntest = \"make\"\n[job.unit.matrix]\nvalue = [\"{long}{long}1\", \"{long}{long}2\"]\n"
    ));
    outputs.all_have_the_legs(&[&format!("MATRIX_VALUE={long}{long}1"), &format!("MATRIX_VALUE={long}{long}2")]);
    valid_and_unique(&outputs);
}

/// Words of Kotlin that name nothing, hard and soft ones that a declaration may not have unquoted:
/// <https://kotlinlang.org/docs/keyword-reference.html#hard-keywords>.
const KEYWORDS: &[&str] = &[
    "as",
    "break",
    "class",
    "continue",
    "do",
    "else",
    "false",
    "for",
    "fun",
    "if",
    "in",
    "interface",
    "is",
    "null",
    "object",
    "package",
    "return",
    "super",
    "this",
    "throw",
    "true",
    "try",
    "typealias",
    "typeof",
    "val",
    "var",
    "when",
    "while",
];

/// A job called `object`, `3rd` or `my-tests` is none of an identifier in Kotlin or Groovy, and the settings do not
/// compile; the name stays what people see.
#[test]
fn trap_15_names_become_identifiers_of_kotlin_and_groovy() {
    let mut names: Vec<String> = KEYWORDS.iter().map(|it| (*it).to_owned()).collect();
    names.retain(|name| !["true", "false"].contains(&name.as_str()));
    let more =
        ["my-tests", "3rd", "Project", "pipeline", "stage", "env", "def", "Script", "String", "a-1", "a1", "unit"];
    names.extend(more.map(str::to_owned));
    let job = |name: &String| {
        format!("[job.{name}]\ntest = \"make\"\n[job.{name}.matrix]\nin = [\"1\", \"2\"]\nval-ue = \"x\"\n")
    };
    // No more than Jenkins can hold.
    for names in names.chunks(8) {
        let jobs: String = names.iter().map(job).collect();
        let outputs = rendered(&format!("[on]\npush = true\n{jobs}"));
        valid_and_unique(&outputs);
        for (system, ids, _) in ids(&outputs) {
            let reserved: Vec<&String> = ids.iter().filter(|it| KEYWORDS.contains(&it.as_str())).collect();
            assert!(
                reserved.is_empty() || matches!(system, SystemId::Github | SystemId::Circleci | SystemId::Azure),
                "{system}: {reserved:?}"
            );
        }
        assert!(outputs.text(SystemId::Jenkins).contains("name 'MATRIX_VAL_UE'"), "an axis is a variable");
        for name in names {
            outputs.each_says([
                (SystemId::Github, &[&format!("name: \"{name} (")]),
                (SystemId::Gitlab, &[&format!("\n{}:\n", key(name))]),
                (SystemId::Jenkins, &[&format!("stage('{name}')")]),
                (SystemId::Azure, &[&format!("displayName: {}\n", key(name))]),
                (SystemId::Circleci, &[&name.to_lowercase()]),
                (SystemId::Travis, &[&format!("name: \"{name} (")]),
                (SystemId::Bitbucket, &[&format!("name: \"{name} (")]),
                (SystemId::Teamcity, &[&format!("name = \"{name}\"")]),
            ]);
        }
    }
}

/// GitLab would take such a job for one of its own keys: <https://docs.gitlab.com/ci/jobs/#job-names>.
#[test]
fn trap_15_names_that_gitlab_reserves_are_refused() {
    for name in
        ["true", "false", "nil", "image", "services", "stages", "types", "variables", "include", "cache", "default"]
    {
        let outputs = generated(&format!("[on]\npush = true\n[job.{name}]\nrun = \"make\"\n"));
        outputs.refused(&[(SystemId::Gitlab, &format!("its own meaning for `{name}`"))]);
    }
}

/// A name as a YAML scalar: quoted where YAML has a meaning for it.
fn key(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic()) && !["true", "false", "null"].contains(&name);
    if plain {
        name.to_owned()
    } else {
        format!("\"{name}\"")
    }
}
