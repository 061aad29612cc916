//! The job of `policy.drift-check`, in the plan and in every pipeline.

use ci_gen::SystemId;

use crate::support::Sandbox;

const SPEC: &str = "\
schema = 1
targets = [\"github\", \"gitlab\", \"jenkins\", \"azure\", \"circleci\", \"travis\", \"bitbucket\", \"teamcity\"]

[defaults]
needs = \"lint\"
retry = 2
matrix = { a = [\"1\", \"2\"] }

[job.lint]
run = \"make lint\"
needs = []

[policy]
drift-check = true
";

fn rendered(sandbox: &Sandbox, system: SystemId, arguments: &str) -> String {
    let run = sandbox.run(&format!("render --stdout --target {} {arguments}", system.key()));
    run.code(0).stdout
}

#[test]
fn every_pipeline_installs_and_runs_the_check() {
    let sandbox = Sandbox::with_spec(SPEC);
    let install = format!("cargo install ci-gen --locked --version {}", env!("CARGO_PKG_VERSION"));
    for system in SystemId::ALL {
        let text = rendered(&sandbox, *system, "");
        assert!(text.contains(&install), "{system}:\n{text}");
        assert!(text.contains("ci-gen check"), "{system}:\n{text}");
    }
}

/// What the job runs is read by this program's own command line, and finds nothing to complain about.
#[test]
fn the_command_of_the_job_works() {
    for path in ["ci-gen.toml", "ci/it.toml"] {
        let sandbox = Sandbox::new().file(".git/HEAD", "").file(path, SPEC);
        sandbox.run(&format!("render --spec {path}")).code(0);
        let text = sandbox.read(".gitlab-ci.yml");
        let command = text.lines().map(str::trim).find(|line| line.starts_with("ci-gen check")).unwrap();
        sandbox.run(command.strip_prefix("ci-gen ").unwrap()).code(0);
        assert_eq!(command.contains("--spec"), path != "ci-gen.toml", "{command}");
    }
}

#[test]
fn the_plan_shows_the_job_without_the_defaults_of_others() {
    let text = Sandbox::with_spec(SPEC).run("plan").code(0).stdout;
    assert!(text.ends_with("drift-check (run)\n  drift-check  linux\n2 jobs, 3 legs\n"), "{text}");
}

#[test]
fn version_and_installation_follow_the_spec() {
    let github = |tool: &str| rendered(&Sandbox::with_spec(&format!("{SPEC}{tool}")), SystemId::Github, "");
    assert!(github("[tool]\nversion = \"9.8.7-rc.1\"\n").contains("--version 9.8.7-rc.1\n"));
    let own = github("[tool]\ninstall = \"pip install ci-gen\"\n");
    assert!(own.contains("pip install ci-gen") && !own.contains("cargo"), "{own}");
}

/// Scheduled and manual runs check nothing: nobody changed anything.
#[test]
fn it_runs_on_changes_only() {
    let spec = SPEC.replace("[policy]", "[on]\npush = true\nschedule = [\"0 3 * * *\"]\n[policy]");
    let text = rendered(&Sandbox::with_spec(&spec), SystemId::Github, "");
    let job = text.split("drift-check:").nth(1).unwrap();
    assert!(job.contains("github.event_name == 'push'") && !job.contains("'schedule'"), "{text}");
    let always = rendered(&Sandbox::with_spec(SPEC), SystemId::Github, "");
    assert!(!always.contains("event_name"), "{always}");
}

#[test]
fn switched_off_it_is_not_there() {
    let off = SPEC.replace("drift-check = true", "drift-check = false");
    assert!(!rendered(&Sandbox::with_spec(&off), SystemId::Github, "").contains("drift-check"));
}
