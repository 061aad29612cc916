//! `ci-gen init`: drafts a spec from what is in the repository.

use std::path::{Path, PathBuf};

use super::{
    data, exit, project,
    render::{failures, system},
    terminal::Terminal,
};
use crate::{
    files::{self, slashed, File, Overwrite, Tree, DEFAULT_SPEC},
    id::SystemId,
    init::{self, Note, NoteKind, Wishes},
};

/// Draft a ci-gen.toml from what is in the repository: languages, test runners, lock files, services, pipelines
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ci-gen init                                  write ./ci-gen.toml and say what was found and what was guessed
  ci-gen init --stdout                         only show it
  ci-gen init --target github --target gitlab  for these systems, whatever is there already

Nothing is executed and no pipeline is touched. Then: read the spec, `ci-gen plan`, `ci-gen render`.")]
pub(super) struct Arguments {
    /// Render for this system; may be repeated [default: those with pipelines here, else by the remote's host]
    #[arg(long = "target", value_name = "SYSTEM", value_parser = system)]
    targets: Vec<SystemId>,
    /// Print the spec instead of writing it
    #[arg(long)]
    stdout: bool,
    /// Overwrite a spec that is there
    #[arg(long, conflicts_with = "stdout")]
    force: bool,
}

pub(super) fn run(arguments: &Arguments, spec: Option<&Path>, terminal: &mut Terminal) -> Result<(), u8> {
    let path = spec.map_or_else(|| project::nearest().unwrap_or_else(destination), Path::to_owned);
    if !arguments.stdout && !arguments.force && path.symlink_metadata().is_ok() {
        terminal.problem(&format!("error: there is a spec already: `{}`", slashed(&path)));
        terminal.problem("help: `ci-gen init --stdout` shows what would be written; `--force` overwrites it");
        return Err(exit::SPEC);
    }
    let root = project::repository(&path);
    let tree = Tree::read(&root, &init::is_read, init::GIT_FILES).map_err(|error| {
        terminal.problem(&format!("error: cannot look at `{}`: {error}", root.display()));
        terminal.problem("help: name a `ci-gen.toml` in an existing directory with `--spec FILE`");
        exit::SPEC
    })?;
    let wishes = Wishes { targets: arguments.targets.clone() };
    let draft = init::draft(&tree, &wishes).map_err(|error| {
        terminal.problem(&format!("error: the schema of specs is faulty: {error}"));
        exit::INTERNAL
    })?;
    for note in &draft.notes {
        terminal.note(&said(note));
    }
    if arguments.stdout {
        return data(&draft.text, terminal);
    }
    write(&path, draft.text).map_err(|errors| {
        failures(&errors, terminal);
        exit::SPEC
    })?;
    let guesses = draft.notes.iter().filter(|it| it.kind == NoteKind::Guessed).count();
    terminal.note(&format!(
        "  created  {}, with {} to look at",
        slashed(&path),
        match guesses {
            1 => "1 guess".to_owned(),
            _ => format!("{guesses} guesses"),
        }
    ));
    terminal.note("next: `ci-gen plan` shows its jobs, `ci-gen render` writes the pipelines");
    Ok(())
}

fn said(note: &Note) -> String {
    let kind = match note.kind {
        NoteKind::Found => "found",
        NoteKind::Guessed => "guessed",
        NoteKind::LeftOut => "left out",
    };
    format!("{kind:>9}  {}", note.text)
}

/// The repository's root, as seen from here, or here.
fn destination() -> PathBuf {
    let here = dunce::canonicalize(".").unwrap_or_default();
    let above = here.ancestors().position(|it| it.join(".git").exists()).unwrap_or(0);
    let directory: PathBuf = std::iter::repeat_n("..", above).collect();
    directory.join(DEFAULT_SPEC)
}

fn write(path: &Path, text: String) -> Result<(), Vec<files::Error>> {
    let name = path.file_name().unwrap_or(DEFAULT_SPEC.as_ref()).to_string_lossy().into_owned();
    let directory = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    files::write(directory, &[File { path: name, text }], Overwrite::Anything).map(|_| ())
}
