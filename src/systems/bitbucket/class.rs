//! What a job's condition says about a class of builds, before the branch or tag is known.

use super::pattern;
use crate::plan::{Glob, Job, Plan, Refs};
use crate::spec::Event;

/// Branches or tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Branch,
    Tag,
}

/// Builds that one pipeline is for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Class<'a> {
    /// Of one name.
    Name(Kind, &'a str),
    /// Of all names that one of the globs matches. With [`Names::Apart`] those that conditions name have pipelines of
    /// their own.
    Globs(Kind, &'a [Glob], Names),
}

/// Whether names that conditions spell out are in a class of globs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Names {
    Apart,
    Included,
}

/// Whether something runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Always,
    Never,
    /// Only the running step can tell.
    Depends,
}

impl Verdict {
    fn of(always: bool, never: bool) -> Verdict {
        match (always, never) {
            (true, _) => Verdict::Always,
            (false, true) => Verdict::Never,
            (false, false) => Verdict::Depends,
        }
    }

    /// Both must hold.
    pub(super) fn and(self, other: Verdict) -> Verdict {
        match (self, other) {
            (Verdict::Never, _) | (_, Verdict::Never) => Verdict::Never,
            (Verdict::Always, other) => other,
            (Verdict::Depends, _) => Verdict::Depends,
        }
    }
}

impl Class<'_> {
    /// Branches or tags.
    pub(super) fn kind(&self) -> Kind {
        match self {
            Class::Name(kind, _) | Class::Globs(kind, ..) => *kind,
        }
    }

    /// What one condition on refs says.
    pub(super) fn refs(&self, refs: &Refs) -> Verdict {
        let wanted = |kind: Kind| if kind == Kind::Branch { &refs.branches } else { &refs.tags };
        match self {
            Class::Name(kind, name) => {
                let matches = wanted(*kind).iter().any(|it| it.matches(name));
                Verdict::of(matches, !matches)
            }
            Class::Globs(kind, globs, names) => {
                let wanted: Vec<&Glob> =
                    wanted(*kind).iter().filter(|it| *names == Names::Included || !it.is_literal()).collect();
                let always = globs.iter().all(|glob| wanted.iter().any(|it| pattern::covers(it, glob)));
                let never = globs.iter().all(|glob| wanted.iter().all(|it| pattern::disjoint(it, glob)));
                Verdict::of(always, never)
            }
        }
    }

    /// What all conditions of a job say.
    pub(super) fn job(&self, plan: &Plan, job: &Job, event: Event) -> Verdict {
        if !job.only.allows(event) {
            return Verdict::Never;
        }
        let refs = job.only.refs.iter().fold(Verdict::Always, |verdict, refs| verdict.and(self.refs(refs)));
        refs.and(inputs(plan, job, event))
    }
}

/// Only a person chooses values; on every other event they are the defaults.
pub(super) fn inputs(plan: &Plan, job: &Job, event: Event) -> Verdict {
    if event == Event::Manual {
        return Verdict::of(job.only.inputs.is_empty(), false);
    }
    let default = |name: &str| plan.inputs().find(|(it, _)| *it == name).map(|(_, input)| input.default.as_str());
    let holds = job.only.inputs.iter().all(|(name, value)| default(name).is_none_or(|it| it == value));
    Verdict::of(holds, !holds)
}
