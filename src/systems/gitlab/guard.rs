//! Output that GitLab would take for the ends of its own sections.

use crate::exec::Guard;

/// Marks of sections in the log, which could hide what follows them; GitLab has no commands beside.
///
/// <https://docs.gitlab.com/ci/jobs/job_logs/#create-custom-collapsible-sections>
pub(super) const GUARD: Guard = Guard { anywhere: &["section_start:", "section_end:"], line_start: &[] };
