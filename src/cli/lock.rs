//! The lock beside the spec: read with it, and written together with the files that it describes.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use super::{exit, project::Project, render::failures, terminal::Terminal};
use crate::{
    diag::Place,
    files::{self, File, Outcome, Overwrite},
    pins::{self, Bump, Key, Kind, Known, Names, Pins, Set, Used},
    systems,
};

/// How the lock of a spec ends: `ci-gen.lock` stands beside `ci-gen.toml`.
const EXTENSION: &str = "lock";

/// The lock beside a spec; `None` if there is none yet.
///
/// # Errors
/// The exit code, if it cannot be read or is no lock; problems are printed.
pub(super) fn read(spec: &Path, terminal: &mut Terminal) -> Result<Option<Set>, u8> {
    let spec = dunce::canonicalize(spec).unwrap_or_else(|_| spec.to_owned());
    let path = spec.with_extension(EXTENSION);
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            terminal.problem(&format!("error: cannot read the lock `{name}`: {error}"));
            return Err(exit::SPEC);
        }
    };
    pins::read(&text).map(Some).map_err(|faults| {
        for fault in faults {
            terminal.problem(&format!("error: {name}:{}: {}", fault.line, fault.message));
        }
        terminal.problem("help: set the lines right, or delete them: `ci-gen render` writes what is missing");
        exit::SPEC
    })
}

/// Which of the spec's targets the files are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// All, so that what they do not use is used nowhere.
    All,
    /// Some.
    Some,
}

/// The spec's images by their names in a lock.
pub(super) fn named(project: &Project) -> Names {
    systems::images(&project.plan).into_keys().map(|image| (pins::image_key(&image), image)).collect()
}

/// What the files use, by kind and name.
pub(super) fn used(project: &Project, files: &[File]) -> BTreeMap<Key, Used> {
    let (pins, images) = (&project.plan.pins, &named(project));
    pins::used(files.iter().map(|it| (it.path.as_str(), it.text.as_str())), &Known { pins, images })
}

/// Where the lock goes, relative to the root.
pub(super) fn path(project: &Project) -> String {
    let spec = PathBuf::from(project.spec_path(&project.root)).with_extension(EXTENSION);
    spec.components().map(|it| it.as_os_str().to_string_lossy().into_owned()).collect::<Vec<_>>().join("/")
}

/// The lock that belongs to the files; `None` where nothing is pinned and no lock is there.
pub(super) fn file(project: &Project, files: &[File], scope: Scope) -> Option<File> {
    let pinned =
        |(key, used): (Key, Used)| (key.0 != Kind::Action || used.pin.hash.is_some()).then_some((key, used.pin));
    let mut set: Set = match scope {
        Scope::All => Set::new(),
        Scope::Some => project.plan.pins.lock.clone(),
    };
    set.extend(used(project, files).into_iter().filter_map(pinned));
    if set.is_empty() && !project.has_lock {
        return None;
    }
    let [origin, _] = files::header(&project.spec_path(&project.root));
    Some(File { path: path(project), text: pins::to_text(&set, &origin) })
}

/// Writes the files and their lock into the repository: all of them, or none.
///
/// # Errors
/// The exit code, if a version would go back or a file cannot be written; problems are printed.
pub(super) fn write(
    project: &Project,
    files: &[File],
    scope: Scope,
    overwrite: Overwrite,
    terminal: &mut Terminal,
) -> Result<Vec<(String, Outcome)>, u8> {
    if overwrite == Overwrite::Ours {
        guard(project, files, terminal)?;
    }
    put(project, files, scope, overwrite, terminal)
}

/// [`write()`], whatever versions are on disk.
pub(super) fn put(
    project: &Project,
    files: &[File],
    scope: Scope,
    overwrite: Overwrite,
    terminal: &mut Terminal,
) -> Result<Vec<(String, Outcome)>, u8> {
    let mut all = files.to_vec();
    all.extend(file(project, files, scope));
    files::write(&project.root, &all, overwrite).map_err(|errors| {
        failures(&errors, terminal);
        exit::SPEC
    })
}

/// Refuses to take a version back behind the lock, or behind what a bot has written into a file.
pub(super) fn guard(project: &Project, files: &[File], terminal: &mut Terminal) -> Result<(), u8> {
    let lock = path(project);
    let used = used(project, files);
    let behind = pins::behind(&used, &project.plan.pins.lock);
    for pins::Behind { key, held, pin, place } in &behind {
        let (kind, name) = key;
        let place = match project.plan.pins.spec.get(key) == Some(*pin) {
            true => format!(" by {}", project.place(&pin_place(name))),
            false => place.map(|it| format!(" in {it}")).unwrap_or_default(),
        };
        terminal.problem(&format!(
            "error: the {} `{name}` would go back from {held} in {lock} to {pin}{place}",
            kind.key()
        ));
    }
    if !behind.is_empty() {
        terminal.problem(&format!(
            "help: raise the version there or change it in {lock}; `ci-gen render --force` writes it all the same"
        ));
    }
    let ahead = ahead(project, files);
    for (path, bump) in &ahead {
        let line = bump.line;
        terminal.problem(&format!("error: {path}:{line} has `{}` {}, not {}", bump.name, bump.to, bump.from));
    }
    if !ahead.is_empty() {
        terminal.problem(&format!(
            "help: `ci-gen pins adopt` takes what a bot has bumped into {lock} or says where it stands in the spec; \
             `ci-gen render --force` writes the versions of the lock"
        ));
    }
    match behind.is_empty() && ahead.is_empty() {
        true => Ok(()),
        false => Err(exit::SPEC),
    }
}

/// The versions in committed files that would be lost.
fn ahead(project: &Project, files: &[File]) -> Vec<(String, Bump)> {
    let (pins, images): (&Pins, &Names) = (&project.plan.pins, &named(project));
    let known = Known { pins, images };
    let mut lost = Vec::new();
    for file in files {
        let Some(committed) = committed(&project.root, file) else { continue };
        let bumps = pins::compare(&file.text, &committed).bumps;
        let ahead = bumps.into_iter().filter(|it| pins::is_ahead(it, &known));
        lost.extend(ahead.map(|bump| (file.path.clone(), bump)));
    }
    lost
}

/// The text of a file on disk, if it is another one.
pub(super) fn committed(root: &Path, file: &File) -> Option<String> {
    on_disk(root, file).filter(|text| *text != file.text)
}

/// Whether a file is on disk as it is.
pub(super) fn is_committed(root: &Path, file: &File) -> bool {
    on_disk(root, file).is_some_and(|text| text == file.text)
}

/// The text of a file on disk, with LF at the ends of its lines.
fn on_disk(root: &Path, file: &File) -> Option<String> {
    let path = root.join(&file.path);
    // Reading a pipe may never end; whatever else is wrong with a path is found when it is written.
    fs::metadata(&path).ok().filter(fs::Metadata::is_file)?;
    fs::read_to_string(path).ok().map(|text| text.replace("\r\n", "\n"))
}

/// Where `[pins]` of a spec names something.
pub(super) fn pin_place(name: &str) -> Place {
    Place::root().key("pins").key(name)
}
