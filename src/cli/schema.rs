//! `ci-gen schema`: the JSON Schemas of specs and reports.

use clap::ValueEnum;

use super::{data, terminal::Terminal};
use crate::{report, systems};

/// Print a JSON Schema, for editors and other tools
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ci-gen schema > ci-gen.schema.json
  ci-gen schema report > report.schema.json
  echo '#:schema ./ci-gen.schema.json' | cat - ci-gen.toml     editors that know TOML read this line")]
pub(super) struct Arguments {
    /// Of what
    #[arg(value_name = "OF", default_value = "spec")]
    of: Of,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Of {
    /// Of `ci-gen.toml`
    Spec,
    /// Of `report.json`
    Report,
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<(), u8> {
    match arguments.of {
        Of::Spec => data(&format!("{:#}\n", systems::schema_document()), terminal),
        Of::Report => data(&format!("{:#}\n", report::schema()), terminal),
    }
}
