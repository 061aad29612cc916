//! `ci-gen check`: drift between the spec and the committed files.

mod class;
mod fingerprint;
mod fix;
mod github;
mod gitlab;
mod json;
mod sarif;
mod text;

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::{
    data, exit,
    lock::{self, Scope},
    project,
    render::{count, failures},
    terminal::Terminal,
};
use crate::{
    files::{self, Drift},
    id::SystemId,
    systems,
};

/// Fail if a committed pipeline is not what the spec renders
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ci-gen check                              exit 4 and a diff if something differs
  ci-gen check --fix                        write what differs, delete what is orphaned
  ci-gen check --format github              annotations of a pull request on GitHub
  ci-gen check --format sarif > drift.sarif
  ci-gen check --format gitlab > gl-code-quality-report.json

Classes: changed, pin-only, formatting-only, missing, orphaned")]
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
    /// The class, the way out and a unified diff of each file
    Text,
    /// For tools
    Json,
    /// SARIF 2.1.0, for GitHub code scanning and others
    Sarif,
    /// Annotations, printed by a step of GitHub Actions
    Github,
    /// A code quality report of GitLab
    Gitlab,
}

/// What the formats print.
struct Findings<'a> {
    drifts: &'a [Drift],
    /// The spec as the user named it.
    spec: &'a str,
    /// The way from the repository's root to the directory that was compared, empty or ending in `/`.
    prefix: String,
}

impl Findings<'_> {
    /// The file's path from the repository's root.
    fn path(&self, drift: &Drift) -> String {
        format!("{}{}", self.prefix, drift.path)
    }
}

pub(super) fn run(arguments: &Arguments, spec: Option<&Path>, terminal: &mut Terminal) -> Result<(), u8> {
    let project = project::open(spec, terminal)?;
    let root = project.directory(arguments.out.as_deref(), terminal)?;
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
    let drifts = files::drift(&root, &files, &candidates, &spec_path, &class::of_change).map_err(|errors| {
        failures(&errors, terminal);
        exit::SPEC
    })?;
    let findings = Findings { drifts: &drifts, spec: &project.source.name, prefix: prefix(&project.root, &root) };
    let report = match arguments.format {
        Format::Text => text::write(&findings, terminal.colors_data()),
        Format::Json => json::write(&findings),
        Format::Sarif => sarif::write(&findings),
        Format::Github => github::write(&findings),
        Format::Gitlab => gitlab::write(&findings),
    };
    data(&report, terminal)?;
    if drifts.is_empty() {
        terminal.note(&format!("{} as {} renders", count(files.len(), "file"), project.source.name));
        return Ok(());
    }
    if arguments.fix {
        if arguments.out.is_none() {
            lock::guard(&project, &files, terminal)?;
        }
        return fix::run(&root, &files, &drifts, terminal);
    }
    let drifted = format!("{} drifted from {}", count(drifts.len(), "file"), project.source.name);
    terminal.problem(&format!("{drifted}: {}", class::counts(&drifts)));
    Err(exit::DRIFT)
}

/// Where `root` lies in the repository; nothing if it lies elsewhere.
fn prefix(repository: &Path, root: &Path) -> String {
    let (Ok(repository), Ok(root)) = (dunce::canonicalize(repository), dunce::canonicalize(root)) else {
        return String::new();
    };
    let below = root.strip_prefix(repository).unwrap_or(Path::new(""));
    below.components().map(|it| format!("{}/", it.as_os_str().to_string_lossy())).collect()
}
