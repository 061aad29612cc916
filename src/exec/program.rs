//! Which file a name of a program means on Windows, whose own search is not that of a shell.
//!
//! Left alone, it looks into the system's directory before `PATH`, where `bash` is the one of WSL, and for files that end
//! with `.exe` alone, while `npm`, `mvn` and `gradlew` are batch files.

use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
};

use super::Task;

/// What can be started and need not be written, in the order in which a shell of Windows tries it:
/// <https://learn.microsoft.com/en-us/windows-server/administration/windows-commands/path>
const ENDINGS: &[&str] = &["com", "exe", "bat", "cmd"];

/// The program of a task as it is handed to the system: the file that a shell would start, else as it was given.
pub(super) fn of(task: &Task) -> OsString {
    match cfg!(windows) {
        true => resolve(&task.program, task.directory.as_deref(), &search_path(&task.env)).into_os_string(),
        false => task.program.clone(),
    }
}

/// `bash` or `sh` for the commands of a job. On Windows it is that of Git: on `PATH`, unless it is the one of WSL, which
/// knows neither the tools nor the paths of Windows; else beside Git itself.
pub fn posix_shell(name: &str) -> OsString {
    match cfg!(windows) {
        true => beside_git(name, &search_path(&[])).map_or_else(|| name.into(), PathBuf::into_os_string),
        false => name.into(),
    }
}

fn search_path(env: &[(String, String)]) -> Vec<PathBuf> {
    let own = env.iter().rev().find(|(name, _)| name.eq_ignore_ascii_case("PATH")).map(|(_, value)| value.into());
    let path = own.or_else(|| std::env::var_os("PATH")).unwrap_or_default();
    std::env::split_paths(&path).filter(|it| it.is_absolute()).collect()
}

/// A path counts from the directory in which the command runs, as everywhere else; a name is looked up.
fn resolve(program: &OsStr, directory: Option<&Path>, path: &[PathBuf]) -> PathBuf {
    let program = Path::new(program);
    let is_name = program.components().count() == 1 && program.file_name().is_some();
    let found = match is_name && !program.has_root() {
        true => path.iter().find_map(|it| executable(&it.join(program))),
        false => executable(&directory.unwrap_or(Path::new("")).join(program)),
    };
    found.unwrap_or_else(|| program.to_owned())
}

/// The file of that name, or else the one with an ending. A file without one cannot be started: `gradlew` is a script
/// for other systems and stands beside `gradlew.bat`.
fn executable(path: &Path) -> Option<PathBuf> {
    let with = |ending: &&str| {
        let mut name = path.as_os_str().to_owned();
        name.push(".");
        name.push(ending);
        PathBuf::from(name)
    };
    let itself = path.extension().is_some() && path.is_file();
    itself.then(|| path.to_owned()).or_else(|| ENDINGS.iter().map(with).find(|it| it.is_file()))
}

/// The directories of the system and of its store hold the launcher of WSL.
fn beside_git(name: &str, path: &[PathBuf]) -> Option<PathBuf> {
    let has = |directory: &Path, name: &str| directory.file_name().is_some_and(|it| it.eq_ignore_ascii_case(name));
    let of_wsl = |it: &Path| has(it, "System32") || has(it, "WindowsApps");
    let on_path = path.iter().filter(|it| !of_wsl(it)).find_map(|it| executable(&it.join(name)));
    // `Git\cmd`, `Git\bin` or `Git\mingw64\bin` may be all that is on `PATH`.
    let git = || path.iter().find_map(|it| executable(&it.join("git")));
    on_path.or_else(|| git()?.ancestors().skip(2).take(2).find_map(|it| executable(&it.join("bin").join(name))))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn directory(files: &[&str]) -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        for file in files {
            let path = directory.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let path = directory.path().to_owned();
        (directory, path)
    }

    #[test]
    fn names_are_looked_up_in_order() {
        let (_kept, root) =
            directory(&["a/npm", "a/npm.cmd", "a/tool.bat", "b/npm.exe", "b/tool.exe", "b/python3.12.exe"]);
        let path = [root.join("a"), root.join("b")];
        let found = |name: &str| resolve(name.as_ref(), Some(&root), &path);
        assert_eq!(found("npm"), root.join("a/npm.cmd"), "a script for other systems cannot be started");
        assert_eq!(found("tool"), root.join("a/tool.bat"));
        assert_eq!(found("tool.exe"), root.join("b/tool.exe"));
        assert_eq!(found("python3.12"), root.join("b/python3.12.exe"));
        assert_eq!(found("other"), Path::new("other"));
    }

    #[test]
    fn paths_count_from_the_command_s_directory() {
        let (_kept, root) = directory(&["work/gradlew", "work/gradlew.bat", "work/x/run.exe"]);
        let work = root.join("work");
        let found = |name: &str| resolve(name.as_ref(), Some(&work), &[]);
        assert_eq!(found("./gradlew"), work.join("./gradlew.bat"));
        assert_eq!(found("x/run.exe"), work.join("x/run.exe"));
        assert_eq!(found("gradlew"), Path::new("gradlew"), "a name is no file of the directory");
        let absolute = work.join("x/run");
        assert_eq!(resolve(absolute.as_os_str(), None, &[]), work.join("x/run.exe"));
    }

    #[test]
    fn the_shell_is_git_s() {
        let (_kept, root) =
            directory(&["Windows/System32/bash.exe", "Git/cmd/git.exe", "Git/bin/bash.exe", "msys/sh.exe"]);
        let system = root.join("Windows/System32");
        let path = [system.clone(), root.join("Git/cmd")];
        assert_eq!(beside_git("bash", &path), Some(root.join("Git/bin/bash.exe")));
        assert_eq!(beside_git("sh", &[root.join("msys")]), Some(root.join("msys/sh.exe")));
        assert_eq!(beside_git("bash", &[system]), None);
    }

    #[test]
    fn a_task_may_have_its_own_search_path() {
        let own = std::env::temp_dir();
        let env = [("Path".to_owned(), own.display().to_string())];
        assert_eq!(search_path(&env), [own]);
    }
}
