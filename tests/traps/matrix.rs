//! Matrices: what a system cannot say is written out, and the legs stay the same.

use ci_gen::SystemId;
use serde_json::json;

use super::outputs::rendered;

fn spec(matrix: &str) -> String {
    format!("[on]\npush = true\n[job.unit]\ntest = \"make\"\n[job.unit.matrix]\n{matrix}\n")
}

/// An exclude names some axes, but CircleCI takes whole combinations only and four systems know none at all, so a leg
/// that should be gone would run: <https://circleci.com/docs/reference/configuration-reference/#matrix>.
#[test]
fn trap_03_partial_excludes_give_the_same_legs() {
    let outputs = rendered(&spec(
        "db = [\"pg\", \"my\"]\npython = [\"3.9\", \"3.10\"]\nmode = [\"a\", \"b\"]\n\
         exclude = [{ db = \"my\", python = \"3.9\" }]",
    ));
    outputs.all_have_the_legs(&[
        "MATRIX_DB=pg MATRIX_PYTHON=3.9 MATRIX_MODE=a",
        "MATRIX_DB=pg MATRIX_PYTHON=3.9 MATRIX_MODE=b",
        "MATRIX_DB=pg MATRIX_PYTHON=3.10 MATRIX_MODE=a",
        "MATRIX_DB=pg MATRIX_PYTHON=3.10 MATRIX_MODE=b",
        "MATRIX_DB=my MATRIX_PYTHON=3.10 MATRIX_MODE=a",
        "MATRIX_DB=my MATRIX_PYTHON=3.10 MATRIX_MODE=b",
    ]);
    let github = outputs.yaml(SystemId::Github);
    let partial = json!([{ "db": "my", "python": "3.9" }]);
    assert_eq!(github["jobs"]["unit"]["strategy"]["matrix"]["exclude"], partial);
    let circle = outputs.yaml(SystemId::Circleci);
    let whole = json!([{ "db": "my", "python": "3.9", "mode": "a" }, { "db": "my", "python": "3.9", "mode": "b" }]);
    assert_eq!(circle["workflows"]["acme"]["jobs"][0]["unit"]["matrix"]["exclude"], whole);
    let jenkins = outputs.text(SystemId::Jenkins);
    let (_, excludes) = jenkins.split_once("excludes {").expect("a native exclude");
    let (exclude, _) = excludes.split_once("stages {").expect("stages behind it");
    assert_eq!((exclude.matches("exclude {").count(), exclude.matches("axis {").count()), (1, 2), "{exclude}");
    for system in [SystemId::Gitlab, SystemId::Azure, SystemId::Travis, SystemId::Bitbucket, SystemId::Teamcity] {
        outputs.never_says(system, "exclude:");
    }
    // TeamCity's matrix has no excludes: <https://youtrack.jetbrains.com/issue/TW-84312>.
    outputs.never_says(SystemId::Teamcity, "matrix {");
}

/// A value that no leg is left of is nowhere, not even where excludes are native.
#[test]
fn trap_03_an_axis_value_can_be_excluded_as_a_whole() {
    let outputs =
        rendered(&spec("db = [\"pg\", \"oracle\"]\npython = [\"3.9\", \"3.10\"]\nexclude = [{ db = \"oracle\" }]"));
    outputs.all_have_the_legs(&["MATRIX_DB=pg MATRIX_PYTHON=3.9", "MATRIX_DB=pg MATRIX_PYTHON=3.10"]);
}

/// An include that fits existing legs extends them and any other adds one; a system without includes, or with rules
/// of its own, would get other legs:
/// <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstrategymatrixinclude>.
#[test]
fn trap_04_includes_extend_or_add_and_overwrite_nothing() {
    let outputs = rendered(&spec(
        "db = [\"pg\", \"my\"]\npython = [\"3.9\", \"3.10\"]\n\
         include = [{ db = \"pg\", python = \"3.9\", extra = 1 }, { db = \"lite\", python = \"3.12\" }, \
         { db = \"pg\", python = \"3.14\" }]",
    ));
    outputs.all_have_the_legs(&[
        "MATRIX_DB=pg MATRIX_EXTRA=1 MATRIX_PYTHON=3.9",
        "MATRIX_DB=pg MATRIX_PYTHON=3.10",
        "MATRIX_DB=my MATRIX_PYTHON=3.9",
        "MATRIX_DB=my MATRIX_PYTHON=3.10",
        "MATRIX_DB=lite MATRIX_PYTHON=3.12",
        "MATRIX_DB=pg MATRIX_PYTHON=3.14",
    ]);
    let github = outputs.yaml(SystemId::Github);
    let include = github["jobs"]["unit"]["strategy"]["matrix"]["include"].as_array().expect("native includes").len();
    assert_eq!(include, 3);
}

/// Includes come behind excludes; the other way round the leg would be missing, and added to both it would run twice.
#[test]
fn trap_05_an_excluded_leg_can_be_included_again_once() {
    let outputs = rendered(&spec(
        "db = [\"pg\", \"my\"]\npython = [\"3.9\", \"3.10\"]\nexclude = [{ db = \"my\" }]\n\
         include = [{ db = \"my\", python = \"3.9\" }]",
    ));
    outputs.all_have_the_legs(&[
        "MATRIX_DB=pg MATRIX_PYTHON=3.9",
        "MATRIX_DB=pg MATRIX_PYTHON=3.10",
        "MATRIX_DB=my MATRIX_PYTHON=3.9",
    ]);
}

/// GitHub cancels the other legs by default, the others do not, so one red leg would hide the rest on one system:
/// <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstrategyfail-fast>.
#[test]
fn trap_10_nothing_fails_fast_unless_asked() {
    let outputs = rendered(&spec("python = [\"3.9\", \"3.10\"]"));
    assert_eq!(outputs.yaml(SystemId::Github)["jobs"]["unit"]["strategy"]["fail-fast"], false);
    let steps = outputs.yaml(SystemId::Bitbucket)["pipelines"]["default"][0]["parallel"].clone();
    assert_eq!(steps["fail-fast"], false, "{steps}");
    outputs.never_says(SystemId::Gitlab, "on_job_failure");
    for system in [SystemId::Jenkins, SystemId::Azure, SystemId::Circleci, SystemId::Travis, SystemId::Teamcity] {
        for word in ["failFast", "fail-fast", "fast_finish", "parallelsAlwaysFailFast"] {
            outputs.never_says(system, word);
        }
    }
    outputs.degraded("fail-fast", &[]);
}

/// Four systems cannot stop the other legs; saying nothing about it would let people rely on it.
#[test]
fn trap_10_fail_fast_is_native_or_said_to_be_missing() {
    let outputs = rendered(&spec("python = [\"3.9\", \"3.10\"]\nfail-fast = true"));
    assert_eq!(outputs.yaml(SystemId::Github)["jobs"]["unit"]["strategy"]["fail-fast"], true);
    let steps = outputs.yaml(SystemId::Bitbucket)["pipelines"]["default"][0]["parallel"].clone();
    assert_eq!(steps["fail-fast"], true, "{steps}");
    assert_eq!(outputs.yaml(SystemId::Gitlab)["workflow"]["auto_cancel"]["on_job_failure"], "all");
    assert!(outputs.text(SystemId::Jenkins).contains("failFast true"));
    let less = [SystemId::Gitlab, SystemId::Azure, SystemId::Circleci, SystemId::Travis, SystemId::Teamcity];
    outputs.degraded("matrix: fail-fast", &less);
}
