//! What a run is to do, from the command line, the spec and the environment.

use std::{
    ffi::OsString,
    io::Write,
    path::{Path, PathBuf},
    time::Duration,
};

use tempfile::TempPath;

use super::{
    arguments::{Arguments, TIMEOUT},
    job::{Chosen, Values},
    results::Patterns,
};
use crate::{
    cli::{exit, terminal::Terminal},
    context::{Context, Env},
    exec::{posix_shell, Guard, Task, GRACE},
    files::slashed,
    plan,
    report::Shard,
    script::{quote, Shell},
};

/// What a run is to do.
pub(super) struct Work {
    /// The command; `None` where results are only collected.
    pub(super) task: Option<Task>,
    /// How people read the command.
    pub(super) shown: String,
    /// The result files.
    pub(super) patterns: Patterns,
    /// Whether the run proves nothing without results.
    pub(super) results_wanted: bool,
    /// Extra tries.
    pub(super) retry: u32,
    /// The job, the leg and the plan's hash.
    pub(super) job: Option<String>,
    pub(super) leg: Option<String>,
    pub(super) plan_id: Option<String>,
    /// Which machine of how many.
    pub(super) shard: Option<Shard>,
    /// What the spec says about reports.
    pub(super) report: Option<plan::Report>,
    /// The spec's name.
    pub(super) project: Option<String>,
    /// The commands that the spec has for events.
    pub(super) hooks: plan::Hooks,
    /// The job's script, as long as it is needed.
    _script: Option<TempPath>,
}

/// Where the run takes place.
pub(super) struct Here<'a> {
    pub(super) env: &'a Env,
    pub(super) context: &'a Context,
    pub(super) guard: Guard,
    /// The directory that ci-gen was started in.
    pub(super) directory: &'a Path,
}

impl Work {
    /// Finds out what to do; problems are printed.
    ///
    /// # Errors
    /// The exit code.
    pub(super) fn new(
        arguments: &Arguments,
        spec: Option<&Path>,
        here: &Here<'_>,
        terminal: &mut Terminal,
    ) -> Result<Work, u8> {
        if arguments.job.is_none() && arguments.command.is_empty() && arguments.results.is_empty() {
            return Err(usage(
                "there is nothing to run: neither a job nor a command nor results",
                "`ci-gen run JOB`, `ci-gen run --results GLOB -- CMD`, or `ci-gen run --results GLOB`",
                terminal,
            ));
        }
        let collects = arguments.command.is_empty() && !arguments.results.is_empty();
        let shard = arguments.shard.or_else(|| shard(here.context));
        let chosen = match &arguments.job {
            Some(name) => Some(Chosen::open(name, spec, arguments.shard, here.context, here.env, terminal)?),
            None => None,
        };
        let values = Values { env: here.env, context: here.context };
        let test_dir = arguments.test_dir.as_ref().map(|it| here.directory.join(it));
        let directory = match (&test_dir, &chosen) {
            (Some(directory), _) => directory.clone(),
            (None, Some(chosen)) => chosen.directory(&values),
            (None, None) => here.directory.to_owned(),
        };
        let (base, globs) = match (&chosen, arguments.results.is_empty()) {
            (Some(chosen), true) => (chosen.root(), chosen.results(&values)),
            _ => (here.directory, arguments.results.clone()),
        };
        let patterns = Patterns::new(base, &globs)
            .map_err(|message| usage(&message, "write `[[]` for a bracket that is meant as itself", terminal))?;
        let wanted = !patterns.is_empty() || chosen.as_ref().is_none_or(Chosen::is_test);
        let mut work = Work {
            task: None,
            shown: globs.join(", "),
            patterns,
            results_wanted: wanted,
            retry: arguments.retry.or_else(|| chosen.as_ref().map(Chosen::retry)).unwrap_or_default(),
            job: chosen.as_ref().map(|it| it.name().to_owned()),
            leg: chosen.as_ref().map_or_else(|| here.env.get("CI_GEN_LEG"), |it| Some(it.leg_id())).map(str::to_owned),
            plan_id: chosen.as_ref().map(Chosen::plan_id),
            shard: chosen.as_ref().map_or(shard, Chosen::shard),
            report: chosen.as_ref().and_then(Chosen::report).cloned(),
            project: chosen.as_ref().map(|it| it.plan().name.clone()),
            hooks: chosen.as_ref().map(|it| it.plan().hooks.clone()).unwrap_or_default(),
            _script: None,
        };
        if collects {
            return Ok(work);
        }
        let mut env = chosen.as_ref().map(|it| it.variables(&values)).unwrap_or_default();
        if let (None, Some(shard)) = (&chosen, work.shard) {
            env.push(("CI_GEN_SHARD_INDEX".to_owned(), shard.index.to_string()));
            env.push(("CI_GEN_SHARD_TOTAL".to_owned(), shard.total.to_string()));
        }
        let files = test_files(arguments, &directory, terminal)?;
        if let Some(files) = &files {
            env.push(("CI_GEN_TEST_FILES".to_owned(), files.join("\n")));
        }
        let command = match (arguments.command.is_empty(), &chosen) {
            (true, Some(chosen)) => {
                let (path, command) = script(chosen, terminal)?;
                work._script = Some(path);
                work.shown = format!("{} ({})", chosen.name(), chosen.leg_id());
                command
            }
            _ => {
                let command = with_files(&arguments.command, files.unwrap_or_default());
                work.shown = command.iter().map(|it| quote(it, Shell::Sh)).collect::<Vec<_>>().join(" ");
                command.into_iter().map(OsString::from).collect()
            }
        };
        let mut words = command.into_iter();
        let timeout = arguments.timeout.or_else(|| chosen.as_ref().and_then(Chosen::timeout));
        work.task = Some(Task {
            program: words.next().unwrap_or_default(),
            arguments: words.collect(),
            directory: Some(directory),
            env,
            timeout: timeout.map_or(TIMEOUT, Duration::from_secs),
            grace: GRACE,
            guard: here.guard,
            tick: None,
        });
        Ok(work)
    }

    /// The result files that are only collected.
    pub(super) fn collected(&self) -> Vec<PathBuf> {
        match self.task {
            Some(_) => Vec::new(),
            None => self.patterns.find().files.into_iter().map(|it| it.path).collect(),
        }
    }
}

fn usage(message: &str, help: &str, terminal: &mut Terminal) -> u8 {
    terminal.problem(&format!("error: {message}\nhelp: {help}"));
    exit::USAGE
}

/// The shard that the pipeline says.
fn shard(context: &Context) -> Option<Shard> {
    let (index, total) = context.shard_index.as_ref().zip(context.shard_total.as_ref())?;
    (1..=total.value).contains(&index.value).then_some(Shard { index: index.value, total: total.value })
}

/// The files that the command is to test, from its directory; `None` where none are asked for.
fn test_files(arguments: &Arguments, directory: &Path, terminal: &mut Terminal) -> Result<Option<Vec<String>>, u8> {
    let mut files = arguments.test_files.clone();
    if let Some(pattern) = &arguments.test_pattern {
        let help = "it is a glob from the directory in which the command runs, see `--test-dir`";
        let patterns = Patterns::new(directory, std::slice::from_ref(pattern))
            .map_err(|message| usage(&message, help, terminal))?;
        let found = patterns.find();
        if found.files.is_empty() {
            return Err(usage(
                &format!("no test file matches `{pattern}` in `{}`", directory.display()),
                help,
                terminal,
            ));
        }
        let matched = found.files.iter().map(|it| slashed(it.path.strip_prefix(directory).unwrap_or(&it.path)));
        let new: Vec<String> = matched.filter(|it| !files.contains(it)).collect();
        files.extend(new);
    }
    Ok((!files.is_empty()).then_some(files))
}

/// The command with the files in place of `{}`, else behind the other arguments.
fn with_files(command: &[String], files: Vec<String>) -> Vec<String> {
    let place = command.iter().position(|it| it == "{}").filter(|_| !files.is_empty());
    let (before, after) = match place {
        Some(at) => (&command[..at], &command[at + 1..]),
        None => (command, &[][..]),
    };
    [before, &files, after].concat()
}

/// The job's commands as a file, and how it is run.
fn script(chosen: &Chosen, terminal: &mut Terminal) -> Result<(TempPath, Vec<OsString>), u8> {
    let text = chosen.script(terminal)?;
    let (suffix, shell, options): (&str, OsString, &[&str]) = match chosen.shell() {
        Shell::Bash => (".sh", posix_shell("bash"), &["--noprofile", "--norc"]),
        Shell::Sh => (".sh", posix_shell("sh"), &[]),
        Shell::Pwsh => (".ps1", "pwsh".into(), &["-NoLogo", "-NoProfile", "-NonInteractive", "-File"]),
    };
    let written = tempfile::Builder::new().prefix("ci-gen-").suffix(suffix).tempfile().and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        Ok(file.into_temp_path())
    });
    let path = written.map_err(|error| {
        terminal.problem(&format!("error: cannot write the job's script to a temporary file: {error}"));
        exit::FAILED
    })?;
    // Shells that Git brings to Windows take a backslash for an escape in some places.
    let file = if cfg!(windows) { slashed(&path).into() } else { path.as_os_str().to_owned() };
    let options = options.iter().map(Into::into);
    Ok((path, [shell].into_iter().chain(options).chain([file]).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_files_go_where_they_are_wanted() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(with_files(&words("a {} b"), words("x y")), words("a x y b"));
        assert_eq!(with_files(&words("a b"), words("x")), words("a b x"));
        assert_eq!(with_files(&words("find {}"), Vec::new()), words("find {}"));
    }
}
