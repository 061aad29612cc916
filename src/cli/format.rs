//! The two ways in which most commands write what they found.

use clap::ValueEnum;

/// For people or for tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Text,
    /// For tools
    Json,
}
