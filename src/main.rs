//! The `ci-gen` binary: hands the command line to [`ci_gen::cli`] and its exit code to the system.

use std::process::ExitCode;

fn main() -> ExitCode {
    ci_gen::cli::main()
}
