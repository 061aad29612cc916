//! A spec's plan to the files of all its targets, under its policy.

use super::{commands, feature, get, overrides, Feature, Lowering, Support};
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
}

/// Lowers a plan for the given systems; `spec_path` is how the files call the spec.
///
/// A system that lacks something gets no file. Under the policy `error` that is an error, and then nothing should
/// be written; under `warn` a warning says so.
pub fn generate(spec: &Spec, plan: &Plan, systems: &[SystemId], spec_path: &str) -> Generated {
    let mut generated = Generated { diagnostics: commands::check(plan), ..Generated::default() };
    if has_errors(&generated.diagnostics) {
        return generated;
    }
    let used = feature::used(plan);
    let wanted = SystemId::ALL.iter().copied().filter(|id| systems.contains(id));
    // Systems know nothing of each other, so each has a thread; the results are put together in the systems' order.
    std::thread::scope(|scope| {
        let used = &used;
        let parts: Vec<_> = wanted.map(|id| (id, scope.spawn(move || one(spec, plan, used, id, spec_path)))).collect();
        for (id, part) in parts {
            match part.join() {
                Ok(mut part) => {
                    generated.diagnostics.append(&mut part.diagnostics);
                    generated.files.append(&mut part.files);
                }
                Err(_) => {
                    let message = "lowering the plan ended unexpectedly";
                    let help = "this is a fault of ci-gen, please report it with the spec";
                    let diagnostic = Diagnostic::error("internal", Place::root(), message).help(help);
                    generated.diagnostics.push(diagnostic.on_system(id.key()));
                }
            }
        }
    });
    collisions(&mut generated);
    generated
}

fn one(spec: &Spec, plan: &Plan, used: &[(Feature, Place)], id: SystemId, spec_path: &str) -> Generated {
    let system = get(id);
    let path = spec.target.get(&id).and_then(|target| target.path.clone());
    let path = path.unwrap_or_else(|| system.path().to_owned());
    let native = spec.overrides.get(&id);
    let mut lowering = Lowering::new(id, plan, path, files::header(spec_path), native);
    for (feature, at) in used {
        match system.support(*feature) {
            Support::Native(_) | Support::Emulated(_) => {}
            Support::Degraded(note) => {
                lowering.degrade(
                    at,
                    format!("{}: {note}", feature.title()),
                    "the README's table has this for every system",
                );
            }
            Support::Unsupported(note) => {
                let help =
                    format!("leave out the target, or set `policy.unsupported.{id} = \"warn\"` to render the others");
                lowering.refuse(at, format!("{}: {note}", feature.title()), help);
            }
        }
    }
    system.lower(plan, &mut lowering);
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
    Generated { files: files.into_iter().map(|file| (id, file)).collect(), diagnostics }
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
