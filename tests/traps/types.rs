//! Scalars that are strings for one YAML reader and something else for the next.

use ci_gen::SystemId;
use proptest::prelude::*;
use serde_json::Value;

use super::{
    outputs::{leaves, rendered, Outputs},
    yaml11::{self, Scalar},
};
use crate::{examples, readers};

const YAML: &[SystemId] =
    &[SystemId::Github, SystemId::Gitlab, SystemId::Azure, SystemId::Circleci, SystemId::Travis, SystemId::Bitbucket];

/// Keys whose value is a number, truth value or nothing by the vendor's schema; everything else is a string.
fn typed(system: SystemId) -> &'static [(&'static str, &'static str)] {
    match system {
        SystemId::Github => &[
            ("fail-fast", "bool"),
            ("max-parallel", "int"),
            ("timeout-minutes", "int"),
            ("cancel-in-progress", "bool"),
            ("required", "bool"),
            ("default", "bool"),
            ("default", "int"),
            ("continue-on-error", "bool"),
            // An event without filters has no value.
            ("pull_request", "null"),
            ("workflow_dispatch", "null"),
        ],
        SystemId::Gitlab => &[
            ("retry", "int"),
            ("parallel", "int"),
            ("expand", "bool"),
            ("interruptible", "bool"),
            ("allow_failure", "bool"),
        ],
        SystemId::Azure => &[("continueOnError", "bool"), ("default", "int"), ("default", "bool")],
        SystemId::Circleci => {
            &[("version", "float"), ("parallelism", "int"), ("max_auto_reruns", "int"), ("default", "bool")]
        }
        SystemId::Travis => &[("submodules", "bool"), ("lfs_skip_smudge", "bool"), ("depth", "bool"), ("depth", "int")],
        SystemId::Bitbucket => &[
            ("max-time", "int"),
            ("fail-fast", "bool"),
            ("depth", "int"),
            ("lfs", "bool"),
            ("download", "bool"),
            ("docker", "bool"),
            ("memory", "int"),
        ],
        SystemId::Jenkins | SystemId::Teamcity => panic!("{system} is no YAML"),
    }
}

/// Fails if a YAML 1.1 reader would take a string of the pipeline for something else; gives what was looked at.
#[track_caller]
fn unambiguous(system: SystemId, text: &str) -> Vec<Scalar> {
    let scalars = yaml11::scalars(text);
    for scalar in scalars.iter().filter(|it| it.plain) {
        let kind = yaml11::kind(&scalar.text);
        let meant = kind == "str" || typed(system).contains(&(&scalar.key, kind));
        assert!(meant, "{system}, line {}: `{}` of `{}` is a {kind}\n{text}", scalar.line, scalar.text, scalar.key);
    }
    assert!(scalars.len() > 5, "{system}: only {} scalars", scalars.len());
    scalars
}

/// All scalars that hold this text, in a pipeline that no reader can misunderstand.
#[track_caller]
fn holding(outputs: &Outputs, system: SystemId, text: &str) -> Vec<Scalar> {
    let scalars = unambiguous(system, outputs.text(system));
    // In a variable of the shell.
    let assigned = [format!("={text}"), format!("='{text}'")];
    let holds = |it: &Scalar| it.text == text || assigned.iter().any(|end| it.text.ends_with(end));
    let found: Vec<_> = scalars.into_iter().filter(holds).collect();
    assert!(!found.is_empty(), "{system} has no `{text}`:\n{}", outputs.text(system));
    found
}

/// Unquoted, 3.10 is the number 3.1, and the tests run with a Python of 2012:
/// <https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/run-job-variations>.
#[test]
fn trap_01_version_like_matrix_values_stay_text() {
    let outputs = rendered(
        "[on]\npush = true\n[env]\nVERSION = \"3.10\"\n[job.unit]\nsetup = { python = \"{{ matrix.python }}\" }\n\
         test = \"pytest\"\n[job.unit.matrix]\npython = [\"3.9\", \"3.10\"]\n",
    );
    outputs.all_have_the_legs(&["MATRIX_PYTHON=3.9", "MATRIX_PYTHON=3.10"]);
    for system in YAML {
        for scalar in holding(&outputs, *system, "3.10") {
            assert!(!scalar.plain || scalar.text != "3.10", "{system}, line {}", scalar.line);
        }
    }
    outputs.each_says([
        (SystemId::Github, &["python: [\"3.9\", \"3.10\"]"]),
        (SystemId::Gitlab, &["MATRIX_PYTHON: [\"3.9\", \"3.10\"]"]),
        (SystemId::Jenkins, &["values '3.9', '3.10'"]),
        (SystemId::Azure, &["MATRIX_PYTHON: \"3.10\""]),
        (SystemId::Circleci, &["python: [\"3.9\", \"3.10\"]"]),
        (SystemId::Travis, &["- MATRIX_PYTHON=3.10"]),
        (SystemId::Bitbucket, &["export MATRIX_PYTHON=3.10"]),
        (SystemId::Teamcity, &["value(\"3.9\"), value(\"3.10\")"]),
    ]);
    for system in SystemId::ALL {
        let whole = outputs.whole(*system);
        let mut words = whole.split(|c: char| !c.is_ascii_digit() && c != '.');
        assert!(words.clone().any(|it| it == "3.10"), "{system}");
        assert!(words.all(|it| it.trim_end_matches('.') != "3.1"), "{system} has lost a zero:\n{whole}");
    }
}

/// `on`, `no` and `null` are a truth value or nothing in YAML 1.1, which CircleCI and many tools still read:
/// <https://yaml.org/type/bool.html>.
#[test]
fn trap_02_yaml_1_1_words_are_quoted() {
    let words = ["on", "off", "yes", "no", "null", "y", "N", "True", "~", "1e3", "0o7", "12:30", "2024-01-01", "0x1F"];
    let list = words.map(|it| format!("\"{it}\"")).join(", ");
    let outputs =
        rendered(&format!("[on]\npush = true\n[job.unit]\ntest = \"make\"\n[job.unit.matrix]\nfeature = [{list}]\n"));
    let legs: Vec<String> = words.iter().map(|it| format!("MATRIX_FEATURE={it}")).collect();
    outputs.all_have_the_legs(&legs.iter().map(String::as_str).collect::<Vec<_>>());
    for system in YAML {
        for word in words {
            for scalar in holding(&outputs, *system, word) {
                assert!(!scalar.plain || yaml11::kind(&scalar.text) == "str", "{system}, line {}", scalar.line);
            }
        }
    }
    for word in words {
        assert!(outputs.text(SystemId::Jenkins).contains(&format!("'{word}'")), "{word}");
        assert!(outputs.text(SystemId::Teamcity).contains(&format!("value(\"{word}\")")), "{word}");
    }
    let github = yaml11::scalars(outputs.text(SystemId::Github));
    let on = github.iter().find(|it| it.text == "on" && it.key.is_empty()).expect("the triggers");
    assert!(!on.plain, "`on` is the key `true` for a reader of YAML 1.1");
}

/// What holds for the traps' own specs holds for every example.
#[test]
fn trap_02_no_example_has_an_ambiguous_scalar() {
    let mut count = 0;
    for ((_, system), files) in examples::outputs() {
        for text in files.iter().filter(|(path, _)| path.ends_with(".yml")).map(|(_, text)| text) {
            unambiguous(system, text);
            count += 1;
        }
    }
    assert!(count >= 25, "only {count} outputs");
}

/// A scalar that looks like one type or another.
fn like_a_type() -> impl Strategy<Value = String> {
    prop_oneof![
        "[-+]?[0-9_]{0,4}[.:]?[0-9]{0,3}([eE][-+]?[0-9]{1,2})?",
        "0[box]?[0-9a-fA-F_]{1,4}",
        "[0-9]{1,3}(:[0-5]?[0-9]){1,2}(\\.[0-9]{0,2})?",
        "[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ][0-9]{1,2}:[0-9]{2}:[0-9]{2})?",
        "(?i)(y|n|yes|no|on|off|true|false|null|nan|[-+]?\\.inf|\\.nan|~|=|<<)",
        "[!&*|>@`%#?:,\\[\\]{}'\"-]{1,2}[a-z]?",
        " ?[a-z]{0,3}[ :#]{0,2}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever a variable holds, the readers of YAML 1.1 and 1.2 agree that it is that text.
    #[test]
    fn trap_02_values_that_look_like_a_type_are_text(values in prop::collection::vec(like_a_type(), 1..6)) {
        // `<<` at the end of a value joins nothing on CircleCI, and two braces are a value of the spec.
        let values: Vec<String> = values.into_iter().filter(|it| !it.contains("<<") && !it.contains("{{")).collect();
        let env: String = values.iter().enumerate().map(|(index, it)| format!("V{index} = {}\n", toml::Value::String(it.clone()))).collect();
        let outputs = rendered(&format!("[on]\npush = true\n[env]\n{env}[job.unit]\nrun = \"make\"\n"));
        for system in YAML {
            unambiguous(*system, outputs.text(*system));
        }
        let at = |system: SystemId, path: &[&str]| path.iter().fold(outputs.yaml(system), |it, key| it[*key].clone());
        for (index, value) in values.iter().enumerate() {
            let name = format!("V{index}");
            prop_assert_eq!(&at(SystemId::Github, &["env", &name]), value);
            prop_assert_eq!(&at(SystemId::Azure, &["variables", &name]), value);
            prop_assert_eq!(&at(SystemId::Circleci, &["jobs", "unit", "environment", &name]), value);
        }
    }
}

/// Azure's published schema takes truth values and numbers outside of tasks only in quotes:
/// <https://github.com/microsoft/azure-pipelines-vscode/blob/main/service-schema.json>.
#[test]
fn trap_27_azure_has_no_bare_types_outside_of_tasks() {
    let outputs = rendered(
        "[on]\npush = { branches = [\"main\"] }\npull-request = true\nschedule = \"0 2 * * 0\"\n\
         [on.manual.inputs]\nfast = { type = \"boolean\", default = true }\ncount = { type = \"number\", default = 3 }\n\
         [service.db]\nimage = \"postgres:16\"\nport = 5432\n\
         [job.my-tests]\ntest = \"make\"\nservices = \"db\"\ntimeout = \"30m\"\nretry = 1\n\
         checkout = { depth = 1, submodules = true, lfs = true }\ncache = { path = \"c\", key = \"k\" }\n\
         concurrency = \"cancel-superseded\"\nresults = \"r.xml\"\nallow-failure = \"{{ matrix.risky }}\"\n\
         [job.my-tests.matrix]\npython = [\"3.9\", \"3.10\", \"3.11\"]\nmax-parallel = 2\nfail-fast = false\n\
         include = [{ python = \"4-beta.1\", risky = true }]\n",
    );
    let yaml = outputs.yaml(SystemId::Azure);
    for (path, leaf) in leaves(&yaml) {
        if leaf.is_string() {
            continue;
        }
        let jobs = path.first().is_some_and(|it| it == "jobs") && path.get(2).is_some_and(|it| it == "steps");
        let in_task = jobs
            && yaml["jobs"][path[1].parse::<usize>().unwrap()]["steps"][path[3].parse::<usize>().unwrap()]["task"]
                .is_string();
        // A parameter's default has the parameter's type.
        let default =
            path.first().is_some_and(|it| it == "parameters") && path.last().is_some_and(|it| it == "default");
        assert!(in_task || default, "{} is {leaf}", path.join("."));
    }
    outputs.each_says([
        (SystemId::Github, &["timeout-minutes: 30\n", "max-parallel: 2\n", "fetch-depth: \"1\""]),
        (SystemId::Gitlab, &["retry: 1\n"]),
        (SystemId::Jenkins, &["timeout(time: 30, unit: 'MINUTES')", "retry(2) {"]),
        (
            SystemId::Azure,
            &[
                "persistCredentials: \"false\"",
                "maxParallel: \"1\"",
                "timeoutInMinutes: \"30\"",
                "always: \"true\"",
                "retryCountOnTaskFailure: \"1\"",
                "fetchDepth: \"1\"",
            ],
        ),
        (SystemId::Circleci, &["version: 2.1\n"]),
        (SystemId::Travis, &["depth: 1\n"]),
        (SystemId::Bitbucket, &["max-time: 30\n", "depth: 1\n"]),
        (SystemId::Teamcity, &["executionTimeoutMin = 30\n"]),
    ]);
    for job in yaml["jobs"].as_array().expect("jobs") {
        let mut ids = vec![job["job"].as_str().expect("an id")];
        ids.extend(job["strategy"]["matrix"].as_object().into_iter().flat_map(|it| it.keys()).map(String::as_str));
        for id in ids {
            assert!(id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'), "`{id}` is no id on Azure");
        }
    }
    assert_eq!(readers::yaml(outputs.text(SystemId::Circleci))["version"], Value::from(2.1));
}
