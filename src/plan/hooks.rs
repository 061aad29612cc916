//! `[hooks]`, resolved.

use super::{
    builder::{duration, elements, Builder},
    Duration, Expr,
};
use crate::{
    diag::{Diagnostic, Place},
    spec::HookEvent,
};

/// The commands that `ci-gen run` starts on events.
#[derive(Clone, Debug)]
pub struct Hooks {
    /// The events that have commands, in the order in which they happen. A command is a text for the shell.
    pub on: Vec<(HookEvent, Vec<String>)>,
    /// How long each command may take.
    pub timeout: Duration,
}

/// Long enough for a request to a server, short beside most runs of tests.
const TIMEOUT: Duration = Duration::of_seconds(10);

/// No command at all.
impl Default for Hooks {
    fn default() -> Self {
        Hooks { on: Vec::new(), timeout: TIMEOUT }
    }
}

/// Hooks belong to no job, so nothing has a value for them.
fn valueless(expr: &Expr, at: &Place) -> Diagnostic {
    Diagnostic::error("expression-place", at.clone(), format!("`{{{{ {expr} }}}}` cannot stand in a hook"))
        .help("read what there is to know from the event, which a hook has on its standard input")
}

pub(super) fn build(builder: &mut Builder<'_>) -> Hooks {
    let spec = &builder.spec.hooks;
    let at = Place::root().key("hooks");
    let mut on = Vec::new();
    for event in HookEvent::ALL {
        let commands: Vec<String> = elements(spec.of(*event), &at.key(event.key()))
            .into_iter()
            .map(|(raw, place)| {
                if raw.trim().is_empty() {
                    builder.error("empty-text", place.clone(), format!("`{place}` must not be empty"), None);
                }
                let text = builder.text(raw, &place, |expr| Err(valueless(expr, &place)));
                text.as_literal().unwrap_or_default().to_owned()
            })
            .collect();
        if !commands.is_empty() {
            on.push((*event, commands));
        }
    }
    let timeout = duration(builder, &spec.timeout, &at.key("timeout"));
    Hooks { on, timeout: timeout.unwrap_or(TIMEOUT) }
}
