//! Shells, exit codes and repeated tries.

use ci_gen::SystemId;

#[cfg(unix)]
use super::commands::scripts;
use super::outputs::{invalid, rendered};

/// Fails unless the commands of `unit` end with exit code 1 everywhere, and nothing behind the failing one runs.
#[cfg(unix)]
#[track_caller]
fn fails_everywhere(keys: &str) {
    let outputs = rendered(&format!("[on]\npush = true\n[job.unit]\n{keys}\n"));
    for system in SystemId::ALL {
        let all = scripts(&outputs, *system);
        let [script] = all.as_slice() else { panic!("{system} runs {} scripts", all.len()) };
        assert!(script.text.contains("false"), "{system}: {script:?}");
        let output = script.run();
        assert_eq!(output.status.code(), Some(1), "{system}: {script:?}, {output:?}");
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(!printed.contains("too late"), "{system} goes on: {script:?}, {printed}");
    }
}

/// Without our own `set -e`, Azure, TeamCity and Travis go on behind a failing line and the job ends green:
/// <https://docs.travis-ci.com/user/job-lifecycle/#breaking-the-build>.
#[cfg(unix)]
#[test]
fn trap_11_a_failing_first_line_fails_the_job() {
    fails_everywhere("run = [\"false\", \"echo too late\"]");
    fails_everywhere("run = \"false\\necho too late\"");
    fails_everywhere("run = [\"true\", \"if true; then false; echo too late; fi\", \"true\"]");
    fails_everywhere("test = [\"false\", \"echo too late\"]\nworking-directory = \".\"");
    fails_everywhere("test = [\"false\", \"echo too late\"]\nretry = 7");
}

/// With the implicit shell of GitHub, and with `bash` anywhere else, the last command of a pipe decides, and
/// `pytest | tee log` never fails: <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#exit-codes-and-error-action-preference>.
#[cfg(unix)]
#[test]
fn trap_12_a_failing_command_in_a_pipe_fails_the_job() {
    fails_everywhere("run = [\"false | cat\", \"echo too late\"]");
    fails_everywhere("run = \"false | cat\"");
    let outputs = rendered("[on]\npush = true\n[job.unit]\nrun = \"false | cat\"\n");
    let steps = outputs.yaml(SystemId::Github)["jobs"]["unit"]["steps"].clone();
    let run = steps.as_array().unwrap().iter().find(|it| it.get("run").is_some()).expect("a step that runs");
    assert_eq!(run["shell"], "bash", "GitHub's implicit shell has no pipefail");
}

/// `-u` is on in no system by itself, so a script that reads a variable nobody set must pass everywhere or nowhere.
#[cfg(unix)]
#[test]
fn trap_11_an_unset_variable_is_empty_everywhere() {
    let outputs = rendered("[on]\npush = true\n[job.unit]\nrun = \"echo \\\"[$NOBODY_SETS_THIS]\\\"\"\n");
    for system in SystemId::ALL {
        let all = scripts(&outputs, *system);
        let [script] = all.as_slice() else { panic!("{system} runs {} scripts", all.len()) };
        let output = script.run();
        assert_eq!(String::from_utf8_lossy(&output.stdout), "[]\n", "{system}: {script:?}");
        assert!(output.status.success(), "{system}: {output:?}");
    }
}

/// Systems count tries or repetitions and have different limits, so the same number would mean something else on each:
/// <https://www.jenkins.io/doc/pipeline/steps/workflow-basic-steps/#retry-retry-the-body-up-to-n-times>.
/// What a loop of ours does is counted in `trap_28_a_loop_counts_like_the_others`.
#[test]
fn trap_28_retry_counts_extra_tries_everywhere() {
    let loops = |tries: u32| format!("ci_gen_number\" -lt {} ]", tries + 1);
    for tries in [1, 2, 3, 5, 6, 10] {
        let outputs = rendered(&format!("[on]\npush = true\n[job.unit]\ntest = \"make\"\nretry = {tries}\n"));
        // Native up to each system's limit, and the loop of the shell above it, never both.
        let gitlab = outputs.yaml(SystemId::Gitlab)["unit"]["retry"].clone();
        let azure = outputs.yaml(SystemId::Azure)["jobs"][0]["steps"][1]["retryCountOnTaskFailure"].clone();
        let circle = outputs.yaml(SystemId::Circleci)["jobs"]["unit"]["steps"][1]["run"]["max_auto_reruns"].clone();
        let native = [
            (SystemId::Github, None),
            (SystemId::Gitlab, (tries <= 2).then(|| gitlab == tries)),
            (SystemId::Jenkins, Some(outputs.whole(SystemId::Jenkins).contains(&format!("retry({}) {{", tries + 1)))),
            (SystemId::Azure, Some(azure == tries.to_string().as_str())),
            (SystemId::Circleci, (tries <= 5).then(|| circle == tries)),
            (SystemId::Travis, None),
            (SystemId::Bitbucket, None),
            (SystemId::Teamcity, None),
        ];
        for (system, counts) in native {
            let whole = outputs.whole(system);
            assert_ne!(counts, Some(false), "{system} does not count {tries}:\n{whole}");
            assert_eq!(whole.contains(&loops(tries)), counts.is_none(), "{system}, {tries}:\n{whole}");
            assert!(!whole.contains("travis_retry"), "three tries, whatever the spec says");
        }
        for (system, value, most) in [("gitlab", gitlab, 2), ("circleci", circle, 5)] {
            assert_eq!(value.is_null(), tries > most, "{system} has its own count beside the loop: {value}");
        }
    }
    // Azure ends at 10: <https://learn.microsoft.com/azure/devops/pipelines/process/tasks#number-of-retries-if-task-failed>.
    invalid("[job.unit]\ntest = \"make\"\nretry = 11\n", "out-of-range", "11 is too large for `retry`");
}

/// A loop that counts one try too many or too few hides or causes failures that seven systems do not have.
#[cfg(unix)]
#[test]
fn trap_28_a_loop_counts_like_the_others() {
    for (tries, green_at, code, runs) in [(2, 3, 0, 3), (2, 4, 1, 3), (3, 1, 0, 1)] {
        let keys =
            format!("test = \"\"\"\necho x >> tries\ncat tries | wc -l\n[ $(wc -l < tries) -ge {green_at} ]\"\"\"");
        let outputs = rendered(&format!("[on]\npush = true\n[job.unit]\nretry = {tries}\n{keys}\n"));
        for system in [SystemId::Github, SystemId::Travis, SystemId::Bitbucket, SystemId::Teamcity] {
            let all = scripts(&outputs, system);
            let [script] = all.as_slice() else { panic!("{system} runs {} scripts", all.len()) };
            let output = script.run();
            let printed = String::from_utf8_lossy(&output.stdout);
            let counted = printed.lines().filter(|it| it.trim().parse::<u32>().is_ok()).count();
            assert_eq!((output.status.code(), counted), (Some(code), runs), "{system}, {tries}: {printed}");
        }
    }
}
