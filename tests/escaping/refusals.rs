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
        Place::Name if text.is_empty() || control => Some("a name is one line that is not empty"),
        Place::Image
            if text.is_empty() || text.contains(|c: char| !c.is_ascii_alphanumeric() && !"._/:@-".contains(c)) =>
        {
            Some("no image is called like that")
        }
        Place::Artifact | Place::Results if !is_path(text) => Some("no path inside the repository"),
        Place::Matrix | Place::InputDefault | Place::InputOption if control => Some("one line"),
        _ => None,
    }
}

fn is_path(text: &str) -> bool {
    let outside =
        text.starts_with(['/', '~']) || text.chars().nth(1) == Some(':') || text.split('/').any(|it| it == "..");
    !outside
        && text.trim() == text
        && !text.contains('\\')
        && !text.chars().any(char::is_control)
        && !text.trim().is_empty()
}

fn of_system(system: SystemId, place: Place, text: &str) -> Option<&'static str> {
    let input = matches!(place, Place::InputDefault | Place::InputOption | Place::InputDescription);
    let path = matches!(place, Place::Artifact | Place::Results);
    match system {
        SystemId::Github | SystemId::Azure if input && text.contains("${{") => Some("no expressions in inputs"),
        SystemId::Azure if in_script(place) && has_capital_macro(text) => Some("no escape for the agent's environment"),
        SystemId::Azure if place == Place::ServiceEnv && (text.contains("\\\"") || text.ends_with('\\')) => {
            Some("the agent escapes it wrongly")
        }
        SystemId::Azure if place == Place::ServiceEnv && text.contains("${{") => Some("no expressions in containers"),
        SystemId::Circleci if text.contains("<<") && (input || place == Place::Matrix) => Some("no escape for values"),
        SystemId::Github if place == Place::Name && text.contains("${{") => Some("no expressions in the name"),
        SystemId::Gitlab if place == Place::Around && has_percent_name(text) => Some("no escape for percent signs"),
        SystemId::Circleci if place == Place::Around && text.ends_with(['<', '\\']) => Some("joins the value"),
        SystemId::Circleci if text.contains("\\<<") => Some("nobody says what two backslashes are"),
        SystemId::Jenkins if path && text.contains(',') => Some("commas separate paths"),
        SystemId::Bitbucket if place == Place::ServiceEnv && text.contains('$') => Some("no escape for variables"),
        SystemId::Bitbucket if path && text.contains(['{', '}']) => Some("no escape for alternatives"),
        SystemId::Teamcity
            if path && (text.contains([',', '?', '\'', '|', '[', ']', '"', '`', '$']) || text.contains("=>")) =>
        {
            Some("no escape in the rules of artifacts")
        }
        _ => None,
    }
}

fn in_script(place: Place) -> bool {
    matches!(
        place,
        Place::Run | Place::Double | Place::Heredoc | Place::Install | Place::ServiceEnv | Place::ServiceCommand
    )
}

/// Whether there is a `$(NAME)` as variables of an agent's environment are called.
fn has_capital_macro(text: &str) -> bool {
    let capital = |it: &str| {
        it.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
            && it.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    };
    text.split("$(").skip(1).any(|it| it.split_once(')').is_some_and(|(name, _)| capital(name)))
}

/// Whether there is a `%NAME%`.
fn has_percent_name(text: &str) -> bool {
    let name = |it: &str| !it.is_empty() && it.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    text.split('%').skip(1).any(name)
}

/// Whether a description is the one of the spec, as far as the system shows it.
pub fn same_description(_system: SystemId, seen: &str, wanted: &str) -> bool {
    // Without one, some systems show the input's name.
    seen == wanted || wanted.trim().is_empty()
}

/// Whether two globs are the same: a character may stand in brackets, and `?` stands for any.
pub fn same_glob(seen: &str, wanted: &str) -> bool {
    let mut rest = seen;
    let directory = wanted.trim_end_matches('/');
    if directory != wanted {
        return same_glob(seen.strip_suffix("/**").unwrap_or(seen).trim_end_matches('/'), directory);
    }
    for c in wanted.chars() {
        let single = format!("[{c}]");
        let found =
            [&single[1..single.len() - 1], single.as_str(), "?"].into_iter().find_map(|it| rest.strip_prefix(it));
        match found {
            Some(behind) => rest = behind,
            None => return false,
        }
    }
    rest.is_empty()
}

/// Whether the pipeline's name is shown unchanged.
pub fn keeps_name(system: SystemId) -> bool {
    matches!(system, SystemId::Github | SystemId::Gitlab | SystemId::Azure)
}
