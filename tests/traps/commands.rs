//! The scripts of a pipeline as the shell of each system gets them, and what happens when it runs them.

#[cfg(unix)]
use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    process::{Command, Output},
};

use ci_gen::SystemId;
use serde_json::Value;

use super::{outputs::Outputs, texts};

/// One step of `unit` that runs commands, and how the system starts them.
#[derive(Clone, Debug)]
#[cfg_attr(windows, expect(dead_code, reason = "what runs it reads them, and runs it in shells of Unix"))]
pub struct Script {
    pub system: SystemId,
    /// What the shell reads, everything resolved that the system itself replaces.
    pub text: String,
    /// The `shell` key where the system has one and the pipeline says something.
    pub shell: Option<String>,
}

/// The scripts of all steps of the only job of a pipeline.
pub fn scripts(outputs: &Outputs, system: SystemId) -> Vec<Script> {
    let script = |text: String| Script { system, text, shell: None };
    match system {
        SystemId::Github => {
            let yaml = outputs.yaml(system);
            let steps = only_job(&yaml["jobs"])["steps"].as_array().expect("steps").clone();
            let runs = steps.iter().filter(|step| step.get("run").is_some());
            runs.map(|step| Script {
                system,
                text: texts::github(string(&step["run"])),
                shell: step.get("shell").map(|it| string(it).to_owned()),
            })
            .collect()
        }
        SystemId::Gitlab => {
            let yaml = outputs.yaml(system);
            let jobs = yaml.as_object().expect("a mapping").iter();
            let jobs: Vec<_> = jobs.filter(|(_, job)| job.get("script").is_some()).collect();
            let [(_, job)] = jobs.as_slice() else { panic!("{} jobs", jobs.len()) };
            list(&job["script"]).into_iter().map(script).collect()
        }
        SystemId::Jenkins => texts::groovy_arguments(outputs.text(system), "sh").into_iter().map(script).collect(),
        SystemId::Azure => {
            let yaml = outputs.yaml(system);
            let job = &yaml["jobs"][0];
            let blocks = [yaml.get("variables"), job.get("variables")].into_iter().flatten();
            let pairs = blocks.flat_map(|it| it.as_object().expect("a mapping"));
            let variables = pairs.map(|(name, value)| (name.clone(), string(value).to_owned())).collect();
            let runs = job["steps"].as_array().expect("steps").iter().filter_map(|step| step.get("bash"));
            runs.map(|it| script(texts::azure(string(it), &variables))).collect()
        }
        SystemId::Circleci => {
            let yaml = outputs.yaml(system);
            let steps = only_job(&yaml["jobs"])["steps"].as_array().expect("steps").clone();
            let runs = steps.iter().filter_map(|step| step.get("run"));
            runs.map(|run| Script {
                system,
                text: texts::circleci(string(&run["command"])),
                shell: run.get("shell").map(|it| string(it).to_owned()),
            })
            .collect()
        }
        SystemId::Travis => {
            let yaml = outputs.yaml(system);
            let lines = list(&yaml["jobs"]["include"][0]["script"]);
            lines.iter().map(|line| script(travis(outputs, line))).collect()
        }
        SystemId::Bitbucket => {
            let yaml = outputs.yaml(system);
            list(&yaml["definitions"]["steps"][0]["step"]["script"]).into_iter().map(script).collect()
        }
        SystemId::Teamcity => texts::kotlin_values(outputs.text(system), "scriptContent")
            .into_iter()
            .map(|it| script(texts::teamcity(&it)))
            .collect(),
    }
}

/// A line of `script`; a call of a generated file is that file.
fn travis(outputs: &Outputs, line: &str) -> String {
    match line.strip_prefix("bash ") {
        Some(path) => outputs.files(SystemId::Travis).get(path).unwrap_or_else(|| panic!("no file {path}")).clone(),
        None => line.to_owned(),
    }
}

fn only_job(jobs: &Value) -> &Value {
    let jobs = jobs.as_object().expect("jobs");
    assert_eq!(jobs.len(), 1, "one job was expected");
    jobs.values().next().expect("a job")
}

fn string(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no string: {value}"))
}

fn list(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().map(|it| string(it).to_owned()).collect(),
        one => vec![string(one).to_owned()],
    }
}

#[cfg(unix)]
impl Script {
    /// Runs the script as the system would, as far as failing goes.
    ///
    /// GitHub: `bash -e` unless `shell: bash` is written. Jenkins and TeamCity run the file itself, so only its first
    /// line counts. Azure: `bash --noprofile --norc` without `-e`. CircleCI: `bash -eo pipefail`. Travis evaluates
    /// each line without `-e`. GitLab and Bitbucket are taken at their worst: only the last command of an item counts.
    pub fn run(&self) -> Output {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("script");
        fs::write(&file, &self.text).unwrap();
        let mut command = match (self.system, self.shell.as_deref()) {
            (SystemId::Github, Some("bash")) => started("bash", &["--noprofile", "--norc", "-eo", "pipefail"]),
            (SystemId::Github, None) => started("bash", &["-e"]),
            (SystemId::Circleci, None) => started("bash", &["-eo", "pipefail"]),
            (SystemId::Circleci, Some(shell)) => {
                let words: Vec<&str> = shell.split(' ').collect();
                started(words[0], &words[1..])
            }
            (SystemId::Jenkins | SystemId::Teamcity, None) => {
                assert!(self.text.starts_with("#!"), "{} would choose a shell: {}", self.system, self.text);
                fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
                started("env", &[])
            }
            (SystemId::Azure | SystemId::Gitlab | SystemId::Travis | SystemId::Bitbucket, None) => {
                started("bash", &["--noprofile", "--norc"])
            }
            (system, Some(shell)) => panic!("{system} knows no shell `{shell}`"),
        };
        command.arg(&file).current_dir(directory.path());
        command.output().unwrap()
    }
}

#[cfg(unix)]
fn started(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments);
    command
}
