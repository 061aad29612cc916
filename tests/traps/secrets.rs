//! Secrets and tokens: who gets them, and where their names may stand.

use ci_gen::SystemId;
use serde_json::json;

use super::outputs::{invalid, leaves, rendered, Outputs};

/// A secret in the job's environment, in a command's text or in a condition reaches whoever reads logs or installs
/// dependencies: <https://docs.github.com/en/actions/concepts/security/secrets>,
/// <https://www.jenkins.io/doc/book/pipeline/jenkinsfile/#string-interpolation>.
#[test]
fn trap_16_secrets_reach_the_test_step_alone() {
    let outputs = rendered(
        "[on]\npush = true\n[job.unit]\ninstall = \"make deps\"\ntest = \"make\"\nsecrets = [\"API_TOKEN\"]\n\
         only = { branches = [\"main\"] }\nresults = \"r.xml\"\nartifacts = { a = \"x\" }\n[job.other]\nrun = \"make other\"\n",
    );
    let github = outputs.yaml(SystemId::Github);
    let found: Vec<_> = leaves(&github).into_iter().filter(|(_, it)| it.to_string().contains("API_TOKEN")).collect();
    let [(path, value)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(value, "${{ secrets.API_TOKEN }}");
    assert!(path[..3] == ["jobs", "unit", "steps"] && path[4..] == ["env", "API_TOKEN"], "{path:?}");
    assert_eq!(github["jobs"]["unit"]["steps"][path[3].parse::<usize>().unwrap()]["run"], "make");

    let azure = outputs.yaml(SystemId::Azure);
    let found: Vec<_> = leaves(&azure).into_iter().filter(|(_, it)| it.to_string().contains("API_TOKEN")).collect();
    let [(path, value)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(value, "$(API_TOKEN)");
    assert!(path[2] == "steps" && path[4..] == ["env", "API_TOKEN"], "{path:?}");
    let step = &azure["jobs"][path[1].parse::<usize>().unwrap()]["steps"][path[3].parse::<usize>().unwrap()];
    assert!(step["bash"].as_str().is_some_and(|it| it.ends_with("\nmake")), "{step}");

    let jenkins = outputs.text(SystemId::Jenkins);
    let (before, behind) = jenkins
        .split_once("withCredentials([string(credentialsId: 'API_TOKEN', variable: 'API_TOKEN')]) {")
        .expect("credentials");
    assert!(!before.contains("API_TOKEN") && !behind.contains("API_TOKEN"), "{jenkins}");
    assert!(before.contains("make deps") && behind.trim_start().starts_with("sh '''"), "{jenkins}");

    // A parameter of the job's build; a password parameter of that name stands in a project above.
    let teamcity = outputs.text(SystemId::Teamcity);
    let lines: Vec<&str> = teamcity.lines().filter(|it| it.contains("API_TOKEN")).collect();
    let expected = [
        "// A project above this one needs the password parameters `secret.API_TOKEN`.",
        "        param(\"env.API_TOKEN\", \"%secret.API_TOKEN%\")",
    ];
    assert_eq!(lines, expected);
    let (_, unit) = teamcity.split_once("object Unit : BuildType({").expect("the job");
    let (unit, _) = unit.split_once("\n})").expect("its end");
    assert!(unit.contains("env.API_TOKEN"), "{unit}");

    // The project's own variables, which every step has.
    for system in [SystemId::Gitlab, SystemId::Circleci, SystemId::Travis, SystemId::Bitbucket] {
        let yaml = outputs.yaml(system);
        assert!(leaves(&yaml).iter().all(|(path, it)| !format!("{path:?}{it}").contains("API_TOKEN")), "{system}");
    }
}

/// In a command's text the secret would be part of what a shell shows and a system logs.
#[test]
fn trap_16_no_secret_stands_in_a_text() {
    let secret = "would become part of the text";
    invalid("[job.a]\nrun = \"echo {{ secret.TOKEN }}\"\nsecrets = \"TOKEN\"\n", "secret-in-text", secret);
    invalid(
        "[job.a]\nrun = \"x\"\nenv = { A = \"{{ secret.TOKEN }}\" }\nsecrets = \"TOKEN\"\n",
        "secret-in-text",
        secret,
    );
    // No spec can hold one: a list of names is all that it takes.
    invalid("[job.a]\nrun = \"x\"\nsecrets = { TOKEN = \"s3cr3t\" }\n", "wrong-type", "secrets");
    invalid("[job.a]\nrun = \"x\"\nsecrets = \"TOKEN\"\nenv = { TOKEN = \"s3cr3t\" }\n", "secret-shadowed", "TOKEN");
}

/// `pull_request_target` gives a fork's code the repository's token, and without `permissions` so does a push with
/// write access; comments and checks belong to `run`:
/// <https://securitylab.github.com/resources/github-actions-preventing-pwn-requests/>.
#[test]
fn trap_17_no_token_has_more_than_reading() {
    let outputs = rendered(
        "[on]\npush = true\npull-request = true\n[job.unit]\ntest = \"make\"\nresults = \"r.xml\"\nsecrets = \"TOKEN\"\n",
    );
    let github = outputs.yaml(SystemId::Github);
    let triggers: Vec<&String> = github["on"].as_object().expect("triggers").keys().collect();
    assert_eq!(triggers, ["push", "pull_request"]);
    assert_eq!(github["permissions"], serde_json::json!({}));
    assert_eq!(github["jobs"]["unit"]["permissions"], serde_json::json!({ "contents": "read" }));
    let checkout = &github["jobs"]["unit"]["steps"][0];
    assert!(checkout["uses"].as_str().is_some_and(|it| it.starts_with("actions/checkout@")), "{checkout}");
    assert_eq!(checkout["with"]["persist-credentials"], "false");
    assert_eq!(outputs.yaml(SystemId::Azure)["jobs"][0]["steps"][0]["persistCredentials"], "false");
    let tokens: [(SystemId, &[&str]); 8] = [
        (SystemId::Github, &["pull_request_target", "workflow_run", "write", "github.token", "GITHUB_TOKEN"]),
        (SystemId::Gitlab, &["CI_JOB_TOKEN", "GITLAB_TOKEN"]),
        (SystemId::Jenkins, &["gitHubPullRequest", "JENKINS_TOKEN"]),
        (SystemId::Azure, &["System.AccessToken", "SYSTEM_ACCESSTOKEN"]),
        (SystemId::Circleci, &["CIRCLE_TOKEN", "context:"]),
        (SystemId::Travis, &["secure:", "TRAVIS_TOKEN"]),
        (SystemId::Bitbucket, &["oidc", "BITBUCKET_TOKEN"]),
        (SystemId::Teamcity, &["teamcity.auth", "credentialsJSON", "password("]),
    ];
    for (system, words) in tokens {
        words.iter().for_each(|word| outputs.never_says(system, word));
    }
}

/// All eight systems with these keys in `[report]`.
fn publishing(keys: &str) -> Outputs {
    rendered(&format!(
        "[on]\npush = true\npull-request = true\n[report]\n{keys}[tool]\nchecksum = \"sha256:{}\"\n[job.unit]\n\
         install = \"make deps\"\ntest = \"make\"\nresults = \"r.xml\"\n",
        "0".repeat(64)
    ))
}

/// Whoever may write on behalf of the repository runs no code of the change: only the gate's call of ci-gen does, and
/// its token can do what the spec asks for and nothing else.
#[test]
fn trap_17_the_gate_alone_may_write() {
    let read = ("contents", "read");
    for (keys, more) in [
        ("", vec![]),
        ("comment = true\n", vec![("pull-requests", "write")]),
        ("status = true\n", vec![("statuses", "write")]),
        ("check = true\n", vec![("checks", "write")]),
        ("comment = true\nstatus = true\n", vec![("pull-requests", "write"), ("statuses", "write")]),
    ] {
        let outputs = publishing(keys);
        let github = outputs.yaml(SystemId::Github);
        let wanted: serde_json::Map<_, _> = std::iter::once(read)
            .chain(more.clone())
            .map(|(scope, access)| (scope.to_owned(), json!(access)))
            .collect();
        assert_eq!(github["permissions"], json!({}));
        assert_eq!(github["jobs"]["ci"]["permissions"], json!(wanted), "{keys}");
        assert_eq!(github["jobs"]["unit"]["permissions"], json!({ "contents": "read" }), "{keys}");
        // In the environment of one step, and in no other place.
        for (system, name, value) in [
            (SystemId::Github, "GITHUB_TOKEN", "${{ github.token }}"),
            (SystemId::Azure, "SYSTEM_ACCESSTOKEN", "$(System.AccessToken)"),
        ] {
            let yaml = outputs.yaml(system);
            let steps = |job: &serde_json::Value| job["steps"].as_array().cloned().unwrap_or_default();
            let jobs: Vec<_> = match &yaml["jobs"] {
                serde_json::Value::Object(jobs) => jobs.values().flat_map(steps).collect(),
                jobs => jobs.as_array().expect("jobs").iter().flat_map(steps).collect(),
            };
            let holders: Vec<_> = jobs.iter().filter(|step| step["env"][name] == value).collect();
            assert_eq!(outputs.whole(system).matches(value).count(), holders.len(), "{system}, {keys}");
            assert_eq!(holders.len(), usize::from(!more.is_empty()), "{system}, {keys}");
            assert!(holders.iter().all(|it| it.to_string().contains("ci-gen run --aggregate-reports")), "{holders:?}");
        }
    }
}

/// What a job without the token keeps as its report is no way to the spec, and so to the hooks, of the job with it.
#[test]
fn trap_17_no_report_takes_the_place_of_the_gates_files() {
    let outputs = publishing("comment = true\n");
    let github = outputs.yaml(SystemId::Github);
    let steps = github["jobs"]["ci"]["steps"].as_array().expect("steps").clone();
    let download = steps.iter().find(|it| it["name"] == "Download the reports").expect("a download")["with"].clone();
    assert_eq!(download, json!({ "pattern": "*ci-gen-report*", "path": "test-results/ci-gen" }));
    let azure = outputs.yaml(SystemId::Azure);
    let patterns: Vec<_> =
        leaves(&azure).into_iter().filter(|(path, _)| path.last().is_some_and(|it| it == "itemPattern")).collect();
    assert_eq!(patterns.len(), 1);
    assert_eq!(patterns[0].1, "ci-gen-report@*/test-results/ci-gen/**");
}

/// A code host's token reaches the gate as a job's secret reaches its tests; GitHub's own is the job's token there.
#[test]
fn trap_16_the_gates_secrets_reach_its_ci_gen_alone() {
    let outputs = publishing("comment = true\nsecrets = [\"GITHUB_TOKEN\", \"SYSTEM_ACCESSTOKEN\"]\n");
    let github = outputs.whole(SystemId::Github);
    assert!(github.contains("SYSTEM_ACCESSTOKEN: \"${{ secrets.SYSTEM_ACCESSTOKEN }}\""), "{github}");
    assert!(!github.contains("secrets.GITHUB_TOKEN") && github.matches("GITHUB_TOKEN").count() == 1, "{github}");
    let azure = outputs.whole(SystemId::Azure);
    assert!(azure.contains("GITHUB_TOKEN: \"$(GITHUB_TOKEN)\""), "{azure}");
    assert!(!azure.contains("$(SYSTEM_ACCESSTOKEN)") && azure.matches("SYSTEM_ACCESSTOKEN").count() == 1, "{azure}");
    let jenkins = outputs.whole(SystemId::Jenkins);
    let (before, behind) = jenkins.split_once("withCredentials([").expect("credentials");
    assert!(before.contains("tar -xzf") && behind.contains("--aggregate-reports"), "{jenkins}");
    let teamcity = outputs.whole(SystemId::Teamcity);
    let (_, gate) = teamcity.split_once("object Ci : BuildType({").expect("the gate");
    assert!(gate.contains("param(\"env.GITHUB_TOKEN\", \"%secret.GITHUB_TOKEN%\")"), "{gate}");
    for system in [SystemId::Gitlab, SystemId::Circleci, SystemId::Travis, SystemId::Bitbucket] {
        assert!(!outputs.whole(system).contains("_TOKEN"), "{system} hands its variables to every job by itself");
    }
    outputs.degraded("the gate has no token to publish with", &[]);
    publishing("comment = true\n").degraded("the gate has no token to publish with", &[SystemId::Jenkins]);
    publishing("").degraded("the gate has no token to publish with", &[]);
    publishing("check = true\n").degraded(
        "report: check",
        &SystemId::ALL.iter().copied().filter(|it| *it != SystemId::Github).collect::<Vec<_>>(),
    );
}

/// The second workflow may write, so nothing of the change may reach a command of it: it takes the default branch's
/// files, reports as data, and no file of theirs outside of one directory.
#[test]
fn trap_17_what_is_published_for_forks_runs_nothing_of_them() {
    let outputs = publishing("comment = true\nforks = true\n");
    let text = &outputs.files(SystemId::Github)[".github/workflows/ci-report.yml"];
    let workflow = crate::readers::yaml(text);
    assert_eq!(workflow["on"], json!({ "workflow_run": { "workflows": ["acme"], "types": ["completed"] } }));
    assert_eq!(workflow["permissions"], json!({}));
    let job = &workflow["jobs"]["report"];
    let permissions = json!({ "contents": "read", "actions": "read", "pull-requests": "write" });
    assert_eq!(job["permissions"], permissions);
    let steps = job["steps"].as_array().expect("steps");
    assert_eq!(steps[0]["with"], json!({ "persist-credentials": "false" }), "no ref: the default branch");
    let download = steps[1]["with"].as_object().expect("inputs");
    assert_eq!((&download["path"], download.get("merge-multiple")), (&json!("test-results/ci-gen"), None));
    for step in steps {
        assert!(step["run"].as_str().is_none_or(|it| !it.contains("${{")), "{step}");
    }
    assert!(!text.contains("make"), "{text}");

    let without = |keys: &str| publishing(keys).files(SystemId::Github).len();
    assert_eq!((without("forks = true\n"), without("comment = true\n")), (1, 1));
    publishing("status = true\nforks = true\n").degraded(
        "report: forks",
        &[SystemId::Gitlab, SystemId::Azure, SystemId::Circleci, SystemId::Travis, SystemId::Bitbucket],
    );
}

/// Failed tests are the first workflow's failure. That nothing could be published is this one's.
#[test]
#[cfg(unix)]
fn trap_18_the_second_workflow_is_red_for_its_own_faults_alone() {
    let outputs = publishing("comment = true\nforks = true\n");
    let workflow = crate::readers::yaml(&outputs.files(SystemId::Github)[".github/workflows/ci-report.yml"]);
    let steps = workflow["jobs"]["report"]["steps"].as_array().expect("steps").clone();
    let script = steps.last().expect("a step")["run"].as_str().expect("a script").to_owned();
    for (status, passes) in [(0, true), (1, true), (2, false), (3, false), (5, false), (70, false)] {
        let ended = std::process::Command::new("bash")
            .args(["-eo", "pipefail", "-c", &format!("ci-gen() {{ return {status}; }}\n{script}")])
            .status();
        assert_eq!(ended.expect("bash").success(), passes, "{status}");
    }
}

#[test]
fn the_second_workflow_lies_beside_the_first_and_knows_its_name() {
    let outputs = publishing(
        "check = true\nforks = true\n[target.github]\npath = \".github/workflows/tests.yaml\"\n[override.github]\n\
         name = \"Tests, all\"\n",
    );
    let files = outputs.files(SystemId::Github);
    assert_eq!(
        files.keys().collect::<Vec<_>>(),
        [".github/workflows/tests-report.yaml", ".github/workflows/tests.yaml"]
    );
    let workflow = crate::readers::yaml(&files[".github/workflows/tests-report.yaml"]);
    assert_eq!(workflow["on"]["workflow_run"]["workflows"], json!(["Tests, all"]));
    assert_eq!(crate::readers::yaml(&files[".github/workflows/tests.yaml"])["name"], "Tests, all");
}
