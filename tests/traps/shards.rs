//! Shards: which of how many a machine is, however the system counts.

use ci_gen::SystemId;

use super::outputs::{invalid, rendered};

/// What systems call the number of a machine themselves.
const NATIVE: &[&str] = &[
    "strategy.job-index",
    "strategy.job-total",
    "CI_NODE_INDEX",
    "CI_NODE_TOTAL",
    "SYSTEM_JOBPOSITIONINPHASE",
    "System.JobPositionInPhase",
    "CIRCLE_NODE_TOTAL",
    "BITBUCKET_PARALLEL_STEP",
    "parallelTests",
];

/// Under a matrix the native numbers count all legs, so each shard would be one of six and two thirds of the tests
/// would run nowhere: <https://docs.gitlab.com/ci/variables/predefined_variables/>.
#[test]
fn trap_08_shards_of_a_matrix_count_within_their_leg() {
    let outputs = rendered(
        "[on]\npush = true\n[job.unit]\ntest = \"make {{ shard.index }}/{{ shard.total }}\"\nshards = 3\n\
         [job.unit.matrix]\npython = [\"3.9\", \"3.10\"]\n",
    );
    let legs: Vec<String> = ["3.9", "3.10"]
        .iter()
        .flat_map(|python| {
            (1..=3).map(move |index| format!("CI_GEN_SHARD_INDEX={index} CI_GEN_SHARD_TOTAL=3 MATRIX_PYTHON={python}"))
        })
        .collect();
    outputs.all_have_the_legs(&legs.iter().map(String::as_str).collect::<Vec<_>>());
    for system in SystemId::ALL {
        for native in NATIVE {
            outputs.never_says(*system, native);
        }
    }
    let gitlab = outputs.yaml(SystemId::Gitlab)["unit"]["parallel"].clone();
    assert!(gitlab.get("matrix").is_some() && gitlab.as_object().expect("a mapping").len() == 1, "{gitlab}");
    let azure = outputs.yaml(SystemId::Azure)["jobs"][0]["strategy"].clone();
    assert!(azure.get("matrix").is_some() && azure.get("parallel").is_none(), "{azure}");
    let circle = outputs.yaml(SystemId::Circleci)["jobs"]["unit"].clone();
    assert_eq!(circle["parallelism"], 3);
    assert!(circle["steps"].to_string().contains("CI_GEN_SHARD_INDEX=$((CIRCLE_NODE_INDEX + 1))"), "{circle}");
}

/// Outside of commands each system fills the number in itself, where its own total is the nearest one at hand.
#[test]
fn trap_08_the_total_in_paths_is_that_of_the_shards() {
    let outputs = rendered(
        "[on]\npush = true\n[job.unit]\ntest = \"make\"\nshards = 3\n\
         env = { PART = \"{{ shard.index }}-{{ shard.total }}\" }\n\
         artifacts = { logs = \"part-{{ shard.index }}-{{ shard.total }}/**\" }\n\
         [job.unit.matrix]\npython = [\"3.9\", \"3.10\"]\n",
    );
    for system in SystemId::ALL {
        for native in NATIVE {
            outputs.never_says(*system, native);
        }
    }
    outputs.each_says([
        (
            SystemId::Github,
            &["PART: \"${{ matrix.shard }}-3\"", "part-${{ matrix.shard }}-${{ env.CI_GEN_SHARD_TOTAL }}/**"],
        ),
        (SystemId::Gitlab, &["PART: \"$CI_GEN_SHARD_INDEX-$CI_GEN_SHARD_TOTAL\"", "part-$CI_GEN_SHARD_INDEX-"]),
        (SystemId::Jenkins, &["PART = \"${env.CI_GEN_SHARD_INDEX}-3\"", "part-${env.CI_GEN_SHARD_INDEX}-"]),
        (SystemId::Azure, &["PART: \"$(CI_GEN_SHARD_INDEX)-3\"", "part-$(CI_GEN_SHARD_INDEX)-"]),
        (SystemId::Circleci, &["PART=\"${CI_GEN_SHARD_INDEX}-3\"", "part-"]),
        (SystemId::Travis, &["PART=3-3"]),
        (SystemId::Bitbucket, &["PART=\"${CI_GEN_SHARD_INDEX}-${CI_GEN_SHARD_TOTAL}\"", "part-3-3/**"]),
        (SystemId::Teamcity, &["\"env.PART\", \"%env.CI_GEN_SHARD_INDEX%-3\"", "part-%env.CI_GEN_SHARD_INDEX%-"]),
    ]);
}

/// An include is a leg like any other: with one shard only, it would run a third of the tests.
#[test]
fn trap_08_includes_have_all_shards() {
    let outputs = rendered(
        "[on]\npush = true\n[job.unit]\ntest = \"make {{ shard.index }}\"\nshards = 2\n\
         [job.unit.matrix]\npython = [\"3.9\"]\ninclude = [{ python = \"3.14\", extra = 1 }]\n",
    );
    outputs.all_have_the_legs(&[
        "CI_GEN_SHARD_INDEX=1 CI_GEN_SHARD_TOTAL=2 MATRIX_PYTHON=3.9",
        "CI_GEN_SHARD_INDEX=2 CI_GEN_SHARD_TOTAL=2 MATRIX_PYTHON=3.9",
        "CI_GEN_SHARD_INDEX=1 CI_GEN_SHARD_TOTAL=2 MATRIX_EXTRA=1 MATRIX_PYTHON=3.14",
        "CI_GEN_SHARD_INDEX=2 CI_GEN_SHARD_TOTAL=2 MATRIX_EXTRA=1 MATRIX_PYTHON=3.14",
    ]);
}

/// Without one shard its tests never run, and nobody sees it.
#[test]
fn trap_08_no_exclude_may_name_the_shards() {
    invalid(
        "[job.unit]\ntest = \"make\"\nshards = 3\n[job.unit.matrix]\npython = [\"3.9\", \"3.10\"]\n\
         exclude = [{ python = \"3.9\", shard = 2 }]\n",
        "exclude-shard",
        "an exclude cannot name the shard axis",
    );
}

/// GitLab counts from 1 and CircleCI from 0, so one would skip a part and ask for a part that is not there:
/// <https://circleci.com/docs/reference/variables/#built-in-environment-variables>.
/// What `run` does where nobody has set our variables belongs to `run`.
#[test]
fn trap_09_shards_alone_count_from_one_everywhere() {
    let outputs =
        rendered("[on]\npush = true\n[job.unit]\ntest = \"make {{ shard.index }}/{{ shard.total }}\"\nshards = 3\n");
    outputs.all_have_the_legs(&[
        "CI_GEN_SHARD_INDEX=1 CI_GEN_SHARD_TOTAL=3",
        "CI_GEN_SHARD_INDEX=2 CI_GEN_SHARD_TOTAL=3",
        "CI_GEN_SHARD_INDEX=3 CI_GEN_SHARD_TOTAL=3",
    ]);
    outputs.each_says([
        (SystemId::Github, &["shard: [\"1\", \"2\", \"3\"]"]),
        (SystemId::Gitlab, &["parallel: 3\n", "CI_GEN_SHARD_INDEX: \"$CI_NODE_INDEX\""]),
        (SystemId::Jenkins, &["values '1', '2', '3'"]),
        (SystemId::Azure, &["shard_3: { CI_GEN_SHARD_INDEX: \"3\""]),
        (SystemId::Circleci, &["parallelism: 3\n", "export CI_GEN_SHARD_INDEX=$((CIRCLE_NODE_INDEX + 1))"]),
        (SystemId::Travis, &["- CI_GEN_SHARD_INDEX=3"]),
        (SystemId::Bitbucket, &["export CI_GEN_SHARD_INDEX=3"]),
        (SystemId::Teamcity, &["value(\"1\"), value(\"2\"), value(\"3\")"]),
    ]);
}
