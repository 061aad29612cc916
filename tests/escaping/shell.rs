//! Runs what a system would hand to a shell, in an empty directory, with nothing of the test's own environment.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    process::{Command, Stdio},
};

/// One process that a system starts for a step.
#[derive(Clone, Debug)]
pub struct Script {
    /// The program and its arguments, before the path of the script.
    pub shell: Vec<String>,
    pub text: String,
    pub env: Vec<(String, String)>,
}

impl Script {
    pub fn bash(text: impl Into<String>, env: &[(String, String)]) -> Self {
        Script::new("bash --noprofile --norc -eo pipefail", text, env)
    }

    pub fn new(shell: &str, text: impl Into<String>, env: &[(String, String)]) -> Self {
        let shell = shell.split_whitespace().map(str::to_owned).collect();
        Script { shell, text: text.into(), env: env.to_vec() }
    }

    /// A file that is executed: its first line names the shell, else it is `sh`.
    pub fn file(text: impl Into<String>, env: &[(String, String)]) -> Self {
        let text = text.into();
        let first = text.lines().next().unwrap_or_default().to_owned();
        let shell = first.strip_prefix("#!").unwrap_or("/bin/sh").replace("/usr/bin/env ", "");
        Script::new(&shell, text, env)
    }
}

/// A directory to run in; `docker` only writes down how it was called.
pub struct Machine {
    directory: tempfile::TempDir,
}

impl Machine {
    pub fn new() -> Self {
        let machine = Machine { directory: tempfile::tempdir().unwrap() };
        for name in ["bin", "work/out", "calls", "home"] {
            fs::create_dir_all(machine.path(name)).unwrap();
        }
        let calls = machine.path("calls");
        let docker = format!("#!/bin/sh\nprintf '%s\\0' \"$@\" > \"$(mktemp {}/XXXXXX)\"\n", calls.display());
        machine.executable("docker", &docker);
        machine.executable("travis_terminate", "#!/bin/sh\nexit 1\n");
        machine.executable("git", "#!/bin/sh\n");
        machine
    }

    fn executable(&self, name: &str, text: &str) {
        let path = self.path("bin").join(name);
        fs::write(&path, text).unwrap();
        #[cfg(unix)]
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.directory.path().join(name)
    }

    /// Puts a file of the repository in place.
    pub fn file(&self, path: &str, text: &str) {
        let path = self.path("work").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Runs a script; what it says stands in the error.
    pub fn run(&self, script: &Script) -> Result<(), String> {
        let path = self.path("script");
        fs::write(&path, &script.text).unwrap();
        let output = Command::new(&script.shell[0])
            .args(&script.shell[1..])
            .arg(&path)
            .env_clear()
            .env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", self.path("bin").display()))
            .env("HOME", self.path("home"))
            .envs(script.env.iter().map(|(name, value)| (name, value)))
            .current_dir(self.path("work"))
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("{:?}: {error}", script.shell))?;
        match output.status.success() {
            true => Ok(()),
            false => Err(format!("{}\n{}", String::from_utf8_lossy(&output.stderr), script.text)),
        }
    }

    /// What was written to `out`.
    pub fn written(&self) -> BTreeMap<String, String> {
        read(&self.path("work/out"))
    }

    /// The arguments of each call of `docker`.
    pub fn docker(&self) -> Vec<Vec<String>> {
        let split = |text: &String| text.split_terminator('\0').map(str::to_owned).collect();
        read(&self.path("calls")).values().map(split).collect()
    }
}

fn read(directory: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(directory).unwrap().map(|it| it.unwrap());
    entries
        .map(|entry| {
            let text = String::from_utf8(fs::read(entry.path()).unwrap()).unwrap();
            (entry.file_name().to_string_lossy().into_owned(), text)
        })
        .collect()
}
