//! The walkthrough of the documents: every command is run, in order, and prints what the document says.

use std::{fs, path::PathBuf, process::Command};

use crate::support::{assert_current, project, Sandbox};

const DOCUMENT: &str = "docs/walkthrough.md";

/// A shell that stays in the directory it went to, with ci-gen on its path.
struct Shell {
    sandbox: Sandbox,
    directory: PathBuf,
}

impl Shell {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        let spec = fs::read(project().join("examples/quickstart/ci-gen.toml")).unwrap();
        sandbox.write("examples/quickstart/ci-gen.toml", &spec);
        let directory = sandbox.path().to_owned();
        Shell { sandbox, directory }
    }

    /// What a command prints, and in a last line how it ended unless that was well.
    fn run(&mut self, command: &str) -> String {
        let binary = PathBuf::from(env!("CARGO_BIN_EXE_ci-gen"));
        let path = std::env::var("PATH").unwrap();
        let place = self.sandbox.path().join("directory");
        let script = format!("{command}\nstatus=$?\npwd > \"$CI_GEN_TEST_PLACE\"\nexit \"$status\"");
        let output = Command::new("bash")
            .args(["-c", &format!("exec 2>&1\n{script}")])
            .current_dir(&self.directory)
            .env("PATH", format!("{}:{path}", binary.parent().unwrap().display()))
            .env("CI_GEN_TEST_PLACE", &place)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env_remove("NO_COLOR")
            .output()
            .unwrap();
        self.directory = PathBuf::from(fs::read_to_string(place).unwrap().trim_end());
        let mut printed = String::from_utf8(output.stdout).unwrap();
        let code = output.status.code().unwrap();
        if code != 0 {
            printed.push_str(&format!("[exit {code}]\n"));
        }
        printed
    }
}

/// With `UPDATE=1` the document gets what the commands print now.
#[test]
fn every_command_prints_what_the_walkthrough_says() {
    let path = project().join(DOCUMENT);
    let text = fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
    let mut shell = Shell::new();
    let mut commands = 0;
    let mut current = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        current.push_str(line);
        current.push('\n');
        if line != "```console" {
            continue;
        }
        while let Some(line) = lines.next_if(|line| *line != "```") {
            let Some(first) = line.strip_prefix("$ ") else { continue };
            current.push_str(&format!("{line}\n"));
            let mut command = first.to_owned();
            while let Some(more) = lines.next_if(|line| *line == ">" || line.starts_with("> ")) {
                current.push_str(&format!("{more}\n"));
                command.push_str(&format!("\n{}", more[1..].trim_start_matches(' ')));
            }
            current.push_str(&shell.run(&command));
            commands += 1;
        }
    }
    assert!(commands >= 12, "only {commands} commands were found");
    assert_current(&path, &current);
}
