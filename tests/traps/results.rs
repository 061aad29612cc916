//! Results and artifacts: kept after a failure, and each leg's for itself.

use std::collections::BTreeSet;

use ci_gen::SystemId;

use super::outputs::{leaves, rendered, Outputs};

/// Steps behind a failed one do not run unless they say so, and then the results are missing exactly when somebody
/// needs them: <https://learn.microsoft.com/azure/devops/pipelines/tasks/reference/publish-test-results-v2>.
/// What `run` publishes, and that it keeps the exit code, belongs to `run`.
#[test]
fn trap_18_results_are_published_after_a_failure() {
    let outputs = rendered(
        "[on]\npush = true\n[job.unit]\ntest = \"make\"\nresults = \"out/r.xml\"\nartifacts = { a = \"x.log\" }\n",
    );
    let steps = |system: SystemId| match system {
        SystemId::Azure => outputs.yaml(system)["jobs"][0]["steps"].as_array().expect("steps").clone(),
        _ => outputs.yaml(system)["jobs"]["unit"]["steps"].as_array().expect("steps").clone(),
    };
    let uploads: Vec<_> = steps(SystemId::Github)
        .into_iter()
        .filter(|it| it["uses"].as_str().is_some_and(|it| it.contains("upload-artifact")))
        .collect();
    assert_eq!(uploads.len(), 2, "{uploads:?}");
    assert!(uploads.iter().all(|it| it["if"] == "${{ !cancelled() }}"), "{uploads:?}");
    let behind: Vec<_> = steps(SystemId::Azure).into_iter().skip_while(|it| it.get("bash").is_none()).skip(1).collect();
    assert!(behind.len() >= 3, "{behind:?}");
    assert!(behind.iter().all(|it| it["condition"] == "succeededOrFailed()"), "{behind:?}");
    let gitlab = outputs.yaml(SystemId::Gitlab)["unit"]["artifacts"].clone();
    assert_eq!((&gitlab["when"], &gitlab["reports"]["junit"][0]), (&"always".into(), &"out/r.xml".into()));
    let jenkins = outputs.text(SystemId::Jenkins);
    let (_, post) = jenkins.split_once("post {\n").expect("post");
    let (_, always) = post.split_once("always {\n").expect("always");
    let (always, _) = always.split_once("\n            }").expect("its end");
    assert!(always.contains("junit testResults: 'out/r.xml'"), "{post}");
    // These two run after a failure by themselves; what gathers files for them does not.
    let circle = steps(SystemId::Circleci);
    assert!(circle.iter().any(|it| it.get("store_test_results").is_some()), "{circle:?}");
    let collects: Vec<_> =
        circle.iter().filter(|it| it["run"]["name"].as_str().is_some_and(|it| it.starts_with("Collect"))).collect();
    assert!(collects.iter().all(|it| it["run"]["when"] == "always"), "{collects:?}");
    // Travis goes on behind a failed line of `script`.
    let travis = outputs.yaml(SystemId::Travis)["jobs"]["include"][0]["script"].clone();
    assert!(travis.is_string() || travis.as_array().is_some_and(|it| it[0] == "make"), "{travis}");
    let bitbucket = outputs.yaml(SystemId::Bitbucket)["definitions"]["steps"][0]["step"]["artifacts"]["upload"].clone();
    let bitbucket = bitbucket.as_array().expect("uploads");
    assert!(bitbucket.len() == 2 && bitbucket.iter().all(|it| it["capture-on"] == "always"), "{bitbucket:?}");
    let teamcity = outputs.text(SystemId::Teamcity);
    assert!(teamcity.contains("xmlReport {") && teamcity.contains("+:out/r.xml"), "{teamcity}");
}

/// A `|| true`, a `set +e` without an end or a swallowed status makes red tests green; where a failure is allowed, the
/// spec says so.
#[test]
fn trap_18_no_exit_code_is_swallowed() {
    let outputs = rendered("[on]\npush = true\n[job.unit]\ntest = \"make\"\nresults = \"out/r.xml\"\nretry = 6\n");
    for system in SystemId::ALL {
        for word in [
            "|| true",
            "|| :",
            "|| exit 0",
            "continue-on-error",
            "continueOnError",
            "allow_failure",
            "catchError",
            "returnStatus",
        ] {
            let whole = outputs.whole(*system);
            let lines: Vec<&str> = whole.lines().filter(|it| it.contains(word)).collect();
            assert!(lines.is_empty(), "{system}: {lines:?}");
        }
        let whole = outputs.whole(*system);
        assert_eq!(whole.matches("set +e\n").count(), whole.matches("set -e\n").count(), "{system}");
    }
    // The exit code alone decides: results that Jenkins reads must not turn the build yellow, nor TeamCity's red.
    assert!(outputs.text(SystemId::Jenkins).contains("skipMarkingBuildUnstable: true"));
    assert!(outputs.text(SystemId::Teamcity).contains("testFailure = false"));
}

/// A job behind a matrix waits for all its legs; that it also runs after a failure, to merge reports, belongs to the
/// gate of `[report]`. TeamCity's default for failed dependencies is said nowhere, so it is always written:
/// <https://www.jetbrains.com/help/teamcity/snapshot-dependencies.html>.
#[test]
fn trap_19_a_job_waits_for_all_legs() {
    let outputs = rendered(
        "[on]\npush = true\n[job.unit]\ntest = \"make\"\n[job.unit.matrix]\nv = [\"a\", \"b\"]\n\
         include = [{ v = \"c\", w = \"d\" }]\n[job.after]\nneeds = \"unit\"\nrun = \"make after\"\n",
    );
    assert_eq!(outputs.yaml(SystemId::Github)["jobs"]["after"]["needs"], serde_json::json!(["unit"]));
    assert_eq!(outputs.yaml(SystemId::Gitlab)["after"]["needs"], serde_json::json!(["unit"]));
    let azure = outputs.yaml(SystemId::Azure);
    assert_eq!(azure["jobs"][1]["dependsOn"], serde_json::json!(["unit"]));
    let circle = outputs.yaml(SystemId::Circleci)["workflows"]["acme"]["jobs"].clone();
    let invoked: Vec<String> = circle
        .as_array()
        .expect("jobs")
        .iter()
        .filter_map(|it| it.get("unit"))
        .map(|it| it["matrix"]["alias"].as_str().or(it["name"].as_str()).expect("a name").to_owned())
        .collect();
    let after = circle.as_array().expect("jobs").iter().find_map(|it| it.get("after")).expect("the job behind");
    let required: BTreeSet<&str> =
        after["requires"].as_array().expect("requires").iter().filter_map(|it| it.as_str()).collect();
    assert_eq!(required, invoked.iter().map(String::as_str).collect(), "{circle}");
    assert_eq!(outputs.yaml(SystemId::Travis)["stages"], serde_json::json!(["unit", "after"]));
    let pipeline = outputs.yaml(SystemId::Bitbucket)["pipelines"]["default"].clone();
    assert_eq!(pipeline[0]["parallel"]["steps"].as_array().map(Vec::len), Some(3), "{pipeline}");
    assert_eq!(pipeline[1]["step"]["name"], "after");
    let jenkins = outputs.text(SystemId::Jenkins);
    let behind = jenkins.find("stage('after')").expect("the job behind");
    assert!(jenkins.find("stage('unit')").expect("the matrix") < behind);
    let teamcity = outputs.text(SystemId::Teamcity);
    let snapshots = teamcity.matches("snapshot(").count();
    assert!(snapshots >= 3, "{teamcity}");
    for key in ["onDependencyFailure = ", "onDependencyCancel = ", "reuseBuilds = ReuseBuilds.NO"] {
        assert_eq!(teamcity.matches(key).count(), snapshots, "{key}");
    }
}

/// The strings behind each `key:` in a YAML pipeline.
fn strings(outputs: &Outputs, system: SystemId, key: &str) -> Vec<String> {
    let found = leaves(&outputs.yaml(system)).into_iter().filter(|(path, _)| path.last().is_some_and(|it| it == key));
    found.map(|(_, leaf)| leaf.as_str().unwrap_or_else(|| panic!("{key} is {leaf}")).to_owned()).collect()
}

/// Two legs that upload under one name fail on GitHub and Azure and overwrite each other elsewhere:
/// <https://github.com/actions/upload-artifact#not-uploading-to-the-same-artifact>.
/// `a-b` beside `c` and `a` beside `b-c` are the same once they are joined.
#[test]
fn trap_20_every_leg_keeps_its_own_files() {
    let outputs = rendered(
        "[on]\npush = true\n[job.unit]\ntest = \"make\"\nresults = \"out/r.xml\"\nartifacts = { logs = \"x/**\" }\n\
         [job.unit.matrix]\nleft = [\"1\", \"1-2\"]\nright = [\"2-3\", \"3\"]\n\
         [job.after]\nneeds = \"unit\"\nrun = \"make after\"\n",
    );
    let unique = |system: SystemId, names: Vec<String>, count: usize| {
        let set: BTreeSet<&String> = names.iter().collect();
        assert_eq!((set.len(), names.len()), (count, count), "{system}: {names:?}");
    };
    // Expressions stand for what differs: `strategy.job-index` is another one on every leg.
    let github: Vec<String> =
        strings(&outputs, SystemId::Github, "name").into_iter().filter(|it| it.contains('@')).collect();
    unique(SystemId::Github, github.clone(), 2);
    assert!(github.iter().all(|it| it.ends_with("${{ strategy.job-index }}")), "{github:?}");
    unique(SystemId::Azure, strings(&outputs, SystemId::Azure, "CI_GEN_LEG"), 4);
    let published = strings(&outputs, SystemId::Azure, "artifact");
    assert_eq!(published, ["logs@$(CI_GEN_LEG)@$(System.JobAttempt)"]);
    let steps = outputs.yaml(SystemId::Bitbucket)["definitions"]["steps"].clone();
    let steps =
        steps.as_array().expect("steps").iter().filter_map(|it| it["step"]["artifacts"]["upload"][0]["name"].as_str());
    unique(SystemId::Bitbucket, steps.map(str::to_owned).collect(), 4);
    let travis = outputs.yaml(SystemId::Travis)["jobs"]["include"].clone();
    let archives = travis.as_array().expect("jobs").iter().filter_map(|it| it["workspaces"]["create"]["name"].as_str());
    unique(SystemId::Travis, archives.map(str::to_owned).collect(), 4);
    let jenkins = outputs.text(SystemId::Jenkins);
    let legs: Vec<String> =
        jenkins.lines().filter_map(|it| it.trim().strip_prefix("always_unit('")).map(str::to_owned).collect();
    unique(SystemId::Jenkins, legs, 4);
    // A machine of its own, and a directory of its own in the workspace.
    assert!(outputs.text(SystemId::Circleci).contains("$CIRCLE_WORKFLOW_JOB_ID-$CIRCLE_NODE_INDEX"));
    // A build configuration each.
    let teamcity = outputs.legs(SystemId::Teamcity);
    assert_eq!(teamcity.iter().filter(|it| it.job == "unit").count(), 4);
    // GitLab keeps an archive per job, and a job behind them gets all into one directory.
    outputs.degraded("legs of `unit` write artifacts to the same paths", &[SystemId::Gitlab]);
    outputs.degraded("several legs write under the same path", &[SystemId::Bitbucket]);
}

/// Bitbucket looks for reports in a few directories only, CircleCI takes no pattern and nothing hidden, Azure's default
/// fits few tools: <https://support.atlassian.com/bitbucket-cloud/docs/test-reporting-in-pipelines/>.
#[test]
fn trap_21_results_are_found_where_the_spec_says() {
    let outputs = rendered("[on]\npush = true\n[job.unit]\ntest = \"make\"\nresults = \"out/reports/*.xml\"\n");
    outputs.each_says([
        (SystemId::Github, &["path: \"out/reports/*.xml\""]),
        (SystemId::Gitlab, &["junit: [\"out/reports/*.xml\"]"]),
        (SystemId::Jenkins, &["junit testResults: 'out/reports/*.xml'"]),
        (SystemId::Azure, &["testResultsFiles: \"out/reports/*.xml\""]),
        (SystemId::Circleci, &["store_test_results:\n          path: out/reports\n"]),
        (SystemId::Travis, &["make"]),
        (SystemId::Bitbucket, &["type: test-reports\n              paths: [\"out/reports/*.xml\"]"]),
        (SystemId::Teamcity, &["rules = \"+:out/reports/*.xml\""]),
    ]);
    outputs.degraded("results (JUnit)", &[SystemId::Travis]);
}

/// Directories that begin with a dot: left out of artifacts on GitHub, refused by CircleCI.
#[test]
fn trap_21_hidden_results_are_found() {
    for results in [".out/reports/*.xml", "build/.out/r.xml", ".r.xml"] {
        let outputs = rendered(&format!("[on]\npush = true\n[job.unit]\ntest = \"make\"\nresults = \"{results}\"\n"));
        let github = outputs.yaml(SystemId::Github)["jobs"]["unit"]["steps"].clone();
        let upload = github.as_array().expect("steps").last().expect("an upload")["with"].clone();
        assert_eq!((&upload["path"], &upload["include-hidden-files"]), (&results.into(), &"true".into()));
        let circle = outputs.yaml(SystemId::Circleci)["jobs"]["unit"]["steps"].clone();
        let stored =
            circle.as_array().expect("steps").iter().find_map(|it| it.get("store_test_results")).expect("a step");
        assert_eq!(stored["path"], "/tmp/ci-gen/results");
        for system in [SystemId::Gitlab, SystemId::Jenkins, SystemId::Azure, SystemId::Bitbucket, SystemId::Teamcity] {
            assert!(outputs.text(system).contains(results), "{system}");
        }
    }
}

/// GitLab reads `.xml` files only: <https://docs.gitlab.com/ci/testing/unit_test_reports/>.
#[test]
fn trap_21_results_that_gitlab_cannot_read_are_named() {
    let outputs = rendered("[on]\npush = true\n[job.unit]\ntest = \"make\"\nresults = \"out/r.junit\"\n");
    outputs.degraded("GitLab reads only result files that end in `.xml`", &[SystemId::Gitlab]);
}
