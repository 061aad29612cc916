//! Places of a program where a spec's own text goes.

use serde_json::{json, Map, Value};

use crate::{
    diag::{Diagnostic, Place},
    id::SystemId,
    render::unbalanced,
    spec::Override,
};

/// The places that a system has.
pub struct Slots {
    /// Places of the file.
    pub(in crate::systems) whole: &'static [Slot],
    /// Places of each native job of a job.
    pub(in crate::systems) job: &'static [Slot],
    /// What the text of a native job is.
    pub(in crate::systems) raw: &'static str,
}

/// A place by name.
pub struct Slot {
    /// What a spec calls it.
    pub(in crate::systems) name: &'static str,
    /// What stands there; editors show it.
    pub(in crate::systems) description: &'static str,
}

/// Reports texts that would not end where they should: all else is up to the system.
pub(super) fn check(slots: &Slots, id: SystemId, overrides: &Override, at: &Place) -> Vec<Diagnostic> {
    let mut texts: Vec<(Place, &Value)> = Vec::new();
    texts.extend(overrides.keys.iter().map(|(name, text)| (at.key(name), text)));
    for (job, keys) in &overrides.job {
        texts.extend(keys.keys.iter().map(|(name, text)| (at.key("job").key(job).key(name), text)));
    }
    texts.extend(overrides.raw.iter().map(|(name, text)| (at.key("raw").key(name), text)));
    let mut diagnostics = Vec::new();
    for (at, text) in texts {
        let Some(text) = text.as_str() else { continue };
        if let Some((line, fault)) = unbalanced(text) {
            let message = format!("line {line} of the text for {}: {fault}", id.title());
            let help = "close it inside the text; quotes and brackets in regular expressions go into strings";
            diagnostics.push(Diagnostic::error("override-text", at, message).help(help));
        }
    }
    for name in overrides.raw.keys().filter(|it| it.is_empty() || it.contains(['\'', '"', '\\', '\n', '$'])) {
        let message = format!("a native job on {} cannot be called `{name}`", id.title());
        let diagnostic = Diagnostic::error("override-raw", at.key("raw").key(name), message).on_key();
        diagnostics.push(diagnostic.help("use letters, digits, blanks, `-` and `_`"));
    }
    // The schema has no other places.
    debug_assert!(overrides.keys.keys().all(|it| slots.whole.iter().any(|slot| slot.name == it)));
    diagnostics
}

impl Slots {
    /// The JSON Schema of the system's override, and that of each job in it.
    pub(in crate::systems) fn schemas(&self, title: &str, of_job: &str) -> (Value, Value) {
        let texts = |slots: &[Slot]| -> Map<String, Value> {
            let property = |slot: &Slot| json!({ "description": slot.description, "type": "string" });
            slots.iter().map(|slot| (slot.name.to_owned(), property(slot))).collect()
        };
        let jobs = json!({
            "description": "Text by job of the spec, printed in every native job that the job becomes.",
            "type": "object",
            "additionalProperties": { "$ref": of_job },
        });
        let raw = json!({ "description": self.raw, "type": "object", "additionalProperties": { "type": "string" } });
        let mut whole = texts(self.whole);
        whole.insert("job".to_owned(), jobs);
        whole.insert("raw".to_owned(), raw);
        let table = |description: String, properties: Map<String, Value>| {
            json!({
                "description": description,
                "type": "object",
                "properties": properties,
                "additionalProperties": false,
            })
        };
        (
            table(format!("Text for {title}, printed as it is at places of the file."), whole),
            table(format!("Text for a job on {title}, printed as it is."), texts(self.job)),
        )
    }
}
