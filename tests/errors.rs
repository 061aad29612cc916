//! Faulty specs: each `tests/specs/err/NAME.toml` gives exactly the problems of `NAME.out`.

use std::fs;

use crate::support::{assert_current, project, Sandbox};

#[test]
fn every_faulty_spec_gives_its_problems() {
    let directory = project().join("tests/specs/err");
    let mut count = 0;
    for entry in fs::read_dir(&directory).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|it| it != "toml") {
            continue;
        }
        let sandbox = Sandbox::new();
        sandbox.write("ci-gen.toml", &fs::read(&path).unwrap());
        let run = sandbox.run("render --color never");
        assert_eq!(run.code, 3, "{}: {}", path.display(), run.stderr);
        assert_eq!(sandbox.files(), ["ci-gen.toml"], "{} wrote something", path.display());
        assert_current(&path.with_extension("out"), &run.stderr);
        count += 1;
    }
    assert!(count >= 15, "only {count} faulty specs were found");
}

#[test]
fn problems_are_json_for_tools() {
    let spec = "schema = 1\ntargets = [\"github\"]\n\n[job.unit]\ntset = \"x\"\nrun = \"y\"\n";
    let run = Sandbox::with_spec(spec).run("validate --format json").code(3);
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let problem = &document["diagnostics"][0];
    assert_eq!(document["diagnostics"].as_array().unwrap().len(), 1);
    assert_eq!(problem["code"], "unknown-key");
    assert_eq!(problem["severity"], "error");
    assert_eq!(problem["file"], "ci-gen.toml");
    assert_eq!((problem["line"].as_u64(), problem["column"].as_u64()), (Some(5), Some(1)));
    assert_eq!(problem["source"], "tset = \"x\"");
    assert_eq!(problem["help"], "did you mean `test`?");
}

#[test]
fn what_cannot_be_read_is_named() {
    let sandbox = Sandbox::new();
    sandbox.run("validate").code(3).says("there is no `ci-gen.toml` here");
    sandbox.run("validate --spec nope.toml").code(3).says("`nope.toml`: there is no such file");
    sandbox.write("directory/ci-gen.toml", b"");
    sandbox.run("validate --spec directory").code(3).says("it is a directory");
    sandbox.write("latin.toml", b"schema = 1\nname = \"\xff\"\n");
    sandbox.run("validate --spec latin.toml").code(3).says("not UTF-8: see line 2");
    sandbox.write("empty.toml", b"");
    sandbox.run("validate --spec empty.toml").code(3).says("the spec is empty");
}

#[test]
fn a_byte_order_mark_is_no_fault() {
    let sandbox = Sandbox::new();
    sandbox.write("ci-gen.toml", b"\xef\xbb\xbfschema = 1\ntargets = \"github\"\n[job.a]\nrun = \"x\"\n");
    sandbox.run("validate").code(0);
}

#[test]
fn a_wrong_command_line_is_no_wrong_spec() {
    let sandbox = Sandbox::with_spec("schema = 1\ntargets = \"github\"\n[job.a]\nrun = \"x\"\n");
    sandbox.run("rendr").code(2);
    sandbox.run("render --target gihub").code(2).says("did you mean `github`?");
    sandbox.run("render --target gitlab").code(2).says("no target of ci-gen.toml");
    sandbox.run("render --stdout --out x").code(2);
    sandbox.run("plan --format yaml").code(2);
}
