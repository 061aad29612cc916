//! What each CI system's variables are understood as: one case per file of `tests/env`.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use ci_gen::{
    context::{Env, Field},
    systems::{self, Detected, Wanted},
    SystemId,
};
use serde_json::{json, Value};

use crate::support::{assert_current, project, slashed, walk};

/// The variables of a case, and the files beside it that they point to as `@NAME`.
fn environment(case: &Path) -> Env {
    let text = fs::read_to_string(case).unwrap();
    assert!(text.starts_with("# http"), "{}: the first line says which page documents it", case.display());
    let folder = case.parent().unwrap();
    let pairs: BTreeMap<&str, &str> = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_once('=').unwrap_or_else(|| panic!("{}: {line}", case.display())))
        .collect();
    let mut env = Env::from_iter(pairs);
    // A file may name another.
    loop {
        let wanted: Vec<String> = systems::files_wanted(&env);
        let new: Vec<&String> =
            wanted.iter().filter(|it| !env.files.contains_key(*it) && !env.unreadable.contains_key(*it)).collect();
        let Some(path) = new.first().map(|it| (*it).clone()) else { return env };
        match path.strip_prefix('@').map(|name| fs::read_to_string(folder.join(name))) {
            Some(Ok(text)) => env.files.insert(path, text),
            _ => env.unreadable.insert(path, "there is no such file".to_owned()),
        };
    }
}

fn to_json(detected: &Detected) -> Value {
    fn field<T: serde::Serialize>(field: &Option<Field<T>>) -> Value {
        field.as_ref().map(|it| json!([it.value, it.source])).unwrap_or_default()
    }
    let it = &detected.context;
    let mut all = json!({
        "system": field(&it.system),
        "other": field(&it.other),
        "repository": field(&it.repository),
        "host": field(&it.host),
        "event": field(&it.event),
        "branch": field(&it.branch),
        "tag": field(&it.tag),
        "head_sha": field(&it.head_sha),
        "tested_sha": field(&it.tested_sha),
        "change_number": field(&it.change_number),
        "base_branch": field(&it.base_branch),
        "base_sha": field(&it.base_sha),
        "fork": field(&it.fork),
        "build_id": field(&it.build_id),
        "build_attempt": field(&it.build_attempt),
        "build_url": field(&it.build_url),
        "job": field(&it.job),
        "shard_index": field(&it.shard_index),
        "shard_total": field(&it.shard_total),
    });
    all.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    if !detected.warnings.is_empty() {
        all["warnings"] = json!(detected.warnings);
    }
    all
}

fn detect(env: &Env) -> Detected {
    systems::detect(env, None, Path::new("/work/repo")).unwrap()
}

#[test]
fn every_case_is_understood_as_its_golden_says() {
    let folder = project().join("tests/env");
    let cases: Vec<PathBuf> =
        walk(&folder).into_iter().filter(|it| it.extension().is_some_and(|it| it == "env")).collect();
    for case in &cases {
        let text = format!("{:#}\n", to_json(&detect(&environment(case))));
        assert_current(&case.with_extension("json"), &text);
    }
    for id in SystemId::ALL {
        let prefix = format!("{id}/");
        let own = cases.iter().filter(|it| slashed(it.strip_prefix(&folder).unwrap()).starts_with(&prefix));
        assert!(own.count() >= 4, "{id} has too few cases");
    }
}

/// What a case is about must not depend on what else a machine has set.
#[test]
fn an_empty_variable_is_an_unset_one() {
    let folder = project().join("tests/env");
    for case in walk(&folder).into_iter().filter(|it| it.extension().is_some_and(|it| it == "env")) {
        let env = environment(&case);
        let names: Vec<String> = env.iter().map(|(name, _)| name.to_owned()).collect();
        let others = fs::read_to_string(&case).unwrap();
        let all = ["GITHUB_ACTIONS", "GITLAB_CI", "JENKINS_URL", "TF_BUILD", "CIRCLECI", "TRAVIS", "TEAMCITY_VERSION"];
        let empty = all.iter().filter(|it| !names.contains(&(**it).to_owned())).map(|it| (*it, ""));
        let mut more = Env::from_iter(env.iter().chain(empty));
        more.files = env.files.clone();
        more.unreadable = env.unreadable.clone();
        assert_eq!(to_json(&detect(&more)), to_json(&detect(&env)), "{others}");
    }
}

#[test]
fn the_users_word_goes_first() {
    let env = Env::from_iter([("GITLAB_CI", "true"), ("CI_COMMIT_BRANCH", "main"), ("CI_GEN_PROVIDER", "travis")]);
    let here = Path::new("/");
    let system = |wanted| systems::detect(&env, wanted, here).unwrap().context.system.map(|it| it.value);
    assert_eq!(system(None), Some(SystemId::Travis));
    assert_eq!(system(Some(Wanted::Auto)), Some(SystemId::Gitlab));
    assert_eq!(system(Some(Wanted::Local)), None);
    assert_eq!(system(Some(Wanted::System(SystemId::Azure))), Some(SystemId::Azure));
    let wrong = Env::from_iter([("CI_GEN_PROVIDER", "gitbub")]);
    let why = systems::detect(&wrong, None, here).unwrap_err();
    assert!(why.contains("`gitbub`") && why.contains("did you mean `github`?"), "{why}");
}

#[test]
fn the_innermost_workspace_tells_nested_systems_apart() {
    let env = Env::from_iter([
        ("JENKINS_URL", "https://ci.example.com/"),
        ("WORKSPACE", "/work"),
        ("CIRCLECI", "true"),
        ("CIRCLE_WORKING_DIRECTORY", "~/project"),
        ("HOME", "/work/home"),
    ]);
    let detect = |directory: &str| systems::detect(&env, None, Path::new(directory)).unwrap();
    let system = |directory: &str| detect(directory).context.system.unwrap().value;
    assert_eq!(system("/work/home/project/src"), SystemId::Circleci);
    assert_eq!(system("/work/home/projects"), SystemId::Jenkins);
    assert_eq!(system("/elsewhere"), SystemId::Jenkins);
    let [warning] = &detect("/elsewhere").warnings[..] else { panic!("one warning") };
    assert!(warning.contains("Jenkins") && warning.contains("CircleCI") && warning.contains("it comes first"));
}
