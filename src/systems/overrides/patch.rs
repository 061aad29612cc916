//! What merging cannot do: replace, append, insert and remove, by path.

use serde_json::Value;

use super::{
    apply::{of_id, Order, Work},
    check,
};
use crate::{
    diag::{Diagnostic, Place},
    spec::{DocumentPatch, Patches, Remove, StepPatch},
    systems::outline::Path,
    yaml::{Fault, Mode, Place as Beside},
};

/// Takes a path apart: `a.b.0`, or `/a/b/0` as a JSON Pointer (RFC 6901).
fn keys(path: &str) -> Path {
    match path.strip_prefix('/') {
        Some(pointer) => pointer.split('/').map(|it| it.replace("~1", "/").replace("~0", "~")).collect(),
        None => path.split('.').map(str::to_owned).collect(),
    }
}

impl Work<'_> {
    /// Patches of steps; elements come and go from the last step to the first, so that the others keep their numbers.
    pub(super) fn patch_steps(&mut self, patches: &Patches, at: &Place) {
        for (job, patch) in &patches.job {
            let at = at.key(job).key("step");
            let mut found: Vec<(&String, &StepPatch, usize)> = Vec::new();
            for (id, patch) in &patch.step {
                if let Some((_, step)) = self.steps(job, id, &at.key(id)).first() {
                    found.push((id, patch, step.index));
                }
            }
            for (id, patch, _) in &found {
                self.patch_step(job, id, patch, &at.key(id));
            }
            found.sort_by_key(|(_, _, index)| std::cmp::Reverse(*index));
            for (id, patch, _) in found {
                self.insert(job, id, &patch.insert_after, Beside::After, &at.key(id).key("insert-after"));
                self.insert(job, id, &patch.insert_before, Beside::Before, &at.key(id).key("insert-before"));
                if matches!(patch.remove, Some(Remove::Whole(true))) {
                    self.remove_step(job, id, patch.insert_before.len(), &at.key(id).key("remove"));
                }
            }
        }
    }

    /// What a patch changes below a step.
    fn patch_step(&mut self, job: &str, id: &str, patch: &StepPatch, at: &Place) {
        let paths = removed(patch.remove.as_ref());
        let first = [("set", patch.set.is_empty()), ("append", patch.append.is_empty()), ("remove", paths.is_empty())];
        if let Some((key, _)) = first.iter().find(|(_, empty)| !empty) {
            if self.has_no_keys(&at.key(key)) {
                return;
            }
        }
        for (path, value) in &patch.set {
            self.put_in_step(job, id, &keys(path), value, Mode::Replace, &at.key("set").key(path));
        }
        let bodies = |work: &Self| -> Vec<Path> {
            of_id(work.outline, job, id).iter().map(|(native, step)| native.body(step, work.root())).collect()
        };
        for (path, values) in &patch.append {
            let bodies = bodies(self);
            self.append(&bodies, &keys(path), values, &at.key("append").key(path));
        }
        for path in paths {
            let bodies = bodies(self);
            self.remove(&bodies, &keys(path), &at.key("remove"));
        }
    }

    /// Adds elements to the list at a path below some nodes; one of them must have it.
    fn append(&mut self, nodes: &[Path], path: &[String], values: &[Value], at: &Place) {
        let mut paths: Vec<Path> = nodes.iter().map(|node| [node, path].concat()).collect();
        if paths.iter().any(|path| self.root().get(path).is_some()) {
            paths.retain(|path| self.root().get(path).is_some());
        }
        for (index, value) in values.iter().enumerate() {
            if let Some(first) = paths.first() {
                let element = [first.clone(), vec!["0".to_owned()]].concat();
                check::below(self.language, self.id, &element, value, &at.index(index), &mut self.diagnostics);
            }
        }
        let values: Vec<Value> = values.iter().map(|it| self.language.written(it)).collect();
        self.edit(at, Order::AmongKeys, |edits, _| {
            paths.iter().try_for_each(|path| edits.append(path, &values).map_err(|fault| (path.clone(), fault)))
        });
        paths.into_iter().for_each(|path| self.wrote(path, at));
    }

    /// Takes out what stands at a path below some nodes; one of them must have it.
    fn remove(&mut self, nodes: &[Path], path: &[String], at: &Place) {
        let mut paths: Vec<Path> = nodes.iter().map(|node| [node, path].concat()).collect();
        if paths.iter().any(|path| self.root().get(path).is_some()) {
            paths.retain(|path| self.root().get(path).is_some());
        }
        self.edit(at, Order::AmongKeys, |edits, _| {
            paths.iter().try_for_each(|path| edits.remove(path).map_err(|fault| (path.clone(), fault)))
        });
    }

    /// Puts native steps beside a step.
    fn insert(&mut self, job: &str, id: &str, values: &[Value], beside: Beside, at: &Place) {
        let outline = self.outline;
        let lists: Vec<(Path, usize)> =
            of_id(outline, job, id).iter().map(|(native, step)| (native.list(step), step.index)).collect();
        let Some((first, _)) = lists.first() else { return };
        let element = [first.clone(), vec!["0".to_owned()]].concat();
        for (index, value) in values.iter().enumerate() {
            if !self.language.step.has(value) {
                let words = self.language.step.words();
                let message = format!("a native step must be {words} on {}", self.id.title());
                let diagnostic = Diagnostic::error("override-type", at.index(index), message);
                self.diagnostics.push(diagnostic.help("write it as it would stand in the file"));
                return;
            }
            check::below(self.language, self.id, &element, value, &at.index(index), &mut self.diagnostics);
        }
        let values: Vec<Value> = values.iter().map(|it| self.language.written(it)).collect();
        self.edit(at, Order::AmongKeys, |edits, _| {
            lists.iter().try_for_each(|(list, index)| {
                edits.insert(list, *index, beside, &values).map_err(|fault| (list.clone(), fault))
            })
        });
    }

    /// Takes a step out, before which others were put.
    fn remove_step(&mut self, job: &str, id: &str, before: usize, at: &Place) {
        let outline = self.outline;
        self.edit(at, Order::AmongKeys, |edits, root| {
            of_id(outline, job, id).into_iter().try_for_each(|(native, step)| {
                let step = crate::systems::outline::StepAt { index: step.index + before, ..step.clone() };
                let path = native.element(&step, root);
                edits.remove(&path).map_err(|fault| (path, fault))
            })
        });
    }

    /// Patches of jobs, but for taking them out.
    pub(super) fn patch_jobs(&mut self, patches: &Patches, at: &Place) {
        for (job, patch) in &patches.job {
            let at = at.key(job);
            for (path, value) in &patch.set {
                self.put_in_job(job, &keys(path), value, Mode::Replace, &at.key("set").key(path));
            }
            for (path, values) in &patch.append {
                let at = at.key("append").key(path);
                let path = keys(path);
                match self.nodes(job, &path) {
                    nodes if nodes.is_empty() => self.no_native(job, &at),
                    nodes => self.append(&nodes, &path, values, &at),
                }
            }
            for path in removed(patch.remove.as_ref()) {
                let (at, path) = (at.key("remove"), keys(path));
                match self.nodes(job, &path) {
                    nodes if nodes.is_empty() => self.no_native(job, &at),
                    nodes => self.remove(&nodes, &path, &at),
                }
            }
        }
    }

    fn nodes(&self, job: &str, path: &[String]) -> Vec<Path> {
        let key = path.first().map(String::as_str).unwrap_or_default();
        self.natives(job, key).iter().map(|it| it.path.clone()).collect()
    }

    /// Patches of the document as a whole.
    pub(super) fn patch_document(&mut self, patch: &DocumentPatch, at: &Place) {
        for (path, value) in &patch.set {
            self.put(keys(path), value, Mode::Replace, &at.key("set").key(path));
        }
        for (path, values) in &patch.append {
            self.append(&[Vec::new()], &keys(path), values, &at.key("append").key(path));
        }
        for path in patch.remove.iter().flat_map(|it| it.as_slice()) {
            self.remove(&[Vec::new()], &keys(path), &at.key("remove"));
        }
    }

    /// Takes out the jobs that should go, the last first.
    pub(super) fn remove_jobs(&mut self, patches: &Patches, at: &Place) {
        let mut gone: Vec<(Path, Place)> = Vec::new();
        for (job, _) in patches.job.iter().filter(|(_, it)| matches!(it.remove, Some(Remove::Whole(true)))) {
            let at = at.key(job).key("remove");
            self.removals.push(at.clone());
            let natives = self.outline.jobs.iter().filter(|it| it.job == *job);
            gone.extend(natives.map(|it| (it.path.clone(), at.clone())));
        }
        let number = |path: &Path| path.iter().map(|key| key.parse::<usize>().unwrap_or(0)).collect::<Vec<_>>();
        gone.sort_by_key(|(path, _)| std::cmp::Reverse(number(path)));
        for (path, at) in gone {
            self.edit(&at, Order::AmongKeys, |edits, root| {
                if root.get(&path).is_some() {
                    return edits.remove(&path).map_err(|fault| (path.clone(), fault));
                }
                // An element that is nothing but the job's name.
                match path.split_last().filter(|(_, element)| root.get(element).is_some()) {
                    Some((_, element)) => edits.remove(element).map_err(|fault| (element.to_vec(), fault)),
                    None => Err((path.clone(), Fault::Missing { depth: 0, known: Vec::new() })),
                }
            });
        }
    }
}

/// The paths that a patch takes out.
fn removed(remove: Option<&Remove>) -> Vec<&String> {
    match remove {
        Some(Remove::Paths(paths)) => paths.as_slice().iter().collect(),
        Some(Remove::Whole(_)) | None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::keys;

    #[test]
    fn paths_are_dotted_or_pointers() {
        assert_eq!(keys("with.cache"), ["with", "cache"]);
        assert_eq!(keys("/with/a.b/c~1d"), ["with", "a.b", "c/d"]);
    }
}
