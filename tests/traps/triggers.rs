//! What starts a pipeline: cron dialects, tags, pull requests and patterns.

use ci_gen::SystemId;
use regex::Regex;
use serde_json::json;

use super::outputs::{invalid, rendered, Outputs};

/// Quartz counts seconds and begins the week with 1, Azure skips unchanged branches, Jenkins starts every branch:
/// <https://www.jetbrains.com/help/teamcity/cron-expressions-in-teamcity.html>.
#[test]
fn trap_23_a_schedule_means_the_same_time_everywhere() {
    let outputs = rendered("[on]\nschedule = \"0 2 * * 0\"\n[job.unit]\ntest = \"make\"\n");
    assert_eq!(outputs.yaml(SystemId::Github)["on"], json!({ "schedule": [{ "cron": "0 2 * * 0" }] }));
    let azure = outputs.yaml(SystemId::Azure)["schedules"].clone();
    let branches = json!({ "include": ["main", "master"] });
    assert_eq!(azure, json!([{ "cron": "0 2 * * 0", "branches": branches, "always": "true" }]));
    let jenkins = outputs.text(SystemId::Jenkins);
    assert!(jenkins.contains("cron(env.BRANCH_IS_PRIMARY == 'true' ? 'TZ=UTC\\n0 2 * * 0' : '')"), "{jenkins}");
    let teamcity = outputs.text(SystemId::Teamcity);
    for line in [
        "seconds = \"0\"",
        "minutes = \"0\"",
        "hours = \"2\"",
        "dayOfMonth = \"?\"",
        "dayOfWeek = \"SUN\"",
        "timezone = \"UTC\"",
        "triggerBuild = always()",
        "withPendingChangesOnly = false",
        "branchFilter = \"+:<default>\"",
    ] {
        assert_eq!(teamcity.matches(line).count(), 1, "{line}");
    }
    // No times in these files: what a person has to create is said, and only such runs are let in.
    let guards = [
        (SystemId::Gitlab, "$CI_PIPELINE_SOURCE == \"schedule\""),
        (SystemId::Circleci, "pipeline.event.name == \"schedule\""),
        (SystemId::Travis, "type = cron"),
        (SystemId::Bitbucket, "    scheduled:\n"),
    ];
    for (system, guard) in guards {
        assert!(outputs.text(system).contains(guard), "{system}");
        assert!(!outputs.text(system).contains("cron:"), "{system}");
    }
    let fewer = [SystemId::Gitlab, SystemId::Azure, SystemId::Circleci, SystemId::Travis, SystemId::Bitbucket];
    outputs.degraded("schedule: ", &fewer);
}

/// POSIX takes either day when both are given, Quartz can say only one and Jenkins wants both:
/// <https://pubs.opengroup.org/onlinepubs/9799919799/utilities/crontab.html>.
#[test]
fn trap_23_two_kinds_of_days_are_two_schedules() {
    let outputs = rendered("[on]\nschedule = \"5 4 1 * 1\"\n[job.unit]\ntest = \"make\"\n");
    let crons = |list: &serde_json::Value| -> Vec<String> {
        list.as_array().expect("a list").iter().map(|it| it["cron"].as_str().expect("a cron line").to_owned()).collect()
    };
    let both = ["5 4 1 * *", "5 4 * * 1"];
    assert_eq!(crons(&outputs.yaml(SystemId::Github)["on"]["schedule"]), both);
    assert_eq!(crons(&outputs.yaml(SystemId::Azure)["schedules"]), both);
    assert!(outputs.text(SystemId::Jenkins).contains("'TZ=UTC\\n5 4 1 * *\\n5 4 * * 1'"));
    let days = Regex::new(r#"dayOfMonth = "(.*)"\n.*\n +dayOfWeek = "(.*)""#).unwrap();
    let teamcity = outputs.text(SystemId::Teamcity);
    let found: Vec<(&str, &str)> =
        days.captures_iter(teamcity).map(|it| (it.get(1).unwrap().as_str(), it.get(2).unwrap().as_str())).collect();
    assert_eq!(found, [("1", "?"), ("?", "MON")]);
    for system in [SystemId::Gitlab, SystemId::Circleci, SystemId::Bitbucket] {
        for line in both {
            assert!(outputs.text(system).contains(&format!("# {line}")), "{system}");
        }
    }
    outputs.degraded("nearest to `5 4 1 * 1` is weekly", &[SystemId::Travis]);
}

/// Schemas let any text pass for a time: <https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#schedule>.
#[test]
fn trap_23_no_system_gets_a_time_that_is_none() {
    for (cron, words) in [
        ("@daily", "write the fields it stands for: `0 0 * * *`"),
        ("99 * * * *", "minute 99 is out of range"),
        ("0 2 * *", "has 4 fields, cron has five"),
        ("0 0 2 * * 0", "has 6 fields, cron has five"),
        ("0 2 * * 8", "out of range"),
        ("H 2 * * *", "H"),
        ("0 2 30 2 *", "2"),
    ] {
        invalid(&format!("[on]\nschedule = \"{cron}\"\n[job.unit]\ntest = \"make\"\n"), "cron", words);
    }
}

/// GitLab starts a pipeline for the branch and one for its merge request, Azure starts on everything that is not named,
/// and a push with an open pull request runs twice:
/// <https://docs.gitlab.com/ci/yaml/workflow/#switch-between-branch-pipelines-and-merge-request-pipelines>.
#[test]
fn trap_24_a_push_to_a_pull_request_starts_one_pipeline() {
    let outputs =
        rendered("[on]\npush = { branches = [\"main\"] }\npull-request = true\n[job.unit]\ntest = \"make\"\n");
    let rules = outputs.yaml(SystemId::Gitlab)["workflow"]["rules"].clone();
    assert_eq!(
        rules,
        json!([
            { "if": "$CI_PIPELINE_SOURCE == \"merge_request_event\"" },
            {
                "if": "$CI_PIPELINE_SOURCE == \"push\" && $CI_COMMIT_BRANCH && $CI_OPEN_MERGE_REQUESTS",
                "when": "never",
            },
            { "if": "$CI_PIPELINE_SOURCE == \"push\" && $CI_COMMIT_BRANCH == \"main\"" },
        ])
    );
    let github = outputs.yaml(SystemId::Github)["on"].clone();
    assert_eq!(github, json!({ "push": { "branches": ["main"] }, "pull_request": null }));
    let azure = outputs.yaml(SystemId::Azure);
    assert_eq!(azure["trigger"]["branches"]["include"], json!(["main"]));
    assert_eq!(azure["pr"]["branches"]["include"], json!(["*"]));
    let pipelines = outputs.yaml(SystemId::Bitbucket)["pipelines"].clone();
    let keys = |it: &serde_json::Value| -> Vec<String> { it.as_object().expect("a mapping").keys().cloned().collect() };
    assert_eq!(keys(&pipelines), ["branches", "pull-requests"], "a `default` would start for every branch");
    assert_eq!(keys(&pipelines["branches"]), ["main"]);
    let circle = outputs.yaml(SystemId::Circleci)["workflows"]["acme"]["when"].clone();
    let when = "pipeline.event.name == \"push\" and pipeline.git.branch == \"main\"\n\
                or pipeline.event.name == \"pull_request\"";
    assert_eq!(circle, when);
    let travis = outputs.yaml(SystemId::Travis);
    assert_eq!(travis["if"], "type = push AND tag IS blank AND branch = main OR type = pull_request");
    let jenkins = outputs.text(SystemId::Jenkins);
    assert!(jenkins.contains("            branch pattern: 'main', comparator: 'EQUALS'\n"), "{jenkins}");
    assert!(jenkins.contains("          changeRequest()\n"), "{jenkins}");
    let teamcity = outputs.text(SystemId::Teamcity);
    assert!(teamcity.contains("branchFilter = \"+:main\""), "{teamcity}");
    assert!(teamcity.contains("branchFilter = \"+pr:*\""), "{teamcity}");
    outputs.degraded("a push to the branch of an open pull request", &[]);
}

/// Where every branch starts a pipeline, Bitbucket cannot keep the two apart, which is said.
#[test]
fn trap_24_bitbucket_says_that_it_starts_two() {
    let outputs = rendered("[on]\npush = true\npull-request = true\n[job.unit]\ntest = \"make\"\n");
    outputs.degraded("a push to the branch of an open pull request", &[SystemId::Bitbucket]);
    let rules = outputs.yaml(SystemId::Gitlab)["workflow"]["rules"].clone();
    assert!(rules[1]["if"].as_str().is_some_and(|it| it.contains("$CI_OPEN_MERGE_REQUESTS")), "{rules}");
    assert_eq!(rules[1]["when"], "never");
}

/// What nobody names must not start anything: Azure without `trigger` or `pr` builds every branch and request.
#[test]
fn trap_24_nothing_else_starts_a_pipeline() {
    let outputs = rendered("[on]\nmanual = true\n[job.unit]\ntest = \"make\"\n");
    assert_eq!(outputs.yaml(SystemId::Github)["on"], json!({ "workflow_dispatch": null }));
    let rules = outputs.yaml(SystemId::Gitlab)["workflow"]["rules"].clone();
    assert_eq!(rules, json!([{ "if": "$CI_PIPELINE_SOURCE =~ /^(?:web|api)$/" }]));
    assert!(outputs.text(SystemId::Jenkins).contains("when {\n        triggeredBy 'UserIdCause'"));
    let azure = outputs.yaml(SystemId::Azure);
    assert_eq!((&azure["trigger"], &azure["pr"]), (&json!("none"), &json!("none")));
    assert_eq!(outputs.yaml(SystemId::Circleci)["workflows"]["acme"]["when"], "pipeline.event.name == \"api\"");
    assert_eq!(outputs.yaml(SystemId::Travis)["if"], "type = api");
    let pipelines = outputs.yaml(SystemId::Bitbucket)["pipelines"].clone();
    assert_eq!(pipelines.as_object().expect("pipelines").keys().collect::<Vec<_>>(), ["custom"]);
    outputs.never_says(SystemId::Teamcity, "triggers {");
}

/// On CircleCI a tag runs no job without a tag filter on it and on all before it, on Travis `branches` filters tags,
/// on Bitbucket `default` leaves them out: <https://circleci.com/docs/guides/orchestrate/workflows/#executing-workflows-for-a-git-tag>.
#[test]
fn trap_25_a_tag_starts_every_job() {
    let outputs = rendered(
        "[on]\npush = { branches = [\"main\"], tags = [\"v*\"] }\n[job.first]\nrun = \"make\"\n\
         [job.unit]\nneeds = \"first\"\ntest = \"make\"\n",
    );
    assert_eq!(outputs.yaml(SystemId::Github)["on"]["push"], json!({ "branches": ["main"], "tags": ["v*"] }));
    let rules = outputs.yaml(SystemId::Gitlab)["workflow"]["rules"].clone();
    let anchored = json!({ "if": "$CI_PIPELINE_SOURCE == \"push\" && $CI_COMMIT_TAG =~ /^v[^\\/]*$/" });
    assert!(rules.as_array().expect("rules").contains(&anchored), "{rules}");
    let jenkins = outputs.text(SystemId::Jenkins);
    assert!(jenkins.contains("tag pattern: 'v[^/]*', comparator: 'REGEXP'"), "{jenkins}");
    assert_eq!(outputs.yaml(SystemId::Azure)["trigger"]["tags"]["include"], json!(["v*"]));
    let workflow = outputs.yaml(SystemId::Circleci)["workflows"]["acme"].clone();
    for job in workflow["jobs"].as_array().expect("jobs") {
        let keys = job.as_object().expect("with keys").values().next().expect("a job");
        assert_eq!(keys["filters"], "pipeline.git.branch or pipeline.git.tag", "{job}");
    }
    assert_eq!(workflow["jobs"].as_array().map(Vec::len), Some(2));
    assert!(
        workflow["when"].as_str().is_some_and(|it| it.contains(r"pipeline.git.tag matches /^v[^\/]*$/")),
        "{workflow}"
    );
    let travis = outputs.yaml(SystemId::Travis);
    let only = travis["branches"]["only"].as_array().expect("branches");
    assert!(only.contains(&json!("/.*/")) || only.contains(&json!(r"/^v[^\/]*$/")), "{only:?}");
    assert!(travis["if"].as_str().is_some_and(|it| it.contains(r"tag =~ /^v[^\/]*$/")), "{travis}");
    let tags = outputs.yaml(SystemId::Bitbucket)["pipelines"]["tags"].clone();
    assert_eq!(tags["v*"].as_array().map(Vec::len), Some(2), "{tags}");
    let teamcity = outputs.text(SystemId::Teamcity);
    assert!(teamcity.contains("+:tags/v*") && teamcity.contains("`+:refs/(tags/*)`"), "{teamcity}");
    outputs.degraded("the VCS root must show tags as branches", &[SystemId::Teamcity]);
}

/// Names that tell the stars apart.
const NAMES: &[&str] = &[
    "main",
    "mainly",
    "domain",
    "release",
    "release/1",
    "release/1/2",
    "feature/a",
    "feature/a/b",
    "feature",
    "x-rc",
    "a/x-rc",
    "-rc",
    "a/b/c",
    "a/x/y/c",
    "aXc",
    "v1.0",
    "v1x0",
    "v1",
    "renovate/x",
    "RELEASE/1",
    "a+b",
    "aab",
];

/// A pattern of the spec: `*` stays in front of a `/`, `**` does not, all else is itself.
fn glob(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((literal, rest)) => {
            let Some(name) = name.strip_prefix(literal) else { return false };
            let (rest, far) = rest.strip_prefix('*').map_or((rest, false), |rest| (rest, true));
            let ends = (0..=name.len()).filter(|at| name.is_char_boundary(*at));
            ends.take_while(|at| far || !name[..*at].contains('/')).any(|at| glob(rest, &name[at..]))
        }
    }
}

/// A pattern where `*` stands for anything, as on Azure and TeamCity.
fn wild(pattern: &str, name: &str) -> bool {
    glob(&pattern.replace('*', "**"), name)
}

/// The regular expression between two slashes, as the system writes it.
fn regex_of(text: &str) -> Regex {
    Regex::new(&text.replace("\\/", "/")).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Which of the names start a pipeline on a system, by what its file says.
fn started(outputs: &Outputs, system: SystemId) -> Vec<&'static str> {
    let list = |value: &serde_json::Value| -> Vec<String> {
        value.as_array().expect("a list").iter().map(|it| it.as_str().expect("a string").to_owned()).collect()
    };
    let quoted = |text: &str, mark: &str| {
        let (_, behind) = text.split_once(mark).unwrap_or_else(|| panic!("{system}: no `{mark}` in {text}"));
        behind.to_owned()
    };
    let verdict: Box<dyn Fn(&str) -> bool> = match system {
        SystemId::Github => {
            // A backslash takes the meaning from `+` and `?`, which are quantifiers there.
            let patterns = list(&outputs.yaml(system)["on"]["push"]["branches"]);
            let patterns: Vec<String> = patterns.iter().map(|it| it.replace('\\', "")).collect();
            Box::new(move |name| patterns.iter().any(|it| glob(it, name)))
        }
        SystemId::Gitlab => {
            let rule = outputs.yaml(system)["workflow"]["rules"][0]["if"].as_str().expect("a rule").to_owned();
            let regex = quoted(&rule, "$CI_COMMIT_BRANCH =~ /");
            let regex = regex_of(regex.strip_suffix('/').expect("its end"));
            Box::new(move |name| regex.is_match(name))
        }
        SystemId::Jenkins => {
            let behind = quoted(outputs.text(system), "branch pattern: ");
            let (pattern, length) = super::texts::groovy(&behind);
            assert!(behind[length..].starts_with(", comparator: 'REGEXP'"), "{behind}");
            let regex = Regex::new(&format!("^(?:{pattern})$")).unwrap();
            Box::new(move |name| regex.is_match(name))
        }
        SystemId::Azure => {
            let branches = outputs.yaml(system)["trigger"]["branches"].clone();
            let include = list(&branches["include"]);
            let exclude = branches.get("exclude").map(list).unwrap_or_default();
            Box::new(move |name| include.iter().any(|it| wild(it, name)) && !exclude.iter().any(|it| wild(it, name)))
        }
        SystemId::Circleci => {
            let when = outputs.yaml(system)["workflows"]["acme"]["when"].as_str().expect("a condition").to_owned();
            let test = Regex::new(
                r#"pipeline\.git\.branch (?:== "(?<is>[^"]*)"|starts-with "(?<starts>[^"]*)"|matches /(?<matches>(?:\\.|[^/\\])*)/)"#,
            )
            .unwrap();
            let left = test.replace_all(&when, "").replace("pipeline.event.name == \"push\" and ", "");
            assert!(left.chars().all(|c| "()or ".contains(c)), "{when}");
            Box::new(move |name| {
                test.captures_iter(&when).any(|it| match (it.name("is"), it.name("starts"), it.name("matches")) {
                    (Some(is), ..) => name == is.as_str(),
                    (_, Some(start), _) => name.starts_with(start.as_str()),
                    (_, _, Some(regex)) => regex_of(regex.as_str()).is_match(name),
                    _ => false,
                })
            })
        }
        SystemId::Travis => {
            let yaml = outputs.yaml(system);
            let only = list(&yaml["branches"]["only"]);
            let condition = quoted(yaml["if"].as_str().expect("a condition"), "branch =~ /");
            let condition = regex_of(condition.trim_end_matches(')').strip_suffix('/').expect("its end"));
            Box::new(move |name| {
                let listed = only.iter().any(|it| match it.strip_prefix('/').and_then(|it| it.strip_suffix('/')) {
                    Some(regex) => regex_of(regex).is_match(name),
                    None => it == name,
                });
                listed && condition.is_match(name)
            })
        }
        SystemId::Bitbucket => {
            let branches = outputs.yaml(system)["pipelines"]["branches"].clone();
            let keys: Vec<String> = branches.as_object().expect("branches").keys().cloned().collect();
            let [key] = keys.as_slice() else { panic!("{keys:?}") };
            let inner = key.strip_prefix('{').and_then(|it| it.strip_suffix('}')).unwrap_or(key);
            let patterns: Vec<String> = inner.split(',').map(str::to_owned).collect();
            Box::new(move |name| patterns.iter().any(|it| glob(it, name)))
        }
        SystemId::Teamcity => {
            let behind = quoted(outputs.text(system), "branchFilter = \"\"\"\n");
            let (rules, _) = behind.split_once("\"\"\"").expect("its end");
            let patterns: Vec<String> =
                rules.lines().filter_map(|it| it.trim().strip_prefix("+:")).map(str::to_owned).collect();
            assert!(patterns.iter().all(|it| it.matches('*').count() <= 1), "one `*` for each rule: {patterns:?}");
            // There a star stands for at least one character.
            Box::new(move |name| {
                patterns.iter().any(|it| wild(it, name) && (!it.contains('*') || name.len() >= it.len()))
            })
        }
    };
    NAMES.iter().copied().filter(|name| verdict(name)).collect()
}

/// Four dialects of patterns and three of regular expressions: one that is not anchored releases from `my-release/1`.
/// Where a system knows only one kind of star, it may start for more, and says so.
#[test]
fn trap_26_patterns_match_the_same_names_everywhere() {
    for patterns in [
        &["main", "release/**"][..],
        &["main", "feature/*"],
        &["*-rc", "main"],
        &["a/*/c", "v1.0"],
        &["a+b", "re*/1"],
        &["*", "main/x"],
    ] {
        let quoted: Vec<String> = patterns.iter().map(|it| format!("\"{it}\"")).collect();
        let outputs =
            rendered(&format!("[on]\npush = {{ branches = [{}] }}\n[job.unit]\ntest = \"make\"\n", quoted.join(", ")));
        let wanted: Vec<&str> = NAMES.iter().copied().filter(|name| patterns.iter().any(|it| glob(it, name))).collect();
        assert!(!wanted.is_empty() && wanted.len() < NAMES.len(), "{patterns:?} tell nothing apart");
        let mut loose = Vec::new();
        for system in SystemId::ALL {
            let found = started(&outputs, *system);
            let missing: Vec<_> = wanted.iter().filter(|it| !found.contains(it)).collect();
            assert!(missing.is_empty(), "{system}, {patterns:?} do not start for {missing:?}");
            if found != wanted {
                loose.push(*system);
            }
        }
        // These two know one kind of star only, and say where it starts for more.
        let warned = |system: SystemId, words: &str| outputs.warns(system, words);
        for system in loose {
            let says = match system {
                SystemId::Azure => warned(system, "also matches names with more `/`"),
                SystemId::Teamcity => warned(system, "also stands for `/`"),
                _ => false,
            };
            assert!(says, "{system} starts for {:?}, which {patterns:?} do not match", started(&outputs, system));
        }
        if !patterns.iter().any(|it| it.replace("**", "").contains('*')) {
            outputs.degraded("also ", &[]);
        }
    }
}

/// A rule of TeamCity has one star, and what needs two is refused or written as several.
#[test]
fn trap_26_a_pattern_with_two_stars_is_not_lost_on_teamcity() {
    let outputs = super::outputs::generated("[on]\npush = { branches = [\"*/x/*\"] }\n[job.unit]\ntest = \"make\"\n");
    outputs.refused(&[(SystemId::Teamcity, "*/x/*")]);
}
