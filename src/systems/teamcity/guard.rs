//! Output that the agent would take for service messages.

use crate::exec::Guard;

/// Service messages, anywhere in a line.
///
/// <https://www.jetbrains.com/help/teamcity/service-messages.html>
pub(super) const GUARD: Guard = Guard { anywhere: &["##teamcity["], line_start: &[] };
