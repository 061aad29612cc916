//! Output that the agent would take for commands.

use crate::exec::Guard;

/// Logging commands and formatting commands, anywhere in a line.
///
/// <https://learn.microsoft.com/en-us/azure/devops/pipelines/scripts/logging-commands>
pub(super) const GUARD: Guard = Guard { anywhere: &["##vso[", "##["], line_start: &[] };
