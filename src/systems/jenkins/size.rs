//! Whether Jenkins can compile the file.

use super::stage::{Function, Stage};
use crate::systems::Lowering;

pub(super) fn check(_stages: &[Stage], _functions: &[Function], _out: &mut Lowering<'_>) {}
