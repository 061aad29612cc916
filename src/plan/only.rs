//! Whether a job runs, decided for one run of the pipeline.

use super::{Glob, Only};
use crate::spec::Event;

/// What a run of the pipeline is about.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Occasion {
    /// What started it; `None` where nobody knows, which rules nothing out.
    pub event: Option<Event>,
    /// The branch that is built; of a pull request its target.
    pub branch: Option<String>,
    /// The tag that is built.
    pub tag: Option<String>,
    /// The inputs of a manual run, or their defaults.
    pub inputs: Vec<(String, String)>,
}

impl Only {
    /// Whether the job runs on that occasion, as far as is known: what the occasion leaves open rules nothing out.
    ///
    /// ```
    /// use ci_gen::{plan::{Occasion, Only}, spec::Event};
    /// let only = Only { events: Some(vec![Event::Push]), ..Only::default() };
    /// assert!(only.holds(&Occasion { event: Some(Event::Push), ..Occasion::default() }));
    /// assert!(!only.holds(&Occasion { event: Some(Event::Schedule), ..Occasion::default() }));
    /// assert!(only.holds(&Occasion::default()));
    /// ```
    pub fn holds(&self, occasion: &Occasion) -> bool {
        let one_of = |globs: &[Glob], name: &Option<String>| {
            name.as_ref().is_some_and(|name| globs.iter().any(|glob| glob.matches(name)))
        };
        let known = occasion.branch.is_some() || occasion.tag.is_some();
        let event = occasion.event.is_none_or(|event| self.allows(event));
        let refs = self.refs.iter().all(|it| {
            !known
                || one_of(&it.tags, &occasion.tag)
                || (occasion.tag.is_none() && one_of(&it.branches, &occasion.branch))
        });
        let inputs = self.inputs.iter().all(|(input, wanted)| {
            occasion.inputs.iter().find(|(name, _)| name == input).is_none_or(|(_, value)| value == wanted)
        });
        event && refs && inputs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Refs;

    #[test]
    fn a_branch_or_a_tag_must_match() {
        let globs = |text: &str| vec![Glob::parse(text).unwrap()];
        let only = Only { refs: vec![Refs { branches: globs("main"), tags: globs("v*") }], ..Only::default() };
        let on = |branch: Option<&str>, tag: Option<&str>| {
            only.holds(&Occasion {
                branch: branch.map(str::to_owned),
                tag: tag.map(str::to_owned),
                ..Occasion::default()
            })
        };
        assert!(on(Some("main"), None) && on(None, Some("v1")) && on(None, None));
        assert!(!on(Some("topic"), None) && !on(None, Some("w1")) && !on(Some("main"), Some("w1")));
    }

    #[test]
    fn an_input_must_have_its_value() {
        let inputs = [("level".to_owned(), "full".to_owned())].into_iter().collect();
        let only = Only { inputs, ..Only::default() };
        let with = |value: &str| Occasion { inputs: vec![("level".into(), value.into())], ..Occasion::default() };
        assert!(only.holds(&with("full")) && !only.holds(&with("fast")));
    }
}
