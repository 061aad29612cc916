//! A spec's plan to the files of all its targets, under its policy.

use std::{
    num::NonZero,
    panic::{self, AssertUnwindSafe},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use super::{commands, feature, get, image, overrides, Feature, Lowering, Reach};
use crate::{
    diag::{has_errors, Diagnostic, Place, Severity},
    files::{self, File},
    id::SystemId,
    plan::Plan,
    spec::{Spec, Unsupported},
};

/// The files of all systems that a spec is rendered for.
#[derive(Debug, Default)]
pub struct Generated {
    /// The files, by system in the order of [`SystemId::ALL`].
    pub files: Vec<(SystemId, File)>,
    /// What was degraded or refused.
    pub diagnostics: Vec<Diagnostic>,
    /// How far each system goes with what the spec asks for; whatever is degraded or refused is a diagnostic as well.
    pub findings: Vec<Finding>,
}

/// How far one system goes with one thing that the spec asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The system.
    pub system: SystemId,
    /// What is asked for; `None` where only the details of this spec are the reason.
    pub feature: Option<Feature>,
    /// How far.
    pub reach: Reach,
    /// How it is done, what is missing, or why it cannot be done; empty for most that is native.
    pub reason: String,
    /// The way out, where something is missing.
    pub help: Option<String>,
    /// Where the spec asks for it.
    pub place: Place,
}

/// Lowers a plan for the given systems; `spec_path` is how the files call the spec.
///
/// A system that lacks something gets no file. Under the policy `error` that is an error, and then nothing should
/// be written; under `warn` a warning says so.
pub fn generate(spec: &Spec, plan: &Plan, systems: &[SystemId], spec_path: &str) -> Generated {
    let mut generated = Generated { diagnostics: commands::check(plan), ..Generated::default() };
    generated.diagnostics.extend(image::unknown_pins(plan));
    if has_errors(&generated.diagnostics) {
        return generated;
    }
    let elsewhere = (spec_path != files::DEFAULT_SPEC).then_some(spec_path);
    let carried_out = plan.tool.is_some().then(|| plan.in_pipelines(elsewhere));
    let plan = carried_out.as_ref().unwrap_or(plan);
    let used = feature::used(plan);
    let wanted: Vec<_> = SystemId::ALL.iter().copied().filter(|id| systems.contains(id)).collect();
    for (id, part) in in_parallel(&wanted, |id| one(spec, plan, &used, id, spec_path)) {
        match part {
            Some(mut part) => {
                generated.diagnostics.append(&mut part.diagnostics);
                generated.files.append(&mut part.files);
                generated.findings.append(&mut part.findings);
            }
            None => {
                let message = "lowering the plan ended unexpectedly";
                let help = "this is a fault of ci-gen, please report it with the spec";
                let diagnostic = Diagnostic::error("internal", Place::root(), message).help(help);
                generated.diagnostics.push(diagnostic.on_system(id.key()));
            }
        }
    }
    collisions(&mut generated);
    generated
}

/// Compiles the templates of all systems, which [`generate`] otherwise does when it needs them.
///
/// Meant for a thread of its own, while the spec is still being read. Begins with the last one, because [`generate`]
/// begins with the first.
pub fn prepare() {
    for template in SystemId::ALL.iter().rev().flat_map(|id| get(*id).templates()) {
        template.compile();
    }
}

/// What a function makes of each system, in the given order; `None` where it panicked.
///
/// Systems know nothing of each other, so they are shared out among as many threads as the machine runs at once.
fn in_parallel<T: Send>(systems: &[SystemId], function: impl Fn(SystemId) -> T + Sync) -> Vec<(SystemId, Option<T>)> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(systems.len());
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        while let Some(id) = systems.get(next.fetch_add(1, Ordering::Relaxed)) {
            let result = panic::catch_unwind(AssertUnwindSafe(|| function(*id)));
            done.push((*id, result.ok()));
        }
        done
    };
    let mut results: Vec<_> = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut done = work();
        done.extend(others.into_iter().filter_map(|it| it.join().ok()).flatten());
        done
    });
    results.sort_by_key(|(id, _)| systems.iter().position(|it| it == id));
    results
}

fn one(spec: &Spec, plan: &Plan, used: &[(Feature, Place)], id: SystemId, spec_path: &str) -> Generated {
    let system = get(id);
    let path = spec.target.get(&id).and_then(|target| target.path.clone());
    let path = path.unwrap_or_else(|| system.path().to_owned());
    let native = spec.overrides.get(&id);
    let mut lowering = Lowering::new(id, path, files::header(spec_path), native);
    let mut findings = Vec::new();
    for (feature, at) in used {
        let support = system.support(*feature);
        let message = format!("{}: {}", feature.title(), support.note());
        let help = match support.reach() {
            Reach::Native | Reach::Emulated => None,
            Reach::Degraded => Some(feature.way_out().to_owned()),
            Reach::Unsupported => {
                Some(format!("leave out the target, or set `policy.unsupported.{id} = \"warn\"` to render the others"))
            }
        };
        match (support.reach(), &help) {
            (Reach::Degraded, Some(help)) => lowering.degrade(at, message, help),
            (Reach::Unsupported, Some(help)) => lowering.refuse(at, message, help),
            _ => {}
        }
        let (reach, reason) = (support.reach(), support.note().to_owned());
        findings.push(Finding { system: id, feature: Some(*feature), reach, reason, help, place: at.clone() });
    }
    let general = lowering.diagnostics.len();
    system.lower(plan, &mut lowering);
    findings.extend(lowering.diagnostics[general..].iter().filter_map(|it| detail(id, it)));
    if let (Some(native), false) = (native, lowering.is_refused()) {
        overrides::apply(id, &system.native(), native, &mut lowering);
    }
    let refused = lowering.is_refused();
    let mut diagnostics = std::mem::take(&mut lowering.diagnostics);
    if refused && spec.policy.unsupported(id) == Unsupported::Warn {
        for diagnostic in diagnostics.iter_mut().filter(|it| matches!(it.code, "unsupported" | "limit")) {
            diagnostic.severity = Severity::Warning;
        }
        let message = format!("{} gets no file", id.title());
        let at = Place::root().key("targets");
        diagnostics.push(Diagnostic::warning("refused", at, message).on_system(id.key()));
    }
    let files = if refused { Vec::new() } else { lowering.files };
    Generated { files: files.into_iter().map(|file| (id, file)).collect(), diagnostics, findings }
}

/// What lowering itself found.
fn detail(system: SystemId, diagnostic: &Diagnostic) -> Option<Finding> {
    let reach = match diagnostic.code {
        "degraded" => Reach::Degraded,
        "unsupported" | "limit" => Reach::Unsupported,
        _ => return None,
    };
    let (reason, help) = (diagnostic.message.clone(), diagnostic.help.clone());
    Some(Finding { system, feature: None, reach, reason, help, place: diagnostic.place.clone() })
}

/// Two systems that write the same file would silently lose one of them.
fn collisions(generated: &mut Generated) {
    for (index, (system, file)) in generated.files.iter().enumerate() {
        let twin = generated.files[..index].iter().find(|(_, it)| it.path == file.path);
        if let Some((other, _)) = twin {
            let message = format!("{} and {} would both write `{}`", other.title(), system.title(), file.path);
            let at = Place::root().key("target").key(system.key()).key("path");
            generated.diagnostics.push(Diagnostic::error("path-collision", at, message));
        }
    }
}
