//! Output that the runner would take for commands.

use crate::exec::Guard;

/// `::` as the first thing of a line, and the older `##[` anywhere in it.
///
/// <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>, and for the older form
/// `ActionCommand.cs` in <https://github.com/actions/runner>
pub(super) const GUARD: Guard = Guard { anywhere: &["##["], line_start: &["::"] };
