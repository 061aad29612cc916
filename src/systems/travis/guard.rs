//! Output that Travis CI would take for its own folds.

use crate::exec::Guard;

/// Marks of folds and times in the log, which could hide what follows them; Travis CI has no commands beside.
///
/// `lib/travis/build/bash` in <https://github.com/travis-ci/travis-build>
pub(super) const GUARD: Guard = Guard { anywhere: &["travis_fold:", "travis_time:"], line_start: &[] };
