//! Why a text may be refused: only where the system, or any system at all, cannot express it.

use ci_gen::SystemId;

use super::places::Place;

/// The reason, if there is one.
pub fn reason(system: SystemId, place: Place, text: &str) -> Option<&'static str> {
    everywhere(place, text).or_else(|| of_system(system, place, text))
}

fn everywhere(place: Place, text: &str) -> Option<&'static str> {
    let control = text.chars().any(char::is_control);
    match place {
        Place::Name if text.is_empty() => Some("a name is not empty"),
        Place::Matrix | Place::InputDefault | Place::InputOption if control => Some("one line"),
        _ => None,
    }
}

fn of_system(_system: SystemId, _place: Place, _text: &str) -> Option<&'static str> {
    None
}

/// Whether a description is the one of the spec, as far as the system shows it.
pub fn same_description(_system: SystemId, seen: &str, wanted: &str) -> bool {
    seen == wanted
}

/// Whether the pipeline's name is shown unchanged.
pub fn keeps_name(system: SystemId) -> bool {
    matches!(system, SystemId::Github | SystemId::Gitlab | SystemId::Azure)
}
