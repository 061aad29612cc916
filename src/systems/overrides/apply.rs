//! Native keys and jobs merged into a rendered YAML file.

use serde_json::{Map, Value};

use super::{check, Language, RawJob};
use crate::{
    diag::{Diagnostic, Place},
    id::SystemId,
    spec::Override,
    systems::outline::{NativeJob, Outline, Path, Role, StepAt},
    yaml::{Document, Edits, Fault, Mode, Node},
};

/// Why an edit at a path is not possible.
pub(super) type Failed = (Path, Fault);

/// Where new keys of a table go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Behind those of their kind
    AmongKeys,
    /// Behind everything
    AtEnd,
}

/// A file while its overrides are applied.
pub(super) struct Work<'a> {
    pub(super) language: &'a Language,
    pub(super) id: SystemId,
    pub(super) outline: &'a Outline,
    pub(super) diagnostics: Vec<Diagnostic>,
    document: Document,
    /// What overrides wrote, and where the spec says so.
    written: Vec<(Path, Place)>,
    /// Where the spec takes jobs out.
    pub(super) removals: Vec<Place>,
}

/// The file with everything that the override says: steps first, then jobs, then the document, then native jobs.
///
/// # Errors
/// All that does not fit, with its place in the spec.
pub(super) fn apply(
    language: &Language,
    id: SystemId,
    overrides: &Override,
    outline: &Outline,
    text: &str,
) -> Result<String, Vec<Diagnostic>> {
    let at = Place::root().key("override").key(id.key());
    let document = Document::read(text.to_owned()).map_err(|(line, message)| {
        let message = format!("line {line} of the rendered file cannot be overridden: {message}");
        let help = "this is a fault of ci-gen, please report it with the spec";
        vec![Diagnostic::error("internal", at.clone(), message).help(help)]
    })?;
    let (diagnostics, written, removals) = (Vec::new(), Vec::new(), Vec::new());
    let mut work = Work { language, id, outline, diagnostics, document, written, removals };
    for (job, keys) in &overrides.job {
        let at = at.key("job").key(job);
        work.replaced_steps(job, overrides, &at);
        for (step, keys) in &keys.step {
            work.step(job, step, keys.iter(), &at.key("step").key(step));
        }
    }
    work.patch_steps(&overrides.patch, &at.key("patch").key("job"));
    for (job, keys) in &overrides.job {
        for (key, value) in &keys.keys {
            work.job(job, key, value, &at.key("job").key(job).key(key));
        }
    }
    work.patch_jobs(&overrides.patch, &at.key("patch").key("job"));
    for (key, value) in &overrides.keys {
        work.put(vec![key.clone()], value, Mode::Merge, &at.key(key));
    }
    work.patch_document(&overrides.patch.document, &at.key("patch").key("document"));
    work.remove_jobs(&overrides.patch, &at.key("patch").key("job"));
    for (name, value) in &overrides.raw {
        work.raw(name, value, &at.key("raw").key(name));
    }
    work.references(&at);
    match work.diagnostics.is_empty() {
        true => Ok(work.document.into_text()),
        false => Err(work.diagnostics),
    }
}

impl Work<'_> {
    pub(super) fn root(&self) -> &Node {
        self.document.root()
    }

    /// Makes some edits at once; reports the fault if they are not possible.
    pub(super) fn edit(
        &mut self,
        at: &Place,
        order: Order,
        change: impl FnOnce(&mut Edits<'_>, &Node) -> Result<(), Failed>,
    ) {
        let language = self.language;
        let leads = |path: &[String], key: &str| order == Order::AtEnd || language.leads(path, key);
        let spaced = |path: &[String]| language.is_spaced(path);
        let mut edits = Edits::of(&self.document, &leads, &spaced);
        let result = match change(&mut edits, self.document.root()) {
            Ok(()) => edits.apply(),
            Err((path, fault)) => {
                let diagnostic = missing(self.id, at, &path, &fault);
                self.diagnostics.push(diagnostic);
                return;
            }
        };
        match result {
            Ok(document) => self.document = document,
            Err((line, message)) => {
                let message = format!("the file would be broken in line {line}: {message}");
                let help = "something else in the file refers to what is overridden here";
                self.diagnostics.push(Diagnostic::error("override-broken", at.clone(), message).help(help));
            }
        }
    }

    /// The native jobs of a job that a key concerns.
    pub(super) fn natives(&self, job: &str, key: &str) -> Vec<&'_ NativeJob> {
        let of_job = self.outline.jobs.iter().filter(|it| it.job == job);
        let of_use = self.language.of_use.contains(&key);
        of_job.filter(|it| (it.role == Role::Use) == of_use).collect()
    }

    /// The steps of that id, in all native jobs of a job; reports an id that none of them has.
    pub(super) fn steps(&mut self, job: &str, id: &str, at: &Place) -> Vec<(&'_ NativeJob, &'_ StepAt)> {
        let outline = self.outline;
        let natives = outline.jobs.iter().filter(|it| it.job == job);
        let all: Vec<(&NativeJob, &StepAt)> =
            natives.flat_map(|native| native.steps.iter().map(move |step| (native, step))).collect();
        if !all.iter().any(|(_, step)| step.id == id) {
            let mut known: Vec<&str> = Vec::new();
            for (_, step) in &all {
                if !known.contains(&step.id.as_str()) {
                    known.push(&step.id);
                }
            }
            let message = format!("`{job}` has no step `{id}` on {}", self.id.title());
            let diagnostic = Diagnostic::error("override-unknown-step", at.clone(), message).on_key();
            self.diagnostics.push(diagnostic.suggest(id, known));
        }
        all.into_iter().filter(|(_, step)| step.id == id).collect()
    }

    /// Remembers who wrote what stands at a path.
    pub(super) fn wrote(&mut self, path: Path, at: &Place) {
        self.written.push((path, at.clone()));
    }

    /// Gives a path a value.
    pub(super) fn put(&mut self, path: Path, value: &Value, mode: Mode, at: &Place) {
        check::value(self.language, self.id, &path, value, at, &mut self.diagnostics);
        let value = self.language.written(value);
        self.edit(at, Order::AmongKeys, |edits, _| {
            edits.set(&path, &value, mode).map_err(|fault| (path.clone(), fault))
        });
        self.wrote(path, at);
    }

    /// A key of a job.
    fn job(&mut self, job: &str, key: &str, value: &Value, at: &Place) {
        self.put_in_job(job, &[key.to_owned()], value, Mode::Merge, at);
    }

    /// Gives a path below each native job of a job a value.
    pub(super) fn put_in_job(&mut self, job: &str, path: &[String], value: &Value, mode: Mode, at: &Place) {
        let Some(key) = path.first() else { return };
        let natives: Vec<(Role, Path)> =
            self.natives(job, key).iter().map(|it| (it.role, [&it.path, path].concat())).collect();
        let Some((_, first)) = natives.first() else {
            self.no_native(job, at);
            return;
        };
        check::value(self.language, self.id, first, value, at, &mut self.diagnostics);
        let value = &self.language.written(value);
        self.edit(at, Order::AmongKeys, |edits, root| {
            for (role, path) in &natives {
                if *role != Role::Heir {
                    edits.set(path, value, mode).map_err(|fault| (path.clone(), fault))?;
                    continue;
                }
                // It says something else itself, which the new value must win over.
                for (path, value) in leaves(path, value, mode) {
                    if root.get(&path).is_some() {
                        edits.set(&path, value, Mode::Replace).map_err(|fault| (path, fault))?;
                    }
                }
            }
            Ok(())
        });
        natives.into_iter().for_each(|(_, path)| self.wrote(path, at));
    }

    /// A job that no event starts stands in no file.
    pub(super) fn no_native(&mut self, job: &str, at: &Place) {
        let message = format!("`{job}` is not in the file of {}: no event starts it there", self.id.title());
        let help = "leave the override out, or let an event start the job";
        self.diagnostics.push(Diagnostic::error("override-unknown-job", at.clone(), message).help(help));
    }

    /// Keys of a step.
    fn step<'k>(&mut self, job: &str, id: &str, keys: impl Iterator<Item = (&'k String, &'k Value)>, at: &Place) {
        if self.steps(job, id, at).is_empty() || self.has_no_keys(at) {
            return;
        }
        for (key, value) in keys {
            self.put_in_step(job, id, std::slice::from_ref(key), value, Mode::Merge, &at.key(key));
        }
    }

    /// Reports that steps have no keys, where that is so.
    pub(super) fn has_no_keys(&mut self, at: &Place) -> bool {
        let step_is = self.language.step_is;
        if !step_is.is_empty() {
            let message = format!("a step on {} is {step_is}, which has no keys", self.id.title());
            let help = "override keys of the job, or use `insert-before`, `insert-after` or `remove = true` in a patch";
            self.diagnostics.push(Diagnostic::error("override-step", at.clone(), message).on_key().help(help));
        }
        !step_is.is_empty()
    }

    /// Gives a path below a step of each native job a value.
    pub(super) fn put_in_step(&mut self, job: &str, id: &str, path: &[String], value: &Value, mode: Mode, at: &Place) {
        let outline = self.outline;
        let root = self.document.root();
        let steps = of_id(outline, job, id);
        let paths: Vec<Path> =
            steps.iter().map(|(native, step)| [native.body(step, root), path.to_vec()].concat()).collect();
        if let Some(first) = paths.first() {
            check::value(self.language, self.id, first, value, at, &mut self.diagnostics);
        }
        let value = &self.language.written(value);
        self.edit(at, Order::AmongKeys, |edits, _| {
            paths.iter().try_for_each(|path| edits.set(path, value, mode).map_err(|fault| (path.clone(), fault)))
        });
    }

    /// A list of steps that is replaced as a whole has none of the steps that other overrides speak of.
    fn replaced_steps(&mut self, job: &str, overrides: &Override, at: &Place) {
        let Some(keys) = overrides.job.get(job) else { return };
        let patched = overrides.patch.job.get(job).map(|it| it.step.keys()).into_iter().flatten();
        for id in keys.step.keys().chain(patched) {
            let lists = of_id(self.outline, job, id).into_iter().filter_map(|(_, step)| step.list.first());
            if let Some(key) = lists.into_iter().find(|key| keys.keys.contains_key(key.as_str())) {
                let message = format!("`{key}` replaces the list that the step `{id}` stands in");
                let help = "leave one of the two out, or add to the list by a patch";
                self.diagnostics.push(Diagnostic::error("override-step", at.key(key), message).on_key().help(help));
                return;
            }
        }
    }

    /// A native job beside the others.
    fn raw(&mut self, name: &str, value: &Value, at: &Place) {
        let error = |message: String, help: String| Diagnostic::error("override-raw", at.clone(), message).help(help);
        let Value::Object(body) = value else {
            let message = format!("the native job `{name}` must be a table on {}", self.id.title());
            self.diagnostics.push(error(message, format!("write its keys below `[override.{}.raw.{name}]`", self.id)));
            return;
        };
        let extra = self.language.name_characters;
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || extra.contains(c);
        let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if extra != "*" && !(starts && name.chars().all(plain)) || name.is_empty() {
            let message = format!("a job on {} cannot be called `{name}`", self.id.title());
            self.diagnostics
                .push(error(message, "use letters, digits and `_`, and begin with a letter".to_owned()).on_key());
            return;
        }
        let taken = (self.language.jobs)(self.root()).names.iter().any(|it| it == name);
        let keyword = self.language.jobs_at_root && !self.language.is_job(name);
        if taken || keyword {
            let what = if taken { "the file has a job" } else { "the language has a key" };
            let message = format!("{what} `{name}` already on {}", self.id.title());
            let diagnostic = Diagnostic::error("override-collision", at.clone(), message).on_key();
            self.diagnostics.push(diagnostic.help("choose another name"));
            return;
        }
        for part in (self.language.raw)(name, body, self.root()) {
            self.add(part, at);
        }
    }

    fn add(&mut self, part: RawJob, at: &Place) {
        match part {
            RawJob::Entry(path, value) => {
                check::below(self.language, self.id, &path, &value, at, &mut self.diagnostics);
                let value = self.language.written(&value);
                self.edit(at, Order::AtEnd, |edits, _| {
                    edits.set(&path, &value, Mode::Replace).map_err(|fault| (path.clone(), fault))
                });
                self.wrote(path, at);
            }
            RawJob::Element(path, value) => {
                let index = self.root().get(&path).map_or(0, |list| list.children().len()).to_string();
                let element = [path.clone(), vec![index]].concat();
                check::below(self.language, self.id, &element, &value, at, &mut self.diagnostics);
                let value = self.language.written(&value);
                self.edit(at, Order::AtEnd, |edits, _| {
                    edits.append(&path, std::slice::from_ref(&value)).map_err(|fault| (path.clone(), fault))
                });
                self.wrote(element, at);
            }
        }
    }

    /// Every job that another one names is there.
    fn references(&mut self, at: &Place) {
        let jobs = (self.language.jobs)(self.root());
        let names: Vec<&str> = jobs.names.iter().map(String::as_str).collect();
        for (path, name) in jobs.references.iter().filter(|(_, name)| !jobs.names.contains(name)) {
            let by = self.written.iter().rev().find(|(it, _)| path.starts_with(it) || it.starts_with(path));
            let at = match (by, path.last()) {
                (Some((written, at)), Some(key)) if written.len() < path.len() => at.key(key),
                (Some((_, at)), _) => at.clone(),
                (None, _) => self.removals.last().unwrap_or(at).clone(),
            };
            let message = format!("no job is called `{name}` on {}", self.id.title());
            let diagnostic = Diagnostic::error("override-reference", at, message).within(name.clone());
            self.diagnostics.push(diagnostic.suggest(name, names.iter().copied()));
        }
    }
}

/// The steps of that id, in all native jobs of a job.
pub(super) fn of_id<'a>(outline: &'a Outline, job: &str, id: &str) -> Vec<(&'a NativeJob, &'a StepAt)> {
    let natives = outline.jobs.iter().filter(|it| it.job == job);
    natives.flat_map(|native| native.steps.iter().filter(|it| it.id == id).map(move |step| (native, step))).collect()
}

/// The paths of what a value replaces.
fn leaves<'v>(path: &Path, value: &'v Value, mode: Mode) -> Vec<(Path, &'v Value)> {
    match value {
        Value::Object(table) if mode == Mode::Merge => entries(path, table),
        _ => vec![(path.clone(), value)],
    }
}

fn entries<'v>(path: &Path, table: &'v Map<String, Value>) -> Vec<(Path, &'v Value)> {
    table
        .iter()
        .flat_map(|(key, value)| leaves(&[path.clone(), vec![key.clone()]].concat(), value, Mode::Merge))
        .collect()
}

/// An edit whose path leads nowhere.
pub(super) fn missing(id: SystemId, at: &Place, path: &[String], fault: &Fault) -> Diagnostic {
    let dotted = |depth: usize| path[..depth.min(path.len())].join(".");
    match fault {
        Fault::Missing { depth, known } => {
            let key = path.get(*depth).map(String::as_str).unwrap_or_default();
            let message = match *depth {
                0 => format!("there is no `{key}` in the file of {}", id.title()),
                depth => format!("there is no `{key}` in `{}` in the file of {}", dotted(depth), id.title()),
            };
            Diagnostic::error("override-path", at.clone(), message).suggest(key, known.iter().map(String::as_str))
        }
        Fault::Shape { depth, found } => {
            let message = format!("`{}` is {found} in the file of {}", dotted(*depth), id.title());
            let help = "`render --stdout` without the override shows what can be addressed";
            Diagnostic::error("override-path", at.clone(), message).help(help)
        }
    }
}
