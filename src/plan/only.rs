//! Whether a job runs, decided for one run of the pipeline.

use super::{Glob, Only};
use crate::spec::Event;

/// What a run of the pipeline is about.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Occasion {
    /// What started it, if that is known.
    pub event: Option<Event>,
    /// The branch that is built; of a pull request its target.
    pub branch: Option<String>,
    /// The tag that is built.
    pub tag: Option<String>,
    /// The inputs, as far as they are known: their defaults unless a person started it.
    pub inputs: Vec<(String, String)>,
}

impl Only {
    /// Whether the job runs on that occasion; `None` where that depends on something unknown.
    ///
    /// ```
    /// use ci_gen::{plan::{Occasion, Only}, spec::Event};
    /// let only = Only { events: Some(vec![Event::Push]), ..Only::default() };
    /// let on = |event| only.holds(&Occasion { event, ..Occasion::default() });
    /// assert_eq!(on(Some(Event::Push)), Some(true));
    /// assert_eq!(on(Some(Event::Schedule)), Some(false));
    /// assert_eq!(on(None), None);
    /// ```
    pub fn holds(&self, occasion: &Occasion) -> Option<bool> {
        let one_of = |globs: &[Glob], name: &str| globs.iter().any(|glob| glob.matches(name));
        let event = self.events.as_ref().map(|events| Some(events.contains(&occasion.event?)));
        let refs = self.refs.iter().map(|it| match (&occasion.tag, &occasion.branch) {
            (Some(tag), _) => Some(one_of(&it.tags, tag)),
            (None, Some(branch)) => Some(one_of(&it.branches, branch)),
            (None, None) => None,
        });
        let inputs = self.inputs.iter().map(|(input, wanted)| {
            occasion.inputs.iter().find(|(name, _)| name == input).map(|(_, value)| value == wanted)
        });
        let all: Vec<Option<bool>> = event.into_iter().chain(refs).chain(inputs).collect();
        if all.contains(&Some(false)) {
            return Some(false);
        }
        (!all.contains(&None)).then_some(true)
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
        assert_eq!([on(Some("main"), None), on(None, Some("v1"))], [Some(true); 2]);
        assert_eq!([on(Some("topic"), None), on(None, Some("w1")), on(Some("main"), Some("w1"))], [Some(false); 3]);
        assert_eq!(on(None, None), None);
    }

    #[test]
    fn an_input_must_have_its_value() {
        let inputs = [("level".to_owned(), "full".to_owned())].into_iter().collect();
        let only = Only { inputs, ..Only::default() };
        let with = |value: &str| Occasion { inputs: vec![("level".into(), value.into())], ..Occasion::default() };
        assert_eq!([only.holds(&with("full")), only.holds(&with("fast"))], [Some(true), Some(false)]);
        assert_eq!(only.holds(&Occasion::default()), None);
    }
}
