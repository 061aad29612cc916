//! `ci-gen run` and a server of one's own: how it is known which one it is, and who may say so.

use super::{
    super::{
        cli::{start as run, GREEN},
        kit::{Fake, Kit, TOKEN},
    },
    start, DataCenterKit,
};
use crate::support::{Run, Sandbox};

/// A job whose repository was cloned over SSH, which says nothing about the web.
const SSH: &str = "ssh://git@git.example.com:7999/acme/shop.git";

fn publish(address: &str, more: &[(&str, &str)]) -> Run {
    let sandbox = Sandbox::new().file("r.xml", GREEN);
    let variables = DataCenterKit.variables(address);
    let variables = variables.iter().map(|(name, value)| (*name, value.as_str())).chain(more.iter().copied());
    run(&sandbox, "run --results r.xml --publish tests,status,comment", variables)
}

#[test]
fn the_address_of_the_repository_tells_the_server() {
    let server = start();
    publish(&server.address, &[]).code(0).says("published: comment (bitbucket): http://127.0.0.1");
    assert_eq!(server.statuses(), [("ci-gen".to_owned(), "success".to_owned())]);
    assert_eq!((server.comments().len(), server.runs()[0].title.as_str()), (1, "ACME/shop"));
    assert_eq!(server.wrong(), [""; 0]);
}

#[test]
fn a_variable_tells_the_server_where_the_address_does_not() {
    let server = start();
    let named = format!("{}/git/", server.address);
    publish(&server.address, &[("GIT_URL", SSH)]).code(0).says("no status");
    assert!(server.requests().is_empty());
    publish(&server.address, &[("GIT_URL", SSH), ("BITBUCKET_URL", &named)]).code(0);
    assert_eq!((server.comments().len(), server.statuses().len()), (1, 1));
}

#[test]
fn a_variable_moves_no_repository_that_is_elsewhere() {
    let server = start();
    let named = format!("{}/git", server.address);
    for elsewhere in ["https://github.com/acme/shop.git", "git@gitlab.com:acme/shop.git", "git@bitbucket.org:acme/shop"]
    {
        let more = [("GIT_URL", elsewhere), ("BITBUCKET_URL", &named), ("HTTPS_PROXY", "http://127.0.0.1:9")];
        publish(&server.address, &[&more[..], &[("CI_GEN_PUBLISH_TIMEOUT", "1")]].concat()).code(0);
        assert!(server.requests().is_empty(), "{elsewhere}: {:?}", server.requests());
    }
    // On a system that keeps code itself neither.
    let github = [("GITHUB_ACTIONS", "true"), ("GITHUB_REPOSITORY", "acme/shop"), ("GITHUB_SHA", super::SHA)];
    let sandbox = Sandbox::new().file("r.xml", GREEN);
    let host = ("GITHUB_SERVER_URL", "https://code.example.com");
    let own = [host, ("BITBUCKET_URL", named.as_str()), ("BITBUCKET_TOKEN", TOKEN)];
    run(&sandbox, "run --results r.xml --publish status", github.into_iter().chain(own)).code(0);
    assert!(server.requests().is_empty());
}

/// What lies in a downloaded directory must not choose who gets a token.
#[test]
fn a_file_from_somewhere_does_not_choose_the_server() {
    let server = start();
    let sandbox = Sandbox::new().file("r.xml", GREEN);
    let variables = DataCenterKit.variables(&server.address);
    let variables = || variables.iter().map(|(name, value)| (*name, value.as_str()));
    let without = variables().chain([("BITBUCKET_TOKEN", "")]);
    run(&sandbox, "run --results r.xml --publish status", without).code(0);
    let later = "run --results test_results/report.json";
    run(&sandbox, later, [("BITBUCKET_TOKEN", TOKEN)].into_iter()).code(2).says("is not the code host here");
    let elsewhere = format!("{later} --output-dir elsewhere");
    run(&sandbox, &elsewhere, [("BITBUCKET_TOKEN", TOKEN)].into_iter()).code(0).says("is not the code host here");
    assert!(server.requests().is_empty());
    // Where it is the code host, it is published.
    run(&sandbox, later, variables().filter(|(name, _)| !name.starts_with("CHANGE_"))).code(0);
    assert_eq!(server.statuses().len(), 1);
}
