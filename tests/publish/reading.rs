//! Systems at which nothing can be published: how their jobs and builds are read, and what their errors mean.

use ci_gen::{
    context::{Address, Context, Env, Field},
    net::{Client, Config, Kind},
    providers::{Capability, Provider, Registry, RunId, Setting},
    report::RunStatus,
};
use serde_json::json;

use super::{
    kit::TOKEN,
    server::{Answer, Fault, Request, Server, Vendor},
};

/// Answers as they are documented, by path.
struct Canned(Vec<(&'static str, Answer)>);

impl Vendor for Canned {
    fn answer(&mut self, request: &Request, _address: &str) -> Answer {
        let page = request.query("page-token").map(|it| format!("?page-token={it}")).unwrap_or_default();
        let path = format!("{}{page}", request.path);
        let found = self.0.iter().find(|(known, _)| *known == path);
        found.map_or_else(|| Answer::json(404, json!({ "message": "Not Found" })), |(_, answer)| answer.clone())
    }
}

fn provider(name: &str, address: &str, token: &str) -> Box<dyn Provider> {
    let env = Env::from_iter([(token, TOKEN), ("CIRCLE_BUILD_NUM", "7"), ("TRAVIS_BUILD_ID", "12")]);
    let host = Address::parse("https://github.com/acme/shop").unwrap();
    let context = Context {
        host: Some(Field::new(host.host, "x")),
        repository: Some(Field::new(host.path, "x")),
        ..Context::default()
    };
    let client = Client::new(Config::default()).unwrap();
    let setting = Setting { env: &env, context: &context, client: &client, api: Some(address) };
    Registry::builtin().create(name, &setting).unwrap()
}

fn block<T>(future: impl std::future::Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

#[test]
fn a_job_of_circleci_is_read_with_all_its_tests() {
    let test = |result: &str| json!({ "result": result, "run_time": 0.5, "name": "t", "classname": "c" });
    let first = json!({ "items": [test("success"), test("failure")], "next_page_token": "p2" });
    let second = json!({ "items": [test("skipped")], "next_page_token": null });
    let server = Server::start(
        Canned(vec![
            ("/project/gh/acme/shop/job/7", Answer::json(200, json!({ "status": "failed" }))),
            ("/project/gh/acme/shop/7/tests", Answer::json(200, first)),
            ("/project/gh/acme/shop/7/tests?page-token=p2", Answer::json(200, second)),
        ]),
        |request| (request.header("circle-token") != TOKEN).then(|| "no token".to_owned()),
    );
    let provider = provider("circleci", &server.address, "CIRCLE_TOKEN");
    assert_eq!(provider.capabilities(), Vec::<Capability>::new());
    let result = block(provider.get_test_run_status(&RunId(String::new()))).unwrap();
    assert_eq!((result.status, result.total_tests), (RunStatus::Failed, 3));
    assert_eq!((result.passed_tests, result.failed_tests, result.skipped_tests), (1, 1, 1));
    assert_eq!(result.duration_seconds, 1.5);
    assert_eq!(server.wrong(), Vec::<String>::new());
    let error = block(provider.get_test_run_status(&RunId("8".to_owned()))).unwrap_err();
    assert_eq!(error.kind, Kind::NotFound);
    assert!(error.help.unwrap().contains("Personal API Tokens"));
}

#[test]
fn a_build_of_travis_is_read_and_its_errors_are_told_apart() {
    let build = json!({ "@type": "build", "id": 12, "state": "canceled", "duration": 9 });
    let server = Server::start(Canned(vec![("/build/12", Answer::json(200, build))]), |request| {
        let wanted = request.header("travis-api-version") == "3";
        let known = request.header("authorization") == format!("token {TOKEN}");
        (!wanted || !known).then(|| "a header is missing".to_owned())
    });
    let provider = provider("travis", &server.address, "TRAVIS_TOKEN");
    let read = |id: &str| block(provider.get_test_run_status(&RunId(id.to_owned())));
    assert_eq!(read("").unwrap().status, RunStatus::Cancelled);
    assert_eq!(read("13").unwrap_err().kind, Kind::NotFound);
    let error = |kind: &str| json!({ "@type": "error", "error_type": kind, "error_message": "no" });
    for (answer, kind) in [
        (Answer::json(403, error("login_required")), Kind::Authentication),
        (Answer::text(403, "access denied"), Kind::Authentication),
        (Answer::json(403, error("insufficient_access")), Kind::Permission),
        (Answer::json(406, error("repository_inactive")), Kind::Configuration),
    ] {
        server.fault(|_| true, Fault::Says(answer));
        assert_eq!(read("12").unwrap_err().kind, kind);
    }
    assert_eq!(server.wrong(), Vec::<String>::new());
}
