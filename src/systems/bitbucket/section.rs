//! Which pipelines there are, and which jobs each of them has.
//!
//! Bitbucket chooses exactly one pipeline for a push: the one under the branch's or tag's own name, else the one under
//! a matching pattern, else `default`. Where patterns overlap, the more specific one is taken; since that is not
//! defined for all pairs, no two patterns written here overlap.
//! <https://support.atlassian.com/bitbucket-cloud/docs/use-glob-patterns-on-the-pipelines-yaml-file/>

use std::collections::BTreeSet;

use super::{
    class::{inputs, Class, Kind, Names, Verdict},
    pattern,
};
use crate::{
    plan::{Glob, Job, Plan},
    spec::Event,
};

/// One pipeline: where it stands and what it runs.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// The patterns or the name under which it stands; empty for `default`.
    pub(super) patterns: Vec<String>,
    /// What starts it.
    pub(super) event: Event,
    /// Whether it builds branches or tags.
    pub(super) kind: Kind,
    /// Indices of jobs, in spec order.
    pub(super) jobs: Vec<usize>,
}

/// What the steps of a job have to find out themselves.
#[derive(Clone, Debug, Default)]
pub(super) struct Guards {
    /// Indices of [`crate::plan::Only::refs`].
    pub(super) refs: BTreeSet<usize>,
    /// The values of inputs.
    pub(super) inputs: bool,
    /// The target branch of a pull request.
    pub(super) target: bool,
}

/// All pipelines, and what is left to the steps.
#[derive(Clone, Debug, Default)]
pub(super) struct Sections {
    pub(super) default: Option<Entry>,
    pub(super) branches: Vec<Entry>,
    pub(super) tags: Vec<Entry>,
    pub(super) pull_requests: Vec<Entry>,
    pub(super) custom: Vec<Entry>,
    /// By job.
    pub(super) guards: Vec<Guards>,
}

impl Sections {
    /// Every pipeline.
    pub(super) fn all(&self) -> impl Iterator<Item = &Entry> {
        let keyed = [&self.branches, &self.tags, &self.pull_requests, &self.custom];
        self.default.iter().chain(keyed.into_iter().flatten())
    }

    /// Whether nothing would ever run.
    pub(super) fn is_empty(&self) -> bool {
        self.all().next().is_none()
    }

    /// The jobs that some pipeline has.
    pub(super) fn jobs(&self) -> BTreeSet<usize> {
        self.all().flat_map(|entry| &entry.jobs).copied().collect()
    }

    /// The pipeline of a class, unless it would be empty.
    fn entry(&mut self, plan: &Plan, event: Event, patterns: Vec<String>, class: &Class<'_>) -> Option<Entry> {
        let mut jobs = Vec::new();
        for (index, job) in plan.jobs.iter().enumerate() {
            if class.job(plan, job, event) != Verdict::Never {
                jobs.push(index);
                self.guard(plan, index, event, class);
            }
        }
        (!jobs.is_empty()).then_some(Entry { patterns, event, kind: class.kind(), jobs })
    }

    /// Notes what a job's steps have to find out in that class.
    fn guard(&mut self, plan: &Plan, index: usize, event: Event, class: &Class<'_>) {
        let job = &plan.jobs[index];
        let guards = &mut self.guards[index];
        let unknown = job.only.refs.iter().enumerate().filter(|(_, refs)| class.refs(refs) == Verdict::Depends);
        guards.refs.extend(unknown.map(|(index, _)| index));
        guards.inputs |= inputs(plan, job, event) == Verdict::Depends;
        guards.target |= event == Event::PullRequest && targets(plan).is_some();
    }
}

/// The target branches that pull requests must have; `None` when any will do.
pub(super) fn targets(plan: &Plan) -> Option<&[Glob]> {
    let branches = &plan.triggers.pull_request.as_ref()?.branches;
    (!branches.is_empty() && !branches.iter().any(Glob::is_any)).then_some(branches)
}

/// The pipelines of a plan.
pub(super) fn of(plan: &Plan) -> Sections {
    let mut sections = Sections { guards: vec![Guards::default(); plan.jobs.len()], ..Sections::default() };
    let any: Vec<Glob> = Glob::parse("**").into_iter().collect();
    if let Some(push) = &plan.triggers.push {
        let mut branches = pushes(plan, &mut sections, Kind::Branch, &push.branches);
        if let Some(at) = branches.iter().position(|it| it.patterns.iter().any(|pattern| pattern == "**")) {
            sections.default = Some(Entry { patterns: Vec::new(), ..branches.remove(at) });
        }
        sections.branches = branches;
        sections.tags = pushes(plan, &mut sections, Kind::Tag, &push.tags);
    }
    if plan.triggers.pull_request.is_some() {
        let class = Class::Globs(Kind::Branch, targets(plan).unwrap_or(&any), Names::Included);
        // Patterns here are about the source branch.
        let entry = sections.entry(plan, Event::PullRequest, vec!["**".to_owned()], &class);
        sections.pull_requests.extend(entry);
    }
    let class = Class::Globs(Kind::Branch, &any, Names::Included);
    for (event, name) in [(Event::Manual, "manual"), (Event::Schedule, "scheduled")] {
        if plan.triggers.has(event) {
            let entry = sections.entry(plan, event, vec![name.to_owned()], &class);
            sections.custom.extend(entry);
        }
    }
    sections
}

/// The pipelines of pushed branches or tags.
fn pushes(plan: &Plan, sections: &mut Sections, kind: Kind, globs: &[Glob]) -> Vec<Entry> {
    let groups = groups(plan, kind, globs);
    let mut entries: Vec<Entry> = Vec::new();
    let mut of_group: Vec<Option<usize>> = Vec::new();
    for group in &groups {
        let patterns = group.iter().flat_map(pattern::native).collect();
        let entry = sections.entry(plan, Event::Push, patterns, &Class::Globs(kind, group, Names::Apart));
        of_group.push(entry.is_some().then_some(entries.len()));
        entries.extend(entry);
    }
    let mut own = Vec::new();
    for name in names(plan, kind, globs) {
        let Some(entry) = sections.entry(plan, Event::Push, vec![name.to_owned()], &Class::Name(kind, name)) else {
            continue;
        };
        match groups.iter().position(|group| group.iter().any(|glob| glob.matches(name))) {
            // Where the pattern gives another pipeline, only a key that is exactly the name comes before it.
            Some(group) => {
                let same = of_group[group].is_some_and(|at| entries[at].jobs == entry.jobs);
                own.extend((!same).then_some(entry));
            }
            None => match entries.iter_mut().find(|it| it.jobs == entry.jobs) {
                Some(same) => {
                    let at = same.patterns.iter().take_while(|it| !it.contains(['*', '?'])).count();
                    same.patterns.insert(at, name.to_owned());
                }
                None => entries.push(entry),
            },
        }
    }
    own.append(&mut entries);
    // Names before patterns, which is the order in which Bitbucket looks.
    own.sort_by_key(|entry| entry.patterns.iter().all(|it| it.contains(['*', '?'])));
    own
}

/// The names that have a pipeline of their own, or may have one: those that triggers or conditions spell out.
fn names<'a>(plan: &'a Plan, kind: Kind, globs: &'a [Glob]) -> Vec<&'a str> {
    let refs = plan.jobs.iter().flat_map(|job| &job.only.refs);
    let wanted = refs.flat_map(|it| if kind == Kind::Branch { &it.branches } else { &it.tags });
    let mut names: Vec<&str> = Vec::new();
    for glob in globs.iter().chain(wanted).filter(|it| it.is_literal()) {
        let name = glob.text();
        if !names.contains(&name) && globs.iter().any(|it| it.matches(name)) {
            names.push(name);
        }
    }
    names
}

/// The globs of a trigger that are no names, those that have the same jobs or that overlap in one group.
fn groups(plan: &Plan, kind: Kind, globs: &[Glob]) -> Vec<Vec<Glob>> {
    if let Some(any) = globs.iter().find(|it| it.is_any()) {
        return vec![vec![any.clone()]];
    }
    let verdicts = |glob: &Glob| -> Vec<Verdict> {
        let class = Class::Globs(kind, std::slice::from_ref(glob), Names::Apart);
        plan.jobs.iter().map(|job: &Job| class.job(plan, job, Event::Push)).collect()
    };
    let mut groups: Vec<Vec<(&Glob, Vec<Verdict>)>> = Vec::new();
    for glob in globs.iter().filter(|it| !it.is_literal()) {
        let own = (glob, verdicts(glob));
        let belongs = |group: &Vec<(&Glob, Vec<Verdict>)>| {
            group.iter().any(|(other, verdicts)| *verdicts == own.1 || !pattern::disjoint(other, glob))
        };
        let (mut joined, apart): (Vec<_>, Vec<_>) = groups.into_iter().partition(belongs);
        groups = apart;
        let mut group: Vec<_> = joined.drain(..).flatten().collect();
        group.push(own);
        groups.push(group);
    }
    groups.into_iter().map(|group| group.into_iter().map(|(glob, _)| glob.clone()).collect()).collect()
}
