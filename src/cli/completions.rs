//! `ci-gen completions`: completion scripts for shells.

use clap::CommandFactory;
use clap_complete::Shell;

use super::{data, terminal::Terminal};

/// Print a completion script for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ci-gen completions bash > ~/.local/share/bash-completion/completions/ci-gen
  ci-gen completions zsh > ~/.zfunc/_ci-gen")]
pub(super) struct Arguments {
    /// The shell
    shell: Shell,
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<(), u8> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut super::Arguments::command(), "ci-gen", &mut script);
    data(&String::from_utf8_lossy(&script), terminal)
}
