//! Where the jobs and steps of a plan stand in a system's file, so that overrides find them.

use crate::{plan::Job, yaml::Node};

/// Keys and numbers from the root of a document down.
pub(super) type Path = Vec<String>;

/// A path of keys.
pub(super) fn path(keys: &[&str]) -> Path {
    keys.iter().map(|key| (*key).to_owned()).collect()
}

/// The native jobs of a system's file.
#[derive(Debug, Default)]
pub(super) struct Outline {
    pub(super) jobs: Vec<NativeJob>,
}

/// A native job, or a part of one.
#[derive(Debug)]
pub(super) struct NativeJob {
    /// The job of the plan.
    pub(super) job: String,
    pub(super) role: Role,
    pub(super) path: Path,
    pub(super) steps: Vec<StepAt>,
}

/// What a native job is to its job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Everything that is said of the job stands there.
    Whole,
    /// It takes over what another one says, unless it says something else itself.
    Heir,
    /// It stands where the job is used, for keys that belong there.
    Use,
}

/// An element of a list that is a step of a job.
#[derive(Clone, Debug)]
pub(super) struct StepAt {
    pub(super) id: String,
    /// The list, from the native job down.
    pub(super) list: Path,
    pub(super) index: usize,
    /// The key in the element below which the step's own keys stand, where there is one.
    pub(super) body: Option<&'static str>,
}

impl NativeJob {
    /// A native job at a path, without steps.
    pub(super) fn new(job: &Job, role: Role, path: Path) -> Self {
        NativeJob { job: job.name.clone(), role, path, steps: Vec::new() }
    }

    /// The steps in a list of the native job, in order; an id that comes again gets a number behind it.
    pub(super) fn steps<I: Into<String>>(mut self, list: &[&str], ids: impl IntoIterator<Item = I>) -> Self {
        for (index, id) in ids.into_iter().enumerate() {
            let id = self.free(id.into());
            self.steps.push(StepAt { id, list: path(list), index, body: None });
        }
        self
    }

    /// The same, where each step stands below the key that says what it is.
    pub(super) fn keyed_steps<I: Into<String>>(
        mut self,
        list: &[&str],
        steps: impl IntoIterator<Item = (I, &'static str)>,
    ) -> Self {
        for (index, (id, body)) in steps.into_iter().enumerate() {
            let id = self.free(id.into());
            self.steps.push(StepAt { id, list: path(list), index, body: Some(body) });
        }
        self
    }

    fn free(&self, wanted: String) -> String {
        let taken = |id: &String| self.steps.iter().any(|it| it.id == *id);
        let mut id = wanted.clone();
        let mut number = 2;
        while taken(&id) {
            id = format!("{wanted}-{number}");
            number += 1;
        }
        id
    }

    /// Where a step's list stands.
    pub(super) fn list(&self, step: &StepAt) -> Path {
        [self.path.clone(), step.list.clone()].concat()
    }

    /// Where a step stands as an element of its list.
    pub(super) fn element(&self, step: &StepAt, root: &Node) -> Path {
        let list = self.list(step);
        match root.get(&list).is_some_and(|node| node.text().is_none()) {
            true => [list, vec![step.index.to_string()]].concat(),
            // A single command is no list.
            false => list,
        }
    }

    /// Where a step's own keys stand.
    pub(super) fn body(&self, step: &StepAt, root: &Node) -> Path {
        let mut path = self.element(step, root);
        path.extend(step.body.map(str::to_owned));
        path
    }
}
