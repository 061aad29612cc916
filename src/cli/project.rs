//! The spec that a command works on: finding it, reading it, turning it into a plan and files.

use std::{
    fs,
    io::{self, Read},
    path::{self, Path, PathBuf},
};

use super::{exit, lock, terminal::Terminal};
use crate::{
    diag::{self, Diagnostic, Place, Source},
    files::{slashed, with_line_feeds, File, DEFAULT_SPEC},
    id::SystemId,
    pins::{self, Pin, Set},
    plan::{self, Plan},
    spec::{self, Spec},
    systems::{self, Generated},
};

/// A spec that was read without errors.
pub(super) struct Project {
    /// Its text, under the name the user knows.
    pub(super) source: Source,
    /// What it says.
    pub(super) spec: Spec,
    /// What that means.
    pub(super) plan: Plan,
    /// Warnings so far, without positions.
    pub(super) warnings: Vec<Diagnostic>,
    /// The repository's root, or the spec's directory outside of a repository.
    pub(super) root: PathBuf,
    /// Where the spec is.
    pub(super) path: PathBuf,
    /// Whether there is a lock beside it.
    pub(super) has_lock: bool,
    positions: spec::Positions,
}

/// Reads the spec and resolves it; problems are printed.
///
/// # Errors
/// The exit code.
pub(super) fn open(path: Option<&Path>, terminal: &mut Terminal) -> Result<Project, u8> {
    let path = find(path, terminal)?;
    let source = read(&path, terminal)?;
    terminal.detail(&format!("reading {}", source.name));
    let (loaded, plan, diagnostics) = resolve(&source, terminal)?.map_err(|diagnostics| {
        report(&diagnostics, &source, terminal);
        exit::SPEC
    })?;
    terminal.detail(&format!(
        "{} jobs, {} legs",
        plan.jobs.len(),
        plan.jobs.iter().map(|it| it.legs.len()).sum::<usize>()
    ));
    let lock = lock::read(&path, terminal)?;
    let root = repository(&path);
    terminal.debug(&format!("the repository's root is {}", root.display()));
    let (spec, positions, has_lock) = (loaded.spec, loaded.positions, lock.is_some());
    let mut project = Project { source, spec, plan, warnings: diagnostics, root, path, has_lock, positions };
    project.pin(lock.unwrap_or_default());
    Ok(project)
}

/// Everything there is to say about a spec, faulty or not, with positions.
///
/// # Errors
/// The exit code, if there is no text to speak about.
pub(super) fn diagnose(path: Option<&Path>, terminal: &mut Terminal) -> Result<(Source, Vec<Diagnostic>), u8> {
    let path = find(path, terminal)?;
    let source = read(&path, terminal)?;
    let diagnostics = match resolve(&source, terminal)? {
        Err(diagnostics) => diagnostics,
        Ok((loaded, mut plan, mut diagnostics)) => {
            plan.pin(lock::read(&path, terminal)?.unwrap_or_default());
            let generated = systems::generate(&loaded.spec, &plan, loaded.spec.targets.as_slice(), DEFAULT_SPEC);
            diagnostics.extend(generated.diagnostics);
            loaded.positions.locate(&mut diagnostics, &source.text);
            diagnostics
        }
    };
    Ok((source, diagnostics))
}

type Resolved = Result<(spec::Loaded, Plan, Vec<Diagnostic>), Vec<Diagnostic>>;

/// A text to a plan with warnings, or to errors with positions.
fn resolve(source: &Source, terminal: &mut Terminal) -> Result<Resolved, u8> {
    // Half the time of a small spec: templates compile while the schema does.
    std::thread::spawn(systems::prepare);
    let schema = systems::schema().map_err(|error| {
        terminal.problem(&format!("error: the schema of specs is faulty: {error}"));
        exit::INTERNAL
    })?;
    let loaded = match spec::load(&source.text, &schema) {
        Ok(loaded) => loaded,
        Err(diagnostics) => return Ok(Err(diagnostics)),
    };
    let (plan, mut diagnostics) = plan::build(&loaded.spec);
    check_paths(&loaded.spec, &mut diagnostics);
    if !loaded.diagnostics.is_empty() {
        diagnostics.retain(|it| !loaded.is_consequence(it));
        diagnostics.extend(loaded.diagnostics.iter().cloned());
    }
    if diag::has_errors(&diagnostics) {
        loaded.positions.locate(&mut diagnostics, &source.text);
        return Ok(Err(diagnostics));
    }
    Ok(Ok((loaded, plan, diagnostics)))
}

impl Project {
    /// Takes the versions of a lock.
    pub(super) fn pin(&mut self, lock: Set) {
        self.plan.pin(lock);
    }

    /// The file and line of a place in the spec: `ci-gen.toml:12`.
    pub(super) fn place(&self, place: &Place) -> String {
        let mut found = [Diagnostic::warning("place", place.clone(), String::new())];
        self.positions.locate(&mut found, &self.source.text);
        let [found] = found;
        match found.span {
            Some(span) => format!("{}:{}", self.source.name, self.source.position(span.start).0),
            None => self.source.name.clone(),
        }
    }

    /// The file and line in which the spec names an image, or something else by its name.
    pub(super) fn place_of(&self, name: &str, pin: &Pin) -> String {
        let key = pins::image_key(&format!("{name}:{}", pin.version));
        if let Some((_, place)) = systems::images(&self.plan).iter().find(|(image, _)| pins::image_key(image) == key) {
            return self.place(place);
        }
        match self.source.text.lines().position(|line| line.contains(name)) {
            Some(index) => format!("{}:{}", self.source.name, index + 1),
            None => self.source.name.clone(),
        }
    }

    /// The systems to render: those named on the command line, else the spec's targets.
    ///
    /// # Errors
    /// The exit code, if one is named that is no target of the spec.
    pub(super) fn targets(&self, named: &[SystemId], terminal: &mut Terminal) -> Result<Vec<SystemId>, u8> {
        for system in named {
            if !self.spec.targets.as_slice().contains(system) {
                let targets: Vec<&str> = self.spec.targets.as_slice().iter().map(|it| it.key()).collect();
                let message = format!("error: `{system}` is no target of {}", self.source.name);
                terminal.problem(&format!("{message}\nhelp: its targets are {}", diag::quoted_list(&targets)));
                return Err(exit::USAGE);
            }
        }
        Ok(if named.is_empty() { self.spec.targets.as_slice().to_vec() } else { named.to_vec() })
    }

    /// Where files are written and compared: the directory of `--out`, else the repository's root.
    ///
    /// # Errors
    /// The exit code, if `--out` names something that is no directory.
    pub(super) fn directory(&self, out: Option<&Path>, terminal: &mut Terminal) -> Result<PathBuf, u8> {
        let Some(out) = out else { return Ok(self.root.clone()) };
        if out.exists() && !out.is_dir() {
            terminal.problem(&format!("error: `--out {}` is a file, not a directory", out.display()));
            terminal.problem("help: name a directory; `ci-gen render --target SYSTEM --stdout` prints one pipeline");
            return Err(exit::USAGE);
        }
        Ok(out.to_owned())
    }

    /// How generated files below `root` call the spec: its path from there, else its name alone.
    pub(super) fn spec_path(&self, root: &Path) -> String {
        let absolute = |path: &Path| dunce::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let (spec, root) = (absolute(&self.path), absolute(root));
        let relative = spec.strip_prefix(&root).ok().map(Path::to_owned);
        let path = relative.unwrap_or_else(|| PathBuf::from(spec.file_name().unwrap_or(DEFAULT_SPEC.as_ref())));
        slashed(&path)
    }

    /// The files for some systems; problems are printed.
    ///
    /// # Errors
    /// The exit code.
    pub(super) fn generate(&self, systems: &[SystemId], root: &Path, terminal: &mut Terminal) -> Result<Vec<File>, u8> {
        let generated = systems::generate(&self.spec, &self.plan, systems, &self.spec_path(root));
        let diagnostics = self.diagnostics(&generated);
        report(&diagnostics, &self.source, terminal);
        if diagnostics.iter().any(|it| it.code == "internal") {
            return Err(exit::INTERNAL);
        }
        if diag::has_errors(&diagnostics) {
            return Err(exit::SPEC);
        }
        let itself = dunce::canonicalize(&self.path).ok();
        for (system, file) in &generated.files {
            if itself.is_some() && dunce::canonicalize(root.join(&file.path)).ok() == itself {
                terminal.problem(&format!("error: {} would overwrite the spec `{}`", system.title(), self.source.name));
                terminal.problem(&format!("help: give `target.{system}.path` another value"));
                return Err(exit::SPEC);
            }
        }
        Ok(generated.files.into_iter().map(|(_, file)| file).collect())
    }

    /// The line of a place in the spec, from 1; `None` where nothing of it is written.
    pub(super) fn line(&self, place: &Place) -> Option<usize> {
        let mut probe = [Diagnostic::warning("place", place.clone(), "")];
        self.positions.locate(&mut probe, &self.source.text);
        let [Diagnostic { span, .. }] = probe;
        span.map(|span| self.source.position(span.start).0)
    }

    /// Everything there is to say, with positions.
    pub(super) fn diagnostics(&self, generated: &Generated) -> Vec<Diagnostic> {
        let mut diagnostics = self.warnings.clone();
        diagnostics.extend(generated.diagnostics.iter().cloned());
        self.positions.locate(&mut diagnostics, &self.source.text);
        diagnostics
    }
}

/// Prints problems and how many there are.
pub(super) fn report(diagnostics: &[Diagnostic], source: &Source, terminal: &mut Terminal) {
    if diagnostics.is_empty() {
        return;
    }
    terminal.problem(&diag::to_text(diagnostics, source, terminal.colors_problems()));
    terminal.problem(&format!("\n{}", diag::summary(diagnostics, source)));
}

/// The spec's path: the one named, else the nearest `ci-gen.toml` up to the repository's root.
fn find(named: Option<&Path>, terminal: &mut Terminal) -> Result<PathBuf, u8> {
    if let Some(path) = named.map(Path::to_owned).or_else(nearest) {
        return Ok(path);
    }
    terminal.problem(&format!("error: there is no `{DEFAULT_SPEC}` here or in a directory above"));
    terminal.problem("help: `ci-gen init` drafts one; or name another file with `--spec FILE`");
    Err(exit::SPEC)
}

/// The nearest `ci-gen.toml` up to the repository's root.
pub(super) fn nearest() -> Option<PathBuf> {
    let mut directory = PathBuf::from(".");
    let here = dunce::canonicalize(".").unwrap_or_else(|_| PathBuf::from("."));
    for ancestor in here.ancestors() {
        let candidate = directory.join(DEFAULT_SPEC);
        if candidate.exists() {
            return Some(candidate.strip_prefix(".").map(Path::to_owned).unwrap_or(candidate));
        }
        if ancestor.join(".git").exists() {
            break;
        }
        directory = directory.join("..");
    }
    None
}

/// No spec is larger; without a limit a device would be read for ever.
const LARGEST: u64 = 32 << 20;

/// Reads one byte more than [`LARGEST`] at most.
fn read_limited(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn read(path: &Path, terminal: &mut Terminal) -> Result<Source, u8> {
    let name = slashed(path);
    let bytes = match read_limited(path) {
        Ok(bytes) if bytes.len() as u64 > LARGEST => {
            terminal.problem(&format!("error: the spec `{name}` has more than {LARGEST} bytes"));
            terminal.problem("help: name a `ci-gen.toml` with `--spec FILE`");
            return Err(exit::SPEC);
        }
        Ok(bytes) => bytes,
        Err(error) => {
            let why = match error.kind() {
                io::ErrorKind::NotFound => "there is no such file".to_owned(),
                _ if path.is_dir() => "it is a directory".to_owned(),
                _ => error.to_string(),
            };
            terminal.problem(&format!("error: cannot read the spec `{name}`: {why}"));
            if path.is_dir() {
                terminal.problem(&format!("help: did you mean `{}`?", slashed(&path.join(DEFAULT_SPEC))));
            }
            return Err(exit::SPEC);
        }
    };
    match String::from_utf8(bytes) {
        // A command of several lines would have a CR in each.
        Ok(text) => {
            Ok(Source { name, text: with_line_feeds(text.strip_prefix('\u{feff}').unwrap_or(&text)).into_owned() })
        }
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let line = error.as_bytes()[..valid].iter().filter(|byte| **byte == b'\n').count() + 1;
            terminal.problem(&format!("error: the spec `{name}` is not UTF-8: see line {line}"));
            terminal.problem("help: save the file as UTF-8");
            Err(exit::SPEC)
        }
    }
}

/// The nearest directory above the spec that holds `.git`, else the spec's own directory.
pub(super) fn repository(spec: &Path) -> PathBuf {
    // One that is not there yet belongs to the nearest directory that is.
    let absolute = dunce::canonicalize(spec).or_else(|_| path::absolute(spec)).unwrap_or_else(|_| spec.to_owned());
    let nearest = absolute.ancestors().skip(1).find(|it| it.is_dir());
    let directory = nearest.and_then(|it| dunce::canonicalize(it).ok()).unwrap_or_default();
    let root = directory.ancestors().find(|it| it.join(".git").exists()).map(Path::to_owned);
    root.unwrap_or(directory)
}

/// Paths of `[target.NAME]` that are none, before any file is looked at.
fn check_paths(spec: &Spec, diagnostics: &mut Vec<Diagnostic>) {
    for (system, target) in &spec.target {
        let Some(path) = &target.path else { continue };
        let at = Place::root().key("target").key(system.key()).key("path");
        let bad = path.is_empty()
            || path.starts_with(['/', '~'])
            || path.ends_with('/')
            || path.contains('\\')
            || path.as_bytes().get(1) == Some(&b':')
            || path.chars().any(char::is_control)
            || path.split('/').any(|segment| matches!(segment, ".." | "." | "" | ".git"));
        if bad {
            let help = "write a path relative to the repository's root, without `..`";
            diagnostics
                .push(Diagnostic::error("path", at, format!("`{path}` is no file inside the repository")).help(help));
        }
    }
}
