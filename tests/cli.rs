//! The command line itself: help, output, logs.

use crate::support::Sandbox;

const SPEC: &str = "\
schema = 1
targets = \"github\"

[job.lint]
run = \"make lint\"

[job.unit]
needs = \"lint\"
test = \"make test\"
shards = 2
image = \"python:{{ matrix.python }}\"

[job.unit.matrix]
python = [\"3.11\", \"3.12\"]
";

#[test]
fn every_command_explains_itself_with_an_example() {
    let sandbox = Sandbox::new();
    for command in ["init", "validate", "plan", "render", "check", "explain", "run", "doctor", "schema", "completions"]
    {
        let help = sandbox.run(&format!("{command} --help")).code(0).stdout;
        assert!(help.contains("Examples:\n  ci-gen"), "{command}:\n{help}");
    }
    assert!(sandbox.run("--help").code(0).stdout.contains("Exit codes:"));
    assert!(sandbox.run("--version").code(0).stdout.starts_with("ci-gen "));
}

#[test]
fn commands_that_do_not_exist_yet_are_unknown() {
    let sandbox = Sandbox::with_spec(SPEC);
    for command in ["split", "history", "trends", "flaky", "dashboard"] {
        sandbox.run(command).code(2);
    }
}

#[test]
fn keys_that_do_not_exist_yet_are_unknown() {
    for key in ["raw = {}", "report = { history = \"sqlite\" }"] {
        Sandbox::with_spec(&format!("{key}\n{SPEC}")).run("validate").code(3).says("unknown key");
    }
    let by = SPEC.replace("shards = 2", "shards = { count = 2, by = \"timings\" }");
    Sandbox::with_spec(&by).run("validate").code(3).says("unknown key `by`");
    let tests = SPEC.replace("make test", "make {{ shard.tests }}");
    Sandbox::with_spec(&tests).run("validate").code(3).says("is not a value of ci-gen");
}

#[test]
fn the_plan_has_every_leg() {
    let sandbox = Sandbox::with_spec(SPEC);
    let plan: serde_json::Value = serde_json::from_str(&sandbox.run("plan --format json").code(0).stdout).unwrap();
    let expected = serde_json::json!({ "jobs": [
        { "id": "lint", "kind": "run", "needs": [], "legs": [{ "id": "lint", "matrix": {}, "runner": "linux" }] },
        { "id": "unit", "kind": "test", "needs": ["lint"], "legs": [
            leg("unit-3-11-1", "3.11", 1), leg("unit-3-11-2", "3.11", 2),
            leg("unit-3-12-1", "3.12", 1), leg("unit-3-12-2", "3.12", 2),
        ] },
    ] });
    assert_eq!(plan, expected);
    let text = sandbox.run("plan").code(0).stdout;
    assert!(text.contains("unit (test), after lint\n"), "{text}");
    assert!(text.contains("  unit-3-12-2  linux, image python:3.12, shard 2/2, python=3.12\n"), "{text}");
    assert!(text.ends_with("2 jobs, 5 legs\n"), "{text}");
}

fn leg(id: &str, python: &str, index: u32) -> serde_json::Value {
    serde_json::json!({
        "id": id,
        "matrix": { "python": python },
        "runner": "linux",
        "image": format!("python:{python}"),
        "shard": { "index": index, "total": 2 },
    })
}

#[test]
fn quiet_says_nothing_and_the_log_file_says_everything() {
    let sandbox = Sandbox::with_spec(SPEC);
    let run = sandbox.run("-q render --log-file log.txt").code(0);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""));
    let log = sandbox.read("log.txt");
    assert!(log.contains("reading ci-gen.toml") && log.contains("created  .github/workflows/ci.yml"), "{log}");
    sandbox.run("-v check").code(0).says("reading ci-gen.toml");
    sandbox.run("check --log-file log.txt").code(0);
    sandbox.run("check --log-file ci-gen.toml").code(2).says("is no log of ci-gen");
    assert_eq!(sandbox.read("ci-gen.toml"), SPEC);
    sandbox.run("render --log-file no/such/directory.txt").code(2).says("log file");
}

#[test]
fn colour_is_for_terminals_only_unless_asked_for() {
    let sandbox = Sandbox::with_spec("schema = 1\n");
    assert!(!sandbox.run("validate").code(3).stderr.contains('\u{1b}'));
    assert!(sandbox.run("validate --color always").code(3).stderr.contains('\u{1b}'));
}

#[test]
fn completions_are_printed_for_every_shell() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(sandbox.run(&format!("completions {shell}")).code(0).stdout.contains("ci-gen"), "{shell}");
    }
}

/// What nobody uses is a warning at its line, never an error.
#[test]
fn what_nobody_uses_is_named() {
    let more = "\n[runner.big]\ngithub = \"big\"\n\n[service.db]\nimage = \"postgres:16\"\n\n[target.gitlab]\npath = \"ci.yml\"\n";
    let sandbox = Sandbox::with_spec(&format!("{SPEC}{more}"));
    let run = sandbox.run("validate --format json").code(0);
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let warnings = document["diagnostics"].as_array().unwrap();
    let places: Vec<_> = warnings.iter().map(|it| (it["code"].as_str(), it["source"].as_str())).collect();
    let lines = ["[runner.big]", "[service.db]", "[target.gitlab]"];
    assert_eq!(places, lines.map(|line| (Some("unused"), Some(line))));
    sandbox.run("render").code(0).says("no job uses the service `db`");
    let reports = "targets = \"github\"\n[tool]\ninstall = \"true\"\n[job.a]\ntest = \"x\"\nresults = \"x.xml\"\n";
    let validate =
        |report: &str| Sandbox::with_spec(&format!("schema = 1\n{report}\n{reports}")).run("validate").code(0);
    validate("report = { forks = true }").says("nothing is published, for forks or otherwise");
    validate("report = { forks = true, status = true }\non.push = true").says("no pull request starts the pipeline");
    assert!(!validate("report = { forks = true, status = true }").stderr.contains("unused"));
    let faulty = format!("{SPEC}{more}").replace("needs = \"lint\"", "runner = \"bag\"");
    sandbox.write("ci-gen.toml", faulty.as_bytes());
    let run = sandbox.run("validate").code(3);
    assert!(!run.stderr.contains("unused"), "a fault may hide the use: {}", run.stderr);
}

/// Systems that count minutes round a limit up, and say so.
#[test]
fn lost_seconds_of_a_timeout_are_named() {
    let spec = "schema = 1\ntargets = [\"github\", \"gitlab\", \"azure\", \"bitbucket\", \"teamcity\"]\n[job.a]\nrun = \"make\"\n";
    let run = Sandbox::with_spec(&format!("{spec}timeout = \"90s\"\n")).run("validate").code(0);
    assert_eq!(run.stderr.matches("counts whole minutes: the limit is 2m").count(), 4, "{}", run.stderr);
    let run = Sandbox::with_spec(&format!("{spec}timeout = \"2m\"\n")).run("validate").code(0);
    assert!(!run.stderr.contains("whole minutes"), "{}", run.stderr);
}
