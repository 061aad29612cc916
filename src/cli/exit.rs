//! What the process's exit code says.

/// Done.
pub(super) const OK: u8 = 0;
/// Tests failed, or nothing was proven.
pub(super) const FAILED: u8 = 1;
/// The command line is wrong.
pub(super) const USAGE: u8 = 2;
/// The spec is invalid, or its files cannot be written.
pub(super) const SPEC: u8 = 3;
/// Files differ from what the spec renders.
pub(super) const DRIFT: u8 = 4;
/// Something could not be published, with `--strict-publish`.
pub(super) const UNPUBLISHED: u8 = 5;
/// A fault of ci-gen itself.
pub(super) const INTERNAL: u8 = 70;
