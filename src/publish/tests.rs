//! Publishing against providers that can and cannot.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;

use super::*;
use crate::{
    net::{Client, Config, Error, Kind},
    providers::{Artifact, BuildStatus, Capability, Category, Comment, Posted, Provider, RunId, TestRun},
    report::{Case, Report, Status},
};

/// Notes what it is told, and says no to what is named.
#[derive(Clone, Default)]
struct Board {
    can: Vec<Capability>,
    no: Vec<(Capability, Option<Kind>)>,
    said: Arc<Mutex<Vec<String>>>,
}

impl Board {
    fn say(&self, capability: Capability, what: String) -> Result<(), Error> {
        self.said.lock().unwrap().push(what);
        match self.no.iter().find(|(no, _)| *no == capability) {
            Some((_, kind)) => Err(Error::new(kind.unwrap_or(Kind::Permission), "do it", "Board").words("no")),
            None => Ok(()),
        }
    }
}

#[async_trait]
impl Provider for Board {
    fn name(&self) -> &str {
        "board"
    }

    fn capabilities(&self) -> Vec<Capability> {
        self.can.clone()
    }

    fn opt_in(&self) -> Vec<Capability> {
        vec![Capability::TestRuns]
    }

    async fn create_test_run(&self, run: &TestRun<'_>) -> Result<RunId, Error> {
        self.say(Capability::TestRuns, format!("create {}", run.identity))?;
        Ok(RunId("1".to_owned()))
    }

    async fn update_test_run(&self, id: &RunId, run: &TestRun<'_>) -> Result<(), Error> {
        self.say(Capability::TestRuns, format!("update {} {:?}", id.0, run.phase))
    }

    async fn add_pr_comment(&self, _: &Comment<'_>) -> Result<Posted, Error> {
        self.say(Capability::Comments, "comment".to_owned())?;
        Ok(Posted::There { id: "1".to_owned(), url: None })
    }

    async fn upload_artifact(&self, artifact: &Artifact<'_>) -> Result<Posted, Error> {
        self.say(Capability::Artifacts, format!("upload {} to {:?}", artifact.name, artifact.run.map(|it| &it.0)))?;
        Ok(Posted::There { id: "1".to_owned(), url: None })
    }

    async fn set_build_status(&self, status: &BuildStatus) -> Result<(), Error> {
        self.say(Capability::Statuses, format!("status {:?} {}", status.state, status.description))
    }
}

fn report() -> Report {
    let mut report = Report::default();
    let case = Case { name: "a".to_owned(), status: Status::Failed, ..Case::default() };
    report.totals.count(&case);
    report.cases.push(case);
    report
}

fn publish(board: Board, wanted: &[Thing]) -> (Vec<String>, Outcome) {
    let said = board.said.clone();
    let wanted: BTreeMap<Thing, Asked> = wanted.iter().map(|it| (*it, Asked::ByName)).collect();
    let report = report();
    let mut publisher = Publisher::new(Client::new(Config::default()).unwrap(), vec![Box::new(board)], Vec::new())
        .wanting(wanted)
        .called(Names::of(&report, "acme", Some("unit")), None);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let outcome = runtime.block_on(publisher.finish(&report));
    let said = said.lock().unwrap().clone();
    (said, outcome)
}

fn all() -> Vec<Capability> {
    Capability::ALL.to_vec()
}

#[test]
fn what_is_wanted_is_said_once() {
    let (said, outcome) =
        publish(Board { can: all(), ..Board::default() }, &[Thing::Check, Thing::Status, Thing::Comment]);
    assert_eq!(said[0], "create ci-gen::0:unit".replace("::0", &format!("::{}", report().run.attempt)));
    assert_eq!(said[1..], ["update 1 Finished", "status Failure the test failed", "comment"]);
    assert!(outcome.failed.is_empty() && outcome.published.len() == 3);
}

#[test]
fn opt_in_is_left_alone_unless_named() {
    let (said, _) = publish(Board { can: all(), ..Board::default() }, &[Thing::Tests]);
    assert_eq!(said, ["status Failure the test failed"], "what stands in for it");
}

#[test]
fn every_step_down_is_taken_and_noted() {
    use Capability::{Comments, Statuses, TestRuns};
    for (no, said_last, instead) in [
        (vec![TestRuns], "status Failure the test failed", vec![Rung::Thing(Thing::Status)]),
        (vec![TestRuns, Statuses], "comment", vec![Rung::Thing(Thing::Comment), Rung::Thing(Thing::Comment)]),
        (vec![TestRuns, Statuses, Comments], "comment", vec![Rung::Log, Rung::Log, Rung::Log]),
    ] {
        let board = Board { can: all(), no: no.iter().map(|it| (*it, None)).collect(), ..Board::default() };
        let (said, outcome) = publish(board, &[Thing::Check]);
        assert_eq!(said.last().map(String::as_str), Some(said_last));
        assert_eq!(outcome.failed.iter().map(|it| it.instead).collect::<Vec<_>>(), instead, "{no:?}");
        assert_eq!(outcome.notes().len(), no.len());
    }
}

#[test]
fn a_vendor_that_is_down_is_asked_for_nothing_else() {
    let board = Board { can: all(), no: vec![(Capability::TestRuns, Some(Kind::Connection))], ..Board::default() };
    let (said, outcome) = publish(board, &[Thing::Check]);
    assert_eq!(said.len(), 1, "{said:?}");
    assert_eq!(outcome.failed[0].instead, Rung::Log);
    let note = &outcome.notes()[0].message;
    assert_eq!(note, "no check run: cannot do it: no; this log and the reports say it");
}

#[test]
fn what_nobody_asked_for_is_no_comment() {
    let board = Board { can: all(), no: vec![(Capability::Statuses, None)], ..Board::default() };
    let said = board.said.clone();
    let mut publisher = Publisher::new(Client::new(Config::default()).unwrap(), vec![Box::new(board)], Vec::new())
        .wanting(BTreeMap::from([(Thing::Status, Asked::ByDefault)]));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let outcome = runtime.block_on(publisher.finish(&report()));
    assert_eq!(outcome.failed[0].instead, Rung::Log);
    assert_eq!(*said.lock().unwrap(), ["status Failure the test failed"]);
}

#[test]
fn files_go_with_the_test_run() {
    let board = Board { can: all(), ..Board::default() };
    let said = board.said.clone();
    let mut publisher = Publisher::new(Client::new(Config::default()).unwrap(), vec![Box::new(board)], Vec::new())
        .wanting(BTreeMap::from([(Thing::Check, Asked::ByName)]));
    publisher.attach([("reports/report.html".into(), Category::Report)]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    assert!(runtime.block_on(publisher.finish(&report())).failed.is_empty());
    assert_eq!(said.lock().unwrap().last().map(String::as_str), Some("upload report.html to Some(\"1\")"));
}

#[test]
fn a_missing_token_is_noted_where_somebody_asked() {
    let error = Error::new(Kind::Authentication, "publish at Board", "Board").words("there is no token in X");
    for (asked, notes) in [(Asked::ByName, 1), (Asked::ByDefault, 0)] {
        let unavailable = vec![Unavailable { name: "board".to_owned(), error: error.clone() }];
        let mut publisher = Publisher::new(Client::new(Config::default()).unwrap(), Vec::new(), unavailable)
            .wanting(BTreeMap::from([(Thing::Status, asked)]))
            .with_summary();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let outcome = runtime.block_on(publisher.finish(&report()));
        assert_eq!(outcome.notes().len(), notes);
        assert!(outcome.failed.iter().all(|it| it.instead == Rung::Summary));
    }
}

#[test]
fn what_is_left_is_read_back_with_the_place_of_the_run() {
    let directory = tempfile::tempdir().unwrap();
    assert_eq!(Unpublished::read(directory.path()), Ok(None));
    let mut run = report().run;
    run.repository = Some("acme/shop".to_owned());
    run.change_number = Some(7);
    let left = Unpublished {
        schema: 1,
        things: vec![Thing::Comment],
        host: Some("https://github.com".to_owned()),
        run,
        ..Unpublished::default()
    };
    std::fs::write(Unpublished::path(directory.path()), left.text()).unwrap();
    let back = Unpublished::read(directory.path()).unwrap().unwrap();
    assert_eq!(back, left);
    let context = back.context(&Default::default());
    assert_eq!(context.change_number.map(|it| it.value), Some(7));
    std::fs::write(Unpublished::path(directory.path()), "{\"schema\": 2, \"things\": [], \"run\": {}}").unwrap();
    assert!(Unpublished::read(directory.path()).unwrap_err().contains("version 2"));
}
