//! What a system fills while it lowers a plan: files, and diagnostics for what it cannot do.

use serde::de::DeserializeOwned;
use serde::Serialize;

use super::outline::{NativeJob, Outline};
use crate::{
    diag::{Diagnostic, Place, Severity},
    files::File,
    id::SystemId,
    plan::{Job, Runner},
    render::{render, Template},
    spec::Override,
};

/// The files of one system in the making, and what it had to say about the plan.
pub struct Lowering<'a> {
    system: SystemId,
    /// Where the pipeline goes, relative to the repository's root.
    pub path: String,
    /// The lines (without comment marks) that stand at the top of every file.
    pub header: [String; 2],
    pub(super) files: Vec<File>,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) outline: Outline,
    overrides: Option<&'a Override>,
}

impl<'a> Lowering<'a> {
    pub(super) fn new(system: SystemId, path: String, header: [String; 2], overrides: Option<&'a Override>) -> Self {
        let (files, diagnostics, outline) = (Vec::new(), Vec::new(), Outline::default());
        Lowering { system, path, header, files, diagnostics, outline, overrides }
    }

    /// Says where a native job stands in the file, so that overrides find it.
    pub(super) fn stands(&mut self, job: NativeJob) {
        self.outline.jobs.push(job);
    }

    /// How many native jobs stand in the file so far.
    pub(super) fn native_jobs(&self) -> usize {
        self.outline.jobs.len()
    }

    /// The spec's text for a place of the file.
    pub(super) fn slot(&self, name: &str) -> Option<String> {
        text(self.overrides?.keys.get(name)?)
    }

    /// The spec's text for a place of the native jobs of a job.
    pub(super) fn job_slot(&self, job: &Job, name: &str) -> Option<String> {
        text(self.overrides?.job.get(&job.name)?.keys.get(name)?)
    }

    /// The native jobs that the spec brings as text, by name.
    pub(super) fn raw_jobs(&self) -> Vec<(String, String)> {
        let raw = self.overrides.into_iter().flat_map(|it| &it.raw);
        raw.filter_map(|(name, value)| Some((name.clone(), text(value)?))).collect()
    }

    /// The system cannot do this at all; it gets no file.
    pub fn refuse(&mut self, at: &Place, message: impl Into<String>, help: impl Into<String>) {
        self.push(Diagnostic::error("unsupported", at.clone(), message).help(help));
    }

    /// The plan is larger than the system allows. `source` is the vendor's page that names the limit.
    pub fn limit(&mut self, at: &Place, message: impl Into<String>, source: &str) {
        self.push(Diagnostic::error("limit", at.clone(), message).help(format!("the limit: {source}")));
    }

    /// The system does this with less than the spec says.
    pub fn degrade(&mut self, at: &Place, message: impl Into<String>, help: impl Into<String>) {
        self.push(Diagnostic::warning("degraded", at.clone(), message).help(help));
    }

    /// The time limit of a job in minutes, for a system that knows no seconds: a part of a minute counts whole, and
    /// that is said.
    pub fn timeout_in_minutes(&mut self, job: &Job) -> Option<u64> {
        let timeout = job.timeout?;
        let minutes = timeout.minutes_ceil();
        if timeout.seconds() % 60 != 0 {
            let message = format!("{} counts whole minutes: the limit is {minutes}m", self.system.title());
            let help = "write whole minutes, or limit the command itself, such as `timeout 90s make test`";
            self.degrade(&job.place.key("timeout"), message, help);
        }
        Some(minutes)
    }

    /// Whether something was refused so far.
    pub fn is_refused(&self) -> bool {
        self.diagnostics.iter().any(|it| it.severity == Severity::Error)
    }

    /// Renders a file of the output, at a path relative to the repository's root.
    pub fn file<M: Serialize>(&mut self, path: impl Into<String>, template: &Template, model: &M) {
        match render(template, model) {
            Ok(text) => self.files.push(File { path: path.into(), text }),
            Err(error) => {
                let message = format!("the template `{}` cannot be filled in: {error}", template.name);
                let help = "this is a fault of ci-gen, please report it with the spec";
                self.push(Diagnostic::error("internal", Place::root(), message).help(help));
            }
        }
    }

    /// Adds a file of the output whose text is already complete.
    pub fn text_file(&mut self, path: impl Into<String>, text: String) {
        self.files.push(File { path: path.into(), text });
    }

    /// The runner's entry for this system, in the system's own type; `None` when the spec has none.
    pub fn runner<T: DeserializeOwned>(&mut self, runner: &Runner) -> Option<T> {
        let entry = runner.entries.get(&self.system)?;
        match serde_json::from_value(entry.clone()) {
            Ok(entry) => Some(entry),
            // Only reached when the schema lets something pass that the type does not.
            Err(error) => {
                let at = runner.place.key(self.system.key());
                self.push(Diagnostic::error("spec-type", at, error.to_string()));
                None
            }
        }
    }

    /// Reports a runner that has no entry for this system.
    pub fn no_runner(&mut self, runner: &Runner) {
        let message = format!("the runner `{}` has no entry for {}", runner.name, self.system.title());
        let help = format!("add `{} = …` to `[runner.{}]`", self.system.key(), runner.name);
        self.refuse(&runner.place.clone(), message, help);
    }

    /// The same finding at the same place is said once.
    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        let diagnostic = diagnostic.on_system(self.system.key());
        if !self.diagnostics.contains(&diagnostic) {
            self.diagnostics.push(diagnostic);
        }
    }
}

fn text(value: &serde_json::Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}
