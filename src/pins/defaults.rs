//! The versions that ci-gen itself chooses, from one file of data.

use std::sync::LazyLock;

use super::{read, Set};

/// The versions that ci-gen itself chooses unless a spec or a lock says otherwise; `src/pins/defaults.toml`.
pub fn defaults() -> &'static Set {
    // A test reads the file, so that it is never empty in a build that passed.
    static DEFAULTS: LazyLock<Set> = LazyLock::new(|| read(include_str!("defaults.toml")).unwrap_or_default());
    &DEFAULTS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pins::Kind;

    #[test]
    fn the_file_is_well_formed_and_every_action_is_pinned() {
        let set = read(include_str!("defaults.toml")).unwrap();
        let actions: Vec<_> = set.iter().filter(|((kind, _), _)| *kind == Kind::Action).collect();
        assert!(actions.len() > 5);
        assert!(actions.iter().all(|(_, pin)| pin.hash.is_some()));
    }
}
