//! A directory of its own for every test, and the binary to run in it.

pub mod vendor;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// A temporary directory that the binary runs in.
pub struct Sandbox {
    directory: tempfile::TempDir,
}

/// What a run of the binary gave.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Sandbox {
    pub fn new() -> Self {
        Sandbox { directory: tempfile::tempdir().unwrap() }
    }

    /// A sandbox with that spec.
    pub fn with_spec(spec: &str) -> Self {
        Sandbox::new().file("ci-gen.toml", spec)
    }

    pub fn file(self, path: &str, text: &str) -> Self {
        self.write(path, text.as_bytes());
        self
    }

    pub fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub fn exists(&self, path: &str) -> bool {
        self.path().join(path).symlink_metadata().is_ok()
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Every file below the directory, relative, sorted.
    pub fn files(&self) -> Vec<String> {
        let mut files: Vec<String> =
            walk(self.path()).iter().map(|it| slashed(it.strip_prefix(self.path()).unwrap())).collect();
        files.sort();
        files
    }

    /// Runs the binary with arguments that blanks separate.
    pub fn run(&self, arguments: &str) -> Run {
        self.run_in(".", arguments)
    }

    /// Runs the binary with environment variables of its own.
    pub fn run_with(&self, arguments: &str, variables: &[(&str, &str)]) -> Run {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ci-gen"));
        command.args(arguments.split_whitespace()).current_dir(self.path()).env_remove("NO_COLOR");
        Run::from(command.envs(variables.iter().copied()).output().unwrap())
    }

    pub fn run_in(&self, directory: &str, arguments: &str) -> Run {
        let output = Command::new(env!("CARGO_BIN_EXE_ci-gen"))
            .args(arguments.split_whitespace())
            .current_dir(self.path().join(directory))
            .env_remove("NO_COLOR")
            .output()
            .unwrap();
        Run::from(output)
    }
}

impl Run {
    /// Fails unless the process ended with that code.
    #[track_caller]
    pub fn code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Fails unless the problems contain that.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "`{text}` is not in:\n{}", self.stderr);
        self
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Run { code: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

/// The project's own directory.
pub fn project() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a directory.
pub fn walk(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display())) {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.is_symlink() {
            files.extend(walk(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// A path with `/` on every system.
pub fn slashed(path: &Path) -> String {
    path.components().map(|it| it.as_os_str().to_string_lossy().into_owned()).collect::<Vec<_>>().join("/")
}

/// Compares a committed file with what it should be; `UPDATE=1` writes it instead.
#[track_caller]
pub fn assert_current(path: &Path, expected: &str) {
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, expected).unwrap();
        return;
    }
    let actual = fs::read_to_string(path).unwrap_or_default().replace("\r\n", "\n");
    assert!(
        actual == expected,
        "{} is not current; run `UPDATE=1 cargo test` and read the difference:\n{}",
        path.display(),
        similar::TextDiff::from_lines(actual.as_str(), expected).unified_diff().header("committed", "current")
    );
}
