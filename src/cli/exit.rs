//! What the process's exit code says.

/// Done.
pub const OK: u8 = 0;
/// The command line is wrong.
pub const USAGE: u8 = 2;
/// The spec is invalid, or its files cannot be written.
pub const SPEC: u8 = 3;
/// Files differ from what the spec renders.
pub const DRIFT: u8 = 4;
/// A fault of ci-gen itself.
pub const INTERNAL: u8 = 70;
