//! `ci-gen pins update` against vendors on the loopback.

use ci_gen::pins::{
    update::{newer, Majors, Vendors},
    Kind, Pin,
};
use serde_json::json;

use crate::support::{
    vendor::{Answer, Request, Vendor},
    Run, Sandbox,
};

const LOCK: &str = "ci-gen.lock";
const TOKEN: &str = "secret-of-the-test";

const SPEC: &str = r#"
schema  = 1
targets = ["github", "bitbucket", "circleci"]

[service.postgres]
image = "postgres:16"
port  = 5432

[job.lint]
run = "make lint"

[job.unit]
test     = "make test"
services = "postgres"
"#;

fn rendered(spec: &str) -> Sandbox {
    let sandbox = Sandbox::with_spec(spec);
    sandbox.run("render").code(0);
    sandbox
}

fn update(sandbox: &Sandbox, arguments: &str, address: &str) -> Run {
    let variables = [("CI_GEN_API_URL", address), ("GITHUB_TOKEN", TOKEN), ("NO_PROXY", "127.0.0.1")];
    let run = sandbox.run_with(&format!("pins update {arguments}"), &variables);
    assert!(!run.stderr.contains(TOKEN) && !run.stdout.contains(TOKEN));
    run
}

fn digest(letter: &str) -> String {
    format!("sha256:{}", letter.repeat(64))
}

/// GitHub, a registry that wants a token, and CircleCI.
fn vendors(request: &Request, address: &str) -> Answer {
    let hub = request.authorization == "Bearer of-the-hub";
    let checkout = "/repos/actions/checkout";
    match request.path.as_str() {
        path if path == format!("{checkout}/releases/latest") => Answer::json(json!({ "tag_name": "v8.0.0" })),
        path if path == format!("{checkout}/tags?per_page=100") => {
            Answer::json(json!([{ "name": "v8.0.0" }, { "name": "v7" }, { "name": "v7.2.0-rc.1" }]))
                .header("link", format!("<{address}{checkout}/tags?page=2>; rel=\"next\""))
        }
        path if path == format!("{checkout}/tags?page=2") => {
            Answer::json(json!([{ "name": "v7.1.0" }, { "name": "v7.0.1" }]))
        }
        // An annotated tag is an object of its own.
        path if path == format!("{checkout}/git/ref/tags/v7.1.0") => {
            Answer::json(json!({ "object": { "type": "tag", "sha": "2".repeat(40) } }))
        }
        path if path == format!("{checkout}/git/tags/{}", "2".repeat(40)) => {
            Answer::json(json!({ "object": { "type": "commit", "sha": "1".repeat(40) } }))
        }
        path if path == format!("{checkout}/git/ref/tags/v8.0.0") => {
            Answer::json(json!({ "object": { "type": "commit", "sha": "8".repeat(40) } }))
        }
        "/token?service=hub&scope=repository" => Answer::json(json!({ "token": "of-the-hub" })),
        path if path.starts_with("/v2/") && !hub => Answer::status(401).header(
            "www-authenticate",
            format!("Bearer realm=\"{address}/token\",service=\"hub\",scope=\"repository\""),
        ),
        "/v2/library/postgres/manifests/16" => Answer::status(200).header("docker-content-digest", digest("a")),
        "/v2/cimg/base/tags/list" => Answer::json(json!({ "tags": ["current", "2026.03", "2026.09", "2027.01"] })),
        "/v2/cimg/base/manifests/2026.09" => Answer::status(200).header("docker-content-digest", digest("b")),
        "/v2/atlassian/default-image/tags/list" => Answer::json(json!({ "tags": ["4", "5", "6"] })),
        "/v2/atlassian/default-image/manifests/5" => Answer::status(200).header("docker-content-digest", digest("c")),
        "/graphql-unstable" => {
            let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
            assert_eq!(body["variables"]["name"], "circleci/windows");
            Answer::json(json!({ "data": { "orb": { "versions": [{ "version": "6.0.0" }, { "version": "5.1.1" }] } } }))
        }
        _ => Answer::status(404),
    }
}

#[test]
fn newer_versions_go_into_the_lock_and_the_files() {
    let vendor = Vendor::start(vendors);
    let sandbox = rendered(SPEC);
    let run = update(&sandbox, "", &vendor.address).code(0);
    for word in [
        "action actions/checkout: v7.0.1 (3d3c42e5aac5) -> v7.1.0 (111111111111)",
        "image postgres:16: 16 -> 16 (aaaaaaaaaaaa)",
        "image cimg/base: 2026.03 -> 2026.09 (bbbbbbbbbbbb)",
        "image atlassian/default-image: 5 -> 5 (cccccccccccc)",
        "updated  ci-gen.lock",
    ] {
        assert!(run.stderr.contains(word), "{word}:\n{}", run.stderr);
    }
    assert!(sandbox.read(".github/workflows/ci.yml").contains(&format!("checkout@{} # v7.1.0", "1".repeat(40))));
    assert!(sandbox.read(".circleci/config.yml").contains(&format!("cimg/base:2026.09@{}", digest("b"))));
    assert!(sandbox.read("bitbucket-pipelines.yml").contains(&format!("postgres:16@{}", digest("a"))));
    sandbox.run("check").code(0);
    sandbox.run("render").code(0).says("up to date");
    for request in vendor.requests() {
        let own = request.authorization == format!("Bearer {TOKEN}");
        assert_eq!(own, request.path.starts_with("/repos/"), "{request:?}");
    }
    let lock = sandbox.read(LOCK);
    update(&sandbox, "", &vendor.address).code(0).says("every version is the newest");
    assert_eq!(sandbox.read(LOCK), lock);
}

#[test]
fn one_name_is_asked_about_and_majors_are_crossed_when_asked() {
    let vendor = Vendor::start(vendors);
    let sandbox = rendered(SPEC);
    update(&sandbox, "actions/checkout --major", &vendor.address).code(0).says("-> v8.0.0 (888888888888)");
    assert!(vendor.requests().iter().all(|it| it.path.starts_with("/repos/actions/checkout/")));
    assert!(!sandbox.read(LOCK).contains("sha256:"));
    update(&sandbox, "actions/chekout", &vendor.address).code(2).says("did you mean `actions/checkout`?");
}

#[test]
fn what_the_spec_pins_is_not_asked_about() {
    let vendor = Vendor::start(vendors);
    let pins = format!("{SPEC}\n[pins]\n\"postgres:16\" = \"{}\"\n", digest("f"));
    let sandbox = rendered(&pins);
    update(&sandbox, "postgres:16", &vendor.address).code(0).says("is kept: ci-gen.toml:17 pins it");
    assert!(vendor.requests().is_empty());
}

/// Nothing may be half-written when one of the vendors fails.
#[test]
fn a_failure_changes_nothing() {
    let sandbox = rendered(SPEC);
    let before = (sandbox.read(LOCK), sandbox.read(".github/workflows/ci.yml"), sandbox.files());
    let after = || (sandbox.read(LOCK), sandbox.read(".github/workflows/ci.yml"), sandbox.files());
    let lacking = Vendor::start(|request, address| match request.path.as_str() {
        "/v2/library/postgres/manifests/16" => Answer::status(404),
        _ => vendors(request, address),
    });
    let run = update(&sandbox, "", &lacking.address).code(3).says("nothing was changed");
    assert!(run.stderr.contains("image postgres:16: 127.0.0.1 answered 404"), "{}", run.stderr);
    assert_eq!(after(), before);
    let strange = Vendor::start(|request, address| match request.path.as_str() {
        "/v2/library/postgres/manifests/16" if !request.authorization.is_empty() => Answer::status(200),
        "/repos/actions/checkout/releases/latest" => Answer { body: "<html>".to_owned(), ..Answer::status(200) },
        _ => vendors(request, address),
    });
    update(&sandbox, "", &strange.address).code(3).says("gave no digest").says("gave no JSON");
    assert_eq!(after(), before);
    let limited = Vendor::start(|_, _| Answer {
        body: "{\"message\": \"API rate limit exceeded\"}".to_owned(),
        ..Answer::status(403)
    });
    update(&sandbox, "actions/checkout", &limited.address).code(3).says("answered 403: API rate limit exceeded");
    assert_eq!(after(), before);
    // Nobody listens on the discard port.
    let run = update(&sandbox, "", "http://127.0.0.1:9").code(3).says("no network: nothing was changed");
    assert_eq!(run.stderr.matches("cannot reach 127.0.0.1").count(), 1, "{}", run.stderr);
    assert_eq!(after(), before);
    update(&sandbox, "", "no address").code(3).says("`no address` is no address");
    assert_eq!(after(), before);
}

/// What a bot has bumped is adopted before anything newer is asked for.
#[test]
fn unadopted_bumps_stop_an_update() {
    let vendor = Vendor::start(vendors);
    let sandbox = rendered(SPEC);
    let path = "bitbucket-pipelines.yml";
    sandbox.write(path, sandbox.read(path).replace("default-image:5", "default-image:6").as_bytes());
    update(&sandbox, "", &vendor.address).code(3).says("ci-gen pins adopt");
    assert!(vendor.requests().is_empty());
}

#[test]
fn orbs_are_asked_of_circleci() {
    let vendor = Vendor::start(vendors);
    let vendors = Vendors { base: Some(vendor.address.clone()), ..Vendors::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for (majors, version) in [(Majors::Keep, "5.1.1"), (Majors::Cross, "6.0.0")] {
        let current =
            vec![((Kind::Orb, "circleci/windows".to_owned()), Pin { version: "5.0.0".to_owned(), hash: None })];
        let answers = runtime.block_on(newer(current, &vendors, majors)).unwrap();
        assert_eq!(answers[0].1.as_ref().unwrap().as_ref().unwrap().version, version);
    }
}
