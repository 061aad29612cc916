//! `ci-gen pins`: the exact versions of actions, images and orbs.

mod adopt;
mod list;
mod update;

use std::path::Path;

use clap::Subcommand;

use super::terminal::Terminal;

/// Show, adopt or update the versions of actions, images and orbs
#[derive(Debug, clap::Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
#[command(after_help = "\
Examples:
  ci-gen pins list             what the rendered files use, and where each version comes from
  ci-gen pins adopt            take what Dependabot or Renovate wrote into the files
  ci-gen pins update           ask the vendors for newer versions")]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::Arguments),
    Adopt(adopt::Arguments),
    Update(update::Arguments),
}

pub(super) fn run(arguments: &Arguments, spec: Option<&Path>, terminal: &mut Terminal) -> Result<(), u8> {
    match &arguments.command {
        Command::List(arguments) => list::run(arguments, spec, terminal),
        Command::Adopt(arguments) => adopt::run(arguments, spec, terminal),
        Command::Update(arguments) => update::run(arguments, spec, terminal),
    }
}
