//! Names in `junit.xml` by which ci-gen knows its own words again.

/// The property of a test that stands for a reason, its value the reason's code.
pub const REASON: &str = "ci-gen.reason";
/// The property with the file that a reason names.
pub const FILE: &str = "ci-gen.file";
/// The property with the line that a reason names.
pub const LINE: &str = "ci-gen.line";
/// The property of a suite with the leg that it ran on.
pub const LEG: &str = "ci-gen.leg";
/// The suite and the class of tests that stand for reasons.
pub const SUITE: &str = "ci-gen";
