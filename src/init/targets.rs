//! From findings to a spec: which systems it is for, which names its jobs have, and a trial of the text.

use super::{
    git::{self, Branch},
    look,
    pipelines::{self, Existing},
    text::slug,
    write, Findings, Note, NoteKind, Package,
};
use crate::{
    diag::{has_errors, Diagnostic, Severity},
    files::{self, Tree},
    id::SystemId,
    plan, spec, systems,
};

/// What the user asked for.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// The systems to render for; empty for those that the repository shows.
    pub targets: Vec<SystemId>,
}

/// A spec for a repository.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The text of the `ci-gen.toml`; it is valid, and every one of its targets gets its files.
    pub text: String,
    /// What was found and what was guessed.
    pub notes: Vec<Note>,
}

/// A system that the spec is not for, and why.
pub(super) struct Refused {
    pub(super) system: SystemId,
    pub(super) why: String,
}

/// Everything that the text is made of.
pub(super) struct Outline {
    pub(super) findings: Findings,
    /// Names of jobs, by package and job.
    pub(super) names: Vec<Vec<String>>,
    pub(super) branch: Branch,
    pub(super) targets: Vec<SystemId>,
    /// Why these targets.
    pub(super) targets_from: String,
    pub(super) existing: Vec<Existing>,
    pub(super) refused: Vec<Refused>,
}

/// Where most people begin when nothing says which systems are used.
const USUAL: [&str; 2] = ["github", "gitlab"];
/// More packages make a spec that nobody reads; the rest are named instead.
const MOST_PACKAGES: usize = 12;

/// Drafts a spec. The same files give the same text.
///
/// # Errors
/// The schema of specs is faulty, which is a fault of ci-gen.
///
/// ```
/// use ci_gen::{files::Tree, init::{draft, Wishes}};
/// let tree = Tree::from_texts([("go.mod", "module example.com/a\n\ngo 1.26\n"), ("a_test.go", "package a\n")]);
/// let draft = draft(&tree, &Wishes::default())?;
/// assert!(draft.text.contains("[job.test]") && draft.text.contains("\"go test ./...\""));
/// # Ok::<(), String>(())
/// ```
pub fn draft(tree: &Tree, wishes: &Wishes) -> Result<Draft, String> {
    let schema = systems::schema()?;
    let mut findings = look(tree);
    if tree.is_cut() {
        findings.left_out("the repository has too many files to look at; those in deep directories were not seen");
    }
    for package in findings.packages.drain(MOST_PACKAGES.min(findings.packages.len())..).collect::<Vec<_>>() {
        let directory = if package.directory.is_empty() { "." } else { &package.directory };
        findings.left_out(format!("{directory}: {MOST_PACKAGES} packages are enough for a first spec"));
    }
    attach_services(&mut findings);
    let existing = pipelines::existing(tree);
    let (targets, targets_from) = targets(tree, wishes, &existing, &mut findings);
    let branch = git::default_branch(tree);
    match branch.is_guess {
        true => findings.guessed(format!("the default branch is `{}` ({})", branch.name, branch.from)),
        false => findings.found(format!("the default branch is `{}` ({})", branch.name, branch.from)),
    }
    for it in &existing {
        let files = it.shown();
        findings.found(format!("{}: pipelines are here already and are not touched ({files})", it.system.title()));
    }
    let names = names(&findings.packages);
    let mut outline = Outline { findings, names, branch, targets, targets_from, existing, refused: Vec::new() };
    let text = match trial(&mut outline, &schema) {
        Ok(text) => text,
        Err(faults) => {
            // What a file says may be something that no spec can say. Better a small spec than none.
            for fault in faults {
                outline.findings.left_out(format!("the jobs that were found, since {fault}"));
            }
            outline.findings.packages.clear();
            outline.findings.services.clear();
            outline.names.clear();
            trial(&mut outline, &schema).unwrap_or_else(|_| write::spec(&outline))
        }
    };
    if outline.findings.packages.is_empty() {
        let text = "nothing that a pipeline could build or test: fill in the job `test`";
        outline.findings.notes.push(Note { kind: NoteKind::Guessed, text: text.to_owned() });
    }
    for it in outline.existing.iter().filter(|it| it.is_stuck && outline.targets.contains(&it.system)) {
        let (title, usual) = (it.system.title(), systems::get(it.system).path());
        let text =
            format!("{title} reads only {usual}, which `render` does not overwrite: move it away when you are ready");
        outline.findings.notes.push(Note { kind: NoteKind::LeftOut, text });
    }
    for it in &outline.refused {
        let text = format!("{} is no target: {}", it.system.title(), it.why);
        outline.findings.notes.push(Note { kind: NoteKind::LeftOut, text });
    }
    Ok(Draft { text, notes: outline.findings.notes })
}

/// The text, after the systems that refuse it were taken out of its targets.
fn trial(outline: &mut Outline, schema: &spec::Schema) -> Result<String, Vec<String>> {
    let text = write::spec(outline);
    let faults = |found: Vec<Diagnostic>| {
        Err(found.into_iter().filter(|it| it.severity == Severity::Error).map(|it| it.message).collect())
    };
    let loaded = match spec::load(&text, schema) {
        Ok(loaded) if loaded.diagnostics.is_empty() => loaded,
        Ok(loaded) => return faults(loaded.diagnostics),
        Err(found) => return faults(found),
    };
    let (plan, found) = plan::build(&loaded.spec);
    if has_errors(&found) {
        return faults(found);
    }
    let generated = systems::generate(&loaded.spec, &plan, &outline.targets, files::DEFAULT_SPEC);
    let errors: Vec<Diagnostic> =
        generated.diagnostics.into_iter().filter(|it| it.severity == Severity::Error).collect();
    if errors.is_empty() {
        return Ok(text);
    }
    let refused: Vec<Refused> = outline
        .targets
        .iter()
        .filter_map(|id| {
            let error = errors.iter().find(|it| it.system == Some(id.key()))?;
            Some(Refused { system: *id, why: error.message.clone() })
        })
        .collect();
    if free_paths(outline, &refused) {
        return trial(outline, schema);
    }
    // Nothing would be left, or what is wrong is no system's alone.
    if refused.is_empty() || refused.len() == outline.targets.len() {
        return faults(errors);
    }
    outline.targets.retain(|id| refused.iter().all(|it| it.system != *id));
    outline.refused.extend(refused);
    trial(outline, schema)
}

/// Gives up the other path of systems that take none; tells whether there was one.
///
/// `render` writes all files or none, so such a system would keep the others from theirs.
fn free_paths(outline: &mut Outline, refused: &[Refused]) -> bool {
    let mut changed = false;
    for it in outline.existing.iter_mut().filter(|it| it.aside.is_some()) {
        if refused.iter().any(|refused| refused.system == it.system) {
            it.aside = None;
            it.is_stuck = true;
            changed = true;
        }
    }
    let stuck: Vec<SystemId> = outline.existing.iter().filter(|it| it.is_stuck).map(|it| it.system).collect();
    if changed && outline.targets.iter().any(|id| !stuck.contains(id)) {
        for id in outline.targets.iter().filter(|id| stuck.contains(id)) {
            let why =
                format!("it reads only `{}`, which is here already; move that away first", systems::get(*id).path());
            outline.refused.push(Refused { system: *id, why });
        }
        outline.targets.retain(|id| !stuck.contains(id));
    }
    changed
}

fn targets(tree: &Tree, wishes: &Wishes, existing: &[Existing], findings: &mut Findings) -> (Vec<SystemId>, String) {
    if !wishes.targets.is_empty() {
        return (SystemId::ALL.iter().copied().filter(|id| wishes.targets.contains(id)).collect(), String::new());
    }
    if !existing.is_empty() {
        return (
            existing.iter().map(|it| it.system).collect(),
            if existing.len() == 1 { "its pipeline is here already" } else { "their pipelines are here already" }
                .to_owned(),
        );
    }
    let host = git::host(tree);
    if let Some(host) = host {
        if let Some(id) = SystemId::ALL.iter().find(|id| host.contains(id.key())) {
            findings.found(format!("the remote is at {host} (.git/config), so the target is {}", id.title()));
            return (vec![*id], format!("the remote is at {host}"));
        }
    }
    findings.guessed(format!("targets {}: no pipeline and no known host says which", USUAL.join(" and ")));
    (USUAL.iter().filter_map(|key| SystemId::from_key(key)).collect(), "a guess: no pipeline is here yet".to_owned())
}

/// Services go to the tests whose package has a client of theirs; to all tests, if none has.
fn attach_services(findings: &mut Findings) {
    let Findings { packages, services, .. } = findings;
    for service in services {
        let talks = |package: &Package| {
            let manifests = package.manifests.to_lowercase();
            service.clients.iter().any(|it| manifests.contains(it))
        };
        let any = packages.iter().any(talks);
        for package in packages.iter_mut().filter(|it| !any || talks(it)) {
            for job in package.jobs.iter_mut().filter(|it| it.is_test) {
                job.services.push(service.name.clone());
                if service.env.is_empty() {
                    let name = &service.name;
                    job.remarks.push(format!(
                        "`{name}` is at {{{{ service.{name}.host }}}}:{{{{ service.{name}.port }}}}: tell the tests so, in `env`."
                    ));
                }
                for (key, value) in &service.env {
                    if !job.env.iter().any(|(it, _)| it == key) {
                        job.env.push((key.clone(), value.clone()));
                    }
                }
            }
        }
    }
}

/// `test` where there is one package; `api-test` or `rust-test` where there are several.
fn names(packages: &[Package]) -> Vec<Vec<String>> {
    let mut taken: Vec<String> = Vec::new();
    let mut names = Vec::new();
    for package in packages {
        let shared = packages.iter().filter(|it| it.directory == package.directory).count() > 1;
        let prefix = match (packages.len(), package.directory.is_empty()) {
            (1, _) => String::new(),
            (_, true) => format!("{}-", package.toolchain.key()),
            (_, false) if shared => format!("{}-{}-", slug(&package.directory), package.toolchain.key()),
            (_, false) => format!("{}-", slug(&package.directory)),
        };
        let mut of_package = Vec::new();
        for job in &package.jobs {
            let name = format!("{prefix}{}", job.name);
            let mut unique = name.clone();
            let mut number = 2;
            while taken.contains(&unique) {
                unique = format!("{name}-{number}");
                number += 1;
            }
            taken.push(unique.clone());
            of_package.push(unique);
        }
        names.push(of_package);
    }
    names
}
