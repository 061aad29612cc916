//! Secrets and tokens: who gets them, and where their names may stand.

use ci_gen::SystemId;

use super::outputs::{invalid, leaves, rendered};

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
