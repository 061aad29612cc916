//! `ci-gen check`: drift between the spec and the committed files.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde_json::json;

use super::{
    data, exit,
    lock::{self, Scope},
    project,
    render::{count, failures},
    terminal::Terminal,
};
use crate::{
    files::{self, Drift, DriftKind, Overwrite},
    id::SystemId,
    systems,
};

/// Fail if a committed pipeline is not what the spec renders
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ci-gen check             exit 4 and a diff if something differs
  ci-gen check --fix       write what differs, delete what is orphaned")]
pub(super) struct Arguments {
    /// How drift is written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// Write what differs and delete files that no longer belong to the spec
    #[arg(long)]
    fix: bool,
    /// Compare below this directory instead of the repository's root
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A unified diff
    Text,
    /// For tools
    Json,
}

pub(super) fn run(arguments: &Arguments, spec: Option<&Path>, terminal: &mut Terminal) -> Result<(), u8> {
    let project = project::open(spec, terminal)?;
    let root = arguments.out.clone().unwrap_or_else(|| project.root.clone());
    let mut files = project.generate(project.spec.targets.as_slice(), &root, terminal)?;
    if arguments.out.is_none() {
        match lock::file(&project, &files, Scope::All) {
            Some(lock) if project.has_lock => files.push(lock),
            Some(lock) => terminal.note(&format!("there is no {} yet; `ci-gen render` writes it", lock.path)),
            None => {}
        }
    }
    let spec_path = project.spec_path(&root);
    let mut candidates: Vec<String> =
        SystemId::ALL.iter().flat_map(|id| systems::get(*id).places()).map(|it| (*it).to_owned()).collect();
    for target in project.spec.target.values() {
        candidates.extend(target.path.iter().map(|path| match path.rsplit_once('/') {
            Some((directory, _)) => directory.to_owned(),
            None => path.clone(),
        }));
    }
    let drifts = files::drift(&root, &files, &candidates, &spec_path).map_err(|errors| {
        failures(&errors, terminal);
        exit::SPEC
    })?;
    show(arguments.format, &drifts, terminal)?;
    if drifts.is_empty() {
        terminal.note(&format!("{} as {} renders", count(files.len(), "file"), project.source.name));
        return Ok(());
    }
    if !arguments.fix {
        terminal.problem(&format!("{} drifted from {}", count(drifts.len(), "file"), project.source.name));
        terminal.problem("help: `ci-gen check --fix` writes what the spec renders");
        if of(&drifts, DriftKind::PinOnly).next().is_some() {
            terminal.problem("help: `ci-gen pins adopt` takes versions that a bot wrote into the files");
        }
        return Err(exit::DRIFT);
    }
    if arguments.out.is_none() {
        lock::guard(&project, &files, terminal)?;
    }
    let orphans: Vec<String> = of(&drifts, DriftKind::Orphaned).map(|it| it.path.clone()).collect();
    let fixed = files::write(&root, &files, Overwrite::Ours).and_then(|_| files::remove(&root, &orphans));
    fixed.map_err(|errors| {
        failures(&errors, terminal);
        exit::SPEC
    })?;
    terminal.note(&format!("{} fixed", count(drifts.len(), "file")));
    Ok(())
}

fn of(drifts: &[Drift], kind: DriftKind) -> impl Iterator<Item = &Drift> {
    drifts.iter().filter(move |it| it.kind == kind)
}

fn show(format: Format, drifts: &[Drift], terminal: &mut Terminal) -> Result<(), u8> {
    if format == Format::Json {
        let list: Vec<_> =
            drifts.iter().map(|it| json!({ "path": it.path, "class": class(it.kind), "diff": it.diff })).collect();
        return data(&format!("{:#}\n", json!({ "drift": list })), terminal);
    }
    let mut text = String::new();
    for drift in drifts {
        text.push_str(&format!("{:>8}  {}\n", class(drift.kind), drift.path));
    }
    for drift in drifts.iter().filter(|it| !it.diff.is_empty()) {
        text.push('\n');
        text.push_str(&colored(&drift.diff, terminal.colors_data()));
    }
    data(&text, terminal)
}

fn class(kind: DriftKind) -> &'static str {
    match kind {
        DriftKind::Changed => "changed",
        DriftKind::Missing => "missing",
        DriftKind::Orphaned => "orphaned",
        DriftKind::PinOnly => "pin-only",
    }
}

fn colored(diff: &str, color: bool) -> String {
    if !color {
        return diff.to_owned();
    }
    let paint = |line: &str| match line.chars().next() {
        Some('+') => format!("\u{1b}[32m{line}\u{1b}[0m\n"),
        Some('-') => format!("\u{1b}[31m{line}\u{1b}[0m\n"),
        Some('@') => format!("\u{1b}[36m{line}\u{1b}[0m\n"),
        _ => format!("{line}\n"),
    };
    diff.lines().map(paint).collect()
}
