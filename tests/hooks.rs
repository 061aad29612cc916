//! The hooks for pre-commit are commands of today.

use std::fs;

use serde_json::Value;

use crate::support::{project, Sandbox};

#[test]
fn hooks_run_and_do_what_they_say() {
    let text = fs::read_to_string(project().join(".pre-commit-hooks.yaml")).unwrap();
    let hooks: Vec<Value> = serde_saphyr::from_str(&text).unwrap();
    let entry = |id: &str| {
        let hook = hooks.iter().find(|it| it["id"] == id).unwrap_or_else(|| panic!("no hook {id}"));
        assert_eq!(hook["language"], "rust");
        assert_eq!(hook["pass_filenames"], false, "no command takes names of files");
        hook["entry"].as_str().unwrap().strip_prefix("ci-gen ").unwrap().to_owned()
    };
    assert_eq!(hooks.len(), 2);
    let sandbox = Sandbox::with_spec("schema = 1\ntargets = \"gitlab\"\n[job.a]\nrun = \"make\"\n");
    sandbox.run(&entry("ci-gen-check")).code(4);
    sandbox.run(&entry("ci-gen-render")).code(0);
    sandbox.run(&entry("ci-gen-check")).code(0);
}
