//! Files in place of a vendor: what is written, by several at once, and in a dry run.

use std::{fs, path::Path, sync::Arc};

use ci_gen::{
    context::{Context, Env},
    net::{Client, Config, Kind, Mode},
    providers::{
        Artifact, BuildStatus, Capability, Category, Comment, Phase, Posted, Provider, Registry, RunId, Setting, State,
        TestRun,
    },
    report::{Case, Report, RunStatus, Status, TestRunResult},
};
use serde_json::{json, Value};

fn provider(directory: &Path, mode: Mode) -> Box<dyn Provider> {
    let env = Env::from_iter([("CI_GEN_PUBLISH_DIR", directory.display().to_string())]);
    let client = Client::new(Config { mode, ..Config::default() }).unwrap();
    let setting = Setting { env: &env, context: &Context::default(), client: &client, api: None };
    Registry::builtin().create("local", &setting).unwrap()
}

fn block<T>(future: impl std::future::Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn report(run: &str, failing: &str) -> Report {
    let mut report = Report::default();
    report.run.id = run.to_owned();
    let case = Case { name: failing.to_owned(), status: Status::Failed, ..Case::default() };
    report.totals.count(&case);
    report.cases.push(case);
    report
}

fn json_of(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn legs_at_once_end_in_one_file() {
    let directory = tempfile::tempdir().unwrap();
    let root = Arc::new(directory.path().join("published"));
    let threads: Vec<_> = (0..8)
        .map(|leg| {
            let root = root.clone();
            std::thread::spawn(move || {
                let (report, leg) = (report("7", &format!("fails in {leg}")), format!("leg {leg}"));
                let comment = Comment { key: "acme/unit", leg: Some(&leg), report: &report, whole: "report.html" };
                block(provider(&root, Mode::Wire).add_pr_comment(&comment)).unwrap();
                let status = |name: &str, state| BuildStatus {
                    name: name.to_owned(),
                    state,
                    description: String::new(),
                    url: None,
                };
                let provider = provider(&root, Mode::Wire);
                block(provider.set_build_status(&status(&format!("ci-gen/{leg}"), State::Pending))).unwrap();
                block(provider.set_build_status(&status(&format!("ci-gen/{leg}"), State::Failure))).unwrap();
            })
        })
        .collect();
    threads.into_iter().for_each(|it| it.join().unwrap());
    let comments: Vec<_> = fs::read_dir(root.join("comments")).unwrap().flatten().collect();
    assert_eq!(comments.len(), 1);
    let text = fs::read_to_string(comments[0].path()).unwrap();
    assert!((0..8).all(|leg| text.contains(&format!("fails in {leg}"))), "{text}");
    let statuses = json_of(&root.join("statuses.json"));
    assert_eq!(statuses.as_object().unwrap().len(), 8);
    assert_eq!(statuses["ci-gen/leg 3"], json!({ "state": "failure", "description": "", "url": null }));
    // A run that is older says nothing any more.
    let (newer, older) = (report("8", "a"), report("7", "b"));
    let say = |report: &Report| {
        let comment = Comment { key: "acme/unit", leg: Some("leg 1"), report, whole: "report.html" };
        block(provider(&root, Mode::Wire).add_pr_comment(&comment)).unwrap()
    };
    assert!(matches!(say(&newer), Posted::There { .. }));
    assert_eq!(say(&older), Posted::Outdated);
}

#[test]
fn a_run_is_a_result_that_reads_back() {
    let directory = tempfile::tempdir().unwrap();
    let provider = provider(directory.path(), Mode::Wire);
    assert_eq!(provider.capabilities(), Capability::ALL);
    let report = report("7", "a");
    let run = |phase| TestRun { identity: "ci-gen:7:1:unit", title: "acme: unit", report: &report, phase };
    let id = block(provider.create_test_run(&run(Phase::Running))).unwrap();
    assert_eq!(block(provider.get_test_run_status(&id)).unwrap().status, RunStatus::Running);
    block(provider.update_test_run(&id, &run(Phase::Finished))).unwrap();
    block(provider.create_test_run(&run(Phase::Running))).unwrap();
    let result = block(provider.get_test_run_status(&id)).unwrap();
    assert_eq!((result.status, result.failed_tests), (RunStatus::Failed, 1));
    let file = fs::read_dir(directory.path().join("runs")).unwrap().flatten().next().unwrap().path();
    let read: TestRunResult = serde_json::from_value(json_of(&file)).unwrap();
    assert_eq!(read, result);
    let nowhere = block(provider.get_test_run_status(&RunId("../other".to_owned()))).unwrap_err();
    assert_eq!(nowhere.kind, Kind::NotFound);
}

#[test]
fn files_are_copied_and_never_outside() {
    let directory = tempfile::tempdir().unwrap();
    let source = directory.path().join("source.bin");
    fs::write(&source, [0, 255]).unwrap();
    let root = directory.path().join("published");
    let provider = provider(&root, Mode::Wire);
    let run = RunId("../../run".to_owned());
    let artifact = Artifact { name: "../../x.bin", category: Category::Other, path: &source, run: Some(&run) };
    let Posted::There { id, .. } = block(provider.upload_artifact(&artifact)).unwrap() else { panic!() };
    let copied = dunce::canonicalize(id).unwrap();
    assert!(copied.starts_with(dunce::canonicalize(&root).unwrap()), "{}", copied.display());
    assert_eq!(fs::read(copied).unwrap(), [0, 255]);
    let missing = Artifact { path: Path::new("/nowhere/at/all"), ..artifact };
    assert_eq!(block(provider.upload_artifact(&missing)).unwrap_err().kind, Kind::Configuration);
}

#[test]
fn a_dry_run_writes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("published");
    let provider = provider(&root, Mode::Dry);
    let report = report("7", "a");
    let run = TestRun { identity: "x", title: "x", report: &report, phase: Phase::Finished };
    let id = block(provider.create_test_run(&run)).unwrap();
    block(provider.update_test_run(&id, &run)).unwrap();
    block(provider.get_test_run_status(&id)).unwrap();
    let comment = Comment { key: "k", leg: None, report: &report, whole: "report.html" };
    block(provider.add_pr_comment(&comment)).unwrap();
    assert!(!root.exists());
}
