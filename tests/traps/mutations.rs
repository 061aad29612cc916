//! Errors that the vendors' schemas let pass, turned round: a spec cannot lead to them.
//!
//! Each is refused in the spec with words, or the way outputs are written makes it impossible, which the test shows on
//! the output. What was mutated in finished files stands in the names.

use std::collections::BTreeSet;

use ci_gen::SystemId;
use regex::Regex;
use serde_json::Value;

use super::outputs::{generated, invalid, leaves, rendered, Outputs};

/// Names and values as awkward as a spec can have them: jobs with `-`, axes with capitals, versions, floats.
fn awkward() -> Outputs {
    rendered(
        "[on]\npush = true\n[service.my-db]\nimage = \"postgres:16\"\nport = 5432\n\
         [job.build-it]\nrun = \"make\"\nartifacts = { a = \"x\" }\n\
         [job.unit-Tests]\nneeds = \"build-it\"\ntest = \"cat <<EOF\\n{{ matrix.Py-Version }}\\nEOF\"\n\
         services = \"my-db\"\nenv = { EMPTY = \"\", BLANKS = \"a b = c\" }\nretry = 1\n\
         [job.unit-Tests.matrix]\nPy-Version = [\"3.10\", \"3.9-beta.1\"]\nOS_name = [\"a\", \"true\"]\n\
         include = [{ Py-Version = \"4.0\", Extra-1 = \"1e3\" }]\n\
         [job.last]\nneeds = [\"unit-Tests\", \"build-it\"]\nrun = \"make\"\n",
    )
}

fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().map(|it| it.as_str().expect("a string").to_owned()).collect(),
        Value::String(one) => vec![one.clone()],
        Value::Null => Vec::new(),
        other => panic!("no names: {other}"),
    }
}

#[test]
fn github_needs_are_jobs_of_the_file() {
    invalid("[job.a]\nrun = \"x\"\nneeds = \"lnit\"\n[job.lint]\nrun = \"x\"\n", "needs-unknown-job", "lnit");
    let jobs = awkward().yaml(SystemId::Github)["jobs"].clone();
    let jobs = jobs.as_object().expect("jobs");
    let needs: Vec<String> = jobs.values().flat_map(|job| strings(&job["needs"])).collect();
    assert!(needs.len() >= 3 && needs.iter().all(|it| jobs.contains_key(it)), "{needs:?}");
}

#[test]
fn github_matrix_of_300_is_refused() {
    let values: Vec<String> = (0..300).map(|it| it.to_string()).collect();
    let spec = format!("[job.a]\nrun = \"x\"\n[job.a.matrix]\nv = [{}]\n", values.join(", "));
    let outputs = generated(&spec);
    assert!(outputs.is_refused(SystemId::Github));
    assert!(outputs.warns(SystemId::Github, "300 legs; a matrix on GitHub has at most 256"));
}

#[test]
fn floats_are_refused_in_the_spec() {
    let spec = "[job.a]\nrun = \"x\"\n[job.a.matrix]\npython = [3.9, 3.10]\n";
    invalid(spec, "float", "3.10 is a floating-point number and would lose digits");
    invalid(spec, "float", "quote it: \"3.10\"");
    invalid("[job.a]\nrun = \"x\"\nenv = { A = 1.0 }\n", "float", "quote it: \"1.0\"");
    invalid("[job.a]\nrun = \"x\"\nsetup = { python = 3.10 }\n", "float", "quote it: \"3.10\"");
    invalid("[job.a]\nrun = \"x\"\n[job.a.matrix]\nv = [\"a\"]\ninclude = [{ v = 2.0 }]\n", "float", "2.0");
}

#[test]
fn matrix_values_are_strings_in_every_output() {
    let outputs = awkward();
    let matrices = [
        (SystemId::Github, "matrix"),
        (SystemId::Gitlab, "matrix"),
        (SystemId::Azure, "matrix"),
        (SystemId::Circleci, "matrix"),
        (SystemId::Travis, "env"),
        (SystemId::Bitbucket, "script"),
    ];
    for (system, key) in matrices {
        let inside: Vec<_> = leaves(&outputs.yaml(system))
            .into_iter()
            .filter(|(path, _)| path.iter().any(|it| it == key) && path.last().is_none_or(|it| it != "max-parallel"))
            .collect();
        assert!(!inside.is_empty(), "{system}");
        assert!(inside.iter().all(|(_, leaf)| leaf.is_string()), "{system}: {inside:?}");
    }
}

#[test]
fn github_cron_lines_are_checked() {
    invalid("[on]\nschedule = \"@daily\"\n[job.a]\nrun = \"x\"\n", "cron", "`@daily` is not one of the five fields");
    invalid("[on]\nschedule = \"99 * * * *\"\n[job.a]\nrun = \"x\"\n", "cron", "minute 99 is out of range");
}

#[test]
fn gitlab_matrix_of_220_is_refused() {
    let values: Vec<String> = (0..220).map(|it| it.to_string()).collect();
    let spec = format!("[job.a]\nrun = \"x\"\n[job.a.matrix]\nv = [{}]\n", values.join(", "));
    let outputs = generated(&spec);
    assert!(outputs.is_refused(SystemId::Gitlab));
    assert!(outputs.warns(SystemId::Gitlab, "220 legs; GitLab makes at most 200 of a job"));
    // A product is counted, not its axes.
    let axis = |count: usize| (0..count).map(|it| it.to_string()).collect::<Vec<_>>().join(", ");
    let spec = format!("[job.a]\nrun = \"x\"\nshards = 3\n[job.a.matrix]\nv = [{}]\nw = [{}]\n", axis(9), axis(8));
    assert!(generated(&spec).warns(SystemId::Gitlab, "216 legs; GitLab makes at most 200"));
}

#[test]
fn gitlab_needs_are_jobs_of_the_file_and_at_most_50() {
    let yaml = awkward().yaml(SystemId::Gitlab);
    let jobs = yaml.as_object().expect("jobs");
    let needs: Vec<String> = jobs.values().flat_map(|job| strings(&job["needs"])).collect();
    assert!(needs.len() >= 3 && needs.iter().all(|it| jobs.contains_key(it)), "{needs:?}");
    let many: String = (0..51).map(|it| format!("[job.j{it}]\nrun = \"x\"\n")).collect();
    let names: Vec<String> = (0..51).map(|it| format!("\"j{it}\"")).collect();
    let spec = format!("[on]\npush = true\n{many}[job.last]\nrun = \"x\"\nneeds = [{}]\n", names.join(", "));
    let outputs = generated(&spec);
    assert!(outputs.is_refused(SystemId::Gitlab));
    assert!(outputs.warns(SystemId::Gitlab, "the job needs 51 legs; GitLab allows 50"));
}

#[test]
fn gitlab_matrix_keys_are_variables() {
    let outputs = awkward();
    let name = Regex::new("^[A-Z][A-Z0-9_]*$").unwrap();
    let mut count = 0;
    for (_, job) in outputs.yaml(SystemId::Gitlab).as_object().expect("jobs") {
        for entry in job["parallel"]["matrix"].as_array().into_iter().flatten() {
            for key in entry.as_object().expect("a mapping").keys() {
                assert!(name.is_match(key), "{key}");
                count += 1;
            }
        }
    }
    assert!(count > 0 && outputs.text(SystemId::Gitlab).contains("MATRIX_PY_VERSION: [\"3.10\", \"3.9-beta.1\"]"));
}

#[test]
fn gitlab_has_four_caches_and_two_files_in_a_key() {
    let cache = |count: usize| {
        let all: Vec<String> = (0..count).map(|it| format!("{{ path = \"c{it}\", key = \"k{it}\" }}")).collect();
        format!("[on]\npush = true\n[job.a]\nrun = \"x\"\ncache = [{}]\n", all.join(", "))
    };
    let four = rendered(&cache(4)).yaml(SystemId::Gitlab)["a"]["cache"].clone();
    assert_eq!(four.as_array().map(Vec::len), Some(4), "{four}");
    generated(&cache(5)).refused(&[(SystemId::Gitlab, "5 caches; a job on GitLab has at most 4")]);
    let keys = "[on]\npush = true\n[job.a]\nrun = \"x\"\ncache = { path = \"c\", key = [\"k1\", \"k2\", \"k3\"] }\n";
    let outputs = rendered(keys);
    assert_eq!(outputs.yaml(SystemId::Gitlab)["a"]["cache"][0]["key"]["files"], serde_json::json!(["k1", "k2"]));
    outputs.degraded("GitLab reads 2 files for the key of a cache", &[SystemId::Gitlab]);
}

#[test]
fn gitlab_conditions_are_rules_alone() {
    let outputs = rendered(
        "[on]\npush = true\npull-request = true\n[job.a]\nrun = \"x\"\n\
         only = { events = [\"push\"], branches = [\"main\"] }\n",
    );
    let yaml = outputs.yaml(SystemId::Gitlab);
    assert!(yaml["a"]["rules"].is_array(), "{yaml}");
    for key in leaves(&yaml).into_iter().flat_map(|(path, _)| path) {
        assert!(key != "only" && key != "except", "beside `rules` the file is invalid");
    }
    outputs.never_says(SystemId::Gitlab, "allow_failure");
}

#[test]
fn azure_ids_have_letters_digits_and_underscores() {
    let azure = awkward().yaml(SystemId::Azure);
    let id = Regex::new("^[A-Za-z][A-Za-z0-9_]{0,99}$").unwrap();
    let mut known = BTreeSet::new();
    let mut needed = 0;
    for job in azure["jobs"].as_array().expect("jobs") {
        let own = job["job"].as_str().expect("an id").to_owned();
        assert!(id.is_match(&own), "{own}");
        for leg in job["strategy"]["matrix"].as_object().into_iter().flat_map(|it| it.keys()) {
            assert!(id.is_match(leg), "{leg}");
        }
        for need in strings(&job["dependsOn"]) {
            assert!(known.contains(&need), "{own} depends on {need}, which is not before it");
            needed += 1;
        }
        let strategy = &job["strategy"];
        assert!(strategy["parallel"].is_null(), "{own}: {strategy}");
        known.insert(own);
    }
    assert!(known.contains("build_it") && known.contains("unit_tests") && needed >= 3, "{known:?}");
}

/// Every parameter that is used or given is declared as a string, in small letters; includes are invocations.
#[test]
fn circleci_parameters_are_small_declared_and_strings() {
    let outputs = awkward();
    let yaml = outputs.yaml(SystemId::Circleci);
    let name = Regex::new("^[a-z][a-z0-9_-]*$").unwrap();
    let mut given = 0;
    for invocation in yaml["workflows"]["acme"]["jobs"].as_array().expect("jobs") {
        let Some((job, keys)) = invocation.as_object().and_then(|it| it.iter().next()) else { continue };
        let declared = yaml["jobs"][job]["parameters"].as_object().cloned().unwrap_or_default();
        for (parameter, keys) in &declared {
            assert!(name.is_match(parameter), "{parameter}");
            assert_eq!(keys["type"], "string", "{parameter}");
            let reserved = ["name", "requires", "context", "type", "filters", "matrix"];
            assert!(!reserved.contains(&parameter.as_str()), "{parameter}");
        }
        let matrix = &keys["matrix"];
        assert!(matrix.get("include").is_none(), "{matrix}");
        let known = ["name", "requires", "filters", "matrix", "context", "type"];
        let own = keys.as_object().expect("keys").iter().filter(|(key, _)| !known.contains(&key.as_str()));
        let in_matrix = matrix["parameters"].as_object().into_iter().flatten();
        for (parameter, value) in own.chain(in_matrix) {
            assert!(declared.contains_key(parameter), "{job} has no parameter {parameter}");
            assert!(value.is_string() || value.as_array().is_some_and(|it| it.iter().all(Value::is_string)), "{value}");
            given += 1;
        }
    }
    assert!(given >= 4, "only {given} arguments");
    let text = outputs.text(SystemId::Circleci);
    let used = Regex::new(r"<< parameters\.(\S+) >>").unwrap();
    let used: BTreeSet<&str> = used.captures_iter(text).map(|it| it.get(1).unwrap().as_str()).collect();
    let declared: BTreeSet<String> = yaml["jobs"]
        .as_object()
        .expect("jobs")
        .values()
        .flat_map(|job| job["parameters"].as_object().cloned().unwrap_or_default().into_iter().map(|(name, _)| name))
        .collect();
    assert!(!used.is_empty() && used.iter().all(|it| declared.contains(*it)), "{used:?}, {declared:?}");
    // Reserved names of a spec's axes are renamed, not handed on.
    let reserved = rendered(
        "[on]\npush = true\n[job.a]\nrun = \"x\"\n[job.a.matrix]\nname = [\"1\", \"2\"]\ntype = [\"3\"]\ncontext = [\"4\"]\n\
         filters = [\"5\"]\nrequires = [\"6\"]\n",
    );
    let parameters = reserved.yaml(SystemId::Circleci)["jobs"]["a"]["parameters"].clone();
    for name in ["name", "type", "context", "filters", "requires"] {
        assert!(parameters.get(name).is_none(), "{parameters}");
    }
    assert_eq!(reserved.legs(SystemId::Circleci), reserved.legs(SystemId::Github));
}

#[test]
fn circleci_requires_jobs_of_the_workflow() {
    let jobs = awkward().yaml(SystemId::Circleci)["workflows"]["acme"]["jobs"].clone();
    let mut names = BTreeSet::new();
    let mut required = 0;
    for entry in jobs.as_array().expect("jobs") {
        let (id, keys) = match entry {
            Value::String(id) => (id.clone(), Value::Null),
            other => {
                other.as_object().and_then(|it| it.iter().next()).map(|(id, keys)| (id.clone(), keys.clone())).unwrap()
            }
        };
        for need in strings(&keys["requires"]) {
            assert!(names.contains(&need), "{id} requires {need}");
            required += 1;
        }
        let name = keys["matrix"]["alias"].as_str().or(keys["name"].as_str()).unwrap_or(&id).to_owned();
        assert!(names.insert(name.clone()), "{name} is there twice");
    }
    assert!(required >= 3, "{jobs}");
}

/// Two angle brackets that name no value are escaped in commands, and refused where there is no escape.
#[test]
fn circleci_angle_brackets_are_escaped() {
    let outputs = awkward();
    let values = Regex::new(r"<< (?:parameters|matrix)\.[a-z0-9_-]+ >>").unwrap();
    let text = outputs.text(SystemId::Circleci);
    assert!(text.contains("\\<<EOF"), "{text}");
    assert!(!values.replace_all(text, "").replace("\\<<", "").contains("<<"), "{text}");
    let env = rendered("[on]\npush = true\n[env]\nA = \"<< x >>\"\n[job.a]\nrun = \"x\"\n");
    assert_eq!(env.yaml(SystemId::Circleci)["jobs"]["a"]["environment"]["A"], "\\<< x >>");
    let axis = generated("[on]\npush = true\n[job.a]\nrun = \"x\"\n[job.a.matrix]\nv = [\"<< x >>\"]\n");
    axis.refused(&[(SystemId::Circleci, "CircleCI would take `<<` in a matrix value for a parameter")]);
}

/// The keys that Travis knows; anything else it reports on the build's page at most.
#[test]
fn travis_has_known_keys_and_variables_with_values() {
    let yaml = awkward().yaml(SystemId::Travis);
    let known = ["version", "if", "branches", "git", "env", "stages", "jobs"];
    assert!(yaml.as_object().expect("a build").keys().all(|it| known.contains(&it.as_str())), "{yaml}");
    let mut count = 0;
    for (_, leaf) in leaves(&yaml).into_iter().filter(|(path, _)| path.iter().any(|it| it == "env")) {
        let text = leaf.as_str().expect("a string");
        let (name, value) = text.split_once('=').unwrap_or_else(|| panic!("no `=` in {text}"));
        assert!(name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'), "{text}");
        let plain = value.chars().all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c));
        assert!(plain || (value.starts_with('\'') && value.ends_with('\'')), "the shell would split {text}");
        count += 1;
    }
    assert!(count > 8, "only {count} variables");
    let values: Vec<String> = (0..201).map(|it| it.to_string()).collect();
    let spec = format!("[job.a]\nrun = \"x\"\n[job.a.matrix]\nv = [{}]\n", values.join(", "));
    assert!(generated(&spec).warns(SystemId::Travis, "201 legs; a build on Travis has at most 200 jobs"));
}

/// Conditions are written from the spec's own, never copied: no bare `$`, and only the operators of the grammar.
///
/// <https://docs.travis-ci.com/user/conditions-v1>
#[test]
fn travis_conditions_follow_the_grammar() {
    let outputs = rendered(
        "[on]\npush = { branches = [\"main\", \"re$x/**\"], tags = [\"v*\"] }\npull-request = { branches = [\"main\"] }\n\
         schedule = \"0 2 * * 0\"\n[on.manual.inputs]\nlevel = { type = \"choice\", options = [\"a b\", \"c\"], default = \"c\" }\n\
         [job.a]\nrun = \"x\"\nonly = { events = [\"push\", \"manual\"], branches = [\"main\"], inputs = { level = \"a b\" } }\n",
    );
    let yaml = outputs.yaml(SystemId::Travis);
    let conditions: Vec<String> = leaves(&yaml)
        .into_iter()
        .filter(|(path, _)| path.last().is_some_and(|it| it == "if"))
        .map(|(_, leaf)| leaf.as_str().expect("a string").to_owned())
        .collect();
    assert_eq!(conditions.len(), 2, "{yaml}");
    // What stands between operators: words, calls, texts in quotes, regular expressions.
    let token = Regex::new(
        r#"^(?:AND|OR|NOT|IN|IS|=~|!~|!=|=|\(|\)|,|blank|present|env\([A-Z_0-9]+\)|"[^"]*"|'[^']*'|/(?:\\.|[^/\\])*/|[a-zA-Z_][\w.-]*)\s*"#,
    )
    .unwrap();
    for condition in conditions {
        let mut rest = condition.as_str();
        while !rest.is_empty() {
            let found =
                token.find(rest).unwrap_or_else(|| panic!("`{rest}` of `{condition}` is no part of a condition"));
            rest = &rest[found.end()..];
        }
        assert_eq!(condition.matches('(').count(), condition.matches(')').count(), "{condition}");
    }
}

#[test]
fn travis_never_asks_for_macs() {
    let outputs = generated("[on]\npush = true\n[job.a]\nrun = \"x\"\nrunner = \"macos\"\n");
    assert!(outputs.is_refused(SystemId::Travis));
    let osx = "[runner.mac]\nos = \"macos\"\ntravis = { os = \"osx\" }\n[job.a]\nrun = \"x\"\nrunner = \"mac\"\n";
    invalid(osx, "unknown-value", "`osx`");
    awkward().never_says(SystemId::Travis, "osx");
}

#[test]
fn bitbucket_has_100_steps_and_known_keys() {
    let values: Vec<String> = (0..101).map(|it| it.to_string()).collect();
    let spec = format!("[on]\npush = true\n[job.a]\nrun = \"x\"\n[job.a.matrix]\nv = [{}]\n", values.join(", "));
    generated(&spec).refused(&[(SystemId::Bitbucket, "the pipeline has 101 steps, one per leg; Bitbucket allows 100")]);
    let outputs = rendered(
        "[on]\npush = true\n[service.db]\nimage = \"postgres:16\"\nport = 5432\nready = \"pg_isready\"\n\
         [job.a]\ntest = \"x\"\nretry = 2\nservices = \"db\"\ntimeout = \"30m\"\nresults = \"r.xml\"\n\
         allow-failure = true\ncache = { path = \"c\", key = \"k\" }\ncheckout = { depth = 1 }\n",
    );
    let yaml = outputs.yaml(SystemId::Bitbucket);
    let step = yaml["definitions"]["steps"][0]["step"].as_object().expect("a step").clone();
    let known = [
        "name",
        "image",
        "max-time",
        "clone",
        "caches",
        "services",
        "condition",
        "script",
        "artifacts",
        "runs-on",
        "size",
    ];
    let top = ["image", "clone", "options", "definitions", "pipelines"];
    assert!(yaml.as_object().expect("a file").keys().all(|it| top.contains(&it.as_str())), "{yaml}");
    let unknown: Vec<&String> = step.keys().filter(|it| !known.contains(&it.as_str())).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    let service = yaml["definitions"]["services"]["db"].as_object().expect("a service").clone();
    assert!(service.keys().all(|it| ["image", "memory", "variables"].contains(&it.as_str())), "{service:?}");
    let clone = yaml["clone"].as_object().expect("clone");
    assert!(clone.keys().all(|it| ["depth", "lfs", "enabled", "skip-ssl-verify"].contains(&it.as_str())), "{clone:?}");
}

#[test]
fn bitbucket_services_and_caches_are_defined() {
    invalid("[job.a]\nrun = \"x\"\nservices = \"nope\"\n", "unknown-service", "there is no service `nope`");
    invalid("[job.a]\nrun = \"x\"\ncache = \"nope\"\n", "unknown-cache", "there is no cache `nope`");
    let outputs = rendered(
        "[on]\npush = true\n[service.my-db]\nimage = \"postgres:{{ matrix.v }}\"\nport = 5432\n\
         [cache.pip]\npath = \"~/.cache/pip\"\nkey = \"lock\"\n\
         [job.a]\nrun = \"x\"\nservices = \"my-db\"\ncache = \"pip\"\n[job.a.matrix]\nv = [\"16\", \"17\"]\n",
    );
    let definitions = outputs.yaml(SystemId::Bitbucket)["definitions"].clone();
    let (mut services, mut caches) = (0, 0);
    for step in definitions["steps"].as_array().expect("steps") {
        for name in strings(&step["step"]["services"]) {
            assert!(name == "docker" || definitions["services"].get(&name).is_some(), "{name}: {definitions}");
            services += 1;
        }
        for name in strings(&step["step"]["caches"]) {
            assert!(definitions["caches"].get(&name).is_some(), "{name}: {definitions}");
            caches += 1;
        }
    }
    assert_eq!((services, caches), (2, 2), "{definitions}");
    let image = |leg: usize| {
        let name = strings(&definitions["steps"][leg]["step"]["services"]).remove(0);
        definitions["services"][&name]["image"].clone()
    };
    assert_eq!((image(0), image(1)), (Value::from("postgres:16"), Value::from("postgres:17")));
}
