//! `ci-gen validate`: every problem of a spec at once.

use std::path::Path;

use super::{data, exit, format::Format, project, terminal::Terminal};
use crate::diag;

/// Check a spec: against its JSON Schema, then what it means on each of its targets
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ci-gen validate
  ci-gen validate --format json --spec ci/ci-gen.toml")]
pub(super) struct Arguments {
    /// How problems are written: text on standard error, JSON on standard output
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

pub(super) fn run(arguments: &Arguments, spec: Option<&Path>, terminal: &mut Terminal) -> Result<(), u8> {
    if arguments.format == Format::Json {
        return json(spec, terminal);
    }
    let project = project::open(spec, terminal)?;
    let root = project.root.clone();
    project.generate(project.spec.targets.as_slice(), &root, terminal)?;
    terminal.note(&format!("{} is valid", project.source.name));
    Ok(())
}

fn json(spec: Option<&Path>, terminal: &mut Terminal) -> Result<(), u8> {
    let (source, diagnostics) = project::diagnose(spec, terminal)?;
    let document = diag::to_json(&diagnostics, &source);
    data(&format!("{document:#}\n"), terminal)?;
    match diag::has_errors(&diagnostics) {
        true => Err(exit::SPEC),
        false => Ok(()),
    }
}
