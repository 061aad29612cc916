//! `ci-gen render`: writes the native files.

use std::path::{Path, PathBuf};

use super::{
    data, exit,
    lock::{self, Scope},
    project,
    terminal::Terminal,
};
use crate::{
    files::{self, Outcome, Overwrite},
    id::SystemId,
};

/// Write the native pipelines: all of them, or none
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ci-gen render                              into the repository
  ci-gen render --target github --stdout     show one pipeline, write nothing
  ci-gen render --out /tmp/preview           into another directory")]
pub(super) struct Arguments {
    /// Only this system; may be repeated [default: the spec's targets]
    #[arg(long = "target", value_name = "SYSTEM", value_parser = system)]
    targets: Vec<SystemId>,
    /// Write below this directory instead of the repository's root
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print the files instead of writing them
    #[arg(long, conflicts_with = "out")]
    stdout: bool,
    /// Overwrite files that ci-gen did not write, and versions that are newer than those of the lock
    #[arg(long, conflicts_with = "stdout")]
    force: bool,
}

/// A system by its key.
pub(super) fn system(key: &str) -> Result<SystemId, String> {
    SystemId::from_key(key).ok_or_else(|| {
        let keys: Vec<&str> = SystemId::ALL.iter().map(|it| it.key()).collect();
        match crate::diag::closest(key, &keys) {
            Some(word) => format!("did you mean `{word}`?"),
            None => format!("systems are {}", crate::diag::quoted_list(&keys)),
        }
    })
}

pub(super) fn run(arguments: &Arguments, spec: Option<&Path>, terminal: &mut Terminal) -> Result<(), u8> {
    let project = project::open(spec, terminal)?;
    let targets = project.targets(&arguments.targets, terminal)?;
    let root = project.directory(arguments.out.as_deref(), terminal)?;
    let files = project.generate(&targets, &root, terminal)?;
    if arguments.stdout {
        let several = files.len() > 1;
        let texts = files.iter().map(|file| match several {
            true => format!("==> {} <==\n{}\n", file.path, file.text),
            false => file.text.clone(),
        });
        return data(&texts.collect::<String>(), terminal);
    }
    let overwrite = if arguments.force { Overwrite::Anything } else { Overwrite::Ours };
    let outcomes = match arguments.out {
        // A preview elsewhere reads the lock, but has none of its own.
        Some(_) => files::write(&root, &files, overwrite).map_err(|errors| {
            failures(&errors, terminal);
            exit::SPEC
        })?,
        None => {
            let all = project.spec.targets.as_slice().iter().all(|it| targets.contains(it));
            let scope = if all { Scope::All } else { Scope::Some };
            lock::write(&project, &files, scope, overwrite, terminal)?
        }
    };
    tell(&outcomes, terminal);
    Ok(())
}

/// Says what became of every file.
pub(super) fn tell(outcomes: &[(String, Outcome)], terminal: &mut Terminal) {
    let changed = outcomes.iter().filter(|(_, outcome)| *outcome != Outcome::Unchanged).count();
    for (path, outcome) in outcomes {
        let line = format!("{:>9}  {path}", word(*outcome));
        match outcome {
            Outcome::Unchanged => terminal.detail(&line),
            Outcome::Created | Outcome::Updated => terminal.note(&line),
        }
    }
    if changed == 0 {
        terminal.note(&format!("{} up to date", count(outcomes.len(), "file")));
    }
}

/// Prints what went wrong with files, each with the way out.
pub(super) fn failures(errors: &[files::Error], terminal: &mut Terminal) {
    for error in errors {
        terminal.problem(&format!("error: {error}"));
        if let Some(help) = error.help() {
            terminal.problem(&format!("help: {help}"));
        }
    }
}

/// `1 file`, `2 files`
pub(super) fn count(number: usize, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Created => "created",
        Outcome::Updated => "updated",
        Outcome::Unchanged => "unchanged",
    }
}
