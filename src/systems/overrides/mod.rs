//! What a spec says in a system's own terms: merged into the rendered YAML, or printed at places of a program.
//!
//! Overrides are part of `generate`, so `check` compares with the overridden file. They come after lowering and
//! rendering: a system says where its jobs and steps stand ([`Outline`](super::outline::Outline)) and what keys its
//! language knows ([`Language`]), and nothing else of it is touched.

mod apply;
mod check;
mod language;
mod patch;
mod slots;

pub use self::{
    language::{Form, Jobs, Language, RawJob, Table},
    slots::{Slot, Slots},
};
use super::Lowering;
use crate::{diag::Place, id::SystemId, spec::Override};

/// How a system takes what a spec says in the system's own terms.
pub enum Native {
    /// As keys of its YAML
    Keys(&'static Language),
    /// As text at places of a program
    Text(&'static Slots),
}

/// Changes the system's files as the spec's override says; what cannot be is reported.
pub(super) fn apply(id: SystemId, native: &Native, overrides: &Override, out: &mut Lowering<'_>) {
    let at = Place::root().key("override").key(id.key());
    let diagnostics = match native {
        Native::Text(slots) => slots::check(slots, id, overrides, &at),
        Native::Keys(language) => {
            let main = out.path.clone();
            let Some(file) = out.files.iter_mut().find(|file| file.path == main) else { return };
            match apply::apply(language, id, overrides, &out.outline, &file.text) {
                Ok(text) => {
                    file.text = text;
                    Vec::new()
                }
                Err(diagnostics) => diagnostics,
            }
        }
    };
    diagnostics.into_iter().for_each(|diagnostic| out.push(diagnostic));
}
