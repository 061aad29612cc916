//! Limits that schemas do not know: a pipeline beyond them is refused at run time, or cut.

use ci_gen::SystemId;

use super::outputs::{generated, invalid, rendered};

fn legs(count: usize) -> String {
    let values: Vec<String> = (1..=count).map(|it| format!("\"v{it}\"")).collect();
    format!("[on]\npush = true\n[job.unit]\ntest = \"make\"\n[job.unit.matrix]\nvalue = [{}]\n", values.join(", "))
}

const STEPS: (SystemId, &str) = (SystemId::Bitbucket, "steps, one per leg; Bitbucket allows 100");
const BYTES: (SystemId, &str) = (SystemId::Jenkins, "bytes in one method, and the JVM takes at most 65535");

/// GitHub takes 256 legs, GitLab and Travis 200, Bitbucket 100 steps, and no schema counts them:
/// <https://docs.github.com/en/actions/reference/limits>, <https://docs.gitlab.com/ci/yaml/#parallelmatrix>,
/// <https://docs.travis-ci.com/user/build-matrix/>, <https://support.atlassian.com/bitbucket-cloud/docs/step-options/>.
#[test]
fn trap_06_more_legs_than_a_system_takes_are_refused() {
    rendered(&legs(100));
    generated(&legs(101)).refused(&[STEPS]);
    generated(&legs(201)).refused(&[
        BYTES,
        STEPS,
        (SystemId::Gitlab, "201 legs; GitLab makes at most 200 of a job"),
        (SystemId::Travis, "201 legs; a build on Travis has at most 200 jobs"),
    ]);
    let outputs = generated(&legs(257));
    outputs.refused(&[
        BYTES,
        STEPS,
        (SystemId::Github, "257 legs; a matrix on GitHub has at most 256"),
        (SystemId::Gitlab, "257 legs; GitLab makes at most 200"),
        (SystemId::Travis, "257 legs; a build on Travis has at most 200"),
        (SystemId::Azure, "257 jobs with all legs; a stage on Azure has at most 256"),
    ]);
    for system in [SystemId::Circleci, SystemId::Teamcity] {
        assert_eq!(outputs.legs(system).len(), 257, "{system}");
    }
    invalid("[job.unit]\ntest = \"make\"\nshards = 10001\n", "out-of-range", "10001 is too large for `shards`");
}

/// The same legs as jobs of their own count as much.
#[test]
fn trap_06_the_steps_of_all_jobs_count_together() {
    let half = legs(51);
    let (_, job) = half.split_once("[job.unit]").expect("a job");
    let both = format!("{half}[job.more]{}", job.replace("job.unit", "job.more"));
    generated(&both).refused(&[STEPS]);
}

/// Azure's `parallel` ends at 99, which is why shards are legs of the matrix there.
#[test]
fn trap_06_a_hundred_shards_are_a_matrix_on_azure() {
    let outputs = rendered("[on]\npush = true\n[job.unit]\ntest = \"make\"\nshards = 100\n");
    let strategy = outputs.yaml(SystemId::Azure)["jobs"][0]["strategy"].clone();
    assert!(strategy["parallel"].is_null(), "{strategy}");
    assert_eq!(strategy["matrix"].as_object().map(serde_json::Map::len), Some(100));
}

/// A declarative pipeline is one method of the JVM, which ends at 64 KB: "Method too large", on the controller only.
/// A native matrix is small however it is written; a file that is too large all the same is refused:
/// <https://issues.jenkins.io/browse/JENKINS-37984>.
#[test]
fn trap_30_jenkins_gets_no_file_that_it_cannot_compile() {
    let chain = |count: usize| {
        let job = |it: usize| {
            let needs = if it == 0 { String::new() } else { format!("needs = \"j{}\"\n", it - 1) };
            format!("[job.j{it}]\nrun = \"make\"\nimage = \"alpine:3\"\nartifacts = {{ a = \"x\" }}\nsecrets = \"A\"\n{needs}")
        };
        format!("[on]\npush = true\n{}", (0..count).map(job).collect::<String>())
    };
    let outputs = rendered(&chain(10));
    assert!(outputs.text(SystemId::Jenkins).contains("stage('j9')"));
    generated(&chain(80)).refused(&[BYTES]);
    // Native, one stage for all cells.
    let matrix = rendered(&legs(90));
    let jenkins = matrix.text(SystemId::Jenkins);
    assert!(jenkins.contains("matrix {") && jenkins.matches("make\n").count() == 1, "{jenkins}");
    // Written out, the commands stand in one function that all stages call.
    let includes: Vec<String> = (1..=40).map(|it| format!("{{ value = \"v{it}\", extra = {it} }}")).collect();
    let spec = format!(
        "[on]\npush = true\n[job.unit]\ntest = \"make\"\n[job.unit.matrix]\ninclude = [{}]\n",
        includes.join(", ")
    );
    let expanded = rendered(&spec);
    let jenkins = expanded.text(SystemId::Jenkins);
    assert!(!jenkins.contains("matrix {") && jenkins.matches("\nmake\n").count() == 1, "{jenkins}");
    assert_eq!(expanded.legs(SystemId::Jenkins).len(), 40);
}
