//! The command line: one file per command; nothing else in the crate prints.

mod check;
mod completions;
mod doctor;
mod environment;
mod exit;
mod explain;
mod format;
mod git;
mod init;
mod lock;
mod pins;
mod plan;
mod project;
mod render;
mod run;
mod schema;
mod terminal;
mod validate;

use std::{path::PathBuf, process::ExitCode};

use clap::{ArgAction, Parser, Subcommand};

use self::terminal::{Color, Terminal, Verbosity};

/// Native CI pipelines for eight systems from one TOML file.
#[derive(Debug, Parser)]
#[command(
    name = "ci-gen",
    bin_name = "ci-gen",
    version,
    propagate_version = false,
    subcommand_required = true,
    arg_required_else_help = true
)]
#[command(after_help = "\
Examples:
  ci-gen init                   draft a ci-gen.toml from what is in the repository
  ci-gen render                 write the pipelines of ./ci-gen.toml
  ci-gen check                  fail if a committed pipeline differs from the spec
  ci-gen plan                   show jobs, legs and shards
  ci-gen explain                show what each system does with the spec
  ci-gen run unit               run the tests of the job `unit`, report and judge them
  ci-gen doctor                 show where this runs and what is missing

Exit codes:
  0   ok
  1   tests failed, or nothing was proven
  2   wrong command line
  3   invalid spec, or files that cannot be written
  4   drift
  5   something could not be published, and that was to count
  70  a fault of ci-gen")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    global: Global,
}

/// Flags of every command.
#[derive(Debug, clap::Args)]
struct Global {
    /// The spec [default: ci-gen.toml, here or in a directory above, up to the repository's root]
    #[arg(long, value_name = "FILE", global = true)]
    spec: Option<PathBuf>,
    /// Say more; twice for everything
    #[arg(short, long, global = true, action = ArgAction::Count)]
    verbose: u8,
    /// Say nothing but problems
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// When to colour output
    #[arg(long, value_name = "WHEN", global = true, default_value = "auto")]
    color: Color,
    /// Also write everything that is said to a file, whatever `-q` and `-v` are
    #[arg(long, value_name = "FILE", global = true)]
    log_file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Arguments),
    Validate(validate::Arguments),
    Plan(plan::Arguments),
    Render(render::Arguments),
    Check(check::Arguments),
    Pins(pins::Arguments),
    Explain(explain::Arguments),
    Run(Box<run::Arguments>),
    Doctor(doctor::Arguments),
    Schema(schema::Arguments),
    Completions(completions::Arguments),
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    ignore_empty_flags();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let code = if error.use_stderr() { exit::USAGE } else { exit::OK };
            // Help into a closed pipe is nobody's loss.
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    ExitCode::from(run(arguments))
}

/// An empty variable is an unset one: pipelines hand on what nobody filled in as nothing.
fn ignore_empty_flags() {
    for (name, value) in std::env::vars_os() {
        if value.is_empty() && name.to_string_lossy().starts_with("CI_GEN_") {
            std::env::remove_var(name);
        }
    }
}

fn run(arguments: Arguments) -> u8 {
    let global = arguments.global;
    let detailed = matches!(&arguments.command, Command::Run(it) if it.detailed_logging);
    let verbosity = match (global.quiet, global.verbose) {
        _ if detailed => Verbosity::Debug,
        (true, _) => Verbosity::Quiet,
        (false, 0) => Verbosity::Normal,
        (false, 1) => Verbosity::Verbose,
        (false, _) => Verbosity::Debug,
    };
    let (mut terminal, log_error) = match Terminal::new(global.color, verbosity, global.log_file.as_deref()) {
        Ok(terminal) => (terminal, None),
        Err(error) => match Terminal::new(global.color, verbosity, None) {
            Ok(terminal) => (terminal, Some(error)),
            Err(_) => return exit::INTERNAL,
        },
    };
    if let (Some(error), Some(file)) = (log_error, &global.log_file) {
        terminal.problem(&format!("error: cannot write the log file `{}`: {error}", file.display()));
        return exit::USAGE;
    }
    let spec = global.spec.as_deref();
    let result = match arguments.command {
        Command::Init(arguments) => init::run(&arguments, spec, &mut terminal),
        Command::Validate(arguments) => validate::run(&arguments, spec, &mut terminal),
        Command::Plan(arguments) => plan::run(&arguments, spec, &mut terminal),
        Command::Render(arguments) => render::run(&arguments, spec, &mut terminal),
        Command::Check(arguments) => check::run(&arguments, spec, &mut terminal),
        Command::Pins(arguments) => pins::run(&arguments, spec, &mut terminal),
        Command::Run(arguments) => run::run(&arguments, spec, &mut terminal),
        Command::Explain(arguments) => explain::run(&arguments, spec, &mut terminal),
        Command::Doctor(arguments) => doctor::run(&arguments, spec, &mut terminal),
        Command::Schema(arguments) => schema::run(&arguments, &mut terminal),
        Command::Completions(arguments) => completions::run(&arguments, &mut terminal),
    };
    match result {
        Ok(()) => exit::OK,
        Err(code) => code,
    }
}

/// Writes data to standard output; a failure there is told on standard error.
fn data(text: &str, terminal: &mut Terminal) -> Result<(), u8> {
    terminal.data(text).map_err(|error| {
        terminal.problem(&format!("error: cannot write to standard output: {error}"));
        exit::SPEC
    })
}
